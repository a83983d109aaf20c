import time

import numpy as np
import pytest
from numpy.typing import NDArray

from restore.pipelines.inpaint.crops import Plan, PlanConfig, plan_crops

SMALL = PlanConfig(context=16, widest_context=32, core=64, longest=160, reach=32)


def scratches(height: int, width: int, count: int, seed: int = 0) -> NDArray[np.bool_]:
    """Straight scratches of 1 px all over."""
    draw = np.random.default_rng(seed)
    hole = np.zeros((height, width), dtype=bool)
    for _ in range(count):
        length = int(draw.integers(20, 400))
        angle = draw.uniform(0, 6.3)
        y = (draw.integers(height) + np.arange(length) * np.sin(angle)).astype(int)
        x = (draw.integers(width) + np.arange(length) * np.cos(angle)).astype(int)
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        hole[y[inside], x[inside]] = True
    return hole


def total_weight(plan: Plan, hole: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What all crops together contribute to each pixel."""
    total = np.zeros(hole.shape)
    for crop in plan.crops:
        assert crop.rect.top <= crop.keep.top
        assert crop.keep.bottom <= crop.rect.bottom
        assert crop.rect.left <= crop.keep.left
        assert crop.keep.right <= crop.rect.right
        total[crop.keep.slices] += plan.weights(crop)
    return total


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (64, 64), (65, 64), (63, 130), (200, 333), (129, 257), (80, 81)])
@pytest.mark.parametrize("density", [0.0005, 0.01, 0.5, 1])
def test_every_pixel_of_the_hole_is_filled_once(shape: tuple[int, int], density: float) -> None:
    hole = np.random.default_rng(2).random(shape) < density
    total = total_weight(plan_crops(hole, SMALL), hole)
    np.testing.assert_allclose(total[hole], 1, atol=1e-6)


@pytest.mark.parametrize("core", [32, 64, 512])
def test_no_hole_at_a_tile_border_is_lost(core: int) -> None:
    hole = np.zeros((300, 300), dtype=bool)
    hole[150, :] = hole[:, 64] = True
    config = PlanConfig(context=16, widest_context=16, core=core, longest=100, reach=None)
    np.testing.assert_allclose(total_weight(plan_crops(hole, config), hole)[hole], 1, atol=1e-6)


def test_an_empty_hole_needs_no_crop() -> None:
    plan = plan_crops(np.zeros((50, 50), dtype=bool))
    assert plan.crops == ()
    assert plan.largest == 0


def test_a_spread_hole_in_a_small_picture_takes_the_whole_picture() -> None:
    plan = plan_crops(scratches(512, 512, 20))
    assert [(crop.rect.height, crop.rect.width) for crop in plan.crops] == [(512, 512)]


def test_a_lone_hole_is_seen_with_its_context() -> None:
    hole = np.zeros((1000, 1000), dtype=bool)
    hole[400:480, 400:480] = True
    (crop,) = plan_crops(hole, PlanConfig(context=64)).crops
    assert crop.rect.top <= 400 - 64
    assert crop.rect.bottom >= 480 + 64
    assert crop.rect.height % 16 == crop.rect.width % 16 == 0
    assert crop.rect.area <= 240 * 240


def test_near_holes_share_a_crop_and_far_ones_do_not() -> None:
    hole = np.zeros((1000, 1000), dtype=bool)
    hole[500, 200] = hole[500, 250] = hole[500, 800] = True
    assert len(plan_crops(hole).crops) == 2


def test_crops_are_bounded() -> None:
    config = PlanConfig()
    for hole in (scratches(1500, 2100, 400), np.ones((1500, 2100), dtype=bool)):
        plan = plan_crops(hole, config)
        assert len(plan.crops) <= 4 * 5 + 5, "20 tiles, and a few scratches that stand alone"
        assert plan.largest <= config.side**2
        assert max(max(crop.rect.height, crop.rect.width) for crop in plan.crops) <= config.longest


def test_a_second_hole_far_away_leaves_the_first_ones_crops_alone() -> None:
    first = np.zeros((600, 900), dtype=bool)
    first[100:140, 100:300] = True
    first[180, 80:400] = True
    alone = plan_crops(first, SMALL)
    second = first.copy()
    second[20:30, 700:720] = True
    second[400:580, 500:880] = True
    both = plan_crops(second, SMALL)
    rects = [(crop.rect, crop.keep, crop.tile) for crop in both.crops]
    kept = [(crop.rect, crop.keep, crop.tile) for crop in alone.crops]
    assert [rect for rect in rects if rect in kept] == kept
    assert len(rects) > len(kept)


def test_a_wide_hole_gets_a_smaller_scale() -> None:
    hole = np.zeros((2000, 2000), dtype=bool)
    hole[600:1400, 500:1500] = True
    hole[100, 100:1900] = True
    plan = plan_crops(hole, PlanConfig(reach=80))
    (blob,) = plan.blobs
    assert blob.factor == 8, "half-width 400 is within 8 * 80"
    assert blob.rect.top % 8 == blob.rect.left % 8 == 0
    assert blob.keep.top <= 600
    assert blob.keep.bottom >= 1400
    assert blob.rect.top <= 600 - 8 * 16
    assert plan_crops(hole, PlanConfig(reach=None)).blobs[0].factor == 2, "no crop spans a half-width of 400"


def test_long_but_thin_is_not_wide() -> None:
    hole = np.zeros((300, 3000), dtype=bool)
    hole[100:180] = True
    assert plan_crops(hole, PlanConfig(reach=80)).blobs == ()


def test_the_pictures_edge_is_no_rim() -> None:
    hole = np.zeros((1000, 1000), dtype=bool)
    hole[:, :150] = True
    (blob,) = plan_crops(hole, PlanConfig(reach=80)).blobs
    assert blob.factor == 2, "150 px lie between the left edge and the nearest known pixel"


def test_a_photograph_is_planned_in_well_under_two_seconds() -> None:
    hole = scratches(2000, 3000, 3000)
    start = time.process_time()
    plan = plan_crops(hole)
    assert time.process_time() - start < 1.5
    assert len(plan.crops) <= 5 * 7 + 5


def test_a_config_that_cannot_work_is_refused() -> None:
    with pytest.raises(ValueError, match="core"):
        PlanConfig(core=100)
    with pytest.raises(ValueError, match="fade"):
        PlanConfig(fade=64)
    with pytest.raises(ValueError, match="reach"):
        PlanConfig(reach=0)
