"""Reading a picture file into a ``Picture``.

A ``Picture`` holds the pixels the way they are looked at, at the file's own depth, and beside them all that a written
file should repeat. What a file is, is read from its first bytes, never from its name; its size is checked from its
header before memory is taken. Each format has one reader that is known to keep its depth:

    PNG                restore.images.png    libpng, 1 to 16 bits
    TIFF, 9-16 bits    restore.images.tiff   tifffile
    HEIC, deep AVIF    restore.images.heif   pillow-heif, libavif
    all others         Pillow         8 bits
"""

import contextlib
import io
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from restore.errors import InputError
from restore.images.formats import HEAD_BYTES, sniff
from restore.images.heif import deep_avif_bits, read_deep_avif, read_heif
from restore.images.metadata import Metadata, source_metadata
from restore.images.orientation import upright
from restore.images.picture import Picture
from restore.images.pillow_pixels import array_from_image, pillow_rules
from restore.images.png import read_png, read_png_header
from restore.images.tiff import TIFF_ERRORS, read_deep_tiff, read_tiff_layout

__all__ = ["MAX_PIXELS", "read_picture"]

MAX_PIXELS = 256_000_000
"""Default limit on width times height; a header that claims more is refused before memory is taken."""

_IPTC_RESOURCE = 0x0404
_DAMAGE = (*TIFF_ERRORS, SyntaxError, EOFError, Image.DecompressionBombError)


@dataclass(slots=True)
class _Decoded:
    """Pixels as the file stores them, unless ``is_upright``: (H, W) or (H, W, C) with C = 2 (grey, alpha), 3 or 4."""

    pixels: np.ndarray
    metadata: Metadata
    grey: bool
    format: str
    is_upright: bool = False


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
            decoded = _decode(file, max_pixels)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error.__cause__
    except MemoryError as error:
        raise InputError(f"{name}: needs more memory than there is; lower its size or free memory") from error
    except _DAMAGE as error:
        raise InputError(f"{name}: {_reason(error)}") from error
    return _picture(decoded)


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


def _decode(file: BinaryIO, max_pixels: int) -> _Decoded:
    head = file.read(HEAD_BYTES)
    file.seek(0)
    kind = sniff(head)

    def check_size(width: int, height: int) -> None:
        if width * height > max_pixels:
            raise InputError(
                f"{width} x {height} are {width * height / 1e6:.3g} megapixels, over the limit of "
                f"{max_pixels / 1e6:.3g}; raise it with --max-pixels"
            )

    if kind == "PNG":
        data = file.read()
        header = read_png_header(data)
        check_size(header.width, header.height)
        pixels, metadata = read_png(data)
        return _Decoded(pixels, metadata, header.grey, kind)
    if kind == "TIFF":
        return _decode_tiff(file, check_size)
    if kind == "HEIF":
        pixels, metadata = read_heif(file, check_size)
        return _Decoded(pixels, metadata, pixels.ndim == 2, kind, is_upright=True)
    return _decode_by_pillow(file, kind, check_size)


def _decode_tiff(file: BinaryIO, check_size: Callable[[int, int], None]) -> _Decoded:
    layout = read_tiff_layout(file)
    check_size(layout.width, layout.height)
    if layout.bits > 8:
        pixels, metadata = read_deep_tiff(file, layout)
        return _Decoded(pixels, metadata, layout.grey, "TIFF")
    file.seek(0)
    with Image.open(file, formats=["TIFF"]) as image:
        image.seek(layout.page)
        pixels, converted = array_from_image(image, layout.metadata.icc)
    metadata = replace(layout.metadata, icc=None) if converted else layout.metadata
    return _Decoded(pixels, metadata, layout.grey, "TIFF", is_upright=True)  # Pillow turns a TIFF itself


def _decode_by_pillow(file: BinaryIO, kind: str, check_size: Callable[[int, int], None]) -> _Decoded:
    with Image.open(file, formats=[kind]) as image:
        check_size(*image.size)
        if kind not in ("JPEG", "BMP") and getattr(image, "is_animated", False):
            raise InputError(f"is an animated {kind}; save the frame you want as a still picture first")
        info = image.info
        profile = info.get("icc_profile")
        resources = info.get("photoshop")
        iptc = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else None
        metadata = source_metadata(
            iptc=iptc if isinstance(iptc, bytes) else None,
            icc=profile,
            exif=info.get("exif"),
            xmp=info.get("xmp"),
            dpi=_dpi(info) if kind in ("JPEG", "BMP") else None,
        )
        grey = image.mode in ("1", "L", "LA")
        if kind == "AVIF":
            file.seek(0)
            data = file.read()
            if (bits := deep_avif_bits(data)) > 8:
                return _Decoded(read_deep_avif(data, bits), metadata, grey=False, format=kind)
        pixels, converted = array_from_image(image, profile)
    return _Decoded(pixels, replace(metadata, icc=None) if converted else metadata, grey, kind)


def _dpi(info: Mapping[str | tuple[int, int], Any]) -> tuple[float, float] | None:
    """The resolution of a JPEG or BMP; a JPEG's own density only, for Pillow invents 72 dpi where there is none."""
    dpi = info.get("dpi")
    if dpi is None or info.get("jfif_unit", 1) not in (1, 2) or ("jfif" not in info and "exif" in info):
        return None
    return (float(dpi[0]), float(dpi[1]))


def _picture(decoded: _Decoded) -> Picture:
    pixels = decoded.pixels
    if not decoded.is_upright:
        pixels = upright(pixels, decoded.metadata.orientation)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    alpha = np.ascontiguousarray(pixels[..., -1]) if channels in (2, 4) else None
    if channels <= 2:
        one = pixels if channels == 1 and pixels.ndim == 2 else pixels[..., 0]
        colour = np.repeat(one[..., None], 3, axis=2)
    else:
        colour = np.ascontiguousarray(pixels[..., :3])
    return Picture(colour, alpha, decoded.grey, decoded.metadata, decoded.format)


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if "truncated" in text.lower() or isinstance(error, (EOFError, struct.error)):
        return "is truncated: part of the file is missing; fetch it again"
    return f"is damaged or not supported ({text or type(error).__name__}); fetch it again or re-export it"
