"""The recipe of wide holes: it starts as the start fill, goes on where it stopped to the bit, and releases its best."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from restore.errors import UsageError, WeightsError
from restore.models.inpaint import generator as inpainter
from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.pipelines.inpaint.inpainter import load_inpainter
from restore.pretrained import load_weights, read_weights, save_weights
from restore.training.engine.loop import Progress
from restore.training.engine.processes import ALONE
from restore.training.engine.request import Setup, TrainingRequest, train_model
from restore.training.inpaint.config import InpaintTraining
from restore.training.inpaint.recipe import build_inpaint
from restore.training.inpaint.wide import recipe as wide_recipe
from restore.training.inpaint.wide.fills import unpack
from restore.training.inpaint.wide.recipe import WideRecipe, build_wide
from tests.support.models.inpainter import random_generator
from tests.support.training_runs import CPU, ignore, write_photos
from tests.support.training_worker import Features

TINY = InpainterConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))
SETTINGS = InpaintTraining(
    steps=4,
    start="pieces",
    wide_samples=3,
    wide_side=64,
    wide_crop=64,
    wide_batch=2,
    log_steps=1,
    discriminator_width=4,
)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """A small generator and a small perceptual network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(inpainter.VARIANTS, "small", TINY)
        patch.setattr(wide_recipe, "load_perceptual", lambda _: Features())
        yield


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for part, seed in (("train", 0), ("val", 1)):
        write_photos(folder / part, 3, np.random.default_rng(seed), cells=(9, 7), size=(120, 96), noise=20)
    return folder


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a regression and an adversarial set."""
    folder = tmp_path_factory.mktemp("weights")
    for seed, role in enumerate(("regression", "adversarial")):
        tensors = random_generator(seed, TINY).state_dict()
        save_weights(
            folder / f"inpaint-{role}.safetensors",
            tensors,
            kind="inpaint.generator",
            role=role,
            config=TINY.as_dict(),
            training={"seed": seed},
        )
    return folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where all tests keep their fills."""
    return str(tmp_path_factory.mktemp("fills"))


BUILD = partial(build_wide, perceptual="a file")


def recipe_of(photos: Path, run: Path, start_from: Path | None = None, **changes: object) -> WideRecipe:
    settings = replace(SETTINGS, **changes)  # type: ignore[arg-type]
    start = None if start_from is None else load_weights(start_from)
    return BUILD(Setup(TrainingRequest(photos, run, settings), CPU, ALONE, start, lambda _: None))[0]


def test_a_run_from_trained_weights_starts_as_the_start_fill_with_their_features(
    photos: Path, sets: Path, tmp_path: Path, kept: str
) -> None:
    recipe = recipe_of(photos, tmp_path, sets, fills=kept)
    _, hole, fill, texture = unpack(recipe.data.batch(0, 2, 64).samples, CPU)
    assert torch.equal(recipe.network(fill, hole, texture), fill)
    trained = read_weights(sets / "inpaint-adversarial.safetensors").tensors
    own = recipe.network.state_dict()
    assert all(torch.equal(own[name], value) for name, value in trained.items() if not name.startswith("head"))
    figures = recipe.validate(tmp_path / "pictures", 0)
    assert figures["gain"] == pytest.approx(0.0, abs=1e-5)
    assert figures["perceptual"] == pytest.approx(figures["perceptual_start"])
    assert (tmp_path / "pictures/step-00000000.png").exists()


def test_the_first_steps_learn(photos: Path, sets: Path, tmp_path: Path, kept: str) -> None:
    recipe = recipe_of(
        photos,
        tmp_path,
        sets,
        fills=kept,
        adversarial_rate=3e-3,
        wide_hinge=0.0,
        matching=0.0,
        tone=0.0,
        grain=0.0,
    )
    losses = [float(recipe.step(step, 0.5)["perceptual"]) for step in range(30)]
    assert np.mean(losses[-8:]) < 0.97 * np.mean(losses[:8])


def test_a_resumed_run_ends_with_the_same_weights_to_the_bit(
    photos: Path, sets: Path, tmp_path: Path, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(name: str) -> list[Path]:
        settings = replace(SETTINGS, fills=kept)
        request = TrainingRequest(photos, tmp_path / name, settings, "cpu", start_from=str(sets))
        return train_model(request, BUILD, ignore)

    whole = run("whole")
    assert [path.name for path in whole] == [
        f"inpaint-{role}.safetensors" for role in ("adversarial", "regression", "wide")
    ]
    stopped_at: list[int] = []
    step = WideRecipe.step

    def interrupted(self: WideRecipe, number: int, share: float) -> dict[str, Tensor]:
        if number in (1, 3) and number not in stopped_at:
            stopped_at.append(number)
            raise KeyboardInterrupt
        return step(self, number, share)

    monkeypatch.setattr(WideRecipe, "step", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run("parts")
    parts = run("parts")
    assert stopped_at == [1, 3]
    for part, reference in zip(parts, whole, strict=True):
        tensors, wanted = load_file(part), load_file(reference)
        assert tensors.keys() == wanted.keys()
        assert all(torch.equal(tensors[name], wanted[name]) for name in wanted)

    loaded = load_inpainter(tmp_path / "parts", device="cpu")
    assert isinstance(loaded._networks.wide_at(CPU), Generator)
    for role in ("regression", "adversarial"):
        there, released = (
            read_weights(folder / f"inpaint-{role}.safetensors") for folder in (sets, tmp_path / "parts")
        )
        assert (there.training, there.config) == (released.training, released.config)
        assert all(torch.equal(there.tensors[name], released.tensors[name]) for name in there.tensors)


def test_the_best_weights_are_released_and_not_the_last(
    photos: Path, sets: Path, tmp_path: Path, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(photos, tmp_path, sets, fills=kept)
    measured = iter([0.1, 0.4, 0.2])
    monkeypatch.setattr(recipe.validation, "run", lambda *_: {"gain": next(measured)})
    averages = []
    for step in range(3):
        recipe.step(step, 0.5)
        recipe.validate(tmp_path, step)
        averages.append(recipe.average.snapshot())
    told: list[str] = []
    recipe.notify = told.append
    recipe.restore_state(recipe.state())
    released = read_weights(recipe.release(tmp_path, {"steps": 3})[-1])
    assert (released.role, released.training["gain"], released.training["steps"]) == ("wide", 0.4, 3)
    assert torch.equal(released.tensors["head.weight"], averages[1]["head.weight"].half().float())
    assert not torch.equal(released.tensors["head.weight"], averages[2]["head.weight"].half().float())
    assert told == []


def test_a_release_that_does_not_beat_the_start_fill_warns(photos: Path, sets: Path, tmp_path: Path, kept: str) -> None:
    recipe = recipe_of(photos, tmp_path, sets, fills=kept)
    told: list[str] = []
    recipe.notify = told.append
    recipe.best.offer(-0.3, recipe.average)
    recipe.release(tmp_path, {})
    assert len(told) == 1
    assert "do not beat the start fill" in told[0]


def test_a_far_worse_output_is_a_collapse(photos: Path, sets: Path, tmp_path: Path, kept: str) -> None:
    recipe = recipe_of(photos, tmp_path, sets, fills=kept)
    assert recipe.collapsed({"gain": -1.0}) is None
    assert "2.5 dB above" in (recipe.collapsed({"gain": -2.5}) or "")


def test_fills_are_shared_by_runs(photos: Path, sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe_of(photos, tmp_path / "one", sets, fills=str(tmp_path / "fills"))

    def refuse(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("restore.training.inpaint.wide.fills.fill_of", refuse)
    recipe_of(photos, tmp_path / "two", sets, fills=str(tmp_path / "fills"))
    with pytest.raises(AssertionError, match="made again"):
        recipe_of(photos, tmp_path / "three", sets, fills=str(tmp_path / "fills"), seed=1)


def test_without_weights_fills_start_from_the_released_set(
    photos: Path, sets: Path, tmp_path: Path, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide_recipe, "RELEASED", str(sets))
    recipe = recipe_of(photos, tmp_path, None, fills=kept)
    assert set(recipe.beside) == {"regression", "adversarial"}
    assert not recipe.network.head.weight.any()


def test_a_run_goes_on_from_its_own_set(photos: Path, sets: Path, tmp_path: Path, kept: str) -> None:
    first = recipe_of(photos, tmp_path, sets, fills=kept)
    for step in range(2):
        first.step(step, 0.5)
    first.release(tmp_path, {})
    again = recipe_of(photos, tmp_path / "on", tmp_path, fills=kept)
    assert again.network.head.weight.any()
    assert torch.equal(again.network.head.weight, first.average.tensors["head.weight"].half().float())


def test_what_cannot_be_meant_is_refused(photos: Path, sets: Path, tmp_path: Path, kept: str) -> None:
    request = TrainingRequest(photos, tmp_path, SETTINGS)
    setup = Setup(request, CPU, ALONE, None, lambda _: None)
    with pytest.raises(UsageError, match="--perceptual"):
        build_wide(setup)
    with pytest.raises(UsageError, match="build_wide"):
        build_inpaint(setup)
    codec = load_weights("codec")
    with pytest.raises(WeightsError, match="another network"):
        BUILD(replace(setup, start=codec))
    recipe = recipe_of(photos, tmp_path, sets, fills=kept)
    with pytest.raises(UsageError, match="--set start=prefill"):
        recipe.restore_state({**recipe.state(), "start": "prefill"})


def test_progress_of_the_fills_is_reported(photos: Path, sets: Path, tmp_path: Path) -> None:
    told: list[str] = []

    def listen(progress: Progress) -> None:
        told.append(progress.message or "")

    request = TrainingRequest(photos, tmp_path, replace(SETTINGS, steps=1), "cpu", start_from=str(sets))
    train_model(request, BUILD, listen)
    assert sum(line.startswith("fills 3 of 3, kept in ") for line in told) == 2
    assert len(list((tmp_path / "fills").glob("fills-*.bin"))) == 2
