"""The best averaged weights of a stage: what a run releases, because on small data the last ones are often worse."""

from typing import Any

from torch import Tensor

from restore.training.engine.recipe import MovingAverage


class BestWeights:
    """Averaged weights of the validation with the best figure so far."""

    def __init__(self) -> None:
        self.figure: float | None = None
        self.tensors: dict[str, Tensor] | None = None

    def offer(self, figure: float, average: MovingAverage) -> None:
        """Keep a copy of an average whose figure, higher is better, is above all before."""
        if self.figure is None or figure > self.figure:
            self.figure, self.tensors = figure, average.snapshot()

    def or_last(self, average: MovingAverage) -> dict[str, Tensor]:
        """A copy of the best weights; of the present average where none were measured."""
        if self.tensors is None:
            return average.snapshot()
        return {name: tensor.clone() for name, tensor in self.tensors.items()}

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"figure": self.figure, "tensors": self.tensors}

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """From a checkpoint; tensors stay where they were loaded to."""
        self.figure, self.tensors = state["figure"], state["tensors"]
