"""The engine every recipe shares: steps, clock, log, validation, checkpoints, and the end.

A recipe says what one step is; the engine says when. The schedule is a share of the run between 0 and 1, by steps or by
wall time, so that a run of fixed length always ends cooled down. Time spent before an interruption counts.

    share ──► recipe.step ──► losses ──► log.jsonl, TensorBoard, report
                  every few minutes: recipe.validate ──► log.jsonl, pictures, judgement;  checkpoint

A run whose losses or figures go bad goes back to its last good checkpoint and on at half the learning rate, and tells.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from restore.errors import InputError, OutputError, TrainingError, UsageError
from restore.training.checkpoint import (
    latest_checkpoint,
    list_checkpoints,
    load_checkpoint,
    save_checkpoint,
    step_of,
)
from restore.training.config import Settings
from restore.training.judgement import LEARNED, Judgement, Measured
from restore.training.run_log import RunLog, read_log

EASE = 0.5
"""What the learning rates are multiplied by after a breakdown."""
RECOVERIES = 3
"""Breakdowns that a sitting gets over."""


class Recipe(Protocol):
    """What the engine asks of a model's recipe."""

    ease: float
    """What the recipe multiplies its learning rates by; 1 until a breakdown."""
    headline: str
    """The figure of a validation that a run is judged by, in dB, higher is better; `judgement.LEARNED` before it names
    the same on what is learned from, where that is measured."""

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

    @classmethod
    def told(cls, message: str) -> "Progress":
        """A message before the first step."""
        return cls(0, None, 0.0, None, "", message=message)


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
    recipe: Recipe,
    run: Path,
    limits: Limits,
    report: Report,
    *,
    rhythm: Rhythm,
    resume: bool,
    notes: dict[str, Any],
    compare: bool = False,
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
        compare: measure what the run starts from too, and tell at the end whether it got better.

    Returns:
        The released weight files.

    Raises:
        TrainingError: the losses or the validation went bad, and going back did not help; the message names the last
            good checkpoint.
        KeyboardInterrupt: interrupted; a checkpoint of the last whole step has been written.
    """
    _make_folder(run)
    sitting = _Sitting(recipe, run, limits, report, rhythm, compare=compare)
    if resume:
        sitting.resume()
    with RunLog(run) as log:
        while True:
            try:
                sitting.go_on(log)
                break
            except _BreakdownError as breakdown:
                sitting.go_back(breakdown)
    verdict = sitting.judgement.verdict()
    if verdict:
        sitting.tell(verdict)
    return recipe.release(run, {**notes, "steps": sitting.step, "seconds": round(sitting.clock.seconds)})


class _BreakdownError(Exception):
    """Losses or figures went bad; checkpoints of steps up to `good` may be whole."""

    def __init__(self, reason: str, good: float) -> None:
        super().__init__(reason)
        self.good = good


class _Sitting:
    """A run from its beginning or its last checkpoint to its end."""

    def __init__(
        self, recipe: Recipe, run: Path, limits: Limits, report: Report, rhythm: Rhythm, *, compare: bool
    ) -> None:
        self.recipe, self.run, self.limits, self.report, self.rhythm = recipe, run, limits, report, rhythm
        self.compare = compare
        self.clock = _Clock()
        self.step = 0
        self.good = 0  # step of the last validation that went well
        self.recoveries = RECOVERIES
        self.tried: set[int] = set()  # checkpoints gone back to
        self.judgement = Judgement(recipe.headline)

    def resume(self) -> None:
        """Take up the newest checkpoint, if there is one."""
        state = latest_checkpoint(self.run, torch.device("cpu"))
        if state is not None:
            self.clock.before = float(state["seconds"])
            self._take_up(state)
            self.recipe.ease = float(state.get("ease", 1.0))
            rows = [_measured(row, self.recipe.headline) for row in read_log(self.run) if row["kind"] == "validate"]
            self.judgement.rows = [row for row in rows if row.step <= self.step]
            self.tell(f"resumed at step {self.step}")

    def go_on(self, log: RunLog) -> None:
        """Train to the end.

        Raises:
            _BreakdownError: the losses or the validation went bad.
        """
        recipe, rhythm, clock = self.recipe, self.rhythm, self.clock
        stage = recipe.stage(self.limits.share(self.step, clock.seconds))
        sums: dict[str, list[Tensor]] = defaultdict(list)
        try:
            if self.compare and self.step == 0:
                self._measure(log, stage)
            saved = validated = clock.seconds
            while (share := self.limits.share(self.step, clock.seconds)) < 1:
                if recipe.stage(share) != stage:
                    self._validate(log, stage)
                    saved = validated = clock.seconds
                    stage = recipe.stage(share)
                losses = recipe.step(self.step, share)
                self.step += 1
                for name, value in losses.items():
                    sums[name].append(value)
                if self.step % rhythm.log_steps == 0:
                    means = {name: float(torch.stack(values).mean()) for name, values in sums.items()}
                    sums.clear()
                    log.write("train", self.step, clock.seconds, stage, means)
                    _demand_finite(means)
                    self.tell(losses=means)
                if clock.seconds - validated >= rhythm.validate_seconds:
                    self._validate(log, stage)
                    saved = validated = clock.seconds
                elif clock.seconds - saved >= rhythm.checkpoint_seconds and self.step % rhythm.log_steps == 0:
                    self._checkpoint()
                    saved = clock.seconds
        except KeyboardInterrupt:
            self._checkpoint()
            raise
        self._validate(log, recipe.stage(1.0))

    def go_back(self, breakdown: _BreakdownError) -> None:
        """Take up the last good checkpoint that was not gone back to before, at a lower learning rate.

        Raises:
            TrainingError: there is none, or the run has broken down too often.
        """
        paths = [path for path in list_checkpoints(self.run) if step_of(path) <= breakdown.good]
        paths = [path for path in paths if step_of(path) not in self.tried] if self.recoveries else []
        while paths:
            path = paths.pop()
            try:
                state = load_checkpoint(path, torch.device("cpu"))
            except InputError:
                continue
            for newer in list_checkpoints(self.run):
                if step_of(newer) > step_of(path):
                    newer.unlink()
            self.tried.add(step_of(path))
            self.recoveries -= 1
            self._take_up(state)
            self.recipe.ease *= EASE
            self.tell(f"{breakdown}; gone back to step {self.step}, learning rates times {self.recipe.ease:g}")
            return
        raise TrainingError(f"{breakdown}; {_last_good(self.run)}") from breakdown

    def _take_up(self, state: dict[str, Any]) -> None:
        self.step, self.good = int(state["step"]), int(state.get("good", 0))
        self.recipe.restore_state(state["recipe"])
        self.judgement.forget_after(self.step)

    def _checkpoint(self) -> None:
        state = {"seconds": self.clock.seconds, "good": self.good, "ease": self.recipe.ease}
        save_checkpoint(self.run, self.step, {**state, "recipe": self.recipe.state()}, keep=self.good)

    def _measure(self, log: RunLog, stage: str) -> dict[str, float]:
        """Validate, and tell what that says."""
        figures = self.recipe.validate(self.run / "pictures", self.step)
        row = log.write("validate", self.step, self.clock.seconds, stage, figures)
        _demand_finite(figures)
        self.tell(self.judgement.take(_measured(row, self.recipe.headline)))
        return figures

    def _validate(self, log: RunLog, stage: str) -> None:
        """Measure, and keep the state if it is good."""
        figures = self._measure(log, stage)
        reason = self.recipe.collapsed(figures)
        if reason:
            raise _BreakdownError(f"training collapsed at step {self.step}: {reason}", self.good)
        self.good = self.step
        self._checkpoint()

    def tell(self, message: str | None = None, losses: dict[str, float] | None = None) -> None:
        """Report where the run stands."""
        seconds = self.clock.seconds
        share = self.limits.share(self.step, seconds)
        remaining = seconds * (1 - share) / share if share > 0 and self.step > 0 else None
        stage = self.recipe.stage(share)
        self.report(Progress(self.step, self.limits.steps, seconds, remaining, stage, losses or {}, message))


def _measured(row: dict[str, Any], figure: str) -> Measured:
    return Measured(row["step"], row["stage"], row[figure], row.get(LEARNED + figure))


def _demand_finite(values: dict[str, float]) -> None:
    bad = [name for name, value in values.items() if not math.isfinite(value)]
    if bad:
        raise _BreakdownError(f"training broke down: {', '.join(bad)} is not finite", math.inf)


def _last_good(run: Path) -> str:
    paths = list_checkpoints(run)
    if not paths:
        return "there is no checkpoint yet; lower the learning rate"
    return f"the last good checkpoint is {paths[-1]}; lower the learning rate and resume"


def _make_folder(run: Path) -> None:
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the run's folder {run}: {error.strerror or error}") from error


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
