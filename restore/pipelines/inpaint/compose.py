"""Puts a result together: crops cross-faded into the hole's pixels, a soft rim, and all other pixels as they were.

Only the colours of the hole's pixels are ever computed, kept and written, so what lies outside is the input's to the
bit, at 8 and 16 bit and in floats, because it never leaves the input's own type.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restore.images.samples import from_unit, to_unit
from restore.pipelines.inpaint.distance import FAR, bands, squared_distance_bands


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled hole."""

    values: NDArray[np.float32]
    """`(N, 3)`, range 0..1: the N pixels of the hole in reading order."""
    cost: float
    """How little the pieces in its wide parts agree; compares fills of one hole, 0 where there are none."""


class HoleColours:
    """Colours of the pixels of a hole and of no others: memory grows with the hole, not with the picture.

    The pixels stand in reading order, the order in which numpy's `picture[hole]` takes them.

    Args:
        hole: `(H, W)`.
        channels: values of each pixel.
    """

    def __init__(self, hole: NDArray[np.bool_], channels: int = 3) -> None:
        self.hole = hole
        self._starts = np.concatenate([[0], np.cumsum(np.count_nonzero(hole, axis=1))])
        self.values = np.zeros((int(self._starts[-1]), channels), dtype=np.float32)

    def copy(self) -> "HoleColours":
        """The same hole with values of its own."""
        other = HoleColours(self.hole, self.values.shape[1])
        other.values[:] = self.values
        return other

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
        for band in bands(rows.stop - rows.start, columns.stop - columns.start):
            here = slice(rows.start + band.start, rows.start + band.stop)
            part = self.hole[here, columns]
            into[band][part] = self.values[self._positions(here, columns)[part]]

    def write(self, rows: slice, columns: slice, colours: NDArray[np.float32], where: NDArray[np.bool_]) -> None:
        """Put colours `(h, w, 3)` of a rectangle in the place of the values, where `(h, w)` is true."""
        for band in bands(rows.stop - rows.start, columns.stop - columns.start):
            here = slice(rows.start + band.start, rows.start + band.stop)
            wanted = self.hole[here, columns] & where[band]
            self.values[self._positions(here, columns)[wanted]] = colours[band][wanted]

    def _positions(self, rows: slice, columns: slice) -> NDArray[np.int64]:
        """Where the values of a rectangle's pixels stand; those of pixels outside the hole mean nothing."""
        before = np.count_nonzero(self.hole[rows, : columns.start], axis=1)
        within: NDArray[np.int64] = np.cumsum(self.hole[rows, columns], axis=1)
        positions: NDArray[np.int64] = (self._starts[rows] + before)[:, None] + within - 1
        return positions


def soften_rim(
    values: NDArray[np.float32], colour: NDArray[Any], hole: NDArray[np.bool_], width: int
) -> NDArray[np.float32]:
    """Let the original pixels at the rim pass into the fill, inside the hole only.

    Args:
        values: `(N, 3)`, range 0..1: the fill of the N pixels of the hole in reading order.
        colour: `(H, W, 3)`, the original.
        hole: `(H, W)`.
        width: over how many pixels, at least 1.

    Returns:
        `(N, 3)`; the fill alone where the original is not finite.
    """
    share = feather_weights(hole, width)[:, None]
    original = to_unit(colour[hole])
    finite = np.isfinite(colour[hole].astype(np.float32))
    return np.where(finite, original + share * (values - original), values)


def feather_weights(hole: NDArray[np.bool_], width: int) -> NDArray[np.float32]:
    """How much of the fill each pixel of a hole gets when the fill fades in from the rim.

    The pixel at the rim gets `1 / (width + 1)` of the fill and the rest of the original, a pixel more than `width`
    inside gets the fill alone.

    Args:
        hole: `(H, W)`.
        width: in pixels, at least 1.

    Returns:
        `(N,)` for the N pixels of the hole in reading order, range 0..1.
    """
    shares = [
        np.sqrt(np.where(near[hole[rows]] == FAR, (width + 1) ** 2, near[hole[rows]]).astype(np.float32)) / (width + 1)
        for rows, near in squared_distance_bands(~hole, width)
    ]
    return np.minimum(np.concatenate(shares), np.float32(1))


def with_hole_filled(colour: NDArray[Any], hole: NDArray[np.bool_], values: NDArray[np.float32]) -> NDArray[Any]:
    """Return a copy of a picture with the pixels of its hole replaced.

    Args:
        colour: `(H, W, 3)`, 8 or 16 bit or float.
        hole: `(H, W)`.
        values: `(N, 3)`, range 0..1, in reading order; overwritten.
    """
    result = colour.copy()
    result[hole] = from_unit(values, colour.dtype)
    return result
