"""The inpainting recipe: it learns, goes on where it stopped to the bit, and writes weights of both stages."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from restore.errors import UsageError
from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.models.inpaint.harmonic import hole_depth
from restore.models.inpaint.sparse import sparse_fill
from restore.training.engine.checkpoint import save_checkpoint
from restore.training.inpaint.config import InpaintTraining
from restore.training.inpaint.losses import relative_l1
from restore.training.inpaint.recipe import InpaintRecipe, build_inpaint
from restore.training.inpaint.validation import InpaintValidation
from tests.support.training_runs import CPU, train_on_cpu

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


def test_the_recipe_calls_a_fill_far_below_its_prefill_a_collapse(photos: Path) -> None:
    recipe = InpaintRecipe(SETTINGS, [photos / "train/0.png"], [photos / "val/0.png"], CPU)
    assert recipe.collapsed({"margin": 0.5}) is None
    assert "2.5 dB worse" in (recipe.collapsed({"margin": -2.5}) or "")


def test_a_resumed_run_ends_with_the_same_weights_to_the_bit(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_on_cpu(photos, tmp_path / "whole", SETTINGS, build_inpaint)
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
            train_on_cpu(photos, tmp_path / "parts", SETTINGS, build_inpaint)
    parts = train_on_cpu(photos, tmp_path / "parts", SETTINGS, build_inpaint)
    assert stopped_at == [1, 3]
    for part, reference in zip(parts, whole, strict=True):
        tensors, wanted = load_file(part), load_file(reference)
        assert tensors.keys() == wanted.keys()
        assert all(torch.equal(tensors[name], wanted[name]) for name in wanted)


def test_a_run_is_not_overwritten_by_a_new_one(photos: Path, tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 1, {})
    with pytest.raises(UsageError, match="holds a run already"):
        train_on_cpu(photos, tmp_path, SETTINGS, build_inpaint, resume="never")


def test_a_little_training_beats_the_prefill(photos: Path) -> None:
    settings = InpaintTraining(
        steps=50, crop=64, batch=2, large_crop=64, large_batch=2, bank=8, adversarial_share=0.0, rate=2e-3, warmup=0.1
    )
    recipe = InpaintRecipe(settings, [photos / "train/0.png", photos / "train/1.png"], [photos / "val/0.png"], CPU)
    for step in range(50):
        recipe.step(step, step / 50)
    batch = recipe.data.batch(1000, 8, 64)
    picture, hole = batch.picture.float() / 255, batch.hole.float()
    prefill = sparse_fill(picture, hole)
    with torch.no_grad(), recipe.average.applied(recipe.network):
        output = recipe.network(prefill, hole)
    depth = hole_depth(hole)
    trained, untrained = (relative_l1(fill, prefill, picture, hole, depth).mean() for fill in (output, prefill))
    assert trained < 0.99 * untrained


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
    assert validation.best_scale(Scaled(validation, share), CPU) == scale


def test_a_generator_scaled_to_nothing_is_the_prefill() -> None:
    generator = Generator(InpainterConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,)))
    torch.nn.init.normal_(generator.head.weight)
    generator.set_texture(0.7)
    prefill, hole = torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)
    assert not torch.equal(generator(prefill, hole), prefill)
    generator.scale_residual(0.0)
    assert torch.equal(generator(prefill, hole), prefill)
