"""From a user's choice and a source to everything that an encoder needs: pixel format, size, tags, options.

The depth of the source comes before its chroma: where an encoder has 10 bits only with 4:2:0, that is taken, and
`notify` is called. 4:2:0 of H.264, HEVC and AV1 has even sizes only; an odd picture gets its last row or column once
more, with a call of `notify`, and never loses one. (4:4:4 would keep the size, but most players in hardware and
browsers refuse it.) The other codecs hold any size.
"""

import os
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.stream import VideoStream

from restore.callbacks import Notify
from restore.errors import UsageError
from restore.images.orientation import swaps_sides
from restore.video.colour import matrix_of, tagged
from restore.video.info import Colour, VideoInfo
from restore.video.planes import PixelLayout, full_frame_name, layout_of
from restore.video.rates import time_unit
from restore.video.write.encoding import CODECS, CONTAINERS, Encoding, check_choice

__all__ = ["EncodingPlan", "plan_encoding"]

_CAN_TURN = hasattr(VideoStream, "set_display_matrix")  # before PyAV 18 pictures are stored upright instead
_NEAREST = {"vp8": "vp9"}  # for codecs that are read but not written
_ASPECT_LOST = ("vp9", "av1", "prores", "ffv1")  # in Matroska and WebM, as PyAV writes them


@dataclass(frozen=True, slots=True)
class EncodingPlan:
    """Everything an encoder needs for one video; all its segments are encoded by the same plan."""

    container: str
    """FFmpeg's name of the finished file's."""
    codec: str
    """One of ``CODECS``."""
    pixel_format: str
    picture: tuple[int, int]
    """(width, height) as stored."""
    size: tuple[int, int]
    """(width, height) as encoded: ``picture``, made even where it must be."""
    orientation: int
    """EXIF's number by which players turn the stored pictures."""
    sample_aspect: Fraction
    colour: Colour
    lines: int
    """From which the matrix is guessed where the colour has none."""
    rate: Fraction
    unit: Fraction
    """Seconds per tick of the encoder's clock."""
    options: dict[str, str]
    """The encoder's, without those of ``threads``."""
    threads: int

    @property
    def encoder(self) -> str:
        """FFmpeg's name."""
        return CODECS[self.codec].encoder

    @property
    def reorder(self) -> int:
        """How many packets one may run ahead of the order of showing."""
        return CODECS[self.codec].reorder

    @property
    def all_options(self) -> dict[str, str]:
        """The encoder's options."""
        options = dict(self.options)
        if self.codec == "hevc":
            options["x265-params"] += f":pools={self.threads}:frame-threads={min(self.threads, 4)}"
        elif self.codec == "av1":
            options["svtav1-params"] = f"lp={min(self.threads, 6)}"
            os.environ.setdefault("SVT_LOG", "0")  # it writes to stderr, past FFmpeg's log
        return options


def plan_encoding(encoding: Encoding, info: VideoInfo, container: str, rate: Fraction, notify: Notify) -> EncodingPlan:
    """Decide everything an encoder needs.

    Args:
        encoding: the user's choice.
        info: the source's.
        container: FFmpeg's name, from ``container_of``.
        rate: output frames per second, on average.
        notify: called with one line for each thing that cannot be kept.

    Raises:
        UsageError: a codec that the container cannot hold, a crf or preset that the codec does not have, a picture
            too small for the encoder.
    """
    codec = _codec(encoding, info, container, notify)
    known = CODECS[codec]
    check_choice(encoding, codec)
    if min(info.width, info.height) < known.smallest:
        raise UsageError(
            f"{codec} is not written below {known.smallest} pixels a side, and this video is {info.width} x "
            f"{info.height}; use h264"
        )
    layout = _layout(known.encoder, info, notify)
    orientation = info.orientation if _CAN_TURN else 1
    picture = info.stored_size if _CAN_TURN else (info.width, info.height)
    aspect = 1 / info.sample_aspect if swaps_sides(info.orientation) and not _CAN_TURN else info.sample_aspect
    if aspect != 1 and container in ("matroska", "webm") and codec in _ASPECT_LOST:
        notify(
            f"{container} with {codec} loses the sample aspect {aspect}: players will show square pixels; write .mp4"
        )
    size = _encoded_size(codec, picture, layout, notify)
    lines = info.stored_size[1]
    return EncodingPlan(
        container=container,
        codec=codec,
        pixel_format=layout.name,
        picture=picture,
        size=size,
        orientation=orientation,
        sample_aspect=aspect,
        colour=_colour(info, layout, size[1]),
        lines=lines,
        rate=rate,
        unit=time_unit(rate, info.time_base),
        options=_options(codec, encoding, layout, rate, size),
        threads=encoding.thread_count,
    )


def _codec(encoding: Encoding, info: VideoInfo, container: str, notify: Notify) -> str:
    if encoding.codec != "same":
        if container not in CODECS[encoding.codec].containers:
            fitting = [suffix for suffix, name in CONTAINERS.items() if name in CODECS[encoding.codec].containers]
            raise UsageError(f"{container} does not hold {encoding.codec}; use {' or '.join(fitting)}")
        return encoding.codec
    same = _NEAREST.get(info.codec, info.codec)
    small = same in CODECS and min(info.width, info.height) < CODECS[same].smallest
    if same in CODECS and not small and container in CODECS[same].containers and _is_there(CODECS[same].encoder):
        if same != info.codec:
            notify(f"{info.codec} is not written: the video is encoded as {same}")
        return same
    instead = "vp9" if container == "webm" else "h264"
    if info.codec:
        what = f"{info.codec} of this size" if small else info.codec
        notify(f"{what} cannot be written into {container}: the video is encoded as {instead}")
    return instead


def _is_there(encoder: str) -> bool:
    try:
        av.Codec(encoder, "w")
    except (av.error.FFmpegError, ValueError):
        return False
    return True


def _layout(encoder: str, info: VideoInfo, notify: Notify) -> PixelLayout:
    """The pixel format that keeps most: depth, then chroma, then not more than there was."""
    source = layout_of(info.pixel_format)
    if encoder == "ffv1" and (source.is_rgb or info.has_alpha):
        return layout_of(full_frame_name(info.depth, alpha=info.has_alpha))
    kind = "grey" if encoder == "ffv1" and source.kind == "grey" else "yuv"
    across, down = source.step if source.kind == "yuv" else (2, 2)

    def losses(layout: PixelLayout) -> tuple[float, float, int, float, str]:
        lost_chroma = max(1, layout.step[0] / across) * max(1, layout.step[1] / down)
        more_chroma = max(1, across / layout.step[0]) * max(1, down / layout.step[1])
        return max(0, info.depth - layout.bits), lost_chroma, layout.bits, more_chroma, layout.name

    formats = (form.name for form in av.Codec(encoder, "w").video_formats or ())
    known = (layout_of(name) for name in formats if layout_of(name).name == name)
    best = min((each for each in known if each.kind == kind and not each.alpha and not each.full_range), key=losses)
    if best.bits < info.depth:
        notify(f"{encoder} writes no {info.depth} bits: the video is encoded with {best.bits}")
    if losses(best)[1] > 1:
        notify(f"{encoder} does not write {info.pixel_format}: colour is stored at a lower resolution, as {best.name}")
    if info.has_alpha:
        notify(f"{encoder} holds no transparency: the video is laid on white; write .webp, .gif or ffv1 to keep it")
    return best


def _encoded_size(codec: str, picture: tuple[int, int], layout: PixelLayout, notify: Notify) -> tuple[int, int]:
    if not CODECS[codec].even or layout.kind != "yuv":
        return picture
    width, height = picture
    across, down = layout.step
    size = (width + width % across, height + height % down)
    if size != picture:
        notify(
            f"{codec} holds even sizes only: {width} x {height} is written as {size[0]} x {size[1]}, "
            "the last row or column repeated"
        )
    return size


def _colour(info: VideoInfo, layout: PixelLayout, lines: int) -> Colour:
    """The source's tags, or clearer ones where a player would guess another matrix than the source's."""
    if layout.is_rgb:
        return Colour()
    guessed_otherwise = matrix_of(info.colour, info.stored_size[1]) != matrix_of(info.colour, lines)
    if layout_of(info.pixel_format).is_rgb or guessed_otherwise:
        return tagged(info.colour, info.stored_size[1])
    return info.colour


def _options(
    codec: str, encoding: Encoding, layout: PixelLayout, rate: Fraction, size: tuple[int, int]
) -> dict[str, str]:
    known = CODECS[codec]
    crf = str(known.crf[2] if encoding.crf is None and known.crf else encoding.crf)
    preset = encoding.preset or known.preset
    group = str(max(1, min(300, round(rate * 5))))  # a key frame every 5 s at least, for seeking
    match codec:
        case "h264":
            # x264's AVX-512 code for mbtree gives another B-frame now and then; its portable code is as fast here
            return {"crf": crf, "preset": preset, "g": group, "x264-params": "open-gop=0:cpu-independent=1"}
        case "hevc":
            return {"crf": crf, "preset": preset, "g": group, "x265-params": "log-level=none:open-gop=0:info=0"}
        case "av1":
            return {"crf": crf, "preset": preset, "g": group}
        case "vp9":
            own = {"row-mt": "1", "deadline": "good", "cpu-used": preset}
            return {"crf": crf, "b:v": "0", "g": group, **own}
        case "prores":
            return {"profile": "4" if layout.step == (1, 1) else "3", "vendor": "apl0"}
        case _:
            if min(size) < 16:  # too small to be cut into slices
                return {"level": "1", "g": "1"}
            return {"level": "3", "slicecrc": "1", "g": "1"}
