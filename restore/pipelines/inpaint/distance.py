"""Distances up to a limit, and masks grown and shrunk by them; in numpy alone.

Growing a hole and fading its rim both ask how far the nearest pixel of some kind lies, and both only care up to a few
pixels. So the exact Euclidean distance is taken within a limit: along rows first, then over the rows above and below
(Felzenszwalb and Huttenlocher, 2012, with the parabolas cut off). The cost grows with the limit, not with the
content, and works in bands of rows, so a large picture needs little memory beyond the result. Above a limit of some
hundred pixels a full distance transform would be faster.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FAR = np.int32(2**30)
"""Stands for a squared distance beyond the limit."""

BAND_PIXELS = 1 << 20
"""How many pixels are worked on at once."""


def bands(height: int, width: int) -> Iterator[slice]:
    """Cut a picture of `height` x `width` pixels into bands of rows of about a million pixels each."""
    rows = max(1, BAND_PIXELS // max(width, 1))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def squared_distance(targets: NDArray[np.bool_], limit: int) -> NDArray[np.int32]:
    """Squared distance of every pixel to the nearest target.

    Args:
        targets: `(H, W)`, where the targets are.
        limit: offsets of more than this many pixels along either axis are not looked at.

    Returns:
        `(H, W)`, in square pixels, 0 on a target, `FAR` where no target is near.
    """
    along = _row_distance(targets, limit)
    squares = np.where(along > limit, FAR, along * along).astype(np.int32)
    height = targets.shape[0]
    nearest = squares.copy()
    for offset in range(1, min(limit, height - 1) + 1):
        candidates = squares + np.int32(offset * offset)
        np.minimum(nearest[offset:], candidates[:-offset], out=nearest[offset:])
        np.minimum(nearest[:-offset], candidates[offset:], out=nearest[:-offset])
    return np.minimum(nearest, FAR)


def squared_distance_bands(targets: NDArray[np.bool_], limit: int) -> Iterator[tuple[slice, NDArray[np.int32]]]:
    """`squared_distance` band by band: yields the rows and their distances `(rows, W)`."""
    height, width = targets.shape
    for rows in bands(height, width):
        top, bottom = max(0, rows.start - limit), min(height, rows.stop + limit)
        near = squared_distance(targets[top:bottom], limit)
        yield rows, near[rows.start - top : rows.stop - top]


def grow(hole: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Dilate a hole by a disc of `radius` pixels (1 is the 3x3 square, as a rim of anti-aliasing needs).

    Args:
        hole: `(H, W)`.
        radius: in pixels, 0 returns a copy.

    Returns:
        `(H, W)`, a new array.
    """
    if radius == 0:
        return hole.copy()
    reach = (radius + 0.5) ** 2
    grown = np.empty_like(hole)
    for rows, near in squared_distance_bands(hole, radius):
        grown[rows] = near <= reach
    return grown


def erode(mask: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Shrink a mask: true where it is true `steps` pixels far to all sides; beyond the picture it counts as true."""
    for axis in (0, 1):
        width, reach = [(0, 0), (0, 0)], 2 * steps + 1
        width[axis] = (steps, steps)
        mask = np.pad(mask, width, constant_values=True)
        done = 1
        while done < reach:
            more = min(done, reach - done)
            length = mask.shape[axis] - more
            mask = mask[:length] & mask[more:] if axis == 0 else mask[:, :length] & mask[:, more:]
            done += more
    return mask


def _row_distance(targets: NDArray[np.bool_], limit: int) -> NDArray[np.int32]:
    """Distance to the nearest target in the same row, `limit + 1` where there is none."""
    width = targets.shape[1]
    columns = np.arange(width, dtype=np.int32)
    before = np.where(targets, columns, np.int32(-limit - 1))
    before = columns - np.maximum.accumulate(before, axis=1)
    after = np.where(targets, columns, np.int32(width + limit))
    after = np.minimum.accumulate(after[:, ::-1], axis=1)[:, ::-1] - columns
    return np.minimum(np.minimum(before, after), np.int32(limit + 1)).astype(np.int32)
