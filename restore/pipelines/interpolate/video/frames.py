"""`restore.interpolate_video`: the frames of a video at new times, one after the other.

    request ── Retiming, Video ── FrameStream ── (seconds, pixels) of one output frame after the other

Nothing here imports torch before a network is loaded, so that a command can refuse a file at once.
"""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from restore.callbacks import Notify
from restore.pipelines.interpolate.video.classification import default_classifier
from restore.pipelines.interpolate.video.retiming import Number, Retiming, require_cut_threshold
from restore.pipelines.interpolate.video.stream import FrameMaker, FrameStream
from restore.video.rates import parse_rate
from restore.video.read.opening import open_video
from restore.video.read.reader import VideoReader
from restore.video.write.writer import ignore_notice

__all__ = ["interpolate_video"]

NAME = "interpolate"


def interpolate_video(  # noqa: PLR0913 - a request with all its choices
    path: str | os.PathLike[str],
    fps: Number | None = None,
    *,
    factor: Number | None = None,
    slow: Number | None = None,
    rate: Number | None = None,
    cuts: float | None = None,
    drop_duplicates: bool = False,
    effort: int | None = None,
    weights: str | Path | FrameMaker = NAME,
    device: str = "auto",
    max_memory: int | None = None,
    notify: Notify = ignore_notice,
) -> Iterator[tuple[Fraction, np.ndarray[Any, np.dtype[Any]]]]:
    """The frames of a video at new times; memory does not grow with its length.

    Of `fps`, `factor` and `slow` one is given, `slow` and `fps` together, or none for twice as many frames.

    Args:
        path: a video, an animated GIF, WebP or PNG, or a folder of numbered pictures.
        fps: output frames per second, exactly; 23.976 means 24000/1001.
        factor: how many times as many frames; a variable rate keeps its timing.
        slow: slow motion: how many times as long, at the source's rate or at `fps`.
        rate: pictures per second of a folder.
        cuts: how readily a cut is seen, over which nothing is blended: 0 never, 1 most readily.
        drop_duplicates: replace frames that repeat the last one, as in animations drawn at 12 per second.
        effort: 1, 2 or 3; 2 unless given.
        weights: a released model's name, a file, a folder, or an interpolator that is loaded already.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        max_memory: bytes that the network may take.
        notify: called with one line, a time stamp in front, about each source frame with a problem.

    Yields:
        Seconds, and pixels (H, W, 3) RGB or (H, W, 4) with alpha, upright, uint8 or (above 8 bits) uint16. Source
        frames come as they are.

    Raises:
        InputError: no such file, or none that can be read.
        UsageError: several of `fps`, `factor` and `slow`, a number out of range, an unavailable device.
        WeightsError: no such weights, or damaged ones.

    Examples:
        ```python
        for time, pixels in restore.interpolate_video("clip.mp4", fps=60):
            ...
        ```
    """
    retiming = Retiming.of(fps, factor, slow)
    require_cut_threshold(cuts)
    video = open_video(path, rate=None if rate is None else parse_rate(str(rate)))
    retiming.rate(video.info)
    if isinstance(weights, str | Path):
        from restore.pipelines.interpolate.interpolator import load_interpolator

        maker: FrameMaker = load_interpolator(weights, device, max_memory=max_memory)
    else:
        maker = weights
    stream = FrameStream(
        video,
        retiming,
        maker,
        default_classifier(cuts),
        effort=effort,
        drop_duplicates=drop_duplicates,
        notify=notify,
    )
    return _times_and_pixels(video, stream)


def _times_and_pixels(
    video: VideoReader, stream: FrameStream
) -> Iterator[tuple[Fraction, np.ndarray[Any, np.dtype[Any]]]]:
    with video:
        for frame in stream.frames():
            yield frame.time, frame.pixels
