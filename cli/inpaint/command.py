"""`restore inpaint`: options in, files out.

The order matters to a user: arguments are matched and outputs planned first (a mistake costs no time), each picture
and mask is read before the model is loaded (a damaged file is reported at once), and a result is written only when it
is whole.

    options -> plan.find_pairs, plan_inpainting -> batch.run: InpaintSteps.read -> load -> make
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from restore.cli import batch, options
from restore.cli.batch import Item
from restore.cli.inpaint.masks import AlphaRule, MaskReader, find_hole, opaque_in
from restore.cli.inpaint.options import FillOptions
from restore.cli.inpaint.plan import InpaintTask, find_pairs, plan_inpainting
from restore.cli.inpaint.steps import FillSteps, Marked
from restore.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restore.images.picture import Picture


@options.shared_options(FillOptions)
def inpaint(
    context: typer.Context,
    given: FillOptions,
    *,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="IMAGE [MASK]", help="A picture and its mask, or two folders; - is stdin."),
    ] = None,
    mask: Annotated[
        str | None,
        typer.Option("--mask", metavar="FILE", help="One mask for all pictures, or a folder; - is stdin."),
    ] = None,
    mask_from: Annotated[
        str | None,
        typer.Option(
            "--mask-from",
            metavar="alpha|RRGGBB[~TOL]",
            help="Fill where the picture is transparent or has this colour, give or take TOL (0..255).",
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(metavar="PERCENT", min=0, max=100, help="Mask brightness from which it is hole.")
    ] = 50,
    invert: Annotated[bool, typer.Option("--invert", help="The dark part of the mask is the hole.")] = False,
    dilate: Annotated[int, typer.Option(metavar="PX", min=0, help="Grow the hole, so that no rim is left.")] = 1,
    feather: Annotated[int, typer.Option(metavar="PX", min=0, help="Soften the edge, inside the hole only.")] = 0,
    exemplar: Annotated[bool, typer.Option("--exemplar", hidden=True)] = False,
) -> None:
    """Fill the marked part of a photograph: white in the mask is filled, every other pixel stays as it is.

    \b
    restore inpaint photo.png mask.png              makes photo.inpainted.png
    restore inpaint photos/ masks/ -o out/          a.jpg with a.png or a_mask.png
    restore inpaint --mask logo.png *.jpg           one mask for many pictures
    restore inpaint --mask-from ff00ff photo.png    fill what is painted in this colour
    """
    console = given.console_of(context)
    if exemplar and given.fill not in ("auto", "pieces"):
        raise UsageError("--exemplar is the older name of --fill pieces; give one of the two")
    given = replace(given, fill="pieces") if exemplar else given
    request = given.request(threshold=threshold / 100, invert=invert, dilate=dilate, feather=feather)
    limit = given.pixel_limit
    from restore.images.formats import READABLE_SUFFIXES

    pairs = find_pairs(paths or [], mask, mask_from, READABLE_SUFFIXES)
    tasks = plan_inpainting(pairs, given)
    masks = MaskReader.of([pair.mask for pair in pairs], limit)
    batch.run(tasks, InpaintSteps(request, given, masks), console, dry_run=given.dry_run)


@dataclass
class InpaintSteps(FillSteps[InpaintTask]):
    """What `restore inpaint` does with one picture: read it and its mask, load the model, fill and write.

    Attributes:
        masks: reads masks; its `max_pixels` is the limit for pictures too.
    """

    masks: MaskReader

    def read(self, task: InpaintTask, item: Item) -> Marked:
        """Return a picture and its hole."""
        from restore.cli import pictures

        if task.mask is None:
            raise UsageError(f"{task.source}: no mask for it; give one with --mask")
        picture = pictures.read(task.source, self.masks.max_pixels)
        content = Marked(picture, find_hole(task.mask, picture, self.masks, self.request, item.note), picture)
        self.describe(content, item)
        return content

    def finished(self, task: InpaintTask, picture: "Picture", hole: "NDArray[np.bool_]") -> "Picture":
        """The picture, opaque where its transparency marked the hole."""
        return opaque_in(picture, hole) if isinstance(task.mask, AlphaRule) else picture
