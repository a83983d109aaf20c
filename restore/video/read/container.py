"""Opening a file with FFmpeg so that every failure is one line, and reading its packets as far as they go.

FFmpeg opens nearly anything: a text file as subtitles, a picture as a video of one frame, a playlist that leads to
other files or to the network. So only formats that hold moving pictures are let in, and the path is never taken for an
address.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from restore.errors import InputError

__all__ = [
    "MAX_PIXELS",
    "ReadFailure",
    "error_text",
    "film_stream",
    "open_container",
    "open_film",
    "packets_of",
    "stream_start",
]

MAX_PIXELS = 256_000_000
"""Limit on a frame's width times height."""
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,nut,rm,wtv,dv,gxf,ivf,h264,hevc,"
    "av1,obu,m4v,vc1,yuv4mpegpipe,mjpeg,h261,h263,dirac,roq,smk,bink,film_cpk,vvc"
)
_MAX_FAILED_READS = 20  # in a row, after which the rest of a file counts as lost


@contextlib.contextmanager
def open_container(path: Path) -> Iterator[InputContainer]:
    """A file opened by FFmpeg.

    Raises:
        InputError: missing, unreadable, or of no format with moving pictures. The message names the file.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a video")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except OSError as error:
        raise InputError(f"{path}: may not be read: {error_text(error)}") from error
    if empty:
        raise InputError(f"{path}: is empty (0 bytes); fetch or export the video again")
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        container = av.open(f"file:{path}", container_options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise InputError(
            f"{path}: is not a video that can be read, or it is damaged at a place without which nothing can be"
        ) from error
    with container:
        yield container


@contextlib.contextmanager
def open_film(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A file and its first video stream that is no cover picture.

    Raises:
        InputError: as ``open_container``; no video stream; a coding that FFmpeg does not support; too large.
    """
    with open_container(path) as container:
        stream = film_stream(container)
        if stream is None:
            raise InputError(f"{path}: has no video stream{_other_streams(container)}")
        context = stream.codec_context
        if context is None:
            raise InputError(
                f"{path}: its video is in a coding that this FFmpeg cannot decode; convert it to h264 first"
            )
        if context.width * context.height > MAX_PIXELS:
            raise InputError(
                f"{path}: frames of {context.width} x {context.height} are over the limit of "
                f"{MAX_PIXELS / 1e6:.3g} megapixels"
            )
        yield container, stream


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """Stands at the end of the packets where the rest of a file cannot be read."""

    reason: str
    """FFmpeg's words."""


def packets_of(container: InputContainer, *streams: Stream) -> Iterator["Packet[Any] | ReadFailure"]:
    """All packets of some streams, the empty ones at the end included; a read that fails is tried further on."""
    failed = 0
    while True:
        try:
            for packet in container.demux(*streams):
                failed = 0
                yield packet
            return
        except av.error.FFmpegError as error:
            failed += 1
            if failed >= _MAX_FAILED_READS:
                yield ReadFailure(error_text(error))
                return


def film_stream(container: InputContainer) -> VideoStream | None:
    """The first video stream that is no cover picture."""
    films = (stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic)
    return next(films, None)


def stream_start(stream: Stream) -> Fraction | None:
    """Seconds of a stream's first packet; None where the file does not state it."""
    if stream.start_time is None or stream.time_base is None:
        return None
    return stream.start_time * stream.time_base


def error_text(error: BaseException) -> str:
    """An error's own words on one line, without the file's name, which messages here begin with."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).lower()


def _other_streams(container: InputContainer) -> str:
    kinds = [
        name
        for name, streams in (("sound", container.streams.audio), ("subtitles", container.streams.subtitles))
        if streams
    ]
    return f", only {' and '.join(kinds)}" if kinds else ""
