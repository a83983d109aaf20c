"""Runs: the same numbers after an interruption, clear ends, and a network that learns."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from restore.errors import TrainingError, UsageError
from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.models.inpaint.harmonic import hole_depth
from restore.models.inpaint.sparse import sparse_fill
from restore.training.engine.averages import Average
from restore.training.engine.checkpoint import latest_checkpoint, list_checkpoints, save_checkpoint
from restore.training.engine.loop import Plan, Progress, Rhythm, train
from restore.training.engine.schedule import Limits, cosine
from restore.training.inpaint.config import InpaintTraining
from restore.training.inpaint.losses import relative_l1
from restore.training.inpaint.recipe import InpaintRecipe
from restore.training.inpaint.train import train_inpaint
from restore.training.inpaint.validation import InpaintValidation

QUICK = Rhythm(log_steps=1, validate_seconds=1e9, checkpoint_seconds=1e9)
SETTINGS = InpaintTraining(
    steps=4,
    crop=64,
    batch=1,
    large_crop=64,
    large_batch=1,
    bank=4,
    adversarial_share=0.5,
    log_steps=1,
    discriminator_width=4,
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for part, steep in (("train", 1), ("val", -2)):
        (folder / part).mkdir()
        for index in range(2):
            y, x = np.mgrid[0:128, 0:160]
            wave = 127 + 100 * np.sin((x + (index + steep) * y) / 9)
            Image.fromarray(np.stack([wave, 255 - wave, wave / 2], axis=2).astype(np.uint8)).save(
                folder / part / f"{index}.png"
            )
    return folder


class Fake:
    """A recipe of one number, to see the engine alone."""

    def __init__(self, losses: list[float], figures: dict[str, float] | None = None, why: str | None = None) -> None:
        self.losses, self.figures, self.why = losses, figures or {"margin": 1.0}, why
        self.ease, self.headline, self.one_aim = 1.0, "margin", False
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


def quiet(_: Progress) -> None:
    return


def engine(recipe: Fake, run: Path, steps: int) -> list[Path]:
    return train(recipe, Plan(run, Limits(steps=steps), QUICK), quiet)


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


class Shaky(Fake):
    """Its losses break down from step 3 on until its learning rates are low enough."""

    def __init__(self, enough: float) -> None:
        super().__init__([1.0] * 9)
        self.enough, self.eases = enough, list[float]()

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        self.eases.append(self.ease)
        found = super().step(step, share)
        return {"loss": torch.tensor(torch.nan)} if step >= 3 and self.ease > self.enough else found


class Grey(Fake):
    """Collapses at step 6 unless its learning rates are lowered."""

    def __init__(self) -> None:
        super().__init__([1.0] * 9)

    def stage(self, share: float) -> str:
        return "only"

    def collapsed(self, figures: dict[str, float]) -> str | None:
        return "all grey" if len(self.steps) == 6 and self.ease == 1 else None


def shaken(recipe: Fake, run: Path, rhythm: Rhythm, steps: int = 6) -> list[str]:
    """What is told of a run."""
    told: list[str] = []

    def report(progress: Progress) -> None:
        if progress.message and not progress.message.startswith("step "):
            told.append(progress.message)

    train(recipe, Plan(run, Limits(steps=steps), rhythm), report)
    return told


def test_a_run_that_breaks_down_goes_back_and_on_at_half_the_rate(tmp_path: Path) -> None:
    recipe = Shaky(enough=0.5)
    told = shaken(recipe, tmp_path, Rhythm(1, 1e9, 0.0))
    assert told == ["training broke down: loss is not finite; gone back to step 3, learning rates times 0.5"]
    assert recipe.steps == [0, 1, 2, 3, 4, 5]
    assert recipe.eases == [1.0] * 4 + [0.5] * 3
    recipe = Shaky(enough=0.5)
    assert shaken(recipe, tmp_path, Rhythm(1, 1e9, 0.0), 8) == ["resumed at step 6"]
    assert recipe.eases == [0.5, 0.5]


def test_a_second_breakdown_goes_back_further(tmp_path: Path) -> None:
    recipe = Shaky(enough=0.25)
    told = shaken(recipe, tmp_path, Rhythm(1, 1e9, 0.0))
    assert [line.split("; ")[1] for line in told] == [
        "gone back to step 3, learning rates times 0.5",
        "gone back to step 2, learning rates times 0.25",
    ]
    assert recipe.steps == [0, 1, 2, 3, 4, 5]


def test_a_collapse_goes_back_to_what_was_good_however_old(tmp_path: Path) -> None:
    """Validated well after one step, then six checkpoints that nobody looked at, then a collapse."""
    shaken(Grey(), tmp_path, Rhythm(1, 1e9, 0.0), 1)
    recipe = Grey()
    assert shaken(recipe, tmp_path, Rhythm(1, 1e9, 0.0), 6) == [
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


def test_the_recipe_calls_a_fill_far_below_its_prefill_a_collapse(photos: Path) -> None:
    recipe = InpaintRecipe(SETTINGS, [photos / "train/0.png"], [photos / "val/0.png"], torch.device("cpu"))
    assert recipe.collapsed({"margin": 0.5}) is None
    assert "2.5 dB worse" in (recipe.collapsed({"margin": -2.5}) or "")


def test_only_the_newest_checkpoints_are_kept_and_damaged_ones_passed_over(tmp_path: Path) -> None:
    for step in range(5):
        save_checkpoint(tmp_path, step, {"value": step})
    assert [path.name for path in list_checkpoints(tmp_path)] == [f"step-{step:08d}.pt" for step in (2, 3, 4)]
    list_checkpoints(tmp_path)[-1].write_bytes(b"half")
    state = latest_checkpoint(tmp_path, torch.device("cpu"))
    assert state is not None
    assert state["value"] == 3
    for path in list_checkpoints(tmp_path):
        path.write_bytes(b"half")
    with pytest.raises(TrainingError, match="all 3 checkpoints"):
        latest_checkpoint(tmp_path, torch.device("cpu"))


class Learner(Fake):
    """Its figures after so many steps."""

    def __init__(self, held_out: list[float], learned: list[float]) -> None:
        super().__init__([1.0] * 9)
        self.course = held_out, learned

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        held_out, learned = self.course
        return {"margin": held_out[step], "learned_margin": learned[step]}


def said(recipe: Fake, run: Path, steps: int, *, compare: bool) -> list[str]:
    """What is told of a run that is validated after every step."""
    told: list[str] = []

    def report(progress: Progress) -> None:
        if progress.message:
            told.append(progress.message)

    train(recipe, Plan(run, Limits(steps=steps), Rhythm(1, 0.0, 0.0), compare=compare), report)
    return told


def test_a_run_that_starts_from_weights_tells_whether_it_got_better(tmp_path: Path) -> None:
    """Judged by the end of the first stage: a second one may give figures away for looks."""
    told = said(Learner([2.0, 2.1, 2.5, 1.0, 1.0], [2.0, 2.2, 2.7, 1.0, 1.0]), tmp_path / "up", 4, compare=True)
    assert told[0] == "step 0: margin 2.00 dB held out, 2.00 dB on what it learns from"
    assert told[-1] == "better: margin 2.50 dB held out, 2.00 with the weights it started from"
    told = said(Learner([2.0, 1.9, 1.8, 3.0, 3.0], [2.0, 1.9, 1.8, 3.0, 3.0]), tmp_path / "down", 4, compare=True)
    assert told[-1] == "not better: margin 1.80 dB held out, 2.00 with the weights it started from; keep those"
    assert not any("by heart" in line for line in told)
    assert not any("better" in line for line in said(Fake([1.0] * 2), tmp_path / "fresh", 2, compare=False))


def test_where_all_stages_have_one_aim_the_whole_run_is_judged(tmp_path: Path) -> None:
    one = Learner([2.0, 1.9, 1.8, 3.0, 2.4], [2.0, 1.9, 1.8, 3.0, 3.5])
    one.one_aim = True
    told = said(one, tmp_path / "up", 4, compare=True)
    assert told[-1] == "better: margin 2.40 dB held out, 2.00 with the weights it started from"
    assert "It learns by heart: since step 3" in told[-2]
    other = Learner([2.0, 2.3, 2.5, 1.9, 1.7], [2.0, 2.3, 2.6, 2.0, 1.8])
    other.one_aim = True
    assert said(other, tmp_path / "down", 4, compare=True)[-1].startswith("not better: margin 1.70 dB")


def test_learning_by_heart_is_told_with_both_figures(tmp_path: Path) -> None:
    """Seen again after the run was stopped and resumed."""
    recipe = Learner([0, 2.0, 2.3, 2.28, 2.0, 1.9], [0, 2.0, 2.4, 2.6, 2.9, 3.3])
    recipe.stage = lambda share: "all"  # type: ignore[method-assign]
    recipe.losses[4] = -1.0
    with pytest.raises(KeyboardInterrupt):
        said(recipe, tmp_path, 5, compare=False)
    recipe.losses[4] = 1.0
    told = said(recipe, tmp_path, 5, compare=False)
    assert told[0] == "resumed at step 4"
    assert told[1] == (
        "step 5: margin 1.90 dB held out, 3.30 dB on what it learns from. It learns by heart: since step 2 the one fell"
        " by 0.40 and the other rose by 0.90; more pictures, fewer steps or a lower rate help"
    )
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["margin"] for row in rows if row["kind"] == "validate"][:4] == [2.0, 2.3, 2.28, 2.0]


def test_limits_and_schedule() -> None:
    assert Limits(steps=10).share(5, 1e6) == 0.5
    assert Limits(minutes=2).share(99999, 60) == 0.5
    assert Limits(minutes=2).share(0, 500) == 1.0
    with pytest.raises(UsageError, match="one of the two"):
        Limits()
    with pytest.raises(UsageError, match="positive"):
        Limits(steps=0)
    assert cosine(0.05, 1.0, 0.1, warmup=0.1) == pytest.approx(0.5)
    assert cosine(0.1, 1.0, 0.1, warmup=0.1) == pytest.approx(1.0)
    assert cosine(0.55, 1.0, 0.1, warmup=0.1) == pytest.approx(0.55)
    assert cosine(1.0, 1.0, 0.1, warmup=0.1) == pytest.approx(0.1)


def test_averages_follow_and_step_aside() -> None:
    module = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(module.weight, 0.0)
    average = Average(module, decay=0.5)
    torch.nn.init.constant_(module.weight, 8.0)
    average.update(module)  # early steps keep (1 + 1) / (10 + 1) of the average
    assert average.tensors["weight"].item() == pytest.approx(8 * 9 / 11)
    with average.applied(module):
        assert module.weight.item() == pytest.approx(8 * 9 / 11)
    assert module.weight.item() == 8.0


def test_a_resumed_run_ends_with_the_same_weights_to_the_bit(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_inpaint(photos, tmp_path / "whole", SETTINGS, device="cpu", report=quiet)
    assert [path.name for path in whole] == ["inpaint-regression.safetensors", "inpaint-adversarial.safetensors"]

    stopped_at: list[int] = []
    step = InpaintRecipe.step

    def interrupted(self: InpaintRecipe, number: int, share: float) -> dict[str, Tensor]:
        if number in (1, 3) and number not in stopped_at:
            stopped_at.append(number)
            raise KeyboardInterrupt
        return step(self, number, share)

    monkeypatch.setattr(InpaintRecipe, "step", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train_inpaint(photos, tmp_path / "parts", SETTINGS, device="cpu", report=quiet)
    parts = train_inpaint(photos, tmp_path / "parts", SETTINGS, device="cpu", report=quiet)
    assert stopped_at == [1, 3]
    for part, reference in zip(parts, whole, strict=True):
        tensors, wanted = load_file(part), load_file(reference)
        assert tensors.keys() == wanted.keys()
        assert all(torch.equal(tensors[name], wanted[name]) for name in wanted)


def test_a_run_is_not_overwritten_by_a_new_one(photos: Path, tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 1, {})
    with pytest.raises(UsageError, match="holds a run already"):
        train_inpaint(photos, tmp_path, SETTINGS, device="cpu", resume="never", report=quiet)


def test_a_little_training_beats_the_prefill(photos: Path) -> None:
    settings = InpaintTraining(
        steps=50, crop=64, batch=2, large_crop=64, large_batch=2, bank=8, adversarial_share=0.0, rate=2e-3, warmup=0.1
    )
    recipe = InpaintRecipe(
        settings, [photos / "train/0.png", photos / "train/1.png"], [photos / "val/0.png"], torch.device("cpu")
    )
    for step in range(50):
        recipe.step(step, step / 50)
    batch = recipe.data.batch(1000, 8, 64)
    picture, hole = batch.picture.float() / 255, batch.hole.float()
    prefill = sparse_fill(picture, hole)
    with torch.no_grad(), recipe.average.applied(recipe.generator):
        output = recipe.generator(prefill, hole)
    depth = hole_depth(hole)
    trained, born = (relative_l1(fill, prefill, picture, hole, depth).mean() for fill in (output, prefill))
    assert trained < 0.99 * born


def test_the_log_goes_on_without_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    engine(Fake([1.0]), tmp_path, 1)
    assert not (tmp_path / "tensorboard").exists()
    assert (tmp_path / "log.jsonl").exists()


class Scaled(torch.nn.Module):
    """Goes the same way towards the truth and past it, or away from it."""

    def __init__(self, validation: InpaintValidation, share: float) -> None:
        super().__init__()
        self.share, self.truths = share, iter(list(validation.pictures))

    def forward(self, prefill: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
        return prefill + self.share * hole * (next(self.truths)[None] - prefill)


@pytest.mark.parametrize(("share", "scale"), [(1.0, 1.0), (2.0, 0.5), (4.0, 0.25), (-1.0, 0.0)])
def test_a_residual_is_scaled_to_what_helps(photos: Path, share: float, scale: float) -> None:
    validation = InpaintValidation([photos / "val/0.png"], None)
    assert validation.best_scale(Scaled(validation, share), torch.device("cpu")) == scale


def test_a_generator_scaled_to_nothing_is_the_prefill() -> None:
    generator = Generator(InpainterConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,)))
    torch.nn.init.normal_(generator.head.weight)
    generator.set_texture(0.7)
    prefill, hole = torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)
    assert not torch.equal(generator(prefill, hole), prefill)
    generator.scale_residual(0.0)
    assert torch.equal(generator(prefill, hole), prefill)
