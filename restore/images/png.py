"""The PNG reader and writer, at the file's own depth, with the metadata that its chunks hold.

Pillow and imageio read a 16-bit colour PNG as 8 bit without a warning, and FFmpeg's decoder takes files that end early.
libpng (through imagecodecs) decodes every depth and refuses damage, but gives pixels only. So the chunks are walked
here: critical ones and transparency go to libpng in a file of their own (which also keeps its warnings about odd
profiles off the terminal), the others are the metadata, and come back between the header and the pixels when a file is
written. The chunks stay ours because Pillow, which can carry them, has no 16-bit RGB.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import imagecodecs
import numpy as np

from restore.errors import InputError
from restore.images.metadata import Metadata, source_metadata
from restore.images.picture import StoredPicture

__all__ = ["SIGNATURE", "PngHeader", "decode_header", "decode_png", "read_png", "write_png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_TRAVELLING = (b"cHRM", b"gAMA", b"sRGB", b"cICP", b"mDCV", b"cLLI", *_TEXTS)
_RAW_PROFILE = b"Raw profile type "  # ImageMagick's hexadecimal copies; Photoshop's hold previews
_LARGEST_UNPACKED = 64 << 20  # bytes of one unpacked profile or text
_LEVEL = 3  # zlib level: 3 % larger than level 6 on photographs, three times as fast
_METRES_PER_INCH = 0.0254


class PngHeader(NamedTuple):
    """Size in pixels as stored, bits per sample, and whether the file is grey; from the first 33 bytes."""

    width: int
    height: int
    bits: int
    grey: bool


def read_png(file: BinaryIO, check_size: Callable[[int, int], None]) -> StoredPicture:
    """A PNG file's picture.

    Args:
        file: at its start.
        check_size: called with (width, height) before anything is decoded.

    Raises:
        InputError: animated, truncated or damaged.
    """
    data = file.read()
    header = decode_header(data)
    check_size(header.width, header.height)
    pixels, metadata = decode_png(data)
    return StoredPicture(pixels, metadata, header.grey)


def write_png(file: BinaryIO, pixels: np.ndarray, metadata: Metadata, _quality: int | None = None) -> None:
    """Write pixels as they are to be stored: (H, W), (H, W, 2), (H, W, 3) or (H, W, 4), uint8 or uint16."""
    # NumPy calls a one-pixel-wide array contiguous whatever its strides; imagecodecs reads them and refuses.
    plain = np.ascontiguousarray(pixels).reshape(-1).reshape(pixels.shape)
    encoded = memoryview(imagecodecs.png_encode(plain, level=_LEVEL, out=_most_bytes(plain)))
    head = 8 + 25  # signature and IHDR chunk
    file.write(encoded[:head])
    if metadata.icc:
        _write_chunk(file, b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc))
    for kind, body in metadata.chunks:
        if not (metadata.icc and kind == b"sRGB"):
            _write_chunk(file, kind, body)
    if metadata.dpi:
        across, down = (max(1, round(value / _METRES_PER_INCH)) for value in metadata.dpi)
        _write_chunk(file, b"pHYs", struct.pack(">IIB", across, down, 1))
    if metadata.exif:
        _write_chunk(file, b"eXIf", metadata.exif)
    if metadata.xmp:
        _write_chunk(file, b"iTXt", _XMP_KEYWORD + bytes(5) + metadata.xmp)
    file.write(encoded[head:])


def _most_bytes(pixels: np.ndarray) -> int:
    """More than pixels can take as a PNG file; what imagecodecs reserves by itself is too little for noise one wide.

    Each row has a byte for its filter, and what cannot be compressed is stored with five bytes per 16 KB or less and
    twelve for each chunk of 8 KB.
    """
    stored = int(pixels.nbytes + pixels.shape[0])
    return stored + stored // 500 + 16 * (stored // 8192 + 4) + 4096


def decode_header(data: bytes) -> PngHeader:
    """The header of a PNG file's bytes.

    Raises:
        InputError: the file ends within the header, or the header is not one.
    """
    if len(data) < 33:
        raise InputError("is truncated: it ends within the PNG header; fetch the file again")
    length, kind, width, height, bits, colour = struct.unpack(">I4sIIBB", data[8:26])
    if kind != b"IHDR" or length != 13 or not width or not height or bits not in (1, 2, 4, 8, 16):
        raise InputError("is damaged: its PNG header makes no sense")
    return PngHeader(width, height, bits, colour in (0, 4))


def decode_png(data: bytes) -> tuple[np.ndarray, Metadata]:
    """Pixels and metadata of a PNG file's bytes.

    Returns:
        Pixels as stored, (H, W) grey, (H, W, 2) grey and alpha, (H, W, 3) RGB or (H, W, 4) RGBA, uint8 or uint16; and
        the metadata.

    Raises:
        InputError: animated, truncated or damaged.
    """
    pixels = [SIGNATURE]
    parts: dict[str, bytes] = {}
    dpi = None
    chunks = []
    for kind, body, whole in _chunks(data):
        if kind == b"acTL":
            raise InputError("is an animated PNG; save the frame you want as a still picture first")
        if kind[0:1].isupper() or kind == b"tRNS":
            pixels.append(whole)
        elif kind == b"iCCP":
            parts["icc"] = _unpack(body.partition(b"\0")[2][1:]) or b""
        elif kind == b"eXIf":
            parts["exif"] = body
        elif kind == b"pHYs" and len(body) == 9 and body[8] == 1:
            across, down = struct.unpack(">II", body[:8])
            dpi = (across * _METRES_PER_INCH, down * _METRES_PER_INCH)
        elif kind in _TEXTS and (found := _text_metadata(kind, body)):
            parts.setdefault(*found)
        elif kind in _TRAVELLING and not body.startswith(_RAW_PROFILE):
            chunks.append((kind, body))
    try:
        array = imagecodecs.png_decode(b"".join(pixels))
    except (imagecodecs.PngError, ValueError, RuntimeError) as error:
        raise InputError(f"is a damaged PNG ({error}); fetch the file again or re-export it") from error
    metadata = source_metadata(
        icc=parts.get("icc"), exif=parts.get("exif"), xmp=parts.get("xmp"), dpi=dpi, chunks=tuple(chunks)
    )
    return array, metadata


def _write_chunk(file: BinaryIO, kind: bytes, body: bytes) -> None:
    file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(type, body, whole chunk) of each chunk up to the end chunk; the body of a pixel chunk is left empty."""
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        length = struct.unpack_from(">I", data, position)[0]
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data):
            break
        whole = data[position:end]
        yield kind, b"" if kind == b"IDAT" else whole[8:-4], whole
        if kind == b"IEND":
            return
        position = end
    raise InputError("is truncated: the end of the PNG is missing; fetch the file again")


def _unpack(packed: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(packed, _LARGEST_UNPACKED)
    except zlib.error:
        return None
    return plain if unpacker.eof else None


def _text_metadata(kind: bytes, body: bytes) -> tuple[str, bytes] | None:
    """XMP from its iTXt chunk, or EXIF and XMP from the hexadecimal texts that ImageMagick writes."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"iTXt" and keyword == _XMP_KEYWORD and len(rest) >= 2:
        text = rest[2:].split(b"\0", 2)[-1]
        return "xmp", (_unpack(text) or b"") if rest[0] else text
    if keyword.removeprefix(_RAW_PROFILE) not in (b"exif", b"xmp", b"APP1"):
        return None
    plain = rest if kind == b"tEXt" else _unpack(rest[1:]) or b""
    try:
        payload = bytes.fromhex(b"".join(plain.split()[2:]).decode("ascii"))
    except ValueError:
        return None
    name = "xmp" if payload.lstrip().startswith(b"<") else "exif"
    return name, payload
