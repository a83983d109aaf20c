"""The Gauss-Newton step: its prior, and the gradients through it."""

import pytest
import torch
from torch import Tensor

from restore.models.interpolate.lucas_kanade import FlowPrior, Step, describe, gauss_newton, pyramid, step_with_prior
from restore.models.interpolate.warping import warp
from tests.support.models.interpolator import texture


def test_a_pyramid_halves() -> None:
    sizes = [tuple(level.shape[-2:]) for level in pyramid(torch.zeros(1, 3, 100, 130))]
    assert sizes == [(100, 130), (50, 65), (25, 32), (12, 16)]


def step_at(flow: Tensor) -> Step:
    """A step between pictures three pixels apart."""
    fixed, moving = (describe(texture(40, 60, place, 0), colours=False) for place in (0, 3))
    return gauss_newton(fixed, warp(moving, flow), flow)


def test_a_step_without_stiffness_is_the_classical_one() -> None:
    flow = torch.full((1, 2, 40, 60), -0.5)
    found = step_at(flow)
    free = step_with_prior(found, flow, FlowPrior(flow + 100, torch.zeros(1, 1, 40, 60)))
    assert torch.allclose(free, flow + found.increment)


def test_a_stiff_step_ends_where_it_is_pulled_to() -> None:
    flow = torch.full((1, 2, 40, 60), -0.5)
    there = FlowPrior(flow + torch.tensor([0.4, -0.3]).view(1, 2, 1, 1), torch.full((1, 1, 40, 60), 1e3))
    assert torch.allclose(step_with_prior(step_at(flow), flow, there), there.flow, atol=1e-3)


def test_what_a_step_is_pulled_to_counts_as_its_gradient_says() -> None:
    """Finite differences of the step itself, and of where many steps come to rest."""
    flow = torch.full((1, 2, 40, 60), -2.8)
    target = torch.full_like(flow, -2.6).requires_grad_()
    stiffness = torch.full((1, 1, 40, 60), 5e-3, requires_grad=True)

    def end(target: Tensor, stiffness: Tensor, steps: int) -> Tensor:
        reached = flow
        for _ in range(steps):
            reached = step_with_prior(step_at(reached.detach()), reached, FlowPrior(target, stiffness))
        return reached[..., 10:30, 10:50].mean()

    for steps, tolerance in ((1, 0.01), (8, 0.1)):
        slopes = torch.autograd.grad(end(target, stiffness, steps), (target, stiffness))
        with torch.no_grad():
            here = end(target, stiffness, steps)
            moved = end(target + 1e-2, stiffness, steps) - here
            stiffer = end(target, stiffness + 2e-4, steps) - here
        assert float(slopes[0].sum() * 1e-2) == pytest.approx(float(moved), rel=tolerance)
        assert float(slopes[1].sum() * 2e-4) == pytest.approx(float(stiffer), rel=0.05 + tolerance)
