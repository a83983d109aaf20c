"""Text tables for a terminal: the first column to the left, numbers to the right, a dash for what is not known."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any


def cell(value: float | None, form: str) -> str:
    """A figure in a format such as `.2f`, or a dash."""
    return "-" if value is None else format(value, form)


def widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column over all rows."""
    return [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]


def line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One row of a table, indented by two."""
    first, *rest = (
        text.ljust(width) if column == 0 else text.rjust(width)
        for column, (text, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([f"  {first}", *rest]).rstrip()


def rounded(record: dict[str, Any]) -> dict[str, Any]:
    """A record whose floats have six decimals, for CSV."""
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in record.items()}


def mean_known(values: Iterable[float | None]) -> float | None:
    """The mean, or None where a value is missing."""
    known = list(values)
    return fmean(value for value in known if value is not None) if known and None not in known else None


def largest(values: Iterable[float | None]) -> float | None:
    """The largest of the values that are there."""
    return max((value for value in values if value is not None), default=None)
