"""Arithmetic of samples: other depths, transparency laid on a plain background, the range 0..1 of the networks.

Sums are exact integers, rounded once; uint32 holds them all, because no weighted mean exceeds the largest sample.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["from_unit", "full_scale", "laid_on", "peak", "to_eight_bits", "to_sixteen_bits", "to_unit"]


def full_scale(samples: np.ndarray, bits: int) -> np.ndarray:
    """Samples of 9 to 16 bits spread over all of uint16, rounded; of 8 and 16 bits as they are."""
    if bits in (8, 16):
        return samples
    top = (1 << bits) - 1
    return ((samples.astype(np.uint32) * 65535 + top // 2) // top).astype(np.uint16)


def to_eight_bits(samples: np.ndarray) -> np.ndarray:
    """uint16 rounded to uint8 (65535 becomes 255); uint8 as it is."""
    if samples.dtype == np.uint8:
        return samples
    return ((samples.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def to_sixteen_bits(samples: np.ndarray) -> np.ndarray:
    """uint8 as uint16 (255 becomes 65535); uint16 as it is."""
    if samples.dtype == np.uint16:
        return samples
    return samples.astype(np.uint16) * np.uint16(257)


def laid_on(pixels: np.ndarray, background: int) -> np.ndarray:
    """Pixels over a grey background, without their alpha channel.

    Args:
        pixels: (H, W, 2) grey and alpha or (H, W, 4) RGBA, uint8 or uint16.
        background: 0..255, the same in every channel.
    """
    top = int(np.iinfo(pixels.dtype).max)
    alpha = pixels[..., -1:].astype(np.uint32)
    mixed = pixels[..., :-1] * alpha + np.uint32(background * top // 255) * (top - alpha)
    return ((mixed + top // 2) // top).astype(pixels.dtype)


def peak(dtype: np.dtype[Any]) -> float:
    """The sample value that means 1.0: 255 or 65535 for integers, 1 for floats."""
    return float(np.iinfo(dtype).max) if np.issubdtype(dtype, np.integer) else 1.0


def to_unit(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Samples as float32 in 0..1; floats beyond the range are clipped, NaN becomes 0."""
    if np.issubdtype(samples.dtype, np.integer):
        return np.divide(samples, np.float32(peak(samples.dtype)), dtype=np.float32)  # type: ignore[no-any-return]
    return np.clip(np.nan_to_num(samples.astype(np.float32)), 0.0, 1.0)


def from_unit(values: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Values in 0..1 as samples of `dtype`, rounded to the nearest for integers; overwrites `values`."""
    if np.issubdtype(dtype, np.integer):
        np.multiply(values, np.float32(peak(dtype)), out=values)
        np.rint(values, out=values)
    return values.astype(dtype)
