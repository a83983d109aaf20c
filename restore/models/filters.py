"""Gaussian blur, box mean, bands, central differences and a 3x3 median over batches of pictures, `(B, C, H, W)`.

kornia has the same filters; these take two thirds to a twentieth of its time on a CPU, and the median repeats the
border where kornia's sees zeros. The tests hold them against kornia.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

FREQUENCY_BANDS = ((3, 24.0), (9, 10.0))
"""Sides in pixels of the box means a picture is split by, and what brings each band to about unit deviation."""


def blur(x: Tensor, radius: int, deviation: float) -> Tensor:
    """Gaussian blur, the border repeated; a sum of shifted pictures, in a third of a grouped convolution's time.

    Args:
        x: `(B, C, H, W)`.
        radius: of the kernel in pixels.
        deviation: standard deviation in pixels.
    """
    kernel = [math.exp(-(place**2) / (2 * deviation**2)) for place in range(radius + 1)]
    total = 2 * sum(kernel) - kernel[0]
    for dim in (3, 2):
        length = x.shape[dim]
        padded = F.pad(x, (radius, radius, 0, 0) if dim == 3 else (0, 0, radius, radius), mode="replicate")
        x = padded.narrow(dim, radius, length) * (kernel[0] / total)
        for place in range(1, radius + 1):
            for start in (radius - place, radius + place):
                x = x.add_(padded.narrow(dim, start, length), alpha=kernel[place] / total)
    return x


def box_mean(x: Tensor, side: int) -> Tensor:
    """Mean of the square of pixels around each, the border repeated.

    Sums of two pixels make sums of four, those sums of eight, along one axis and then along the other: a sixth to a
    thirtieth of the time of torch's average pooling, whose time grows with the square.

    Args:
        x: `(B, C, H, W)`.
        side: of the square in pixels, odd.

    Raises:
        ValueError: the side is even.
    """
    if side % 2 == 0:
        raise ValueError(f"a box around a pixel has an odd side, got {side}")
    margin = side // 2
    for dim in (3, 2):
        padded = F.pad(x, (margin, margin, 0, 0) if dim == 3 else (0, 0, margin, margin), mode="replicate")
        x, width = padded, 1
        for digit in f"{side:b}"[1:]:
            x, width = _shifted_sum(x, x, width, dim), 2 * width
            if digit == "1":
                x, width = _shifted_sum(x, padded, width, dim), width + 1
    return x / side**2


def in_frequency_bands(picture: Tensor) -> list[Tensor]:
    """Split a picture into bands of about equal strength, finest first, and what is left of it.

    Photographs hold most of their energy in slow changes, and a network fed with bare pixels spends its first
    thousands of steps on those; what crosses a scratch changes fast.

    Args:
        picture: `(B, C, H, W)`, range 0..1.

    Returns:
        One picture more than there are `FREQUENCY_BANDS`, each of that shape and of about unit deviation.
    """
    bands, finer = [], picture
    for side, gain in FREQUENCY_BANDS:
        coarser = box_mean(finer, side)
        bands.append(gain * (finer - coarser))
        finer = coarser
    return [*bands, 3 * (finer - 0.5)]


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences along x and y, each the shape of `x`; per pixel."""
    padded = F.pad(x / 2, (1, 1, 1, 1), mode="replicate")
    return padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2], padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]


def _shifted_sum(first: Tensor, second: Tensor, step: int, dim: int) -> Tensor:
    length = min(first.shape[dim], second.shape[dim] - step)
    return first.narrow(dim, 0, length) + second.narrow(dim, step, length)


def median(x: Tensor) -> Tensor:
    """Median of the 3x3 pixels around each, the border repeated; each channel by itself.

    Columns of three are sorted once and shared by the three pixels that see them (Smith, "Implementing median filters
    in XC4000E FPGAs", 1996). Its gradient goes straight to the pixel itself: that of the true one, which goes to where
    the median came from, took a fifth of a training step.

    Args:
        x: `(B, C, H, W)`.
    """
    with torch.no_grad():
        found = _median(x)
    return found + (x - x.detach()) if x.requires_grad else found


def _median(x: Tensor) -> Tensor:
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    low, middle, high = padded[..., :-2, :], padded[..., 1:-1, :], padded[..., 2:, :]
    low, middle = torch.minimum(low, middle), torch.maximum(low, middle)
    middle, high = torch.minimum(middle, high), torch.maximum(middle, high)
    low, middle = torch.minimum(low, middle), torch.maximum(low, middle)
    lowest = torch.maximum(torch.maximum(low[..., :-2], low[..., 1:-1]), low[..., 2:])
    highest = torch.minimum(torch.minimum(high[..., :-2], high[..., 1:-1]), high[..., 2:])
    return _middle(lowest, _middle(middle[..., :-2], middle[..., 1:-1], middle[..., 2:]), highest)


def _middle(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return torch.maximum(torch.minimum(a, b), torch.minimum(torch.maximum(a, b), c))
