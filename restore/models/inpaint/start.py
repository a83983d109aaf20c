"""The start fill of a wide hole: what the generator of the role `wide` mends.

Near the rim the network's answer is right, and further inside it turns into fog; pieces of the picture are sharp
wherever they come from. So the start fill passes from the one to the other with the depth inside the hole. Inference
and training call this one function: a network must be trained on what it will be given.

    smooth ──────────────────────────── near the rim ── + ── fill
      └── pieces of the picture ──┬──── further inside ─┘
                                  └── high band ────────── texture, which the generator adds more of, or takes away
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from restore.models.filters import blur
from restore.models.inpaint.patches import BAND, DISTANCES_AT_ONCE, depth_inside
from restore.models.inpaint.pieces import Pieces, fill_with_pieces

VERSION = 4
"""Raised whenever `start_fill` gives other values: training keeps fills on disk and makes them anew then."""
DEVIATION = 3.0
"""Standard deviation in pixels of the blur between the low band and the high one."""
PASSAGE = (2.0, 10.0)
"""Depths in pixels where the network's answer ends to be alone and where the pieces begin to be."""


@dataclass(frozen=True)
class StartFill:
    """A hole filled in the first of two passes."""

    fill: Tensor
    """`(B, 3, H, W)`, range 0..1; outside the hole as given."""
    texture: Tensor
    """`(B, 3, H, W)`, about -0.5..0.5: the pieces' high band, zero outside the hole."""
    cost: float
    """Mean cost of the pieces, as in `restore.models.inpaint.pieces`."""


@torch.no_grad()
def start_fill(
    smooth: Tensor, hole: Tensor, seed: int = 0, *, passage: bool = True, at_once: int = DISTANCES_AT_ONCE
) -> StartFill:
    """Put a wide hole together from the network's answer and pieces of the picture, for a network to mend.

    Args:
        smooth: `(B, 3, H, W)`, range 0..1, the hole filled by the network.
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.
        seed: 0 for the likeliest pieces, any other number for some of the other plausible ones.
        passage: let the network's answer stand near the rim; else pieces fill the hole alone.
        at_once: distances computed at once; changes the memory taken and nothing else.
    """
    found = _pieces(smooth, hole, seed, at_once)
    texture = high_band(found.picture, hole)
    return StartFill(_joined(smooth, hole, found.picture, passage), texture, found.cost)


@torch.no_grad()
def final_fill(
    smooth: Tensor, hole: Tensor, seed: int = 0, *, passage: bool = True, at_once: int = DISTANCES_AT_ONCE
) -> Pieces:
    """The fill of `start_fill`, with its arguments, where no network is to mend it: without texture."""
    found = _pieces(smooth, hole, seed, at_once)
    return Pieces(_joined(smooth, hole, found.picture, passage), found.cost)


def _pieces(smooth: Tensor, hole: Tensor, seed: int, at_once: int) -> Pieces:
    """Each picture of a batch filled with pieces, in memory of its own, and the mean of their costs."""
    found = [fill_with_pieces(one[None], inside[None], seed, at_once) for one, inside in zip(smooth, hole, strict=True)]
    filled = found[0].picture if len(found) == 1 else torch.cat([one.picture for one in found])
    if filled.data_ptr() == smooth.data_ptr():
        filled = smooth.clone()
    return Pieces(filled, sum(one.cost for one in found) / max(1, len(found)))


def _joined(smooth: Tensor, hole: Tensor, pieces: Tensor, passage: bool) -> Tensor:
    """`pieces`, overwritten where the network's answer stands; some rows at a time."""
    depths = [depth_inside(inside > 0, int(PASSAGE[1])) for inside in hole[:, 0].cpu()] if passage else []
    for top in range(0, smooth.shape[2], BAND):
        rows = (..., slice(top, top + BAND), slice(None))
        answer, made = smooth[rows], pieces[rows]
        if passage:
            depth = torch.stack([one[rows[1:]] for one in depths])[:, None].to(smooth)
            share = ((depth - PASSAGE[0]) / (PASSAGE[1] - PASSAGE[0])).clamp(0, 1)
            made = torch.lerp(answer, made, share)
        pieces[rows] = torch.where(hole[rows] > 0, made, answer)
    return pieces


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
    high = torch.empty_like(picture)
    for colour, band in zip(torch.split(picture, 1, 1), torch.split(high, 1, 1), strict=True):
        torch.mul(hole, colour - low_band(colour), out=band)
    return high
