"""The range coder: symbols and the numbers of their tables to bytes, and back. No torch.

Symbols of one table are coded together, tables in ascending order, so that each takes one call. What a table does not
reach is coded as its escape; the excess follows as sign, bit length and remaining bits. The arithmetic is
constriction's (Bamler, 2022) range coder with 24-bit probabilities and 32-bit words.

constriction's `Categorical` requantises the probabilities it is given: handed `counts - 1`, it adds one to each and
arrives at exactly `counts` (a test probes every boundary of every table). On some damaged data it panics, which
`except Exception` does not catch: here that becomes a `ContainerError`. Other damaged data it decodes to wrong symbols:
the caller compares a checksum of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import constriction
import numpy as np
import numpy.typing as npt

from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.tables import Tables

Symbols = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.uint8]
LARGEST_SYMBOL = (1 << 15) - 1
"""Symbols lie between minus this and this."""
LENGTHS = 16
"""An excess has 0 to 15 bits."""


class SymbolEncoder:
    """Codes groups of symbols, one after another, into one code.

    Args:
        tables: the tables that numbers refer to.
    """

    def __init__(self, tables: Tables) -> None:
        self._models = _Models(tables)
        self._coder = constriction.stream.queue.RangeEncoder()

    def put(self, symbols: Symbols, numbers: Numbers) -> None:
        """Code a group.

        Args:
            symbols: `(N,)`, each from -32767 to 32767.
            numbers: `(N,)`, the table of each.

        Raises:
            ValueError: shapes differ, or a symbol or a number is out of range.
        """
        if symbols.shape != numbers.shape or symbols.ndim != 1:
            raise ValueError(f"{symbols.shape} symbols cannot be coded with {numbers.shape} tables")
        if not symbols.size:
            return
        if numbers.max() >= len(self._models.tables.counts) or np.abs(symbols).max() > LARGEST_SYMBOL:
            raise ValueError("a symbol or the number of its table is out of range")
        order, bounds = _grouped(numbers)
        sorted_symbols = symbols[order]
        for number, start, end in bounds:
            reach = self._models.tables.reach(number)
            part = sorted_symbols[start:end]
            beyond = np.abs(part) > reach
            with _guard():
                entries = np.where(beyond, 2 * reach + 1, part + reach).astype(np.int32)
                self._coder.encode(entries, self._models.table(number))
                if beyond.any():
                    self._put_excess(part[beyond], reach)

    def finish(self) -> bytes:
        """The code, a multiple of four bytes."""
        return bytes(self._coder.get_compressed().astype("<u4").tobytes())

    def _put_excess(self, symbols: Symbols, reach: int) -> None:
        excess = np.abs(symbols) - (reach + 1)
        lengths = np.ceil(np.log2(excess + 1.0)).astype(np.int32)
        self._coder.encode((symbols < 0).astype(np.int32), self._models.uniform(2))
        self._coder.encode(lengths, self._models.uniform(LENGTHS))
        for length in range(2, LENGTHS):
            rest = excess[lengths == length] - (1 << (length - 1))
            if rest.size:
                self._coder.encode(rest.astype(np.int32), self._models.uniform(1 << (length - 1)))


class SymbolDecoder:
    """Decodes symbols, in the groups in which they were coded.

    Args:
        tables: the tables that numbers refer to.
        code: from `SymbolEncoder.finish`.

    Raises:
        ContainerError: the code's length is no multiple of four bytes.
    """

    def __init__(self, tables: Tables, code: bytes) -> None:
        if len(code) % 4:
            raise ContainerError(f"a code of {len(code)} bytes is damaged: it has no whole number of words")
        self._models = _Models(tables)
        self._coder = constriction.stream.queue.RangeDecoder(np.frombuffer(code, "<u4").astype(np.uint32))

    def take(self, numbers: Numbers) -> Symbols:
        """Decode a group.

        Args:
            numbers: `(N,)`, the table of each symbol.

        Returns:
            `(N,)` symbols; from damaged code any symbols.

        Raises:
            ContainerError: the code is damaged in a way that shows at once.
            ValueError: a number is out of range.
        """
        symbols = np.zeros(numbers.shape, np.int32)
        if not numbers.size:
            return symbols
        if numbers.max() >= len(self._models.tables.counts):
            raise ValueError("the number of a table is out of range")
        order, bounds = _grouped(numbers)
        for number, start, end in bounds:
            reach = self._models.tables.reach(number)
            with _guard():
                entries = self._coder.decode(self._models.table(number), end - start)
                part = entries - reach
                beyond = entries == 2 * reach + 1
                if beyond.any():
                    part[beyond] = self._take_excess(int(beyond.sum()), reach)
            symbols[order[start:end]] = part
        return symbols

    def finish(self) -> None:
        """Check that the whole code has been read.

        Raises:
            ContainerError: something is left behind the last symbol.
        """
        if not self._coder.maybe_exhausted():
            raise ContainerError("a code is damaged: something is left behind its last symbol")

    def _take_excess(self, count: int, reach: int) -> Symbols:
        negative = self._coder.decode(self._models.uniform(2), count)
        lengths = self._coder.decode(self._models.uniform(LENGTHS), count)
        excess = np.where(lengths > 0, 1 << np.maximum(lengths - 1, 0), 0).astype(np.int32)
        for length in range(2, LENGTHS):
            these = lengths == length
            if these.any():
                excess[these] += self._coder.decode(self._models.uniform(1 << (length - 1)), int(these.sum()))
        magnitude = excess + (reach + 1)
        if magnitude.max() > LARGEST_SYMBOL:
            raise ContainerError("a code is damaged: a symbol is out of range")
        symbols: Symbols = np.where(negative > 0, -magnitude, magnitude).astype(np.int32)
        return symbols


class _Models:
    """constriction's models of the tables, each made at its first use."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._made: dict[int, constriction.stream.model.Categorical] = {}
        self._uniform: dict[int, constriction.stream.model.Uniform] = {}

    def table(self, number: int) -> "constriction.stream.model.Categorical":
        if number not in self._made:
            shares = (self.tables.counts[number] - 1).astype(np.float64)
            self._made[number] = constriction.stream.model.Categorical(shares, perfect=False)
        return self._made[number]

    def uniform(self, size: int) -> "constriction.stream.model.Uniform":
        if size not in self._uniform:
            self._uniform[size] = constriction.stream.model.Uniform(size)
        return self._uniform[size]


def _grouped(numbers: Numbers) -> tuple[npt.NDArray[np.intp], list[tuple[int, int, int]]]:
    """The order that sorts by table and keeps the order within it, and each table's number, start and end there."""
    order = np.argsort(numbers, kind="stable")
    counts = np.bincount(numbers)
    ends = np.cumsum(counts)
    used = np.flatnonzero(counts)
    return order, [(int(number), int(ends[number] - counts[number]), int(ends[number])) for number in used]


@contextmanager
def _guard() -> Iterator[None]:
    """Turn what constriction raises on damaged data, its panics included, into a typed error."""
    try:
        yield
    except (AssertionError, ValueError) as error:
        raise ContainerError(f"a code is damaged: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ContainerError("a code is damaged: the range coder gave up on it") from error
