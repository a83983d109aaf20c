"""The times of output frames: a target rate, a factor, or slow motion, in exact fractions.

    rate F      times first + k/F, whatever the source's own times are
    factor N    frame k lies at k/N between the source's frames, counted and not timed: each interval is divided
                alike, so a variable rate keeps its timing
    slow N      as factor N; then all times are stretched by N
    both        slow N at rate F: times first + k/(F N), then stretched by N

All times here are the source's; only ``Retiming.stretch`` turns them into the output's.
"""

import abc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from restore.errors import UsageError
from restore.video.info import Frame, VideoInfo
from restore.video.rates import MAX_RATE, Timeline, frame_count, parse_rate, rate_name

__all__ = [
    "ASSUMED_RATE",
    "Retiming",
    "Schedule",
    "end_time",
    "mean_interval",
    "require_cut_threshold",
    "timestamp",
    "undo_rounding",
]

Number = int | float | str | Fraction
Mode = Literal["fps", "factor", "slow"]

ASSUMED_RATE = Fraction(25)
"""Frames per second of a source that states none."""
_LARGEST_FACTOR = 1000
_ROUNDING = 2  # ticks by which a stored duration may differ from the rate's
_FEWEST_TICKS = 4  # between two frames, below which the rounding of their times is not undone


@dataclass(frozen=True, slots=True)
class Retiming:
    """The change of rate or length that is asked for.

    Raises:
        UsageError: an unknown mode, a rate or a factor that cannot be.
    """

    mode: Mode = "factor"
    value: Fraction = Fraction(2)
    """Frames per second for `fps`; else how many times as many frames, above 1."""
    slowdown: Fraction = Fraction(1)
    """With `fps`: how many times as long, at least 1."""

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise UsageError(f"{self.mode!r} is unknown; use {', '.join(get_args(Mode))}")
        if self.mode == "fps" and not 0 < self.value <= MAX_RATE:
            raise UsageError(f"a frame rate of {self.value} is out of range; it must be above 0 and at most {MAX_RATE}")
        if self.mode != "fps" and not 1 < self.value <= _LARGEST_FACTOR:
            raise _out_of_range(self.mode, self.value)
        if not 1 <= self.slowdown <= _LARGEST_FACTOR or (self.slowdown != 1 and self.mode != "fps"):
            raise _out_of_range("slow", self.slowdown)

    @classmethod
    def of(cls, fps: Number | None = None, factor: Number | None = None, slow: Number | None = None) -> "Retiming":
        """The retiming that a user's numbers mean; none at all means twice as many frames.

        Args:
            fps: frames per second; 23.976 means 24000/1001.
            factor: how many times as many frames.
            slow: how many times as long, at the source's rate or at `fps`.

        Raises:
            UsageError: several at once, or no number.

        >>> Retiming.of(fps=23.976).value
        Fraction(24000, 1001)
        """
        others = [name for name, value in (("fps", fps), ("slow", slow)) if value is not None]
        if factor is not None and others:
            raise UsageError(f"factor and {others[0]} exclude each other; give one of them")
        if fps is not None:
            if slow is None:
                return cls("fps", parse_rate(_as_text(fps)))
            slowdown = _factor("slow", slow)
            if slowdown <= 1:
                raise _out_of_range("slow", slowdown)
            return cls("fps", parse_rate(_as_text(fps)), slowdown)
        if slow is not None:
            return cls("slow", _factor("slow", slow))
        return cls("factor", Fraction(2) if factor is None else _factor("factor", factor))

    @property
    def stretch(self) -> Fraction:
        """Output seconds per source second."""
        return self.value if self.mode == "slow" else self.slowdown

    @property
    def name(self) -> str:
        """The part of the output's file name: `60fps`, `2x`, `slow2x`, `slow2x.60fps`."""
        number = rate_name(self.value)
        if self.slowdown != 1:
            return f"slow{rate_name(self.slowdown)}x.{number}fps"
        return {"fps": f"{number}fps", "factor": f"{number}x", "slow": f"slow{number}x"}[self.mode]

    @property
    def source_rate(self) -> Fraction:
        """With `fps`: output frames per source second."""
        return self.value * self.slowdown

    def rate(self, info: VideoInfo) -> Fraction:
        """Output frames per second, on average.

        Raises:
            UsageError: more than `MAX_RATE`.
        """
        source = info.rate or ASSUMED_RATE
        rate = {"fps": self.value, "factor": source * self.value, "slow": source}[self.mode]
        if rate > MAX_RATE:
            raise UsageError(
                f"{rate_name(source)} frames per second times {rate_name(self.value)} are more than {MAX_RATE}; "
                "use a smaller factor"
            )
        return rate

    def expected_frames(self, info: VideoInfo) -> int | None:
        """How many output frames there will be; None where the source states neither length nor count."""
        source = info.rate or ASSUMED_RATE
        if self.mode == "fps":
            length = info.duration or (info.frame_count and info.frame_count / source)
            return frame_count(length, self.source_rate) if length else None
        frames = info.frame_count or (info.duration and info.duration * source)
        return frame_count(Fraction(frames), self.value) if frames else None

    def schedule(self, first: Fraction, index: int = 0, source_index: int = 0) -> "Schedule":
        """The output times of one video.

        Args:
            first: seconds of the first source frame.
            index: number of the next output time, when resuming.
            source_index: number of the source frame it is resumed from.
        """
        if self.mode == "fps":
            return _RateSchedule(Timeline(first, self.source_rate, index))
        return _FactorSchedule(self.value, index, source_index)


class Schedule(abc.ABC):
    """Output times, given out as the source advances.

    Attributes:
        index: number of the next one.
    """

    index: int

    @abc.abstractmethod
    def between(self, before: Fraction, after: Fraction) -> Iterator[Fraction]:
        """Output times from one source frame's time (included) to the next one's (not included)."""

    @abc.abstractmethod
    def finish(self, last: Fraction, end: Fraction) -> Iterator[Fraction]:
        """Output times from the last source frame to the end: at least one in all, none for a rounding error."""


class _RateSchedule(Schedule):
    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    @property
    def index(self) -> int:  # type: ignore[override]
        return self._timeline.index

    def between(self, before: Fraction, after: Fraction) -> Iterator[Fraction]:
        return self._timeline.until(after)

    def finish(self, last: Fraction, end: Fraction) -> Iterator[Fraction]:
        return self._timeline.finish(end)


class _FactorSchedule(Schedule):
    def __init__(self, factor: Fraction, index: int, source_index: int) -> None:
        self._factor, self.index, self._source_index = factor, index, source_index

    def between(self, before: Fraction, after: Fraction) -> Iterator[Fraction]:
        yield from self._until(self._source_index + 1, before, after)
        self._source_index += 1

    def finish(self, last: Fraction, end: Fraction) -> Iterator[Fraction]:
        count = frame_count(Fraction(self._source_index + 1), self._factor)
        yield from self._until(count / self._factor, last, end)

    def _until(self, stop: Fraction | int, before: Fraction, after: Fraction) -> Iterator[Fraction]:
        """Times before place `stop`, counted in source frames; `after` is one place after `before`."""
        while (place := self.index / self._factor) < stop:
            yield before + (place - self._source_index) * (after - before)
            self.index += 1


def require_cut_threshold(cuts: float | None) -> None:
    """Refuse a cut threshold that is out of range.

    Raises:
        UsageError: not within 0..1.
    """
    if cuts is not None and not 0 <= cuts <= 1:
        raise UsageError(f"a cut threshold of {cuts:g} is out of range; use 0 (no cuts) to 1 (most)")


def undo_rounding(info: VideoInfo) -> Callable[[Fraction], Fraction]:
    """A function that undoes the rounding of time stamps.

    At a constant rate, a time within a tick of a multiple of the interval is moved there: Matroska's milliseconds
    would otherwise make frames at t = 0.49 where 0.5 is meant.
    """
    unit, rate = info.time_base, info.rate
    if rate is None or info.is_variable or 1 / rate < _FEWEST_TICKS * unit:
        return lambda time: time

    def exact(time: Fraction) -> Fraction:
        regular = info.start + round((time - info.start) * rate) / rate
        return regular if abs(regular - time) <= unit else time

    return exact


def mean_interval(info: VideoInfo) -> Fraction:
    """Seconds from source frame to source frame, on average."""
    return 1 / (info.rate or ASSUMED_RATE)


def end_time(info: VideoInfo, last: Fraction, frame: Frame) -> Fraction:
    """When the last frame stops being shown, in seconds.

    Args:
        info: of the video.
        last: the last frame's time.
        frame: the last frame.
    """
    interval = mean_interval(info)
    if frame.duration and (info.is_variable or abs(frame.duration - interval) > _ROUNDING * info.time_base):
        return last + frame.duration
    if not frame.duration and info.is_variable and info.duration and info.start + info.duration > last:
        return info.start + info.duration
    return last + interval


def timestamp(time: Fraction) -> str:
    """A time in hours, minutes, seconds and milliseconds.

    >>> timestamp(Fraction(16, 5))
    '00:00:03.200'
    """
    milliseconds = round(abs(time) * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    sign = "-" if time < 0 else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"


def _out_of_range(name: str, value: Fraction) -> UsageError:
    return UsageError(f"{name} {rate_name(value)} is out of range; it must be above 1 and at most {_LARGEST_FACTOR}")


def _as_text(value: Number) -> str:
    return value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(Fraction(value))


def _factor(name: str, value: Number) -> Fraction:
    try:
        return Fraction(_as_text(value).replace(" ", ""))
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"{name} {value}: not a number; write one like 2, 2.5 or 5/2") from error
