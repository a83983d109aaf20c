"""The detector's recipe: it starts as the threshold, learns, goes on where it stopped, and releases its best."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from restore.errors import InputError, UsageError, WeightsError
from restore.models.repair.detector import KIND, Detector, DetectorConfig
from restore.pretrained import load_weights, read_weights, save_weights
from restore.training.engine.processes import ALONE
from restore.training.engine.request import Setup, TrainingRequest
from restore.training.repair import recipe as repair_recipe
from restore.training.repair.config import RepairTraining
from restore.training.repair.data import RepairData, roughness
from restore.training.repair.losses import cross_entropy, overlap_difference
from restore.training.repair.recipe import RepairRecipe, build_repair
from restore.training.repair.validation import RepairValidation
from tests.support.training_runs import CPU, require_exact_resumption, train_on_cpu, write_photos

TINY = DetectorConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))
SETTINGS = RepairTraining(steps=4, crop=64, batch=2, large_crop=64, large_batch=1, large_share=0.5, log_steps=1)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small network, validated on small pictures."""
    monkeypatch.setattr(repair_recipe, "DetectorConfig", lambda **shape: DetectorConfig(**shape) if shape else TINY)
    monkeypatch.setattr(RepairValidation.__init__, "__defaults__", (repair_recipe.NO_SHAPES, 64))


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(6)
    for part, count in (("train", 3), ("val", 2)):
        write_photos(folder / part, count, rng, cells=(16, 12), size=(160, 120), noise=6)
    return folder


def recipe(photos: Path, settings: RepairTraining = SETTINGS) -> RepairRecipe:
    torch.manual_seed(0)
    learned, held_out = (sorted((photos / part).iterdir()) for part in ("train", "val"))
    return RepairRecipe(settings, learned, held_out, Detector(TINY), CPU)


def test_a_run_makes_weights_of_a_detector(photos: Path, tmp_path: Path) -> None:
    (path,) = train_on_cpu(photos, tmp_path / "run", SETTINGS, build_repair)
    weights = read_weights(path)
    assert (path.name, weights.kind, weights.role) == ("repair.safetensors", KIND, "repair")
    assert DetectorConfig(**weights.config) == TINY
    assert weights.training["photographs"] == 3
    Detector(TINY).load_state_dict(weights.tensors)


def test_it_goes_on_where_it_stopped(photos: Path, tmp_path: Path) -> None:
    require_exact_resumption(lambda: recipe(photos), tmp_path)


def test_it_learns(photos: Path) -> None:
    learner = recipe(photos, replace(SETTINGS, clean_share=0.3, rate=3e-3))
    before = learner.validation_learned.run(learner.network, CPU) if learner.validation_learned else {}
    assert before["gain"] == pytest.approx(0, abs=1e-6)
    losses = [float(learner.step(step, 0.2)["entropy"]) for step in range(40)]
    assert np.mean(losses[-8:]) < 0.9 * np.mean(losses[:8])


def test_the_best_weights_are_released(photos: Path, tmp_path: Path) -> None:
    learner = recipe(photos)
    learner.validate(tmp_path, 0)
    best = {name: tensor.clone() for name, tensor in learner.average.tensors.items()}
    with torch.no_grad():
        for weight in learner.network.parameters():
            weight.normal_()
    for tensor in learner.average.tensors.values():
        tensor.normal_()
    learner.validate(tmp_path, 1)
    (path,) = learner.release(tmp_path, {})
    for name, tensor in read_weights(path).tensors.items():
        wanted = best[name] - SETTINGS.caution if name == "head.bias" else best[name]
        torch.testing.assert_close(tensor.float(), wanted, atol=1e-3, rtol=1e-3)


def test_what_caution_took_off_comes_back_when_training_goes_on(photos: Path, tmp_path: Path) -> None:
    (path,) = train_on_cpu(photos, tmp_path / "run", SETTINGS, build_repair)
    request = TrainingRequest(photos, tmp_path / "again", SETTINGS, "cpu", start_from=str(path))
    again, _ = build_repair(Setup(request, CPU, ALONE, load_weights(path), lambda _: None))
    released = read_weights(path).tensors["head.bias"].float()
    torch.testing.assert_close(again.network.head.bias.detach(), released + SETTINGS.caution)


def test_batches_are_a_pure_function_of_the_step(photos: Path) -> None:
    data = RepairData(sorted((photos / "train").iterdir()), seed=1, clean_share=0.5)
    first, again, other = (data.batch(step, 6, 64) for step in (3, 3, 4))
    assert torch.equal(first.picture, again.picture)
    assert torch.equal(first.damage, again.damage)
    assert not torch.equal(first.picture, other.picture)
    part = data.batch(3, 6, 64, slice(2, 4))
    assert torch.equal(part.picture, first.picture[2:4])


def test_part_of_the_damage_has_soft_edges(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = RepairData(sorted((photos / "train").iterdir()), seed=3, clean_share=0.0)
    mixed = data.batch(1, 6, 64).picture
    monkeypatch.setattr("restore.training.repair.data.SOFT_SHARE", 0.0)
    assert (mixed != data.batch(1, 6, 64).picture).any()


@pytest.mark.parametrize(("share", "damaged"), [(0.0, 12), (1.0, 0)])
def test_the_share_of_undamaged_crops_is_kept(photos: Path, share: float, damaged: int) -> None:
    batch = RepairData(sorted((photos / "train").iterdir()), seed=2, clean_share=share).batch(0, 12, 64)
    assert int((batch.damage | batch.doubt).flatten(1).any(1).sum()) == damaged


def test_rough_pictures_are_harder() -> None:
    rng = np.random.default_rng(0)
    assert roughness(rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)) > roughness(np.full((40, 40, 3), 90, np.uint8))


def test_losses_ask_for_nothing_in_doubt() -> None:
    damage = torch.zeros(1, 1, 8, 8, dtype=torch.bool)
    damage[..., :2] = True
    doubt = torch.zeros_like(damage)
    doubt[..., 4:] = True
    right = torch.where(damage | doubt, 20.0, -20.0)
    assert cross_entropy(right, damage, doubt) < 1e-6
    assert overlap_difference(right, damage, doubt) < 1e-4
    wrong = -right
    assert cross_entropy(wrong, damage, doubt) > 10
    assert overlap_difference(wrong, damage, doubt) > 0.9


def test_a_detector_worse_than_the_threshold_has_collapsed(photos: Path) -> None:
    learner = recipe(photos)
    figures = learner.validation.run(learner.network, CPU)
    assert learner.collapsed(figures) is None
    assert "less than a threshold" in str(learner.collapsed({**figures, "gain": -2.0}))


def test_what_does_not_fit_is_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="multiple of 16"):
        RepairTraining(crop=72)
    other = tmp_path / "other.safetensors"
    save_weights(other, {"a": torch.zeros(2)}, kind="codec.vae", role="codec", config={}, training={})
    with pytest.raises(WeightsError, match="not of the damage detector"):
        train_on_cpu(photos, tmp_path / "run", SETTINGS, build_repair, start_from=str(other))
    with pytest.raises(InputError, match="neither"):
        train_on_cpu(photos, tmp_path / "run", replace(SETTINGS, damage=str(tmp_path)), build_repair)
