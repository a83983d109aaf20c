import numpy as np
import pytest
from numpy.typing import NDArray

from restore.pipelines.inpaint.cells import label_components


def flood(occupied: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number components by flood fill, in reading order."""
    labels = np.full(occupied.shape, -1, dtype=np.int32)
    count = 0
    for start in zip(*np.nonzero(occupied), strict=True):
        if labels[start] >= 0:
            continue
        stack = [start]
        while stack:
            y, x = stack.pop()
            if 0 <= y < occupied.shape[0] and 0 <= x < occupied.shape[1] and occupied[y, x] and labels[y, x] < 0:
                labels[y, x] = count
                stack += [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        count += 1
    return labels


@pytest.mark.parametrize("density", [0.05, 0.2, 0.4, 0.6, 0.95])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (7, 5), (33, 47)])
def test_agrees_with_a_flood_fill(shape: tuple[int, int], density: float) -> None:
    for seed in range(4):
        occupied = np.random.default_rng(seed).random(shape) < density
        np.testing.assert_array_equal(label_components(occupied), flood(occupied))


def test_a_spiral_is_one_component() -> None:
    spiral = np.zeros((61, 61), dtype=bool)
    y, x, step = 30, 30, 2
    for turn in range(28):
        dy, dx = [(0, 1), (1, 0), (0, -1), (-1, 0)][turn % 4]
        for _ in range(step):
            spiral[y, x] = True
            y, x = y + dy, x + dx
        step += turn % 2 * 2
        if not (0 <= y < 61 and 0 <= x < 61):
            break
    labels = label_components(spiral)
    assert set(labels[spiral]) == {0}


def test_nothing_and_everything() -> None:
    assert (label_components(np.zeros((4, 6), dtype=bool)) == -1).all()
    assert (label_components(np.ones((4, 6), dtype=bool)) == 0).all()
