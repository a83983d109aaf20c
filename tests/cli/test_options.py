"""Sizes, pixel counts and lists as users write them."""

import inspect
from dataclasses import dataclass

import pytest

from restore.cli.options import parse_memory, parse_names, parse_numbers, parse_pixels, shared_options
from restore.cli.train import duration, pace
from restore.errors import UsageError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GB", 2_000_000_000),
        ("500MiB", 524_288_000),
        ("1.5g", 1_500_000_000),
        ("1 GiB", 1_073_741_824),
        ("800000000", 800_000_000),
        ("64kb", 64_000),
    ],
)
def test_memory_sizes(text: str, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1GB", "0", "0GB", "2XB", "1.2.3MB", "iB"])
def test_no_memory_size(text: str) -> None:
    with pytest.raises(UsageError, match="2GB, 500MiB"):
        parse_memory(text)


@pytest.mark.parametrize(("text", "count"), [("300MP", 300_000_000), ("1gp", 10**9), ("256000000", 256_000_000)])
def test_pixel_counts(text: str, count: int) -> None:
    assert parse_pixels(text) == count


@pytest.mark.parametrize("text", ["", "lots", "-5", "0", "3TB"])
def test_no_pixel_count(text: str) -> None:
    with pytest.raises(UsageError, match="--max-pixels"):
        parse_pixels(text)


def test_nothing_given_stays_nothing() -> None:
    assert parse_memory(None) is None
    assert parse_pixels(None) is None
    assert parse_names(None) is None


def test_lists() -> None:
    assert parse_numbers("0,0.5, 1", "--detail", 0, 1) == (0.0, 0.5, 1.0)
    assert parse_names(" thin, text,") == ["thin", "text"]


@pytest.mark.parametrize("text", ["", "a", "0,2", "nan", "0;1"])
def test_no_list_of_numbers(text: str) -> None:
    with pytest.raises(UsageError, match="--detail"):
        parse_numbers(text, "--detail", 0, 1)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (42, "42 s"), (600, "10 min"), (5340, "89 min"), (11_100, "3 h 05 min"), (86_400, "24 h 00 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_pace_reads_well_when_slow() -> None:
    assert pace(3.14) == "3.1 steps/s"
    assert pace(0.25) == "4.0 s/step"


def test_shared_options_stand_around_the_commands_own() -> None:
    @dataclass(frozen=True)
    class Listed:
        first: int = 1
        last: int = 2

    seen: list[object] = []

    def command(context: str, given: Listed, *, own: int = 3) -> None:
        seen.append((context, given, own))

    between = shared_options(Listed, after="first", defaults={"last": 5})(command)
    parameters = inspect.signature(between).parameters
    assert [(name, one.default) for name, one in parameters.items()][1:] == [("first", 1), ("own", 3), ("last", 5)]
    between(context="run", first=1, last=5, own=4)
    assert seen == [("run", Listed(1, 5), 4)]
    assert list(inspect.signature(shared_options(Listed)(command)).parameters) == ["context", "own", "first", "last"]
