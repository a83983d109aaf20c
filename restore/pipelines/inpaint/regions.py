"""The wide parts of a hole, which are put together from pieces of the picture.

Pieces are looked for around a region as a whole, or the middle of a large hole would lie in a crop that shows nothing
but hole. Regions that see much of the same are searched together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restore.pipelines.inpaint.cells import CELL, Box, any_cell, at_pixels, dilate_cells, label_components
from restore.pipelines.inpaint.distance import erode

WIDE = 8
"""Pieces are for where a hole reaches so many pixels to all sides, and around as far: a scratch has none."""
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
    core = erode(hole, WIDE)
    if not core.any():
        return []
    labels = label_components(dilate_cells(any_cell(core), 1))
    regions = []
    for label in range(int(labels.max()) + 1):
        inner = Box.around(labels == label).scaled(CELL).clipped(*hole.shape)
        least, most = WIDE_CONTEXT
        box = inner.grown(min(max(inner.height, inner.width, least), most)).clipped(*hole.shape)
        opened = ~erode(~(core[box.slices] & at_pixels(labels == label, box)), WIDE)
        rim = np.where(erode(hole[box.slices], 1), 1.0, 0.5)
        regions.append(WideRegion(box, (opened * rim).astype(np.float32)))
    return _joined(regions)


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
