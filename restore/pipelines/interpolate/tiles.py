"""Which tiles of a frame are made by themselves where memory does not hold the whole, and the motion they start from.

    one axis   |------ tile ------|
                          |------ tile ------|
                          |· · fade · ·|            half of the overlap fades; a quarter at either end is context only

A tile sees no further than its edge. So tiles overlap widely, and what is made near an edge is not used: at a border
between two a pixel can be fetched from as far as half the overlap, a sixteenth of the frame's longer side. Halfway in
time that follows a motion of an eighth; the smallest tiles, which overlap by half of themselves, follow less. The plan
depends on the frame's size and the largest tile alone, so the same memory gives the same frames.

Motion by more than a few steps of a tile's coarsest level cannot be found in the tile alone. So the flows of the whole
frame are found on a reduced copy (`CoarseMotion`), and tiles only refine them: with tiles two fifths of the frame wide,
a pan by a tenth of its width came out at 33.0 dB (whole frame: 32.9), and without that start at 16.7 dB, where a blend
of the frames has 15.8. Where a flow points out of the tile there is nothing to compare with, and the coarse flow stays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from restore.images.samples import peak
from restore.tiling import cross_fade

SMALLEST = 128 * 128
"""Pixels of the smallest tile that is tried."""
LEAST_OVERLAP = 64
"""Least overlap in pixels, unless that is more than half a tile."""
OVERLAP = 8
"""The frame's longer side divided by the overlap."""


@dataclass(frozen=True, slots=True)
class Span:
    """A tile along one axis, in pixels."""

    start: int
    stop: int
    low: int | None
    """Border with the tile before, None at the frame's edge."""
    high: int | None
    """Border with the tile after, None at the frame's edge."""
    fade: int
    """Length over which it passes into its neighbours, even."""

    @property
    def slice(self) -> slice:
        """The span as an index of the axis."""
        return slice(self.start, self.stop)

    @property
    def weights(self) -> NDArray[np.float32]:
        """`(stop - start,)`, 0..1; those of all tiles add up to one at each pixel."""
        return cross_fade(self.start, self.stop, self.low, self.high, self.fade)


@dataclass(frozen=True, slots=True)
class TilePlan:
    """A grid of tiles, all of one size."""

    rows: tuple[Span, ...]
    columns: tuple[Span, ...]

    @property
    def pixels(self) -> int:
        """Pixels of a tile; all have the same number."""
        return self.side[0] * self.side[1]

    @property
    def side(self) -> tuple[int, int]:
        """Height and width of a tile in pixels."""
        row, column = self.rows[0], self.columns[0]
        return row.stop - row.start, column.stop - column.start

    @property
    def whole(self) -> bool:
        """Whether the frame is one tile."""
        return len(self.rows) == len(self.columns) == 1


def plan_tiles(height: int, width: int, most: int | None = None) -> TilePlan:
    """Cut a frame into as few tiles as the largest allowed one permits, the longer side first.

    Args:
        height: of the frame in pixels.
        width: of the frame in pixels.
        most: pixels of the largest tile, at least 4; None where the whole frame may be one.

    Examples:
        >>> [len(plan_tiles(1080, 1920, most).columns) for most in (None, 1_200_000, 800_000)]
        [1, 2, 3]
    """
    overlap = max(LEAST_OVERLAP, max(height, width) // OVERLAP)
    rows = columns = 1
    while True:
        plan = TilePlan(_spans(height, rows, overlap), _spans(width, columns, overlap))
        if most is None or plan.pixels <= most:
            return plan
        if plan.side[0] > plan.side[1]:
            rows += 1
        else:
            columns += 1


def compose_tiles(
    plan: TilePlan, shape: tuple[int, ...], count: int, render: Callable[[slice, slice], list[NDArray[Any]]]
) -> list[NDArray[np.float32]]:
    """Render frames tile by tile and blend the tiles where they overlap.

    Args:
        plan: the tiles.
        shape: of a frame, `(H, W, C)`.
        count: how many frames there are.
        render: from a tile's rows and columns to that tile of all frames, float32 `(h, w, C)` each.
    """
    if plan.whole:
        return render(plan.rows[0].slice, plan.columns[0].slice)
    frames = [np.zeros(shape, np.float32) for _ in range(count)]
    for row in plan.rows:
        for column in plan.columns:
            weights = row.weights[:, None, None] * column.weights[:, None]
            for frame, tile in zip(frames, render(row.slice, column.slice), strict=True):
                frame[row.slice, column.slice] += weights * tile
    return frames


@dataclass(frozen=True)
class CoarseMotion:
    """Both flows of a whole frame, found on a reduced copy of it."""

    flow: Tensor
    """`(2, 2, h, w)`, 0 to 1 first, in pixels of the reduced copy."""
    scale: tuple[int, int]
    """Pixels of the frame that one of the copy stands for, down and across."""

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


def reduction(height: int, width: int, pixels: int) -> tuple[int, int]:
    """How many times smaller, down and across, a frame has to be to have so many pixels at most: powers of two.

    Examples:
        >>> reduction(1080, 1920, 600_000), reduction(1, 3000, 1000)
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


def _spans(length: int, count: int, overlap: int) -> tuple[Span, ...]:
    """`count` tiles of one size along an axis, each overlapping the next by `overlap`, or by half of a short one."""
    side = -(-(length + (count - 1) * overlap) // count)
    if side < 2 * overlap:
        side = -(-2 * length // (count + 1))
    starts = [(length - side) * place // max(count - 1, 1) for place in range(count)]
    stops = [start + side for start in starts]
    borders = [(start + stop) // 2 for start, stop in zip(starts[1:], stops[:-1], strict=True)]
    shared = min((stop - start for start, stop in zip(starts[1:], stops[:-1], strict=True)), default=0)
    fade = max(2, shared // 4 * 2)
    lows, highs = [None, *borders], [*borders, None]
    return tuple(Span(*one, fade) for one in zip(starts, stops, lows, highs, strict=True))
