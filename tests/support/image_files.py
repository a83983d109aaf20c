"""Picture files made for the tests with Pillow, tifffile or by hand from the formats' specifications."""

import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image

from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.images.writing import write_picture

RNG = np.random.default_rng(11)
RGB8 = RNG.integers(0, 256, (13, 10, 3), dtype=np.uint8)
RGB16 = RNG.integers(0, 65536, (13, 10, 3), dtype=np.uint16)
ALPHA8 = RNG.integers(0, 256, (13, 10), dtype=np.uint8)
ALPHA16 = RNG.integers(0, 65536, (13, 10), dtype=np.uint16)
METADATA_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF")
"""Those that hold a profile, EXIF and XMP."""
GREY_OF_L60 = 145
"""sRGB level of Lab L* = 60: Y = ((60 + 16) / 116) ** 3 = 0.2812, 1.055 * Y ** (1 / 2.4) - 0.055 = 0.567."""
PREVIEW = b"\xff\xd8\xff\xe0 a preview, as far as these tests look into it" * 3

XMP = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:e="http://ns.adobe.com/exif/1.0/"
   xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/"
   xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
   xmlns:xmpNote="http://ns.adobe.com/xmp/note/" e:GPSLatitude="52,31.2N" e:GPSLongitude='13,24.5E'
   photoshop:City="Berlin &gt; Mitte" xmpNote:HasExtendedXMP="ABCDEF" tiff:Orientation="6" xmp:Rating="4">
  <dc:description><rdf:Alt><rdf:li xml:lang="x-default">A &lt;b&gt; photograph</rdf:li></rdf:Alt></dc:description>
  <e:GPSAltitude>34/1</e:GPSAltitude>
  <xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><xmpGImg:format>JPEG</xmpGImg:format>
    <xmpGImg:image>/9j/4AAQSkZJRgABPREVIEW</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>
  <xmp:CreatorTool>Tool 1</xmp:CreatorTool>
 </rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def saved(image: Image.Image, format: str, **options: object) -> io.BytesIO:
    """A file that Pillow wrote, at its start."""
    out = io.BytesIO()
    image.save(out, format, **options)
    out.seek(0)
    return out


def written(picture: Picture, format: str, **options: object) -> bytes:
    """A file that our writer wrote."""
    out = io.BytesIO()
    write_picture(picture, out, format=format, **options)
    return out.getvalue()


def noise(metadata: Metadata, *, grey: bool = False) -> Picture:
    """A picture of 12 x 17 pixels of 8 bits, the same each time, with this metadata."""
    colour = np.random.default_rng(3).integers(0, 256, (17, 12, 1 if grey else 3), dtype=np.uint8)
    return Picture(np.repeat(colour, 3, axis=2) if grey else colour, None, grey, metadata, "PNG")


def three(grey: np.ndarray) -> np.ndarray:
    """(H, W, 3) with three equal channels."""
    return np.repeat(grey[..., None], 3, axis=2)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bytes(array: np.ndarray, colour: int, bits: int, *chunks: tuple[bytes, bytes], palette: bytes = b"") -> bytes:
    """A PNG made by hand: unfiltered rows of big-endian samples."""
    height, width = array.shape[:2]
    rows = array.astype(">u2" if bits == 16 else "u1").reshape(height, -1)
    if bits < 8:
        per = 8 // bits
        padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % per))).reshape(height, -1, per).astype(np.uint8)
        shifts = (8 - bits * (1 + np.arange(per))).astype(np.uint8)
        rows = (padded << shifts).sum(axis=2).astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))]
    parts += [(b"PLTE", palette)] if palette else []
    parts += [*chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, data) for kind, data in parts)


def tiff_bytes(array: np.ndarray, **options: object) -> bytes:
    """A TIFF that tifffile wrote."""
    out = io.BytesIO()
    tifffile.imwrite(out, array, **options)
    return out.getvalue()


def tagged(orientation: int, *, filler: int = 0) -> bytes:
    """An EXIF block of one orientation field and some bytes that nothing points at."""
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0) + b"\x55" * filler


def icc_profile(space: bytes, connection: bytes, device: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC v2 profile of these tags, with a white point, a description of one word and a copyright beside them."""
    tags = {
        **tags,
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061),
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"made\0" + bytes(4 + 4 + 2 + 1 + 67 + 3),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
    }
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I", start + len(body)) + bytes(4) + bytes([2, 0x40, 0, 0]) + device + space + connection
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def gray_profile(gamma: float = 1.8) -> bytes:
    """A minimal grey profile: a tone curve."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    return icc_profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": curve})


def cmyk_profile() -> bytes:
    """A made-up press whose result depends on black ink only: no ink prints Lab (100, 0, 0), black (60, 0, 0)."""
    grid = b"".join(bytes([255 if not black else 153, 128, 128]) for _ in range(8) for black in (0, 1))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + grid + ramp * 3
    return icc_profile(b"CMYK", b"Lab ", b"prtr", {b"A2B0": table, b"A2B1": table})
