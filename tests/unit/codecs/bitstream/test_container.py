"""The `.ric` container: what is written is read, and nothing changed or cut goes unnoticed."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore.codecs.bitstream.container import (
    END,
    SEARCH_PLACES,
    SIGNATURE,
    Chunk,
    ContainerError,
    pack_varint,
    read_container,
    read_first_chunk,
    read_varint,
    salvage_container,
    write_container,
)

CHUNKS = [Chunk(1, b"head of twenty bytes"), Chunk(2, bytes(range(200))), Chunk(0x81, b""), Chunk(2, b"\0" * 9)]
KINDS = frozenset({1, 2, 0x81})


def plain(chunks: list[Chunk]) -> list[tuple[int, bytes]]:
    return [(chunk.kind, chunk.payload) for chunk in chunks]


def raw_chunk(kind: int, payload: bytes) -> bytes:
    """Written out by hand from the format's description."""
    length, rest = b"", len(payload)
    while rest > 127:
        length, rest = length + bytes([rest % 128 + 128]), rest // 128
    body = bytes([kind]) + length + bytes([rest]) + payload
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_the_layout_is_the_one_described() -> None:
    before = b"\x8aRIC\r\n\x1a\n" + raw_chunk(1, b"abc") + raw_chunk(0x83, bytes(300))
    assert len(before) == 8 + 9 + 307
    assert write_container([Chunk(1, b"abc"), Chunk(0x83, bytes(300))]) == before + raw_chunk(
        0x7F, bytes([2]) + bytes([len(before) + 9 - 256 + 128, 2])
    )


def test_what_is_written_is_read_in_order_and_with_places() -> None:
    contents = read_container(write_container(CHUNKS))
    assert plain(contents.chunks) == plain(CHUNKS)
    assert contents.chunks[0].offset == len(SIGNATURE)
    assert contents.damage == []


@given(st.lists(st.tuples(st.sampled_from([1, 2, 0x55, 0xFF]), st.binary(max_size=300)), max_size=6))
def test_any_chunks_round_trip(chunks: list[tuple[int, bytes]]) -> None:
    data = write_container([Chunk(kind, payload) for kind, payload in chunks])
    assert plain(read_container(data).chunks) == chunks


@pytest.mark.parametrize("length", [*range(100, 130), *range(16350, 16390)])
def test_the_end_tells_the_length_at_every_size(length: int) -> None:
    data = write_container([Chunk(1, bytes(length))])
    assert len(read_container(data).chunks) == 1


def test_every_truncation_is_noticed() -> None:
    data = write_container(CHUNKS)
    for length in range(len(data)):
        with pytest.raises(ContainerError):
            read_container(data[:length])


def test_every_flipped_bit_is_noticed() -> None:
    data = write_container(CHUNKS)
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises(ContainerError):
                read_container(bytes(changed))


def test_bytes_behind_the_end_and_lost_or_doubled_chunks_are_noticed() -> None:
    data = write_container(CHUNKS)
    with pytest.raises(ContainerError, match="1 bytes follow"):
        read_container(data + b"\0")
    whole = read_container(data).chunks
    first, second = whole[0].offset, whole[1].offset
    for changed in (data[:first] + data[second:], data[:second] + data[first:second] + data[second:]):
        with pytest.raises(ContainerError, match="missing or doubled"):
            read_container(changed)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"GIF89a....", "not a .ric file"),
        (SIGNATURE[:5], "truncated"),
        (SIGNATURE.replace(b"\r\n", b"\n") + b"more", "sent as text"),
        (SIGNATURE + b"\x01\xff\xff\xff\xff\x7f" + bytes(40), "claims"),
        (SIGNATURE + b"\x01\xff\xff\xff\xff\xff\x01" + bytes(40), "too long"),
        (SIGNATURE + b"\x01\x80\x00" + bytes(40), "padded"),
        (SIGNATURE + b"\x01\x40" + bytes(40), "truncated"),
    ],
)
def test_the_message_says_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(ContainerError, match=message):
        read_container(data)


@given(st.integers(0, 2**35 - 1))
def test_varints_round_trip(number: int) -> None:
    packed = pack_varint(number)
    assert read_varint(b"x" + packed, 1) == (number, 1 + len(packed))
    assert len(packed) == max(1, (number.bit_length() + 6) // 7)


@pytest.mark.parametrize("number", [-1, 2**35])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pack_varint(number)


@pytest.mark.parametrize("kind", [0, END, 256])
def test_a_reserved_kind_cannot_be_written(kind: int) -> None:
    with pytest.raises(ValueError, match="no chunk"):
        write_container([Chunk(kind, b"")])


def test_the_first_chunk_is_read_from_a_beginning_alone() -> None:
    data = write_container(CHUNKS)
    assert read_first_chunk(data[:40]).payload == CHUNKS[0].payload
    with pytest.raises(ContainerError, match="truncated"):
        read_first_chunk(data[:20])


@given(st.binary(max_size=200))
def test_noise_never_gets_past_the_reader(noise: bytes) -> None:
    for data in (noise, SIGNATURE + noise):
        with pytest.raises(ContainerError):
            read_container(data)
    salvage_container(SIGNATURE + noise, KINDS)


def test_salvage_keeps_all_other_chunks() -> None:
    data = write_container(CHUNKS)
    places = [chunk.offset for chunk in read_container(data).chunks]
    for index, place in enumerate(places):
        for changed_byte in (place, place + 1, place + 2):
            changed = bytearray(data)
            changed[changed_byte] ^= 0x15
            contents = salvage_container(bytes(changed), KINDS)
            kept = plain(CHUNKS[:index] + CHUNKS[index + 1 :])
            assert plain(contents.chunks) == kept
            assert len(contents.damage) == 1
            assert contents.damage[0].startswith(f"bytes {place} to ")


def test_salvage_of_a_whole_file_finds_no_damage_and_of_a_cut_one_says_so() -> None:
    data = write_container(CHUNKS)
    assert salvage_container(data, KINDS).damage == []
    cut = salvage_container(data[:-5], KINDS)
    assert plain(cut.chunks) == plain(CHUNKS)
    assert cut.damage
    assert plain(salvage_container(data[:60], KINDS).chunks) == plain(CHUNKS[:1])


def test_salvage_ends_on_a_file_made_to_keep_it_busy() -> None:
    hostile = SIGNATURE + (b"\x02" + pack_varint(1 << 19)) * (SEARCH_PLACES // 4)
    assert salvage_container(hostile, KINDS).chunks == []
