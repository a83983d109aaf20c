"""`probe`: what a video file holds, from its header, its first packets and its first picture.

One picture must really decode before a file counts as a video.
"""

import re
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from restore.errors import InputError
from restore.video.info import UNSPECIFIED, Colour, VideoInfo, orientation_from_matrix
from restore.video.planes import PixelLayout, layout_of
from restore.video.rates import usual_rate
from restore.video.read.container import error_text, open_film

__all__ = ["probe"]

_PROBED_PACKETS = 300  # looked at to find out whether the rate varies
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG; 1 is limited, 0 unspecified
_LIMITED_GREY = ("h264", "hevc", "av1", "vp9", "mpeg2video")  # others hold grey over all levels
_DURATION_TAG = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")


def probe(path: Path) -> VideoInfo:
    """What a file holds; its first picture is decoded to be sure of it.

    Raises:
        InputError: as ``open_film``; nothing in it can be decoded.
    """
    is_variable = _is_variable(path)
    with open_film(path) as (container, stream):
        frame = _first_frame(path, container, stream)
        context = stream.codec_context
        layout = layout_of(frame.format.name)
        orientation = _orientation(frame)
        width, height = frame.width, frame.height
        if orientation >= 5:
            width, height = height, width
        unit = stream.time_base or Fraction(1, 90_000)
        duration = _duration(container, stream)
        return VideoInfo(
            width=width,
            height=height,
            rate=_rate(stream, duration, unit, is_variable=is_variable is True),
            codec=context.codec.canonical_name,
            container=container.format.name,
            pixel_format=frame.format.name,
            depth=_depth(layout),
            orientation=orientation,
            sample_aspect=_aspect(stream),
            colour=_colour(frame, stream, layout),
            is_variable=is_variable,
            start=Fraction(0) if frame.pts is None else frame.pts * unit,
            duration=duration,
            frame_count=stream.frames or None,
            time_base=unit,
            audio_streams=len(container.streams.audio),
            subtitle_streams=len(container.streams.subtitles),
            is_interlaced=bool(frame.interlaced_frame),
            has_alpha=layout.alpha and context.name != "rawvideo",  # 32-bit AVI files fill the fourth byte with zeros
        )


def _first_frame(path: Path, container: InputContainer, stream: VideoStream) -> av.VideoFrame:
    packets, failure = 0, ""
    try:
        for packet in container.demux(stream):
            packets += bool(packet.size)
            try:
                if frames := packet.decode():
                    return frames[0]
            except av.error.FFmpegError as error:
                failure = error_text(error)
    except av.error.FFmpegError as error:
        failure = error_text(error)
    if not packets:
        raise InputError(f"{path}: has a video stream without a single frame; fetch or export it again")
    raise InputError(
        f"{path}: none of its frames can be decoded{f' ({failure})' if failure else ''}; "
        "it is truncated or damaged, fetch it again"
    )


def _is_variable(path: Path) -> bool | None:
    """Whether the time stamps at the beginning differ by more than their rounding."""
    with open_film(path) as (container, stream):
        unit = stream.time_base
        stamps: list[int] = []
        ended = True
        try:
            packets = (packet for packet in container.demux(stream) if packet.size)
            for packet in islice(packets, _PROBED_PACKETS):
                if packet.pts is None:
                    return None
                stamps.append(packet.pts)
            ended = len(stamps) < _PROBED_PACKETS
        except av.error.FFmpegError:
            ended = False
    stamps.sort()
    if not ended:
        del stamps[-16:]  # some that belong between the last ones have not been read yet
    steps = [after - before for before, after in pairwise(stamps)]
    if not steps or unit is None:
        return None
    if (max(steps) - min(steps)) > max(Fraction(2), Fraction(2, 1000) / unit):
        return True
    return False if ended else None


def _rate(stream: VideoStream, duration: Fraction | None, unit: Fraction, *, is_variable: bool) -> Fraction | None:
    rate = stream.average_rate or stream.guessed_rate
    if not rate:
        return None
    frames = stream.frames or round((duration or 1) * rate)
    return rate if is_variable else usual_rate(rate, frames, unit)


def _orientation(frame: av.VideoFrame) -> int:
    side_data: Any = frame.side_data  # PyAV's stubs list only two of its keys
    try:
        return orientation_from_matrix(bytes(side_data["DISPLAYMATRIX"]))
    except KeyError:
        return 1


def _depth(layout: PixelLayout) -> int:
    return next((depth for depth in (8, 10, 12) if layout.bits <= depth), 16)


def _aspect(stream: VideoStream) -> Fraction:
    aspect = stream.sample_aspect_ratio
    return aspect if aspect is not None and aspect > 0 else Fraction(1)


def _colour(frame: av.VideoFrame, stream: VideoStream, layout: PixelLayout) -> Colour:
    """The tags of the decoded frame, or where it has none, of the stream."""
    context = stream.codec_context

    def tag(of_frame: str, of_stream: str) -> int:
        values = (getattr(frame, of_frame, UNSPECIFIED), getattr(context, of_stream, UNSPECIFIED))
        return next((int(value) for value in values if value not in (0, UNSPECIFIED)), UNSPECIFIED)

    tagged = int(frame.color_range) or int(context.color_range)
    full_range = None if tagged == 0 else tagged == _FULL_RANGE
    if layout.full_range or (
        full_range is None and layout.kind == "grey" and context.codec.canonical_name not in _LIMITED_GREY
    ):
        full_range = True
    return Colour(
        matrix=tag("colorspace", "colorspace"),
        full_range=full_range,
        primaries=tag("color_primaries", "color_primaries"),
        transfer=tag("color_trc", "color_trc"),
    )


def _duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """Of the video stream; Matroska has it in a tag, and some formats state only that of the whole file."""
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    match = _DURATION_TAG.fullmatch(stream.metadata.get("DURATION", ""))
    if match:
        hours, minutes, seconds = match.groups()
        return (int(hours) * 60 + int(minutes)) * 60 + Fraction(seconds)
    if container.duration:
        return Fraction(container.duration, av.time_base)
    return None
