"""The loop of a run: the same steps after an interruption, breakdowns, clear ends, and what is reported."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from restore.errors import TrainingError
from restore.training.engine.checkpoint import list_checkpoints
from restore.training.engine.loop import Plan, Progress, train
from restore.training.engine.schedule import Intervals, Limits
from tests.support.training_runs import ignore

QUICK = Intervals(log_steps=1, validate_seconds=1e9, checkpoint_seconds=1e9)


class Fake:
    """A recipe of one number, to see the engine alone."""

    def __init__(self, losses: list[float], figures: dict[str, float] | None = None, why: str | None = None) -> None:
        self.losses, self.figures, self.why = losses, figures or {"margin": 1.0}, why
        self.backoff, self.headline, self.one_goal, self.releases_best = 1.0, "margin", False, False
        self.steps: list[int] = []

    def stage(self, share: float) -> str:
        return "first" if share < 0.5 else "second"

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        if self.losses[step] < 0:
            raise KeyboardInterrupt
        self.steps.append(step)
        return {"loss": torch.tensor(self.losses[step])}

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        return self.figures

    def collapsed(self, figures: dict[str, float]) -> str | None:
        return self.why

    def state(self) -> dict[str, Any]:
        return {"steps": list(self.steps)}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.steps = list(state["steps"])

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        return [run / f"after-{notes['steps']}"]


def engine(recipe: Fake, run: Path, steps: int) -> list[Path]:
    return train(recipe, Plan(run, Limits(steps=steps), QUICK), ignore)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        engine(Fake([1.0, 2.0, -1.0]), tmp_path, 4)
    recipe = Fake([9.0, 9.0, 3.0, 4.0])
    assert engine(recipe, tmp_path, 4) == [tmp_path / "after-4"]
    assert recipe.steps == [0, 1, 2, 3]
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(row["step"], row["loss"], row["stage"]) for row in rows if row["kind"] == "train"] == [
        (1, 1.0, "first"),
        (2, 2.0, "first"),
        (3, 3.0, "second"),
        (4, 4.0, "second"),
    ]


class Unstable(Fake):
    """Its losses break down from step 3 on until its learning rates are low enough."""

    def __init__(self, enough: float) -> None:
        super().__init__([1.0] * 9)
        self.enough, self.backoffs = enough, list[float]()

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        self.backoffs.append(self.backoff)
        found = super().step(step, share)
        return {"loss": torch.tensor(torch.nan)} if step >= 3 and self.backoff > self.enough else found


class Collapsing(Fake):
    """Collapses at step 6 unless its learning rates are lowered."""

    def __init__(self) -> None:
        super().__init__([1.0] * 9)

    def stage(self, share: float) -> str:
        return "only"

    def collapsed(self, figures: dict[str, float]) -> str | None:
        return "all grey" if len(self.steps) == 6 and self.backoff == 1 else None


def messages_of(recipe: Fake, run: Path, intervals: Intervals, steps: int = 6) -> list[str]:
    """What is reported of a run, but for its validations."""
    messages: list[str] = []

    def report(progress: Progress) -> None:
        if progress.message and not progress.message.startswith("step "):
            messages.append(progress.message)

    train(recipe, Plan(run, Limits(steps=steps), intervals), report)
    return messages


def test_a_run_that_breaks_down_goes_back_and_on_at_half_the_rate(tmp_path: Path) -> None:
    recipe = Unstable(enough=0.5)
    messages = messages_of(recipe, tmp_path, Intervals(1, 1e9, 0.0))
    assert messages == ["training broke down: loss is not finite; gone back to step 3, learning rates times 0.5"]
    assert recipe.steps == [0, 1, 2, 3, 4, 5]
    assert recipe.backoffs == [1.0] * 4 + [0.5] * 3
    recipe = Unstable(enough=0.5)
    assert messages_of(recipe, tmp_path, Intervals(1, 1e9, 0.0), 8) == ["resumed at step 6"]
    assert recipe.backoffs == [0.5, 0.5]


def test_a_second_breakdown_goes_back_further(tmp_path: Path) -> None:
    recipe = Unstable(enough=0.25)
    messages = messages_of(recipe, tmp_path, Intervals(1, 1e9, 0.0))
    assert [line.split("; ")[1] for line in messages] == [
        "gone back to step 3, learning rates times 0.5",
        "gone back to step 2, learning rates times 0.25",
    ]
    assert recipe.steps == [0, 1, 2, 3, 4, 5]


def test_a_collapse_goes_back_to_what_was_good_however_old(tmp_path: Path) -> None:
    """Validated well after one step, then six checkpoints without a validation, then a collapse."""
    messages_of(Collapsing(), tmp_path, Intervals(1, 1e9, 0.0), 1)
    recipe = Collapsing()
    assert messages_of(recipe, tmp_path, Intervals(1, 1e9, 0.0), 6) == [
        "resumed at step 1",
        "training collapsed at step 6: all grey; gone back to step 1, learning rates times 0.5",
    ]
    assert recipe.steps == [0, 1, 2, 3, 4, 5]


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_last_good_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        engine(Fake([1.0, 2.0, -1.0]), tmp_path, 4)
    with pytest.raises(TrainingError, match=r"loss is not finite.*step-00000002\.pt"):
        engine(Fake([1.0, 2.0, float("nan"), 1.0]), tmp_path, 4)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["step-00000002.pt"]


def test_a_collapse_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"collapsed at step 1: all grey; there is no checkpoint yet"):
        engine(Fake([1.0, 1.0], why="all grey"), tmp_path, 2)


class Learner(Fake):
    """Its figures after so many steps."""

    def __init__(self, held_out: list[float], learned: list[float]) -> None:
        super().__init__([1.0] * 9)
        self.course = held_out, learned

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        held_out, learned = self.course
        return {"margin": held_out[step], "learned_margin": learned[step]}


def validated(recipe: Fake, run: Path, steps: int, *, compare: bool) -> list[str]:
    """What is reported of a run that is validated after every step."""
    messages: list[str] = []

    def report(progress: Progress) -> None:
        if progress.message:
            messages.append(progress.message)

    train(recipe, Plan(run, Limits(steps=steps), Intervals(1, 0.0, 0.0), compare=compare), report)
    return messages


def test_a_run_that_starts_from_weights_reports_whether_it_got_better(tmp_path: Path) -> None:
    """Judged by the end of the first stage: a second one may give figures away for looks."""
    messages = validated(
        Learner([2.0, 2.1, 2.5, 1.0, 1.0], [2.0, 2.2, 2.7, 1.0, 1.0]), tmp_path / "up", 4, compare=True
    )
    assert messages[0] == "step 0: margin 2.00 dB held out, 2.00 dB on what it learns from"
    assert messages[-1] == "better: margin 2.50 dB held out, 2.00 with the weights it started from"
    messages = validated(
        Learner([2.0, 1.9, 1.8, 3.0, 3.0], [2.0, 1.9, 1.8, 3.0, 3.0]), tmp_path / "down", 4, compare=True
    )
    assert messages[-1] == "not better: margin 1.80 dB held out, 2.00 with the weights it started from; keep those"
    assert not any("overfits" in line for line in messages)
    assert not any("better" in line for line in validated(Fake([1.0] * 2), tmp_path / "fresh", 2, compare=False))


def test_where_all_stages_have_one_goal_the_whole_run_is_judged(tmp_path: Path) -> None:
    one = Learner([2.0, 1.9, 1.8, 3.0, 2.4], [2.0, 1.9, 1.8, 3.0, 3.5])
    one.one_goal = True
    messages = validated(one, tmp_path / "up", 4, compare=True)
    assert messages[-1] == "better: margin 2.40 dB held out, 2.00 with the weights it started from"
    assert "It overfits: since step 3" in messages[-2]
    other = Learner([2.0, 2.3, 2.5, 1.9, 1.7], [2.0, 2.3, 2.6, 2.0, 1.8])
    other.one_goal = True
    assert validated(other, tmp_path / "down", 4, compare=True)[-1].startswith("not better: margin 1.70 dB")


def test_a_recipe_that_releases_its_best_weights_is_judged_by_them(tmp_path: Path) -> None:
    recipe = Learner([2.0, 2.6, 2.4, 3.0, 3.0], [2.0, 2.6, 2.7, 3.0, 3.0])
    recipe.releases_best = True
    messages = validated(recipe, tmp_path / "up", 4, compare=True)
    assert messages[-1] == "better: margin 2.60 dB held out, 2.00 with the weights it started from"
    recipe = Learner([2.0, 1.9, 1.8, 3.0, 3.0], [2.0, 1.9, 1.8, 3.0, 3.0])
    recipe.releases_best = True
    assert validated(recipe, tmp_path / "down", 4, compare=True)[-1].startswith("not better: margin 2.00 dB")


def test_overfitting_is_reported_with_both_figures(tmp_path: Path) -> None:
    """Seen again after the run was stopped and resumed."""
    recipe = Learner([0, 2.0, 2.3, 2.28, 2.0, 1.9], [0, 2.0, 2.4, 2.6, 2.9, 3.3])
    recipe.stage = lambda share: "all"  # type: ignore[method-assign]
    recipe.losses[4] = -1.0
    with pytest.raises(KeyboardInterrupt):
        validated(recipe, tmp_path, 5, compare=False)
    recipe.losses[4] = 1.0
    messages = validated(recipe, tmp_path, 5, compare=False)
    assert messages[0] == "resumed at step 4"
    assert messages[1] == (
        "step 5: margin 1.90 dB held out, 3.30 dB on what it learns from. It overfits: since step 2 the first fell"
        " by 0.40 and the second rose by 0.90; more pictures, fewer steps or a lower rate help"
    )
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["margin"] for row in rows if row["kind"] == "validate"][:4] == [2.0, 2.3, 2.28, 2.0]


def test_the_log_goes_on_without_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    engine(Fake([1.0]), tmp_path, 1)
    assert not (tmp_path / "tensorboard").exists()
    assert (tmp_path / "log.jsonl").exists()
