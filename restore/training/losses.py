"""Structural similarity as a loss: over a picture or inside a hole."""

import torch
import torch.nn.functional as F
from torch import Tensor

SSIM_SIGMA = 1.5
"""Standard deviation in pixels of the window of Wang et al. (2004)."""


def hole_ssim(output: Tensor, target: Tensor, hole: Tensor) -> Tensor:
    """One minus the structural similarity, averaged inside the hole.

    Args:
        output: `(B, 3, H, W)`, range 0..1.
        target: the same shape and range.
        hole: `(B, 1, H, W)`, 0 or 1.

    Returns:
        `(B,)`, range 0..2.
    """
    kernel = gaussian_window(output)

    def blur(values: Tensor) -> Tensor:
        weight = kernel.repeat(values.shape[1], 1, 1, 1)
        padded = F.pad(values, (5, 5, 5, 5), mode="reflect")
        rows = F.conv2d(padded, weight, groups=values.shape[1])
        return F.conv2d(rows, weight.transpose(2, 3), groups=values.shape[1])

    with torch.no_grad():
        mean_target, square_target = blur(torch.cat([target, target * target], dim=1)).chunk(2, dim=1)
        variance_target = square_target - mean_target * mean_target
    moments = blur(torch.cat([output, output * output, output * target], dim=1))
    mean, square, product = moments.chunk(3, dim=1)
    c1, c2 = 0.01**2, 0.03**2
    covariance = product - mean * mean_target
    variance = square - mean * mean
    similarity = ((2 * mean * mean_target + c1) * (2 * covariance + c2)) / (
        (mean * mean + mean_target * mean_target + c1) * (variance + variance_target + c2)
    )
    return mean_inside(1 - similarity.mean(1, keepdim=True), hole)


def mean_inside(values: Tensor, hole: Tensor) -> Tensor:
    """Mean of `(B, 1, H, W)` over the hole, `(B,)`."""
    return (values * hole).sum((1, 2, 3)) / hole.sum((1, 2, 3)).clamp(min=1.0)


def gaussian_window(like: Tensor) -> Tensor:
    """A Gaussian of 11 taps, `(1, 1, 1, 11)`, with the device and type of `like`."""
    offsets = torch.arange(-5, 6, device=like.device, dtype=like.dtype)
    taps = torch.exp(-(offsets**2) / (2 * SSIM_SIGMA**2))
    return (taps / taps.sum())[None, None, None]
