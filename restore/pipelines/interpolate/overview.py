"""The motion of a whole frame, found on a smaller one, for tiles that are too small to find it.

What moves by more than a few steps of a tile's coarsest level is lost in the tile alone: with tiles two fifths of the
frame wide, a pan by a tenth of its width came out at 16.7 dB, where a blend of the frames has 15.8. From these flows a
tile only has to make them sharper: 33.0 dB, as the whole frame has with 32.9. Where a flow points out of the tile there
is nothing to compare with, and the overview's word stands.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from restore.images.samples import peak


@dataclass(frozen=True)
class Overview:
    """Both flows of a whole frame."""

    flow: Tensor
    """`(2, 2, h, w)`, 0 to 1 first, in pixels of the overview."""
    scale: tuple[int, int]
    """Pixels of the frame that one of the overview stands for, down and across."""

    def inside(self, rows: slice, columns: slice) -> Tensor:
        """The flows of a tile, `(2, 2, rows, columns)` in pixels of the frame, sampled bilinearly.

        Args:
            rows: of the frame.
            columns: of the frame.
        """
        down, across = (
            (2 * torch.arange(span.start, span.stop, device=self.flow.device) + 1) / (size * scale) - 1
            for span, size, scale in zip((rows, columns), self.flow.shape[-2:], self.scale, strict=True)
        )
        grid = torch.stack(torch.meshgrid(down, across, indexing="ij")[::-1], dim=-1)
        flow = F.grid_sample(self.flow, grid.expand(2, -1, -1, -1), padding_mode="border", align_corners=False)
        return flow * torch.tensor(self.scale[::-1], device=flow.device)[:, None, None]


def factors(height: int, width: int, pixels: int) -> tuple[int, int]:
    """How many times smaller, down and across, a frame has to be to have so many pixels at most: powers of two.

    Examples:
        >>> factors(1080, 1920, 600_000), factors(1, 3000, 1000)
        ((2, 2), (1, 4))
    """
    factor = 1
    while (height // min(factor, height)) * (width // min(factor, width)) > pixels:
        factor *= 2
    return min(factor, height), min(factor, width)


def reduced(frame: NDArray[Any], scale: tuple[int, int]) -> NDArray[np.float32]:
    """Means of blocks of `(H, W, C)` samples, range 0..1; rows and columns that fill no block are left out."""
    (down, across), channels = scale, frame.shape[2]
    height, width = frame.shape[0] // down, frame.shape[1] // across
    blocks = frame[: height * down, : width * across].reshape(height, down, width, across, channels)
    means: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return means / np.float32(peak(frame.dtype))
