"""Tones blended: against a dense solution, and untouched where pieces agree."""

import numpy as np
import pytest
import torch

from restore.models.inpaint import blending
from restore.models.inpaint.blending import enlarged, tone_correction, toned
from restore.models.inpaint.patches import Size

STEP = 0.02
"""Difference in tone between a piece and what is around the hole."""


def size_of(picture: torch.Tensor) -> Size:
    hole = torch.zeros(picture.shape[-2:], dtype=torch.bool)
    hole[14:26, 14:27] = True
    return Size.of(picture, hole, 1)


def blend_tones(size: Size, places: torch.Tensor) -> torch.Tensor:
    return toned(size.composed(places), tone_correction(size, places))


def shifted(size: Size, columns: int) -> torch.Tensor:
    """Every target from the place so many columns to the left."""
    return size.targets - columns


def test_pieces_that_agree_stay_as_they_are() -> None:
    columns = torch.arange(60).expand(40, 60)
    picture = (0.5 + 0.1 * (columns % 2)).expand(1, 3, -1, -1)
    size = size_of(picture.contiguous())
    assert (blend_tones(size, shifted(size, -20)) - size.composed(shifted(size, -20))).abs().max() < 0.01


def test_a_step_at_the_rim_is_spread_as_the_screened_poisson_equation_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same piece everywhere, 0.02 darker than what is around the hole: solved densely with numpy."""
    monkeypatch.setattr(blending, "ITERATIONS", 30)
    picture = torch.full((1, 3, 40, 100), 0.5)
    picture[..., 50:] = 0.48
    size = size_of(picture)
    places = shifted(size, -46)
    made = blend_tones(size, places)[0, 0].numpy()
    inside = np.argwhere(size.hole.numpy())
    number = {tuple(pixel): n for n, pixel in enumerate(inside)}
    system, right = np.zeros((len(inside), len(inside))), np.zeros(len(inside))
    for n, (row, column) in enumerate(inside):
        system[n, n] = -4 - 1 / blending.REACH**2
        for other in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if other in number:
                system[n, number[other]] = 1
            else:
                right[n] -= STEP / (1 + (STEP / blending.EDGE) ** 2)  # that should vanish across the rim
    wanted = 0.48 + blending.LARGEST * np.tanh(np.linalg.solve(system, right) / blending.LARGEST)
    assert np.abs(made[tuple(inside.T)] - wanted).max() < 1e-4
    assert (made[~size.hole.numpy()] == picture[0, 0][~size.hole].numpy()).all()


def test_no_correction_is_larger_than_the_ceiling() -> None:
    picture = torch.zeros(1, 3, 40, 100)
    picture[..., 50:] = 1.0
    size = size_of(picture)
    made = blend_tones(size, shifted(size, -46))
    assert (made - size.composed(shifted(size, -46))).abs().max() <= blending.LARGEST


def test_an_outline_of_thin_parts_is_solved_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comb: coarse grids see its teeth as one. The correction is that of the dense system."""
    monkeypatch.setattr(blending, "ITERATIONS", 30)
    hole = torch.zeros(24, 30, dtype=torch.bool)
    hole[4:20, 5:25:2], hole[4:7, 5:25] = True, True
    excess = torch.randn(1, 3, 24, 30, generator=torch.Generator().manual_seed(1)) * hole
    made = blending._solve(excess, hole)
    inside = np.argwhere(hole.numpy())
    number = {tuple(pixel): n for n, pixel in enumerate(inside)}
    system = np.diag(np.full(len(inside), -4 - 1 / blending.REACH**2))
    for n, (row, column) in enumerate(inside):
        for other in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if other in number:
                system[n, number[other]] = 1
    wanted = np.linalg.solve(system, excess[0].numpy()[:, *inside.T].T)
    assert np.abs(made[0].numpy()[:, *inside.T].T - wanted).max() < 1e-3
    assert not made[..., ~hole].any()


def test_a_correction_of_a_smaller_size_is_that_of_the_larger_one_in_the_hole_alone() -> None:
    hole = torch.zeros(40, 60, dtype=torch.bool)
    hole[10:30, 20:40] = True
    ramp = torch.linspace(0, 1, 30).expand(1, 3, 20, 30)
    made = enlarged(ramp, hole)
    assert not made[..., ~hole].any()
    wanted = (torch.arange(20, 40) + 0.5) / 2 - 0.5
    assert torch.allclose(made[0, 0, 15, 20:40], wanted / 29, atol=1e-5)
    assert torch.equal(enlarged(made, hole), made)
