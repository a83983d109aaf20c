"""What the engine asks of a recipe, and what the recipes of all jobs share: batches, the optimiser step, averages.

A recipe is one network with its data, losses and optimisers. Batches are a pure function of the step, so that a run
which was stopped goes on with the same data; a few are made ahead by worker threads.

    prefetch(data) -> next_batch -> step (the job's losses) -> descend: gradients, clipping, optimisers, average
    validate: the averaged weights on held-out and on learned pictures          state / restore_state: a checkpoint
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from restore.training.engine.config import TrainingSettings
from restore.training.engine.judgement import LEARNED
from restore.training.engine.processes import Processes

BatchT = TypeVar("BatchT")
BatchT_co = TypeVar("BatchT_co", covariant=True)
NetworkT = TypeVar("NetworkT", bound=nn.Module)
NetworkT_contra = TypeVar("NetworkT_contra", bound=nn.Module, contravariant=True)

ALL_SAMPLES = slice(None)
"""All samples of a batch, where one process has it to itself."""
AHEAD = 4
"""Batches that are made before they are asked for."""


class Recipe(Protocol):
    """What the engine asks of a model's recipe."""

    backoff: float
    """What the recipe multiplies its learning rates by: 1 until a breakdown, lower after each."""
    headline: str
    """The figure of a validation that a run is judged by, in dB, higher is better; `judgement.LEARNED` before it names
    that figure on what is learned from, where it is measured."""
    one_goal: bool
    """Whether all stages want that figure to rise; else a run is judged by the stage it starts in."""
    releases_best: bool
    """Whether the weights of the best validation are released; else the last ones."""

    def stage(self, share: float) -> str:
        """Name of the stage that a share 0..1 of the run belongs to."""

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """Take one optimiser step; returns detached scalar losses still on the device."""

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        """Measure on held-out data and write pictures into `folder`."""

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """Why validation figures show a collapse, or None."""

    def state(self) -> dict[str, Any]:
        """Everything needed to go on."""

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up a state."""

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the averaged weights."""


class Data(Protocol[BatchT_co]):
    """Batches as a pure function of the step."""

    def batch(self, step: int, count: int, side: int, own: slice = ALL_SAMPLES) -> BatchT_co:
        """The batch of a step: those of `count` samples of `side` px that `own` selects."""


class Validation(Protocol[NetworkT_contra]):
    """Fixed pictures that a network is measured on."""

    def run(self, network: NetworkT_contra, device: torch.device, sheet: Path | None = None) -> dict[str, float]:
        """Measure the network in evaluation mode; with `sheet` write a picture of some of what it made."""


class Stateful(Protocol):
    """A network, an average or an optimiser, as a checkpoint keeps it."""

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on."""

    def load_state_dict(self, state: dict[str, Any], /) -> object:
        """Take up a state."""


class MovingAverage:
    """The exponential moving average of a module's parameters and buffers: what is validated and released.

    Args:
        module: whose weights to follow.
        decay: share of the average kept per step; early steps keep less, so that the start is forgotten quickly.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.tensors = copy_weights(module)

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards the module's present weights."""
        self.updates += 1
        weight = 1 - min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, tensor in module.state_dict().items():
            self.tensors[name].lerp_(tensor, weight)

    @contextmanager
    def applied(self, module: nn.Module) -> Iterator[None]:
        """Put the average into the module for a while, and its own weights back afterwards."""
        own = copy_weights(module)
        module.load_state_dict(self.tensors)
        try:
            yield
        finally:
            module.load_state_dict(own)

    def snapshot(self) -> dict[str, Tensor]:
        """A copy of the averaged weights."""
        return {name: tensor.clone() for name, tensor in self.tensors.items()}

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"updates": self.updates, "tensors": self.tensors}

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """From a checkpoint; tensors move to where the average already lives."""
        self.updates = int(state["updates"])
        for name, tensor in state["tensors"].items():
            self.tensors[name].copy_(tensor)


class BatchRecipe(ABC, Generic[BatchT, NetworkT]):
    """A recipe of one network that learns from crops; a job adds its losses.

    Args:
        config: the job's settings.
        data: where batches come from.
        network: what is trained; moved to the device.
        device: where to train.
        processes: those that share the run.
    """

    headline: str
    one_goal = True
    releases_best = False
    validation: Validation[NetworkT]
    """On held-out pictures."""
    validation_learned: Validation[NetworkT] | None
    """On pictures that are learned from; None to leave that out."""

    def __init__(
        self,
        config: TrainingSettings,
        data: Data[BatchT],
        network: NetworkT,
        device: torch.device,
        processes: Processes,
    ) -> None:
        self.config, self.data, self.processes, self.device = config, data, processes, device
        self.network = to_device(network, device)
        self.average = MovingAverage(self.network, config.average)
        self.backoff = 1.0
        self.feed: Iterator[BatchT] | None = None
        self._feed_shape: tuple[int, int] | None = None  # before the first batch any feed will do

    @property
    def crops(self) -> tuple[int, int]:
        """Side of a step's crops in pixels, and how many of them are this process's own."""
        return self.config.crop, self.config.batch // self.processes.count

    def change_crops(self, side: int, batch: int) -> None:
        """Train on other crops from now on."""
        self.config, self.feed = replace(self.config, crop=side, batch=batch), None

    def next_batch(self, step: int, count: int, side: int) -> BatchT:
        """The batch of a step that follows the last one asked for."""
        if self.feed is None or self._feed_shape not in (None, (count, side)):
            self.feed = prefetch(self.data, step, count, side, self.processes.own)
            self._feed_shape = (count, side)
        return next(self.feed)

    def descend(self, loss: Tensor, optimisers: Sequence[torch.optim.Optimizer]) -> Tensor:
        """One step of the network against the gradient of a loss, averaged over processes and clipped.

        Returns:
            The gradient's norm before it was clipped.
        """
        self.network.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.processes.average_gradients(self.network.parameters())
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        for optimiser in optimisers:
            optimiser.step()
        self.average.update(self.network)
        return norm

    @abstractmethod
    def stage(self, share: float) -> str:
        """Name of the stage that a share 0..1 of the run belongs to."""

    @abstractmethod
    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """Take one optimiser step; returns detached scalar losses still on the device."""

    @abstractmethod
    def collapsed(self, figures: dict[str, float]) -> str | None:
        """Why validation figures show a collapse, or None."""

    @abstractmethod
    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the averaged weights."""

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        """Figures of the averaged weights on held-out pictures, and the headline figure on learned ones."""
        with self.average.applied(self.network):
            figures = self.validation.run(self.network, self.device, folder / f"step-{step:08d}.png")
            if self.validation_learned is not None:
                learned = self.validation_learned.run(self.network, self.device)
                figures[LEARNED + self.headline] = learned[self.headline]
        return figures

    @abstractmethod
    def parts(self) -> dict[str, Stateful]:
        """What a checkpoint keeps, by name: networks, averages and optimisers."""

    def state(self) -> dict[str, Any]:
        """Weights, averages and optimisers."""
        return {name: part.state_dict() for name, part in self.parts().items()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up what `state` gave; batches begin anew at the step that is asked for next."""
        for name, part in self.parts().items():
            part.load_state_dict(state[name])
        self.feed = None


def prefetch(data: Data[BatchT], start: int, count: int, side: int, own: slice = ALL_SAMPLES) -> Iterator[BatchT]:
    """Batches from step `start` on, a few of them made ahead by worker threads; endless."""
    steps = itertools.count(start)
    with ThreadPoolExecutor() as pool:

        def ask() -> Future[BatchT]:
            return pool.submit(data.batch, next(steps), count, side, own)

        queue = [ask() for _ in range(AHEAD)]
        try:
            while True:
                queue.append(ask())
                yield queue.pop(0).result()
        finally:
            for future in queue:
                future.cancel()


def to_device(module: NetworkT, device: torch.device) -> NetworkT:
    """A module on a device, its convolutions in the memory format that is fast on every device."""
    return module.to(device).to(memory_format=torch.channels_last)


def copy_weights(module: nn.Module) -> dict[str, Tensor]:
    """A copy of a module's parameters and buffers by name."""
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
