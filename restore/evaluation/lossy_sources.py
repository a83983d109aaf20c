"""Whether a picture's file was compressed with loss before a bench measures on it.

A codec measured on a decoded JPEG looks better than it is: the noise is gone and the blocks are already there. A PNG
made from a JPEG cannot be recognised; a file whose own format is lossy can.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

import tifffile

from restore.images.formats import HEAD_BYTES, sniff
from restore.images.tiff import TIFF_ERRORS

ALWAYS_LOSSY = frozenset({"JPEG", "AVIF", "HEIF"})
"""AVIF and HEIF can be lossless but hardly ever are."""
LOSSY_TIFF = frozenset({6, 7, 33003, 33005, 34712, 34892, 50001, 50002, 52546})
"""TIFF's numbers of compressions that lose: JPEG old and new, JPEG 2000, lossy JPEG, WebP, JPEG XL."""
NAMED = 3
"""How many files a warning names."""


def is_lossy(file: Path) -> bool:
    """Whether a file's format says that it was compressed with loss.

    Args:
        file: a picture that has been read before, so it is one and there.
    """
    with file.open("rb") as stream:
        kind = sniff(stream.read(HEAD_BYTES))
        if kind == "WEBP":
            stream.seek(0)
            return _has_lossy_webp(stream.read())
    if kind == "TIFF":
        return _has_lossy_tiff(file)
    return kind in ALWAYS_LOSSY


def lossy_warning(files: Sequence[Path], measured: int) -> str | None:
    """The line a report carries when some of `measured` pictures came from lossy files; None when none did."""
    if not files:
        return None
    names = ", ".join(file.name for file in files[:NAMED]) + (", …" if len(files) > NAMED else "")
    return (
        f"warning: {len(files)} of {measured} pictures came from lossy files ({names}): measured against pictures "
        "that were compressed before, every codec looks better than it is; use PNG or TIFF from the camera's raw file"
    )


def _has_lossy_webp(data: bytes) -> bool:
    """Whether a RIFF chunk `VP8 ` stands in a WebP file; lossless pictures are in `VP8L`."""
    place = 12
    while place + 8 <= len(data):
        kind, length = data[place : place + 4], struct.unpack_from("<I", data, place + 4)[0]
        if kind in (b"VP8 ", b"VP8L"):
            return kind == b"VP8 "
        place += 8 + length + length % 2
    return False


def _has_lossy_tiff(file: Path) -> bool:
    try:
        with tifffile.TiffFile(file) as tiff:
            page = tiff.pages.first
            return int(page.compression) in LOSSY_TIFF
    except TIFF_ERRORS:
        return False
