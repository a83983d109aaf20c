"""The frames of a video at new times, one after the other: which are real, which repeated, which the network makes.

    source ── good frames, two at a time ── output times between the two
                                              none due                   go on
                                              close to a source frame    that frame, bit for bit
                                              nothing moved              the nearer frame
                                              a cut                      the nearer frame
                                              a long pause               the earlier frame
                                              motion                     the network, once for all times between

A damaged frame is never an end of such a pair, and so is made anew from its good neighbours. With `drop_duplicates`
neither is a frame that repeats the last one. Two frames are held, or three where a repeat may prove to be the last
before a cut; times are exact fractions, and nothing grows with the video's length.
"""

import contextlib
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from typing import Protocol

from restore.callbacks import Notify
from restore.errors import InputError
from restore.pipelines.interpolate.video.classification import (
    NEAR,
    OutputFrame,
    PairClassifier,
    Pixels,
    PlannedFrame,
    SourceFrame,
)
from restore.pipelines.interpolate.video.progress import FrameCounts, Progress, ResumePoint
from restore.pipelines.interpolate.video.retiming import (
    Retiming,
    Schedule,
    end_time,
    mean_interval,
    timestamp,
    undo_rounding,
)
from restore.pipelines.interpolate.video.threads import prefetch
from restore.video.info import Frame
from restore.video.read.reader import VideoReader
from restore.video.write.writer import ignore_notice

__all__ = ["FrameMaker", "FrameStream"]

LONGEST_REPEAT = Fraction(1, 4)
"""Seconds; repeats that last longer are a pause of what is shown and not the steps of an animation."""
CLOSEST = Fraction(1, 1000)
"""Seconds between output frames; one that comes sooner is left out, for no container could tell the two apart."""
BYTES_AT_ONCE = 256_000_000
"""Bytes of made frames that may wait for their turn."""


class FrameMaker(Protocol):
    """Makes frames between two, such as `FrameInterpolator`."""

    def between(
        self, frame0: Pixels, frame1: Pixels, times: Sequence[float], *, effort: int | None = None
    ) -> list[Pixels]:
        """Frames at times 0..1 between two of one shape and type."""


class FrameStream:
    """A video's frames at new times; iterate over `frames` once.

    Attributes:
        counts: frames so far.
        resume_point: where the stream could be resumed for the frame that was given last; None at the beginning.
        end: seconds in the output at which the last frame stops being shown, once that is known; None where it lasts
            as long as any other.
    """

    def __init__(
        self,
        video: VideoReader,
        retiming: Retiming,
        maker: FrameMaker,
        classifier: PairClassifier,
        *,
        effort: int | None = None,
        drop_duplicates: bool = False,
        read_ahead: int = 0,
        notify: Notify = ignore_notice,
    ) -> None:
        """Set up; nothing is read yet.

        Args:
            video: opened.
            retiming: which frames are asked for.
            maker: the network.
            classifier: decides what is a cut and what is still.
            effort: for the maker.
            drop_duplicates: frames that repeat the last one are replaced by made ones, so that an animation drawn at
                12 per second moves at each of 24. Times and length stay.
            read_ahead: how many source frames a thread may hold ready.
            notify: called with one line, a time stamp in front, about each source frame with a problem.
        """
        self._video, self._retiming, self._maker, self._classifier = video, retiming, maker, classifier
        self._effort, self._drop_duplicates, self._read_ahead = effort, drop_duplicates, read_ahead
        self._notify = notify
        self._exact_time = undo_rounding(video.info)
        self._interval = mean_interval(video.info)
        self.counts = FrameCounts()
        self.resume_point: ResumePoint | None = None
        self.end: Fraction | None = None
        self._start = 0
        self._schedule: Schedule | None = None
        self._first_time = Fraction(0)  # of the source
        self._last_read: tuple[Frame, Fraction] | None = None
        self._current: SourceFrame | None = None  # the last good frame that is no dropped repeat
        self._repeat: SourceFrame | None = None  # the last dropped repeat of it
        self._paused = False
        self._due: list[Fraction] = []  # output times, in source seconds, that have been reached and not given
        self._damaged: list[Frame] = []  # not reported yet
        self._last_given: Fraction | None = None  # seconds in the output

    @property
    def progress(self) -> Progress:
        """The state at the frame that was given last; it does not change with the stream."""
        return Progress(self.resume_point, self.counts.copy())

    def frames(self, start: int = 0, resume_point: ResumePoint | None = None) -> Generator[OutputFrame, None, None]:
        """The output frames.

        Args:
            start: index of the first that is wanted; earlier ones cost no network time.
            resume_point: of an earlier run over the same video; the source before it need not be read again.

        Raises:
            InputError: not one good frame.
        """
        self._start = start
        source = prefetch(self._resumed(resume_point) or iter(self._video), self._read_ahead)
        with contextlib.closing(source):
            yield from self._up_to_last(source)
        yield from self._after_last()

    def _resumed(self, point: ResumePoint | None) -> Iterator[Frame] | None:
        """The source's frames after a resume point; None where the source must be read from its beginning."""
        if point is None or point.index > self._start or point.counts.damaged:
            return None  # a decoder may mend damage otherwise when it begins elsewhere
        frames = self._video.frames(point.source_time)
        frame = next(frames, None)
        if frame is None or frame.pixels is None or frame.is_damaged or frame.time != point.source_time:
            return None
        time = self._exact_time(frame.time)
        self.counts = point.counts.copy()
        self._schedule = self._retiming.schedule(point.first_time, point.schedule_index, point.source_index)
        self._first_time, self._last_given, self._paused = point.first_time, point.last_time, point.paused
        self._current, self._last_read, self.resume_point = SourceFrame(frame.pixels, time), (frame, time), point
        return frames

    def _up_to_last(self, source: Iterator[Frame]) -> Iterator[OutputFrame]:
        """The output frames up to the last good source frame."""
        for frame in source:
            time = self._read(frame)
            if frame.is_damaged or frame.pixels is None:
                self._damaged.append(frame)
                self.counts.damaged += 1
                continue
            if frame.problem:
                self._notify(f"{timestamp(frame.time)}: {_problem_of(frame)}")
            arrived = SourceFrame(frame.pixels, time)
            if self._current is None:
                yield from self._hold(arrived, "replaced by the first good one")
            elif self._drop_duplicates and self._classifier.is_still(self._current.pixels, arrived.pixels):
                if not self._paused and time - self._current.time <= LONGEST_REPEAT:
                    self._repeat = arrived
                    continue
                self._paused = True
                yield from self._between(self._current, arrived)
            else:
                self._paused = False
                yield from self._after_repeats(self._current, arrived)
            self._advance(arrived, frame)

    def _after_last(self) -> Iterator[OutputFrame]:
        """The output frames from the last good source frame to the end of the video."""
        current, repeat = self._current, self._repeat
        if current is None or self._last_read is None or self._schedule is None:
            raise InputError("not one of its frames can be decoded whole; it is damaged, fetch it again")
        if repeat is not None:
            yield from self._up_to_repeat(current, repeat)
            current = repeat
        frame, time = self._last_read
        end = end_time(self._video.info, time, frame)
        if self._retiming.mode != "fps":
            self.end = end * self._retiming.stretch
        self._due += self._schedule.finish(time, end)
        yield from self._hold(current, "replaced by the last good one")

    def _read(self, frame: Frame) -> Fraction:
        """Count a source frame, add the output times before it to those that are due, and give its time."""
        time = self._exact_time(frame.time)
        if self._schedule is None or self._last_read is None:
            self._first_time = time
            self._schedule = self._retiming.schedule(time)
        else:
            self._due += self._schedule.between(self._last_read[1], time)
        self.counts.read += 1
        self._last_read = frame, time
        return time

    def _advance(self, arrived: SourceFrame, frame: Frame) -> None:
        """Make a frame the one that the next is compared with; no output time is due."""
        self._current, self._repeat = arrived, None
        if self._schedule is not None:
            self.resume_point = ResumePoint(
                source_time=frame.time,
                source_index=self.counts.read - 1,
                first_time=self._first_time,
                schedule_index=self._schedule.index,
                last_time=self._last_given,
                paused=self._paused,
                counts=self.counts.copy(),
            )

    def _after_repeats(self, current: SourceFrame, arrived: SourceFrame) -> Iterator[OutputFrame]:
        """From a frame to one that differs; the dropped repeats between them stay where they are if it is a cut."""
        repeat = self._repeat
        if repeat is not None and self._classifier.cut_between(current, arrived):
            yield from self._up_to_repeat(current, repeat)
            current = repeat
        yield from self._between(current, arrived)

    def _up_to_repeat(self, current: SourceFrame, repeat: SourceFrame) -> Iterator[OutputFrame]:
        """From a frame to one that repeats it; what is later stays due."""
        due, damaged = self._due, self._damaged
        self._due = [time for time in due if time < repeat.time]
        self._damaged = [frame for frame in damaged if frame.time < repeat.time]
        before = len(self._damaged)
        yield from self._between(current, repeat)
        self._due, self._damaged = [time for time in due if time >= repeat.time], damaged[before:]

    def _between(self, before: SourceFrame, after: SourceFrame) -> Iterator[OutputFrame]:
        """The frames that are due, all of them between two good source frames."""
        damage = bool(self._damaged)
        kind, planned = self._classifier.plan(self._take_due(), before, after, self._interval, damage=damage)
        self._report_damage("made anew from its neighbours" if kind == "made" else "replaced by a good one beside it")
        self.counts.scene_cuts += kind == "cut"
        yield from self._give(planned, before, after)

    def _hold(self, frame: SourceFrame, remedy: str) -> Iterator[OutputFrame]:
        """The frames that are due, all of them before the first good source frame or after the last."""
        self._report_damage(remedy)
        near = NEAR * self._interval
        planned = [
            PlannedFrame(time, Fraction(0), "real" if abs(time - frame.time) <= near else "held")
            for time in self._take_due()
        ]
        yield from self._give(planned, frame, None)

    def _give(
        self, planned: list[PlannedFrame], before: SourceFrame, after: SourceFrame | None
    ) -> Iterator[OutputFrame]:
        """The planned frames, without those that are not wanted."""
        first = self.counts.given.total()
        wanted = planned[max(0, self._start - first) :]
        made = self._make(before, after, [frame.position for frame in wanted if frame.kind == "made"])
        for index, frame in enumerate(planned, first):
            self._last_given = frame.time * self._retiming.stretch
            self.counts.given[frame.kind] += 1
            if index >= self._start:
                pixels = next(made) if frame.kind == "made" else frame.source(before, after).pixels
                yield OutputFrame(index, self._last_given, pixels, frame.kind, before, after)

    def _make(self, before: SourceFrame, after: SourceFrame | None, positions: list[Fraction]) -> Iterator[Pixels]:
        """A frame per position: all of one call, unless that would be too many to keep."""
        if after is None:
            return
        group = max(1, BYTES_AT_ONCE // before.pixels.nbytes)
        for begin in range(0, len(positions), group):
            times = [float(position) for position in positions[begin : begin + group]]
            yield from self._maker.between(before.pixels, after.pixels, times, effort=self._effort)

    def _take_due(self) -> list[Fraction]:
        """The times that are due, without those that come too soon after the last; none is due afterwards."""
        times: list[Fraction] = []
        last = self._last_given
        for time in self._due:
            shown = time * self._retiming.stretch
            if last is None or shown - last >= CLOSEST:
                times.append(time)
                last = shown
        self._due = []
        return times

    def _report_damage(self, remedy: str) -> None:
        """Notify of damaged frames, now that it is known what is shown instead."""
        for frame in self._damaged:
            self._notify(f"{timestamp(frame.time)}: damaged frame {remedy} ({_problem_of(frame)})")
        self._damaged.clear()


def _problem_of(frame: Frame) -> str:
    """A frame's problem, without its time."""
    return (frame.problem or "no pixels").removeprefix(f"the frame at {float(frame.time):.3f} s ")
