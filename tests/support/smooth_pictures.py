"""Pictures that the small codec's cosines can follow, and how far two pictures differ."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def smooth(height: int, width: int, dtype: type = np.uint8, shift: float = 0.0) -> NDArray[Any]:
    """(H, W, 3), slow waves that the small codec's cosines can follow."""
    y, x = np.arange(height)[:, None, None] / 40, np.arange(width)[None, :, None] / 40
    waves = 0.5 + 0.3 * np.sin(x + np.array([0.0, 0.4, 0.8]) + shift) * np.cos(y)
    return np.rint(waves * np.iinfo(dtype).max).astype(dtype)


def off(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Mean difference in 1/255."""
    return float(np.abs(first.astype(float) - second).mean() / np.iinfo(first.dtype).max * 255)
