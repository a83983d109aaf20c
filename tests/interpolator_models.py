"""A small interpolator whose last layers say something, and pictures that move."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from restore.models.interpolate.network import Interpolator, InterpolatorConfig
from restore.pipelines.interpolate.interpolator import KIND
from restore.pretrained import save_weights

TINY = InterpolatorConfig(hidden=8, features=8, fusion=(8, 12), blocks=(1, 1))


def grown(seed: int = 0, strength: float = 0.3) -> Interpolator:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Interpolator(TINY)
        with torch.no_grad():
            for layer in (network.recurrence.head[-1], network.fusion.head):
                layer.weight.normal_(0, strength)
    return network


def save_grown(path: Path) -> Path:
    save_weights(path, grown().state_dict(), kind=KIND, role="interpolate", config=TINY.as_dict(), training={})
    return path


def waves(shift: float, dtype: Any = np.uint8, size: tuple[int, int] = (48, 64)) -> NDArray[Any]:
    """`(*size, 3)`: waves that move to the left by `shift` pixels, and up by a quarter of that."""
    y, x = np.mgrid[: size[0], : size[1]][..., None]
    x, y = (x + shift) / 7, (y + shift / 4) / 6
    unit = 0.5 + 0.2 * np.sin(x + np.arange(3)) + 0.2 * np.cos(1.3 * y + x / 2)
    return (
        unit.astype(dtype) if np.issubdtype(dtype, np.floating) else np.rint(unit * np.iinfo(dtype).max).astype(dtype)
    )
