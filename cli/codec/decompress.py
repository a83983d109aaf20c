"""`restore decompress`: `.ric` files in, pictures out.

What a header claims is checked before the rest of a file is read, the whole file before torch is loaded, and the
picture is written when it is whole.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from restore.cli import options, outputs, tasks
from restore.cli.batch import Batch, Item
from restore.cli.console import Meter, console_of
from restore.cli.outputs import STDIO
from restore.cli.sources import find_sources
from restore.cli.tasks import Task
from restore.errors import UsageError, WeightsError

if TYPE_CHECKING:
    from restore.codecs.bitstream.file import RicFile
    from restore.pipelines.codec.image_codec import ImageCodec
    from restore.pipelines.codec.regions import Region

Format = Literal["png", "jpg", "webp", "tif", "bmp", "avif", "heic"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every file of a run."""

    region: "Region | None"
    preview: bool
    salvage: bool
    format: Format
    quality: int | None
    strip: options.Strip
    max_pixels: int
    weights: str
    device: str


def decompress(
    context: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help=".ric files, or folders of them; - is stdin.")
    ] = None,
    *,
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
    force: options.Force = False,
    skip_existing: options.SkipExisting = False,
    strip: options.StripOption = "none",
    max_pixels: options.MaxPixels = None,
    device: options.Device = "auto",
    weights: options.Weights = "codec",
    json: options.Json = False,
    dry_run: options.DryRun = False,
    quiet: options.QuietWord = False,
    verbose: options.Verbose = 0,
) -> None:
    """Decompress .ric files: photo.ric becomes photo.decoded.png.

    \b
    restore decompress photo.ric                          makes photo.decoded.png
    restore decompress small/ -o big/ --format jpg        a whole folder
    restore decompress photo.ric --region 100,50,640,480  a part of it
    restore decompress - < photo.ric > photo.png
    """
    console = console_of(context)
    console.configure(quiet=quiet, verbose=verbose, json=json)
    part = parse_region(region)
    if part is not None and preview:
        raise UsageError("--region and --preview exclude each other; give one of them")
    pixels = options.parse_pixels(max_pixels)
    from restore.codecs.bitstream.file import SUFFIX
    from restore.codecs.bitstream.header import MAX_PIXELS
    from restore.images.formats import output_format

    tag = "preview" if preview else "decoded"
    sources = find_sources(paths or [], {SUFFIX}, what=".ric files")
    planned = tasks.plan_tasks(
        sources,
        output,
        lambda path: outputs.default_name(path, tag, f".{format}"),
        force=force,
        skip_existing=skip_existing,
    )
    for task in planned:
        if task.problem is None and task.output != STDIO and not outputs.is_special(task.output):
            output_format(task.output)
    batch = Batch(console, len(planned))
    if dry_run:
        tasks.tell(planned, batch)
        return
    outputs.check_stdout([task.output for task in planned if task.problem is None], json=console.json)
    limit = MAX_PIXELS if pixels is None else pixels
    settings = Settings(part, preview, salvage, format, quality, strip, limit, weights, device)
    with console.meter("files" if len(planned) > 1 else "parts") as meter:
        runner = Runner(len(planned), batch, settings, meter)
        tasks.run(planned, batch, runner.do)


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


class Runner:
    """Decompresses one file after the other; a model is loaded when the first file needs it."""

    def __init__(self, inputs: int, batch: Batch, settings: Settings, meter: Meter) -> None:
        self._inputs, self._batch, self._settings, self._meter = inputs, batch, settings, meter
        self._codecs: dict[str | Path, ImageCodec] = {}

    def do(self, index: int, task: Task, item: Item) -> bool:
        """Decompress one file; False where that failed and was reported."""
        from restore.codecs.released import weights_for

        tasks.show(self._meter, index, self._inputs, item, 0, 1)
        file = self._batch.attempt(item, self._open, task, item)
        if file is None:
            return False
        weights = weights_for(file.header, self._settings.weights)
        if weights not in self._codecs:
            self._codecs[weights] = self._batch.needed_by_all(item, self._load, weights, file)
        return bool(self._batch.attempt(item, self._finish, index, task, item, self._codecs[weights], file))

    def _load(self, weights: str | Path, file: "RicFile") -> "ImageCodec":
        from restore.cli.codec.ric_files import with_need
        from restore.pipelines.codec.compress import load_codec

        try:
            codec = load_codec(weights, self._settings.device)
        except WeightsError as error:
            raise with_need(error, file.header) from error
        self._batch.console.detail(f"weights {weights} on {codec.device}")
        return codec

    def _open(self, task: Task, item: Item) -> "RicFile":
        from restore.cli.codec.ric_files import named, read_checked
        from restore.codecs.bitstream.container import ContainerError
        from restore.codecs.bitstream.file import read_file
        from restore.pipelines.codec.regions import region_in

        settings = self._settings
        data = read_checked(task.source, settings.max_pixels, salvage=settings.salvage)
        try:
            file = read_file(data, salvage=settings.salvage, max_pixels=settings.max_pixels)
        except ContainerError as error:
            raise named(task.source, error) from error
        header = file.header
        if settings.region is not None:
            region_in(settings.region, header)
        item.values |= {"width": header.width, "height": header.height, "depth": header.depth}
        return file

    def _finish(self, index: int, task: Task, item: Item, codec: "ImageCodec", file: "RicFile") -> bool:
        from restore.cli import pictures
        from restore.cli.codec.ric_files import named
        from restore.codecs.bitstream.container import ContainerError
        from restore.images.formats import output_format

        settings = self._settings
        note = lambda line: self._batch.note(item, line)  # noqa: E731
        try:
            if settings.preview:
                picture = codec.preview(file, salvage=settings.salvage, notify=note)
            else:
                picture = codec.decode(
                    file,
                    settings.region,
                    salvage=settings.salvage,
                    progress=lambda done, total: tasks.show(self._meter, index, self._inputs, item, done, total),
                    notify=note,
                )
        except ContainerError as error:
            raise named(task.source, error) from error
        item.values["device"] = str(codec.device)
        pictures.write(
            picture,
            task.output,
            self._batch.console,
            strip=settings.strip,
            quality=settings.quality,
            notify=lambda line: self._batch.note(item, line, once=True),
            format=output_format(Path(f"x.{settings.format}")),
        )
        return True
