"""What tests of training share: photographs, a callback that ignores reports, and a run that is stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from restore.training.engine.loop import Progress
from restore.training.engine.recipe import BatchRecipe
from restore.training.engine.request import TrainingRequest, train_model

CPU = torch.device("cpu")


def ignore(_: Progress) -> None:
    """A callback that ignores every report."""


def write_photos(
    folder: Path, count: int, rng: np.random.Generator, *, cells: tuple[int, int], size: tuple[int, int], noise: int = 0
) -> list[Path]:
    """Soft spots of random colours: `cells` of them across and down, enlarged to `size`, with noise in levels."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(count):
        spots = Image.fromarray(rng.integers(0, 256, (cells[1], cells[0], 3), dtype=np.uint8))
        pixels = np.asarray(spots.resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
        if noise:
            pixels = pixels + rng.integers(-noise, noise + 1, pixels.shape)
        paths.append(folder / f"{index}.png")
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(paths[-1])
    return paths


def train_on_cpu(data: Path, run: Path, settings: Any, build: Callable[..., Any], **more: Any) -> list[Path]:
    """Train, ignoring reports; `more` are fields of the request."""
    return train_model(TrainingRequest(data, run, settings, "cpu", **more), build, ignore)


def require_exact_resumption(make: Callable[[], BatchRecipe[Any, Any]], folder: Path) -> None:
    """Four steps, and two steps, a checkpoint and two more, end with the same weights and averages to the bit."""
    whole, first, second = make(), make(), make()
    for step in range(4):
        whole.step(step, step / 4)
    for step in range(2):
        first.step(step, step / 4)
    torch.save(first.state(), folder / "state.pt")
    second.restore_state(torch.load(folder / "state.pt", weights_only=True))
    for step in range(2, 4):
        second.step(step, step / 4)
    for wanted, found in (
        (whole.network.state_dict(), second.network.state_dict()),
        (whole.average.snapshot(), second.average.snapshot()),
    ):
        assert wanted.keys() == found.keys()
        for name, tensor in wanted.items():
            assert torch.equal(tensor, found[name]), name
