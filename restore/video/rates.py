"""Frame rates as the exact fractions they are, and the times of output frames.

A rate written with decimals is nearly always an NTSC one: "23.976" means 24000/1001. Taken literally it would differ by
1 in 10^6, and a player would take the file for one of variable rate.

    >>> parse_rate("59.94"), parse_rate("12.5"), parse_rate("24000/1001")
    (Fraction(60000, 1001), Fraction(25, 2), Fraction(24000, 1001))
    >>> frame_count(Fraction(2), Fraction(60000, 1001))
    120
"""

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from restore.errors import UsageError

__all__ = ["MAX_RATE", "Timeline", "divide", "frame_count", "parse_rate", "rate_name", "time_unit", "usual_rate"]

MAX_RATE = 1000
"""Frames per second; more is taken for a mistake."""

_NTSC = (12, 15, 24, 30, 48, 60, 72, 90, 96, 120, 144, 180, 240, 300, 480)
_NUMBER = re.compile(r"\d{1,6}(?:\.(\d{1,9}))?|\d{1,9}\s*/\s*\d{1,9}")
_SLIVER = Fraction(1, 10)  # of an output frame: time stamps in milliseconds are off by that much at 200 per second
_GRID = 90_000  # ticks per second; milliseconds, MPEG clocks and all whole rates up to 48 lie on it
_FINEST = 1_000_000_000  # ticks per second that every encoder takes (libvpx has the lowest limit)


def parse_rate(text: str) -> Fraction:
    """The rate that a user means, in frames per second.

    Args:
        text: a whole number, decimals or a fraction: ``"60"``, ``"23.976"``, ``"24000/1001"``. Two or more decimals
            that are an NTSC rate, rounded or cut off, mean that rate.

    Raises:
        UsageError: no number, zero, or above ``MAX_RATE``.
    """
    text = text.strip()
    match = _NUMBER.fullmatch(text)
    if match is None or re.fullmatch(r".*/\s*0+", text):
        raise UsageError(f"{text!r} is no frame rate; write one like 60, 23.976 or 24000/1001")
    rate = Fraction(text.replace(" ", ""))
    decimals = len(match.group(1) or "")
    if decimals >= 2 and rate.denominator != 1:
        rate = next((exact for exact in _ntsc_rates() if _is_short_for(rate, exact, decimals)), rate)
    if not 0 < rate <= MAX_RATE:
        raise UsageError(f"a frame rate of {text} is out of range; it must be above 0 and at most {MAX_RATE}")
    return rate


def usual_rate(average: Fraction, frames: int, unit: Fraction) -> Fraction:
    """The whole or NTSC rate that an average stands for, if the rounding of time stamps explains the difference.

    Args:
        average: frames per second, as frames over length.
        frames: how many were counted.
        unit: seconds per tick of the time stamps; the length may be off by two of them.

    >>> usual_rate(Fraction(450_000, 18_769), 20, Fraction(1, 90_000))
    Fraction(24000, 1001)
    """
    nearest = round(average)
    candidates = [Fraction(nearest), *(rate for rate in _ntsc_rates() if round(rate) == nearest)]
    usual = min((rate for rate in candidates if rate > 0), key=lambda rate: abs(rate - average), default=average)
    return usual if frames * abs(1 / usual - 1 / average) <= 2 * unit else average


def rate_name(rate: Fraction) -> str:
    """A rate in the usual few digits: ``"23.976"``, ``"60"``, ``"12.5"``."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def frame_count(duration: Fraction, rate: Fraction) -> int:
    """How many frames at ``rate`` cover ``duration`` seconds: at least one, and less than one too many.

    What is left over at the end gets a frame, unless it is under a tenth of one: that is the rounding of the
    container's time stamps.
    """
    return max(1, math.ceil(duration * rate - _SLIVER))


def divide(start: Fraction, end: Fraction, parts: int) -> list[Fraction]:
    """``parts`` equal steps from ``start`` (included) to ``end`` (not included), exactly."""
    return [start + (end - start) * part / parts for part in range(parts)]


def time_unit(rate: Fraction, *others: Fraction) -> Fraction:
    """Seconds per tick of a clock that shows frame times at ``rate`` and, where it can, ``others`` exactly.

    Args:
        rate: output frames per second; ``k / rate`` is always a whole number of ticks.
        others: further units in seconds, such as the source's; those that would need a clock finer than 1 ns are left
            out, the last first.
    """
    ticks = rate.numerator
    for clock in (_GRID, *(other.denominator for other in others)):
        together = math.lcm(ticks, clock)
        if together <= _FINEST:
            ticks = together
    return Fraction(1, ticks)


class Timeline:
    """The times of output frames at a constant rate, given out as the source advances.

    The first output frame stands at the first source frame's time, the k-th exactly ``k / rate`` later. The source's
    length need not be known beforehand.
    """

    def __init__(self, first: Fraction, rate: Fraction, index: int = 0) -> None:
        """Args: ``first`` in seconds, ``rate`` in frames per second, ``index`` of the next frame when going on."""
        self.first = first
        self.rate = rate
        self.index = index

    def time(self, index: int) -> Fraction:
        """The time in seconds of an output frame."""
        return self.first + index / self.rate

    def until(self, end: Fraction) -> Iterator[Fraction]:
        """The times before ``end`` (seconds, not included) that have not been given out yet."""
        while (time := self.time(self.index)) < end:
            self.index += 1
            yield time

    def finish(self, end: Fraction) -> Iterator[Fraction]:
        """As ``until``, for the end of the source: at least one frame in all, and no frame for a rounding error."""
        count = frame_count(end - self.first, self.rate)
        while self.index < count:
            self.index += 1
            yield self.time(self.index - 1)


def _ntsc_rates() -> Iterator[Fraction]:
    return (Fraction(whole * 1000, 1001) for whole in _NTSC)


def _is_short_for(rate: Fraction, exact: Fraction, decimals: int) -> bool:
    scale = 10**decimals
    return rate * scale in (round(exact * scale), math.floor(exact * scale))
