"""The readers and writers of JPEG, WebP, BMP and GIF, formats of 8 bits that Pillow codes; GIF is only read.

Pillow decodes and encodes the pixels and hands EXIF, XMP and the profile on as bytes. What it does with them beyond
that is switched off: its size limit, its tolerance of truncated files and its invented resolutions.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from restore.errors import InputError
from restore.images.metadata import Metadata, source_metadata
from restore.images.picture import StoredPicture
from restore.images.pillow_arrays import array_from_image, image_from_array, pillow_rules
from restore.images.tags.iptc import PHOTOSHOP_RESOURCE, photoshop_segment

__all__ = [
    "metadata_options",
    "open_image",
    "read_bmp",
    "read_gif",
    "read_jpeg",
    "read_webp",
    "save_image",
    "stored_picture",
    "write_bmp",
    "write_jpeg",
    "write_webp",
]

_WHITE = 255
_JPEG_QUALITY = 95
_FULL_CHROMA_FROM = 90  # JPEG quality
_WEBP_EFFORT = 75  # of lossless coding
_EXIF_PREFIX = b"Exif\0\0"


def read_jpeg(file: BinaryIO, check_size: Callable[[int, int], None]) -> StoredPicture:
    """A JPEG file's picture; the arguments and errors are those of `open_image`."""
    with open_image(file, "JPEG", check_size) as (image, metadata):
        return stored_picture(image, metadata)


def read_webp(file: BinaryIO, check_size: Callable[[int, int], None]) -> StoredPicture:
    """A WebP file's picture; the arguments and errors are those of `open_image`."""
    with open_image(file, "WEBP", check_size) as (image, metadata):
        return stored_picture(image, metadata)


def read_bmp(file: BinaryIO, check_size: Callable[[int, int], None]) -> StoredPicture:
    """A BMP file's picture; the arguments and errors are those of `open_image`."""
    with open_image(file, "BMP", check_size) as (image, metadata):
        return stored_picture(image, metadata)


def read_gif(file: BinaryIO, check_size: Callable[[int, int], None]) -> StoredPicture:
    """The picture of a GIF file that is not animated; the arguments and errors are those of `open_image`."""
    with open_image(file, "GIF", check_size) as (image, metadata):
        return stored_picture(image, metadata)


def write_jpeg(file: BinaryIO, pixels: np.ndarray, metadata: Metadata, quality: int | None) -> None:
    """Write pixels as stored, laid on white where they are transparent; quality 1..100, 95 by default."""
    quality = _JPEG_QUALITY if quality is None else quality
    options = metadata_options(metadata)
    options |= {"quality": quality, "subsampling": "4:4:4" if quality >= _FULL_CHROMA_FROM else "4:2:0"}
    if metadata.iptc:
        options["extra"] = photoshop_segment(metadata.iptc)
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    save_image(file, "JPEG", pixels, options, background=_WHITE)


def write_webp(file: BinaryIO, pixels: np.ndarray, metadata: Metadata, quality: int | None) -> None:
    """Write pixels as stored; quality 1..100, lossless without one."""
    options = metadata_options(metadata, exif_prefix=b"")
    options |= {
        "lossless": quality is None,
        "exact": True,
        "quality": _WEBP_EFFORT if quality is None else quality,
        "method": 4,
    }
    save_image(file, "WEBP", pixels, options)


def write_bmp(file: BinaryIO, pixels: np.ndarray, metadata: Metadata, _quality: int | None) -> None:
    """Write pixels as stored, laid on white where they are transparent; of the metadata only the resolution."""
    save_image(file, "BMP", pixels, {"dpi": metadata.dpi} if metadata.dpi else {}, background=_WHITE)


@contextlib.contextmanager
def open_image(
    file: BinaryIO, format: str, check_size: Callable[[int, int], None]
) -> Iterator[tuple[Image.Image, Metadata]]:
    """A file opened by Pillow, not decoded yet, and its metadata.

    Args:
        file: at its start, seekable.
        format: Pillow's name.
        check_size: called with (width, height) before anything is decoded.

    Raises:
        InputError: animated.
        OSError, SyntaxError, ValueError: damaged.
    """
    with Image.open(file, formats=[format]) as image:
        check_size(*image.size)
        if format not in ("JPEG", "BMP") and getattr(image, "is_animated", False):
            raise InputError(f"is an animated {format}; save the frame you want as a still picture first")
        info = image.info
        resources = info.get("photoshop")
        iptc = resources.get(PHOTOSHOP_RESOURCE) if isinstance(resources, dict) else None
        yield (
            image,
            source_metadata(
                iptc=iptc if isinstance(iptc, bytes) else None,
                icc=info.get("icc_profile"),
                exif=info.get("exif"),
                xmp=info.get("xmp"),
                dpi=_dpi(info) if format in ("JPEG", "BMP") else None,
            ),
        )


def stored_picture(image: Image.Image, metadata: Metadata) -> StoredPicture:
    """The decoded picture of an opened 8-bit image; a profile that the decoding used up is left out."""
    grey = image.mode in ("1", "L", "LA")
    pixels, converted = array_from_image(image, metadata.icc)
    return StoredPicture(pixels, replace(metadata, icc=None) if converted else metadata, grey)


def save_image(
    file: BinaryIO, format: str, pixels: np.ndarray, options: dict[str, Any], *, background: int | None = None
) -> None:
    """Let Pillow write pixels as they are to be stored.

    Args:
        format: Pillow's name.
        pixels: (H, W), (H, W, 2), (H, W, 3) or (H, W, 4); 16 bits are rounded to 8.
        options: keyword arguments of Pillow's ``save``.
        background: 0..255, on which transparent pixels are laid; None keeps alpha.

    Raises:
        OSError, ValueError: the encoder failed.
    """
    with pillow_rules():
        image_from_array(pixels, background=background).save(file, format, **options)


def metadata_options(metadata: Metadata, *, exif_prefix: bytes = _EXIF_PREFIX) -> dict[str, Any]:
    """Pillow's keyword arguments for profile, EXIF and XMP."""
    parts = {
        "icc_profile": metadata.icc,
        "exif": exif_prefix + metadata.exif if metadata.exif else None,
        "xmp": metadata.xmp,
    }
    return {name: part for name, part in parts.items() if part}


def _dpi(info: Mapping[str | tuple[int, int], Any]) -> tuple[float, float] | None:
    """The resolution of a JPEG or BMP; a JPEG's own density only, for Pillow invents 72 dpi where there is none."""
    dpi = info.get("dpi")
    if dpi is None or info.get("jfif_unit", 1) not in (1, 2) or ("jfif" not in info and "exif" in info):
        return None
    return (float(dpi[0]), float(dpi[1]))
