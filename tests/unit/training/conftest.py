"""Photographs of several sizes, one smaller than a crop."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def mixed_photos(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for index, size in enumerate([(150, 90), (96, 200), (40, 40)]):
        ramp = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3)
        noisy = np.clip(ramp + rng.normal(0, 9, ramp.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(tmp_path / f"p{index}.png")
    return tmp_path
