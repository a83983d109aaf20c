"""Moving pictures along flows: backward warping (`warp`) and forward splatting (`splat`).

A flow is `(B, 2, H, W)`: for every pixel, how far it moves to the right and down, in pixels. Warping fetches one value
per pixel; splatting pushes values to where they go and adds up what arrives, so the order of arrival does not matter.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def positions(like: Tensor) -> Tensor:
    """Where each pixel is: `(1, 2, H, W)`, x then y, on the device and in the type of `like`."""
    height, width = like.shape[-2:]
    rows = torch.arange(height, device=like.device, dtype=like.dtype)
    columns = torch.arange(width, device=like.device, dtype=like.dtype)
    return torch.stack([columns.expand(height, -1), rows[:, None].expand(-1, width)])[None]


def warp(x: Tensor, flow: Tensor) -> Tensor:
    """Fetch every pixel from where its flow points, bilinearly; beyond the border lie the border's pixels.

    Args:
        x: `(B, C, H, W)`.
        flow: `(B, 2, H, W)` in pixels.

    Returns:
        The shape of `x`.
    """
    height, width = x.shape[-2:]
    place = positions(flow) + flow
    largest = torch.tensor([max(width - 1, 1), max(height - 1, 1)], device=flow.device, dtype=flow.dtype)
    grid = place.permute(0, 2, 3, 1) * (2 / largest) - 1
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=True)


def stays_inside(flow: Tensor) -> Tensor:
    """1 where a flow points into the picture, else 0: `(B, 1, H, W)`.

    Args:
        flow: `(B, 2, H, W)` in pixels.
    """
    height, width = flow.shape[-2:]
    place = positions(flow) + flow
    column, row = place[:, :1], place[:, 1:]
    inside = (column >= 0) & (column <= width - 1) & (row >= 0) & (row <= height - 1)
    return inside.to(flow.dtype)


def splat(x: Tensor, flow: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Push every pixel to where its flow points, shared bilinearly among four pixels; what leaves the picture is lost.

    Weighted sums, not a choice of the nearest (softmax splatting: Niklaus and Liu, CVPR 2020).

    Args:
        x: `(B, C, H, W)`.
        flow: `(B, 2, H, W)` in pixels.
        weight: `(B, 1, H, W)`, not negative: how much a pixel counts where several arrive.

    Returns:
        The weighted sum of what arrived, the shape of `x`, and the sum of the weights, `(B, 1, H, W)`.
    """
    batch, channels, height, width = x.shape
    place = positions(flow) + flow
    corner = torch.floor(place)
    rest = place - corner
    values = torch.cat([x * weight, weight], dim=1).flatten(2)
    sums = values.new_zeros(batch, channels + 1, height * width)
    for right in (0, 1):
        for below in (0, 1):
            column, row = corner[:, 0] + right, corner[:, 1] + below
            share_x = rest[:, 0] if right else 1 - rest[:, 0]
            share_y = rest[:, 1] if below else 1 - rest[:, 1]
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            share = torch.where(inside, share_x * share_y, 0).flatten(1)
            index = (row.clamp(0, height - 1) * width + column.clamp(0, width - 1)).long().flatten(1)
            sums = sums.scatter_add(2, index[:, None].expand(-1, channels + 1, -1), values * share[:, None])
    sums = sums.reshape(batch, channels + 1, height, width)
    return sums[:, :-1], sums[:, -1:]


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """A flow for a picture of another size: resampled bilinearly, its vectors scaled.

    Args:
        flow: `(B, 2, H, W)` in pixels.
        size: height and width wanted.
    """
    height, width = flow.shape[-2:]
    if (height, width) == size:
        return flow
    scale = torch.tensor([size[1] / width, size[0] / height], device=flow.device, dtype=flow.dtype)
    return F.interpolate(flow, size=size, mode="bilinear", align_corners=False) * scale[:, None, None]
