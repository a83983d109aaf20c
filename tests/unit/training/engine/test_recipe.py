"""What recipes share: the averaged weights, and batches made ahead."""

import pytest
import torch
from torch import Tensor

from restore.training.engine.recipe import ALL_SAMPLES, MovingAverage, prefetch


def test_averages_follow_and_step_aside() -> None:
    module = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(module.weight, 0.0)
    average = MovingAverage(module, decay=0.5)
    torch.nn.init.constant_(module.weight, 8.0)
    average.update(module)  # early steps keep (1 + 1) / (10 + 1) of the average
    assert average.tensors["weight"].item() == pytest.approx(8 * 9 / 11)
    with average.applied(module):
        assert module.weight.item() == pytest.approx(8 * 9 / 11)
    assert module.weight.item() == 8.0


def test_batches_made_ahead_are_those_of_their_steps() -> None:
    class Numbers:
        def batch(self, step: int, count: int, side: int, own: slice = ALL_SAMPLES) -> Tensor:
            return torch.full((count, side), step)[own]

    feed = prefetch(Numbers(), 5, 4, 2, slice(1, None, 2))
    for step in range(5, 20):
        assert torch.equal(next(feed), torch.full((2, 2), step))
    feed.close()
