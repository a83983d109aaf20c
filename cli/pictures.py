"""Reading a picture for a command, from a file or stdin, and writing its result."""

import io
from pathlib import Path

from restore.callbacks import Notify
from restore.cli import outputs
from restore.cli.console import Console
from restore.cli.options import Strip
from restore.cli.outputs import STDIO
from restore.cli.sources import read_stdin
from restore.files import atomic_write
from restore.images.formats import LOSSLESS, output_format
from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.writing import describe_losses, write_picture


def read(path: Path, max_pixels: int) -> Picture:
    """Return the picture at `path`, or the one on stdin for `STDIO`.

    Raises:
        InputError: it is damaged, too large or no picture, or stdin is empty.
        UsageError: stdin is a terminal.
    """
    return read_sized(path, max_pixels)[0]


def read_sized(path: Path, max_pixels: int) -> tuple[Picture, int]:
    """Return the picture at `path` or on stdin, and how many bytes its file has.

    Raises:
        InputError: it is damaged, too large or no picture, or stdin is empty.
        UsageError: stdin is a terminal.
    """
    if path != STDIO:
        picture = read_picture(path, max_pixels=max_pixels)
        return picture, path.stat().st_size
    data = read_stdin()
    return read_picture(io.BytesIO(data), max_pixels=max_pixels), len(data)


def write(
    picture: Picture,
    path: Path,
    console: Console,
    *,
    strip: Strip,
    quality: int | None,
    notify: Notify,
    format: str = "PNG",
) -> None:
    """Write a result whole or not at all, after noting what its format loses.

    Args:
        picture: the result.
        path: the file, or `STDIO`.
        console: owns stdout.
        strip: metadata to leave out.
        quality: 1..100 for lossy formats.
        notify: is called with each line about a loss.
        format: what to write where the path has no suffix to say it, as on stdout.

    Raises:
        OutputError: the target cannot be written.
        UsageError: the format cannot be written.
    """
    unnamed = path == STDIO or outputs.is_special(path)
    kind = format if unnamed else output_format(path)
    for loss in describe_losses(picture, kind, quality=quality):
        notify(loss)
    if quality is not None and kind in LOSSLESS:
        notify(f"--quality changes nothing in {kind}, which keeps every pixel")
    if not unnamed:
        outputs.make_folder(path)
        write_picture(picture, path, format=kind, quality=quality, strip=strip)
        return
    buffer = io.BytesIO()
    write_picture(picture, buffer, format=kind, quality=quality, strip=strip)
    if path == STDIO:
        console.write_bytes(buffer.getvalue())
        return
    with atomic_write(path) as device:
        device.write(buffer.getvalue())
