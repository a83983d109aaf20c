"""The engine every recipe shares: steps, clock, log, validation, checkpoints, and the end.

A recipe says what one step is; the engine says when. The schedule is a share of the run between 0 and 1, by steps or by
wall time, so that a run of fixed length always ends cooled down. Time spent before an interruption counts.

    share ──► recipe.step ──► losses ──► log.jsonl, TensorBoard, report
                  every few minutes: recipe.validate ──► log.jsonl, pictures;  checkpoint
"""

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from restore.errors import OutputError, TrainingError, UsageError
from restore.training.checkpoint import latest_checkpoint, list_checkpoints, save_checkpoint
from restore.training.config import Settings


class Recipe(Protocol):
    """What the engine asks of a model's recipe."""

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


@dataclass(frozen=True)
class Limits:
    """When a run ends: by `steps` or by `minutes` of wall time, exactly one of them."""

    steps: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise UsageError("a training run ends by steps or by minutes: give one of the two")
        if (self.steps is not None and self.steps < 1) or (self.minutes is not None and not self.minutes > 0):
            raise UsageError("steps and minutes must be positive")

    def share(self, step: int, seconds: float) -> float:
        """How much of the run is done, 0..1."""
        if self.steps is not None:
            return min(1.0, step / self.steps)
        return min(1.0, seconds / (60 * (self.minutes or math.inf)))


def limits_of(config: Settings, run: Path, resume: str) -> Limits:
    """When a run ends by its settings: by steps if they are given.

    Raises:
        UsageError: it never ends, or `resume` is "never" and the run has begun.
    """
    if resume == "never" and (run / "checkpoints").exists():
        raise UsageError(f"{run} holds a run already; name another folder or use --resume auto")
    return Limits(config.steps, None if config.steps is not None else config.minutes)


@dataclass(frozen=True)
class Rhythm:
    """How often the engine does what, in steps and in seconds of wall time."""

    log_steps: int = 20
    validate_seconds: float = 600.0
    checkpoint_seconds: float = 180.0


@dataclass(frozen=True)
class Progress:
    """One report to whoever watches: where the run stands and what the last steps cost."""

    step: int
    steps: int | None
    seconds: float
    remaining: float | None
    stage: str
    losses: dict[str, float] = field(default_factory=dict)
    message: str | None = None


Report = Callable[[Progress], None]


@dataclass
class _Clock:
    """Wall time of this run, earlier sittings included."""

    before: float = 0.0
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return self.before + time.monotonic() - self.started


def train(
    recipe: Recipe, run: Path, limits: Limits, report: Report, *, rhythm: Rhythm, resume: bool, notes: dict[str, Any]
) -> list[Path]:
    """Train until the limit, then release.

    Args:
        recipe: the model's own part.
        run: folder for log, pictures, checkpoints and the released weights.
        limits: end by steps or minutes.
        report: told every `rhythm.log_steps` steps.
        rhythm: intervals.
        resume: go on from the newest checkpoint, if there is one.
        notes: written into the released weights beside steps and seconds.

    Returns:
        The released weight files.

    Raises:
        TrainingError: the losses or the validation went bad; the message names the last good checkpoint.
        KeyboardInterrupt: interrupted; a checkpoint of the last whole step has been written.
    """
    _make_folder(run)
    clock = _Clock()
    step = 0
    state = latest_checkpoint(run, torch.device("cpu")) if resume else None
    if state is not None:
        step, clock.before = int(state["step"]), float(state["seconds"])
        recipe.restore_state(state["recipe"])
        report(_progress(recipe, limits, step, clock.seconds, message=f"resumed at step {step}"))
    saved = validated = clock.seconds
    sums: dict[str, list[Tensor]] = defaultdict(list)

    def checkpoint() -> None:
        save_checkpoint(run, step, {"seconds": clock.seconds, "recipe": recipe.state()})

    with _Log(run) as log:
        try:
            while (share := limits.share(step, clock.seconds)) < 1:
                losses = recipe.step(step, share)
                step += 1
                for name, value in losses.items():
                    sums[name].append(value)
                if step % rhythm.log_steps == 0:
                    means = {name: float(torch.stack(values).mean()) for name, values in sums.items()}
                    sums.clear()
                    log.write("train", step, clock.seconds, recipe.stage(share), means)
                    _demand_finite(means, run)
                    report(_progress(recipe, limits, step, clock.seconds, means))
                if clock.seconds - validated >= rhythm.validate_seconds:
                    _validate(recipe, run, log, step, clock.seconds, share)
                    validated = clock.seconds
                if clock.seconds - saved >= rhythm.checkpoint_seconds and step % rhythm.log_steps == 0:
                    checkpoint()
                    saved = clock.seconds
        except KeyboardInterrupt:
            checkpoint()
            raise
        _validate(recipe, run, log, step, clock.seconds, 1.0)
        checkpoint()
    return recipe.release(run, {**notes, "steps": step, "seconds": round(clock.seconds)})


def _validate(recipe: Recipe, run: Path, log: "_Log", step: int, seconds: float, share: float) -> None:
    figures = recipe.validate(run / "pictures", step)
    log.write("validate", step, seconds, recipe.stage(share), figures)
    _demand_finite(figures, run)
    reason = recipe.collapsed(figures)
    if reason:
        raise TrainingError(f"training collapsed at step {step}: {reason}; {_last_good(run)}")


def _demand_finite(values: dict[str, float], run: Path) -> None:
    bad = [name for name, value in values.items() if not math.isfinite(value)]
    if bad:
        raise TrainingError(f"training broke down: {', '.join(bad)} is not finite; {_last_good(run)}")


def _last_good(run: Path) -> str:
    paths = list_checkpoints(run)
    if not paths:
        return "there is no checkpoint yet; lower the learning rate"
    return f"the last good checkpoint is {paths[-1]}; lower the learning rate and resume"


def _progress(
    recipe: Recipe,
    limits: Limits,
    step: int,
    seconds: float,
    losses: dict[str, float] | None = None,
    message: str | None = None,
) -> Progress:
    share = limits.share(step, seconds)
    remaining = seconds * (1 - share) / share if share > 0 and step > 0 else None
    return Progress(step, limits.steps, seconds, remaining, recipe.stage(share), losses or {}, message)


def _make_folder(run: Path) -> None:
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the run's folder {run}: {error.strerror or error}") from error


class _Log(AbstractContextManager["_Log"]):
    """Appends to `log.jsonl`, and to TensorBoard where it is installed."""

    def __init__(self, run: Path) -> None:
        self._file = (run / "log.jsonl").open("a", encoding="utf-8")
        self._board = _open_tensorboard(run)

    def write(self, kind: str, step: int, seconds: float, stage: str, values: dict[str, float]) -> None:
        row = {"kind": kind, "step": step, "seconds": round(seconds, 1), "stage": stage, **values}
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()
        with self._board as board:
            for name, value in values.items():
                if board is not None:
                    board.add_scalar(f"{kind}/{name}", value, step)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _open_tensorboard(run: Path) -> AbstractContextManager[Any]:
    """A context that yields TensorBoard's writer, or None where the `[train]` extra is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return nullcontext(None)
    return nullcontext(SummaryWriter(str(run / "tensorboard")))


def cosine(share: float, start: float, end: float, warmup: float = 0.0) -> float:
    """A rate that warms up linearly over the first `warmup` of the run and then falls along a half cosine."""
    if share < warmup:
        return start * share / warmup
    place = (share - warmup) / max(1e-9, 1 - warmup)
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * min(1.0, place)))


def learning_rate(optimisers: Iterator[torch.optim.Optimizer] | list[torch.optim.Optimizer], rate: float) -> None:
    """Set the learning rate of every group."""
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate
