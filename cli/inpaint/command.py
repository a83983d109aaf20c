"""`restore inpaint`: options in, files out.

The order matters to a user: arguments are matched and outputs planned first (a mistake costs no time), each picture
and mask is read before the model is loaded (a damaged file is reported at once), and a result is written only when it
is whole.

    options -> plan.find_pairs, plan_inpainting -> batch.run: InpaintSteps.read -> load -> make
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from restore.cli import batch, options
from restore.cli.batch import Item
from restore.cli.inpaint.masks import AlphaRule, MaskReader, find_hole, opaque_in
from restore.cli.inpaint.plan import InpaintTask, find_pairs, plan_inpainting
from restore.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restore.images.picture import Picture
    from restore.pipelines.inpaint.inpainter import Inpainter
    from restore.pipelines.inpaint.options import InpaintOptions


@options.shared_options(options.RunOptions, defaults={"weights": "inpaint"}, seed="weights")
def inpaint(
    context: typer.Context,
    given: options.RunOptions,
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
    output: options.Output = None,
    threshold: Annotated[
        float, typer.Option(metavar="PERCENT", min=0, max=100, help="Mask brightness from which it is hole.")
    ] = 50,
    invert: Annotated[bool, typer.Option("--invert", help="The dark part of the mask is the hole.")] = False,
    dilate: Annotated[int, typer.Option(metavar="PX", min=0, help="Grow the hole, so that no rim is left.")] = 1,
    feather: Annotated[int, typer.Option(metavar="PX", min=0, help="Soften the edge, inside the hole only.")] = 0,
    detail: Annotated[
        float | None,
        typer.Option(metavar="0..1", min=0, max=1, help="0: calm and safe; 1: more texture."),
    ] = None,
    fill: Annotated[
        str,
        typer.Option(
            "--fill", metavar="HOW", help="auto: by width; smooth: network alone; pieces: wide parts by pieces alone."
        ),
    ] = "auto",
    exemplar: Annotated[bool, typer.Option("--exemplar", hidden=True)] = False,
    preview: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Also write before, mask and after side by side."),
    ] = None,
    force: options.Force = False,
    skip_existing: options.SkipExisting = False,
    strip: options.StripOption = "none",
    quality: Annotated[
        int | None, typer.Option(metavar="1..100", min=1, max=100, help="Quality of a lossy output (JPEG, WebP, AVIF).")
    ] = None,
    max_pixels: options.MaxPixels = None,
    max_memory: options.MaxMemory = None,
    seed: options.Seed = 0,
) -> None:
    """Fill the marked part of a photograph: white in the mask is filled, every other pixel stays as it is.

    \b
    restore inpaint photo.png mask.png              makes photo.inpainted.png
    restore inpaint photos/ masks/ -o out/          a.jpg with a.png or a_mask.png
    restore inpaint --mask logo.png *.jpg           one mask for many pictures
    restore inpaint --mask-from ff00ff photo.png    fill what is painted in this colour
    """
    console = given.console_of(context)
    memory = options.parse_memory(max_memory)
    pixels = options.parse_pixels(max_pixels)
    from restore.images.formats import READABLE_SUFFIXES
    from restore.images.reading import MAX_PIXELS
    from restore.pipelines.inpaint.options import PIECES, InpaintOptions

    pairs = find_pairs(paths or [], mask, mask_from, READABLE_SUFFIXES)
    request = InpaintOptions(
        threshold=threshold / 100,
        invert=invert,
        dilate=dilate,
        feather=feather,
        detail=detail,
        fill=PIECES if exemplar else fill,
        max_memory=memory,
        seed=seed,
    )
    tasks = plan_inpainting(pairs, output, preview, force=force, skip_existing=skip_existing)
    masks = MaskReader.of([pair.mask for pair in pairs], MAX_PIXELS if pixels is None else pixels)
    batch.run(
        tasks, InpaintSteps(request, masks, strip, quality, given.weights, given.device), console, dry_run=given.dry_run
    )


@dataclass
class InpaintSteps:
    """What `restore inpaint` does with one picture: read it and its mask, load the model, fill and write.

    Attributes:
        request: how a mask becomes a hole and how the hole is filled.
        masks: reads masks; its `max_pixels` is the limit for pictures too.
        strip: metadata to leave out of the result.
        quality: 1..100 for lossy results.
        weights: a released model's name, a file or a folder.
        device: where to compute.
    """

    request: "InpaintOptions"
    masks: MaskReader
    strip: options.Strip
    quality: int | None
    weights: str
    device: str
    _inpainter: "Inpainter | None" = None

    def read(self, task: InpaintTask, item: Item) -> tuple["Picture", "NDArray[np.bool_]"]:
        """Return a picture and its hole, (H, W)."""
        from restore.cli import pictures

        if task.mask is None:
            raise UsageError(f"{task.source}: no mask for it; give one with --mask")
        picture = pictures.read(task.source, self.masks.max_pixels)
        hole = find_hole(task.mask, picture, self.masks, self.request, item.note)
        item.values |= {"width": picture.width, "height": picture.height, "depth": picture.depth}
        item.values["hole"] = round(float(hole.mean()), 6)
        return picture, hole

    def load(self, content: tuple["Picture", "NDArray[np.bool_]"], item: Item) -> "Inpainter | None":
        """Return the model; None where there is nothing to fill."""
        if not content[1].any():
            return None
        if self._inpainter is None:
            from restore.pipelines.inpaint.inpainter import load_inpainter

            self._inpainter = load_inpainter(self.weights, device=self.device)
            item.batch.console.detail(f"weights {self.weights} on {self._inpainter.device}")
        return self._inpainter

    def make(
        self,
        task: InpaintTask,
        content: tuple["Picture", "NDArray[np.bool_]"],
        model: "Inpainter | None",
        item: Item,
    ) -> None:
        """Fill the hole and write the result, and the preview that was asked for."""
        from restore.cli import pictures

        picture, hole = content
        result = picture
        if model is not None:
            result = model.picture(picture, hole, self.request, on_progress=item.on_progress, notify=item.note)
            item.values["device"] = str(model.device)
        if isinstance(task.mask, AlphaRule):
            result = opaque_in(result, hole)
        console = item.batch.console
        pictures.write(result, task.output, console, strip=self.strip, quality=self.quality, notify=item.note_once)
        if task.preview is not None:
            from restore.cli.inpaint.preview import side_by_side

            sheet = side_by_side(picture, hole, result)
            pictures.write(sheet, task.preview, console, strip="none", quality=None, notify=console.detail)
