"""Every mode and depth comes in as it is in the file.

Files come from Pillow, tifffile or hand-made bytes; expected pixels come from the arrays they were made of.
"""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from restore.images.reading import read_picture
from tests.support.image_files import ALPHA8, ALPHA16, RGB8, RGB16, png_bytes, saved, three, tiff_bytes, written


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
