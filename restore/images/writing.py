"""Writing a ``Picture`` in each format, and saying beforehand what that format will lose.

Pixels are stored in the orientation that the kept EXIF names, so that neither the tag nor what one sees changes. Where
no EXIF can be kept, they are stored upright.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from restore.errors import OutputError, RestoreError, UsageError
from restore.files import atomic_write
from restore.images.formats import LOSSLESS, check_writable, output_format
from restore.images.heif import register_heif_writer
from restore.images.metadata import Metadata, icc_space, writable_metadata
from restore.images.orientation import as_stored
from restore.images.picture import Picture
from restore.images.pillow_pixels import image_from_array, pillow_rules, to_eight_bits
from restore.images.png import write_png
from restore.images.tags.iptc import photoshop_segment
from restore.images.tiff import write_tiff

__all__ = ["describe_losses", "encode", "write_picture"]

_DEEP = frozenset({"PNG", "TIFF"})
_TRANSPARENT = frozenset({"PNG", "TIFF", "WEBP", "AVIF", "HEIF"})
_GREY = frozenset({"PNG", "TIFF", "JPEG", "BMP", "AVIF"})
_WITHOUT_METADATA = frozenset({"BMP"})
# AVIF and HEIC turn pixels by a box of their own and ignore EXIF's tag; to make it, Pillow rewrites and damages EXIF.
_TURNED_BY_BOXES = frozenset({"AVIF", "HEIF"})
_LONGEST_SIDE = {"JPEG": 65535, "WEBP": 16383, "AVIF": 65535, "HEIF": 16384}  # pixels
_JPEG_SEGMENT = 65533  # bytes
_EXIF_PREFIX = b"Exif\0\0"
_XMP_OVERHEAD = 29  # bytes of name before the packet in a JPEG segment
_WHITE = 255
_JPEG_QUALITY, _HEIF_QUALITY = 95, 90
_FULL_CHROMA_FROM = 90  # JPEG quality


def describe_losses(picture: Picture, format: str, *, quality: int | None = None) -> list[str]:
    """What ``write_picture`` cannot keep of this picture in this format, one short line each; empty if it keeps all.

    Raises:
        UsageError: the format cannot be written.
    """
    check_writable(format)
    losses = []
    if format not in LOSSLESS and not (format == "WEBP" and quality is None):
        losses.append(f"{format} is lossy: every pixel may change a little, untouched ones too; PNG keeps them")
    if picture.depth == 16 and format not in _DEEP:
        losses.append(f"{format} holds 8 bits per channel: 16 bits are rounded; PNG and TIFF keep them")
    if picture.alpha is not None and format not in _TRANSPARENT:
        losses.append(f"{format} holds no transparency: the picture is laid on white; PNG keeps it")
    metadata = picture.metadata
    if format in _WITHOUT_METADATA:
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
    """Write a picture so that everything its format can hold is kept; ``describe_losses`` tells what it cannot.

    A file is replaced whole or not at all. Pixels are stored in the orientation that the EXIF names. Previews of the
    old picture are never written.

    Args:
        target: a path, or an open binary file.
        format: Pillow's name; by default what the path's suffix says, or the picture's own format.
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
                encode(picture, file, kind, quality, strip)
        elif not isinstance(target, (str, os.PathLike)):
            encode(picture, target, kind, quality, strip)
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, RestoreError):
            raise
        raise OutputError(f"{name}: cannot be written as {kind}: {error}") from error


def encode(picture: Picture, file: BinaryIO, kind: str, quality: int | None, strip: str) -> None:
    """Write the whole file.

    Raises:
        UsageError: a quality, a strip, a size or a format that cannot be.
        OSError, ValueError: the encoder failed.
    """
    check_writable(kind)
    if quality is not None and not 1 <= quality <= 100:
        raise UsageError(f"quality {quality} is out of range; use 1 to 100")
    exif_fits = kind not in _WITHOUT_METADATA
    metadata = writable_metadata(picture.metadata, strip=strip, exif_fits=exif_fits, upright=kind in _TURNED_BY_BOXES)
    metadata = _fitting(picture.metadata, kind, metadata, strip)
    limit = _LONGEST_SIDE.get(kind)
    if limit is not None and max(picture.width, picture.height) > limit:
        raise UsageError(
            f"{picture.width} x {picture.height} pixels are too many for {kind} (at most {limit} a side); "
            "write PNG or TIFF instead"
        )
    channels = _channels(picture, kind)
    icc = _profile_for(metadata.icc, channels)
    metadata = replace(metadata, icc=icc)
    stored = _stored(picture, channels, metadata.orientation, kind)
    if kind == "PNG":
        write_png(file, stored, metadata)
    elif kind == "TIFF":
        write_tiff(file, stored, metadata)
    else:
        if kind == "HEIF":
            register_heif_writer()
        background = None if kind in _TRANSPARENT else _WHITE
        with pillow_rules():
            image_from_array(stored, background=background).save(
                file, kind, **_options(kind, quality, metadata, grey=stored.ndim == 2)
            )


def _channels(picture: Picture, kind: str) -> int:
    """1 (grey) or 3. PNG forbids an RGB profile on grey pixels, so such a picture is written as RGB there."""
    if not picture.grey or kind not in _GREY:
        return 3
    return 3 if kind == "PNG" and icc_space(picture.metadata.icc) == "RGB" else 1


def _profile_for(icc: bytes | None, channels: int) -> bytes | None:
    """The profile, if it can describe pixels of that many channels; a wrong one is worse than none."""
    space = icc_space(icc)
    fits = space == "RGB" or (space == "GRAY" and channels == 1)
    return icc if fits else None


def _fitting(source: Metadata, kind: str, metadata: Metadata, strip: str = "none") -> Metadata:
    """Without what is too long for a JPEG segment."""
    if kind != "JPEG":
        return metadata
    if metadata.exif and len(metadata.exif) + len(_EXIF_PREFIX) > _JPEG_SEGMENT:
        metadata = writable_metadata(source, strip=strip, exif_fits=False)
    if metadata.xmp and len(metadata.xmp) + _XMP_OVERHEAD > _JPEG_SEGMENT:
        metadata = replace(metadata, xmp=None)
    return metadata


def _stored(picture: Picture, channels: int, orientation: int, kind: str) -> np.ndarray:
    """The pixels as the file stores them: (H, W), (H, W, 2), (H, W, 3) or (H, W, 4); a view where it can be."""
    colour = as_stored(picture.colour, orientation)
    if picture.alpha is None:
        return colour[..., 0] if channels == 1 else colour
    alpha = as_stored(picture.alpha, orientation)
    if kind not in _DEEP:
        colour, alpha = to_eight_bits(colour), to_eight_bits(alpha)
    height, width = alpha.shape
    both = np.empty((height, width, channels + 1), colour.dtype)
    both[..., :channels] = colour[..., :channels]
    both[..., channels] = alpha
    return both


def _options(kind: str, quality: int | None, metadata: Metadata, *, grey: bool) -> dict[str, Any]:
    """Pillow's keyword arguments."""
    if kind == "BMP":
        return {"dpi": metadata.dpi} if metadata.dpi else {}
    prefix = b"" if kind == "WEBP" else _EXIF_PREFIX
    options: dict[str, Any] = {}
    if metadata.icc:
        options["icc_profile"] = metadata.icc
    if metadata.exif:
        options["exif"] = prefix + metadata.exif
    if metadata.xmp:
        options["xmp"] = metadata.xmp
    if kind == "JPEG":
        quality = _JPEG_QUALITY if quality is None else quality
        options |= {"quality": quality, "subsampling": "4:4:4" if quality >= _FULL_CHROMA_FROM else "4:2:0"}
        if metadata.iptc:
            options["extra"] = photoshop_segment(metadata.iptc)
        if metadata.dpi:
            options["dpi"] = metadata.dpi
    elif kind == "WEBP":
        options |= {
            "lossless": quality is None,
            "exact": True,
            "quality": 75 if quality is None else quality,
            "method": 4,
        }
    else:
        options["quality"] = _HEIF_QUALITY if quality is None else quality
        chroma = {"AVIF": ("subsampling", "4:0:0" if grey else "4:4:4"), "HEIF": ("chroma", 444)}
        options |= [chroma[kind]]
    return options
