import numpy as np
import pytest

from restore.pipelines.inpaint.crops import Blob, Plan, PlanConfig, Rect, plan_crops
from restore.pipelines.inpaint.guide import pins, shrink
from restore.pipelines.inpaint.inpainter import Inpainter


def test_shrinking_counts_known_pixels_only() -> None:
    colour = np.zeros((4, 6, 3), np.uint8)
    colour[:2, :2] = [[[10] * 3, [20] * 3], [[30] * 3, [250] * 3]]
    unknown = np.zeros((4, 6), dtype=bool)
    unknown[1, 1] = True
    unknown[2:, :2] = [[True, True], [True, False]]
    unknown[2:, 4:] = True
    coarse, hole = shrink(colour, unknown, Rect(0, 0, 4, 6), 2)
    np.testing.assert_allclose(coarse[0, 0] * 255, 20)
    assert hole.tolist() == [[False, False, False], [True, False, True]]


def test_shrinking_a_size_that_does_not_divide() -> None:
    ramp = np.repeat(np.arange(7, dtype=np.uint8)[None, :, None], 3, axis=2)
    coarse, hole = shrink(ramp, np.zeros((1, 7), dtype=bool), Rect(0, 1, 1, 7), 4)
    np.testing.assert_allclose(coarse[0, :, 0] * 255, [(1 + 2 + 3 + 4) / 4, (5 + 6) / 2], rtol=1e-6)
    assert not hole.any()


def wide() -> tuple[np.ndarray, Plan]:
    hole = np.zeros((600, 700), dtype=bool)
    hole[150:450, 200:500] = True
    return hole, plan_crops(hole, PlanConfig(reach=64))


def test_pins_hold_the_deep_part_and_no_other() -> None:
    hole, plan = wide()
    (blob,) = plan.blobs
    coarse_shape = (-(-blob.rect.height // blob.factor), -(-blob.rect.width // blob.factor))
    guide = np.full((*coarse_shape, 3), 0.25, np.float32)
    found = pins(plan, {blob.number: guide}, hole, Rect(100, 100, 500, 600))
    assert found is not None
    colours, where = found
    expected = np.zeros_like(hole)
    rim = 2 * blob.factor
    expected[150 + rim : 450 - rim, 200 + rim : 500 - rim] = True
    np.testing.assert_array_equal(where, expected[100:500, 100:600])
    np.testing.assert_allclose(colours[where], 0.25)
    assert pins(plan, {blob.number: guide}, hole, Rect(0, 0, 50, 50)) is None


def test_a_guide_is_looked_up_between_the_middles_of_its_samples() -> None:
    _, plan = wide()
    (blob,) = plan.blobs
    exact = Blob(Rect(0, 0, 600, 700), blob.keep, blob.factor, blob.number)
    plan = Plan(plan.crops, (exact,), plan.groups, plan.blob_cells, plan.config)
    rows, columns = (
        np.arange(n) * exact.factor + (exact.factor - 1) / 2 for n in (600 // exact.factor, 700 // exact.factor)
    )
    guide = np.stack(
        [rows[:, None] + 0 * columns, 0 * rows[:, None] + columns, 0 * rows[:, None] + 0 * columns], axis=2
    )
    hole = np.zeros((600, 700), dtype=bool)
    hole[150:450, 200:500] = True
    found = pins(plan, {exact.number: guide.astype(np.float32)}, hole, Rect(0, 0, 600, 700))
    assert found is not None
    y, x = np.nonzero(found[1])
    np.testing.assert_allclose(found[0][y, x, 0], y, atol=1e-3)
    np.testing.assert_allclose(found[0][y, x, 1], x, atol=1e-3)


@pytest.mark.parametrize("reach", [32, 64, None])
def test_a_hole_in_an_even_picture_is_filled_evenly_at_every_scale(reach: int | None) -> None:
    picture = np.full((900, 1300, 3), [40, 120, 200], np.uint8)
    hole = np.zeros((900, 1300), dtype=bool)
    hole[100:800, 60:1250] = True
    filled = Inpainter({}, "cpu", plan=PlanConfig(reach=reach, core=256))(picture, hole, dilate=0)
    np.testing.assert_array_equal(filled, picture)


def test_a_slope_crosses_a_wide_hole_without_a_seam() -> None:
    slope = np.repeat(np.linspace(0, 65535, 1200).astype(np.uint16)[None, :, None], 3, axis=2)
    picture = np.repeat(slope, 700, axis=0)
    hole = np.zeros((700, 1200), dtype=bool)
    hole[150:550, 200:1000] = True
    filled = Inpainter({}, "cpu", plan=PlanConfig(reach=64, core=256))(picture, hole, dilate=0)
    error = np.abs(filled.astype(int) - picture.astype(int)) / 65535
    steps = np.abs(np.diff(filled[..., 0].astype(int), axis=1)) / 65535
    assert error.max() < 0.05
    assert steps.max() < 10 / 1200
