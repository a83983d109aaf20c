"""Pictures into a file that FFmpeg encodes, with exact times, in the source's depth, colours, rotation and aspect.

The encoder's clock ticks so that every frame time at the output rate is a whole number of ticks, and every time of the
source too where that is possible; nothing is rounded to frames, so nothing drifts. (Matroska and WebM then round to
milliseconds, each time on its own.)

The file is written through ``restore.files``: it has its name only when it is whole.
"""

import contextlib
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from restore.errors import OutputError, UsageError
from restore.files import atomic_write
from restore.images.orientation import as_stored
from restore.video.info import UNSPECIFIED, Colour, VideoInfo
from restore.video.planes import layout_of, write_pixels
from restore.video.read.probing import reason
from restore.video.rotation import matrix_for
from restore.video.write.encoding import Encoding, container_of
from restore.video.write.plan import EncodingPlan, plan_encoding
from restore.video.write.writer import Notify, ignore_notice

__all__ = ["FilmWriter", "as_output_error", "check_pixels", "ignore_notice", "muxer_options", "tag_stream"]

_BUFFER = 1 << 20  # bytes handed over at a time
_LONGEST_CLOCK = (1 << 31) - 1  # ticks per second that an MP4 header holds


class FilmWriter:
    """Writes one video stream; a context manager. The file appears when the block ends, and not if it fails.

    with FilmWriter(path, info, rate) as writer:
        writer.write(pixels, time)
    """

    def __init__(
        self,
        path: Path,
        info: VideoInfo,
        rate: Fraction,
        encoding: Encoding | None = None,
        *,
        notify: Notify = ignore_notice,
        plan: EncodingPlan | None = None,
        raw: tuple[str, Fraction] | None = None,
    ) -> None:
        """EncodingPlan, and open the file.

        Args:
            path: where to; its suffix names the container.
            info: the source's, of which size, depth, chroma, colours, rotation and aspect are repeated.
            rate: output frames per second, on average; exact times come with each frame.
            encoding: the user's choice.
            notify: called with one line for each thing that cannot be kept.
            plan: one that was made before, instead of ``encoding``.
            raw: for segments: the container's name, and seconds added to every time so that none is negative.

        Raises:
            UsageError: a suffix, codec, crf or preset that does not fit.
            OutputError: the file cannot be written, or the encoder refuses.
        """
        self.path = path
        self.plan = plan or plan_encoding(encoding or Encoding(), info, container_of(path), rate, notify)
        self._container_name, self._lead = raw or (self.plan.container, Fraction(0))
        self._layout = layout_of(self.plan.pixel_format)
        self._step = max(1, round(1 / self.plan.rate / self.plan.unit))
        self._shape = (info.height, info.width)
        self._last: int | None = None
        self._stamps: deque[int] = deque()
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(atomic_write(path))
            with as_output_error(path):
                self._container = av.open(
                    file,
                    "w",
                    format=self._container_name,
                    container_options=muxer_options(self._container_name, self.plan.unit),
                    buffer_size=_BUFFER,
                )
                stack.callback(_abandon, self._container)
                self._stream = self._opened()
            self._stack = stack.pop_all()

    def write(self, pixels: np.ndarray, time: Fraction) -> None:
        """Encode one picture.

        Args:
            pixels: (H, W, 3) or (H, W, 4), upright, uint8 or uint16 over the full scale, as the readers give them.
                Transparency that the format cannot hold is laid on white.
            time: seconds; later than the last one's.

        Raises:
            UsageError: another size or type, or a time that does not rise by a tick.
            OutputError: the file cannot be written.
        """
        check_pixels(pixels, self._shape)
        stamp = round((time + self._lead) / self.plan.unit)
        if self._last is not None and stamp <= self._last:
            raise UsageError(f"{self.path}: the time {float(time):.6f} s does not come after the last one")
        if self._last is None:
            self._stamps.extend(stamp - self._step * before for before in range(self.plan.reorder, 0, -1))
        self._stamps.append(stamp)
        self._last = stamp
        with as_output_error(self.path):
            frame = write_pixels(self._stored(pixels), self._layout, self.plan.colour, self.plan.lines)
            frame.pts, frame.time_base = stamp, self.plan.unit
            _tag_frame(frame, self.plan.colour)
            self._mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            OutputError: it cannot be written, or no frame came.
        """
        with self._stack, as_output_error(self.path):
            if self._last is None:
                raise OutputError(f"{self.path}: cannot be written: there is not a single frame to put into it")
            self._mux(self._stream.encode(None))
            self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._stack.__exit__(kind, error, trace)

    def _opened(self) -> VideoStream:
        plan = self.plan
        stream = self._container.add_stream(plan.encoder, rate=plan.rate, options=plan.all_options)
        if not isinstance(stream, VideoStream):
            raise OutputError(f"{self.path}: {plan.encoder} is no video encoder")
        stream.width, stream.height = plan.size
        stream.pix_fmt = plan.pixel_format
        context = stream.codec_context
        context.time_base = plan.unit
        context.thread_count = plan.threads
        tag_stream(stream, plan)
        context.open()
        return stream

    def _stored(self, pixels: np.ndarray) -> np.ndarray:
        """As the encoder takes them: turned back, laid on white, made even."""
        if pixels.shape[2] == 4 and not self._layout.alpha:
            pixels = _on_white(pixels)
        pixels = as_stored(pixels, self.plan.orientation)
        wide, high = (encoded - picture for encoded, picture in zip(self.plan.size, self.plan.picture, strict=True))
        return np.pad(pixels, ((0, high), (0, wide), (0, 0)), mode="edge") if wide or high else pixels

    def _mux(self, packets: list["Packet[VideoStream]"]) -> None:
        """Hand on packets; when they are decoded is counted here, for x265 has no idea of it in very short clips."""
        for packet in packets:
            packet.dts = self._stamps.popleft()
            packet.duration = packet.duration or self._step
            self._container.mux(packet)


def muxer_options(container: str, unit: Fraction) -> dict[str, str]:
    """Options by which a container keeps times to the tick.

    MP4 rounds the beginning of each track to its header's clock, a millisecond if nobody says otherwise.
    """
    if container in ("mp4", "mov") and unit.denominator <= _LONGEST_CLOCK:
        clock = str(unit.denominator)
        return {"movie_timescale": clock, "video_track_timescale": clock}
    return {}


def tag_stream(stream: VideoStream, plan: EncodingPlan) -> None:
    """Write colours, aspect and rotation into a stream of an output file."""
    context = stream.codec_context
    context.sample_aspect_ratio = plan.sample_aspect
    colour = plan.colour
    context.color_range = _range(colour)
    context.colorspace = colour.matrix
    context.color_primaries = colour.primaries
    context.color_trc = colour.transfer
    if plan.orientation != 1:
        stream.set_display_matrix(matrix_for(plan.orientation))


def check_pixels(pixels: np.ndarray, shape: tuple[int, int]) -> None:
    """Refuse pixels that are not of a writer's kind.

    Raises:
        UsageError: another size, another number of channels, another type.
    """
    if pixels.ndim != 3 or pixels.shape[:2] != shape or pixels.shape[2] not in (3, 4):
        raise UsageError(f"a picture of shape {pixels.shape} does not fit a video of {shape[1]} x {shape[0]}")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise UsageError(f"pixels must be uint8 or uint16, not {pixels.dtype}")


def _range(colour: Colour) -> int:
    return 0 if colour.full_range is None else 1 + colour.full_range  # AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG


def _tag_frame(frame: av.VideoFrame, colour: Colour) -> None:
    frame.color_range = _range(colour)
    if colour.matrix != UNSPECIFIED:
        frame.colorspace = colour.matrix


def _on_white(pixels: np.ndarray) -> np.ndarray:
    top = int(np.iinfo(pixels.dtype).max)
    alpha = pixels[..., 3:].astype(np.uint32)
    mixed = pixels[..., :3] * alpha + np.uint32(top) * (top - alpha)
    return ((mixed + top // 2) // top).astype(pixels.dtype)


@contextlib.contextmanager
def as_output_error(path: Path) -> Iterator[None]:
    """Turn FFmpeg's refusals into one line that names the file."""
    try:
        yield
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise OutputError(f"{path}: cannot be written: {reason(error)}") from error


def _abandon(container: OutputContainer) -> None:
    """Close what may be closed already or half written; the file behind it gets no name."""
    with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
        container.close()
