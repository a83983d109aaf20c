"""The wide parts of a hole, which are put together from pieces of the picture.

Pieces are looked for around a region as a whole, or the middle of a large hole would lie in a crop that shows nothing
but hole. Regions that see much of the same are searched together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restore.pipelines.inpaint.cells import CELL, Box, any_cell, at_pixels, dilate_cells, label_components
from restore.pipelines.inpaint.distance import erode

WIDE = 8
"""Pieces are for where a hole reaches so many pixels to all sides, and around as far: a scratch has none."""
HEART = (15, 32)
"""And for what lies near a place from which it reaches so many: strokes up to twice as broad are the network's, an
object's limbs go with the object. The first where there is little hole around, the second where there is much: between
many strokes few pieces of the picture are left whole."""
CROWDED = 0.2
"""Share of hole around a cell from which on there is much."""
AROUND = 8
"""How far around, in cells."""
LIMB = 6
"""How near, in cells."""
WIDE_CONTEXT = (64, 512)
"""Least and most pixels around a wide region that pieces are taken from; in between, as much as it is long."""


@dataclass(frozen=True, slots=True)
class WideRegion:
    """A part of the hole that is put together from pieces of the picture."""

    box: Box
    """The region with its surroundings, inside the picture."""
    share: NDArray[np.float32]
    """`(h, w)` of `box`, 0..1: how much pieces count."""


def wide_regions(hole: NDArray[np.bool_]) -> list[WideRegion]:
    """The wide parts of a hole `(H, W)`, each once."""
    heart = any_cell(erode(hole, HEART[0])) & ~_crowded(hole) | any_cell(erode(hole, HEART[1]))
    core = erode(hole, WIDE) & at_pixels(dilate_cells(heart, LIMB), Box(0, 0, *hole.shape))
    if not core.any():
        return []
    labels = label_components(dilate_cells(any_cell(core), 1))
    regions = []
    for label in range(int(labels.max()) + 1):
        inner = Box.around(labels == label).scaled(CELL).clipped(*hole.shape)
        least, most = WIDE_CONTEXT
        box = inner.grown(min(max(inner.height, inner.width, least), most)).clipped(*hole.shape)
        opened = ~erode(~(core[box.slices] & at_pixels(labels == label, box)), WIDE)
        rim = np.where(erode(hole[box.slices], 1), np.float32(1), np.float32(0.5))
        regions.append(WideRegion(box, np.where(opened, rim, np.float32(0))))
    return _joined(regions)


def _crowded(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells around which there is much hole."""
    rows = np.add.reduceat(hole.view(np.uint8), np.arange(0, hole.shape[0], CELL), axis=0, dtype=np.uint8)
    cells = np.add.reduceat(rows, np.arange(0, hole.shape[1], CELL), axis=1, dtype=np.float64)
    areas = np.outer(*(np.diff([*range(0, length, CELL), length]) for length in hole.shape))
    for axis in (0, 1):
        cells, areas = (_sums_around(values, axis) for values in (cells, areas))
    crowded: NDArray[np.bool_] = cells > CROWDED * areas
    return crowded


def _sums_around(values: NDArray[Any], axis: int) -> NDArray[Any]:
    """Sums over `AROUND` cells to both sides along an axis; beyond the border there is nothing."""
    width = [(0, 0), (0, 0)]
    width[axis] = (AROUND + 1, AROUND)
    sums: NDArray[Any] = np.cumsum(np.pad(values, width), axis=axis)
    length, reach = values.shape[axis], 2 * AROUND + 1
    around: NDArray[Any] = np.take(sums, range(reach, reach + length), axis) - np.take(sums, range(length), axis)
    return around


def _joined(regions: list[WideRegion]) -> list[WideRegion]:
    """Regions of which two become one where their joint box is no larger than the two are together."""
    found: list[WideRegion] = []
    for region in regions:
        joined, others = region, found
        found = []
        for other in others:
            box = joined.box.joined(other.box)
            if box.area > joined.box.area + other.box.area:
                found.append(other)
                continue
            share = np.zeros((box.height, box.width), dtype=np.float32)
            for part in (joined, other):
                inside = share[part.box.relative_to(box).slices]
                np.maximum(inside, part.share, out=inside)
            joined = WideRegion(box, share)
        found.append(joined)
    return found
