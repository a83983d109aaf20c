"""The `.ric` container: bytes in, checked chunks out. No torch, no NumPy, and nothing of what chunks hold.

    signature   8 bytes   8A 52 49 43 0D 0A 1A 0A
    chunk       kind      u8       bit 7 set: a reader that does not know the kind may skip it
                length    varint   bytes of payload, at most LONGEST_CHUNK
                payload   length bytes
                check     u32      zlib.crc32 of kind, length and payload, as they stand in the file
    chunk       …
    end chunk   kind 0x7F; payload: chunks before it, varint; bytes of the file up to its end, varint

The header is the first chunk and the end chunk the last; nothing follows it. A varint holds seven bits per byte, low
ones first, bit 7 set on all bytes but the last, and takes no byte more than it needs. Integers are little endian. The
signature's last bytes are lost or doubled by tools that change line endings, as PNG's are. `FORMAT.md` specifies the
payloads.

Every length is compared with the bytes that are there before it is used, and whatever is wrong raises `ContainerError`
with its place in the file. `salvage_container` steps over what is damaged instead.
"""

import itertools
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from restore.errors import InputError

SIGNATURE = b"\x8aRIC\r\n\x1a\n"
SKIPPABLE = 0x80
"""Bit of a chunk's kind: a reader that does not know the kind may step over the chunk."""
END = 0x7F
LONGEST_CHUNK = 1 << 31
"""Most bytes of a payload."""
VARINT_BYTES = 5
"""A varint here has at most this many bytes, so at most 35 bits."""
CHECK_BYTES = 4
SEARCH_BYTES, SEARCH_PLACES = 1 << 26, 1 << 21
"""Most bytes and places that salvage checks in search of whole chunks, so that a hostile file takes seconds at most."""
SEARCH_NEAR = 4096
"""Places searched before a damaged chunk's own length is tried."""


class ContainerError(InputError):
    """The bytes are not a whole `.ric` file; the message says what is wrong and at which byte."""


@dataclass(frozen=True)
class Chunk:
    """One checked chunk: its kind, its payload and where in the file it begins."""

    kind: int
    payload: bytes
    offset: int = 0


@dataclass
class Contents:
    """The chunks of a file without its end chunk."""

    chunks: list[Chunk]
    """In the order of the file."""
    damage: list[str] = field(default_factory=list)
    """A line for each stretch of bytes that salvage stepped over; empty for a whole file."""


def write_container(chunks: Iterable[Chunk]) -> bytes:
    """The bytes of a file with these chunks; offsets are ignored.

    Raises:
        ValueError: a kind is out of range or the end chunk's own, or a payload is too long.
    """
    parts, count = [SIGNATURE], 0
    for chunk in chunks:
        if not 0 < chunk.kind < 256 or chunk.kind == END or len(chunk.payload) > LONGEST_CHUNK:
            raise ValueError(f"no chunk can have kind {chunk.kind:#x} and {len(chunk.payload)} bytes")
        parts.append(_chunk_bytes(chunk.kind, chunk.payload))
        count += 1
    length = sum(map(len, parts))
    parts.append(_end_chunk(count, length))
    return b"".join(parts)


def read_container(data: bytes) -> Contents:
    """Check a whole file and take it apart.

    Raises:
        ContainerError: not a `.ric` file, truncated, changed, or with bytes behind its end.
    """
    _check_signature(data)
    contents, place = Contents([]), len(SIGNATURE)
    while True:
        chunk, place = read_chunk(data, place)
        if chunk.kind == END:
            break
        contents.chunks.append(chunk)
    expected = pack_varint(len(contents.chunks)) + pack_varint(place)
    if chunk.payload != expected:
        raise ContainerError("chunks are missing or doubled: the count or length at the end of the file does not agree")
    if place != len(data):
        raise ContainerError(f"{len(data) - place} bytes follow the end of the file at byte {place}")
    return contents


def salvage_container(data: bytes, kinds: frozenset[int]) -> Contents:
    """What is whole in a damaged file.

    Args:
        data: the file.
        kinds: kinds of chunks worth looking for behind a damaged one.

    Raises:
        ContainerError: the signature is not a `.ric` file's.
    """
    _check_signature(data)
    contents, place, budget = Contents([]), len(SIGNATURE), _Budget()
    while place < len(data):
        try:
            chunk, behind = read_chunk(data, place)
        except ContainerError as error:
            behind = _skip_damage(data, place, kinds | {END}, budget)
            contents.damage.append(f"bytes {place} to {behind}: {error}")
        else:
            if chunk.kind == END:
                return contents
            contents.chunks.append(chunk)
        place = behind
    contents.damage.append(f"the file ends at byte {len(data)} without an end mark")
    return contents


def read_first_chunk(data: bytes) -> Chunk:
    """The header chunk alone, checked, from the whole file or its beginning.

    Raises:
        ContainerError: not a `.ric` file, or its first chunk is damaged.
    """
    _check_signature(data)
    return read_chunk(data, len(SIGNATURE))[0]


def read_chunk(data: bytes, place: int) -> tuple[Chunk, int]:
    """The chunk at a place and the place behind it.

    Raises:
        ContainerError: it is truncated, its length is impossible, or its check does not agree.
    """
    if place >= len(data):
        raise ContainerError(f"the file ends at byte {len(data)} without an end mark: it was truncated")
    length, start = read_varint(data, place + 1)
    if length > LONGEST_CHUNK:
        raise ContainerError(f"the chunk at byte {place} claims {length} bytes; at most {LONGEST_CHUNK} are allowed")
    end = start + length + CHECK_BYTES
    if end > len(data):
        raise ContainerError(
            f"the chunk at byte {place} needs {length} bytes and {max(0, len(data) - start)} follow: it was truncated"
        )
    covered = memoryview(data)[place : start + length]
    if zlib.crc32(covered) != int.from_bytes(data[start + length : end], "little"):
        raise ContainerError(f"the chunk at byte {place} is damaged: its checksum does not agree")
    return Chunk(data[place], bytes(covered[start - place :]), place), end


def pack_varint(number: int) -> bytes:
    """Seven bits per byte, low ones first.

    Raises:
        ValueError: negative, or too large for `VARINT_BYTES`.
    """
    if not 0 <= number < 1 << (7 * VARINT_BYTES):
        raise ValueError(f"{number} does not fit a varint of {VARINT_BYTES} bytes")
    packed = bytearray()
    while number >= 0x80:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """The number at a place and the place behind it.

    Raises:
        ContainerError: it is truncated, too long, or padded with bytes it does not need.
    """
    number = 0
    for count in range(VARINT_BYTES):
        if place + count >= len(data):
            raise ContainerError(f"the file ends at byte {len(data)} within a number: it was truncated")
        byte = data[place + count]
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            if byte == 0 and count:
                raise ContainerError(f"the number at byte {place} is padded")
            return number, place + count + 1
    raise ContainerError(f"the number at byte {place} is too long")


def _chunk_bytes(kind: int, payload: bytes) -> bytes:
    covered = bytes([kind]) + pack_varint(len(payload)) + payload
    return covered + zlib.crc32(covered).to_bytes(CHECK_BYTES, "little")


def _end_chunk(count: int, before: int) -> bytes:
    """The end chunk of a file with `count` chunks in `before` bytes."""
    length = before
    while True:  # it holds the length of the whole file, itself included, and a longer varint changes that length
        chunk = _chunk_bytes(END, pack_varint(count) + pack_varint(length))
        if length == before + len(chunk):
            return chunk
        length += 1


def _check_signature(data: bytes) -> None:
    if data[: len(SIGNATURE)] == SIGNATURE:
        return
    if not data:
        raise ContainerError("the file is empty")
    if data[:4] == SIGNATURE[:4]:
        if len(data) < len(SIGNATURE):
            raise ContainerError(f"the file ends at byte {len(data)} within its signature: it was truncated")
        raise ContainerError("the signature is damaged: the file was sent as text, or changed; send it as binary")
    raise ContainerError("this is not a .ric file")


def _skip_damage(data: bytes, place: int, kinds: frozenset[int], budget: "_Budget") -> int:
    """Where the next whole chunk begins.

    Damage to a long chunk mostly lies in its payload: its length is right, and searching the payload would be slow.
    """
    last, near = len(data) - CHECK_BYTES, place + 1 + SEARCH_NEAR
    behind = _claimed_end(data, place)
    claimed = [] if behind is None or behind >= last else [behind]
    for candidate in itertools.chain(range(place + 1, min(near, last)), claimed, range(near, last)):
        budget.places -= 1
        if budget.places < 0 or budget.bytes < 0:
            break
        if data[candidate] not in kinds or (end := _claimed_end(data, candidate)) is None:
            continue
        budget.bytes -= end - candidate
        try:
            read_chunk(data, candidate)
        except ContainerError:
            continue
        return candidate
    return len(data)


def _claimed_end(data: bytes, place: int) -> int | None:
    """Where the chunk at a place would end, if it fits into the file."""
    try:
        length, start = read_varint(data, place + 1)
    except ContainerError:
        return None
    end = start + length + CHECK_BYTES
    return end if end <= len(data) else None


@dataclass
class _Budget:
    bytes: int = SEARCH_BYTES
    places: int = SEARCH_PLACES
