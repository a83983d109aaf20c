"""PNG at every depth, and the chunks that hold metadata.

Files are made by hand; what was written is read by Pillow and by searching the bytes.
"""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError
from restore.images.picture import Picture
from restore.images.reading import read_picture
from tests.support.image_files import PREVIEW, RGB16, RNG, png_bytes, png_chunk, tagged, three, written


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


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(1, 1), (5000, 1), (1, 5000), (20_001, 2), (300, 301)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_noise_of_any_shape_is_written(shape: tuple[int, int], channels: int, dtype: type) -> None:
    noise = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (*shape, channels), dtype, endpoint=True)
    colour, alpha = three(noise[..., 0]) if channels == 1 else noise[..., :3], noise[..., 3] if channels == 4 else None
    back = read_picture(io.BytesIO(written(Picture(colour, alpha, channels == 1), "PNG")))
    assert np.array_equal(back.colour, colour)
    assert alpha is None or (back.alpha is not None and np.array_equal(back.alpha, alpha))


def test_huge_claim_takes_no_memory() -> None:
    data = bytearray(png_bytes(np.zeros((1, 1)), 0, 8))
    header = b"IHDR" + struct.pack(">IIBBBBB", 2_000_000_000, 2_000_000_000, 8, 6, 0, 0, 0)
    data[12:33] = header + struct.pack(">I", zlib.crc32(header))
    with pytest.raises(InputError, match="over the limit"):
        read_picture(io.BytesIO(bytes(data)))


def png_with(*chunks: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3), (9, 8, 7)).save(out, "PNG")
    data = out.getvalue()
    return data[:33] + b"".join(chunks) + data[33:]


def test_png_chunks_travel() -> None:
    gamma, text = png_chunk(b"gAMA", struct.pack(">I", 45455)), png_chunk(b"tEXt", b"Author\0Somebody")
    resolution = png_chunk(b"pHYs", struct.pack(">IIB", 2835, 2834, 1))
    source = png_with(gamma, text, resolution, png_chunk(b"prVt", b"private"))
    data = written(read_picture(io.BytesIO(source)), "PNG")
    assert gamma in data
    assert text in data
    assert resolution in data
    assert b"prVt" not in data
    stripped = written(read_picture(io.BytesIO(source)), "PNG", strip="all")
    assert gamma in stripped
    assert text not in stripped


def test_png_texts_that_hide_exif_are_understood_and_photoshop_ones_go() -> None:
    block = tagged(1, filler=4)
    coded = b"\nexif\n" + f"{len(block) + 6:8}".encode() + b"\n" + (b"Exif\0\0" + block).hex().encode() + b"\n"
    hidden = png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(coded))
    shop = png_chunk(b"tEXt", b"Raw profile type 8bim\0\n8bim\n 4\n" + PREVIEW.hex().encode())
    data = written(read_picture(io.BytesIO(png_with(hidden, shop))), "PNG")
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["exif"].removeprefix(b"Exif\0\0") == block
    assert PREVIEW[4:40].hex().encode() not in data
    assert b"8bim" not in data


def test_png_profile_bomb_is_ignored() -> None:
    bomb = png_chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(200 << 20), 9))
    assert read_picture(io.BytesIO(png_with(bomb))).metadata.icc is None
