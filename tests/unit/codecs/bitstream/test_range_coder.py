"""The range coder: every symbol comes back, damage is an error and never a panic, and FORMAT.md describes it.

A range decoder in plain Python, written from `codecs/FORMAT.md`, decodes what the library codes.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.range_coder import LARGEST_SYMBOL, SymbolDecoder, SymbolEncoder
from restore.codecs.bitstream.tables import gaussian_tables, scales

WORD, STATE = 1 << 32, 1 << 64
TABLES = gaussian_tables()


def code_of(symbols: np.ndarray, numbers: np.ndarray) -> bytes:
    encoder = SymbolEncoder(TABLES)
    encoder.put(symbols.astype(np.int32), numbers.astype(np.uint8))
    return encoder.finish()


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


class PlainDecoder:
    """FORMAT.md, "Range coder" and "Symbols"."""

    def __init__(self, code: bytes) -> None:
        self.words: Iterator[int] = iter(np.frombuffer(code, "<u4").tolist())
        self.lower, self.range = 0, STATE - 1
        self.point = next(self.words, 0) * WORD + next(self.words, 0)

    def entry(self, counts: list[int]) -> int:
        scale = self.range >> 24
        quantile = ((self.point - self.lower) % STATE) // scale
        assert quantile < sum(counts)
        entry = int(np.searchsorted(np.cumsum(counts), quantile, side="right"))
        left = sum(counts[:entry])
        self.lower = (self.lower + scale * left) % STATE
        self.range = scale * counts[entry]
        if self.range < WORD:
            self.lower = self.lower * WORD % STATE
            self.range *= WORD
            self.point = self.point * WORD % STATE + next(self.words, 0)
        return entry

    def uniform(self, size: int) -> int:
        return self.entry([(1 << 24) // size] * size)

    def group(self, numbers: list[int]) -> list[int]:
        symbols = [0] * len(numbers)
        for number in sorted(set(numbers)):
            counts = TABLES.counts[number].tolist()
            reach = (len(counts) - 2) // 2
            places = [place for place, other in enumerate(numbers) if other == number]
            escaped = []
            for place in places:
                entry = self.entry(counts)
                symbols[place] = entry - reach
                if entry == 2 * reach + 1:
                    escaped.append(place)
            signs = [self.uniform(2) for _ in escaped]
            lengths = [self.uniform(16) for _ in escaped]
            excess = [1 << (length - 1) if length else 0 for length in lengths]
            for length in range(2, 16):
                for index, other in enumerate(lengths):
                    if other == length:
                        excess[index] += self.uniform(1 << (length - 1))
            for place, sign, more in zip(escaped, signs, excess, strict=True):
                symbols[place] = (reach + 1 + more) * (-1 if sign else 1)
        return symbols


@pytest.mark.parametrize("seed", range(4))
def test_the_description_decodes_what_the_library_codes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    encoder, groups = SymbolEncoder(TABLES), []
    for size in (40, 1, 300):
        numbers = rng.integers(0, 64 if seed % 2 else 12, size).astype(np.uint8)
        symbols = np.rint(rng.standard_t(2, size) * scales()[numbers]).clip(-LARGEST_SYMBOL, LARGEST_SYMBOL)
        groups.append((symbols.astype(np.int32), numbers))
        encoder.put(*groups[-1])
    decoder = PlainDecoder(encoder.finish())
    for symbols, numbers in groups:
        assert decoder.group(numbers.tolist()) == symbols.tolist()


def test_a_code_is_the_same_for_ever() -> None:
    """Decoded by the plain decoder above; changing the coder, its tables or their order would change it."""
    numbers = np.array([0, 5, 5, 20, 40, 63, 63, 0], np.uint8)
    symbols = np.array([0, -1, 1, 3, -20, 160, -2000, 5], np.int32)
    encoder = SymbolEncoder(TABLES)
    encoder.put(symbols, numbers)
    code = encoder.finish()
    assert code.hex() == "14d0ffff2ed83e0468e6421e00c47a75"
    assert PlainDecoder(code).group(numbers.tolist()) == symbols.tolist()
