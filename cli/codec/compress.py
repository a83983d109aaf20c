"""`restore compress`: pictures in, `.ric` files out.

As with every command, outputs are planned and refused first, a picture is read before the model is loaded, and a file
is written only when it is whole: encoded in memory, decoded again, and only then given its name.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restore.cli import options, outputs, tasks
from restore.cli.batch import Batch, Item
from restore.cli.console import Meter, console_of
from restore.cli.outputs import STDIO
from restore.cli.sources import find_sources
from restore.cli.tasks import Task
from restore.errors import UsageError

if TYPE_CHECKING:
    from restore.images.picture import Picture
    from restore.pipelines.codec.image_codec import Encoded, ImageCodec
    from restore.pipelines.codec.targets import Target

QUALITY = 60.0
LEFT_OUT = (".decoded", ".preview")
"""How the stems of files end that `restore` made of others and that a folder does not count."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the options ask for: a quality, or a target as kind and value."""

    quality: float
    target: tuple[str, float] | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every picture of a run."""

    goal: Goal
    effort: int
    strip: options.Strip
    verify: bool
    max_pixels: int
    weights: str
    device: str


def compress(
    context: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help="Pictures, or folders of them; - is stdin.")
    ] = None,
    *,
    quality: Annotated[
        float | None,
        typer.Option("-q", "--quality", metavar="0..100", min=0, max=100, help="Smallest to best (default 60)."),
    ] = None,
    bpp: Annotated[
        float | None, typer.Option("--bpp", metavar="B", help="Aim at so many bits of the file per pixel.")
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="50KB", help="Aim at a file of at most this size; KiB is 1024.")
    ] = None,
    psnr: Annotated[float | None, typer.Option("--psnr", metavar="DB", help="Aim at so many decibels.")] = None,
    effort: Annotated[
        int, typer.Option("--effort", metavar="1|2|3", min=1, max=3, help="Smaller files for a longer wait.")
    ] = 1,
    output: options.Output = None,
    keep_ext: Annotated[bool, typer.Option("--keep-ext", help="Make photo.jpg.ric of photo.jpg.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Decode each file before it is written.", show_default=True)
    ] = True,
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
    """Compress pictures: photo.jpg becomes photo.ric, with its transparency and metadata.

    \b
    restore compress photo.png                 makes photo.ric
    restore compress photos/ -o small/ -q 40   a whole folder, smaller
    restore compress photo.jpg --size 50KB     at most 50 000 bytes
    restore compress archive/ --effort 3       minutes per picture, and 4 to 8 % fewer bits
    restore compress - < photo.png > photo.ric
    """
    console = console_of(context)
    console.configure(quiet=quiet, verbose=verbose, json=json)
    goal = parse_goal(quality, bpp, size, psnr)
    pixels = options.parse_pixels(max_pixels)
    from restore.codecs.bitstream.header import MAX_PIXELS
    from restore.images.formats import READABLE_SUFFIXES

    sources = find_sources(paths or [], READABLE_SUFFIXES, LEFT_OUT)
    planned = tasks.plan_tasks(
        sources,
        output,
        lambda path: result_name(path, keep_ext=keep_ext),
        force=force,
        skip_existing=skip_existing,
        advice="--keep-ext keeps them apart" if not keep_ext else "rename one, or use two runs",
    )
    batch = Batch(console, len(planned))
    if dry_run:
        tasks.tell(planned, batch)
        return
    outputs.check_stdout(
        [task.output for task in planned if task.problem is None], json=console.json, what="a compressed picture"
    )
    settings = Settings(goal, effort, strip, verify, MAX_PIXELS if pixels is None else pixels, weights, device)
    with console.meter("pictures" if len(planned) > 1 else "parts") as meter:
        runner = Runner(len(planned), batch, settings, meter)
        tasks.run(planned, batch, runner.do)


def parse_goal(quality: float | None, bpp: float | None, size: str | None, psnr: float | None) -> Goal:
    """What is asked for.

    Raises:
        UsageError: several at once, or a value that is none.
    """
    given = {"--quality": quality, "--bpp": bpp, "--size": size, "--psnr": psnr}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other; give one of them")
    if size is not None:
        return Goal(QUALITY, ("size", float(options.parse_size(size, "--size", "50KB, 1.5MB, 64KiB"))))
    for kind, value in (("bpp", bpp), ("psnr", psnr)):
        if value is None:
            continue
        if not 0 < value < float("inf"):
            raise UsageError(f"--{kind} {value:g}: out of range; give a positive number")
        return Goal(QUALITY, (kind, value))
    return Goal(QUALITY if quality is None else quality, None)


def result_name(path: Path, *, keep_ext: bool) -> str:
    """`photo.ric` for `photo.jpg`, or `photo.jpg.ric`."""
    if path == STDIO:
        return "stdin.ric"
    return f"{path.name if keep_ext else path.stem}.ric"


class Runner:
    """Compresses one picture after the other; the model is loaded when the first needs it."""

    def __init__(self, inputs: int, batch: Batch, settings: Settings, meter: Meter) -> None:
        self._inputs, self._batch, self._settings, self._meter = inputs, batch, settings, meter
        self._codec: ImageCodec | None = None

    def do(self, index: int, task: Task, item: Item) -> bool:
        """Compress one picture; False where that failed and was reported."""
        tasks.show(self._meter, index, self._inputs, item, 0, 1)
        opened = self._batch.attempt(item, self._open, task, item)
        if opened is None:
            return False
        if self._codec is None:
            self._codec = self._batch.needed_by_all(item, self._load)
        return bool(self._batch.attempt(item, self._finish, index, task, item, self._codec, *opened))

    def _load(self) -> "ImageCodec":
        from restore.pipelines.codec.compress import load_codec

        codec = load_codec(self._settings.weights, self._settings.device)
        self._batch.console.detail(f"weights {self._settings.weights} on {codec.device}")
        return codec

    def _open(self, task: Task, item: Item) -> tuple["Picture", int]:
        from restore.cli import pictures

        picture, size = pictures.read_sized(task.source, self._settings.max_pixels)
        item.values |= {"width": picture.width, "height": picture.height, "depth": picture.depth}
        return picture, size

    def _finish(self, index: int, task: Task, item: Item, codec: "ImageCodec", picture: "Picture", size: int) -> bool:
        from restore.codecs.bitstream.header import EXPERIMENTAL

        made = self._encode(index, item, codec, picture)
        if task.output == STDIO:
            self._batch.console.write_bytes(made.data)
        else:
            from restore.files import atomic_write

            if not outputs.is_special(task.output):
                outputs.make_folder(task.output)
            with atomic_write(task.output) as file:
                file.write(made.data)
        bits = 8 * len(made.data) / (picture.width * picture.height)
        item.values |= {"quality": round(made.quality, 3), "bytes": len(made.data), "input_bytes": size}
        item.values |= {"bpp": round(bits, 5)}
        if made.psnr is not None:
            item.values["psnr"] = round(made.psnr, 2)
        item.values["device"] = str(codec.device)
        told = f"quality {made.quality:.4g}, {len(made.data)} bytes, {bits:.3f} bits per pixel"
        self._batch.console.detail(f"{item.name}: {told}")
        if codec.model[0] >= EXPERIMENTAL:
            told = f"model {codec.model[0]} is experimental: other versions of restore may not open its files"
            self._batch.note(item, f"{told}; keep the originals", once=True)
        if len(made.data) >= size:
            line = f"the result has {len(made.data)} bytes and is not smaller than the input of {size} bytes"
            self._batch.note(item, line)
        return True

    def _encode(self, index: int, item: Item, codec: "ImageCodec", picture: "Picture") -> "Encoded":
        goal = self._settings.goal
        return codec.encode(
            picture,
            goal.quality,
            target=_target(goal),
            effort=self._settings.effort,
            strip=self._settings.strip,
            verify=self._settings.verify,
            progress=lambda done, total: tasks.show(self._meter, index, self._inputs, item, done, total),
            notify=lambda line: self._batch.note(item, line),
        )


def _target(goal: Goal) -> "Target | None":
    if goal.target is None:
        return None
    from restore.pipelines.codec.targets import Target

    kind, value = goal.target
    if kind == "size":
        return Target("size", value)
    return Target("bpp", value) if kind == "bpp" else Target("psnr", value)
