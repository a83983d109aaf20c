"""Between a picture and a smaller one: known pixels only, and sizes that do not divide."""

import numpy as np

from restore.pipelines.inpaint.cells import Box
from restore.pipelines.inpaint.scales import enlarge, shrink_colour, shrink_mask


def shrink(colour: np.ndarray, unknown: np.ndarray, box: Box, factor: int) -> tuple[np.ndarray, np.ndarray]:
    coarse = shrink_mask(unknown, box, factor)
    return shrink_colour(colour, unknown, box, factor, coarse), coarse


def test_shrinking_counts_known_pixels_only() -> None:
    colour = np.zeros((4, 6, 3), np.uint8)
    colour[:2, :2] = [[[10] * 3, [20] * 3], [[30] * 3, [250] * 3]]
    unknown = np.zeros((4, 6), dtype=bool)
    unknown[1, 1] = True
    unknown[2:, :2] = [[True, True], [True, False]]
    unknown[2:, 4:] = True
    coarse, hole = shrink(colour, unknown, Box(0, 0, 4, 6), 2)
    np.testing.assert_allclose(coarse[0, 0] * 255, 20)
    assert hole.tolist() == [[False, False, False], [True, False, True]]


def test_shrinking_a_size_that_does_not_divide() -> None:
    ramp = np.repeat(np.arange(7, dtype=np.uint8)[None, :, None], 3, axis=2)
    coarse, hole = shrink(ramp, np.zeros((1, 7), dtype=bool), Box(0, 1, 1, 7), 4)
    np.testing.assert_allclose(coarse[0, :, 0] * 255, [(1 + 2 + 3 + 4) / 4, (5 + 6) / 2], rtol=1e-6)
    assert not hole.any()


def test_a_small_picture_is_looked_up_between_the_middles_of_its_samples() -> None:
    factor = 4
    rows, columns = (np.arange(n) * factor + (factor - 1) / 2 for n in (150, 175))
    coarse = np.stack([rows[:, None] + 0 * columns, 0 * rows[:, None] + columns, 0 * (rows[:, None] + columns)], axis=2)
    found = enlarge(coarse.astype(np.float32), Box(0, 0, 600, 700), factor, Box(100, 200, 450, 500))
    y, x = np.mgrid[100:450, 200:500]
    np.testing.assert_allclose(found[..., 0], y, atol=1e-3)
    np.testing.assert_allclose(found[..., 1], x, atol=1e-3)
