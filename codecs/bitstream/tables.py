"""Integer probability tables, which the range coder codes symbols with. No torch, and when decoding no floats.

A table belongs to one scale. It counts, out of 2^24, how often each symbol from -reach to reach is expected, and how
often a symbol beyond, the escape. The counts are made once, from a Gaussian in float64, and stored with the weights as
integers: two machines whose `erf` differ in the last place still code with the same tables.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from restore.errors import WeightsError

PRECISION = 24
"""The counts of a table add up to two to this power."""
TOTAL = 1 << PRECISION
"""Sum of the counts of a table."""
TABLES = 64
"""Number of scales."""
SMALLEST_SCALE, LARGEST_SCALE = 0.11, 160.0
"""Standard deviations in quantisation steps of the first and the last table; the others lie geometrically between."""
RATIO = math.log(LARGEST_SCALE / SMALLEST_SCALE) / (TABLES - 1)
"""Logarithm of the ratio of two neighbouring tables' scales."""
TAIL = 6.5
"""Standard deviations that a table covers; symbols beyond are coded as escapes."""
LONGEST_REACH = 1 << 12
"""Largest reach a stored table may have."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tables:
    """Tables in the order of their scales.

    Each is `(2 * reach + 2,)`: counts of -reach … reach, then of the escape.

    Raises:
        WeightsError: a table is too short or too long, a count is not positive, or the counts have a wrong sum.
    """

    counts: tuple[Counts, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.counts) <= 256:
            raise WeightsError(f"there are {len(self.counts)} probability tables; 1 to 256 are possible")
        for number, counts in enumerate(self.counts):
            if counts.ndim != 1 or counts.size % 2 or not 2 <= counts.size <= 2 * LONGEST_REACH + 2:
                raise WeightsError(f"probability table {number} has the impossible shape {counts.shape}")
            if counts.dtype != np.int64 or counts.min() < 1 or int(counts.sum()) != TOTAL:
                raise WeightsError(f"probability table {number} is damaged: its counts do not add up to {TOTAL}")

    def reach(self, number: int) -> int:
        """Largest symbol of a table that is not escaped."""
        return (self.counts[number].size - 2) // 2

    def bits(self, number: int) -> npt.NDArray[np.float64]:
        """Bits that each entry of a table costs, for estimates."""
        cost: npt.NDArray[np.float64] = PRECISION - np.log2(self.counts[number].astype(np.float64))
        return cost


def scales() -> npt.NDArray[np.float64]:
    """The standard deviations of the tables, `(TABLES,)`, in quantisation steps."""
    steps = np.arange(TABLES) / (TABLES - 1)
    values: npt.NDArray[np.float64] = SMALLEST_SCALE * (LARGEST_SCALE / SMALLEST_SCALE) ** steps
    return values


def gaussian_tables() -> Tables:
    """Tables of zero-mean Gaussians, integrated over each quantisation step."""
    return Tables(tuple(gaussian_counts(float(scale)) for scale in scales()))


def gaussian_counts(scale: float) -> Counts:
    """The table of one standard deviation, in quantisation steps: no count below one, a sum of exactly 2^24."""
    reach = max(1, math.ceil(TAIL * scale))
    edges = (np.arange(-reach, reach + 2) - 0.5) / (scale * math.sqrt(2))
    below = np.array([0.5 * math.erfc(-edge) for edge in edges])
    shares = np.append(np.diff(below), 2 * below[0])
    counts: Counts = np.maximum(1, np.rint(shares * (TOTAL - shares.size)).astype(np.int64))
    counts[reach] += TOTAL - counts.sum()
    return counts
