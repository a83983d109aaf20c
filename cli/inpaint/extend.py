"""`restore extend`: a picture in, a larger one out, painted on beyond its edges.

As with every command, lengths are checked and outputs planned first, and a picture's new size is known, and refused
if it is too large, before memory is taken for it or a model loaded.

    options -> Extension, plan_extending -> batch.run: ExtendSteps.read -> load -> make
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from restore.cli import batch, options
from restore.cli.batch import Item
from restore.cli.inpaint.masks import transparent_in
from restore.cli.inpaint.options import FillOptions
from restore.cli.inpaint.results import FillTask, endings, made_before, plan_results
from restore.cli.inpaint.steps import FillSteps, Marked
from restore.cli.outputs import STDIO
from restore.cli.sources import Source, find_sources
from restore.errors import UsageError

if TYPE_CHECKING:
    from restore.pipelines.inpaint.extend import Extension

TAG = "extended"
LEFT_OUT = (*endings(TAG), ".preview")
"""How the stems of files end that are not taken for pictures in a folder: what earlier runs made."""


@options.shared_options(FillOptions)
def extend(
    context: typer.Context,
    given: FillOptions,
    *,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help="Pictures, or folders of them; - is stdin.")
    ] = None,
    left: Annotated[
        str | None, typer.Option(metavar="LENGTH", help="Add so much on the left: 300px, or 20% of the width.")
    ] = None,
    top: Annotated[
        str | None, typer.Option(metavar="LENGTH", help="Add so much at the top: 300px, or 20% of the height.")
    ] = None,
    right: Annotated[str | None, typer.Option(metavar="LENGTH", help="Add so much on the right.")] = None,
    bottom: Annotated[str | None, typer.Option(metavar="LENGTH", help="Add so much at the bottom.")] = None,
    aspect: Annotated[
        str | None, typer.Option(metavar="W:H", help="Then add what the result lacks to be so wide to so high.")
    ] = None,
) -> None:
    """Paint on beyond the edges of a photograph; the photograph itself stays as it is.

    \b
    restore extend photo.jpg --left 20%             makes photo.extended.png
    restore extend photo.jpg --aspect 16:9          wider by as much on both sides
    restore extend photo.jpg --aspect 1:1 --top 0   all that is missing at the bottom
    restore extend photos/ --aspect 3:2 -o out/     a whole folder
    """
    console = given.console_of(context)
    request, limit = given.request(dilate=0), given.pixel_limit
    from restore.images.formats import READABLE_SUFFIXES
    from restore.pipelines.inpaint.extend import Extension

    extension = Extension(left, top, right, bottom, aspect)
    sources = find_sources(paths or [], READABLE_SUFFIXES, LEFT_OUT, made=made_before())
    tasks = plan_extending(sources, given)
    batch.run(tasks, ExtendSteps(request, given, extension, limit), console, dry_run=given.dry_run)


def plan_extending(sources: Sequence[Source], given: FillOptions) -> list[FillTask]:
    """Name every output of a run, or refuse it; errors as `plan_results`."""
    good = [source.path for source in sources if source.problem is None]
    made = plan_results(good, given, TAG, good)
    return [
        FillTask(source.path, STDIO, problem=source.problem)
        if source.problem is not None
        else FillTask(source.path, **made[source.path])
        for source in sources
    ]


@dataclass
class ExtendSteps(FillSteps[FillTask]):
    """What `restore extend` does with one picture: read it, make room around it, load the model, fill and write.

    Attributes:
        extension: how far the picture is to reach.
        limit: most pixels of a picture, before and after.
    """

    extension: "Extension"
    limit: int

    def read(self, task: FillTask, item: Item) -> Marked:
        """Return a picture with room around it, and that room as the hole."""
        from restore.cli import pictures
        from restore.pipelines.inpaint.extend import canvas

        picture = pictures.read(task.source, self.limit)
        margins = self.extension.margins(picture.width, picture.height)
        width, height = margins.around(picture.width, picture.height)
        if width * height > self.limit:
            raise UsageError(
                f"the result would have {width}x{height} pixels, more than {self.limit / 1e6:g} megapixels; "
                "add less, or raise --max-pixels"
            )
        hole = margins.new_part(picture.width, picture.height)
        larger = canvas(picture, margins)
        content = Marked(larger, hole, transparent_in(larger, hole) if task.preview else larger)
        self.describe(content, item)
        item.values |= {"left": margins.left, "top": margins.top, "right": margins.right, "bottom": margins.bottom}
        return content
