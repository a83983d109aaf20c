"""A video read and written again by the code under test, frame by frame."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from restore.video.read.opening import open_video
from restore.video.read.reader import VideoReader
from restore.video.write.encoding import Encoding
from restore.video.write.joining import join_segments
from restore.video.write.segments import SegmentedWriter
from restore.video.write.writer import VideoWriter

QUICK = Encoding(preset="ultrafast", threads=1)


def copy_frames(video: VideoReader, writer: VideoWriter, stretch: Fraction = Fraction(1)) -> None:
    """Write every frame, each of which must be whole, at `stretch` times its time."""
    for frame in video:
        assert frame.pixels is not None
        writer.write(frame.pixels, frame.time * stretch)


def remake(
    source: Path,
    output: Path,
    *,
    stretch: Fraction = Fraction(1),
    how: Encoding = QUICK,
    length: int = 8,
    **options: Any,
) -> list[str]:
    """The same pictures in a new file, in segments of `length` frames that are joined; what was notified."""
    notes: list[str] = []
    with open_video(source) as video:
        rate = (video.info.rate or Fraction(25)) / stretch
        with SegmentedWriter(output, video.info, rate, how, length=length, notify=notes.append) as writer:
            copy_frames(video, writer, stretch)
    join_segments(writer.segments.folder, output, source, stretch=stretch, notify=notes.append, **options)
    return notes
