"""`restore compress`: pictures in, `.ric` files out.

As with every command, outputs are planned and refused first, a picture is read before the model is loaded, and a file
is written only when it is whole: encoded in memory, decoded again, and only then given its name.

    options -> find_sources, plan_tasks -> batch.run: CompressSteps.read -> load -> make
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restore.cli import batch, options, outputs
from restore.cli.batch import Item
from restore.cli.codec.ric_files import CodecRunOptions, load_image_codec
from restore.cli.outputs import STDIO
from restore.cli.sources import find_sources
from restore.cli.tasks import Task, plan_tasks
from restore.errors import UsageError

if TYPE_CHECKING:
    from restore.images.picture import Picture
    from restore.pipelines.codec.image_codec import ImageCodec
    from restore.pipelines.codec.targets import Target

QUALITY = 60.0
"""Where no quality and no target is given."""
LEFT_OUT = (".decoded", ".preview")
"""Endings of the stems of files that `restore` made of others: in a folder they are left out."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the options ask for: a quality, or a target as kind and value."""

    quality: float
    target: tuple[str, float] | None


@options.shared_options(CodecRunOptions)
def compress(
    context: typer.Context,
    given: CodecRunOptions,
    *,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help="Pictures, or folders of them; - is stdin.")
    ] = None,
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
) -> None:
    """Compress pictures: photo.jpg becomes photo.ric, with its transparency and metadata.

    \b
    restore compress photo.png                 makes photo.ric
    restore compress photos/ -o small/ -q 40   a whole folder, smaller
    restore compress photo.jpg --size 50KB     at most 50 000 bytes
    restore compress archive/ --effort 3       minutes per picture, and 4 to 8 % fewer bits
    restore compress - < photo.png > photo.ric
    """
    console = given.console_of(context)
    options.parse_pixels(given.max_pixels)  # refused before anything is planned
    goal = parse_goal(quality, bpp, size, psnr)
    from restore.images.formats import READABLE_SUFFIXES

    sources = find_sources(paths or [], READABLE_SUFFIXES, LEFT_OUT)
    planned = plan_tasks(
        sources,
        output,
        lambda path: result_name(path, keep_ext=keep_ext),
        force=given.force,
        skip_existing=given.skip_existing,
        advice="--keep-ext keeps them apart" if not keep_ext else "rename one, or use two runs",
    )
    steps = CompressSteps(goal, effort, verify, given)
    batch.run(planned, steps, console, dry_run=given.dry_run, result="a compressed picture")


def parse_goal(quality: float | None, bpp: float | None, size: str | None, psnr: float | None) -> Goal:
    """The goal that the options name.

    Raises:
        UsageError: several options at once, or a value out of range.
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


@dataclass
class CompressSteps:
    """What `restore compress` does with one picture: read it, load the model, encode and write.

    Attributes:
        goal: a quality, or a target.
        effort: 1, 2 or 3.
        verify: decode each file before it is written.
        given: what else was asked for.
    """

    goal: Goal
    effort: int
    verify: bool
    given: CodecRunOptions
    _codec: "ImageCodec | None" = None

    def read(self, task: Task, item: Item) -> tuple["Picture", int]:
        """Return a picture and the bytes of its file."""
        from restore.cli import pictures

        picture, size = pictures.read_sized(task.source, self.given.most_pixels)
        item.values |= {"width": picture.width, "height": picture.height, "depth": picture.depth}
        return picture, size

    def load(self, content: tuple["Picture", int], item: Item) -> "ImageCodec":
        """Return the model, loaded when the first picture needs it."""
        if self._codec is None:
            self._codec = load_image_codec(self.given.weights, self.given.device, item)
        return self._codec

    def make(self, task: Task, content: tuple["Picture", int], model: "ImageCodec", item: Item) -> None:
        """Encode the picture, write its file and report both sizes."""
        from restore.codecs.bitstream.header import EXPERIMENTAL
        from restore.files import atomic_write

        picture, input_bytes = content
        made = model.compress_picture(
            picture,
            self.goal.quality,
            target=_target(self.goal),
            effort=self.effort,
            strip=self.given.strip,
            verify=self.verify,
            on_progress=item.on_progress,
            notify=item.note,
        )
        size = len(made.data)
        if task.output == STDIO:
            item.batch.console.write_bytes(made.data)
        else:
            if not outputs.is_special(task.output):
                outputs.make_folder(task.output)
            with atomic_write(task.output) as file:
                file.write(made.data)
        bits = 8 * size / (picture.width * picture.height)
        item.values |= {"quality": round(made.quality, 3), "bytes": size, "input_bytes": input_bytes}
        item.values |= {"bpp": round(bits, 5)}
        if made.psnr is not None:
            item.values["psnr"] = round(made.psnr, 2)
        item.values["device"] = str(model.device)
        item.detail(f"quality {made.quality:.4g}, {size} bytes, {bits:.3f} bits per pixel")
        number, _ = model.model
        if number >= EXPERIMENTAL:
            line = f"model {number} is experimental: other versions of restore may not open its files"
            item.note_once(f"{line}; keep the originals")
        if size >= input_bytes:
            item.note(f"the result has {size} bytes and is not smaller than the input of {input_bytes} bytes")


def _target(goal: Goal) -> "Target | None":
    if goal.target is None:
        return None
    from restore.pipelines.codec.targets import Target

    kind, value = goal.target
    if kind == "size":
        return Target("size", value)
    return Target("bpp", value) if kind == "bpp" else Target("psnr", value)
