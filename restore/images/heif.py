"""The readers and writers of HEIC and AVIF, formats in the box structure of MP4, at the file's own depth.

Phones write 10 bits, which the Pillow plugins of both formats reduce to 8 without a warning. HEIC needs the ``heif``
extra (pillow-heif), which is used directly for reading, so that 10 and 12 bits arrive as 16; its decoder turns the
pixels upright itself. AVIF of 10 and 12 bits is decoded by libavif, AVIF of 8 bits by Pillow. Both are written by
Pillow.
"""

from collections.abc import Callable
from types import ModuleType
from typing import BinaryIO

import imagecodecs
import numpy as np

from restore.errors import InputError, UsageError
from restore.images.metadata import Metadata, source_metadata
from restore.images.picture import StoredPicture
from restore.images.pillow_files import metadata_options, open_image, save_image, stored_picture
from restore.images.samples import full_scale

__all__ = ["read_avif", "read_heif", "write_avif", "write_heif"]

_HEADER_BYTES = 1 << 16  # the boxes that describe the picture come first
_QUALITY = 90


def read_heif(file: BinaryIO, check_size: Callable[[int, int], None]) -> StoredPicture:
    """A HEIC file's picture, upright; 10 and 12 bits become 16.

    Args:
        file: at its start, seekable.
        check_size: called with (width, height) before anything is decoded.

    Raises:
        InputError: the ``heif`` extra is not installed.
    """
    module = _pillow_heif()
    if module is None:
        raise InputError("is a HEIC picture, which needs an extra: pip install 'restore[heif]'")
    heif = module.open_heif(file, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    check_size(*heif.size)
    info = heif.info
    bits = int(info.get("bit_depth") or 8)
    metadata = source_metadata(icc=info.get("icc_profile"), exif=info.get("exif"), xmp=info.get("xmp"))
    pixels = np.asarray(heif)
    if pixels.dtype == np.uint16 and bits > 8:
        pixels = _full_scale(pixels, bits)
    return StoredPicture(pixels, metadata, grey=pixels.ndim == 2, is_upright=True)


def write_heif(file: BinaryIO, pixels: np.ndarray, metadata: Metadata, quality: int | None) -> None:
    """Write upright pixels; quality 1..100, 90 by default.

    Raises:
        UsageError: the ``heif`` extra is not installed.
    """
    module = _pillow_heif()
    if module is None:
        raise UsageError("HEIC needs an extra: pip install 'restore[heif]'")
    module.register_heif_opener()
    options = metadata_options(metadata)
    save_image(file, "HEIF", pixels, options | {"quality": _QUALITY if quality is None else quality, "chroma": 444})


def read_avif(file: BinaryIO, check_size: Callable[[int, int], None]) -> StoredPicture:
    """An AVIF file's picture; 10 and 12 bits become 16.

    Args:
        file: at its start, seekable.
        check_size: called with (width, height) before anything is decoded.

    Raises:
        InputError: animated or damaged.
    """
    with open_image(file, "AVIF", check_size) as (image, metadata):
        file.seek(0)
        data = file.read()
        bits = _avif_bits(data)
        if bits > 8:
            return StoredPicture(_decode_deep_avif(data, bits), metadata, grey=False)
        return stored_picture(image, metadata)


def write_avif(file: BinaryIO, pixels: np.ndarray, metadata: Metadata, quality: int | None) -> None:
    """Write upright pixels; quality 1..100, 90 by default."""
    options = metadata_options(metadata)
    subsampling = "4:0:0" if pixels.ndim == 2 else "4:4:4"
    quality = _QUALITY if quality is None else quality
    save_image(file, "AVIF", pixels, options | {"quality": quality, "subsampling": subsampling})


def _pillow_heif() -> ModuleType | None:
    try:
        import pillow_heif
    except ImportError:
        return None
    module: ModuleType = pillow_heif
    return module


def _avif_bits(data: bytes) -> int:
    """Bits per sample that an AVIF file declares (8, 10 or 12); 8 if it declares none."""
    at = data[:_HEADER_BYTES].find(b"av1C")
    if at < 0 or at + 7 > len(data):
        return 8
    high, twelve = data[at + 6] & 0x40, data[at + 6] & 0x20
    return 12 if high and twelve else 10 if high else 8


def _decode_deep_avif(data: bytes, bits: int) -> np.ndarray:
    """uint16 over the full range, (H, W, 3) or (H, W, 4), as stored."""
    try:
        pixels = imagecodecs.avif_decode(data)
    except (imagecodecs.AvifError, ValueError, RuntimeError) as error:
        raise InputError(f"is a damaged AVIF ({error}); fetch the file again") from error
    return _full_scale(np.asarray(pixels), bits)


def _full_scale(pixels: np.ndarray, bits: int) -> np.ndarray:
    """Samples spread over all of uint16; decoders may give values above the largest of that depth."""
    return full_scale(np.minimum(pixels, (1 << bits) - 1), bits)
