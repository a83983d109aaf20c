"""Videos that FFmpeg decodes, one frame after the other, with the source's own times.

A damaged file is read as far as it goes. A packet that cannot be decoded becomes a ``Frame`` without pixels at its
time, a picture that the decoder had to guess in part is marked, and the rest goes on.

Starting in the middle means decoding from a key frame that is shown no later than the requested time. A seek may land
later: containers index the order of decoding, not of showing, and a transport stream has no index at all. So what the
seek found is looked at, and the seek repeated further back until it serves.
"""

import heapq
import math
from collections.abc import Generator, Iterator
from fractions import Fraction
from itertools import chain, count
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from restore.images.orientation import upright
from restore.video.info import Frame, VideoInfo
from restore.video.planes import read_pixels
from restore.video.read.container import ReadFailure, error_text, open_film, packets_of
from restore.video.read.probing import probe
from restore.video.read.reader import VideoReader

__all__ = ["FilmReader"]

_FIRST_STEP = Fraction(2)  # seconds to go back after a seek that landed too late; doubled each time
_MISSING_FRAMES = 2  # missing at the end, from which on the end counts as missing and not as rounding


class FilmReader(VideoReader):
    """A video file; see ``VideoReader``."""

    def __init__(self, path: Path) -> None:
        """Raises: InputError, as ``restore.video.read.probing.probe``."""
        super().__init__(probe(path))
        self._path = path

    def _frames(self, start: Fraction | None) -> Generator[Frame, None, None]:
        with open_film(self._path) as (container, stream):
            if start is None or start <= self.info.start:
                yield from self._read(stream, packets_of(container, stream))
                return
            packets = _packets_before(container, stream, start)
            if packets is not None:
                yield from _frames_from(start, self._read(stream, packets))
                return
        with open_film(self._path) as (container, stream):
            yield from _frames_from(start, self._read(stream, packets_of(container, stream)))

    def _read(self, stream: VideoStream, packets: Iterator["Packet[VideoStream] | ReadFailure"]) -> Iterator[Frame]:
        """Frames and reports of damage, in the order of their times."""
        clock = _Clock(self.info)
        reports: list[tuple[Fraction, int, str]] = []  # a heap; the decoder still holds frames from before them
        numbers = count()
        failure: str | None = None
        seen = False
        for packet in packets:
            if isinstance(packet, ReadFailure):
                failure = packet.reason
                continue
            time = clock.of_packet(packet)
            if packet.is_corrupt and packet.size:
                heapq.heappush(reports, (time, next(numbers), "ends early in the file"))
            try:
                decoded = stream.decode(packet if packet.size else None)
            except av.error.FFmpegError as error:
                if seen or packet.is_keyframe:  # a recording may begin in the middle of a group of pictures
                    heapq.heappush(reports, (time, next(numbers), f"cannot be decoded ({error_text(error)})"))
                continue
            for raw in decoded:
                seen = True
                yield from self._with_reports(raw, clock, reports)
        while reports:
            time, _, text = heapq.heappop(reports)
            yield _missing_frame(clock.lift(time), text)
        yield from self._end(clock, failure)

    def _with_reports(
        self, raw: av.VideoFrame, clock: "_Clock", reports: list[tuple[Fraction, int, str]]
    ) -> Iterator[Frame]:
        stamp = clock.of_frame(raw)
        problem = "is damaged: the decoder patched it up" if raw.is_corrupt else None
        while reports and reports[0][0] <= stamp:
            time, _, text = heapq.heappop(reports)
            if time == stamp:
                problem = text
            else:
                yield _missing_frame(clock.lift(time), text)
        patched = problem is not None
        time = clock.lift(stamp)
        if time != stamp:
            problem = problem or f"has a time stamp, {float(stamp):.3f} s, that does not go on from the last frame's"
        size = (raw.width, raw.height)
        if size != self.info.stored_size:
            width, height = self.info.stored_size
            problem = problem or f"is {size[0]} x {size[1]} and was scaled to {width} x {height}"
            raw = raw.reformat(width=width, height=height)
        length = getattr(raw, "duration", None)
        yield Frame(
            self._pixels(raw),
            time,
            problem and f"the frame at {float(time):.3f} s {problem}",
            length * clock.unit if length else None,
            patched,
        )

    def _pixels(self, raw: av.VideoFrame) -> np.ndarray:
        """As the first frame was, whatever the stream changes to later."""
        pixels = self._conform(read_pixels(raw, self.info.colour))
        return np.ascontiguousarray(upright(pixels, self.info.orientation))

    def _end(self, clock: "_Clock", failure: str | None) -> Iterator[Frame]:
        """A report, where the file breaks off before the time it announces."""
        last, end = clock.last, self.info.duration
        step = 1 / self.info.rate if self.info.rate else Fraction(1, 25)
        if failure is not None and last is not None:
            yield _missing_frame(last + step, f"cannot be read, nor what follows ({failure})")
        elif last is not None and end is not None and self.info.frame_count:
            missing = self.info.start + end - last - step
            if missing > max(_MISSING_FRAMES * step, end / 100) and clock.frames < self.info.frame_count:
                yield _missing_frame(
                    last + step, f"is missing: the file breaks off {float(missing):.3g} s before its end"
                )


class _Clock:
    """Exact times from time stamps, kept strictly rising."""

    def __init__(self, info: VideoInfo) -> None:
        self.unit = info.time_base
        self.step = 1 / info.rate if info.rate else Fraction(1, 25)
        self.last: Fraction | None = None
        self.frames = 0

    def of_packet(self, packet: "Packet[VideoStream]") -> Fraction:
        stamp = packet.pts if packet.pts is not None else packet.dts
        return self._next() if stamp is None else stamp * self.unit

    def of_frame(self, frame: av.VideoFrame) -> Fraction:
        self.frames += 1
        stamp = frame.pts if frame.pts is not None else frame.dts
        return self._next() if stamp is None else stamp * self.unit

    def lift(self, time: Fraction) -> Fraction:
        """The time, or where it does not go on from the last one, the next that does."""
        if self.last is not None and time <= self.last:
            time = self.last + self.unit
        self.last = time
        return time

    def _next(self) -> Fraction:
        return Fraction(0) if self.last is None else self.last + self.step


def _missing_frame(time: Fraction, text: str) -> Frame:
    return Frame(None, time, f"the frame at {float(time):.3f} s {text}")


def _frames_from(start: Fraction, frames: Iterator[Frame]) -> Iterator[Frame]:
    return (frame for frame in frames if frame.time >= start)


def _packets_before(
    container: InputContainer, stream: VideoStream, start: Fraction
) -> Iterator["Packet[VideoStream] | ReadFailure"] | None:
    """Packets from a key frame that is shown no later than ``start``; None where seeking does not find one."""
    unit = stream.time_base
    if unit is None:
        return None
    back = Fraction(0)
    begin = (stream.start_time or 0) * unit
    while start - back > begin:
        try:
            container.seek(math.floor((start - back) / unit), stream=stream)
        except av.error.FFmpegError:
            return None
        packets = packets_of(container, stream)
        for packet in packets:
            if isinstance(packet, ReadFailure) or not packet.size:
                return None
            if packet.is_keyframe:
                if packet.pts is None:
                    return None
                if packet.pts * unit <= start:
                    return chain([packet], packets)
                break
        back = max(_FIRST_STEP, 2 * back)
    return None
