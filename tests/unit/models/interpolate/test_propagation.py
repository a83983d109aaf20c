"""Flows taken over from neighbours."""

import torch

from restore.models.interpolate.lucas_kanade import describe
from restore.models.interpolate.propagation import propagate
from tests.support.models.interpolator import texture


def test_a_better_flow_spreads_and_a_worse_one_does_not() -> None:
    """Half of a flow is right, the other half is zero."""
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
