"""The frames of a video at new times, one after the other: which are real, which repeated, which the network makes.

    source ── good frames, two at a time ── what lies between them?
                                              nothing asked for          pass on
                                              a place beside a frame     the frame itself, bit for bit
                                              nothing moved              the nearer frame
                                              a cut                      the nearer frame
                                              a long pause               the earlier frame
                                              motion                     the network, once for all places between

A damaged frame is no end of such a pair, and so is made anew from its good neighbours. With `drop_duplicates` neither
is a frame that repeats the last one. Two frames are held, or three where a repeat may prove to be the last before a
cut; times are exact fractions, and nothing grows with the video's length.
"""

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from restore.errors import InputError
from restore.pipelines.interpolate.progress import Counts, Place
from restore.pipelines.interpolate.retiming import Grid, Retiming, clock, end_of, steady, step_of
from restore.pipelines.interpolate.shots import Judgement, Kind, OutputFrame, Pixels, Shot
from restore.pipelines.interpolate.threads import ahead
from restore.video.info import Frame
from restore.video.read.reader import VideoReader

__all__ = ["FrameStream", "Maker"]

NEAR = Fraction(1, 50)
"""Of a source interval: an output time this close to a real frame takes the real frame."""
HOLD = Fraction(1, 4)
"""Seconds: repeats that last longer are a pause of what is shown and not the steps of an animation."""
CLOSEST = Fraction(1, 1000)
"""Seconds between output frames; one that comes sooner is left out, for no container could tell the two apart."""
AT_ONCE = 256_000_000
"""Bytes of made frames that may wait for their turn."""


class Maker(Protocol):
    """What makes frames between two, such as `FrameInterpolator`."""

    def between(
        self, frame0: Pixels, frame1: Pixels, times: Sequence[float], *, effort: int | None = None
    ) -> list[Pixels]:
        """Frames at times 0..1 between two of one shape and type."""


class FrameStream:
    """A video's frames at new times; iterate over `frames` once.

    Attributes:
        counts: so far.
        place: where the stream could be taken up for the frame that was given last; None at the beginning.
        end: seconds in the output at which the last frame stops being shown, once that is known; None where it lasts
            as long as any other.
    """

    def __init__(
        self,
        video: VideoReader,
        retiming: Retiming,
        maker: Maker,
        judgement: Judgement,
        *,
        effort: int | None = None,
        drop_duplicates: bool = False,
        read_ahead: int = 0,
        report: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """Set up; nothing is read yet.

        Args:
            video: opened.
            retiming: which frames are asked for.
            maker: the network.
            judgement: what cuts and still frames are.
            effort: for the maker.
            drop_duplicates: frames that repeat the last one are replaced by made ones, so that an animation drawn at
                12 per second moves at each of 24. Times and length stay.
            read_ahead: how many source frames a thread may hold ready.
            report: is told, in one line with a time stamp, what was wrong with a source frame.
        """
        self._video, self._retiming, self._maker, self._judgement = video, retiming, maker, judgement
        self._effort, self._drop, self._ahead, self._report = effort, drop_duplicates, read_ahead, report
        self._steady = steady(video.info)
        self._step = step_of(video.info)
        self.counts = Counts()
        self.place: Place | None = None
        self.end: Fraction | None = None
        self._grid: Grid | None = None
        self._first = Fraction(0)
        self._latest: Fraction | None = None
        self._start = 0
        self._before: Shot | None = None
        self._repeat: Shot | None = None
        self._paused = False
        self._last: tuple[Frame, Fraction] | None = None
        self._pending: list[Fraction] = []
        self._lost: list[Frame] = []

    def frames(self, start: int = 0, place: Place | None = None) -> Generator[OutputFrame, None, None]:
        """The output frames.

        Args:
            start: index of the first that is wanted; earlier ones cost no network time.
            place: of an earlier run over the same video; from there the source need not be read again.

        Raises:
            InputError: not one good frame.
        """
        self._start = start
        source = ahead(self._taken_up(place) or iter(self._video), self._ahead)
        with contextlib.closing(source):
            yield from self._given_out(source)
        yield from self._end()

    def _given_out(self, source: Iterator[Frame]) -> Iterator[OutputFrame]:
        """The output frames up to the last good source frame."""
        for frame in source:
            time = self._arrived(frame)
            if frame.is_damaged or frame.pixels is None:
                self._lost.append(frame)
                self.counts.damaged += 1
                continue
            if frame.problem:
                self._report(f"{clock(frame.time)}: {_words(frame)}")
            shot = Shot(frame.pixels, time)
            if self._before is None:
                yield from self._held(shot, "replaced by the first good one")
            elif self._drop and self._judgement.is_still(self._before.pixels, shot.pixels):
                if not self._paused and time - self._before.time <= HOLD:
                    self._repeat = shot
                    continue
                self._paused = True
                yield from self._between(self._before, shot)
            else:
                self._paused = False
                yield from self._after_repeats(self._before, shot)
            self._keep(shot, frame)

    def _taken_up(self, place: Place | None) -> Iterator[Frame] | None:
        """The source's frames from `place` on; None where that does not serve."""
        if place is None or place.index > self._start or place.counts.damaged:
            return None  # a decoder may mend damage otherwise when it begins elsewhere
        frames = self._video.frames(place.stamp)
        frame = next(frames, None)
        if frame is None or frame.pixels is None or frame.is_damaged or frame.time != place.stamp:
            return None
        time = self._steady(frame.time)
        self.counts = replace(place.counts)
        self._grid = self._retiming.grid(place.first, place.grid, place.frame)
        self._first, self._latest, self._paused = place.first, place.latest, place.paused
        self._before, self._last, self.place = Shot(frame.pixels, time), (frame, time), place
        return frames

    def _arrived(self, frame: Frame) -> Fraction:
        """Count a source frame and give out the output times before it."""
        time = self._steady(frame.time)
        if self._grid is None or self._last is None:
            self._first = time
            self._grid = self._retiming.grid(time)
        else:
            self._pending += self._grid.between(self._last[1], time)
        self.counts.read += 1
        self._last = frame, time
        return time

    def _keep(self, shot: Shot, frame: Frame) -> None:
        """Make a shot the one that the next is compared with; nothing is pending."""
        self._before, self._repeat = shot, None
        if self._grid is not None:
            counted = replace(self.counts)
            number = counted.read - 1
            self.place = Place(frame.time, number, self._first, self._grid.index, self._latest, self._paused, counted)

    def _end(self) -> Iterator[OutputFrame]:
        before, repeat = self._before, self._repeat
        if before is None or self._last is None or self._grid is None:
            raise InputError("not one of its frames can be decoded whole; it is damaged, fetch it again")
        if repeat is not None:
            yield from self._until(before, repeat)
            before = repeat
        frame, time = self._last
        end = end_of(self._video.info, time, frame)
        if self._retiming.mode != "fps":
            self.end = end * self._retiming.stretch
        self._pending += self._grid.finish(time, end)
        yield from self._held(before, "replaced by the last good one")

    def _after_repeats(self, before: Shot, shot: Shot) -> Iterator[OutputFrame]:
        """From a shot to one that differs; the repeats between them stay where they are if it is a cut."""
        repeat = self._repeat
        if repeat is not None and self._judgement.cuts_between(before, shot):
            yield from self._until(before, repeat)
            before = repeat
        yield from self._between(before, shot)

    def _until(self, before: Shot, repeat: Shot) -> Iterator[OutputFrame]:
        """From a shot to one that repeats it; what is later, stays pending."""
        later = [time for time in self._pending if time >= repeat.time], self._lost
        self._pending = [time for time in self._pending if time < repeat.time]
        self._lost = [frame for frame in self._lost if frame.time < repeat.time]
        told = len(self._lost)
        yield from self._between(before, repeat)
        self._pending, self._lost = later[0], later[1][told:]

    def _between(self, before: Shot, after: Shot) -> Iterator[OutputFrame]:
        """What is pending, all of it between two shots."""
        length = after.time - before.time
        near = NEAR * min(length, self._step)
        times = self._risen()
        apart = [near < time - before.time < length - near for time in times]
        kind = self._judgement.kind(before, after, self._step) if any(apart) or self._lost else "real"
        self._tell("made anew from its neighbours" if kind == "made" else "replaced by a good one beside it")
        self.counts.scene_cuts += kind == "cut"
        kinds: list[Kind] = [kind if is_apart else "real" for is_apart in apart]
        shares = [(time - before.time) / length for time in times]
        yield from self._given(list(zip(times, shares, kinds, strict=True)), before, after)

    def _held(self, shot: Shot, told: str) -> Iterator[OutputFrame]:
        """What is pending, all of it before the first good frame or after the last."""
        self._tell(told)
        near = NEAR * self._step
        kinds: list[tuple[Fraction, Fraction, Kind]] = [
            (time, Fraction(0), "real" if abs(time - shot.time) <= near else "held") for time in self._risen()
        ]
        yield from self._given(kinds, shot, None)

    def _given(
        self, places: list[tuple[Fraction, Fraction, Kind]], before: Shot, after: Shot | None
    ) -> Iterator[OutputFrame]:
        """Output frames at (source time, share of the way, kind)."""
        first = self.counts.out
        wanted = places[max(0, self._start - first) :]
        made = self._made(before, after, [share for _, share, kind in wanted if kind == "made"])
        for index, (time, share, kind) in enumerate(places, first):
            self._latest = time * self._retiming.stretch
            setattr(self.counts, kind, getattr(self.counts, kind) + 1)
            if index < self._start:
                continue
            if kind == "made":
                pixels = next(made)
            else:
                turn = Fraction(1) if kind == "held" else Fraction(1, 2)
                pixels = before.pixels if after is None or share < turn else after.pixels
            yield OutputFrame(index, self._latest, pixels, kind, before, after)

    def _made(self, before: Shot, after: Shot | None, shares: list[Fraction]) -> Iterator[Pixels]:
        """A frame per share: all of one call, unless that would be too many to keep."""
        if after is None:
            return
        group = max(1, AT_ONCE // before.pixels.nbytes)
        for begin in range(0, len(shares), group):
            times = [float(share) for share in shares[begin : begin + group]]
            yield from self._maker.between(before.pixels, after.pixels, times, effort=self._effort)

    def _risen(self) -> list[Fraction]:
        """Take what is pending, without times that come too soon after the last."""
        times: list[Fraction] = []
        latest = self._latest
        for time in self._pending:
            shown = time * self._retiming.stretch
            if latest is None or shown - latest >= CLOSEST:
                times.append(time)
                latest = shown
        self._pending = []
        return times

    def _tell(self, what: str) -> None:
        """Report damaged frames, now that it is known what is shown instead."""
        for frame in self._lost:
            self._report(f"{clock(frame.time)}: damaged frame {what} ({_words(frame)})")
        self._lost.clear()


def _words(frame: Frame) -> str:
    """What is wrong with a frame, without its time."""
    return (frame.problem or "no pixels").removeprefix(f"the frame at {float(frame.time):.3f} s ")
