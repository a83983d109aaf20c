"""The two flows between two frames: what the solver finds untrained, and what corrections and efforts change."""

from dataclasses import replace

import pytest
import torch

from restore.models.interpolate.flow import EFFORTS
from tests.support.models.interpolator import grown, texture, untrained


@pytest.mark.parametrize(("gain", "offset", "most"), [(1.0, 0.15, 0.15), (0.85, 0.0, 0.4)])
def test_a_fade_is_not_taken_for_motion(gain: float, offset: float, most: float) -> None:
    """A flow that compares colours as they are is off by 2.0 and 1.1 pixels here."""
    first, second = texture(96, 128), gain * texture(96, 128, 3, 1) + offset
    with torch.inference_mode():
        flow = untrained().motion(first, second).flow
    error = (flow[:1] - torch.tensor([-3.0, -1.0]).view(1, 2, 1, 1)).norm(dim=1)
    assert error[..., 16:-16, 16:-16].mean() < most


def test_a_correction_lasts_through_the_finer_levels() -> None:
    """Half a pixel to the right, with a stiff prior, against what the pictures show."""
    network = untrained()
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


def test_where_nothing_is_seen_neighbours_decide() -> None:
    """An even band across moving texture moves with it."""
    frames = [texture(96, 128, place, 0) for place in (0, 3)]
    for frame in frames:
        frame[..., 44:52, :] = 0.5
    with torch.inference_mode():
        flow = untrained().motion(*frames).flow[0, 0, 46:50, 24:-24]
    assert (flow + 3).abs().mean() < 0.5


@pytest.mark.parametrize(
    "changes", [{"stateless": True}, {"levels": 1}, {"steps": 1, "finest_steps": 1}, {"learned": 1}, {"spread": 9}]
)
def test_every_part_of_the_effort_counts(changes: dict[str, int]) -> None:
    first, second = texture(96, 96), texture(96, 96, 4, 2)
    network = grown()
    with torch.inference_mode():
        whole = network.motion(first, second, EFFORTS[2]).flow
        assert not torch.equal(whole, network.motion(first, second, replace(EFFORTS[2], **changes)).flow)
