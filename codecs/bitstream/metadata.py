"""Metadata as skippable chunks: profile, EXIF, XMP, resolution, IPTC and PNG's own notes. No torch and no NumPy.

Each block is kept as its source held it, compressed by zlib where that makes it smaller: profiles and XMP are text and
zeros, and at low rates they would outweigh the picture. Pixels are coded upright; the orientation in the EXIF still
names how the source stored them, and a file that is written with that EXIF stores them so again.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence

from restore.codecs.bitstream.container import Chunk, ContainerError
from restore.codecs.bitstream.header import Kind
from restore.images.metadata import Metadata, source_metadata

PLAIN, PACKED = 0, 1
"""First byte of a block: what follows is the block itself, or a zlib stream of it."""
LARGEST_BLOCK = 64 << 20
"""Most bytes of one block, unpacked."""
RESOLUTION = struct.Struct("<dd")
"""Pixels per inch, across and down."""
PNG_NOTES = frozenset({b"cHRM", b"gAMA", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"tEXt", b"zTXt", b"iTXt"})
"""Types of PNG chunks that are kept; others in a file are left out, so that no file can smuggle pixels into a PNG."""


def metadata_chunks(metadata: Metadata) -> list[Chunk]:
    """The chunks that keep a picture's metadata.

    Args:
        metadata: what may be written, from `restore.images.metadata.writable_metadata`;
            a block over `LARGEST_BLOCK` is left out.
    """
    blocks = [
        (Kind.ICC, metadata.icc),
        (Kind.EXIF, metadata.exif),
        (Kind.XMP, metadata.xmp),
        (Kind.IPTC, metadata.iptc),
    ]
    blocks += [(Kind.PNG_CHUNK, kind + body) for kind, body in metadata.chunks if kind in PNG_NOTES]
    chunks = [Chunk(kind, _pack(block)) for kind, block in blocks if block and len(block) <= LARGEST_BLOCK]
    if metadata.dpi is not None:
        chunks.append(Chunk(Kind.RESOLUTION, RESOLUTION.pack(*metadata.dpi)))
    return chunks


def read_metadata(chunks: Sequence[Chunk], damage: list[str] | None = None) -> Metadata:
    """Metadata from the chunks of a file; chunks of other kinds are stepped over.

    Args:
        chunks: checked chunks, in any order; of two of one kind the first counts.
        damage: a line is added for each chunk that cannot be read; if None, such a chunk is an error.

    Raises:
        ContainerError: a chunk cannot be read.
    """
    blocks: dict[int, bytes] = {}
    notes: list[tuple[bytes, bytes]] = []
    dpi = None
    for chunk, block in _blocks(chunks, damage):
        if chunk.kind == Kind.PNG_CHUNK:
            if block[:4] in PNG_NOTES:
                notes.append((block[:4], block[4:]))
        elif chunk.kind == Kind.RESOLUTION:
            across, down = RESOLUTION.unpack(block)
            dpi = dpi or (across, down)
        else:
            blocks.setdefault(chunk.kind, block)
    return source_metadata(
        icc=blocks.get(Kind.ICC),
        exif=blocks.get(Kind.EXIF),
        xmp=blocks.get(Kind.XMP),
        iptc=blocks.get(Kind.IPTC),
        dpi=dpi,
        chunks=tuple(notes),
    )


def _blocks(chunks: Sequence[Chunk], damage: list[str] | None) -> Iterator[tuple[Chunk, bytes]]:
    for chunk in chunks:
        if chunk.kind not in (Kind.ICC, Kind.EXIF, Kind.XMP, Kind.IPTC, Kind.PNG_CHUNK, Kind.RESOLUTION):
            continue
        try:
            if chunk.kind == Kind.RESOLUTION:
                if len(chunk.payload) != RESOLUTION.size:
                    raise ContainerError(f"the resolution at byte {chunk.offset} has a wrong length")
                yield chunk, chunk.payload
            else:
                yield chunk, _unpack(chunk)
        except ContainerError as error:
            if damage is None:
                raise
            damage.append(str(error))


def _pack(block: bytes) -> bytes:
    packed = zlib.compress(block, 9)
    return bytes([PACKED]) + packed if len(packed) < len(block) else bytes([PLAIN]) + block


def _unpack(chunk: Chunk) -> bytes:
    where = f"the {Kind(chunk.kind).name} chunk at byte {chunk.offset}"
    packing, rest = chunk.payload[:1], chunk.payload[1:]
    if packing == bytes([PLAIN]) and len(rest) <= LARGEST_BLOCK:
        return rest
    if packing != bytes([PACKED]):
        raise ContainerError(f"{where} is packed in a way that is not known; --salvage goes on without it")
    unpacker = zlib.decompressobj()
    try:
        block = unpacker.decompress(rest, LARGEST_BLOCK)
    except zlib.error as error:
        raise ContainerError(f"{where} cannot be unpacked ({error}); --salvage goes on without it") from error
    if not unpacker.eof or unpacker.unused_data:
        raise ContainerError(f"{where} is not whole or larger than allowed; --salvage goes on without it")
    return block
