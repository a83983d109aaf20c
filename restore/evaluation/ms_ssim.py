"""Multi-scale structural similarity (Wang, Simoncelli & Bovik, Asilomar 2003) of RGB pictures.

    picture -- contrast-structure, weight .0448 -- halve -- .2856 -- halve -- .3001 -- halve -- .2363 -- halve --+
                                                                                       whole SSIM, weight .1333 --+

Each scale's mean is raised to its weight and the product is taken for each colour channel; the result is the mean
over the channels. As in the published evaluations the window is Gaussian, 11x11 with sigma 1.5, and stays inside the
picture, and halving is the mean of 2x2 pixels; of an odd side the last row or column is dropped. It runs in float64
on the CPU, because the variances of a clear sky are differences of nearly equal numbers.

Five scales need `FULL_SIDE` pixels on the shorter side. A smaller picture gets as many as fit, the weights scaled to
the sum of one: fair between codecs, but not comparable with other pictures' figures, so a bench adds a note.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""From the finest to the coarsest scale, as the paper's viewers set them."""
SIDE = 11
"""Side of the window in pixels, and of the smallest picture."""
SIGMA = 1.5
FULL_SIDE = SIDE * 2 ** (len(WEIGHTS) - 1)
"""Shorter side in pixels from which on all five scales are there."""
LEAST_DISTANCE = 1e-9
"""1 - MS-SSIM below this counts as this: equal pictures have 90 dB instead of infinity."""
PEAK = 255.0

Samples = npt.NDArray[np.uint8]


def scales_of(height: int, width: int) -> int:
    """How many scales a picture of this size has: 5, fewer below `FULL_SIDE`, 0 below the window's side."""
    side = min(height, width)
    return sum(side >> scale >= SIDE for scale in range(len(WEIGHTS)))


def ms_ssim(first: Samples, second: Samples) -> float:
    """Compare two pictures.

    Args:
        first: `(H, W, 3)`, range 0..255, at least 11 px on its shorter side.
        second: the same shape.

    Returns:
        At most 1, which equal pictures have; a scale whose structure is opposed counts as 0.

    Raises:
        ValueError: shapes differ, or the picture is smaller than the window.
    """
    if first.shape != second.shape:
        raise ValueError(f"shapes differ: {first.shape} and {second.shape}")
    scales = scales_of(*first.shape[:2])
    if not scales:
        raise ValueError(f"MS-SSIM needs {SIDE} px on the shorter side, got {min(first.shape[:2])}")
    whole = 1.0 if scales == len(WEIGHTS) else sum(WEIGHTS[:scales])
    a, b = (torch.tensor(picture).permute(2, 0, 1).double() for picture in (first, second))
    product = torch.ones(a.shape[0], dtype=torch.float64)
    for scale, weight in enumerate(WEIGHTS[:scales]):
        if scale:
            a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
        similarity, structure = _means(a, b)
        product *= (similarity if scale == scales - 1 else structure).clamp(min=0) ** (weight / whole)
    return float(product.mean())


def in_decibels(value: float) -> float:
    """An MS-SSIM on the scale its differences are read on, -10 log10(1 - value).

    Examples:
        >>> round(in_decibels(0.99), 6)
        20.0
    """
    return -10 * math.log10(max(1 - value, LEAST_DISTANCE))


def _means(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """SSIM and its contrast-structure factor, means over two planes `(C, H, W)`: `(C,)` each."""
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    mean_a, mean_b = _blur(a), _blur(b)
    variances = _blur(a * a) - mean_a**2 + _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    structure = (2 * covariance + c2) / (variances + c2)
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return (luminance * structure).mean((1, 2)), structure.mean((1, 2))


def _blur(x: Tensor) -> Tensor:
    """The Gaussian window at every place where it fits: `(C, H, W)` to `(C, H - 10, W - 10)`."""
    rows = _windowed(lambda start, length: x[:, start : start + length], x.shape[1])
    return _windowed(lambda start, length: rows[:, :, start : start + length], x.shape[2])


def _windowed(part: Callable[[int, int], Tensor], length: int) -> Tensor:
    """Weighted sum of eleven shifted parts; shifted sums beat a convolution in float64 on a CPU tenfold."""
    window = [math.exp(-0.5 * ((place - SIDE // 2) / SIGMA) ** 2) for place in range(SIDE)]
    total, inside = sum(window), length - SIDE + 1
    result = part(SIDE // 2, inside) * (window[SIDE // 2] / total)
    for place in range(SIDE // 2):
        pair = part(place, inside) + part(SIDE - 1 - place, inside)
        result.add_(pair, alpha=window[place] / total)
    return result
