"""Damaged and hostile `.ric` files: always noticed, never a crash, and salvage shows what is left."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import restore
from restore.codecs.bitstream.container import Chunk, ContainerError, read_container, write_container
from restore.codecs.bitstream.file import read_file
from restore.codecs.bitstream.header import Header, Kind
from restore.errors import RestoreError
from tests.support.processes import run_fresh


@pytest.fixture(scope="module")
def small_file(codec: Any) -> bytes:
    """Two tiles with transparency and metadata, under 4 KB."""
    noise = np.random.default_rng(0).integers(0, 256, (18, 1030, 3), dtype=np.uint8)
    alpha = np.full((18, 1030, 1), 255, np.uint8)
    alpha[:, 500:] = 0
    data = bytes(codec.compress(np.concatenate([noise, alpha], axis=2), 5))
    assert len(data) < 4096
    return data


def rebuilt(data: bytes, change: Any) -> bytes:
    """The file with its chunks changed and all checksums right."""
    return write_container(change(read_container(data).chunks))


def test_every_truncation_is_noticed(codec: Any, small_file: bytes) -> None:
    for length in range(len(small_file)):
        with pytest.raises(ContainerError):
            codec.decompress(small_file[:length])


def test_every_flipped_bit_is_noticed(codec: Any, small_file: bytes) -> None:
    for place in range(len(small_file)):
        for bit in range(8):
            changed = bytearray(small_file)
            changed[place] ^= 1 << bit
            with pytest.raises(ContainerError):
                codec.decompress(bytes(changed))


def test_every_truncation_and_flipped_byte_is_salvaged_or_refused(small_file: bytes) -> None:
    for place in range(0, len(small_file), 7):
        changed = bytearray(small_file)
        changed[place] ^= 0x55
        for data in (small_file[:place], bytes(changed)):
            try:
                file = read_file(data, salvage=True)
            except ContainerError:
                continue
            assert file.damage


@settings(max_examples=150)
@given(st.binary(min_size=0, max_size=24), st.lists(st.tuples(st.sampled_from(list(Kind)), st.binary(max_size=60))))
def test_any_header_and_chunks_with_right_checksums_end_in_an_error_of_ours(
    codec: Any, header: bytes, chunks: list[tuple[int, bytes]]
) -> None:
    data = write_container([Chunk(1, b"\1\0" + header), *(Chunk(kind, payload) for kind, payload in chunks)])
    with pytest.raises(RestoreError):
        codec.decompress(data, max_pixels=10_000)
    with pytest.raises(RestoreError):
        codec.decompress(data, max_pixels=10_000, salvage=True, notify=lambda line: None)


@settings(max_examples=60)
@given(
    width=st.integers(1, 80),
    height=st.integers(1, 80),
    quality=st.integers(0, 25600),
    channels=st.integers(0, 255),
    code=st.binary(max_size=80),
    check=st.integers(0, 2**32 - 1),
)
def test_any_code_with_right_checksums_decodes_or_is_refused(
    codec: Any, width: int, height: int, quality: int, channels: int, code: bytes, check: int
) -> None:
    header = Header(width, height, quality, *codec.model)
    tile = bytes([0, channels]) + check.to_bytes(4, "little") + code
    data = write_container([header.chunk(), Chunk(Kind.TILE, tile)])
    try:
        shown = codec.decompress(data)
    except RestoreError:
        return
    assert (channels, check, code) == (0, 0, b""), "only an empty tile can be right by chance"
    assert shown.shape == (height, width, 3)


@settings(max_examples=60)
@given(data=st.data())
def test_any_change_of_a_tile_with_right_checksums_is_noticed(codec: Any, small_file: bytes, data: Any) -> None:
    chunks = read_container(small_file).chunks
    index = data.draw(st.sampled_from([place for place, chunk in enumerate(chunks) if chunk.kind == Kind.TILE]))
    payload = bytearray(chunks[index].payload)
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    chunks[index] = Chunk(Kind.TILE, bytes(payload))
    with pytest.raises(RestoreError):
        codec.decompress(write_container(chunks))


@settings(max_examples=60)
@given(data=st.data())
def test_any_change_of_transparency_or_metadata_is_an_error_of_ours_or_a_picture(
    codec: Any, small_file: bytes, data: Any
) -> None:
    chunks = read_container(small_file).chunks
    index = data.draw(st.sampled_from([place for place, chunk in enumerate(chunks) if chunk.kind == Kind.ALPHA]))
    payload = bytearray(chunks[index].payload)
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    chunks[index] = Chunk(Kind.ALPHA, bytes(payload))
    note = Chunk(data.draw(st.sampled_from(range(0x81, 0x87))), data.draw(st.binary(max_size=40)))
    try:
        shown = codec.decompress(write_container([*chunks, note]), (490, 0, 20, 18), form="pillow")
    except RestoreError:
        return
    assert shown.size == (20, 18)


def test_unknown_chunks_are_refused_or_skipped(codec: Any, small_file: bytes) -> None:
    skipped = rebuilt(small_file, lambda chunks: [chunks[0], Chunk(0xC7, b"news"), *chunks[1:]])
    assert np.array_equal(codec.decompress(skipped), codec.decompress(small_file))
    with pytest.raises(ContainerError, match=r"unknown kind 0x47.*install a newer restore"):
        codec.decompress(rebuilt(small_file, lambda chunks: [chunks[0], Chunk(0x47, b"news"), *chunks[1:]]))


def test_a_newer_version_is_named(codec: Any, small_file: bytes) -> None:
    newer = rebuilt(small_file, lambda chunks: [Chunk(1, b"\3\1" + bytes(30)), *chunks[1:]])
    with pytest.raises(ContainerError, match=r"version 3\.1 of the format.*install a newer restore"):
        codec.decompress(newer)


def test_missing_and_doubled_parts_are_refused(codec: Any, small_file: bytes) -> None:
    for kind, message in ((Kind.TILE, "1 of 2 tiles"), (Kind.ALPHA, "transparency for 1 tiles, not for 2")):
        places = [place for place, chunk in enumerate(read_container(small_file).chunks) if chunk.kind == kind]
        with pytest.raises(ContainerError, match=message):
            codec.decompress(rebuilt(small_file, lambda chunks, at=places[1]: chunks[:at] + chunks[at + 1 :]))
        with pytest.raises(ContainerError, match="was there before"):
            codec.decompress(rebuilt(small_file, lambda chunks, at=places[1]: [*chunks, chunks[at]]))


def test_salvage_fills_what_is_lost_with_grey_and_says_where(codec: Any, small_file: bytes) -> None:
    whole = codec.decompress(small_file)
    lost: list[str] = []
    first, second = (chunk.offset for chunk in read_container(small_file).chunks if chunk.kind == Kind.TILE)
    for place in (second + 4,):
        damaged = bytearray(small_file)
        damaged[place] ^= 1
        shown = codec.decompress(bytes(damaged), salvage=True, notify=lost.append)
    assert first < second
    assert any("6 x 18 px at 1024,0 are lost and filled with grey" in line for line in lost)
    assert any(line.startswith(f"bytes {second} to ") for line in lost)
    assert np.array_equal(shown[:, :1000], whole[:, :1000])
    assert np.array_equal(shown[..., 3], whole[..., 3])
    assert np.abs(shown[:, 1024:, :3].astype(int) - 128).max() < 40


def test_salvage_of_a_code_whose_symbols_are_wrong(codec: Any, small_file: bytes) -> None:
    def change(chunks: list[Chunk]) -> list[Chunk]:
        tile = next(place for place, chunk in enumerate(chunks) if chunk.kind == Kind.TILE)
        payload = bytearray(chunks[tile].payload)
        payload[3] ^= 1  # the symbols' check
        return [*chunks[:tile], Chunk(Kind.TILE, bytes(payload)), *chunks[tile + 1 :]]

    lost: list[str] = []
    codec.decompress(rebuilt(small_file, change), salvage=True, notify=lost.append)
    assert lost == ["1024 x 18 px at 0,0 are lost and filled with grey"]
    beside = codec.decompress(rebuilt(small_file, change), (1025, 0, 5, 18), salvage=True, notify=lost.append)
    assert beside.shape == (18, 5, 4)
    assert len(lost) == 1, "the lost tile is a neighbour of the region, and not listed"


def test_lost_transparency_is_opaque(codec: Any, small_file: bytes) -> None:
    lost: list[str] = []
    without = rebuilt(small_file, lambda chunks: [chunk for chunk in chunks if chunk.kind != Kind.ALPHA])
    shown = codec.decompress(without, salvage=True, notify=lost.append)
    assert (shown[..., 3] == 255).all()
    assert [line for line in lost if "transparency" in line and "1024 x 18 px at 0,0" in line]


def test_without_its_header_nothing_is_salvaged(small_file: bytes) -> None:
    damaged = bytearray(small_file)
    damaged[12] ^= 1
    with pytest.raises(ContainerError, match="header is damaged"):
        read_file(bytes(damaged), salvage=True)


def huge() -> bytes:
    """A file that claims 65535 x 65535 px, written by hand from the format's description."""
    fields = bytes([1, 0]) + bytes(6) + (12800).to_bytes(2, "little") + 2 * (65535).to_bytes(4, "little") + b"\x08\0"
    body = b"\x01\x14" + fields
    return b"\x8aRIC\r\n\x1a\n" + body + zlib.crc32(body).to_bytes(4, "little") + bytes(66)


def test_a_huge_claim_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    data = huge()
    assert len(data) == 100
    with pytest.raises(ContainerError, match=r"65535 x 65535 px.*--max-pixels"):
        restore.decompress(data)
    (tmp_path / "huge.ric").write_bytes(data)
    code = (
        "import sys, restore\n"
        "try: restore.decompress(open('huge.ric', 'rb').read())\n"
        "except restore.InputError as error: assert '65535' in str(error)\n"
        "print(*[name for name in ('torch', 'numpy', 'PIL') if name in sys.modules])"
    )
    assert run_fresh(code, folder=tmp_path).stdout.split() == []
