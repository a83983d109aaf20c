"""The codec's recipe: it learns, goes on where it stopped, and writes weights that code pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from restore.codecs.model import load_model
from restore.codecs.network.vae import lambda_of
from restore.codecs.tiles import TileCodec
from restore.errors import UsageError, WeightsError
from restore.pipelines.codec.image_codec import ImageCodec
from restore.pretrained import read_weights
from restore.training.codec.config import CodecTraining
from restore.training.codec.data import CodecData
from restore.training.codec.recipe import CodecRecipe, build_codec
from restore.training.codec.validation import CodecValidation
from restore.training.engine.recipe import prefetch
from tests.support.training_runs import CPU, require_exact_resumption, train_on_cpu, write_photos

SETTINGS = CodecTraining(
    steps=4, width=8, features=12, crop=64, batch=2, large_crop=64, large_batch=1, large_share=0.5, log_steps=1
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(6)
    for part, count in (("train", 3), ("val", 1)):
        write_photos(folder / part, count, rng, cells=(16, 12), size=(256, 192), noise=12)
    return folder


def recipe(photos: Path, settings: CodecTraining = SETTINGS, start: dict | None = None) -> CodecRecipe:
    some = sorted((photos / "train").iterdir())
    return CodecRecipe(settings, some, sorted((photos / "val").iterdir()), CPU, start)


@pytest.fixture(autouse=True)
def few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Principal components of few blocks are good enough here."""
    monkeypatch.setattr("restore.training.codec.recipe.BLOCKS", 1500)


@torch.no_grad()
def weighed(learner: CodecRecipe) -> float:
    """Rate and distortion of fixed crops at fixed qualities, without noise."""
    x = learner.data.batch(10_000, 24, 64).float() / 255
    quality = torch.linspace(5, 95, 24)
    coded = learner.network.eval()(x, quality)
    error = (coded.x_hat - x).square().mean((1, 2, 3))
    return float((coded.bits / 64**2 / lambda_of(quality).sqrt() + 255**2 * lambda_of(quality).sqrt() * error).mean())


def test_steps_lower_rate_and_distortion(photos: Path) -> None:
    learner = recipe(photos, replace(SETTINGS, warmup=0.1, batch=4))
    before = weighed(learner)
    for step in range(50):
        learner.step(step, (step + 5) / 130)
    assert weighed(learner) < 0.9 * before


def test_a_run_that_was_stopped_goes_on_with_the_same_numbers(photos: Path, tmp_path: Path) -> None:
    require_exact_resumption(lambda: recipe(photos), tmp_path)


def test_a_run_of_another_shape_is_not_taken_up(photos: Path) -> None:
    state = recipe(photos).state()
    with pytest.raises(UsageError, match="resume it with the same settings"):
        recipe(photos, replace(SETTINGS, width=10)).restore_state(state)


def test_a_finished_run_writes_a_codec(photos: Path, tmp_path: Path) -> None:
    (path,) = train_on_cpu(photos, tmp_path / "run", SETTINGS, build_codec)
    weights = read_weights(path)
    assert (weights.role, weights.training["steps"], weights.training["photographs"]) == ("codec", 4, 3)
    codec = ImageCodec(TileCodec(load_model(weights), CPU))
    pixels = np.array(Image.open(photos / "val" / "0.png"))
    shown = codec.decompress(codec.compress(pixels, 100))
    error = np.square(shown.astype(float) - pixels).mean()
    assert 10 * np.log10(255**2 / error) > 30
    assert list((tmp_path / "run" / "pictures").glob("*.png"))
    started = recipe(photos, start={name: t for name, t in weights.tensors.items() if not name.startswith("tables.")})
    assert torch.equal(started.network.components, weights.tensors["components"])


def test_starting_weights_of_another_shape_are_refused(photos: Path) -> None:
    tensors = recipe(photos).average.snapshot()
    with pytest.raises(WeightsError, match="--set width="):
        recipe(photos, replace(SETTINGS, width=10), tensors)


def test_weights_of_another_network_are_no_start(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"inpaint: these are weights of another network \(inpaint.generator\)"):
        train_on_cpu(photos, tmp_path / "run", SETTINGS, build_codec, start_from="inpaint")


def test_a_decoder_alone_is_no_start(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="a decoder alone"):
        train_on_cpu(photos, tmp_path / "run", SETTINGS, build_codec, start_from="codec-1")


def test_weights_of_a_model_without_passes_are_taken_up_as_they_are(photos: Path) -> None:
    old = recipe(photos, replace(SETTINGS, leading=0))
    assert not old.network.entropy.passes
    new = recipe(photos, start=old.average.snapshot())
    assert len(new.network.entropy.passes) == 3
    x, quality = old.data.batch(7, 2, 64).float() / 255, torch.tensor([20.0, 80.0])
    with torch.inference_mode():
        before, after = old.network.eval()(x, quality), new.network.eval()(x, quality)
    assert torch.equal(before.bits, after.bits)
    assert torch.equal(before.x_hat, after.x_hat)


def test_weights_with_fewer_blocks_do_the_same_in_a_deeper_network_and_its_new_blocks_learn(photos: Path) -> None:
    old = recipe(photos, replace(SETTINGS, analysis=1, synthesis=1))
    for step in range(3):
        old.step(step, 0.3)
    new = recipe(photos, replace(SETTINGS, analysis=3, synthesis=2), old.network.state_dict())
    x, quality = old.data.batch(7, 2, 64).float() / 255, torch.tensor([20.0, 80.0])
    with torch.inference_mode():
        before, after = old.network.eval()(x, quality), new.network.eval()(x, quality)
    assert torch.equal(before.bits, after.bits)
    assert torch.equal(before.x_hat, after.x_hat)
    assert not torch.equal(before.x_hat, recipe(photos).network.eval()(x, quality).x_hat)
    new.step(0, 0.3)
    for block in (new.network.g_a[4], new.network.g_s_blocks[1]):
        assert block.leave.weight.abs().max() > 0
        assert block.contract.weight.abs().max() > 0


@pytest.mark.parametrize("part", ["analysis", "synthesis"])
def test_weights_with_more_blocks_are_refused(photos: Path, part: str) -> None:
    tensors = recipe(photos).average.snapshot()
    with pytest.raises(WeightsError, match="no fewer blocks"):
        recipe(photos, replace(SETTINGS, **{part: 2}), tensors)


def test_crops_are_reduced_so_that_lossy_artefacts_vanish(photos: Path) -> None:
    """A crop of 64 px reduced to at most two thirds covers at least 96 px: a ramp shows how much it covers."""
    ramp = np.repeat(np.arange(250, dtype=np.uint8)[None, :, None], 250, 0).repeat(3, 2)
    data = CodecData([], seed=1, largest_scale=0.67)
    data.photos = [Image.fromarray(ramp)]
    for step in range(20):
        crops = data.batch(step, 2, 64).int()
        for crop in crops:
            covered = max(int(crop[0].amax(axis).max() - crop[0].amin(axis).min()) for axis in (0, 1))
            assert covered >= 93


def test_batches_are_a_pure_function_of_the_step(photos: Path) -> None:
    data = CodecData(sorted((photos / "train").iterdir()), seed=3, largest_scale=0.67)
    ahead = prefetch(data, 5, 2, 64)
    taken = [next(ahead) for _ in range(3)]
    for place, batch in enumerate(taken):
        assert torch.equal(batch, data.batch(5 + place, 2, 64))
    assert not torch.equal(taken[0], taken[1])


def test_validation_compares_with_webp_files(photos: Path, tmp_path: Path) -> None:
    validation = CodecValidation(sorted((photos / "val").iterdir()))
    rates, psnrs = zip(*validation.webp, strict=True)
    assert list(rates) == sorted(rates)
    assert list(psnrs) == sorted(psnrs)
    figures = validation.run(recipe(photos).network, CPU, tmp_path / "sheet.png")
    assert figures["webp@0.5"] == pytest.approx(figures["psnr@0.5"] - np.interp(np.log(0.5), np.log(rates), psnrs))
    assert figures["best"] > 30
    assert (tmp_path / "sheet.png").exists()
