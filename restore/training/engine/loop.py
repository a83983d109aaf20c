"""The engine every recipe shares: steps, clock, log, validation, checkpoints, and the end.

A recipe says what one step is; the engine says when. Time spent before an interruption counts. Where several processes
share a run they all walk through the same loop: the chief's clock and the chief's validations are everybody's.

    share ──► recipe.step ──► losses ──► log.jsonl, TensorBoard, report
                  every few minutes: recipe.validate ──► log.jsonl, pictures, judgement;  checkpoint

A run whose losses or figures go bad goes back to its last good checkpoint and on at half the learning rate, and tells.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

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
from restore.training.engine.run_log import RunLog, read_log
from restore.training.engine.schedule import Limits

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
    one_aim: bool
    """Whether all stages want that figure to rise; else a run is judged by the stage it starts in."""

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
class Rhythm:
    """How often the engine does what, in steps and in seconds of wall time."""

    log_steps: int = 20
    validate_seconds: float = 600.0
    checkpoint_seconds: float = 180.0


@dataclass(frozen=True)
class Plan:
    """A run: where, how long, and with whom."""

    run: Path
    """Folder for log, pictures, checkpoints and the released weights."""
    limits: Limits
    rhythm: Rhythm = field(default_factory=Rhythm)
    resume: bool = True
    """Go on from the newest checkpoint, if there is one."""
    compare: bool = False
    """Measure what the run starts from too, and tell at the end whether it got better."""
    processes: Processes = ALONE
    """Those that share the run; only the chief reports and writes."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Written into the released weights beside steps and seconds."""


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


def train(recipe: Recipe, plan: Plan, report: Report) -> list[Path]:
    """Train until the limit, then release.

    Args:
        recipe: the model's own part.
        plan: where, how long, and with whom.
        report: told every `plan.rhythm.log_steps` steps, and whatever else is to be known.

    Returns:
        The released weight files; none where this process is not the chief.

    Raises:
        TrainingError: the losses or the validation went bad, and going back did not help; the message names the last
            good checkpoint.
        KeyboardInterrupt: interrupted; a checkpoint of the last whole step has been written.
    """
    chief = plan.processes.chief
    _make_folder(plan.run)
    sitting = _Sitting(recipe, plan, report if chief else _silent)
    if plan.resume:
        sitting.resume()
    with RunLog(plan.run) if chief else nullcontext() as log:
        while True:
            try:
                sitting.go_on(log)
                break
            except _BreakdownError as breakdown:
                sitting.go_back(breakdown)
    verdict = sitting.judgement.verdict()
    if verdict:
        sitting.tell(verdict)
    if not chief:
        return []
    return recipe.release(plan.run, {**plan.notes, "steps": sitting.step, "seconds": round(sitting.clock.seconds)})


class _BreakdownError(Exception):
    """Losses or figures went bad; checkpoints of steps up to `good` may be whole."""

    def __init__(self, reason: str, good: float) -> None:
        super().__init__(reason)
        self.good = good


class _Sitting:
    """A run from its beginning or its last checkpoint to its end."""

    def __init__(self, recipe: Recipe, plan: Plan, report: Report) -> None:
        self.recipe, self.plan, self.report = recipe, plan, report
        self.run, self.limits, self.processes = plan.run, plan.limits, plan.processes
        self.clock = _Clock()
        self.step = 0
        self.good = 0  # step of the last validation that went well
        self.recoveries = RECOVERIES
        self.tried: set[int] = set()  # checkpoints gone back to
        self.judgement = Judgement(recipe.headline, recipe.one_aim)

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

    def go_on(self, log: RunLog | None) -> None:
        """Train to the end.

        Raises:
            _BreakdownError: the losses or the validation went bad.
        """
        recipe, rhythm = self.recipe, self.plan.rhythm
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
                if self.step % rhythm.log_steps == 0:
                    means = {name: float(torch.stack(values).mean()) for name, values in sums.items()}
                    sums.clear()
                    self._note(log, "train", stage, self.processes.means(means))
                if now - validated >= rhythm.validate_seconds:
                    self._validate(log, stage)
                    saved = validated = now = self._now()
                elif now - saved >= rhythm.checkpoint_seconds and self.step % rhythm.log_steps == 0:
                    self._checkpoint()
                    saved = now
        except KeyboardInterrupt:
            self._checkpoint()
            raise
        self._validate(log, recipe.stage(1.0))

    def _now(self) -> float:
        """Seconds of wall time that the run has taken, by the chief's clock."""
        return self.processes.by_chief(lambda: self.clock.seconds)

    def _note(self, log: RunLog | None, kind: str, stage: str, figures: dict[str, float]) -> None:
        """Write figures of this step into the log and report them, if they are numbers at all."""
        if log is not None:
            log.write(kind, self.step, self.clock.seconds, stage, figures)
        bad = [name for name, value in figures.items() if not math.isfinite(value)]
        if bad:
            raise _BreakdownError(f"training broke down: {', '.join(bad)} is not finite", math.inf)
        if kind == "train":
            self.tell(losses=figures)

    def go_back(self, breakdown: _BreakdownError) -> None:
        """Take up the last good checkpoint that was not gone back to before, at a lower learning rate.

        Raises:
            TrainingError: there is none, or the run has broken down too often.
        """
        path = self.processes.by_chief(lambda: self._last_untried(breakdown.good) if self.recoveries else None)
        if path is None:
            raise TrainingError(f"{breakdown}; {_last_good(self.run)}") from breakdown
        self.tried.add(step_of(path))
        self.recoveries -= 1
        self._take_up(load_checkpoint(path, torch.device("cpu")))
        self.recipe.ease *= EASE
        self.tell(f"{breakdown}; gone back to step {self.step}, learning rates times {self.recipe.ease:g}")

    def _last_untried(self, good: float) -> Path | None:
        """The newest whole checkpoint of a step up to `good`; later ones are removed."""
        for path in reversed(list_checkpoints(self.run)):
            if step_of(path) <= good and step_of(path) not in self.tried:
                with suppress(InputError):
                    load_checkpoint(path, torch.device("cpu"))
                    for newer in list_checkpoints(self.run):
                        if step_of(newer) > step_of(path):
                            newer.unlink()
                    return path
        return None

    def _take_up(self, state: dict[str, Any]) -> None:
        self.step, self.good = int(state["step"]), int(state.get("good", 0))
        self.recipe.restore_state(state["recipe"])
        self.judgement.forget_after(self.step)

    def _checkpoint(self) -> None:
        if not self.processes.chief:
            return
        state = {"seconds": self.clock.seconds, "good": self.good, "ease": self.recipe.ease}
        save_checkpoint(self.run, self.step, {**state, "recipe": self.recipe.state()}, keep=self.good)

    def _measure(self, log: RunLog | None, stage: str) -> dict[str, float]:
        """Validate, and tell what that says."""
        figures = self.processes.by_chief(lambda: self.recipe.validate(self.run / "pictures", self.step))
        self._note(log, "validate", stage, figures)
        row = {"step": self.step, "stage": stage, **figures}
        self.tell(self.judgement.take(_measured(row, self.recipe.headline)))
        return figures

    def _validate(self, log: RunLog | None, stage: str) -> None:
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


def _silent(_: Progress) -> None:
    """What a process reports that is not the chief."""


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
