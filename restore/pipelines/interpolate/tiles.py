"""Which tiles of a frame are made by themselves where memory does not hold the whole.

    one axis   |------ tile ------|
                          |------ tile ------|
                          |· · fade · ·|            half of the overlap fades, a quarter at either end is only looked at

A tile sees no further than its edge. So tiles overlap widely, and what is made near an edge is not used: at a border
between two a pixel can be fetched from as far as half the overlap, a sixteenth of the frame's longer side. Halfway in
time that follows a motion of an eighth; the smallest tiles, which overlap by half of themselves, follow less. How the
motion itself is found is the business of `restore.pipelines.interpolate.overview`. The plan depends on the frame's size
and the largest tile alone, so the same memory gives the same frames.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restore.tiling import cross_fade

SMALLEST = 128 * 128
"""Pixels of the smallest tile that is tried."""
LEAST_OVERLAP = 64
"""In pixels, unless that is more than half a tile."""
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
        """Indexes the axis."""
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
        """The frame is one tile."""
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


def put_together(
    plan: TilePlan, shape: tuple[int, ...], count: int, make: Callable[[slice, slice], list[NDArray[Any]]]
) -> list[NDArray[np.float32]]:
    """Make frames tile by tile.

    Args:
        plan: the tiles.
        shape: of a frame, `(H, W, C)`.
        count: how many frames there are.
        make: from a tile's rows and columns to that tile of all frames, float32 `(h, w, C)` each.
    """
    if plan.whole:
        return make(plan.rows[0].slice, plan.columns[0].slice)
    frames = [np.zeros(shape, np.float32) for _ in range(count)]
    for row in plan.rows:
        for column in plan.columns:
            weights = row.weights[:, None, None] * column.weights[:, None]
            for frame, tile in zip(frames, make(row.slice, column.slice), strict=True):
                frame[row.slice, column.slice] += weights * tile
    return frames


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
