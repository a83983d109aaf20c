import time

import numpy as np
import pytest
from numpy.typing import NDArray

from restore.pipelines.inpaint.plan import Plan, PlanConfig, plan_fill
from restore.pipelines.inpaint.regions import WIDE, wide_regions

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


def rectangles(height: int, width: int, *boxes: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    hole = np.zeros((height, width), dtype=np.bool_)
    for top, left, bottom, right in boxes:
        hole[top:bottom, left:right] = True
    return hole


def total_weight(plan: Plan, hole: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What all crops together contribute to each pixel."""
    total = np.zeros(hole.shape)
    for crop in plan.crops:
        assert crop.box.top <= crop.keep.top
        assert crop.keep.bottom <= crop.box.bottom
        assert crop.box.left <= crop.keep.left
        assert crop.keep.right <= crop.box.right
        total[crop.keep.slices] += plan.weights(crop)
    return total


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (64, 64), (65, 64), (63, 130), (200, 333), (129, 257), (80, 81)])
@pytest.mark.parametrize("density", [0.0005, 0.01, 0.5, 1])
def test_every_pixel_of_the_hole_is_filled_once(shape: tuple[int, int], density: float) -> None:
    hole = np.random.default_rng(2).random(shape) < density
    total = total_weight(plan_fill(hole, config=SMALL), hole)
    np.testing.assert_allclose(total[hole], 1, atol=1e-6)


@pytest.mark.parametrize("core", [32, 64, 512])
def test_no_hole_at_a_tile_border_is_lost(core: int) -> None:
    hole = np.zeros((300, 300), dtype=bool)
    hole[150, :] = hole[:, 64] = True
    config = PlanConfig(context=16, widest_context=16, core=core, longest=100, reach=None)
    np.testing.assert_allclose(total_weight(plan_fill(hole, config=config), hole)[hole], 1, atol=1e-6)


def test_an_empty_hole_needs_no_crop() -> None:
    plan = plan_fill(np.zeros((50, 50), dtype=bool))
    assert plan.crops == ()
    assert plan.largest == 0


def test_a_spread_hole_in_a_small_picture_takes_the_whole_picture() -> None:
    plan = plan_fill(scratches(512, 512, 20))
    assert [(crop.box.height, crop.box.width) for crop in plan.crops] == [(512, 512)]


def test_a_lone_hole_is_seen_with_its_context() -> None:
    hole = np.zeros((1000, 1000), dtype=bool)
    hole[400:480, 400:480] = True
    (crop,) = plan_fill(hole, config=PlanConfig(context=64)).crops
    assert crop.box.top <= 400 - 64
    assert crop.box.bottom >= 480 + 64
    assert crop.box.height % 16 == crop.box.width % 16 == 0
    assert crop.box.area <= 240 * 240


def test_near_holes_share_a_crop_and_far_ones_do_not() -> None:
    hole = np.zeros((1000, 1000), dtype=bool)
    hole[500, 200] = hole[500, 250] = hole[500, 800] = True
    assert len(plan_fill(hole).crops) == 2


def test_crops_are_bounded() -> None:
    config = PlanConfig()
    for hole in (scratches(1500, 2100, 400), np.ones((1500, 2100), dtype=bool)):
        plan = plan_fill(hole, config=config)
        assert len(plan.crops) <= 4 * 5 + 5, "20 tiles, and a few scratches that stand alone"
        assert plan.largest <= config.side**2
        assert max(max(crop.box.height, crop.box.width) for crop in plan.crops) <= config.longest


def test_a_second_hole_far_away_leaves_the_first_ones_crops_alone() -> None:
    first = np.zeros((600, 900), dtype=bool)
    first[100:140, 100:300] = True
    first[180, 80:400] = True
    alone = plan_fill(first, config=SMALL)
    second = first.copy()
    second[20:30, 700:720] = True
    second[400:580, 500:880] = True
    both = plan_fill(second, config=SMALL)
    boxes = [(crop.box, crop.keep, crop.tile) for crop in both.crops]
    kept = [(crop.box, crop.keep, crop.tile) for crop in alone.crops]
    assert [box for box in boxes if box in kept] == kept
    assert len(boxes) > len(kept)


def test_a_wide_hole_gets_a_smaller_scale() -> None:
    hole = np.zeros((2000, 2000), dtype=bool)
    hole[600:1400, 500:1500] = True
    hole[100, 100:1900] = True
    plan = plan_fill(hole, config=PlanConfig(reach=80))
    (region,) = plan.coarse
    assert region.factor == 8, "half-width 400 is within 8 * 80"
    assert region.box.top % 8 == region.box.left % 8 == 0
    assert region.keep.top <= 600
    assert region.keep.bottom >= 1400
    assert region.box.top <= 600 - 8 * 16
    assert plan_fill(hole, config=PlanConfig(reach=None)).coarse[0].factor == 2, "no crop spans a half-width of 400"


def test_long_but_thin_is_not_wide() -> None:
    hole = np.zeros((300, 3000), dtype=bool)
    hole[100:180] = True
    assert plan_fill(hole, config=PlanConfig(reach=80)).coarse == ()


def test_the_pictures_edge_is_no_rim() -> None:
    hole = np.zeros((1000, 1000), dtype=bool)
    hole[:, :150] = True
    (region,) = plan_fill(hole, config=PlanConfig(reach=80)).coarse
    assert region.factor == 2, "150 px lie between the left edge and the nearest known pixel"


@pytest.mark.parametrize("box", [(10, 5, 10 + 2 * WIDE, 190), (50, 100, 51, 101)])
def test_scratches_and_specks_have_no_wide_region(box: tuple[int, int, int, int]) -> None:
    assert not wide_regions(rectangles(150, 200, box))


def test_a_wide_region_is_what_a_window_fits_into() -> None:
    hole = rectangles(200, 300, (40, 50, 90, 120), (60, 120, 66, 250))
    (region,) = wide_regions(hole)
    share = np.zeros(hole.shape, np.float32)
    share[region.box.slices] = region.share
    assert (share[42:88, 52:118] == 1).all()
    assert (share[40, 50:120] == 0.5).all()
    assert not share[60:66, 121:].any()
    assert not share[~hole].any()
    assert region.box.left == 0
    assert region.box.right < 300


@pytest.mark.parametrize(("second", "count"), [((600, 0, 660, 40), 3), ((70, 80, 110, 120), 2)])
def test_regions_apart_are_searched_by_themselves_and_near_ones_together(
    second: tuple[int, int, int, int], count: int
) -> None:
    hole = rectangles(700, 700, (20, 20, 60, 60), second, (300, 600, 350, 640))
    regions = wide_regions(hole)
    assert len(regions) == count
    times = np.zeros(hole.shape, int)
    for region in regions:
        times[region.box.slices] += region.share > 0
    assert (times == hole).all()


def test_broad_strokes_are_the_networks_where_there_are_many_and_an_objects_limbs_go_with_it() -> None:
    one = rectangles(600, 600, (0, 280, 600, 320))
    many = rectangles(600, 600, *((0, left, 600, left + 40) for left in range(40, 560, 100)))
    assert len(wide_regions(one)) == 1
    assert not wide_regions(many)
    thing = rectangles(600, 600, (250, 250, 350, 350), (350, 290, 420, 310))
    (region,) = wide_regions(thing)
    share = np.zeros(thing.shape, np.float32)
    share[region.box.slices] = region.share
    assert (share[355:410, 292:308] == 1).all()
    far = rectangles(600, 600, (50, 50, 150, 150), (400, 290, 560, 310))
    assert sum(int((region.share > 0).sum()) for region in wide_regions(far)) == 100 * 100


def test_what_is_unknown_but_not_wanted_is_left_alone() -> None:
    """A transparent background is wide; with a scratch beside it there is nothing to put together."""
    scratch, clear = rectangles(200, 300, (20, 20, 24, 150)), rectangles(200, 300, (100, 0, 200, 300))
    assert not plan_fill(scratch, scratch | clear, wide=True).wide
    assert len(plan_fill(scratch | clear, wide=True).wide) == 1


def test_a_photograph_is_planned_in_well_under_two_seconds() -> None:
    hole = scratches(2000, 3000, 3000)
    start = time.process_time()
    plan = plan_fill(hole)
    assert time.process_time() - start < 1.5
    assert len(plan.crops) <= 5 * 7 + 5


def test_a_config_that_cannot_work_is_refused() -> None:
    with pytest.raises(ValueError, match="core"):
        PlanConfig(core=100)
    with pytest.raises(ValueError, match="fade"):
        PlanConfig(fade=64)
    with pytest.raises(ValueError, match="reach"):
        PlanConfig(reach=0)
