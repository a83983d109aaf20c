"""What the codec's commands share: `.ric` files, whose header is checked before the rest is read, and the model."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from restore.cli import options
from restore.cli.batch import Item
from restore.cli.outputs import STDIO
from restore.cli.sources import read_stdin
from restore.errors import InputError

if TYPE_CHECKING:
    from restore.codecs.bitstream.container import ContainerError
    from restore.pipelines.codec.image_codec import ImageCodec


@dataclass(frozen=True)
class _ResultOptions:
    force: options.Force = False
    skip_existing: options.SkipExisting = False
    strip: options.StripOption = "none"
    max_pixels: options.MaxPixels = None


@dataclass(frozen=True)
class CodecRunOptions(options.RunOptions, _ResultOptions):
    """The options of `compress` and `decompress` that follow those of each, in the order of the help."""

    weights: options.Weights = "codec"
    quiet: options.QuietWord = False
    """`-q` is the quality here."""

    @property
    def most_pixels(self) -> int:
        """Largest picture to open, in pixels."""
        from restore.codecs.bitstream.header import MAX_PIXELS

        pixels = options.parse_pixels(self.max_pixels)
        return MAX_PIXELS if pixels is None else pixels


def named(path: Path, error: "ContainerError") -> InputError:
    """The error with the file's name at its beginning."""
    return InputError(f"{'stdin' if path == STDIO else path}: {error}")


def read_checked(path: Path, max_pixels: int, *, salvage: bool = False) -> bytes:
    """All bytes of a file whose header is whole and not too large.

    Args:
        path: the file, or `STDIO`.
        max_pixels: limit on width times height.
        salvage: leave a damaged header to the salvage.

    Raises:
        InputError: no such file, not a `.ric` file, a damaged header, a newer version, or too large.
        UsageError: stdin is a terminal.
    """
    from restore.codecs.bitstream.container import ContainerError
    from restore.codecs.bitstream.file import FRONT, MAX_BYTES, read_header

    try:
        with open_file(path) as file:
            start = file.read(FRONT)
            if not salvage:
                read_header(start, max_pixels=max_pixels)
            data = start + file.read(MAX_BYTES)
    except ContainerError as error:
        raise named(path, error) from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path}: has more than {MAX_BYTES} bytes, which no picture needs")
    return data


def open_file(path: Path) -> BinaryIO:
    """The file, or all of stdin.

    Raises:
        InputError: it cannot be opened, or stdin is empty.
        UsageError: stdin is a terminal.
    """
    if path == STDIO:
        return io.BytesIO(read_stdin("a .ric file"))
    try:
        return path.open("rb")
    except OSError as error:
        reason = "is a folder" if isinstance(error, IsADirectoryError) else (error.strerror or str(error)).lower()
        raise InputError(f"{path}: cannot be read: {reason}") from error


def load_image_codec(weights: str | Path, device: str, item: Item) -> "ImageCodec":
    """Load a model, and note it for -v.

    Raises:
        UsageError: the device is not available.
        WeightsError: no such weights, or damaged ones.
    """
    from restore.codecs.loading import load_codec
    from restore.pipelines.codec.image_codec import ImageCodec

    codec = ImageCodec(load_codec(weights, device))
    item.batch.console.detail(f"weights {weights} on {codec.device}")
    return codec
