"""Videos in memory whose frames are one brightness each, a mean in place of the network, and a simple classifier."""

import weakref
from collections.abc import Generator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from restore.pipelines.interpolate.video.classification import OutputFrame, PairClassifier
from restore.pipelines.interpolate.video.files import VideoRequest, WrittenVideo, write_video
from restore.pipelines.interpolate.video.progress import ResumePoint
from restore.pipelines.interpolate.video.retiming import Retiming
from restore.pipelines.interpolate.video.stream import FrameStream
from restore.video.info import Frame, VideoInfo
from restore.video.read.opening import open_video
from restore.video.read.reader import VideoReader
from restore.video.write.encoding import Encoding

CLASSIFIER = PairClassifier(
    thumbnail=lambda pixels: 255 * float(pixels.mean()) / np.iinfo(pixels.dtype).max,
    is_cut=lambda first, second, _threshold: abs(first - second) >= 100,
    is_still=lambda first, second: int(np.abs(first.astype(int) - second).max()) <= 1,
    cuts=0.5,
)


class Listed(VideoReader):
    """A video in memory. A brightness of None is a lost frame, one below zero a patched one."""

    def __init__(self, values: Sequence[float | None], times: Sequence[Fraction] | None = None, **more: Any) -> None:
        rate = more.pop("rate", Fraction(25))
        self.times = list(times) if times is not None else [index / rate for index in range(len(values))]
        self.values = values
        self.last = more.pop("last", None)
        self.alive: list[weakref.ref[Any]] = []
        self.most_alive = 0
        super().__init__(VideoInfo(4, 3, rate=rate, start=self.times[0], frame_count=len(values), **more))

    def _frames(self, start: Fraction | None) -> Generator[Frame, None, None]:
        for value, time in zip(self.values, self.times, strict=True):
            if start is not None and time < start:
                continue
            if value is None:
                yield Frame(None, time, f"the frame at {float(time):.3f} s cannot be decoded (test)")
                continue
            pixels = np.full((3, 4, 3), abs(value), np.uint8)
            self.alive = [one for one in self.alive if one() is not None] + [weakref.ref(pixels)]
            self.most_alive = max(self.most_alive, len(self.alive))
            duration = self.last if time == self.times[-1] else None
            frame = Frame(pixels, time, duration=duration)
            if value < 0:
                frame = Frame(pixels, time, f"the frame at {float(time):.3f} s is damaged", patched=True)
            del pixels
            yield frame
            del frame


QUICK = Encoding(threads=1)


class Mixer:
    """A mean, with the one method of the network."""

    def __init__(self) -> None:
        self.calls: list[list[float]] = []

    def between(
        self, frame0: Any, frame1: Any, times: Sequence[float], *, effort: int | None = None
    ) -> list[np.ndarray]:
        self.calls.append(list(times))
        return [np.rint(frame0 + (frame1.astype(float) - frame0) * time).astype(frame0.dtype) for time in times]


def run(
    video: VideoReader,
    goal: dict[str, Any],
    mixer: Mixer | None = None,
    start: int = 0,
    resume_point: ResumePoint | None = None,
    **more: Any,
) -> tuple[list[OutputFrame], FrameStream]:
    stream = FrameStream(video, Retiming.of(**goal), mixer or Mixer(), CLASSIFIER, **more)
    return list(stream.frames(start, resume_point)), stream


def values(frames: list[OutputFrame]) -> list[int]:
    return [int(frame.pixels[0, 0, 0]) for frame in frames]


def kinds(frames: list[OutputFrame]) -> str:
    """One letter each: real, made, still, cut, held."""
    return "".join(frame.kind[0] for frame in frames)


class Loaded(Mixer):
    """Stands for what `load_interpolator` gives; keeps its arguments."""

    device = "cpu"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Any, ...]] = []
        self.efforts: list[int | None] = []
        self.failure: BaseException | None = None
        self.fails_at = 0

    def load(self, weights: Any = "interpolate", device: str = "auto", *, max_memory: int | None = None) -> "Loaded":
        self.asked.append((weights, device, max_memory))
        return self

    def between(self, frame0: Any, frame1: Any, times: Any, *, effort: int | None = None) -> list[Any]:
        self.efforts.append(effort)
        if self.failure is not None and len(self.calls) >= self.fails_at:
            raise self.failure
        return super().between(frame0, frame1, times)


def write_file(
    source: Path,
    output: Path,
    goal: dict[str, Any],
    mixer: Mixer | None = None,
    *,
    encoding: Encoding = QUICK,
    rate: Fraction | None = None,
    lines: list[str] | None = None,
    **more: Any,
) -> WrittenVideo:
    """Make a video file of another; `lines` takes what `notify` is called with."""
    request = VideoRequest(Retiming.of(**goal), encoding=encoding, **more)
    notify = (lines if lines is not None else []).append
    with open_video(source, rate=rate) as video:
        return write_video(video, (source, output), request, mixer or Mixer(), classifier=CLASSIFIER, notify=notify)
