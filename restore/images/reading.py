"""Reading a picture file into a ``Picture``: the format from the first bytes, the size checked, then one reader.

    file ── sniff ── READERS[format](file, check_size) ── StoredPicture ── as_picture ── Picture

A ``Picture`` holds the pixels the way they are looked at, at the file's own depth, and with them all that a written
file should repeat. What a file is, is read from its first bytes, never from its name; its size is checked from its
header before memory is taken.
"""

import contextlib
import io
import os
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from restore.errors import InputError
from restore.images.formats import HEAD_BYTES, sniff
from restore.images.heif import read_avif, read_heif
from restore.images.picture import Picture, StoredPicture
from restore.images.pillow_arrays import pillow_rules
from restore.images.pillow_files import read_bmp, read_gif, read_jpeg, read_webp
from restore.images.png import read_png
from restore.images.tiff import TIFF_ERRORS, read_tiff

__all__ = ["MAX_PIXELS", "read_picture"]

MAX_PIXELS = 256_000_000
"""Default limit on width times height; a header that claims more is refused before memory is taken."""

READERS: dict[str, Callable[[BinaryIO, Callable[[int, int], None]], StoredPicture]] = {
    "PNG": read_png,
    "TIFF": read_tiff,
    "JPEG": read_jpeg,
    "WEBP": read_webp,
    "BMP": read_bmp,
    "GIF": read_gif,
    "AVIF": read_avif,
    "HEIF": read_heif,
}
"""The reader of each format that ``sniff`` recognises."""

_DAMAGE = (*TIFF_ERRORS, SyntaxError, EOFError, Image.DecompressionBombError)


def read_picture(source: str | os.PathLike[str] | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read one still picture of any supported format, mode and depth.

    Args:
        source: a path, or an open binary file (a pipe too), read from where it stands.
        max_pixels: limit on width times height, checked from the header.

    Returns:
        The picture, upright, at the file's own depth (8 or 16 bits).

    Raises:
        InputError: no such file, no permission, empty, truncated, damaged, animated, several pages, larger than
            ``max_pixels`` or of an unsupported kind. The message names the file.
    """
    name = "the picture" if not isinstance(source, (str, os.PathLike)) else str(Path(source))
    try:
        with _opened(source) as file, pillow_rules():
            format = sniff(file.read(HEAD_BYTES))
            file.seek(0)
            stored = READERS[format](file, partial(_check_size, max_pixels))
    except InputError as error:
        raise InputError(f"{name}: {error}") from error.__cause__
    except MemoryError as error:
        raise InputError(f"{name}: needs more memory than there is; lower its size or free memory") from error
    except _DAMAGE as error:
        raise InputError(f"{name}: {_reason(error)}") from error
    return stored.as_picture(format)


@contextlib.contextmanager
def _opened(source: str | os.PathLike[str] | BinaryIO) -> Iterator[BinaryIO]:
    """The file, seekable and at its start."""
    if not isinstance(source, (str, os.PathLike)):
        seekable = source.seekable() and source.tell() == 0
        yield source if seekable else io.BytesIO(source.read())
        return
    path = Path(source)
    if path.is_dir():
        raise InputError("is a folder, not a picture")
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InputError("no such file") from error
    except PermissionError as error:
        raise InputError("may not be read: permission denied") from error
    with file:
        yield file if file.seekable() else io.BytesIO(file.read())


def _check_size(max_pixels: int, width: int, height: int) -> None:
    if width * height > max_pixels:
        raise InputError(
            f"{width} x {height} are {width * height / 1e6:.3g} megapixels, over the limit of "
            f"{max_pixels / 1e6:.3g}; raise it with --max-pixels"
        )


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if "truncated" in text.lower() or isinstance(error, (EOFError, struct.error)):
        return "is truncated: part of the file is missing; fetch it again"
    return f"is damaged or not supported ({text or type(error).__name__}); fetch it again or re-export it"
