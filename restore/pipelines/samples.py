"""Between the samples of a picture and the range 0..1 the networks work in.

Known pixels never make this trip: only what is written into a hole is rounded back, so whatever lies outside stays the
input's to the bit.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def peak(dtype: np.dtype[Any]) -> float:
    """The sample value that means 1.0: 255 or 65535 for integers, 1 for floats."""
    return float(np.iinfo(dtype).max) if np.issubdtype(dtype, np.integer) else 1.0


def to_unit(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Samples as float32 in 0..1; floats beyond the range are clipped, NaN becomes 0."""
    if np.issubdtype(samples.dtype, np.integer):
        return np.divide(samples, np.float32(peak(samples.dtype)), dtype=np.float32)  # type: ignore[no-any-return]
    return np.clip(np.nan_to_num(samples.astype(np.float32)), 0.0, 1.0)


def from_unit(values: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Values in 0..1 as samples of `dtype`, rounded to the nearest for integers; overwrites `values`."""
    if np.issubdtype(dtype, np.integer):
        np.multiply(values, np.float32(peak(dtype)), out=values)
        np.rint(values, out=values)
    return values.astype(dtype)


class HoleValues:
    """Values of the pixels of a hole and of no others: memory grows with the hole, not with the picture.

    The pixels stand in reading order, the order in which numpy's `picture[hole]` takes them.

    Args:
        hole: `(H, W)`.
    """

    def __init__(self, hole: NDArray[np.bool_]) -> None:
        self.hole = hole
        self._starts = np.concatenate([[0], np.cumsum(np.count_nonzero(hole, axis=1))])
        self.values = np.zeros((int(self._starts[-1]), 3), dtype=np.float32)

    def add(self, rows: slice, columns: slice, colours: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        """Add weighted colours of a rectangle.

        Args:
            rows: the rectangle's rows.
            columns: its columns.
            colours: `(h, w, 3)`.
            weights: `(h, w)`; pixels of weight 0 and pixels outside the hole are left out.
        """
        wanted = self.hole[rows, columns] & (weights > 0)
        self.values[self._positions(rows, columns)[wanted]] += weights[wanted][:, None] * colours[wanted]

    def read(self, rows: slice, columns: slice, into: NDArray[np.float32]) -> None:
        """Copy the values of a rectangle's pixels into its colours `(h, w, 3)`; those outside the hole stay."""
        part = self.hole[rows, columns]
        into[part] = self.values[self._positions(rows, columns)[part]]

    def write(self, rows: slice, columns: slice, colours: NDArray[np.float32], where: NDArray[np.bool_]) -> None:
        """Put colours `(h, w, 3)` of a rectangle in the place of the values, where `(h, w)` is true."""
        wanted = self.hole[rows, columns] & where
        self.values[self._positions(rows, columns)[wanted]] = colours[wanted]

    def _positions(self, rows: slice, columns: slice) -> NDArray[np.int64]:
        """Where the values of a rectangle's pixels stand; those of pixels outside the hole mean nothing."""
        before = np.count_nonzero(self.hole[rows, : columns.start], axis=1)
        within: NDArray[np.int64] = np.cumsum(self.hole[rows, columns], axis=1)
        positions: NDArray[np.int64] = (self._starts[rows] + before)[:, None] + within - 1
        return positions
