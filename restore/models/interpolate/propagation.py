"""Propagation of flows: a pixel takes over the flow of one further off that explains its surroundings better.

Gauss-Newton steps only move a flow to the nearest minimum. At coarse levels, a small object that moves fast spreads its
motion over the ground around it, and no step removes it there; but the right flow is found a few pixels away. Trying
the flows of neighbours at two distances is enough (PatchMatch: Barnes et al., SIGGRAPH 2009; OpenCV's DIS does so too).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.filters import blur
from restore.models.interpolate.warping import stays_inside, warp

DISTANCES = (4, 12)
"""Distances in pixels of the neighbours whose flows are tried, up, down, left and right."""
WINDOW = (3, 1.6)
"""Radius and deviation in pixels of the surroundings that a flow must explain."""
COMPARED_CHANNELS = slice(-3, None)
"""The channels of a description that are compared: the grey ones, which decide as well and cost half."""
SWITCH_RATIO = 0.9
"""A flow is kept unless another's error is this much smaller."""
HIDDEN = 0.15
"""Differences are clipped at this: beyond, the pixel is hidden in the other picture."""
OUTSIDE = 0.05
"""Error of a flow that points out of the picture, where there is nothing to compare with."""


def propagate(flow: Tensor, fixed: Tensor, moving: Tensor) -> Tensor:
    """The best of each pixel's own flow and its neighbours'.

    Args:
        flow: `(B, 2, H, W)` in pixels.
        fixed: `(B, C, H, W)`, from `describe`: the pictures whose pixels the flow belongs to.
        moving: that of the other ones, which the flow points into.

    Returns:
        The shape of `flow`.
    """
    fixed, moving = fixed[:, COMPARED_CHANNELS], moving[:, COMPARED_CHANNELS]
    candidates = [c for distance in DISTANCES if distance < min(flow.shape[-2:]) for c in _neighbours(flow, distance)]
    if not candidates:
        return flow
    kept = blur(_error(flow, fixed, moving), *WINDOW)
    errors = blur(torch.cat([_error(candidate, fixed, moving) for candidate in candidates], dim=1), *WINDOW)
    least, which = errors.min(dim=1, keepdim=True)
    best = torch.stack(candidates, dim=1).gather(1, which[:, :, None].expand(-1, -1, 2, -1, -1))[:, 0]
    return torch.where(least < SWITCH_RATIO * kept, best, flow)


def _neighbours(flow: Tensor, distance: int) -> list[Tensor]:
    height, width = flow.shape[-2:]
    padded = F.pad(flow, (distance,) * 4, mode="replicate")
    corners = [(0, distance), (2 * distance, distance), (distance, 0), (distance, 2 * distance)]
    return [padded[..., row : row + height, column : column + width] for row, column in corners]


def _error(flow: Tensor, fixed: Tensor, moving: Tensor) -> Tensor:
    """`(B, 1, H, W)`: by how much each pixel differs from what a flow fetches."""
    difference = (warp(moving, flow) - fixed).abs().mean(1, keepdim=True).clamp(max=HIDDEN)
    return torch.where(stays_inside(flow) > 0, difference, OUTSIDE)
