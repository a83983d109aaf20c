"""Measured rows as tables: means of a group, text for a terminal, CSV for a spreadsheet, plain values for JSON."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar

from restore.files import atomic_write

Row = TypeVar("Row")
Key = TypeVar("Key")


def groups_of(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """The rows by a key, keys and rows in the order in which they first appear."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def means_of(rows: Sequence[object], names: Iterable[str]) -> dict[str, Any]:
    """Attribute to its plain mean over the rows; None where a row lacks it."""
    return {name: mean_known(getattr(row, name) for row in rows) for name in names}


def peaks_of(rows: Sequence[object], names: Iterable[str]) -> dict[str, Any]:
    """Attribute to its largest value over the rows that have it; None where none has."""
    return {name: largest(getattr(row, name) for row in rows) for name in names}


def mean_known(values: Iterable[float | None]) -> float | None:
    """The mean, or None where a value is missing."""
    known = list(values)
    return fmean(value for value in known if value is not None) if known and None not in known else None


def largest(values: Iterable[float | None]) -> float | None:
    """The largest of the values that are there."""
    return max((value for value in values if value is not None), default=None)


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Examples:
        >>> counted(1, "picture"), counted(3, "picture")
        ('1 picture', '3 pictures')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def cell(value: float | None, form: str) -> str:
    """A figure in a format such as `.2f`, or a dash."""
    return "-" if value is None else format(value, form)


def widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column over all rows."""
    return [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]


def line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One row of a table, indented by two: the first column to the left, the others to the right."""
    first, *rest = (
        text.ljust(width) if column == 0 else text.rjust(width)
        for column, (text, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([f"  {first}", *rest]).rstrip()


def titled(title: str, rows: Sequence[Sequence[str]]) -> str:
    """A table below its title."""
    widths = widths_of(rows)
    return "\n".join([title, *(line(cells, widths) for cells in rows)])


def write_csv(columns: Sequence[str], records: Iterable[dict[str, Any]], path: Path) -> None:
    """Write records as CSV, floats with six decimals, an empty field where a record lacks a column or has None.

    Raises:
        OutputError: the file cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({key: round(value, 6) if isinstance(value, float) else value for key, value in record.items()})
    with atomic_write(path) as file:
        file.write(text.getvalue().encode("utf-8"))


def plain(**parts: object) -> dict[str, Any]:
    """Dataclasses, and lists of them, as plain values by name, for JSON."""
    return {name: _plain(part) for name, part in parts.items()}


def _plain(part: object) -> Any:
    if isinstance(part, list):
        return [_plain(item) for item in part]
    return asdict(part) if is_dataclass(part) and not isinstance(part, type) else part
