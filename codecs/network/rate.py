"""Bits that symbols will cost: the training graph's estimate of what the range coder then writes."""

import math

import torch
from torch import Tensor

from restore.codecs.bitstream.tables import RATIO, SMALLEST_SCALE, TABLES


def gaussian_bits(residual: Tensor, table: Tensor) -> Tensor:
    """Bits of each value under a zero-mean Gaussian integrated over a quantisation step.

    In logarithms throughout: the gradient stays alive however far off the scale is.

    Args:
        residual: values minus their means in quantisation steps; in training with uniform noise in place of rounding.
        table: number of the table, broadcast over `residual`; fractions lie between two tables' scales.

    Returns:
        The shape of `residual`.
    """
    scale = SMALLEST_SCALE * torch.exp(RATIO * table.clamp(0, TABLES - 1))
    magnitude = residual.abs()
    upper = torch.special.log_ndtr((0.5 - magnitude) / scale)
    lower = torch.special.log_ndtr((-0.5 - magnitude) / scale)
    share = upper + torch.log1p(-torch.exp((lower - upper).clamp(max=-1e-6)))
    bits: Tensor = -share / math.log(2)
    return bits


def straight_round(x: Tensor) -> Tensor:
    """Round, and let the gradient pass as if nothing had been done (Theis et al., ICLR 2017)."""
    return x + (torch.round(x) - x).detach()
