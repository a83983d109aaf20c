"""The best averaged weights of a stage: kept, replaced by better ones only, and part of a checkpoint."""

from pathlib import Path

import torch

from restore.training.engine.best import BestWeights
from restore.training.engine.recipe import MovingAverage


def average_of(value: float) -> MovingAverage:
    layer = torch.nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(value)
    return MovingAverage(layer, 0.9)


def test_only_better_weights_take_the_place_of_the_best() -> None:
    best = BestWeights()
    assert best.or_last(average_of(7.0))["weight"].item() == 7.0, "nothing measured yet"
    for figure, value in ((0.5, 1.0), (0.8, 2.0), (0.6, 3.0)):
        best.offer(figure, average_of(value))
    assert best.figure == 0.8
    assert best.or_last(average_of(7.0))["weight"].item() == 2.0


def test_the_best_weights_are_a_copy() -> None:
    best, average = BestWeights(), average_of(1.0)
    best.offer(0.5, average)
    average.tensors["weight"].fill_(9.0)
    taken = best.or_last(average)
    assert taken["weight"].item() == 1.0
    taken["weight"].fill_(8.0)
    assert best.or_last(average)["weight"].item() == 1.0


def test_a_checkpoint_holds_them(tmp_path: Path) -> None:
    best, again = BestWeights(), BestWeights()
    torch.save(best.state_dict(), tmp_path / "none.pt")
    again.load_state_dict(torch.load(tmp_path / "none.pt", weights_only=True))
    assert again.figure is None
    best.offer(0.5, average_of(1.0))
    torch.save(best.state_dict(), tmp_path / "one.pt")
    again.load_state_dict(torch.load(tmp_path / "one.pt", weights_only=True))
    again.offer(0.4, average_of(2.0))
    assert again.or_last(average_of(7.0))["weight"].item() == 1.0
