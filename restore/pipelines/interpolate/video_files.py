"""A video file made of another: frames at new times, written in segments that survive a kill, then joined with sound.

    VideoReader ── FrameStream ── SegmentedWriter ── join_segments ── the output, named when whole
                                │                    │
                          place.json           source: sound, subtitles

When a segment is finished, the place in the source is written beside it, so that a run that goes on begins to read
there and counts on from there.
"""

import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from restore.callbacks import Notify
from restore.errors import InputError
from restore.pipelines.interpolate.progress import Counts, Place
from restore.pipelines.interpolate.retiming import Retiming
from restore.pipelines.interpolate.shots import Judgement, OutputFrame, default_judgement
from restore.pipelines.interpolate.threads import Behind
from restore.pipelines.interpolate.video_frames import FrameStream, Maker
from restore.video.info import VideoInfo
from restore.video.read.reader import VideoReader
from restore.video.write.encoding import Encoding, container_of
from restore.video.write.joining import join_segments
from restore.video.write.opening import check_target
from restore.video.write.plan import plan_encoding
from restore.video.write.segments import SEGMENT_FRAMES, SegmentedWriter, Segments, file_identity, segment_folder
from restore.video.write.writer import ignore_notice

__all__ = ["Result", "VideoRequest", "check_request", "forget", "segment_length", "unfinished", "write_video"]

PICTURES = ("gif", "webp", "png", "folder")
"""Containers of sources that have pictures only."""
WAITING = 2
"""Frames that may be read ahead, and that may wait to be written."""
_WHOLE = 1_000_000  # pixels of a frame, up to which segments have their full length
_SHORTEST = 60  # frames


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """What is to be made of a video."""

    retiming: Retiming = field(default_factory=Retiming)
    cuts: float | None = None
    """How readily a cut is seen, 0..1; None: as measured best."""
    drop_duplicates: bool = False
    effort: int | None = None
    encoding: Encoding = field(default_factory=Encoding)
    sound: str | None = None
    """`keep`, `drop` or `stretch`; None keeps it, but in slow motion leaves it out."""

    @property
    def sound_choice(self) -> str:
        """The word for `join_segments`."""
        slow = self.retiming.stretch != 1
        if self.sound is None:
            return "drop" if slow else "keep"
        return "keep" if self.sound == "stretch" and not slow else self.sound


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it."""

    rate: Fraction
    """Output frames per second, on average."""
    frames: int
    """In the output."""
    resumed: int
    """Of them, made by an earlier run."""
    counts: Counts
    """Over all runs."""


def check_request(video: VideoReader, output: Path, request: VideoRequest) -> Fraction:
    """Refuse what cannot be written, before a network loads; gives the output's rate.

    Raises:
        UsageError: a suffix, codec, crf, preset or rate that does not fit.
    """
    rate = request.retiming.rate(video.info)
    if check_target(output, video.info, rate, request.encoding) == "film":
        plan_encoding(request.encoding, video.info, container_of(output), rate, ignore_notice)
    return rate


def segment_length(info: VideoInfo) -> int:
    """Frames in a segment: fewer of large pictures, so that a kill costs minutes and not hours."""
    return max(_SHORTEST, min(SEGMENT_FRAMES, SEGMENT_FRAMES * _WHOLE // (info.width * info.height)))


def unfinished(output: Path) -> int | None:
    """How many frames of an output an earlier run has left in finished segments; None where it left nothing."""
    try:
        segments = Segments.read(segment_folder(output))
    except InputError:
        return None
    total = segments.frame_count()
    return len(segments.paths()) * segments.length if total is None else total


def forget(output: Path) -> None:
    """Remove what an earlier run left of an output."""
    try:
        Segments.read(segment_folder(output)).remove()
    except InputError:
        return


def write_video(
    video: VideoReader,
    paths: tuple[Path, Path],
    request: VideoRequest,
    maker: Maker,
    *,
    identity: str = "",
    judgement: Judgement | None = None,
    watch: Callable[[OutputFrame, Counts], None] = lambda _frame, _counts: None,
    note: Notify = ignore_notice,
) -> Result:
    """Make a video file, going on where an earlier run of the same request ended.

    Args:
        video: the source, opened.
        paths: of the source and of the output.
        request: what is to be made.
        maker: the network.
        identity: what names the network and its settings; with another one, an earlier run is not gone on with.
        judgement: what cuts and still frames are; the product's own by default.
        watch: sees each frame that this run gives, and the counts up to it.
        note: is told what cannot be kept, and what was wrong with source frames.

    Raises:
        InputError: the source has not one good frame, or vanished.
        UsageError: as `check_request`.
        OutputError: the output cannot be written. Finished segments stay.
    """
    source, output = paths
    rate = check_request(video, output, request)
    stream = FrameStream(
        video,
        request.retiming,
        maker,
        judgement or default_judgement(request.cuts),
        effort=request.effort,
        drop_duplicates=request.drop_duplicates,
        read_ahead=WAITING,
        report=note,
    )
    writer = SegmentedWriter(
        output,
        video.info,
        rate,
        request.encoding,
        identity=f"{file_identity(source)} {_described(request, video.info)} {identity}",
        length=segment_length(video.info),
        notify=note,
    )
    resumed = writer.done
    try:
        counts = _written(stream, writer, watch)
    except BaseException:
        if not writer.done:
            writer.segments.remove()
        raise
    silently = video.info.container in PICTURES
    join_segments(
        writer.segments.folder,
        output,
        None if silently else source,
        sound=request.sound_choice,
        stretch=request.retiming.stretch,
        notify=note,
    )
    return Result(rate, writer.done, resumed, counts)


def _written(stream: FrameStream, writer: SegmentedWriter, watch: Callable[[OutputFrame, Counts], None]) -> Counts:
    """Write all frames that are missing."""
    remembered = writer.saved_place() if writer.done else {}
    if writer.is_complete:
        return _counts_of(remembered)
    frames = stream.frames(writer.done, _place_of(remembered))
    with writer, contextlib.closing(frames), Behind(WAITING) as behind:
        for frame in frames:
            behind.do(_write, writer, frame, _noted(stream))
            watch(frame, stream.counts)
        behind.finish()
        writer.save_place(_noted(stream))
        writer.end = stream.end
    return stream.counts


def _write(writer: SegmentedWriter, frame: OutputFrame, noted: dict[str, Any]) -> None:
    done = writer.done
    writer.write(frame.pixels, frame.time)
    if writer.done != done:
        writer.save_place(noted)


def _noted(stream: FrameStream) -> dict[str, Any]:
    """What a run that goes on wants to know, as it is now."""
    place = stream.place
    return {"place": place and place.as_dict(), "counts": asdict(stream.counts)}


def _place_of(remembered: dict[str, Any]) -> Place | None:
    try:
        return Place.from_dict(remembered["place"])
    except (ValueError, TypeError, KeyError, ZeroDivisionError):
        return None


def _counts_of(remembered: dict[str, Any]) -> Counts:
    try:
        return Counts(**{key: int(value) for key, value in remembered["counts"].items()})
    except (ValueError, TypeError, KeyError, AttributeError):
        return Counts()


def _described(request: VideoRequest, info: VideoInfo) -> str:
    retiming = request.retiming
    return (
        f"{retiming.mode}={retiming.value} longer={retiming.longer} rate={info.rate} cuts={request.cuts} "
        f"effort={request.effort} drop={request.drop_duplicates}"
    )
