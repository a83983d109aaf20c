"""HEIC and AVIF, the formats that live in the same box structure as MP4, read at their own depth.

Phones write 10 bits, which the Pillow plugins of both formats fold to 8 without a word. HEIC needs the ``heif`` extra
(pillow-heif); what the extra brings is used directly, so that 10 and 12 bits arrive as 16. Its decoder turns the pixels
upright itself.
"""

from collections.abc import Callable
from types import ModuleType
from typing import BinaryIO

import imagecodecs
import numpy as np

from restore.errors import InputError, UsageError
from restore.images.metadata import Metadata, source_metadata

__all__ = ["deep_avif_bits", "read_deep_avif", "read_heif", "register_heif_writer"]

_HEADER_BYTES = 1 << 16  # the boxes that describe the picture come first


def _pillow_heif() -> ModuleType | None:
    try:
        import pillow_heif
    except ImportError:
        return None
    module: ModuleType = pillow_heif
    return module


def register_heif_writer() -> None:
    """Let Pillow write HEIC.

    Raises:
        UsageError: the ``heif`` extra is not installed.
    """
    module = _pillow_heif()
    if module is None:
        raise UsageError("HEIC needs an extra: pip install 'restore[heif]'")
    module.register_heif_opener()


def read_heif(file: BinaryIO, check_size: Callable[[int, int], None]) -> tuple[np.ndarray, Metadata]:
    """Pixels and metadata of a HEIC file.

    Args:
        file: at its start, seekable.
        check_size: called with (width, height) before anything is decoded.

    Returns:
        Upright pixels (H, W), (H, W, 3) or (H, W, 4), uint8, or uint16 for 10 and 12 bits; and the metadata.

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
        pixels = _full_range(pixels, bits)
    return pixels, metadata


def deep_avif_bits(head: bytes) -> int:
    """Bits per sample that an AVIF file declares (8, 10 or 12); 8 if it declares none."""
    at = head[:_HEADER_BYTES].find(b"av1C")
    if at < 0 or at + 7 > len(head):
        return 8
    high, twelve = head[at + 6] & 0x40, head[at + 6] & 0x20
    return 12 if high and twelve else 10 if high else 8


def read_deep_avif(data: bytes, bits: int) -> np.ndarray:
    """Pixels of a 10- or 12-bit AVIF file, as stored: uint16 over the full range, (H, W, 3) or (H, W, 4).

    Raises:
        InputError: damaged.
    """
    try:
        pixels = imagecodecs.avif_decode(data)
    except (imagecodecs.AvifError, ValueError, RuntimeError) as error:
        raise InputError(f"is a damaged AVIF ({error}); fetch the file again") from error
    array = np.asarray(pixels)
    return _full_range(array, bits) if bits > 8 else array


def _full_range(pixels: np.ndarray, bits: int) -> np.ndarray:
    top = (1 << bits) - 1
    wide: np.ndarray = np.minimum(pixels, top).astype(np.uint32)
    scaled: np.ndarray = ((wide * 65535 + top // 2) // top).astype(np.uint16)
    return scaled
