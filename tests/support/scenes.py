"""Made-up photographs: waves, an edge and a little noise."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image


def scene(seed: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """`(height, width, 3)` RGB."""
    y, x = np.mgrid[:height, :width]
    waves = 128 + 60 * np.sin(x / (9 + seed)) + 50 * np.cos(y / 13) * (x > width / 3)
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, 3))
    return (waves[..., None] * [1, 0.9, 0.8] + noise).clip(0, 255).astype(np.uint8)


def save_scene(file: Path, seed: int, height: int, width: int) -> None:
    """Write a scene in the format of the file's ending."""
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(scene(seed, height, width)).save(file)
