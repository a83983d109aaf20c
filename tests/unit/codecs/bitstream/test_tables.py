"""Probability tables: exact boundaries, and damaged tables are refused."""

import math

import constriction
import numpy as np
import pytest

from restore.codecs.bitstream.tables import TOTAL, Tables, gaussian_counts, gaussian_tables, scales
from restore.errors import WeightsError

TABLES = gaussian_tables()


def test_counts_are_the_gaussian_to_within_a_count() -> None:
    counts = gaussian_counts(2.0)
    for symbol in (-9, -1, 3, 12):
        share = 0.5 * (math.erf((symbol + 0.5) / 8**0.5) - math.erf((symbol - 0.5) / 8**0.5))
        assert abs(counts[symbol + 13] - share * (TOTAL - 28)) <= 1
    assert counts.size == 2 * 13 + 2
    assert np.array_equal(counts[:13], counts[14:-1][::-1])


def test_every_boundary_of_every_table_is_where_the_counts_say() -> None:
    """A range decoder fed one word shows which symbol owns it: probe the first and last value of each symbol."""
    for counts in TABLES.counts:
        model = constriction.stream.model.Categorical((counts - 1).astype(np.float64), perfect=False)
        ends = np.cumsum(counts)
        for symbol, (first, last) in enumerate(zip(ends - counts, ends - 1, strict=True)):
            for value in (first, last):
                words = np.array([(int(value) << 8) | 0x80, 0], np.uint32)
                assert constriction.stream.queue.RangeDecoder(words).decode(model) == symbol


def test_scales_rise_from_the_smallest_to_the_largest() -> None:
    assert scales()[[0, -1]].tolist() == pytest.approx([0.11, 160.0])
    assert [TABLES.reach(number) for number in (0, 63)] == [1, 1040]


@pytest.mark.parametrize(
    "counts",
    [
        np.array([TOTAL, 0], np.int64),
        np.array([TOTAL - 2, 1], np.int64),
        np.array([TOTAL - 2, 1, 1], np.int64),
        np.array([TOTAL - 1, 1], np.int32),
        np.ones((2, 2), np.int64),
    ],
)
def test_damaged_tables_are_refused(counts: np.ndarray) -> None:
    with pytest.raises(WeightsError):
        Tables((counts,))
