"""Made-up photographs: waves, an edge and a little noise."""

import numpy as np
import numpy.typing as npt


def scene(seed: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """`(height, width, 3)` RGB."""
    y, x = np.mgrid[:height, :width]
    waves = 128 + 60 * np.sin(x / (9 + seed)) + 50 * np.cos(y / 13) * (x > width / 3)
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, 3))
    return (waves[..., None] * [1, 0.9, 0.8] + noise).clip(0, 255).astype(np.uint8)
