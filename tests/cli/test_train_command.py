"""`restore train inpaint`: what it passes on, what it shows, and how it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from restore.cli.console import Console
from restore.cli.inpaint.train import build_recipe
from restore.cli.train import Reporter, describe
from restore.errors import TrainingError
from restore.training.engine.loop import Plan, Progress, TrainingCallback
from restore.training.engine.request import Setup, TrainingRequest
from restore.training.engine.schedule import Limits


@dataclass
class Trainer:
    """Stands for `train_model`: sends its reports, then ends as `ending` says."""

    reports: list[Progress] = field(default_factory=list)
    ending: BaseException | None = None
    request: TrainingRequest[Any] | None = None
    build: Any = None

    def __call__(self, request: TrainingRequest[Any], build: Any, on_progress: TrainingCallback) -> list[Path]:
        self.request, self.build = request, build
        for progress in self.reports:
            on_progress(progress)
        if self.ending is not None:
            raise self.ending
        return [request.run / "inpaint-regression.safetensors", request.run / "inpaint-adversarial.safetensors"]


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    stand_in = Trainer()
    monkeypatch.setattr("restore.training.engine.request.train_model", stand_in)
    return stand_in


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    return Path("photos")


def test_the_weights_made_are_printed(run: Any, trainer: Trainer, photos: Path) -> None:
    done = run("train", "inpaint", "photos", "-o", "run", "--steps", 5)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["run/inpaint-regression.safetensors", "run/inpaint-adversarial.safetensors"]


def test_options_and_settings_reach_the_recipe(run: Any, trainer: Trainer, photos: Path) -> None:
    Path("mine.toml").write_text("steps = 100\nbatch = 2\nrate = 1e-3\n")
    words = [
        "--config",
        "mine.toml",
        "--minutes",
        30,
        "--set",
        "batch=3",
        "--set",
        "adversarial-share=0.5",
        "--seed",
        9,
    ]
    more = ["--from", "inpaint", "--perceptual", "torchvision", "--device", "cpu", "--resume", "never"]
    assert run("train", "inpaint", "photos", "-o", "run", *words, *more).code == 0
    request, build = trainer.request, trainer.build
    assert request is not None
    config = request.settings
    assert (config.steps, config.minutes, config.seed) == (None, 30.0, 9)
    assert (config.batch, config.rate, config.adversarial_share) == (3, 1e-3, 0.5)
    assert (request.start_from, request.device, request.resume) == ("inpaint", "cpu", "never")
    assert isinstance(build, partial)
    assert (build.func, build.keywords) == (build_recipe, {"perceptual": "torchvision"})


@pytest.mark.parametrize(
    ("start", "chosen"), [("prefill", "recipe.build_inpaint"), ("pieces", "wide.recipe.build_wide")]
)
def test_the_setting_start_chooses_the_recipe(
    run: Any, trainer: Trainer, photos: Path, monkeypatch: pytest.MonkeyPatch, start: str, chosen: str
) -> None:
    for name in ("recipe.build_inpaint", "wide.recipe.build_wide"):
        monkeypatch.setattr(f"restore.training.inpaint.{name}", lambda _, perceptual, name=name: (name, perceptual))
    words = ["--steps", 5, "--set", f"start={start}", "--perceptual", "p.safetensors"]
    assert run("train", "inpaint", "photos", "-o", "run", *words).code == 0
    assert trainer.request is not None
    assert trainer.build(Setup(trainer.request, None, None, None, print)) == (chosen, "p.safetensors")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere", "-o", "run"], "nowhere: no such folder"),
        (["photos"], "-o"),
        (["photos", "-o", "run", "--steps", "5", "--minutes", "5"], "exclude each other"),
        (["photos", "-o", "run", "--steps", "0"], "--steps"),
        (["photos", "-o", "run", "--set", "batch"], "key=value"),
        (["photos", "-o", "run", "--set", "colour=red"], "colour"),
        (["photos", "-o", "run", "--set", "batch=many"], "batch"),
        (["photos", "-o", "run", "--config", "nowhere.toml"], "nowhere.toml"),
        (["photos", "-o", "run", "--config", "bad.toml"], "bad.toml"),
        (["photos", "-o", "bad.toml"], "bad.toml: is a file"),
        (["photos", "-o", "run", "--resume", "maybe"], "--resume"),
        (["photos", "-o", "run"], "--steps N or --minutes M"),
    ],
)
def test_refusals(run: Any, trainer: Trainer, photos: Path, words: list[str], said: str) -> None:
    Path("bad.toml").write_text("batch = = 2")
    done = run("train", "inpaint", *words)
    assert done.code == 2
    assert said in done.error
    assert trainer.request is None


def test_ctrl_c_says_how_to_go_on(run: Any, trainer: Trainer, photos: Path) -> None:
    trainer.ending = KeyboardInterrupt()
    early = run("train", "inpaint", "photos", "-o", "run", "--steps", 9)
    assert early.code == 130
    assert "before the first checkpoint" in early.error
    Path("run/checkpoints").mkdir(parents=True)
    Path("run/checkpoints/step-00000040.pt").touch()
    late = run("train", "inpaint", "photos", "-o", "run", "--steps", 9)
    assert late.code == 130
    assert "step-00000040.pt is saved, and the same command goes on from it" in late.error
    insisting = run("train", "inpaint", "photos", "-o", "run", "--steps", 9, "--resume", "never")
    assert "--resume auto" in insisting.error


def test_a_broken_run_ends_with_its_reason(run: Any, trainer: Trainer, photos: Path) -> None:
    trainer.ending = TrainingError("training broke down: l1 is not finite; the last good checkpoint is x.pt")
    done = run("train", "inpaint", "photos", "-o", "run", "--steps", 9)
    assert (done.code, done.error) == (1, f"restore: error: {trainer.ending}")


def test_a_line_shows_all() -> None:
    progress = Progress(120, 2000, 60.0, 940.0, "regression", {"l1": 0.03125, "d": 1.5})
    assert describe(progress) == "step 120/2000  2.0 steps/s  regression  l1 0.03125  d 1.5  16 min left"
    assert describe(Progress(0, None, 0.0, None, "adversarial")) == "step 0  adversarial"


def test_a_log_gets_a_line_about_every_half_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("restore.cli.train.time.monotonic", lambda: float(next(clock)))
    reporter = Reporter(Console())
    for step in range(1, 8):
        reporter(Progress(step, 7, step * 10.0, None, "regression"))
    steps = [line.split()[1] for line in capsys.readouterr().err.splitlines()]
    assert steps == ["1/7", "4/7", "7/7"]


def test_messages_and_new_stages_are_shown_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restore.cli.train.time.monotonic", lambda: 1.0)
    reporter = Reporter(Console())
    reporter(Progress(1, 9, 1.0, None, "regression", message="resumed at step 1"))
    reporter(Progress(2, 9, 2.0, None, "regression"))
    reporter(Progress(3, 9, 3.0, None, "adversarial"))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "resumed at step 1"
    assert [line.split()[1] for line in lines[1:]] == ["1/9", "3/9"]


def test_quiet_shows_nothing(run: Any, trainer: Trainer, photos: Path) -> None:
    trainer.reports = [Progress(1, 2, 1.0, 1.0, "regression", {"l1": 0.5}, "a message")]
    assert run("train", "inpaint", "photos", "-o", "run", "--steps", 9, "-q").err == ""
    assert "l1 0.5" in run("train", "inpaint", "photos", "-o", "run", "--steps", 9).err


def test_a_profile_is_printed_and_nothing_is_trained(
    run: Any, trainer: Trainer, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No end has to be named, and none of the run's files appear."""
    asked: list[object] = []

    @contextmanager
    def prepared(
        request: TrainingRequest[Any], build: Any, on_progress: TrainingCallback
    ) -> Iterator[tuple[str, Plan]]:
        asked.append(request.settings)
        yield "recipe", Plan(request.run, Limits(steps=1))

    monkeypatch.setattr("restore.training.engine.request.prepared", prepared)
    monkeypatch.setattr(
        "restore.training.engine.profiling.report", lambda recipe: iter([f"a step of the {recipe}", "crops"])
    )
    done = run("train", "inpaint", "photos", "-o", "run", "--profile")
    assert (done.code, done.out.splitlines()) == (0, ["a step of the recipe", "crops"])
    assert len(asked) == 1
    assert trainer.request is None
    assert not Path("run").exists()


@pytest.mark.parametrize("folder", ["nowhere", ""])
def test_damage_shapes_that_are_not_there_are_refused_before_training(
    run: Any, trainer: Trainer, photos: Path, folder: str
) -> None:
    done = run("train", "repair", "photos", "-o", "run", "--steps", "5", "--damage", folder)
    assert done.code == 2
    assert f"--damage {folder}: no such folder of damage shapes" in done.error
    assert trainer.request is None
