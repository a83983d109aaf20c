"""The interpolation network: at birth a flow solver that works, and every learned part alive."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from restore.models.filters import blur, median
from restore.models.interpolate.flow import EFFORTS
from restore.models.interpolate.lucas_kanade import FlowPrior, Step, describe, gauss_newton, pyramid, step_with_prior
from restore.models.interpolate.network import Interpolator, InterpolatorConfig
from restore.models.interpolate.propagation import propagate
from restore.models.interpolate.warping import resize_flow, splat, stays_inside, warp
from restore.pipelines.interpolate.rendering import hold_still

TINY = InterpolatorConfig(hidden=8, features=8, fusion=(8, 12), blocks=(1, 1))


def newborn(seed: int = 0) -> Interpolator:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Interpolator(TINY).eval()


def grown(seed: int = 0) -> Interpolator:
    """A network whose last layers say something."""
    network = newborn(seed)
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in (network.recurrence.head[-1], network.fusion.head):
            layer.weight.add_(0.3 * torch.randn(layer.weight.shape, generator=noise))
    return network


def texture(height: int, width: int, left: float = 0.0, top: float = 0.0) -> Tensor:
    """`(1, 3, height, width)`, 0..1: a sum of waves, seen from a window at (left, top); no resampling is involved."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    picture = np.zeros((3, height, width))
    for _ in range(40):
        across, down = rng.normal(0, 0.25, 2)
        picture += rng.normal(0, 1, (3, 1, 1)) * np.sin(across * (x + left) + down * (y + top) + rng.uniform(0, 6))
    return torch.from_numpy(0.5 + picture / 30).clamp(0, 1).float()[None]


def psnr(a: Tensor, b: Tensor) -> float:
    return float(-10 * torch.log10((a - b).square().mean()))


def test_median_is_the_median() -> None:
    x = torch.rand(2, 2, 11, 17, generator=torch.Generator().manual_seed(0))
    expected = ndimage.median_filter(x.numpy(), size=(1, 1, 3, 3), mode="nearest")
    assert np.array_equal(median(x).numpy(), expected)


def test_blur_is_a_gaussian() -> None:
    x = torch.rand(1, 2, 13, 9, generator=torch.Generator().manual_seed(0))
    expected = ndimage.gaussian_filter(x.numpy(), (0, 0, 1.6, 1.6), radius=(0, 0, 3, 3), mode="nearest")
    assert np.abs(blur(x, 3, 1.6).numpy() - expected).max() < 1e-5


def test_warp_fetches_and_splat_pushes() -> None:
    x = torch.rand(1, 3, 10, 12, generator=torch.Generator().manual_seed(0))
    flow = torch.zeros(1, 2, 10, 12)
    assert torch.allclose(warp(x, flow), x, atol=1e-6)
    flow[:, 0], flow[:, 1] = 3, -2
    assert torch.allclose(warp(x, flow)[..., 2:, :-3], x[..., :-2, 3:], atol=1e-5)
    pushed, arrived = splat(x, flow, torch.full((1, 1, 10, 12), 0.5))
    assert torch.allclose(pushed[..., :-2, 3:], 0.5 * x[..., 2:, :-3])
    assert torch.equal(arrived[..., :-2, 3:], torch.full((1, 1, 8, 9), 0.5))
    assert not arrived[..., -2:, :].any()
    assert not arrived[..., :3].any()
    assert stays_inside(flow).sum() == 8 * 9


def test_nothing_is_lost_by_splatting_inside() -> None:
    rng = torch.Generator().manual_seed(1)
    flow = torch.zeros(2, 2, 20, 20)
    flow[..., 5:15, 5:15] = 8 * torch.rand(2, 2, 10, 10, generator=rng) - 4
    weight = torch.rand(2, 1, 20, 20, generator=rng)
    _, arrived = splat(flow, flow, weight)
    assert torch.allclose(arrived.sum((1, 2, 3)), weight.sum((1, 2, 3)), rtol=1e-5)


def test_a_resized_flow_is_longer_in_proportion() -> None:
    flow = torch.ones(1, 2, 6, 10)
    resized = resize_flow(flow, (12, 30))
    assert torch.allclose(resized[:, 0], torch.tensor(3.0))
    assert torch.allclose(resized[:, 1], torch.tensor(2.0))


def test_a_pyramid_halves() -> None:
    sizes = [tuple(level.shape[-2:]) for level in pyramid(torch.zeros(1, 3, 100, 130))]
    assert sizes == [(100, 130), (50, 65), (25, 32), (12, 16)]


@pytest.mark.parametrize(("across", "down"), [(0.5, 0.25), (3.0, -2.0), (9.5, 4.0)])
def test_the_newborn_sees_motion_and_makes_the_middle(across: float, down: float) -> None:
    """The window moves, so the content moves the other way; the truth is drawn, not interpolated."""
    first, second = texture(96, 128), texture(96, 128, across, down)
    truth = texture(96, 128, across / 2, down / 2)
    network = newborn()
    with torch.inference_mode():
        motion = network.motion(first, second)
        made = network.render(first, second, motion, torch.tensor([0.5])).frame
    inside = (..., slice(16, -16), slice(16, -16))
    expected = torch.tensor([-across, -down]).view(1, 2, 1, 1)
    assert (motion.flow[:1] - expected)[inside].norm(dim=1).mean() < 0.1
    assert (motion.flow[1:] + expected)[inside].norm(dim=1).mean() < 0.1
    assert psnr(made[inside], truth[inside]) > 36
    assert psnr(made, truth) > min(50, psnr((first + second) / 2, truth) + 3)


@pytest.mark.parametrize(("gain", "offset", "most"), [(1.0, 0.15, 0.15), (0.85, 0.0, 0.4)])
def test_a_fade_is_not_taken_for_motion(gain: float, offset: float, most: float) -> None:
    """A flow that compares colours as they are is off by 2.0 and 1.1 pixels here."""
    first, second = texture(96, 128), gain * texture(96, 128, 3, 1) + offset
    with torch.inference_mode():
        flow = newborn().motion(first, second).flow
    error = (flow[:1] - torch.tensor([-3.0, -1.0]).view(1, 2, 1, 1)).norm(dim=1)
    assert error[..., 16:-16, 16:-16].mean() < most


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


def test_what_the_recurrence_tells_outlasts_the_finer_levels() -> None:
    """It says "half a pixel to the right, and hold to it", against what the pictures show."""
    network = newborn()
    first, second = texture(96, 128), texture(96, 128, 1, 0)
    with torch.inference_mode():
        seen = network.motion(first, second).flow
        network.recurrence.head[-1].bias[:2] = torch.tensor([2.0, 0.0])
        drawn_back = network.motion(first, second).flow
        network.recurrence.head[-1].bias[4:] = 3.0
        held = network.motion(first, second).flow
    moved_by = [(flow - seen)[:, 0, 16:-16, 16:-16].mean() for flow in (drawn_back, held)]
    assert moved_by[0] < 0.4, moved_by
    assert moved_by[1] > 0.8


def test_the_fusion_is_told_what_the_recurrence_remembers() -> None:
    """At sizes that its map has to be padded for too, and where each thing is."""
    network = grown()
    torch.nn.init.normal_(network.fusion.remember.weight)
    first, second, t = texture(61, 83), texture(61, 83, 2, 1), torch.tensor([0.5])
    with torch.inference_mode():
        motion = network.motion(first, second)
        whole = network.render(first, second, motion, t).frame
        state = motion.state.clone()
        state[..., -4:] += 1
        other = network.render(first, second, replace(motion, state=state), t).frame
    changed = (other - whole).abs().amax((0, 1, 2)).nonzero()
    assert changed.max() == 82
    assert changed.min() > 83 // 2


def test_where_nothing_is_seen_neighbours_decide() -> None:
    """An even band across moving texture moves with it."""
    frames = [texture(96, 128, place, 0) for place in (0, 3)]
    for frame in frames:
        frame[..., 44:52, :] = 0.5
    with torch.inference_mode():
        flow = newborn().motion(*frames).flow[0, 0, 46:50, 24:-24]
    assert (flow + 3).abs().mean() < 0.5


def test_a_better_flow_spreads_and_a_worse_one_does_not() -> None:
    """Half of a picture knows its motion, the other half believes that it stands still."""
    fixed, moving = describe(texture(40, 60), colours=True), describe(texture(40, 60, 6, 0), colours=True)
    flow = torch.zeros(1, 2, 40, 60)
    flow[:, 0, :, :30] = -6
    spread = propagate(flow, fixed, moving)
    assert (spread[..., 10:-10, 30:40] - flow[..., 10:-10, :10]).abs().max() == 0
    assert torch.equal(spread[..., :20], flow[..., :20])
    for _ in range(3):
        spread = propagate(spread, fixed, moving)
    assert (spread[:, 0, 10:-10, 10:-10] == -6).all()
    assert torch.equal(propagate(torch.zeros_like(flow), fixed, fixed), torch.zeros_like(flow))


def test_at_birth_the_learned_parts_say_nothing() -> None:
    """Two networks with other random weights are the same solver, to the bit."""
    first, second = texture(40, 50), texture(40, 50, 2, 1)
    t = torch.tensor([0.3])
    with torch.inference_mode():
        assert torch.equal(newborn(1)(first, second, t), newborn(2)(first, second, t))
        assert not torch.equal(grown(1)(first, second, t), grown(2)(first, second, t))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3), (17, 31), (25, 24), (64, 49)])
def test_any_size(size: tuple[int, int]) -> None:
    frame = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        made = grown()(frame, frame.flip(-1), torch.tensor([0.5]))
    assert made.shape == frame.shape
    assert made.isfinite().all()


def test_the_ends_are_the_frames() -> None:
    first, second = texture(40, 56), texture(40, 56, 3, 0)
    with torch.inference_mode():
        motion = grown().motion(first, second)
        for t, frame in ((0.0, first), (1.0, second)):
            assert torch.allclose(grown().render(first, second, motion, torch.tensor([t])).frame, frame, atol=1e-5)


def test_exchanging_the_frames_turns_time_around() -> None:
    first, second = texture(40, 56), texture(40, 56, 3, 1)
    with torch.inference_mode():
        there = newborn()(first, second, torch.tensor([0.25]))
        back = newborn()(second, first, torch.tensor([0.75]))
    assert torch.allclose(there, back, atol=1e-5)


def test_every_parameter_learns() -> None:
    network = grown().train()
    first, second = texture(64, 64), texture(64, 64, 2, 1)
    network(first, second, torch.tensor([0.4])).square().mean().backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@pytest.mark.parametrize(
    "changes", [{"stateless": True}, {"levels": 1}, {"steps": 1, "finest_steps": 1}, {"learned": 1}, {"spread": 9}]
)
def test_every_part_of_the_effort_counts(changes: dict[str, int]) -> None:
    first, second = texture(96, 96), texture(96, 96, 4, 2)
    network = grown()
    with torch.inference_mode():
        whole = network.motion(first, second, EFFORTS[2]).flow
        assert not torch.equal(whole, network.motion(first, second, replace(EFFORTS[2], **changes)).flow)


def test_a_logo_stands_still_over_moving_ground() -> None:
    frames = [texture(72, 96, place, 0) for place in (0, 2, 4)]
    for frame in frames:
        frame[..., 30:44, 30:60] = torch.tensor([0.9, 0.1, 0.2]).view(1, 3, 1, 1)
    network, t = newborn(), torch.tensor([0.5])
    with torch.inference_mode():
        rendered = network.render(frames[0], frames[2], network.motion(frames[0], frames[2]), t)
        held = hold_still(frames[0], frames[2], rendered, t)
    logo = (..., slice(30, 44), slice(30, 60))
    assert (held - frames[1])[logo].abs().mean() < 1 / 255
    assert psnr(held, frames[1]) >= psnr(rendered.frame, frames[1])


def test_what_passes_before_a_still_sky_is_not_wiped_out() -> None:
    def scene(left: int) -> Tensor:
        frame = torch.full((1, 3, 64, 96), 0.6)
        frame[..., 24:40, left : left + 16] = texture(16, 16)
        return frame

    first, truth, second = scene(20), scene(30), scene(40)
    network, t = newborn(), torch.tensor([0.5])
    with torch.inference_mode():
        rendered = network.render(first, second, network.motion(first, second), t)
        held = hold_still(first, second, rendered, t)
    ball = (..., slice(24, 40), slice(30, 46))
    assert psnr(held[ball], truth[ball]) > psnr(rendered.frame[ball], truth[ball]) - 0.5
