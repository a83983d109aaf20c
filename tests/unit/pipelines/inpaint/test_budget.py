"""What is worked on at once fits the memory allowed; less of it changes no bit."""

from typing import Any

import numpy as np
import pytest
import torch

from restore.models.inpaint import pieces
from restore.models.inpaint.patches import DISTANCES_AT_ONCE, Size
from restore.models.inpaint.peeling import _Candidates
from restore.pipelines.inpaint.budget import FEWEST_DISTANCES, Budget
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.inpaint.plan import Plan, plan_fill

MB = 10**6


def disc(height: int, width: int, radius: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    rows, columns = np.mgrid[:height, :width]
    return np.hypot(rows - height // 2, columns - width // 2) < radius


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_fill(disc(300, 400, 60), wide=True)


def test_without_a_limit_nothing_is_held_back(plan: Plan) -> None:
    told: list[str] = []
    assert Budget.within(None, plan, told.append) == Budget() == Budget(None, DISTANCES_AT_ONCE)
    assert told == []


def test_less_memory_means_less_at_once_and_never_nothing(plan: Plan) -> None:
    told: list[str] = []
    budgets = [Budget.within(memory, plan, told.append) for memory in (2000 * MB, 200 * MB, 50 * MB)]
    assert told == []
    crops, distances = zip(*((one.crops, one.distances) for one in budgets), strict=True)
    assert sorted(crops, reverse=True) == list(crops)
    assert distances[0] == distances[1] == DISTANCES_AT_ONCE > distances[2] >= FEWEST_DISTANCES
    assert Budget.within(1, plan, told.append) == Budget(1, FEWEST_DISTANCES)
    assert ["crop" in line for line in told] == [True, False]
    assert "pieces" in told[1]


def test_a_hole_that_pieces_do_not_fill_asks_for_no_memory_for_them() -> None:
    told: list[str] = []
    assert Budget.within(1, plan_fill(disc(300, 400, 60)), told.append).crops == 1
    assert len(told) == 1


def test_wide_holes_are_filled_the_same_within_any_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, steps = [], []

    class Watched(_Candidates):
        def __init__(self, size: Size, seed: int, at_once: int) -> None:
            super().__init__(size, seed, at_once)
            asked.append(at_once)
            steps.append(self.step)

    monkeypatch.setattr("restore.models.inpaint.peeling._Candidates", Watched)
    monkeypatch.setattr(pieces, "MOST_SEARCHED", 30_000)
    picture = np.random.default_rng(4).uniform(0, 1, (200, 260, 3)).astype(np.float32)
    hole = disc(200, 260, 45)
    fill = Inpainter({}, "cpu")
    made = [fill(picture, hole, max_memory=memory) for memory in (None, 25 * MB, 1)]
    assert asked[0] > asked[1] >= asked[2] == FEWEST_DISTANCES
    assert steps[0] > steps[2] > 0
    for one in made[1:]:
        np.testing.assert_array_equal(one, made[0])
    assert (made[0][hole] != fill(picture, hole, fill="smooth")[hole]).any()


def test_any_number_of_distances_at_once_gives_the_same_pieces() -> None:
    picture = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(3))
    hole = torch.zeros(1, 1, 96, 96)
    hole[..., 36:60, 36:60] = 1
    made = [pieces.fill_with_pieces(picture, hole, at_once=count) for count in (DISTANCES_AT_ONCE, 5000, 1)]
    for one in made[1:]:
        assert torch.equal(one.picture, made[0].picture)
        assert one.cost == made[0].cost
