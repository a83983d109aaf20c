"""Depths and plain backgrounds, worked out by hand."""

import numpy as np
import pytest

from restore.images.samples import full_scale, laid_on, to_eight_bits, to_sixteen_bits


def test_eight_and_sixteen_bits_are_rounded_to_the_nearest_level() -> None:
    levels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_eight_bits(to_sixteen_bits(levels)), levels)
    assert to_eight_bits(np.uint16([128, 129, 65406, 65407])).tolist() == [0, 1, 254, 255]


@pytest.mark.parametrize("bits", [9, 10, 12, 14, 16])
def test_full_scale_keeps_both_ends(bits: int) -> None:
    top = (1 << bits) - 1
    scaled = full_scale(np.uint16([0, top // 2, top]), bits)
    assert scaled.tolist() == [0, round(top // 2 * 65535 / top), 65535]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparency_on_white_and_black(dtype: type) -> None:
    top = int(np.iinfo(dtype).max)
    pixels = np.array([[[top, 0], [top, top], [0, top], [top // 3, top // 5]]], dtype)
    mixed = top // 3 * (top // 5) / top
    assert laid_on(pixels, 255)[0, :, 0].tolist() == [top, top, 0, round(mixed + top - top // 5)]
    assert laid_on(pixels, 0)[0, :, 0].tolist() == [0, top, 0, round(mixed)]
