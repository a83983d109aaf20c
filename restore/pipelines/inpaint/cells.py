"""Masks on a coarse grid: boxes, cells of 16 pixels, and which cells belong together; in numpy alone.

The crop plan groups holes on such a grid, about a hundred thousand cells for a photograph of 24 megapixels. For that a
library of image analysis is not worth depending on: rows are cut into runs, overlapping runs of neighbouring rows are
joined, and all joins are followed to the end at once by pointer jumping.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELL = 16
"""Side of a cell in pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels, bottom and right exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def area(self) -> int:
        return self.height * self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index an `(H, W, ..)` array with it."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @classmethod
    def around(cls, marked: NDArray[np.bool_]) -> "Box":
        """The smallest box that holds all marked places of an `(H, W)`, of which there is at least one."""
        rows, columns = np.nonzero(marked)
        return cls(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)

    def scaled(self, factor: int) -> "Box":
        """The same rectangle counted in units that are `factor` times smaller, such as pixels instead of cells."""
        return Box(self.top * factor, self.left * factor, self.bottom * factor, self.right * factor)

    def clipped(self, height: int, width: int) -> "Box":
        """The part inside a picture of `height` x `width`."""
        return Box(max(0, self.top), max(0, self.left), min(height, self.bottom), min(width, self.right))

    def grown(self, margin: int) -> "Box":
        """The same rectangle with `margin` pixels more on every side."""
        return Box(self.top - margin, self.left - margin, self.bottom + margin, self.right + margin)

    def relative_to(self, outer: "Box") -> "Box":
        """The same rectangle, counted from the top left corner of `outer`."""
        return Box(self.top - outer.top, self.left - outer.left, self.bottom - outer.top, self.right - outer.left)

    def joined(self, other: "Box") -> "Box":
        """The smallest rectangle that holds both."""
        top, left = min(self.top, other.top), min(self.left, other.left)
        return Box(top, left, max(self.bottom, other.bottom), max(self.right, other.right))

    def shared(self, other: "Box") -> "Box":
        """The pixels of both; a box without area where they do not meet."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        return Box(top, left, max(top, min(self.bottom, other.bottom)), max(left, min(self.right, other.right)))

    def meets(self, other: "Box") -> bool:
        """Whether the two share a pixel."""
        rows = self.top < other.bottom and other.top < self.bottom
        return rows and self.left < other.right and other.left < self.right


def any_cell(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells that hold a pixel of the hole."""
    rows = np.logical_or.reduceat(hole, np.arange(0, hole.shape[0], CELL), axis=0)
    return np.logical_or.reduceat(rows, np.arange(0, hole.shape[1], CELL), axis=1)


def all_cell(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells that hold nothing else."""
    rows = np.logical_and.reduceat(hole, np.arange(0, hole.shape[0], CELL), axis=0)
    return np.logical_and.reduceat(rows, np.arange(0, hole.shape[1], CELL), axis=1)


def dilate_cells(cells: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Grow a map of cells by a square of `steps` cells on each side."""
    grown = cells.copy()
    for _ in range(steps):
        rows = grown.copy()
        rows[1:] |= grown[:-1]
        rows[:-1] |= grown[1:]
        grown = rows.copy()
        grown[:, 1:] |= rows[:, :-1]
        grown[:, :-1] |= rows[:, 1:]
    return grown


def at_pixels(cells: NDArray[np.bool_], box: Box) -> NDArray[np.bool_]:
    """Look up each pixel of a rectangle in a map of cells: `(h, w)`."""
    rows = np.arange(box.top, box.bottom) // CELL
    columns = np.arange(box.left, box.right) // CELL
    part = cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    found: NDArray[np.bool_] = part[rows - rows[0]][:, columns - columns[0]]
    return found


def cell_depth(full: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How many cells deep each cell lies inside the hole, by chessboard steps; the picture's edge is no rim."""
    depth = full.astype(np.int32)
    inside = full
    while inside.any() and not inside.all():
        inside = ~dilate_cells(~inside, 1)
        depth += inside
    return depth


def label_components(occupied: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the 8-connected components of a grid.

    Args:
        occupied: `(H, W)`.

    Returns:
        `(H, W)`: -1 where nothing is, else the component, numbered from 0 in reading order of their first cells.
    """
    height, width = occupied.shape
    labels = np.full((height, width), -1, dtype=np.int32)
    edges = np.diff(np.pad(occupied.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    if rows.size == 0:
        return labels
    roots = _smallest_member(rows.size, *_touching(rows, starts, stops, height, width))
    numbers = np.unique(roots, return_inverse=True)[1].astype(np.int32)
    labels[occupied] = np.repeat(numbers, stops - starts)
    return labels


def _touching(
    rows: NDArray[np.int64], starts: NDArray[np.int64], stops: NDArray[np.int64], height: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of runs of neighbouring rows that touch, diagonals included."""
    pitch = width + 2
    above = rows - 1
    first = np.searchsorted(rows * pitch + stops, above * pitch + starts, side="left")
    last = np.searchsorted(rows * pitch + starts, above * pitch + stops, side="right")
    counts = np.maximum(last - first, 0)
    lower = np.repeat(np.arange(rows.size), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return lower, np.repeat(first, counts) + within


def _smallest_member(count: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Smallest member of the component of each of `count` nodes joined by the pairs `a`, `b`."""
    root = np.arange(count)
    while True:
        before = root.copy()
        low = np.minimum(root[a], root[b])
        np.minimum.at(root, root[a], low)
        np.minimum.at(root, root[b], low)
        while not np.array_equal(root, root[root]):
            root = root[root]
        if np.array_equal(root, before):
            return root


def compact_labels(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], list[Box]]:
    """Renumber labels without gaps, and the bounding box of each, in cells."""
    rows, columns = np.nonzero(labels >= 0)
    used, numbers = np.unique(labels[rows, columns], return_inverse=True)
    compact = np.full_like(labels, -1)
    compact[rows, columns] = numbers
    low = np.full((used.size, 2), np.iinfo(np.int64).max)
    high = np.zeros((used.size, 2), dtype=np.int64)
    for axis, position in enumerate((rows, columns)):
        np.minimum.at(low[:, axis], numbers, position)
        np.maximum.at(high[:, axis], numbers, position + 1)
    boxes = [Box(*map(int, (a[0], a[1], b[0], b[1]))) for a, b in zip(low, high, strict=True)]
    return compact, boxes
