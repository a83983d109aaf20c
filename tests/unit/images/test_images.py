"""Every mode and depth comes in as it is in the file.

Files come from Pillow, tifffile or hand-made bytes; expected pixels come from the arrays they were made of.
"""

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.writing import write_picture

RNG = np.random.default_rng(11)
RGB8 = RNG.integers(0, 256, (13, 10, 3), dtype=np.uint8)
RGB16 = RNG.integers(0, 65536, (13, 10, 3), dtype=np.uint16)
ALPHA8 = RNG.integers(0, 256, (13, 10), dtype=np.uint8)
ALPHA16 = RNG.integers(0, 65536, (13, 10), dtype=np.uint16)


def saved(image: Image.Image, format: str, **options: object) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, format, **options)
    out.seek(0)
    return out


def written(picture: Picture, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    write_picture(picture, out, format=format, **options)
    return out.getvalue()


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
    body = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def tiff_bytes(array: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, array, **options)
    return out.getvalue()


def three(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "WEBP"])
def test_eight_bit_colour(format: str) -> None:
    picture = read_picture(saved(Image.fromarray(RGB8), format, **({"lossless": True} if format == "WEBP" else {})))
    assert np.array_equal(picture.colour, RGB8)
    assert (picture.depth, picture.grey, picture.format) == (8, False, format)
    assert picture.alpha is None
    assert (picture.width, picture.height, picture.stored_size) == (10, 13, (10, 13))


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_eight_bit_alpha(format: str) -> None:
    image = Image.fromarray(np.dstack([RGB8, ALPHA8]))
    picture = read_picture(saved(image, format, **({"lossless": True, "exact": True} if format == "WEBP" else {})))
    assert np.array_equal(picture.colour, RGB8)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, ALPHA8)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "JPEG"])
def test_grey(format: str) -> None:
    flat = np.full((13, 10), 77, np.uint8)
    picture = read_picture(saved(Image.fromarray(flat), format))
    assert picture.grey
    assert np.array_equal(picture.colour, three(flat))


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_one_bit(format: str) -> None:
    bits = RGB8[..., 0] > 127
    picture = read_picture(saved(Image.fromarray(bits), format))
    assert picture.grey
    assert np.array_equal(picture.colour, three(np.where(bits, 255, 0).astype(np.uint8)))


def test_white_is_zero_tiff() -> None:
    for dtype, top in ((np.uint8, 255), (np.uint16, 65535)):
        stored = RGB16[..., 0].astype(dtype)
        picture = read_picture(io.BytesIO(tiff_bytes(stored, photometric="miniswhite")))
        assert np.array_equal(picture.colour, three(top - stored))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_shallow_png_grey(bits: int) -> None:
    levels = RNG.integers(0, 1 << bits, (5, 7))
    picture = read_picture(io.BytesIO(png_bytes(levels, 0, bits)))
    assert picture.grey
    assert np.array_equal(picture.colour, three((levels * 255 // ((1 << bits) - 1)).astype(np.uint8)))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_png_palette_with_transparency(bits: int) -> None:
    indices = RNG.integers(0, 2, (5, 7))
    palette, transparency = bytes([10, 20, 30, 200, 100, 50]), (b"tRNS", bytes([0, 128]))
    picture = read_picture(io.BytesIO(png_bytes(indices, 3, bits, transparency, palette=palette)))
    assert not picture.grey
    assert np.array_equal(picture.colour, np.array([[10, 20, 30], [200, 100, 50]], np.uint8)[indices])
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.array([0, 128], np.uint8)[indices])


def test_png_transparent_colour_at_sixteen_bits() -> None:
    key = RGB16[4, 5]
    data = png_bytes(RGB16, 2, 16, (b"tRNS", key.astype(">u2").tobytes()))
    picture = read_picture(io.BytesIO(data))
    assert picture.depth == 16
    assert np.array_equal(picture.colour, RGB16)
    assert picture.alpha is not None
    assert picture.alpha[4, 5] == 0
    assert (picture.alpha == 0).sum() == (key == RGB16).all(axis=2).sum()


def test_gif_with_transparency() -> None:
    image = Image.fromarray((RGB8[..., 0] > 127).astype(np.uint8), "P")
    image.putpalette([9, 8, 7, 1, 2, 3])
    picture = read_picture(saved(image, "GIF", transparency=1))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha == 0, RGB8[..., 0] > 127)
    assert tuple(picture.colour[RGB8[..., 0] <= 127][0]) == (9, 8, 7)


SIXTEEN = {
    "grey": (RGB16[..., 0], 0, {}),
    "grey with alpha": (np.dstack([RGB16[..., 0], ALPHA16]), 4, {"extrasamples": ["unassalpha"]}),
    "colour": (RGB16, 2, {}),
    "colour with alpha": (np.dstack([RGB16, ALPHA16]), 6, {"extrasamples": ["unassalpha"]}),
}


@pytest.mark.parametrize("source", ["PNG", "TIFF", "big-endian TIFF", "planar TIFF", "packed TIFF"])
@pytest.mark.parametrize("kind", SIXTEEN)
def test_sixteen_bits_never_come_back_as_eight(source: str, kind: str) -> None:
    array, png_colour, extra = SIXTEEN[kind]
    photometric = "rgb" if array.ndim == 3 and array.shape[2] >= 3 else "minisblack"
    options: dict[str, object] = {"photometric": photometric, **extra}
    if source == "PNG":
        data = png_bytes(array, png_colour, 16)
    elif source == "planar TIFF" and array.ndim == 3:
        data = tiff_bytes(np.moveaxis(array, -1, 0), planarconfig="separate", **options)
    else:
        options["planarconfig"] = "contig" if array.ndim == 3 else None
        options |= {"byteorder": ">"} if source == "big-endian TIFF" else {}
        options |= {"compression": "lzw", "predictor": True, "tile": (16, 16)} if source == "packed TIFF" else {}
        data = tiff_bytes(array, **options)
    picture = read_picture(io.BytesIO(data))
    expected = array if array.ndim == 3 else array[..., None]
    assert picture.depth == 16
    assert picture.grey == kind.startswith("grey")
    colours = 1 if picture.grey else 3
    assert np.array_equal(picture.colour, np.broadcast_to(expected[..., :colours], (13, 10, 3)))
    assert (picture.alpha is None) == (expected.shape[2] == colours)
    if picture.alpha is not None:
        assert np.array_equal(picture.alpha, expected[..., -1])

    png = written(picture, "PNG")
    assert png[24:26] == bytes([16, png_colour])  # depth and colour type of the header
    with tifffile.TiffFile(io.BytesIO(written(picture, "TIFF"))) as tiff:
        assert tiff.pages[0].bitspersample == 16
        assert np.array_equal(tiff.pages[0].asarray(), array)
    again = read_picture(io.BytesIO(png))
    assert again.depth == 16
    assert np.array_equal(again.colour, picture.colour)


def test_premultiplied_alpha_is_divided_out() -> None:
    data = tiff_bytes(
        np.array([[[30000, 15000, 0, 30000], [0, 0, 0, 0]]], np.uint16), photometric="rgb", extrasamples=["assocalpha"]
    )
    picture = read_picture(io.BytesIO(data))
    assert picture.colour[0, 0].tolist() == [65535, 32767, 0]
    assert picture.alpha is not None
    assert picture.alpha[0].tolist() == [30000, 0]


def test_ten_bit_avif_arrives_deep() -> None:
    ramp = np.repeat(np.linspace(0, 1023, 64).astype(np.uint16)[None, :, None], 48, axis=0).repeat(3, axis=2)
    picture = read_picture(io.BytesIO(imagecodecs.avif_encode(ramp, bitspersample=10, level=100)))
    assert picture.depth == 16
    assert np.abs(picture.colour / 65535 - ramp / 1023).max() < 0.01
    assert len(np.unique(picture.colour[0, :, 1])) > 60


def test_ten_bit_heic_arrives_deep() -> None:
    import pillow_heif

    ramp = np.repeat(np.linspace(0, 65535, 64).astype("<u2")[None, :, None], 48, axis=0).repeat(3, axis=2)
    out = io.BytesIO()
    pillow_heif.from_bytes(mode="RGB;16", size=(64, 48), data=ramp.tobytes()).save(out, quality=100)
    picture = read_picture(io.BytesIO(out.getvalue()))
    assert picture.depth == 16
    assert np.abs(picture.colour[:, 2:-2].astype(int) - ramp[:, 2:-2]).max() < 1500
    assert picture.colour.max() > 65000


def cmyk_profile() -> bytes:
    """A made-up press whose result depends on black ink only: no ink prints Lab (100, 0, 0), black (60, 0, 0)."""
    grid = b"".join(bytes([255 if not black else 153, 128, 128]) for _ in range(8) for black in (0, 1))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + grid + ramp * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)
    name = b"desc\0\0\0\0" + struct.pack(">I", 6) + b"press\0" + bytes(4 + 4 + 2 + 1 + 67)
    tags = {b"A2B0": table, b"A2B1": table, b"wtpt": white, b"desc": name, b"cprt": b"text\0\0\0\0none\0"}
    start = 128 + 4 + 12 * len(tags)
    index, body = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        index += tag + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I", start + len(body)) + bytes(4) + bytes([2, 0x40, 0, 0]) + b"prtrCMYKLab "
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + index + body


GREY_OF_L60 = (
    145  # sRGB level of Lab L* = 60: Y = ((60 + 16) / 116) ** 3 = 0.2812, 1.055 * Y ** (1 / 2.4) - 0.055 = 0.567
)


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_goes_through_its_profile_which_is_not_kept(format: str) -> None:
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[:, 8:] = (200, 0, 100, 255)
    image = Image.frombytes("CMYK", (16, 16), ink.tobytes())
    picture = read_picture(
        saved(image, format, icc_profile=cmyk_profile(), **({"quality": 100} if format == "JPEG" else {}))
    )
    assert picture.metadata.icc is None
    assert not picture.grey
    assert picture.colour[:, :6].min() >= 252
    # Neutral and light, where the plain formula would say black.
    assert np.abs(picture.colour[:, 10:].astype(int) - GREY_OF_L60).max() <= 1


def test_cmyk_at_sixteen_bits_keeps_them() -> None:
    ink = np.zeros((4, 6, 4), np.uint16)
    ink[..., 3] = np.arange(0, 60000, 10000)
    picture = read_picture(io.BytesIO(tiff_bytes(ink, photometric="separated")))
    assert picture.depth == 16
    assert np.array_equal(picture.colour[0, :, 1], 65535 - np.arange(0, 60000, 10000))
    through = read_picture(io.BytesIO(tiff_bytes(ink, photometric="separated", iccprofile=cmyk_profile())))
    assert through.depth == 16
    assert through.metadata.icc is None
    assert through.colour[0, 0].min() > 65500
    full = read_picture(
        io.BytesIO(tiff_bytes(np.full_like(ink, 65535), photometric="separated", iccprofile=cmyk_profile()))
    )
    assert np.abs(full.colour / 257 - GREY_OF_L60).max() < 1
    assert len(np.unique(through.colour[0, :, 1])) == 6


def test_cmyk_without_profile() -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    picture = read_picture(saved(image, "TIFF"))
    assert picture.colour[0, 0].tolist() == [255, 0, 0]
