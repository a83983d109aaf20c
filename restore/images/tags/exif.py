"""Changing an EXIF block without disturbing the rest of it.

An EXIF block is a small TIFF file whose fields point at each other by offset, and maker notes hold offsets that no
program can update. piexif and Pillow write a block anew and so break them; here a block is edited in place: a removed
field is blanked, everything else keeps its bytes *and its place*, and the block is only ever cut at its end.

    header -> IFD0 -> IFD1 (the thumbnail)          removed: it still shows what was painted out
               |-> Exif IFD -> maker note, Interop    kept, but a JPEG preview inside is blanked
               |-> GPS IFD                            removed by ``without_location``

Only a TIFF file, which has no EXIF block but is one, needs fields taken out and put back elsewhere: ``Fields``,
``read_fields`` and ``pack_fields`` do that, byte for byte per field. A maker note with absolute offsets inside survives
that as bytes only, as with every other program.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = [
    "EXIF_IFD",
    "GPS_IFD",
    "INTEROP_IFD",
    "ORIENTATION",
    "Children",
    "Field",
    "Fields",
    "byte_order",
    "orientation_of",
    "pack_fields",
    "read_fields",
    "tiff_block",
    "with_size",
    "without_location",
    "without_orientation",
    "without_previews",
]

ORIENTATION = 0x0112
EXIF_IFD = 0x8769
GPS_IFD = 0x8825
INTEROP_IFD = 0xA005
_SUB_IFDS = 0x014A
_FIRST_SIZE, _EXIF_SIZE = (0x0100, 0x0101), (0xA002, 0xA003)  # width and height
_SUBJECT_PLACES = (0x9214, 0xA214)
_DESCRIPTION, _SHAPE = 0x010E, b'{"shape": ['  # tifffile's, which it reads again
_JPEG_START, _JPEG_LENGTH = 0x0201, 0x0202
_STRIP_OFFSETS, _STRIP_COUNTS = 0x0111, 0x0117

_SIZE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}  # bytes per value
_SHORT, _LONG, _IFD = 3, 4, 13
_MOST_DIRECTORIES = 16  # per chain; real blocks have two
_LARGEST_DIRECTORY = 64 << 20  # bytes of all its values; many fields may point at the same bytes


@dataclass(frozen=True, slots=True)
class Field:
    """One TIFF field: its type number, its count, and its value's bytes in the block's byte order."""

    kind: int
    count: int
    value: bytes


Fields = dict[int, Field]
_Read = Callable[[int, int], bytes]
Children = dict[int, Callable[[int], bytes]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a field stands: ``position`` of its 12 bytes, ``start`` and ``size`` of its value (inside them if <= 4)."""

    position: int
    tag: int
    kind: int
    count: int
    start: int
    size: int


def tiff_block(exif: bytes | None) -> bytes | None:
    """The bare TIFF block of an EXIF payload, without ``Exif\\0\\0``; None if it has no TIFF header."""
    block = exif or b""
    while block.startswith(b"Exif\0\0"):
        block = block[6:]
    return block if len(block) >= 8 and byte_order(block) is not None else None


def byte_order(block: bytes | bytearray) -> str | None:
    """``"<"`` or ``">"`` for a classic TIFF header, else None."""
    return {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(block[:4]))


def orientation_of(block: bytes | None) -> int:
    """The orientation 1..8 that a block names; 1 where it names none or a number without meaning."""
    order = byte_order(block) if block else None
    if block is None or order is None:
        return 1
    for entry in _directory(_reader(block), order, _first(block, order))[0]:
        if entry.tag == ORIENTATION and entry.kind in (_SHORT, _LONG) and entry.count == 1:
            value = _numbers(block, order, entry)
            return value[0] if value and 1 <= value[0] <= 8 else 1
    return 1


def without_previews(block: bytes) -> bytes:
    """The block without any picture of the picture.

    IFD1 and what it points at are blanked and unlinked, sub-image directories of IFD0 too, and any complete JPEG stream
    elsewhere (previews in maker notes, Photoshop's) is filled with zeros. All other bytes keep their value and place;
    zeros left at the end are cut off.
    """
    order = byte_order(block)
    if order is None:
        return block
    data = bytearray(block)
    read = _reader(data)
    first = _first(data, order)
    entries, link, following = _directory(read, order, first)
    kept = [(0, 8), *_extent(entries, first, link)]
    for extent in _walk_below(data, order, entries):
        kept += extent

    removed_ranges: list[tuple[int, int]] = []
    for entry in entries:
        if entry.tag == _SUB_IFDS:
            for offset in _numbers(data, order, entry):
                removed_ranges += _picture_directories(data, order, offset)
    removed_ranges += _pointed_picture(data, order, entries)
    if following:
        removed_ranges += _picture_directories(data, order, following)
        data[link : link + 4] = bytes(4)
    saved = [(start, bytes(data[start:stop])) for start, stop in kept]
    _blank(data, removed_ranges)
    for start, value in saved:
        data[start : start + len(value)] = value
    for tag in (_SUB_IFDS, _JPEG_START, _JPEG_LENGTH, _STRIP_OFFSETS, _STRIP_COUNTS):
        _drop_entry(data, order, first, tag)
    _blank(data, list(_jpeg_streams(data)))

    if data == block:
        return block
    end = max(len(data.rstrip(b"\0")), *(stop for _, stop in kept))
    return bytes(data[: end + end % 2])


def without_location(block: bytes) -> bytes:
    """The block without its GPS directory; its bytes are blanked, all others keep their value and place."""
    order = byte_order(block)
    if order is None:
        return block
    data = bytearray(block)
    first = _first(data, order)
    for entry in _directory(_reader(data), order, first)[0]:
        if entry.tag == GPS_IFD:
            for offset in _numbers(data, order, entry):
                entries, link, _ = _directory(_reader(data), order, offset)
                _blank(data, _extent(entries, offset, link))
    _drop_entry(data, order, first, GPS_IFD)
    return bytes(data)


def without_orientation(block: bytes) -> bytes:
    """The block without its orientation field, for pixels that are stored upright."""
    order = byte_order(block)
    if order is None:
        return block
    data = bytearray(block)
    _drop_entry(data, order, _first(data, order), ORIENTATION)
    return bytes(data)


def with_size(block: bytes, size: tuple[int, int] | None) -> bytes:
    """The block of a picture whose pixels have become another rectangle: named dimensions true, subject's place gone.

    Args:
        block: the TIFF block.
        size: (width, height) of the stored pixels; None takes the dimensions out.
    """
    order = byte_order(block)
    if order is None:
        return block
    data = bytearray(block)
    first = _first(data, order)
    pointers = [entry for entry in _directory(_reader(data), order, first)[0] if entry.tag == EXIF_IFD]
    details = [offset for pointer in pointers for offset in _numbers(data, order, pointer)[:1]]
    for offset, sizes in [(first, _FIRST_SIZE), *((offset, _EXIF_SIZE) for offset in details)]:
        untrue = [*_SUBJECT_PLACES]
        for entry in _directory(_reader(data), order, offset)[0]:
            if entry.tag in sizes and entry.kind in (_SHORT, _LONG) and entry.count == 1 and size is not None:
                length = size[sizes.index(entry.tag)]
                struct.pack_into(order + "HHII", data, entry.position, entry.tag, _LONG, 1, length)
            elif entry.tag in sizes or (entry.tag == _DESCRIPTION and data.startswith(_SHAPE, entry.start)):
                untrue.append(entry.tag)
        for tag in untrue:
            _drop_entry(data, order, offset, tag)
    return bytes(data)


def read_fields(read: _Read, order: str, offset: int) -> Fields:
    """All fields of the directory at ``offset``; a field that points outside the data, or is over 64 MiB, is left out.

    Args:
        read: ``read(offset, size)`` gives up to ``size`` bytes of the file from ``offset``.
        order: ``"<"`` or ``">"``.
        offset: of the directory, in bytes from the file's start.
    """
    fields: Fields = {}
    remaining = _LARGEST_DIRECTORY
    for entry in _directory(read, order, offset)[0]:
        value = read(entry.start, entry.size) if entry.size <= remaining else b""
        remaining -= len(value)
        if len(value) == entry.size:
            fields[entry.tag] = Field(entry.kind, entry.count, value)
    return fields


def pack_fields(fields: Fields, children: Children, order: str, offset: int) -> bytes:
    """A directory that will stand at ``offset``, with its values and child directories behind it.

    Args:
        fields: the plain fields.
        children: tag -> a function that packs that child directory for the offset it is given.
        order: ``"<"`` or ``">"``.
        offset: in bytes from the file's start, even.
    """
    tags = sorted(set(fields) | set(children))
    head = struct.pack(order + "H", len(tags))
    behind = bytearray()
    start = offset + 2 + 12 * len(tags) + 4
    for tag in tags:
        place = start + len(behind)
        if tag in children:
            packed = children[tag](place)
            head += struct.pack(order + "HHII", tag, _LONG, 1, place)
        else:
            field = fields[tag]
            packed = field.value if len(field.value) > 4 else b""
            head += struct.pack(order + "HHI", tag, field.kind, field.count)
            head += struct.pack(order + "I", place) if packed else field.value.ljust(4, b"\0")
        behind += packed + bytes(len(packed) % 2)
    return head + bytes(4) + bytes(behind)


def _reader(data: bytes | bytearray) -> _Read:
    return lambda offset, size: bytes(data[offset : offset + size])


def _first(data: bytes | bytearray, order: str) -> int:
    return int.from_bytes(data[4:8], "little" if order == "<" else "big")


def _directory(read: _Read, order: str, offset: int) -> tuple[list[_Entry], int, int]:
    """The entries at ``offset``, the position of the link behind them, and the next directory's offset (0: none)."""
    head = read(offset, 2)
    if offset < 8 or len(head) < 2:
        return [], offset, 0
    count = struct.unpack(order + "H", head)[0]
    table = read(offset + 2, 12 * count)
    entries = []
    for index in range(len(table) // 12):
        tag, kind, number = struct.unpack_from(order + "HHI", table, 12 * index)
        position = offset + 2 + 12 * index
        size = _SIZE.get(kind, 0) * number
        start = position + 8 if size <= 4 else struct.unpack_from(order + "I", table, 12 * index + 8)[0]
        if kind in _SIZE:
            entries.append(_Entry(position, tag, kind, number, start, size))
    link = offset + 2 + 12 * count
    following = read(link, 4)
    return entries, link, struct.unpack(order + "I", following)[0] if len(following) == 4 else 0


def _numbers(data: bytes | bytearray, order: str, entry: _Entry) -> list[int]:
    letter = {_SHORT: "H", _LONG: "I", _IFD: "I"}.get(entry.kind)
    value = bytes(data[entry.start : entry.start + entry.size])
    if letter is None or len(value) < entry.size:
        return []
    return list(struct.unpack(f"{order}{entry.count}{letter}", value))


def _extent(entries: list[_Entry], offset: int, link: int) -> list[tuple[int, int]]:
    """The byte ranges of a directory and of the values outside it."""
    return [(offset, link + 4), *((entry.start, entry.start + entry.size) for entry in entries if entry.size > 4)]


def _walk_below(data: bytearray, order: str, entries: list[_Entry]) -> Iterator[list[tuple[int, int]]]:
    """The byte ranges of the Exif, GPS and Interop directories."""
    for entry in entries:
        if entry.tag in (EXIF_IFD, GPS_IFD, INTEROP_IFD):
            for offset in _numbers(data, order, entry)[:1]:
                below, link, _ = _directory(_reader(data), order, offset)
                yield _extent(below, offset, link)
                if entry.tag == EXIF_IFD:
                    yield from _walk_below(data, order, [inner for inner in below if inner.tag == INTEROP_IFD])


def _picture_directories(data: bytearray, order: str, offset: int) -> list[tuple[int, int]]:
    """The byte ranges of a chain of picture directories and of the pictures they point at."""
    ranges: list[tuple[int, int]] = []
    for _ in range(_MOST_DIRECTORIES):
        if not offset:
            break
        entries, link, following = _directory(_reader(data), order, offset)
        ranges += _extent(entries, offset, link) + _pointed_picture(data, order, entries)
        offset = following
    return ranges


def _pointed_picture(data: bytearray, order: str, entries: list[_Entry]) -> list[tuple[int, int]]:
    found = {entry.tag: _numbers(data, order, entry) for entry in entries}
    ranges = []
    for starts, sizes in ((_JPEG_START, _JPEG_LENGTH), (_STRIP_OFFSETS, _STRIP_COUNTS)):
        ranges += [(a, a + n) for a, n in zip(found.get(starts, []), found.get(sizes, []), strict=False)]
    return ranges


def _blank(data: bytearray, ranges: list[tuple[int, int]]) -> None:
    for start, stop in ranges:
        end = min(stop, len(data))
        if 8 <= start < end:
            data[start:end] = bytes(end - start)


def _drop_entry(data: bytearray, order: str, offset: int, tag: int) -> None:
    """Take one entry out of a directory; the entries behind it and the link move up by 12 bytes."""
    entries, link, _ = _directory(_reader(data), order, offset)
    for entry in entries:
        if entry.tag == tag:
            if entry.size > 4:
                _blank(data, [(entry.start, entry.start + entry.size)])
            count = struct.unpack_from(order + "H", data, offset)[0]
            struct.pack_into(order + "H", data, offset, count - 1)
            data[entry.position : link + 4] = data[entry.position + 12 : link + 4] + bytes(12)
            return


def _jpeg_streams(data: bytearray) -> Iterator[tuple[int, int]]:
    """The byte ranges of complete JPEG streams: start marker, well-formed segments up to the scan, end marker."""
    start = data.find(b"\xff\xd8\xff")
    while start >= 0:
        stop = _jpeg_end(data, start)
        if stop:
            yield start, stop
        start = data.find(b"\xff\xd8\xff", stop or start + 1)


def _jpeg_end(data: bytearray, start: int) -> int | None:
    position, frame_seen = start + 2, False
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker < 0xC0 or 0xD0 <= marker <= 0xD9:
            return None
        frame_seen |= 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == 0xDA:
            end = data.find(b"\xff\xd9", position)
            return (end + 2 if end >= 0 else len(data)) if frame_seen else None
    return None
