"""`restore decompress`: `.ric` files in, pictures out.

What a header claims is checked before the rest of a file is read, the whole file before torch is loaded, and the
picture is written when it is whole.

    options -> find_sources, plan_tasks -> batch.run: DecompressSteps.read -> load -> make
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from restore.cli import batch, options, outputs
from restore.cli.batch import Item
from restore.cli.codec.ric_files import CodecRunOptions, load_image_codec, named, read_checked
from restore.cli.outputs import STDIO
from restore.cli.sources import find_sources
from restore.cli.tasks import Task, plan_tasks
from restore.errors import UsageError, WeightsError

if TYPE_CHECKING:
    from restore.codecs.bitstream.boxes import Region
    from restore.codecs.bitstream.file import RicFile
    from restore.pipelines.codec.image_codec import ImageCodec

Format = Literal["png", "jpg", "webp", "tif", "bmp", "avif", "heic"]


@options.shared_options(CodecRunOptions)
def decompress(
    context: typer.Context,
    given: CodecRunOptions,
    *,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help=".ric files, or folders of them; - is stdin.")
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="What to write.")] = "png",
    region: Annotated[
        str | None, typer.Option("--region", metavar="X,Y,W,H", help="Decode only this part, in pixels.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Make a quick picture of an eighth of the size: photo.preview.png.")
    ] = False,
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Fill what is damaged with grey and say where, instead of refusing.")
    ] = False,
    output: options.Output = None,
    quality: Annotated[
        int | None, typer.Option("--quality", metavar="1..100", min=1, max=100, help="Of a lossy output.")
    ] = None,
) -> None:
    """Decompress .ric files: photo.ric becomes photo.decoded.png.

    \b
    restore decompress photo.ric                          makes photo.decoded.png
    restore decompress small/ -o big/ --format jpg        a whole folder
    restore decompress photo.ric --region 100,50,640,480  a part of it
    restore decompress - < photo.ric > photo.png
    """
    console = given.console_of(context)
    options.parse_pixels(given.max_pixels)  # refused before anything is planned
    part = parse_region(region)
    if part is not None and preview:
        raise UsageError("--region and --preview exclude each other; give one of them")
    from restore.codecs.bitstream.file import SUFFIX
    from restore.images.formats import output_format

    tag = "preview" if preview else "decoded"
    sources = find_sources(paths or [], {SUFFIX}, what=".ric files")
    planned = plan_tasks(
        sources,
        output,
        lambda path: outputs.default_name(path, tag, f".{format}"),
        force=given.force,
        skip_existing=given.skip_existing,
    )
    for task in planned:
        if task.problem is None and task.output != STDIO and not outputs.is_special(task.output):
            output_format(task.output)
    steps = DecompressSteps(part, preview, salvage, format, quality, given)
    batch.run(planned, steps, console, dry_run=given.dry_run, units=("files", "parts"))


def parse_region(text: str | None) -> "Region | None":
    """The region that `100,50,640,480` means.

    Raises:
        UsageError: it is not four whole numbers.
    """
    if text is None:
        return None
    try:
        left, top, width, height = (int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--region {text}: not understood; write x, y, width and height in pixels, such as 100,50,640,480"
        ) from error
    return left, top, width, height


@dataclass
class DecompressSteps:
    """What `restore decompress` does with one file: read it, load the model that it needs, decode and write.

    Attributes:
        region: the part that is wanted, or None for the whole picture.
        preview: make a small picture instead.
        salvage: fill what is damaged with grey.
        format: what to write.
        quality: 1..100 for lossy results.
        given: what else was asked for.
    """

    region: "Region | None"
    preview: bool
    salvage: bool
    format: Format
    quality: int | None
    given: CodecRunOptions
    _codecs: dict[str | Path, "ImageCodec"] = field(default_factory=dict)

    def read(self, task: Task, item: Item) -> "RicFile":
        """Return a file that is whole, of a size that is allowed, and holds the region."""
        from restore.codecs.bitstream.boxes import box_of_region
        from restore.codecs.bitstream.container import ContainerError
        from restore.codecs.bitstream.file import read_file

        data = read_checked(task.source, self.given.most_pixels, salvage=self.salvage)
        try:
            file = read_file(data, salvage=self.salvage, max_pixels=self.given.most_pixels)
        except ContainerError as error:
            raise named(task.source, error) from error
        header = file.header
        if self.region is not None:
            box_of_region(self.region, header.width, header.height)
        item.values |= {"width": header.width, "height": header.height, "depth": header.depth}
        return file

    def load(self, content: "RicFile", item: Item) -> "ImageCodec":
        """Return the model that the file needs, loaded when the first file needs it."""
        from restore.codecs.loading import weights_for

        header = content.header
        weights = weights_for(header, self.given.weights)
        if weights not in self._codecs:
            try:
                self._codecs[weights] = load_image_codec(weights, self.given.device, item)
            except WeightsError as error:
                needed = f"the file needs model {header.model}, hash {header.model_hash:08x}"
                raise WeightsError(f"{error}; {needed}") from error
        return self._codecs[weights]

    def make(self, task: Task, content: "RicFile", model: "ImageCodec", item: Item) -> None:
        """Decode the file and write the picture."""
        from restore.cli import pictures
        from restore.codecs.bitstream.container import ContainerError
        from restore.images.formats import output_format

        try:
            if self.preview:
                picture = model.preview_file(content, salvage=self.salvage, notify=item.note)
            else:
                picture = model.decompress_file(
                    content, self.region, salvage=self.salvage, on_progress=item.on_progress, notify=item.note
                )
        except ContainerError as error:
            raise named(task.source, error) from error
        item.values["device"] = str(model.device)
        pictures.write(
            picture,
            task.output,
            item.batch.console,
            strip=self.given.strip,
            quality=self.quality,
            notify=item.note_once,
            format=output_format(Path(f"x.{self.format}")),
        )
