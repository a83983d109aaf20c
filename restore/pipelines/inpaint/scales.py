"""Between a picture and a smaller one: averages over known pixels on the way down, straight lines on the way up.

In the middle of a hole wider than the network's reach there is nothing to see, and tiles of such a hole would each
be filled without regard to the others. So the surroundings are averaged down by a power of two, counting known pixels
only, the hole is filled there, and that fill guides the one at full scale.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restore.images.samples import to_unit
from restore.pipelines.inpaint.cells import Box
from restore.pipelines.inpaint.distance import bands


def shrink_mask(unknown: NDArray[np.bool_], box: Box, factor: int) -> NDArray[np.bool_]:
    """Make a part of a mask smaller.

    Args:
        unknown: `(H, W)`, pixels that count as not there.
        box: the part, of any size.
        factor: how many times smaller.

    Returns:
        `(ceil(h / factor), ceil(w / factor))`: unknown where less than half of a block is known.
    """
    smaller = np.empty(_coarse_shape(box, factor), dtype=np.bool_)
    for rows, part in _coarse_bands(box, factor):
        known = ~unknown[part.slices]
        present = _block_sums(np.ones((*known.shape, 1), dtype=np.float32), factor)
        smaller[rows] = (2 * _block_sums(known[..., None].astype(np.float32), factor) < present)[..., 0]
    return smaller


def shrink_colour(
    colour: NDArray[Any], unknown: NDArray[np.bool_], box: Box, factor: int, coarse_unknown: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Average a part of a picture down over its known pixels.

    Args:
        colour: `(H, W, 3)`, 8 or 16 bit or float.
        unknown: `(H, W)`, pixels that count as not there.
        box: the part, of any size.
        factor: how many times smaller.
        coarse_unknown: `(h, w)`, what `shrink_mask` makes of `unknown`.

    Returns:
        `(h, w, 3)`, range 0..1; 0 where it is unknown.
    """
    coarse = np.empty((*coarse_unknown.shape, 3), dtype=np.float32)
    for rows, part in _coarse_bands(box, factor):
        known = ~unknown[part.slices]
        sums = _block_sums(to_unit(colour[part.slices]) * known[..., None], factor)
        count = _block_sums(known[..., None].astype(np.float32), factor)
        coarse[rows] = np.where(coarse_unknown[rows, :, None], 0, sums / np.maximum(count, 1))
    return coarse


def enlarge(coarse: NDArray[np.float32], origin: Box, factor: int, box: Box) -> NDArray[np.float32]:
    """Bilinear look-up of a smaller picture at the pixels of a larger one.

    Args:
        coarse: `(h, w, 3)`.
        origin: which part of the larger picture it shows.
        factor: how many times smaller it is.
        box: which pixels of the larger picture are wanted.

    Returns:
        `(box.height, box.width, 3)`.
    """
    rows, row_share = _positions(box.top, box.bottom, origin.top, factor, coarse.shape[0])
    columns, column_share = _positions(box.left, box.right, origin.left, factor, coarse.shape[1])
    below = np.minimum(rows + 1, coarse.shape[0] - 1)
    lines = coarse[rows] + row_share[:, None, None] * (coarse[below] - coarse[rows])
    right = np.minimum(columns + 1, coarse.shape[1] - 1)
    larger: NDArray[np.float32] = lines[:, columns] + column_share[:, None] * (lines[:, right] - lines[:, columns])
    return larger


def _coarse_shape(box: Box, factor: int) -> tuple[int, int]:
    return -(-box.height // factor), -(-box.width // factor)


def _coarse_bands(box: Box, factor: int) -> Iterator[tuple[slice, Box]]:
    """Bands of rows of the smaller picture, and the part of the larger one each is made of."""
    height, width = _coarse_shape(box, factor)
    for rows in bands(height, width * factor * factor):
        top = box.top + rows.start * factor
        yield rows, Box(top, box.left, min(top + (rows.stop - rows.start) * factor, box.bottom), box.right)


def _positions(
    start: int, stop: int, origin: int, factor: int, length: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each pixel, the coarse sample before it and the share of the one after."""
    place = np.clip((np.arange(start, stop) + 0.5 - origin) / factor - 0.5, 0, length - 1)
    before = np.floor(place).astype(np.int64)
    return before, (place - before).astype(np.float32)


def _block_sums(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Sums over blocks of `factor` x `factor`; blocks at the far edges may be cut."""
    rows = np.add.reduceat(values, np.arange(0, values.shape[0], factor), axis=0)
    return np.add.reduceat(rows, np.arange(0, values.shape[1], factor), axis=1)
