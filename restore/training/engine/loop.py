"""The loop of a training run: steps, clock, log, validation, checkpoints, and the end.

A recipe defines one step; the loop decides when. Time spent before an interruption counts. Where several processes
share a run they all go through the same loop, by the clock and the validations of the main process.

    share ──► recipe.step ──► losses ──► log.jsonl, TensorBoard, on_progress
                  every few minutes: recipe.validate ──► log.jsonl, pictures, judgement;  checkpoint

A run whose losses or figures go bad goes back to its last good checkpoint and on at half the learning rate, and
reports that.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from restore.errors import InputError, OutputError, TrainingError
from restore.training.engine.checkpoint import (
    latest_checkpoint,
    list_checkpoints,
    load_checkpoint,
    save_checkpoint,
    step_of,
)
from restore.training.engine.judgement import LEARNED, Judgement, Measured
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.recipe import Recipe
from restore.training.engine.run_log import RunLog, read_log
from restore.training.engine.schedule import Intervals, Limits

BACKOFF = 0.5
"""What the learning rates are multiplied by after a breakdown."""
RECOVERIES = 3
"""Breakdowns that a run gets over before it ends."""


@dataclass(frozen=True)
class Plan:
    """A run: where, how long, and with whom."""

    run: Path
    """Folder for log, pictures, checkpoints and the released weights."""
    limits: Limits
    intervals: Intervals = field(default_factory=Intervals)
    resume: bool = True
    """Go on from the newest checkpoint, if there is one."""
    compare: bool = False
    """Measure what the run starts from too, and report at the end whether it got better."""
    processes: Processes = ALONE
    """Those that share the run; only the main one reports and writes."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Written into the released weights beside steps and seconds."""


@dataclass(frozen=True)
class Progress:
    """One report on a training run."""

    step: int
    """Steps taken so far."""
    steps: int | None
    """Steps in all; None where wall time ends the run."""
    seconds: float
    """Wall time taken so far."""
    remaining: float | None
    """Seconds left, estimated; None where nothing is known yet."""
    stage: str
    losses: dict[str, float] = field(default_factory=dict)
    """Means over the last steps, by name."""
    message: str | None = None

    @classmethod
    def of_message(cls, message: str) -> "Progress":
        """A message before the first step."""
        return cls(0, None, 0.0, None, "", message=message)


TrainingCallback = Callable[[Progress], None]
"""Called with each report of a run."""


@dataclass
class _Clock:
    """Wall time of this run, that before an interruption included."""

    before: float = 0.0
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return self.before + time.monotonic() - self.started


def train(recipe: Recipe, plan: Plan, on_progress: TrainingCallback) -> list[Path]:
    """Train until the limit, then release.

    Args:
        recipe: the model's own part.
        plan: where, how long, and with whom.
        on_progress: called every `plan.intervals.log_steps` steps, and with every message.

    Returns:
        The released weight files; none in processes other than the main one.

    Raises:
        TrainingError: the losses or the validation went bad, and going back did not help; the message names the last
            good checkpoint.
        KeyboardInterrupt: interrupted; a checkpoint of the last whole step has been written.
    """
    is_main = plan.processes.is_main
    _make_folder(plan.run)
    run = _TrainingRun(recipe, plan, on_progress if is_main else _ignore)
    if plan.resume:
        run.resume()
    with RunLog(plan.run) if is_main else nullcontext() as log:
        while True:
            try:
                run.go_on(log)
                break
            except _BreakdownError as breakdown:
                run.go_back(breakdown)
    verdict = run.judgement.verdict()
    if verdict:
        run.report(verdict)
    if not is_main:
        return []
    return recipe.release(plan.run, {**plan.notes, "steps": run.step, "seconds": round(run.clock.seconds)})


class _BreakdownError(Exception):
    """Losses or figures went bad; checkpoints of steps up to `good` may be whole."""

    def __init__(self, reason: str, good: float) -> None:
        super().__init__(reason)
        self.good = good


class _TrainingRun:
    """A run from its beginning or its last checkpoint to its end."""

    def __init__(self, recipe: Recipe, plan: Plan, on_progress: TrainingCallback) -> None:
        self.recipe, self.plan, self.on_progress = recipe, plan, on_progress
        self.folder, self.limits, self.processes = plan.run, plan.limits, plan.processes
        self.clock = _Clock()
        self.step = 0
        self.good = 0  # step of the last validation that went well
        self.recoveries = RECOVERIES
        self.tried: set[int] = set()  # checkpoints gone back to
        self.judgement = Judgement(recipe.headline, recipe.one_goal, recipe.releases_best)

    def resume(self) -> None:
        """Take up the newest checkpoint, if there is one."""
        state = latest_checkpoint(self.folder, torch.device("cpu"))
        if state is not None:
            self.clock.before = float(state["seconds"])
            self._take_up(state)
            self.recipe.backoff = float(state.get("backoff", state.get("ease", 1.0)))  # its name in older runs
            rows = [_measured(row, self.recipe.headline) for row in read_log(self.folder) if row["kind"] == "validate"]
            self.judgement.rows = [row for row in rows if row.step <= self.step]
            self.report(f"resumed at step {self.step}")

    def go_on(self, log: RunLog | None) -> None:
        """Train to the end.

        Raises:
            _BreakdownError: the losses or the validation went bad.
        """
        recipe, intervals = self.recipe, self.plan.intervals
        now = self._now()
        stage = recipe.stage(self.limits.share(self.step, now))
        sums: dict[str, list[Tensor]] = defaultdict(list)
        try:
            if self.plan.compare and self.step == 0:
                self._measure(log, stage)
            saved = validated = now = self._now()
            while (share := self.limits.share(self.step, now)) < 1:
                if recipe.stage(share) != stage:
                    self._validate(log, stage)
                    saved = validated = self._now()
                    stage = recipe.stage(share)
                losses = recipe.step(self.step, share)
                self.step += 1
                for name, value in losses.items():
                    sums[name].append(value)
                now = self._now()
                if self.step % intervals.log_steps == 0:
                    means = {name: float(torch.stack(values).mean()) for name, values in sums.items()}
                    sums.clear()
                    self._note(log, "train", stage, self.processes.means(means))
                if now - validated >= intervals.validate_seconds:
                    self._validate(log, stage)
                    saved = validated = now = self._now()
                elif now - saved >= intervals.checkpoint_seconds and self.step % intervals.log_steps == 0:
                    self._checkpoint()
                    saved = now
        except KeyboardInterrupt:
            self._checkpoint()
            raise
        self._validate(log, recipe.stage(1.0))

    def _now(self) -> float:
        """Seconds of wall time that the run has taken, by the main process's clock."""
        return self.processes.from_main(lambda: self.clock.seconds)

    def _note(self, log: RunLog | None, kind: str, stage: str, figures: dict[str, float]) -> None:
        """Write figures of this step into the log and report them, if they are numbers at all."""
        if log is not None:
            log.write(kind, self.step, self.clock.seconds, stage, figures)
        bad = [name for name, value in figures.items() if not math.isfinite(value)]
        if bad:
            raise _BreakdownError(f"training broke down: {', '.join(bad)} is not finite", math.inf)
        if kind == "train":
            self.report(losses=figures)

    def go_back(self, breakdown: _BreakdownError) -> None:
        """Take up the last good checkpoint that was not gone back to before, at a lower learning rate.

        Raises:
            TrainingError: there is none, or the run has broken down too often.
        """
        path = self.processes.from_main(lambda: self._last_untried(breakdown.good) if self.recoveries else None)
        if path is None:
            raise TrainingError(f"{breakdown}; {_last_good(self.folder)}") from breakdown
        self.tried.add(step_of(path))
        self.recoveries -= 1
        self._take_up(load_checkpoint(path, torch.device("cpu")))
        self.recipe.backoff *= BACKOFF
        self.report(f"{breakdown}; gone back to step {self.step}, learning rates times {self.recipe.backoff:g}")

    def _last_untried(self, good: float) -> Path | None:
        """The newest whole checkpoint of a step up to `good`; later ones are removed."""
        for path in reversed(list_checkpoints(self.folder)):
            if step_of(path) <= good and step_of(path) not in self.tried:
                with suppress(InputError):
                    load_checkpoint(path, torch.device("cpu"))
                    for newer in list_checkpoints(self.folder):
                        if step_of(newer) > step_of(path):
                            newer.unlink()
                    return path
        return None

    def _take_up(self, state: dict[str, Any]) -> None:
        self.step, self.good = int(state["step"]), int(state.get("good", 0))
        self.recipe.restore_state(state["recipe"])
        self.judgement.forget_after(self.step)

    def _checkpoint(self) -> None:
        if not self.processes.is_main:
            return
        state = {"seconds": self.clock.seconds, "good": self.good, "backoff": self.recipe.backoff}
        save_checkpoint(self.folder, self.step, {**state, "recipe": self.recipe.state()}, keep=self.good)

    def _measure(self, log: RunLog | None, stage: str) -> dict[str, float]:
        """Validate, and report what that means."""
        figures = self.processes.from_main(lambda: self.recipe.validate(self.folder / "pictures", self.step))
        self._note(log, "validate", stage, figures)
        row = {"step": self.step, "stage": stage, **figures}
        self.report(self.judgement.add(_measured(row, self.recipe.headline)))
        return figures

    def _validate(self, log: RunLog | None, stage: str) -> None:
        """Measure, and keep the state if it is good."""
        figures = self._measure(log, stage)
        reason = self.recipe.collapsed(figures)
        if reason:
            raise _BreakdownError(f"training collapsed at step {self.step}: {reason}", self.good)
        self.good = self.step
        self._checkpoint()

    def report(self, message: str | None = None, losses: dict[str, float] | None = None) -> None:
        """Report where the run stands."""
        seconds = self.clock.seconds
        share = self.limits.share(self.step, seconds)
        remaining = seconds * (1 - share) / share if share > 0 and self.step > 0 else None
        stage = self.recipe.stage(share)
        self.on_progress(Progress(self.step, self.limits.steps, seconds, remaining, stage, losses or {}, message))


def _measured(row: dict[str, Any], figure: str) -> Measured:
    return Measured(row["step"], row["stage"], row[figure], row.get(LEARNED + figure))


def _ignore(_: Progress) -> None:
    """The callback of processes that report nothing."""


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
