"""An output file that FFmpeg writes: opened, described to players, and every failure one line.

The file is written through ``restore.files``: it has its name only when it is whole.
"""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from restore.errors import OutputError, UsageError
from restore.files import atomic_write
from restore.video.info import Colour, display_matrix
from restore.video.read.container import error_text
from restore.video.write.plan import EncodingPlan

__all__ = ["as_output_error", "color_range", "open_output", "tag_stream"]

_BUFFER = 1 << 20  # bytes handed over at a time
_LONGEST_CLOCK = (1 << 31) - 1  # ticks per second that an MP4 header holds


@contextlib.contextmanager
def open_output(path: Path, format: str, unit: Fraction) -> Iterator[OutputContainer]:
    """A container in which FFmpeg writes ``path``; the caller adds streams, muxes packets and closes it.

    Args:
        path: the file, which appears when the block ends and is untouched if the block fails.
        format: FFmpeg's name of the container.
        unit: seconds per tick of the video's clock, which the container keeps to the tick where it can.

    Raises:
        OutputError: the file or the container cannot be opened.
    """
    with atomic_write(path) as file:
        with as_output_error(path):
            container = av.open(
                file, "w", format=format, container_options=_muxer_options(format, unit), buffer_size=_BUFFER
            )
        try:
            yield container
        finally:
            with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
                container.close()  # where the caller has not, the file is incomplete and gets no name


@contextlib.contextmanager
def as_output_error(path: Path) -> Iterator[None]:
    """Turn FFmpeg's refusals into one line that names the file."""
    try:
        yield
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise OutputError(f"{path}: cannot be written: {error_text(error)}") from error


def tag_stream(stream: VideoStream, plan: EncodingPlan) -> None:
    """Write colours, aspect and rotation into a stream of an output file."""
    context = stream.codec_context
    context.sample_aspect_ratio = plan.sample_aspect
    colour = plan.colour
    context.color_range = color_range(colour)
    context.colorspace = colour.matrix
    context.color_primaries = colour.primaries
    context.color_trc = colour.transfer
    if plan.orientation != 1:
        stream.set_display_matrix(display_matrix(plan.orientation))


def color_range(colour: Colour) -> int:
    """FFmpeg's number: 0 unspecified, 1 limited (AVCOL_RANGE_MPEG), 2 full (AVCOL_RANGE_JPEG)."""
    return 0 if colour.full_range is None else 1 + colour.full_range


def _muxer_options(format: str, unit: Fraction) -> dict[str, str]:
    """MP4 rounds the beginning of each track to its header's clock, a millisecond by default."""
    if format in ("mp4", "mov") and unit.denominator <= _LONGEST_CLOCK:
        clock = str(unit.denominator)
        return {"movie_timescale": clock, "video_track_timescale": clock}
    return {}
