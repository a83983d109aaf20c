"""Which parts of a hole are wide, and pieces laid there and nowhere else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from restore.pipelines.inpaint.crops import PlanConfig
from restore.pipelines.inpaint.fill import plan_scene
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.inpaint.pieces import WIDE, wide_parts


def grain(height: int, width: int) -> NDArray[np.uint8]:
    """Coarse grain: nothing that waves could foretell."""
    rng = np.random.default_rng(4)
    coarse = rng.integers(0, 2, (height // 3 + 1, width // 3 + 1), dtype=np.uint8) * 160 + 40
    return np.repeat(np.repeat(coarse, 3, 0), 3, 1)[:height, :width, None].repeat(3, 2)


def holes(height: int, width: int, *boxes: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    hole = np.zeros((height, width), dtype=np.bool_)
    for top, left, bottom, right in boxes:
        hole[top:bottom, left:right] = True
    return hole


@pytest.mark.parametrize("box", [(10, 5, 10 + 2 * WIDE, 190), (50, 100, 51, 101)])
def test_scratches_and_specks_have_no_wide_part(box: tuple[int, int, int, int]) -> None:
    assert not wide_parts(holes(150, 200, box))


def test_a_wide_part_is_what_a_window_fits_into() -> None:
    hole = holes(200, 300, (40, 50, 90, 120), (60, 120, 66, 250))
    (part,) = wide_parts(hole)
    share = np.zeros(hole.shape, np.float32)
    share[part.rect.slices] = part.share
    assert (share[42:88, 52:118] == 1).all()
    assert (share[40, 50:120] == 0.5).all()
    assert not share[60:66, 121:].any()
    assert not share[~hole].any()
    assert part.rect.left == 0
    assert part.rect.right < 300


def test_parts_apart_are_parts_by_themselves() -> None:
    hole = holes(400, 700, (20, 20, 60, 60), (300, 600, 350, 640), (200, 0, 260, 30))
    parts = wide_parts(hole)
    assert len(parts) == 3
    times = np.zeros(hole.shape, int)
    for part in parts:
        times[part.rect.slices] += part.share > 0
    assert (times == hole).all()


def test_what_is_unknown_but_not_wanted_is_left_alone() -> None:
    """A transparent background is wide; with a scratch beside it there is nothing to put together."""
    scratch, clear = holes(200, 300, (20, 20, 24, 150)), holes(200, 300, (100, 0, 200, 300))
    picture = grain(200, 300)
    assert not plan_scene(picture, scratch, scratch | clear, PlanConfig(), exemplar=True).parts
    assert len(plan_scene(picture, scratch | clear, scratch | clear, PlanConfig(), exemplar=True).parts) == 1


def test_a_second_hole_far_away_changes_nothing() -> None:
    picture, fill = grain(260, 720), Inpainter({}, "cpu")
    one = holes(260, 720, (40, 40, 80, 90))
    both = one | holes(260, 720, (150, 560, 200, 640))
    first, second = (fill(picture, hole, exemplar=True, dilate=0) for hole in (one, both))
    assert (first[one] == second[one]).all()


def test_the_middle_of_a_large_hole_has_grain_too() -> None:
    """Its tile shows nothing but hole; pieces come from around the hole as a whole, and every part is told of."""
    picture, hole = grain(420, 420), holes(420, 420, (90, 90, 330, 330))
    plan = PlanConfig(core=64, fade=16, context=16, widest_context=32, longest=96, reach=32)
    told: list[tuple[int, int]] = []
    made = Inpainter({}, "cpu", plan=plan)(
        picture, hole, exemplar=True, dilate=0, on_progress=lambda done, total: told.append((done, total))
    )
    assert made[180:240, 180:240].std() > 0.5 * picture.std()
    assert told[-1][0] == told[-1][1]
    assert (made[~hole] == picture[~hole]).all()
