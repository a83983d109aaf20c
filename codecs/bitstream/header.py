"""What the chunks of a `.ric` file hold: the header, and the code of each tile. No torch and no NumPy.

Every field is checked against its limits before anything is allocated or a model is looked for, so that a file of a
hundred bytes cannot ask for gigabytes.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from restore.codecs.bitstream.boxes import Box, tile_boxes, tile_grid
from restore.codecs.bitstream.container import SKIPPABLE, Chunk, ContainerError, pack_varint, read_varint

MAJOR, MINOR = 1, 0
"""Version of the format: a reader refuses a file with a higher major version, and reads one with a higher minor."""
LONGEST_SIDE = 1 << 24
"""Largest width and height, pixels."""
MAX_PIXELS = 256_000_000
"""Pixels that a file may claim unless the caller allows more."""
LARGEST_CLAIM = LONGEST_SIDE**2
"""Pixels that a header can claim at most: the limit where a header is only shown and no picture is decoded."""
QUALITY_STEPS = 256
"""Quality is stored in this many steps per unit."""
BEST_QUALITY = 100
HIGHEST_QUALITY = BEST_QUALITY * QUALITY_STEPS
"""Largest stored quality."""
EXPERIMENTAL = 0x8000
"""Models from this number on may vanish; lower ones are decoded for ever."""
LAYOUT = struct.Struct("<BBHIHIIBB")
"""major, minor, model, model's hash, quality, width, height, depth, flags: 20 bytes."""
GREY, ALPHA = 1, 2
"""Bits of the flags."""


class Kind(IntEnum):
    """Kinds of chunks. A number means one thing for ever."""

    HEADER = 0x01
    TILE = 0x02
    ALPHA = 0x03
    ICC = 0x81
    EXIF = 0x82
    XMP = 0x83
    RESOLUTION = 0x84
    IPTC = 0x85
    PNG_CHUNK = 0x86


@dataclass(frozen=True)
class Header:
    """The first chunk.

    Raises:
        ContainerError: a field is out of range.
    """

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    quality: int
    """0 to 25600: quality 0..100 in steps of 1/256."""
    model: int
    """Number of the model that decodes the file; a number means one model for ever."""
    model_hash: int
    """First four bytes of the SHA-256 of the model's decoder, little endian."""
    depth: int = 8
    """Bits per sample, 8 or 16."""
    grey: bool = False
    """Whether the three colour channels are equal."""
    alpha: bool = False
    """Whether the file holds transparency."""
    major: int = MAJOR
    minor: int = MINOR

    def __post_init__(self) -> None:
        if self.major != MAJOR:
            raise ContainerError(
                f"the file has version {self.major}.{self.minor} of the format, this program reads {MAJOR}.x; "
                "install a newer restore"
            )
        if not (0 < self.width <= LONGEST_SIDE and 0 < self.height <= LONGEST_SIDE):
            raise ContainerError(f"the header claims {self.width} x {self.height} px, which no picture has")
        if self.depth not in (8, 16):
            raise ContainerError(f"the header claims {self.depth} bits per sample; 8 and 16 are possible")
        if not 0 <= self.quality <= HIGHEST_QUALITY:
            raise ContainerError(f"the header claims quality {self.quality / QUALITY_STEPS:.2f}; it is 0 to 100")
        if not (0 <= self.model < 1 << 16 and 0 <= self.model_hash < 1 << 32 and 0 <= self.minor < 256):
            raise ContainerError("the header's model or version is out of range")

    @property
    def box(self) -> Box:
        """The whole picture."""
        return Box(0, 0, self.width, self.height)

    @property
    def tile_boxes(self) -> list[Box]:
        """The picture cut into tiles, row by row; a tile's number is its place in this list."""
        return tile_boxes(self.width, self.height)

    @property
    def tile_count(self) -> int:
        """How many tiles there are, without making a list of them."""
        columns, rows = tile_grid(self.width, self.height)
        return columns * rows

    def require_pixels(self, most: int = MAX_PIXELS) -> None:
        """Refuse a picture larger than the caller allows.

        Raises:
            ContainerError: it has more than `most` pixels.
        """
        if self.width * self.height > most:
            raise ContainerError(
                f"the picture has {self.width} x {self.height} px, more than the limit of {most / 1e6:g} megapixels; "
                "raise it with --max-pixels if you trust the file"
            )

    def chunk(self) -> Chunk:
        """The header as the file's first chunk."""
        flags = GREY * self.grey | ALPHA * self.alpha
        fields = (self.major, self.minor, self.model, self.model_hash, self.quality, self.width, self.height)
        return Chunk(Kind.HEADER, LAYOUT.pack(*fields, self.depth, flags))

    @classmethod
    def from_chunk(cls, chunk: Chunk) -> "Header":
        """Read the first chunk of a file.

        Raises:
            ContainerError: it is not a header, of a newer version, or a field is out of range.
        """
        if chunk.kind != Kind.HEADER or len(chunk.payload) < 2:
            raise ContainerError("the file does not begin with a header")
        if chunk.payload[0] == MAJOR and len(chunk.payload) < LAYOUT.size:
            raise ContainerError(f"the header has {len(chunk.payload)} bytes; it needs {LAYOUT.size}")
        payload = chunk.payload[: LAYOUT.size].ljust(LAYOUT.size, b"\0")
        major, minor, model, model_hash, quality, width, height, depth, flags = LAYOUT.unpack(payload)
        if major == MAJOR and flags & ~(GREY | ALPHA):
            raise ContainerError(f"the header has unknown flags {flags:#x}; install a newer restore")
        grey, alpha = bool(flags & GREY), bool(flags & ALPHA)
        return cls(width, height, quality, model, model_hash, depth, grey, alpha, major, minor)


@dataclass(frozen=True)
class TileCode:
    """The code of one tile."""

    number: int
    """The tile's place in `Header.tile_boxes`."""
    channels: int
    """How many latent channels are coded; even."""
    symbols_check: int
    """`zlib.crc32` of the decoded symbols as little-endian int16, so that wrong symbols are noticed."""
    code: bytes
    """What the range coder reads."""

    def chunk(self) -> Chunk:
        """The tile as a chunk.

        Raises:
            ValueError: channels are odd or too many.
        """
        if self.channels % 2 or not 0 <= self.channels <= 2 * 255:
            raise ValueError(f"{self.channels} channels cannot be stored")
        head = pack_varint(self.number) + bytes([self.channels // 2]) + self.symbols_check.to_bytes(4, "little")
        return Chunk(Kind.TILE, head + self.code)

    @classmethod
    def from_chunk(cls, chunk: Chunk, tiles: int) -> "TileCode":
        """Read a tile of a picture with `tiles` of them.

        Raises:
            ContainerError: this picture has no tile of that number, or the payload is too short.
        """
        number, start = read_varint(chunk.payload, 0)
        if number >= tiles:
            raise ContainerError(f"the chunk at byte {chunk.offset} is of tile {number}; the picture has {tiles}")
        if len(chunk.payload) < start + 5:
            raise ContainerError(f"the tile at byte {chunk.offset} is too short")
        check = int.from_bytes(chunk.payload[start + 1 : start + 5], "little")
        return cls(number, 2 * chunk.payload[start], check, chunk.payload[start + 5 :])


def require_known(chunks: list[Chunk]) -> None:
    """Refuse unknown chunks that may not be skipped.

    Raises:
        ContainerError: there is one, or a second header.
    """
    known = {int(kind) for kind in Kind}
    for chunk in chunks:
        if chunk.kind not in known and not chunk.kind & SKIPPABLE:
            raise ContainerError(
                f"the chunk at byte {chunk.offset} has the unknown kind {chunk.kind:#04x}, which may not be skipped; "
                "install a newer restore"
            )
    if sum(chunk.kind == Kind.HEADER for chunk in chunks) > 1:
        raise ContainerError("the file has two headers")
