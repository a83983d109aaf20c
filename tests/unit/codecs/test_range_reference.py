"""A range decoder in plain Python, written from `codecs/FORMAT.md`: what the library codes, the description decodes."""

from collections.abc import Iterator

import numpy as np
import pytest

from restore.codecs.bitstream.range_coder import LARGEST_SYMBOL, SymbolEncoder
from restore.codecs.bitstream.tables import gaussian_tables, scales

WORD, STATE = 1 << 32, 1 << 64
TABLES = gaussian_tables()


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
