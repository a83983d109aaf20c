"""Pictures into a file that FFmpeg encodes, with exact times, in the source's depth, colours, rotation and aspect.

The encoder's clock ticks so that every frame time at the output rate is a whole number of ticks, and every time of the
source too where that is possible; nothing is rounded to frames, so nothing drifts. (Matroska and WebM then round to
milliseconds, each time on its own.)
"""

import contextlib
from collections import deque
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from restore.errors import OutputError
from restore.images.orientation import as_stored
from restore.images.samples import laid_on
from restore.video.info import UNSPECIFIED, Colour, VideoInfo
from restore.video.planes import layout_of, write_pixels
from restore.video.write.output import as_output_error, color_range, open_output, tag_stream
from restore.video.write.plan import EncodingPlan
from restore.video.write.writer import VideoWriter

__all__ = ["FilmWriter"]

_WHITE = 255


class FilmWriter(VideoWriter):
    """Writes one video stream; see ``VideoWriter``."""

    def __init__(
        self,
        path: Path,
        info: VideoInfo,
        plan: EncodingPlan,
        *,
        container: str | None = None,
        time_offset: Fraction = Fraction(0),
    ) -> None:
        """Open the file.

        Args:
            path: where to.
            info: the source's.
            plan: how to encode it, from ``plan_encoding``.
            container: FFmpeg's name of the file's container, if it is not the plan's, as for segments.
            time_offset: seconds added to every time so that none is negative, as in segments.

        Raises:
            OutputError: the file cannot be written, or the encoder refuses.
        """
        super().__init__(path, info)
        self.plan = plan
        self._offset = time_offset
        self._layout = layout_of(plan.pixel_format)
        self._step = max(1, round(1 / plan.rate / plan.unit))
        self._last_stamp: int | None = None
        self._stamps: deque[int] = deque()
        with contextlib.ExitStack() as stack:
            self._container = stack.enter_context(open_output(path, container or plan.container, plan.unit))
            with as_output_error(path):
                self._stream = self._add_stream()
            self._stack = stack.pop_all()

    def _add_stream(self) -> VideoStream:
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

    def _write(self, pixels: np.ndarray, time: Fraction) -> None:
        stamp = round((time + self._offset) / self.plan.unit)
        if self._last_stamp is not None and stamp <= self._last_stamp:
            raise self._time_error(time)
        if self._last_stamp is None:
            self._stamps.extend(stamp - self._step * before for before in range(self.plan.reorder, 0, -1))
        self._stamps.append(stamp)
        self._last_stamp = stamp
        with as_output_error(self.path):
            frame = write_pixels(self._stored(pixels), self._layout, self.plan.colour, self.plan.lines)
            frame.pts, frame.time_base = stamp, self.plan.unit
            _tag_frame(frame, self.plan.colour)
            self._mux(self._stream.encode(frame))

    def _stored(self, pixels: np.ndarray) -> np.ndarray:
        """As the encoder takes them: turned back, laid on white, made even."""
        if pixels.shape[2] == 4 and not self._layout.alpha:
            pixels = laid_on(pixels, _WHITE)
        pixels = as_stored(pixels, self.plan.orientation)
        wide, high = (encoded - picture for encoded, picture in zip(self.plan.size, self.plan.picture, strict=True))
        return np.pad(pixels, ((0, high), (0, wide), (0, 0)), mode="edge") if wide or high else pixels

    def _mux(self, packets: list["Packet[VideoStream]"]) -> None:
        """Hand on packets; their decoding times are counted here, for x265 leaves them unset in very short clips."""
        for packet in packets:
            packet.dts = self._stamps.popleft()
            packet.duration = packet.duration or self._step
            self._container.mux(packet)

    def _finish(self) -> None:
        with self._stack, as_output_error(self.path):
            self._mux(self._stream.encode(None))
            self._container.close()

    def _discard(self, error: BaseException) -> None:
        self._stack.__exit__(type(error), error, error.__traceback__)


def _tag_frame(frame: av.VideoFrame, colour: Colour) -> None:
    frame.color_range = color_range(colour)
    if colour.matrix != UNSPECIFIED:
        frame.colorspace = colour.matrix
