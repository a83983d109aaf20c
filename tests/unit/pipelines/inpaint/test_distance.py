import numpy as np
import pytest
from numpy.typing import NDArray

from restore.pipelines.inpaint import distance
from restore.pipelines.inpaint.distance import FAR, grow, squared_distance


def measured(targets: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Squared distance to the nearest target by looking at all of them."""
    y, x = np.nonzero(targets)
    rows, columns = np.mgrid[: targets.shape[0], : targets.shape[1]]
    if not y.size:
        return np.full(targets.shape, np.inf)
    return ((rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2).min(axis=2).astype(float)


@pytest.mark.parametrize("limit", [1, 2, 5, 60])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (12, 1), (23, 31)])
def test_exact_within_the_limit(shape: tuple[int, int], limit: int) -> None:
    for seed in range(3):
        targets = np.random.default_rng(seed).random(shape) < 0.04
        found, true = squared_distance(targets, limit), measured(targets)
        near = true <= limit * limit
        np.testing.assert_array_equal(found[near], true[near])
        assert (found[~near] > limit * limit).all()


def test_no_target_is_far() -> None:
    assert (squared_distance(np.zeros((3, 4), dtype=bool), 5) == FAR).all()


@pytest.mark.parametrize("radius", [0, 1, 2, 4, 9])
def test_growing_agrees_in_bands_and_at_once(radius: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hole = np.random.default_rng(1).random((40, 30)) < 0.01
    expected = measured(hole) <= (radius + 0.5) ** 2 if radius else hole
    np.testing.assert_array_equal(grow(hole, radius), expected)
    monkeypatch.setattr(distance, "BAND_PIXELS", 100)
    np.testing.assert_array_equal(grow(hole, radius), expected)


def test_growing_by_one_is_the_square_of_three() -> None:
    hole = np.zeros((7, 7), dtype=bool)
    hole[3, 3] = True
    grown = np.zeros((7, 7), dtype=bool)
    grown[2:5, 2:5] = True
    np.testing.assert_array_equal(grow(hole, 1), grown)
