"""Damage made up on good pictures: its truth is true, and nothing else changes."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from restore.synthetic import drawing
from restore.synthetic.ageing import aged, scanned
from restore.synthetic.damage import HARDLY_SEEN, KINDS, lay_damage, lay_strokes, visible
from restore.synthetic.shapes import load_shapes


def even(level: int = 120, height: int = 96, width: int = 128) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize("seed", range(12))
def test_the_truth_is_where_the_picture_changed(seed: int, shapes_folder: Path) -> None:
    picture = even()
    damaged = lay_damage(np.random.default_rng(seed), picture, load_shapes(shapes_folder)[0])
    change = np.abs(damaged.picture.astype(int) - picture).max(2)
    np.testing.assert_array_equal(change, damaged.change)
    assert damaged.kinds.max() <= len(KINDS)
    assert not (damaged.doubt & (damaged.kinds > 0)).any()
    assert not change[(damaged.kinds == 0) & ~damaged.doubt].astype(bool).any() or (
        change[(damaged.kinds == 0) & ~damaged.doubt].max() <= HARDLY_SEEN
    )
    assert change.any()


def test_what_an_uneven_ground_hides_is_in_doubt() -> None:
    even = np.full((32, 64, 3), 130, np.float32)
    ground = even.copy()
    ground[:, 32:] += np.random.default_rng(0).normal(0, 50, (32, 32, 1)).astype(np.float32)
    change = np.zeros((32, 64), np.float32)
    change[4], change[12], change[20] = 15, 6, 2
    seen, doubt = visible(change, ground)
    assert seen[4, :24].all()
    assert not seen[4, 40:].any()
    assert doubt[4, 40:].all()
    assert doubt[12].all()
    assert not (seen[20] | doubt[20]).any()


def test_equal_seeds_give_equal_damage_and_others_do_not() -> None:
    first, again, other = (lay_damage(np.random.default_rng(seed), even()) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.picture, again.picture)
    np.testing.assert_array_equal(first.kinds, again.kinds)
    assert (first.picture != other.picture).any()


def test_soft_shapes_have_wider_and_fainter_edges() -> None:
    steepest = {0.0: 0.0, 1.0: 0.0}
    for seed in range(8):
        for share in steepest:
            damaged = lay_damage(np.random.default_rng(seed), even(), soft_share=share)
            steepest[share] += float(np.abs(np.diff(damaged.change, axis=1)).max())
    assert steepest[1.0] < 0.8 * steepest[0.0]


def test_opaque_damage_hides_an_uneven_ground_and_other_damage_seldom_does() -> None:
    rng = np.random.default_rng(1)
    noisy = np.repeat(rng.integers(60, 200, (96, 128, 1), dtype=np.uint8), 3, 2)
    left: list[float] = []
    widest: list[float] = []
    for share in (0.0, 1.0):
        local, deepest = [], []
        for seed in range(12):
            damaged = lay_damage(np.random.default_rng(seed), noisy, opaque_share=share)
            deviation = ndimage.generic_filter(damaged.picture[..., 0].astype(float), np.std, 3)
            depth = ndimage.distance_transform_edt(damaged.kinds > 0)
            local.append(float(np.median(deviation[depth > 2])) if (depth > 2).any() else np.nan)
            deepest.append(float(depth.max()))
        left.append(float(np.nanmedian(local)))
        widest.append(max(deepest))
    assert left[1] < 6 < left[0] - 2, left
    assert widest[1] > 8


@pytest.mark.parametrize("seed", range(4))
def test_strokes_hide_what_they_cover_and_spare_the_rest(seed: int) -> None:
    kinds = np.zeros((96, 128), np.uint8)
    kinds[20:30], kinds[60:66, 40:46] = 1, 2
    damaged = lay_strokes(np.random.default_rng(seed), even(), kinds)
    assert damaged.change[24:26].min() > 80
    assert np.ptp(damaged.picture[24:26]) <= 1, "opaque"
    assert not damaged.change[36:54].any()
    np.testing.assert_array_equal(damaged.kinds, kinds)
    assert not (damaged.doubt & (kinds > 0)).any()
    assert (damaged.doubt | (kinds > 0))[damaged.change > HARDLY_SEEN].all()


def test_all_kinds_come_up() -> None:
    found = set()
    for seed in range(20):
        found |= set(np.unique(lay_damage(np.random.default_rng(seed), even()).kinds).tolist())
    assert found == {0, 1, 2, 3}


@pytest.mark.parametrize("name", ["scratch", "hair", "cracks", "fold", "stain", "spots", "torn"])
@pytest.mark.parametrize(("height", "width"), [(64, 64), (40, 150)])
def test_drawn_shapes_cover_some_of_a_picture_but_not_all(name: str, height: int, width: int) -> None:
    covers = [getattr(drawing, name)(np.random.default_rng(seed), height, width, 1.0) for seed in range(12)]
    for cover in covers:
        assert cover.shape == (height, width)
        assert 0 <= cover.min() <= cover.max() <= 1
    assert 0.0005 < np.mean(covers) < 0.7


@pytest.mark.parametrize("change", [aged, scanned])
def test_ageing_and_scanning_keep_size_and_follow_from_the_seed(change: object) -> None:
    assert callable(change)
    picture = np.random.default_rng(1).integers(0, 256, (32, 48, 3)).astype(np.uint8)
    different = 0
    for seed in range(10):
        first, again = (change(np.random.default_rng(seed), picture) for _ in range(2))
        assert (first.shape, first.dtype) == (picture.shape, np.uint8)
        np.testing.assert_array_equal(first, again)
        different += int((first != picture).any())
    assert different >= 5
