"""A whole `.ric` file: bytes to header, tiles, transparency and metadata, and back.

    header ── metadata … ── tile 0 ── alpha 0 ── tile 1 ── alpha 1 ── … ── end

`read_header` looks at the first chunk only and refuses a picture that is too large before anything else happens;
`read_front` also reads the metadata, and `read_file` checks the whole file. What they accept has every checksum right
and every part in its place; whether the code of a tile decodes is left to the model. No torch and no NumPy, so that
`restore info` and a refusal take no time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from restore.codecs.bitstream.container import (
    END,
    SIGNATURE,
    Chunk,
    ContainerError,
    Contents,
    pack_varint,
    read_chunk,
    read_container,
    read_first_chunk,
    read_varint,
    salvage_container,
    write_container,
)
from restore.codecs.bitstream.header import MAX_PIXELS, Header, Kind, TileCode, require_known
from restore.codecs.bitstream.metadata import metadata_chunks, read_metadata
from restore.images.metadata import Metadata

SUFFIX = ".ric"
MAX_BYTES = 1 << 31
"""Longest file that is read."""
FRONT = 1 << 12
"""Bytes read at first where only the beginning of a file is wanted; any header fits into them."""
AFTER_METADATA = (Kind.TILE, Kind.ALPHA, END)
"""Kinds of chunks that stand behind the metadata."""


@dataclass(frozen=True)
class RicFile:
    """What a file holds, checked but not decoded."""

    header: Header
    tiles: Mapping[int, TileCode]
    """By number of the tile; in a salvaged file some may be missing."""
    alpha: Mapping[int, bytes]
    """PNG streams by number of the tile; empty where the picture has no transparency."""
    metadata: Metadata = field(default_factory=Metadata)
    """Profile, EXIF, XMP and the like."""
    damage: tuple[str, ...] = ()
    """A line for each thing that salvage stepped over."""


def write_file(header: Header, tiles: Mapping[int, TileCode], alpha: Mapping[int, bytes], metadata: Metadata) -> bytes:
    """The bytes of a file.

    Args:
        header: the picture's.
        tiles: all tiles by number.
        alpha: a PNG stream for each tile, where the header says that there is transparency.
        metadata: what may be written, from `restore.images.metadata.writable_metadata`.
    """
    chunks = [header.chunk(), *metadata_chunks(metadata)]
    for number in sorted(tiles):
        chunks.append(tiles[number].chunk())
        if number in alpha:
            chunks.append(Chunk(Kind.ALPHA, pack_varint(number) + alpha[number]))
    return write_container(chunks)


def read_header(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Header:
    """The header of a file, from all of it or its beginning.

    Raises:
        ContainerError: not a `.ric` file, a damaged header, a newer version, or more pixels than allowed.
    """
    header = Header.from_chunk(read_first_chunk(data))
    header.require_pixels(max_pixels)
    return header


def read_front(stream: BinaryIO, *, max_pixels: int = MAX_PIXELS) -> tuple[Header, Metadata]:
    """Header and metadata from the beginning of a stream; the pixels' chunks are not read.

    Raises:
        ContainerError: as `read_header`, or the file ends or is damaged before its pixels.
    """
    data = stream.read(FRONT)
    header = read_header(data, max_pixels=max_pixels)
    chunks, place = [], len(SIGNATURE)
    while True:
        if place < len(data) and data[place] in AFTER_METADATA:
            break
        try:
            chunk, place = read_chunk(data, place)
        except ContainerError:
            more = stream.read(len(data)) if len(data) < MAX_BYTES else b""
            if not more:
                raise
            data += more
        else:
            chunks.append(chunk)
    require_known(chunks)
    return header, read_metadata(chunks)


def read_file(data: bytes, *, salvage: bool = False, max_pixels: int = MAX_PIXELS) -> RicFile:
    """Check a file and take it apart.

    Args:
        data: the whole file.
        salvage: step over what is damaged or missing, as long as the header is whole.
        max_pixels: limit on width times height, checked first.

    Raises:
        ContainerError: damaged, truncated, incomplete, of a newer version, or too large.
    """
    if not salvage:
        header = read_header(data, max_pixels=max_pixels)
        contents = read_container(data)
        require_known(contents.chunks)
    else:
        contents = salvage_container(data, frozenset(int(kind) for kind in Kind))
        header = _salvaged_header(contents, max_pixels)
    damage = contents.damage if salvage else None
    tiles, alpha = _pixels(contents.chunks, header.tile_count, damage)
    if not salvage:
        _require_complete(header, tiles, alpha)
    elif not header.alpha:
        alpha.clear()
    metadata = read_metadata(contents.chunks, damage)
    return RicFile(header, tiles, alpha, metadata, tuple(contents.damage))


def _salvaged_header(contents: Contents, max_pixels: int) -> Header:
    for chunk in contents.chunks:
        if chunk.kind == Kind.HEADER:
            header = Header.from_chunk(chunk)
            header.require_pixels(max_pixels)
            return header
    raise ContainerError("the header is damaged, and without it nothing can be salvaged; fetch the file again")


def _pixels(chunks: list[Chunk], count: int, damage: list[str] | None) -> tuple[dict[int, TileCode], dict[int, bytes]]:
    """Tiles and PNG streams by number; what cannot be used goes to `damage`, or is an error without it."""
    tiles: dict[int, TileCode] = {}
    alpha: dict[int, bytes] = {}
    for chunk in chunks:
        try:
            if chunk.kind == Kind.TILE:
                tile = TileCode.from_chunk(chunk, count)
                _require_new(tile.number, tiles, chunk)
                tiles[tile.number] = tile
            elif chunk.kind == Kind.ALPHA:
                number, start = read_varint(chunk.payload, 0)
                if number >= count:
                    raise ContainerError(f"the chunk at byte {chunk.offset} is of tile {number}; there are {count}")
                _require_new(number, alpha, chunk)
                alpha[number] = chunk.payload[start:]
        except ContainerError as error:
            if damage is None:
                raise
            damage.append(str(error))
    return tiles, alpha


def _require_new(number: int, known: Mapping[int, object], chunk: Chunk) -> None:
    if number in known:
        raise ContainerError(f"the chunk at byte {chunk.offset} is of tile {number}, which was there before")


def _require_complete(header: Header, tiles: Mapping[int, TileCode], alpha: Mapping[int, bytes]) -> None:
    count = header.tile_count
    if len(tiles) != count:
        raise ContainerError(f"the file has {len(tiles)} of {count} tiles; --salvage shows those that are there")
    expected = count if header.alpha else 0
    if len(alpha) != expected:
        raise ContainerError(
            f"the file has transparency for {len(alpha)} tiles, not for {expected}; --salvage goes on without the rest"
        )
