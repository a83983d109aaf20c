"""A small interpolator, untrained or with random last layers, and pictures that move."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restore.models.interpolate.network import Interpolator, InterpolatorConfig
from restore.pipelines.interpolate.interpolator import KIND
from restore.pretrained import save_weights

TINY = InterpolatorConfig(hidden=8, features=8, fusion=(8, 12), blocks=(1, 1))


def untrained(seed: int = 0) -> Interpolator:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Interpolator(TINY).eval()


def grown(seed: int = 0, strength: float = 0.3) -> Interpolator:
    """A network whose last layers are random instead of zero, so that every learned part has an effect."""
    network = untrained(seed)
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in (network.recurrence.head[-1], network.fusion.head):
            layer.weight.copy_(strength * torch.randn(layer.weight.shape, generator=noise))
    return network


def save_weights_of(path: Path, network: Interpolator) -> Path:
    config = network.config.as_dict()
    save_weights(path, network.state_dict(), kind=KIND, role="interpolate", config=config, training={})
    return path


def waves(shift: float, dtype: Any = np.uint8, size: tuple[int, int] = (48, 64)) -> NDArray[Any]:
    """`(*size, 3)`: waves that move to the left by `shift` pixels, and up by a quarter of that."""
    y, x = np.mgrid[: size[0], : size[1]][..., None]
    x, y = (x + shift) / 7, (y + shift / 4) / 6
    unit = 0.5 + 0.2 * np.sin(x + np.arange(3)) + 0.2 * np.cos(1.3 * y + x / 2)
    return (
        unit.astype(dtype) if np.issubdtype(dtype, np.floating) else np.rint(unit * np.iinfo(dtype).max).astype(dtype)
    )


def texture(height: int, width: int, left: float = 0.0, top: float = 0.0) -> Tensor:
    """`(1, 3, height, width)`, 0..1: a sum of waves, seen from a window at (left, top); no resampling is involved."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    picture = np.zeros((3, height, width))
    for _ in range(40):
        across, down = rng.normal(0, 0.25, 2)
        picture += rng.normal(0, 1, (3, 1, 1)) * np.sin(across * (x + left) + down * (y + top) + rng.uniform(0, 6))
    return torch.from_numpy(0.5 + picture / 30).clamp(0, 1).float()[None]


def psnr(a: Tensor, b: Tensor) -> float:
    return float(-10 * torch.log10((a - b).square().mean()))
