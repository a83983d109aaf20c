"""Silhouettes: one part each, of the size promised, anywhere in the picture."""

import numpy as np
import pytest
from scipy.ndimage import label

from restore.evaluation.inpaint.bench import LEAST_SIDE
from restore.evaluation.inpaint.masks import draw_mask
from restore.evaluation.inpaint.silhouettes import draw_silhouette


@pytest.mark.parametrize("size", [LEAST_SIDE, 333, 512])
def test_an_object_is_one_part_of_ten_to_thirty_percent(size: int) -> None:
    for seed in range(8):
        hole = draw_mask("object", seed, size)
        assert hole.shape == (size, size)
        assert 0.10 < hole.mean() <= 0.30
        assert label(hole)[1] == 1


def test_objects_cover_fifteen_percent_in_the_mean_and_lie_anywhere() -> None:
    holes = [draw_mask("object", seed, 256) for seed in range(80)]
    assert np.mean([hole.mean() for hole in holes]) == pytest.approx(0.15, abs=0.01)
    at_the_border = [hole[[0, -1]].any() or hole[:, [0, -1]].any() for hole in holes]
    assert 0.1 < np.mean(at_the_border) < 0.5
    assert np.mean(holes, axis=0).min() < 0.05
    places = np.array([np.argwhere(hole).mean(axis=0) for hole in holes]) / 256
    assert places.min() < 0.25
    assert places.max() > 0.75


def test_some_objects_are_compact_and_some_are_elongated() -> None:
    spreads = []
    for seed in range(40):
        spans = np.linalg.svd(np.cov(np.argwhere(draw_mask("object", seed, 256)).T), compute_uv=False)
        spreads.append(float(np.sqrt(spans[0] / spans[1])))
    assert min(spreads) < 1.2
    assert max(spreads) > 2.5


def test_the_outline_does_not_depend_on_the_size() -> None:
    """One seed draws the same silhouette at every size; each pixel of the small one is the middle of nine."""
    small, large = (draw_silhouette(np.random.default_rng(3), size) for size in (200, 600))
    assert np.array_equal(small, large[1::3, 1::3])


def test_what_the_border_cuts_off_is_dropped() -> None:
    for seed in range(60):
        assert label(draw_silhouette(np.random.default_rng(seed), 64))[1] == 1
