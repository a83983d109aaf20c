"""The start fill of a wide hole: what the generator of the role `wide` mends.

The network's answer is right about tone and large shapes but smooth; pieces of the picture are sharp and know nothing
of either. So the start fill takes the low band of the one and most of the high band of the other. Inference and
training call this one function: a network must be trained on what it will be given.

    smooth ── low band ───────────────────────────────────┐
      └── exemplar pieces ── high band, the texture ── 0.75 ── + ── fill
"""

import torch
from torch import Tensor

from restore.models.filters import blur
from restore.models.inpaint.exemplar import exemplar_fill

VERSION = 1
"""Raised whenever `start_fill` gives other values: training keeps fills on disk and makes them anew then."""
DEVIATION = 3.0
"""Standard deviation in pixels of the blur between the low band and the high one."""
AMOUNT = 0.75
"""Part of the pieces' high band that is laid over the low band of the network's answer."""


@torch.no_grad()
def start_fill(smooth: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
    """Put tone and structure of a smooth fill together with the texture of the picture's pieces.

    Args:
        smooth: `(B, 3, H, W)`, range 0..1, the hole filled by the network.
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        The fill `(B, 3, H, W)`, range 0..1, equal to `smooth` outside the hole, and the texture `(B, 3, H, W)`, about
        -0.5..0.5, zero outside the hole.
    """
    pairs = zip(smooth, hole, strict=True)
    pieces = torch.cat([exemplar_fill(one[None], inside[None]) for one, inside in pairs])
    texture = high_band(pieces, hole)
    laid = (low_band(smooth) + AMOUNT * texture).clamp(0, 1)
    return torch.where(hole > 0, laid, smooth), texture


def low_band(picture: Tensor) -> Tensor:
    """Slow changes of a picture `(B, C, H, W)`: its Gaussian blur."""
    return blur(picture, round(3 * DEVIATION), DEVIATION)


def high_band(picture: Tensor, hole: Tensor) -> Tensor:
    """Fast changes inside a hole.

    Args:
        picture: `(B, 3, H, W)`, range 0..1.
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        `(B, 3, H, W)`, the picture minus `low_band`, zero outside the hole.
    """
    return hole * (picture - low_band(picture))
