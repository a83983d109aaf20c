"""PSNR and SSIM of two pictures, over the whole picture and inside a hole.

SSIM is the one of Wang et al. (IEEE TIP 2004): Gaussian window of 11x11 and sigma 1.5, population variances, mean over
the colour channels. `ssim` is scikit-image's: the mean over the places where the whole window lies inside the picture,
as evaluations of interpolated frames publish it. `score` needs a value at every pixel, so that the hole's own mean is
defined right up to the border: its `ssim_map` mirrors the border without repeating the edge pixel, in float64.

Whole-picture figures hide differences in a small hole; figures inside the hole do not. Both are kept.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PEAK = 255.0
"""The range of an 8-bit sample; all functions here take 8-bit samples or floats on that scale."""
LEAST_ERROR = 1e-9
"""Mean squared error below this counts as this, so equal pictures score 137.8... dB instead of infinity."""
RADIUS = 5
SIGMA = 1.5

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.float64]
Hole = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scores:
    """How close one filled picture is to the original."""

    psnr: float
    """Peak signal-to-noise ratio of the whole picture, dB."""
    psnr_hole: float
    """PSNR over the hole's pixels only, dB."""
    ssim: float
    """Structural similarity, mean over the picture, at most 1."""
    ssim_hole: float
    """SSIM, mean over the hole's pixels only; the windows still reach their surroundings."""


def score(original: Samples, filled: Samples, hole: Hole) -> Scores:
    """Compare a filled picture with the original.

    Args:
        original: `(H, W, 3)`, range 0..255.
        filled: `(H, W, 3)`, range 0..255, compared as it is: what a method changed outside the hole counts.
        hole: `(H, W)`, True inside the hole, at least one pixel.

    Raises:
        ValueError: shapes differ or the hole is empty.
    """
    if original.shape != filled.shape or original.shape[:2] != hole.shape:
        raise ValueError(f"shapes differ: {original.shape}, {filled.shape} and hole {hole.shape}")
    if not hole.any():
        raise ValueError("the hole is empty")
    similarity = ssim_map(original, filled)
    return Scores(
        psnr=psnr(original, filled),
        psnr_hole=psnr(original[hole], filled[hole]),
        ssim=float(similarity.mean()),
        ssim_hole=float(similarity[hole].mean()),
    )


def psnr(first: Samples, second: Samples) -> float:
    """Peak signal-to-noise ratio in dB of two arrays of one shape, range 0..255.

    Examples:
        >>> import numpy as np
        >>> round(psnr(np.zeros((4, 4, 3)), np.full((4, 4, 3), 25.5)), 6)
        20.0
    """
    error = float(np.square(first.astype(np.float64) - second.astype(np.float64)).mean())
    return 10 * math.log10(PEAK**2 / max(error, LEAST_ERROR))


def ssim(first: Samples, second: Samples) -> float:
    """SSIM of two pictures `(H, W, C)`, range 0..255, at least 11 px a side; at most 1.

    Examples:
        >>> import numpy as np
        >>> round(ssim(np.zeros((16, 16, 3)), np.zeros((16, 16, 3))), 6)
        1.0
    """
    from skimage.metrics import structural_similarity

    similarity = structural_similarity(
        first,
        second,
        channel_axis=2,
        data_range=PEAK,
        gaussian_weights=True,
        sigma=SIGMA,
        use_sample_covariance=False,
    )
    return float(similarity)


def ssim_map(first: Samples, second: Samples) -> npt.NDArray[np.float64]:
    """SSIM at every pixel, mean over the channels: two `(H, W, C)` in 0..255 to `(H, W)`."""
    channels = [_ssim_plane(first[..., index], second[..., index]) for index in range(first.shape[2])]
    return np.asarray(np.mean(channels, axis=0), dtype=np.float64)


def _ssim_plane(first: Samples, second: Samples) -> npt.NDArray[np.float64]:
    a, b = first.astype(np.float64), second.astype(np.float64)
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    mean_a, mean_b = _blur(a), _blur(b)
    variance_a, variance_b = _blur(a * a) - mean_a**2, _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return luminance * (2 * covariance + c2) / (variance_a + variance_b + c2)


def _blur(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Gaussian window of side `2 * RADIUS + 1`, separable and symmetric; `(H, W)` to `(H, W)`, any size from 1x1."""
    height, width = plane.shape
    window = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
    window /= window.sum()
    padded = np.pad(plane, RADIUS, mode="reflect")
    rows = window[RADIUS] * padded[RADIUS : RADIUS + height]
    for offset in range(RADIUS):
        far = 2 * RADIUS - offset
        rows += window[offset] * (padded[offset : offset + height] + padded[far : far + height])
    result: npt.NDArray[np.float64] = window[RADIUS] * rows[:, RADIUS : RADIUS + width]
    for offset in range(RADIUS):
        far = 2 * RADIUS - offset
        result += window[offset] * (rows[:, offset : offset + width] + rows[:, far : far + width])
    return result
