"""What the chunks of a `.ric` file hold: fields in their places, and limits on all of them."""

import pytest

from restore.codecs.bitstream.container import Chunk, ContainerError
from restore.codecs.bitstream.header import Header, Kind, TileCode, require_known

HEADER = Header(width=1500, height=1025, quality=12800, model=3, model_hash=0xA1B2C3D4, depth=16, alpha=True)


def test_the_header_has_the_layout_of_the_format() -> None:
    assert HEADER.chunk().payload == bytes.fromhex("01 00 03 00 d4 c3 b2 a1 00 32 dc 05 00 00 01 04 00 00 10 02")


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
def test_the_header_round_trips(grey: bool, alpha: bool) -> None:
    header = Header(7, 9, 25600, 0x8001, 5, grey=grey, alpha=alpha)
    assert Header.from_chunk(header.chunk()) == header


def test_a_longer_header_of_a_later_minor_version_is_read() -> None:
    payload = bytes([1, 9]) + HEADER.chunk().payload[2:] + b"later fields"
    read = Header.from_chunk(Chunk(Kind.HEADER, payload))
    assert (read.width, read.minor) == (1500, 9)


def test_a_newer_major_version_is_named_whatever_its_header_holds() -> None:
    for payload in (bytes([2, 1]), bytes([2, 1]) + b"\xff" * 50):
        with pytest.raises(ContainerError, match=r"version 2\.1 .* install a newer restore"):
            Header.from_chunk(Chunk(Kind.HEADER, payload))


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (8, "0164", r"quality 100\.00|quality"),
        (10, "00000000", "0 x 1025 px"),
        (14, "ffffffff", "no picture has"),
        (18, "0c", "12 bits"),
        (19, "04", "unknown flags 0x4"),
    ],
)
def test_fields_out_of_range_are_refused(place: int, value: str, message: str) -> None:
    payload = bytearray(HEADER.chunk().payload)
    payload[place : place + len(value) // 2] = bytes.fromhex(value)
    with pytest.raises(ContainerError, match=message):
        Header.from_chunk(Chunk(Kind.HEADER, bytes(payload)))


def test_a_file_that_does_not_begin_with_a_header_is_refused() -> None:
    for chunk in (Chunk(Kind.TILE, b"abc"), Chunk(Kind.HEADER, b""), Chunk(Kind.HEADER, HEADER.chunk().payload[:-1])):
        with pytest.raises(ContainerError):
            Header.from_chunk(chunk)


def test_a_picture_over_the_limit_is_refused_and_one_at_the_limit_is_not() -> None:
    header = Header(65535, 65535, 0, 0, 0)
    with pytest.raises(ContainerError, match="--max-pixels"):
        header.require_pixels()
    header.require_pixels(65535 * 65535)


def test_a_tile_has_the_layout_of_the_format_and_round_trips() -> None:
    tile = TileCode(300, 318, 0x01020304, b"code")
    assert tile.chunk().payload == bytes.fromhex("ac02 9f 04030201") + b"code"
    assert TileCode.from_chunk(tile.chunk(), 301) == tile


def test_a_tile_that_is_not_of_this_picture_or_too_short_is_refused() -> None:
    chunk = TileCode(4, 2, 0, b"").chunk()
    with pytest.raises(ContainerError, match=r"of tile 4; the picture has 4"):
        TileCode.from_chunk(chunk, 4)
    with pytest.raises(ContainerError, match="too short"):
        TileCode.from_chunk(Chunk(Kind.TILE, chunk.payload[:-1]), 5)


@pytest.mark.parametrize("channels", [1, -2, 512])
def test_channels_that_cannot_be_stored_are_refused(channels: int) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        TileCode(0, channels, 0, b"").chunk()


def test_unknown_chunks_are_skipped_only_where_they_may_be() -> None:
    require_known([HEADER.chunk(), Chunk(0x90, b"something new"), Chunk(Kind.ICC, b"")])
    with pytest.raises(ContainerError, match="unknown kind 0x10"):
        require_known([HEADER.chunk(), Chunk(0x10, b"")])
    with pytest.raises(ContainerError, match="two headers"):
        require_known([HEADER.chunk(), HEADER.chunk()])
