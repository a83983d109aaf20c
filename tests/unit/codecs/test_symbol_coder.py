"""Tables and range coder: exact boundaries, every symbol comes back, damage is an error and never a panic."""

import math

import constriction
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.range_coder import LARGEST_SYMBOL, SymbolDecoder, SymbolEncoder
from restore.codecs.bitstream.tables import TOTAL, Tables, gaussian_counts, gaussian_tables, scales
from restore.errors import WeightsError

TABLES = gaussian_tables()


def code_of(symbols: np.ndarray, numbers: np.ndarray) -> bytes:
    encoder = SymbolEncoder(TABLES)
    encoder.put(symbols.astype(np.int32), numbers.astype(np.uint8))
    return encoder.finish()


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


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-LARGEST_SYMBOL, LARGEST_SYMBOL), st.integers(0, 63)), max_size=60))
def test_any_symbols_come_back(pairs: list[tuple[int, int]]) -> None:
    symbols = np.array([symbol for symbol, _ in pairs], np.int32)
    numbers = np.array([number for _, number in pairs], np.uint8)
    decoder = SymbolDecoder(TABLES, code_of(symbols, numbers))
    assert np.array_equal(decoder.take(numbers), symbols)
    decoder.finish()


def test_groups_come_back_in_turn_and_cost_what_the_tables_say() -> None:
    rng = np.random.default_rng(3)
    encoder, groups, bits = SymbolEncoder(TABLES), [], 0.0
    for size in (0, 5000, 1, 30000):
        numbers = rng.integers(0, 64, size).astype(np.uint8)
        symbols = np.rint(rng.normal(0, scales()[numbers])).astype(np.int32)
        encoder.put(symbols, numbers)
        groups.append((symbols, numbers))
        for symbol, number in zip(symbols.tolist(), numbers.tolist(), strict=True):
            if abs(symbol) <= TABLES.reach(number):
                bits += TABLES.bits(number)[symbol + TABLES.reach(number)]
    code = encoder.finish()
    decoder = SymbolDecoder(TABLES, code)
    for symbols, numbers in groups:
        assert np.array_equal(decoder.take(numbers), symbols)
    decoder.finish()
    assert 8 * len(code) == pytest.approx(bits, rel=1e-3, abs=200)


@pytest.mark.parametrize("number", [0, 20, 63])
def test_symbols_at_and_beyond_the_reach_come_back(number: int) -> None:
    reach = TABLES.reach(number)
    edge = [0, reach, reach + 1, reach + 2, reach + 3, reach + 9, LARGEST_SYMBOL]
    symbols = np.array(edge + [-symbol for symbol in edge], np.int32)
    numbers = np.full(symbols.shape, number, np.uint8)
    assert np.array_equal(SymbolDecoder(TABLES, code_of(symbols, numbers)).take(numbers), symbols)


@settings(deadline=None)
@given(st.binary(max_size=64), st.integers(0, 63))
def test_noise_decodes_to_something_or_is_refused(noise: bytes, number: int) -> None:
    numbers = np.full(200, number, np.uint8)
    try:
        symbols = SymbolDecoder(TABLES, noise).take(numbers)
    except ContainerError:
        return
    assert np.abs(symbols).max() <= LARGEST_SYMBOL


def test_a_code_longer_than_its_symbols_is_noticed() -> None:
    numbers = np.full(100, 30, np.uint8)
    symbols = np.arange(100, dtype=np.int32) % 5
    decoder = SymbolDecoder(TABLES, code_of(symbols, numbers) + bytes(range(40)))
    decoder.take(numbers)
    with pytest.raises(ContainerError, match="left behind"):
        decoder.finish()


def test_wrong_arguments_are_refused() -> None:
    encoder = SymbolEncoder(TABLES)
    for symbols, numbers in (
        (np.zeros(3, np.int32), np.zeros(2, np.uint8)),
        (np.zeros(3, np.int32), np.full(3, 64, np.uint8)),
        (np.full(3, LARGEST_SYMBOL + 1, np.int32), np.zeros(3, np.uint8)),
    ):
        with pytest.raises(ValueError, match=r"cannot be coded|out of range"):
            encoder.put(symbols, numbers)
    with pytest.raises(ValueError, match="out of range"):
        SymbolDecoder(TABLES, bytes(8)).take(np.full(3, 64, np.uint8))


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
