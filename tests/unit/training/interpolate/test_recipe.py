"""The interpolator's recipe: it learns, goes on where it stopped, and writes weights that make frames."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from restore.errors import UsageError, WeightsError
from restore.models.interpolate import network as interpolator
from restore.models.interpolate.network import InterpolatorConfig
from restore.pipelines.interpolate.interpolator import load_interpolator
from restore.pretrained import load_weights
from restore.training.engine.loop import Progress
from restore.training.engine.request import TrainingRequest, train_model
from restore.training.interpolate.config import InterpolateTraining
from restore.training.interpolate.data import HeldOut, InterpolateData, Sample, SyntheticMotion
from restore.training.interpolate.recipe import InterpolateRecipe, build_interpolate
from tests.support.training_runs import CPU, require_exact_resumption, train_on_cpu, write_photos
from tests.support.video_clips import make_film, picture

TINY = InterpolatorConfig(hidden=8, features=8, fusion=(8, 12), blocks=(1, 1))
SETTINGS = InterpolateTraining(steps=4, crop=64, batch=2, log_steps=1, variant="small")


@pytest.fixture(autouse=True)
def tiny_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that trains in no time."""
    monkeypatch.setitem(interpolator.VARIANTS, "small", TINY)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    write_photos(folder, 3, np.random.default_rng(6), cells=(48, 36), size=(384, 288))
    return folder


@pytest.fixture(scope="module")
def data(photos: Path) -> InterpolateData:
    return InterpolateData(None, SyntheticMotion(sorted(photos.iterdir())), seed=0)


@pytest.fixture(scope="module")
def held_out(data: InterpolateData) -> list[HeldOut]:
    batch = data.batch(9999, 2, 64)
    return [HeldOut(str(index), frames, None) for index, frames in enumerate(batch.frames)]


def recipe(
    data: InterpolateData, held_out: list[HeldOut], settings: InterpolateTraining = SETTINGS, start: dict | None = None
) -> InterpolateRecipe:
    return InterpolateRecipe(settings, data, held_out, CPU, start)


def test_steps_bring_frames_closer_and_keep_flows_right(data: InterpolateData, held_out: list[HeldOut]) -> None:
    learner = recipe(data, held_out, replace(SETTINGS, rate=3e-3, warmup=0.05, flow=0.1))
    batch = data.batch(0, 4, 64)
    learner.feed = iter([batch] * 40)
    losses = [learner.step(3, (step + 2) / 60) for step in range(40)]
    assert np.mean([float(loss["frame"]) for loss in losses[-5:]]) < 0.95 * float(losses[0]["frame"])
    assert np.mean([float(loss["flow"]) for loss in losses[-5:]]) < 1.02 * float(
        losses[0]["flow"]
    )  # 0.23 px at initialisation
    assert losses[-1]["ssim"] > losses[0]["ssim"]


def test_flows_get_better_where_they_are_known(data: InterpolateData, held_out: list[HeldOut]) -> None:
    """Corrections at a quarter of the resolution must last down to the full one, or this loss stays where it is."""
    settings = replace(SETTINGS, rate=1e-2, warmup=0.05, clip=10.0, flow=1.0, edges=0.0, structure=0.0)
    learner = recipe(data, held_out, settings)
    learner.feed = iter([data.batch(5, 4, 96)] * 30)
    losses = [float(learner.step(3, (step + 2) / 60)["flow"]) for step in range(30)]
    assert np.mean(losses[-5:]) < 0.98 * losses[0]


def test_frames_of_unknown_motion_are_learned_from_too(data: InterpolateData, held_out: list[HeldOut]) -> None:
    class Anonymous:
        def sample(self, rng: np.random.Generator, side: int) -> Sample:
            sample = data.synthetic.sample(rng, side)
            return Sample(sample.frames, sample.time)

    learner = recipe(InterpolateData(Anonymous(), None, seed=0), held_out)
    before = {name: tensor.clone() for name, tensor in learner.network.state_dict().items()}
    losses = learner.step(0, 0.5)
    assert losses["flow"] == 0
    assert losses["loss"] > 0
    changed = [name for name, tensor in learner.network.state_dict().items() if not torch.equal(tensor, before[name])]
    assert "fusion.head.weight" in changed
    assert "recurrence.head.2.weight" in changed


def test_a_run_that_was_stopped_goes_on_with_the_same_numbers(
    data: InterpolateData, held_out: list[HeldOut], tmp_path: Path
) -> None:
    require_exact_resumption(lambda: recipe(data, held_out), tmp_path)


def test_the_fusion_is_released_as_strong_as_it_helps(
    data: InterpolateData, held_out: list[HeldOut], tmp_path: Path
) -> None:
    """A last layer of noise is set to zero; one that does no harm is left as it is."""
    learner = recipe(data, held_out)
    scales = []
    for noise in (0.0, 1.0):
        head = {
            name: noise * torch.ones_like(tensor) for name, tensor in learner.network.fusion.head.state_dict().items()
        }
        for name, tensor in head.items():
            learner.average.tensors[f"fusion.head.{name}"].copy_(tensor)
        (path,) = learner.release(tmp_path, {})
        (weights,) = load_weights(str(path)).values()
        scales.append(weights.training["fusion_scale"])
        assert torch.equal(weights.tensors["fusion.head.bias"], scales[-1] * head["bias"])
    assert scales == [1.0, 0.0]


def test_the_untrained_network_gains_nothing_over_itself(
    data: InterpolateData, held_out: list[HeldOut], tmp_path: Path
) -> None:
    figures = recipe(data, held_out).validate(tmp_path, 7)
    assert figures["gain"] == figures["ssim_gain"] == 0
    assert 0.3 < figures["ssim"] <= 1
    with Image.open(tmp_path / "step-00000007.png") as sheet:
        assert sheet.size == (128, 128)


def test_a_finished_run_writes_an_interpolator(photos: Path, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for name, turned in (("a.mp4", 0), ("b.mp4", 2)):
        content = [np.ascontiguousarray(np.rot90(picture(index, (96, 96)), turned)) for index in range(20)]
        make_film(clips / name, frames=20, size=(96, 96), content=content[:: 1 - turned])
    run = tmp_path / "run"
    reports: list[Progress] = []
    build = partial(build_interpolate, photos=photos)
    (path,) = train_model(TrainingRequest(clips, run, SETTINGS, "cpu"), build, reports.append)
    assert any("decoding" in (one.message or "") for one in reports)
    frames = [np.full((20, 30, 3), level, np.uint8) for level in (40, 60)]
    made = load_interpolator(run, "cpu").between(*frames, [0.5])[0]
    assert made.shape == (20, 30, 3)
    assert abs(int(made.mean()) - 50) < 12
    (again,) = train_on_cpu(run / "windows", tmp_path / "second", SETTINGS, build_interpolate, start_from=str(path))
    assert again.exists()


def test_runs_and_weights_of_another_shape_are_refused(
    data: InterpolateData, held_out: list[HeldOut], monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = recipe(data, held_out)
    state, tensors = learner.state(), learner.average.snapshot()
    monkeypatch.setitem(interpolator.VARIANTS, "small", replace(TINY, hidden=12))
    with pytest.raises(UsageError, match="resume it the same way"):
        recipe(data, held_out).restore_state(state)
    with pytest.raises(WeightsError, match="--set variant="):
        recipe(data, held_out, start=tensors)
