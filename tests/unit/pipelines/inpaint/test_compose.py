"""A soft rim, and colours kept for the pixels of the hole alone."""

import numpy as np

from restore.pipelines.inpaint.compose import HoleColours, feather_weights, with_hole_filled


def test_a_feather_rises_from_the_rim() -> None:
    hole = np.zeros((1, 9), dtype=bool)
    hole[0, 2:] = True
    np.testing.assert_allclose(feather_weights(hole, 3), [0.25, 0.5, 0.75, 1, 1, 1, 1])


def test_a_feather_reaches_from_every_side() -> None:
    hole = np.zeros((5, 5), dtype=bool)
    hole[1:4, 1:4] = True
    np.testing.assert_allclose(
        feather_weights(hole, 4).reshape(3, 3), [[0.2, 0.2, 0.2], [0.2, 0.4, 0.2], [0.2, 0.2, 0.2]], atol=1e-6
    )


def test_colours_of_the_hole_stand_in_reading_order() -> None:
    hole = np.zeros((4, 5), dtype=bool)
    hole[1, 1:4] = hole[2, 2] = True
    colours = HoleColours(hole)
    part = np.arange(2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3) / 100
    colours.add(slice(1, 3), slice(1, 4), part, np.full((2, 3), 0.5, np.float32))
    colours.add(slice(1, 3), slice(1, 4), part, np.full((2, 3), 0.5, np.float32))
    expected = np.zeros((4, 5, 3), np.float32)
    expected[1:3, 1:4] = part
    np.testing.assert_allclose(colours.values, expected[hole])
    colours.write(slice(0, 2), slice(0, 2), np.ones((2, 2, 3), np.float32), np.ones((2, 2), dtype=bool))
    expected[1, 1] = 1
    np.testing.assert_allclose(colours.values, expected[hole])
    into = np.full((2, 5, 3), 9, np.float32)
    colours.read(slice(1, 3), slice(0, 5), into)
    np.testing.assert_allclose(into, np.where(hole[1:3, :, None], expected[1:3], 9))


def test_only_the_hole_of_a_copy_is_written() -> None:
    picture = np.arange(12, dtype=np.uint16).reshape(2, 2, 3)
    hole = np.array([[False, True], [False, False]])
    filled = with_hole_filled(picture, hole, np.array([[0, 1, 0.5]], np.float32))
    assert filled[0, 1].tolist() == [0, 65535, 32768]
    np.testing.assert_array_equal(filled[~hole], picture[~hole])
    assert picture[0, 1].tolist() == [3, 4, 5]
