"""TIFF at 9 to 16 bits: kinds of colour that only tifffile reads."""

import io

import numpy as np

from restore.images.reading import read_picture
from tests.support.image_files import GREY_OF_L60, RGB16, cmyk_profile, three, tiff_bytes


def test_white_is_zero_tiff() -> None:
    for dtype, top in ((np.uint8, 255), (np.uint16, 65535)):
        stored = RGB16[..., 0].astype(dtype)
        picture = read_picture(io.BytesIO(tiff_bytes(stored, photometric="miniswhite")))
        assert np.array_equal(picture.colour, three(top - stored))


def test_premultiplied_alpha_is_divided_out() -> None:
    data = tiff_bytes(
        np.array([[[30000, 15000, 0, 30000], [0, 0, 0, 0]]], np.uint16), photometric="rgb", extrasamples=["assocalpha"]
    )
    picture = read_picture(io.BytesIO(data))
    assert picture.colour[0, 0].tolist() == [65535, 32767, 0]
    assert picture.alpha is not None
    assert picture.alpha[0].tolist() == [30000, 0]


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
