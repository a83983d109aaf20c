"""Which formats there are, by name, by suffix and by first bytes.

A file is read by what its first bytes are; its suffix only decides what is written. Files of other kinds are refused
with a message that names their kind.
"""

import os
from pathlib import Path

from restore.errors import InputError, UsageError

__all__ = ["HEAD_BYTES", "LOSSLESS", "READABLE_SUFFIXES", "WRITABLE", "check_writable", "output_format", "sniff"]

HEAD_BYTES = 64  # of a file, enough for ``sniff``
_SUFFIXES = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".avif": "AVIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".hif": "HEIF",
}
WRITABLE = frozenset(_SUFFIXES.values())
READABLE_SUFFIXES = frozenset({*_SUFFIXES, ".gif"})
"""Suffixes, in lower case with the dot, by which a picture in a folder is recognised."""
LOSSLESS = frozenset({"PNG", "TIFF", "BMP"})
"""Formats that keep every pixel whatever the quality; WebP does too, unless a quality is asked for."""

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (b"GIF8", "GIF"),
)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevm", b"hevs"}
_ANIMATED_BRANDS = {b"hevc", b"hevx", b"msf1", b"avis"}
_FOREIGN = (
    (b"\x8aRIC", "is a compressed .ric file; make a picture of it with restore decompress first"),
    (b"%PDF", "is a PDF document; export the page as PNG or TIFF first"),
    (b"8BPS", "is a Photoshop document; save it as PNG or TIFF first"),
    (b"\x00\x00\x00\x0cjP  ", "is a JPEG 2000 picture, which is not supported; convert it to PNG or TIFF first"),
    (b"\x00\x00\x00\x0cJXL ", "is a JPEG XL picture, which is not supported; convert it to PNG or TIFF first"),
    (b"\xff\x0a", "is a JPEG XL picture, which is not supported; convert it to PNG or TIFF first"),
    (b"PK\x03\x04", "is a ZIP archive; unpack it first"),
    (b"\x1f\x8b", "is a gzip archive; unpack it first"),
    (b"\x1aE\xdf\xa3", "is a video; save the frame you want as a picture first"),
)


def output_format(path: str | os.PathLike[str]) -> str:
    """The format of a path's suffix, by Pillow's name.

    Raises:
        UsageError: no suffix, or one that cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        what = f"the suffix {suffix}" if suffix else "a name without suffix"
        raise UsageError(f"{path}: {what} does not say which format to write; use one of {_list(_SUFFIXES)}")
    return _SUFFIXES[suffix]


def check_writable(name: str) -> None:
    """Refuse a format name that no writer exists for.

    Raises:
        UsageError: it cannot be written.
    """
    if name not in WRITABLE:
        raise UsageError(f"the format {name} cannot be written; use one of {_list(WRITABLE)}")


def sniff(head: bytes) -> str:
    """The format of a file by its first bytes.

    Raises:
        InputError: empty, animated by its brand, or no picture that can be read; the message lacks the file's name.
    """
    if not head:
        raise InputError("is empty (0 bytes); fetch or export the picture again")
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _sniff_boxes(head[8:12])
    for start, message in _FOREIGN:
        if head.startswith(start):
            raise InputError(message)
    what = "it is text" if _looks_like_text(head) else "its first bytes are unknown"
    raise InputError(f"is not a picture that can be read ({what}); use PNG, JPEG, WebP, TIFF, BMP, AVIF or HEIC")


def _sniff_boxes(brand: bytes) -> str:
    if brand in _ANIMATED_BRANDS:
        raise InputError("is an animated picture; save the frame you want as a still picture first")
    if brand == b"avif":
        return "AVIF"
    if brand in _HEIF_BRANDS:
        return "HEIF"
    raise InputError("is a video; save the frame you want as a picture first")


def _looks_like_text(head: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)


def _list(names: "frozenset[str] | dict[str, str]") -> str:
    return ", ".join(sorted(names))
