"""Wide holes, first filled at a smaller scale.

In the middle of a hole wider than the network's reach there is nothing to see, and tiles of such a hole would each
dream their own picture. So the surroundings are averaged down by a power of two, counting known pixels only; the hole
is filled there; and that fill pins the prefill at full scale. Pinned is every pixel deeper than two coarse pixels
inside the hole: nearer to the rim the prefill knows better, because it starts from the true pixels, and between
rim and pins it joins the two without a step.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from restore.pipelines.inpaint.crops import Blob, Plan, Rect, at_pixels
from restore.pipelines.inpaint.distance import bands, squared_distance
from restore.pipelines.samples import to_unit

RIM = 2
"""Coarse pixels from the rim that are left to the prefill."""


def shrink(
    colour: NDArray[Any], unknown: NDArray[np.bool_], rect: Rect, factor: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Average a part of a picture down over its known pixels.

    Args:
        colour: `(H, W, 3)`, 8 or 16 bit or float.
        unknown: `(H, W)`, pixels that count as not there.
        rect: the part, of any size.
        factor: how many times smaller.

    Returns:
        Colour `(h, w, 3)`, range 0..1, and what of it is unknown `(h, w)`: where less than half of a block is known.
    """
    height, width = -(-rect.height // factor), -(-rect.width // factor)
    coarse = np.zeros((height, width, 3), dtype=np.float32)
    hole = np.ones((height, width), dtype=np.bool_)
    for rows in bands(height, width * factor * factor):
        top = rect.top + rows.start * factor
        part = Rect(top, rect.left, min(top + (rows.stop - rows.start) * factor, rect.bottom), rect.right)
        known = ~unknown[part.slices]
        sums = _block_sums(to_unit(colour[part.slices]) * known[..., None], factor)
        count = _block_sums(known[..., None].astype(np.float32), factor)
        present = _block_sums(np.ones((*known.shape, 1), dtype=np.float32), factor)
        settled = 2 * count >= present
        coarse[rows] = np.where(settled, sums / np.maximum(count, 1), 0)
        hole[rows] = ~settled[..., 0]
    return coarse, hole


def pins(
    plan: Plan, guides: dict[int, NDArray[np.float32]], unknown: NDArray[np.bool_], rect: Rect
) -> tuple[NDArray[np.float32], NDArray[np.bool_]] | None:
    """What the fills at smaller scales say about a crop.

    Args:
        plan: the plan the guides belong to.
        guides: by number of the blob, its filled part `(h, w, 3)` at the smaller scale.
        unknown: `(H, W)` of the whole picture.
        rect: the crop.

    Returns:
        Colours `(h, w, 3)`, range 0..1, and where they hold `(h, w)`; None where no blob meets the crop.
    """
    met = [blob for blob in plan.blobs if blob.keep.meets(rect)]
    if not met:
        return None
    colours = np.zeros((rect.height, rect.width, 3), dtype=np.float32)
    pinned = np.zeros((rect.height, rect.width), dtype=np.bool_)
    for blob in met:
        margin = RIM * blob.factor
        wider = Rect(rect.top - margin, rect.left - margin, rect.bottom + margin, rect.right + margin)
        wider = wider.clipped(*unknown.shape)
        depth = squared_distance(~unknown[wider.slices], margin)
        inner = Rect(rect.top - wider.top, rect.left - wider.left, rect.bottom - wider.top, rect.right - wider.left)
        deep = (depth[inner.slices] > margin * margin) & at_pixels(plan.blob_cells == blob.number, rect)
        colours[deep] = _enlarge(guides[blob.number], blob, rect)[deep]
        pinned |= deep
    return colours, pinned


def _enlarge(guide: NDArray[np.float32], blob: Blob, rect: Rect) -> NDArray[np.float32]:
    """Bilinear look-up of a guide at the pixels of a crop: `(h, w, 3)`."""
    rows, row_share = _positions(rect.top, rect.bottom, blob.rect.top, blob.factor, guide.shape[0])
    columns, column_share = _positions(rect.left, rect.right, blob.rect.left, blob.factor, guide.shape[1])
    lines = guide[rows] + row_share[:, None, None] * (guide[np.minimum(rows + 1, guide.shape[0] - 1)] - guide[rows])
    right = np.minimum(columns + 1, guide.shape[1] - 1)
    filled: NDArray[np.float32] = lines[:, columns] + column_share[:, None] * (lines[:, right] - lines[:, columns])
    return filled


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
