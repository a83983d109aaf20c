"""IPTC captions, keywords and credits, as JPEG and TIFF carry them beside XMP.

A JPEG keeps them in one of Photoshop's resources. The other resources of that segment are not copied: they hold
previews, paths and settings that describe the old pixels. The records are (marker, record, dataset, length, value), one
behind the other, so that leaving some out needs no change to the rest; iptcinfo3 writes all of them anew.
"""

import struct
from collections.abc import Iterator

__all__ = ["PHOTOSHOP_RESOURCE", "photoshop_segment", "without_location", "without_previews"]

PHOTOSHOP_RESOURCE = 0x0404
"""The number of the Photoshop resource that holds IPTC records."""

_MARKER = 0x1C
_EXTENDED = 0x8000  # lengths from here on are written in another way, for objects of over 32 KB that no caption is
_PLACES = {(2, 26), (2, 27), (2, 90), (2, 92), (2, 95), (2, 100), (2, 101)}
_PREVIEWS = {(2, 200), (2, 201), (2, 202)}


def without_location(records: bytes) -> bytes:
    """The records without city, state, country and their codes."""
    return b"".join(whole for key, whole in _records(records) if key not in _PLACES)


def without_previews(records: bytes) -> bytes:
    """The records without the embedded preview; damage and what follows it are left out too."""
    return b"".join(whole for key, whole in _records(records) if key not in _PREVIEWS)


def photoshop_segment(records: bytes) -> bytes:
    """The JPEG segment, marker included, that holds only these records; ``b""`` if they are too long for one."""
    resource = b"8BIM" + struct.pack(">HHI", PHOTOSHOP_RESOURCE, 0, len(records)) + records + bytes(len(records) % 2)
    body = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body if len(body) <= 65533 else b""


def _records(records: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    position = 0
    while position + 5 <= len(records) and records[position] == _MARKER:
        record, dataset, length = struct.unpack_from(">BBH", records, position + 1)
        end = position + 5 + length
        if length >= _EXTENDED or end > len(records):
            return
        yield (record, dataset), records[position:end]
        position = end
