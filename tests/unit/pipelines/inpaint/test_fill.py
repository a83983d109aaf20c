"""Crops, constraints from smaller scales and pieces of the picture, put together into one fill."""

import numpy as np
import pytest
from numpy.typing import NDArray

from restore.pipelines.inpaint.cells import Box
from restore.pipelines.inpaint.fill import RIM, constraints
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.inpaint.plan import PlanConfig, plan_fill


def rectangle(height: int, width: int, *boxes: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    hole = np.zeros((height, width), dtype=np.bool_)
    for top, left, bottom, right in boxes:
        hole[top:bottom, left:right] = True
    return hole


def grain(height: int, width: int) -> NDArray[np.uint8]:
    """Coarse grain: nothing that waves could foretell."""
    rng = np.random.default_rng(4)
    coarse = rng.integers(0, 2, (height // 3 + 1, width // 3 + 1), dtype=np.uint8) * 160 + 40
    return np.repeat(np.repeat(coarse, 3, 0), 3, 1)[:height, :width, None].repeat(3, 2)


def test_constraints_hold_the_deep_part_and_no_other() -> None:
    hole = rectangle(600, 700, (150, 200, 450, 500))
    plan = plan_fill(hole, config=PlanConfig(reach=64))
    (region,) = plan.coarse
    coarse = {region.number: np.full((*region.plan.wanted.shape, 3), 0.25, np.float32)}
    found = constraints(plan, coarse, Box(100, 100, 500, 600))
    assert found is not None
    colours, where = found
    rim = RIM * region.factor
    expected = rectangle(600, 700, (150 + rim, 200 + rim, 450 - rim, 500 - rim))
    np.testing.assert_array_equal(where, expected[100:500, 100:600])
    np.testing.assert_allclose(colours[where], 0.25)
    assert constraints(plan, coarse, Box(0, 0, 50, 50)) is None


@pytest.mark.parametrize("reach", [32, 64, None])
def test_a_hole_in_an_even_picture_is_filled_evenly_at_every_scale(reach: int | None) -> None:
    picture = np.full((900, 1300, 3), [40, 120, 200], np.uint8)
    hole = np.zeros((900, 1300), dtype=bool)
    hole[100:800, 60:1250] = True
    filled = Inpainter({}, "cpu", plan_config=PlanConfig(reach=reach, core=256))(picture, hole, dilate=0)
    np.testing.assert_array_equal(filled, picture)


def test_a_slope_crosses_a_wide_hole_without_a_seam() -> None:
    slope = np.repeat(np.linspace(0, 65535, 1200).astype(np.uint16)[None, :, None], 3, axis=2)
    picture = np.repeat(slope, 700, axis=0)
    hole = np.zeros((700, 1200), dtype=bool)
    hole[150:550, 200:1000] = True
    filled = Inpainter({}, "cpu", plan_config=PlanConfig(reach=64, core=256))(picture, hole, dilate=0)
    error = np.abs(filled.astype(int) - picture.astype(int)) / 65535
    steps = np.abs(np.diff(filled[..., 0].astype(int), axis=1)) / 65535
    assert error.max() < 0.05
    assert steps.max() < 10 / 1200


def test_a_second_hole_far_away_changes_nothing() -> None:
    picture, fill = grain(260, 720), Inpainter({}, "cpu")
    one = rectangle(260, 720, (40, 40, 80, 90))
    both = one | rectangle(260, 720, (150, 560, 200, 640))
    first, second = (fill(picture, hole, fill="pieces", dilate=0) for hole in (one, both))
    assert (first[one] == second[one]).all()


def test_the_middle_of_a_large_hole_has_grain_too() -> None:
    """Its tile shows nothing but hole; pieces come from around the hole as a whole, and progress counts them."""
    picture, hole = grain(420, 420), rectangle(420, 420, (90, 90, 330, 330))
    plan = PlanConfig(core=64, fade=16, context=16, widest_context=32, longest=96, reach=32)
    seen: list[tuple[int, int]] = []
    made = Inpainter({}, "cpu", plan_config=plan)(
        picture, hole, fill="pieces", dilate=0, on_progress=lambda done, total: seen.append((done, total))
    )
    assert made[180:240, 180:240].std() > 0.5 * picture.std()
    assert seen[-1][0] == seen[-1][1]
    assert (made[~hole] == picture[~hole]).all()
