"""The interpolation network: untrained a flow solver that works, and every learned part used."""

from dataclasses import replace

import pytest
import torch

from tests.support.models.interpolator import grown, psnr, texture, untrained


@pytest.mark.parametrize(("across", "down"), [(0.5, 0.25), (3.0, -2.0), (9.5, 4.0)])
def test_untrained_it_finds_motion_and_makes_the_middle(across: float, down: float) -> None:
    """The window moves, so the content moves the other way; the truth is drawn, not interpolated."""
    first, second = texture(96, 128), texture(96, 128, across, down)
    truth = texture(96, 128, across / 2, down / 2)
    network = untrained()
    with torch.inference_mode():
        motion = network.motion(first, second)
        made = network.render(first, second, motion, torch.tensor([0.5])).frame
    inside = (..., slice(16, -16), slice(16, -16))
    expected = torch.tensor([-across, -down]).view(1, 2, 1, 1)
    assert (motion.flow[:1] - expected)[inside].norm(dim=1).mean() < 0.1
    assert (motion.flow[1:] + expected)[inside].norm(dim=1).mean() < 0.1
    assert psnr(made[inside], truth[inside]) > 36
    assert psnr(made, truth) > min(50, psnr((first + second) / 2, truth) + 3)


def test_the_fusion_network_sees_the_recurrences_states() -> None:
    """At sizes that its map has to be padded for too, and each state at its place."""
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


def test_untrained_the_learned_parts_change_nothing() -> None:
    """Two networks with other random weights are the same solver, to the bit."""
    first, second = texture(40, 50), texture(40, 50, 2, 1)
    t = torch.tensor([0.3])
    with torch.inference_mode():
        assert torch.equal(untrained(1)(first, second, t), untrained(2)(first, second, t))
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
        there = untrained()(first, second, torch.tensor([0.25]))
        back = untrained()(second, first, torch.tensor([0.75]))
    assert torch.allclose(there, back, atol=1e-5)


def test_every_parameter_learns() -> None:
    network = grown().train()
    first, second = texture(64, 64), texture(64, 64, 2, 1)
    network(first, second, torch.tensor([0.4])).square().mean().backward()
    unused = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert unused == []
