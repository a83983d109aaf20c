"""Writing a ``Picture`` in each format, and saying beforehand what that format will lose.

    Picture ── what the format can keep ── stored_pixels ── FORMATS[format].write(file, pixels, metadata, quality)

Pixels are stored in the orientation that the kept EXIF names, so that neither the tag nor what one sees changes. Where
no EXIF can be kept, they are stored upright.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from restore.errors import OutputError, RestoreError, UsageError
from restore.files import atomic_write
from restore.images.formats import LOSSLESS, check_writable, output_format
from restore.images.heif import write_avif, write_heif
from restore.images.metadata import Metadata, icc_space, writable_metadata
from restore.images.picture import Picture
from restore.images.pillow_files import write_bmp, write_jpeg, write_webp
from restore.images.png import write_png
from restore.images.tiff import write_tiff

__all__ = ["describe_losses", "write_picture"]

_JPEG_SEGMENT = 65533  # bytes
_EXIF_OVERHEAD = 6  # bytes of name before the block in a JPEG segment
_XMP_OVERHEAD = 29  # bytes of name before the packet in a JPEG segment


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is written, and what of a picture it holds."""

    write: Callable[[BinaryIO, np.ndarray, Metadata, int | None], None]
    """Takes the file, the pixels as stored, the metadata to write, and the quality, 1..100 or None."""
    deep: bool = False
    """Holds 16 bits per sample."""
    transparent: bool = False
    """Holds alpha; the writers of the others lay the picture on white."""
    grey: bool = False
    """Holds pictures of one colour channel."""
    metadata: bool = True
    """Holds EXIF, XMP and a profile."""
    box_orientation: bool = False
    """Turns pixels by a box of its own and ignores EXIF's tag; to make that box, Pillow rewrites and damages EXIF, so
    pixels are stored upright."""
    longest_side: int | None = None
    """In pixels."""


FORMATS = {
    "PNG": Format(write_png, deep=True, transparent=True, grey=True),
    "TIFF": Format(write_tiff, deep=True, transparent=True, grey=True),
    "JPEG": Format(write_jpeg, grey=True, longest_side=65535),
    "WEBP": Format(write_webp, transparent=True, longest_side=16383),
    "BMP": Format(write_bmp, grey=True, metadata=False),
    "AVIF": Format(write_avif, transparent=True, grey=True, box_orientation=True, longest_side=65535),
    "HEIF": Format(write_heif, transparent=True, box_orientation=True, longest_side=16384),
}
"""The writer of each format in ``restore.images.formats.WRITABLE``."""


def describe_losses(picture: Picture, format: str, *, quality: int | None = None) -> list[str]:
    """What ``write_picture`` cannot keep of this picture in this format, one short line each; empty if it keeps all.

    Raises:
        UsageError: the format cannot be written.
    """
    check_writable(format)
    holds = FORMATS[format]
    losses = []
    if format not in LOSSLESS and not (format == "WEBP" and quality is None):
        losses.append(f"{format} is lossy: every pixel may change a little, untouched ones too; PNG keeps them")
    if picture.depth == 16 and not holds.deep:
        losses.append(f"{format} holds 8 bits per channel: 16 bits are rounded; PNG and TIFF keep them")
    if picture.alpha is not None and not holds.transparent:
        losses.append(f"{format} holds no transparency: the picture is laid on white; PNG keeps it")
    metadata = picture.metadata
    if not holds.metadata:
        parts = [name for name in ("icc", "exif", "xmp") if getattr(metadata, name)]
        if parts:
            losses.append(f"{format} holds no metadata: {', '.join(parts).upper()} left out")
        return losses
    fits = _fitting(metadata, format, writable_metadata(metadata))
    if fits.exif is None and metadata.exif:
        losses.append(f"EXIF of {len(metadata.exif)} bytes is too long for {format}: left out")
    if fits.xmp is None and metadata.xmp:
        losses.append(f"XMP of {len(metadata.xmp)} bytes is too long for {format} or unreadable: left out")
    if metadata.icc and _profile_for(metadata.icc, _channels(picture, format)) is None:
        losses.append(f"the ICC profile ({icc_space(metadata.icc) or 'unreadable'}) does not fit the pixels: left out")
    return losses


def write_picture(
    picture: Picture,
    target: str | os.PathLike[str] | BinaryIO,
    *,
    format: str | None = None,
    quality: int | None = None,
    strip: str = "none",
) -> None:
    """Write a picture so that everything its format can hold is kept; ``describe_losses`` names the rest.

    A file is replaced whole or not at all. Pixels are stored in the orientation that the EXIF names. Previews of the
    old picture are never written.

    Args:
        target: a path, or an open binary file.
        format: Pillow's name; by default that of the path's suffix, or the picture's own format.
        quality: 1..100 for JPEG (default 95), AVIF and HEIC (default 90); WebP is lossless without one.
        strip: ``"none"``; ``"location"`` removes GPS data and place names; ``"all"`` everything but the profile.

    Raises:
        OutputError: the file cannot be written.
        UsageError: unknown format, quality or strip, or a size that the format cannot hold.
    """
    if isinstance(target, (str, os.PathLike)):
        path = Path(target)
        name, kind = str(path), format or output_format(path)
    else:
        path, name, kind = None, "the output", format or picture.format
    try:
        if path is not None:
            with atomic_write(path) as file:
                _encode(picture, file, kind, quality, strip)
        elif not isinstance(target, (str, os.PathLike)):
            _encode(picture, target, kind, quality, strip)
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, RestoreError):
            raise
        raise OutputError(f"{name}: cannot be written as {kind}: {error}") from error


def _encode(picture: Picture, file: BinaryIO, format: str, quality: int | None, strip: str) -> None:
    """Write the whole file."""
    check_writable(format)
    if quality is not None and not 1 <= quality <= 100:
        raise UsageError(f"quality {quality} is out of range; use 1 to 100")
    holds = FORMATS[format]
    metadata = writable_metadata(picture.metadata, strip=strip, exif_fits=holds.metadata, upright=holds.box_orientation)
    metadata = _fitting(picture.metadata, format, metadata, strip)
    limit = holds.longest_side
    if limit is not None and max(picture.width, picture.height) > limit:
        raise UsageError(
            f"{picture.width} x {picture.height} pixels are too many for {format} (at most {limit} a side); "
            "write PNG or TIFF instead"
        )
    channels = _channels(picture, format)
    pixels = picture.stored_pixels(channels, metadata.orientation, deep=holds.deep)
    holds.write(file, pixels, replace(metadata, icc=_profile_for(metadata.icc, channels)), quality)


def _channels(picture: Picture, format: str) -> int:
    """1 (grey) or 3. PNG forbids an RGB profile on grey pixels, so such a picture is written as RGB there."""
    if not picture.grey or not FORMATS[format].grey:
        return 3
    return 3 if format == "PNG" and icc_space(picture.metadata.icc) == "RGB" else 1


def _profile_for(icc: bytes | None, channels: int) -> bytes | None:
    """The profile, if it can describe pixels of that many channels; a wrong one is worse than none."""
    space = icc_space(icc)
    fits = space == "RGB" or (space == "GRAY" and channels == 1)
    return icc if fits else None


def _fitting(source: Metadata, format: str, metadata: Metadata, strip: str = "none") -> Metadata:
    """Without what is too long for a JPEG segment."""
    if format != "JPEG":
        return metadata
    if metadata.exif and len(metadata.exif) + _EXIF_OVERHEAD > _JPEG_SEGMENT:
        metadata = writable_metadata(source, strip=strip, exif_fits=False)
    if metadata.xmp and len(metadata.xmp) + _XMP_OVERHEAD > _JPEG_SEGMENT:
        metadata = replace(metadata, xmp=None)
    return metadata
