"""Boxes on grids, and the tiles of a picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore.codecs.bitstream.boxes import Box, box_of_region, tile_boxes, tile_grid
from restore.errors import UsageError

WIDTH, HEIGHT = 60, 40

BOXES = st.builds(
    lambda left, top, width, height: Box(left, top, min(width, WIDTH - left), min(height, HEIGHT - top)),
    st.integers(0, WIDTH - 1),
    st.integers(0, HEIGHT - 1),
    st.integers(1, WIDTH),
    st.integers(1, HEIGHT),
)


def mask(box: Box) -> np.ndarray:
    """`(HEIGHT, WIDTH)` bool: what a box covers."""
    covered = np.zeros((HEIGHT, WIDTH), bool)
    covered[box.slices] = True
    return covered


def test_tiles_cover_the_picture_once() -> None:
    assert tile_boxes(1500, 1025) == [
        Box(0, 0, 1024, 1024),
        Box(1024, 0, 476, 1024),
        Box(0, 1024, 1024, 1),
        Box(1024, 1024, 476, 1),
    ]
    assert tile_grid(1500, 1025) == (2, 2)
    assert tile_boxes(1, 1) == [Box(0, 0, 1, 1)]


@given(BOXES, BOXES)
def test_an_overlap_is_what_both_cover(first: Box, second: Box) -> None:
    shared = first.overlap(second)
    wanted = mask(first) & mask(second)
    assert wanted.any() == (shared is not None)
    if shared is not None:
        assert np.array_equal(mask(shared), wanted)
        places = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
        assert np.array_equal(places[first.slices][shared.slices_in(first)], places[shared.slices])


@given(BOXES, st.integers(0, 70))
def test_a_grown_box_is_the_box_and_its_margin_inside_the_grid(box: Box, margin: int) -> None:
    grown = box.grown(margin, WIDTH, HEIGHT)
    rows, columns = (np.arange(side) for side in (HEIGHT, WIDTH))
    near_rows = (rows >= box.top - margin) & (rows < box.bottom + margin)
    near_columns = (columns >= box.left - margin) & (columns < box.right + margin)
    assert np.array_equal(mask(grown), np.outer(near_rows, near_columns))


@given(BOXES, st.integers(1, 16))
def test_a_coarser_box_has_every_place_that_the_box_touches(box: Box, step: int) -> None:
    coarse = box.coarser(step)
    touched = {(row // step, column // step) for row, column in np.argwhere(mask(box)).tolist()}
    assert len(touched) == coarse.width * coarse.height
    assert touched == {
        (row, column) for row in range(coarse.top, coarse.bottom) for column in range(coarse.left, coarse.right)
    }
    assert coarse.finer(step).overlap(box) == box


@pytest.mark.parametrize("region", [(0, 0, 0, 5), (-1, 0, 5, 5), (0, 0, 41, 5), (39, 29, 2, 1)])
def test_a_region_outside_the_picture_is_refused(region: tuple[int, int, int, int]) -> None:
    assert box_of_region((39, 29, 1, 1), 40, 30) == Box(39, 29, 1, 1)
    with pytest.raises(UsageError, match="40 x 30 px"):
        box_of_region(region, 40, 30)


def test_a_region_has_four_numbers() -> None:
    with pytest.raises(UsageError, match="four numbers, x, y, width and height, not 2"):
        box_of_region((1, 2), 40, 30)  # type: ignore[arg-type]
