"""From what a user asks for to a run: the same way for every job, which adds only how its recipe is built.

TrainingRequest ─► prepared: device and processes, weights to start from ──► build(Setup) ──► recipe ─┐
                                                                                                      ├──► train
                             settings ──► Plan: limits, intervals, notes ─────────────────────────────┘
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from restore.callbacks import Notify
from restore.devices import pick_device
from restore.errors import UsageError
from restore.pretrained import Weights, load_weights, only_of_kind
from restore.training.engine.config import TrainingSettings
from restore.training.engine.loop import Plan, Progress, TrainingCallback, train
from restore.training.engine.processes import Processes, joined_processes
from restore.training.engine.recipe import BatchRecipe
from restore.training.engine.schedule import Intervals, Limits

SettingsT = TypeVar("SettingsT", bound=TrainingSettings)
RecipeT = TypeVar("RecipeT", bound=BatchRecipe[Any, Any])


@dataclass(frozen=True)
class TrainingRequest(Generic[SettingsT]):
    """What a user asks for."""

    data: Path
    """Folder of what is learned from; each job's `build` says what it may hold."""
    run: Path
    """Folder for log, pictures, checkpoints and weights."""
    settings: SettingsT
    """The recipe's settings; their `steps` or `minutes` end the run."""
    device: str = "auto"
    """Where to train, as `restore.devices.pick_device` reads it."""
    resume: str = "auto"
    """With "auto" it goes on from the run's newest checkpoint; "never" refuses a run that has one."""
    start_from: str | None = None
    """Name or path of weights to start from; None trains from the network's initialisation."""

    def limits(self) -> Limits:
        """When the run ends: by steps if they are given.

        Raises:
            UsageError: it never ends, or `resume` is "never" and the run has begun.
        """
        if self.resume == "never" and (self.run / "checkpoints").exists():
            raise UsageError(f"{self.run} holds a run already; name another folder or use --resume auto")
        steps, minutes = self.settings.steps, self.settings.minutes
        return Limits(steps, None if steps is not None else minutes)


@dataclass(frozen=True)
class Setup(Generic[SettingsT]):
    """What a job builds its recipe with."""

    request: TrainingRequest[SettingsT]
    """What the user asks for."""
    device: torch.device
    """Where this process trains."""
    processes: Processes
    """Those that share the run."""
    start: dict[str, Weights] | None
    """Weights to start from, by role; None for the network's initialisation."""
    notify: Notify
    """Called with messages; it passes on those of the main process."""

    def start_of(self, kind: str, network: str) -> Weights | None:
        """The weights to start from, of a job that has a single network; None for its initialisation.

        Raises:
            WeightsError: they are of another network.
        """
        return None if self.start is None else only_of_kind(self.start, kind, str(self.request.start_from), network)


Build = Callable[[Setup[SettingsT]], tuple[RecipeT, dict[str, Any]]]
"""How a job makes its recipe; and notes to write into the released weights."""


def train_model(
    request: TrainingRequest[SettingsT], build: Build[SettingsT, RecipeT], on_progress: TrainingCallback
) -> list[Path]:
    """Train a model of a job.

    Args:
        request: data, run and settings.
        build: how the job makes its recipe, such as `restore.training.codec.recipe.build_codec`.
        on_progress: called with how the run stands.

    Returns:
        The released weight files.

    Raises:
        UsageError: settings that contradict each other.
        InputError: nothing to learn from, damaged files, or the same picture to learn from and held out.
        TrainingError: the run broke down or collapsed.
    """
    with prepared(request, build, on_progress) as (recipe, plan):
        return train(recipe, plan, on_progress)


@contextmanager
def prepared(
    request: TrainingRequest[SettingsT], build: Build[SettingsT, RecipeT], on_progress: TrainingCallback
) -> Iterator[tuple[RecipeT, Plan]]:
    """The recipe with its data, and the plan of the run, that `train_model` with these arguments trains."""
    settings, limits = request.settings, request.limits()
    with joined_processes(pick_device(request.device)) as (processes, device):
        processes.require_even_shares(*settings.batches)

        def notify(message: str) -> None:
            if processes.is_main:
                on_progress(Progress.of_message(message))

        start = None if request.start_from is None else load_weights(request.start_from)
        recipe, notes = build(Setup(request, device, processes, start, notify))
        intervals = Intervals(settings.log_steps, settings.validate_seconds, settings.checkpoint_seconds)
        notes = {**notes, "seed": settings.seed, "device": device.type}
        resume = request.resume == "auto"
        yield recipe, Plan(request.run, limits, intervals, resume, start is not None, processes, notes)
