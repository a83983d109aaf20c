"""Connected components of a small grid, in numpy alone.

The crop plan groups holes on a grid of cells of 16 px, about a hundred thousand cells for a photograph of 24
megapixels. For that a library of image analysis is not worth depending on: rows are cut into runs, overlapping runs
of neighbouring rows are joined, and the joins are settled all at once by pointer jumping.
"""

import numpy as np
from numpy.typing import NDArray


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
    roots = _settle(rows.size, *_touching(rows, starts, stops, height, width))
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


def _settle(count: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
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
