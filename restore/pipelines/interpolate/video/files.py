"""A video file made of another: frames at new times, written in segments that survive a kill, then joined with sound.

    VideoReader ── FrameStream ── SegmentedWriter ── join_segments ── the output, named when whole
                                        │                  │
                                  progress.json       source: sound, subtitles

Whenever a segment is finished, the stream's progress is saved beside it, so that a resumed run begins to read and to
count there.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from restore.callbacks import Notify
from restore.errors import InputError
from restore.pipelines.interpolate.video.classification import OutputFrame, PairClassifier, default_classifier
from restore.pipelines.interpolate.video.progress import FrameCounts, Progress
from restore.pipelines.interpolate.video.retiming import Retiming
from restore.pipelines.interpolate.video.stream import FrameMaker, FrameStream
from restore.pipelines.interpolate.video.threads import background_worker
from restore.video.info import VideoInfo
from restore.video.read.reader import VideoReader
from restore.video.write.encoding import Encoding
from restore.video.write.joining import join_segments
from restore.video.write.opening import plan_target
from restore.video.write.segments import SEGMENT_FRAMES, SegmentedWriter, Segments, file_identity, segment_folder
from restore.video.write.writer import ignore_notice

__all__ = [
    "VideoRequest",
    "WrittenVideo",
    "check_request",
    "discard_segments",
    "finished_frames",
    "segment_length",
    "write_video",
]

SILENT_CONTAINERS = ("gif", "webp", "png", "folder")
"""Containers of sources that have pictures only."""
WAITING_FRAMES = 2
"""Frames that may be read ahead, and that may wait to be written."""
_FULL_LENGTH_PIXELS = 1_000_000  # of a frame, up to which segments have their full length
_FEWEST_FRAMES = 60  # in a segment

OnFrame = Callable[[OutputFrame, FrameCounts], None]
"""Called with each output frame that this run gives, and the counts up to it."""


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """The video that is to be made of a source."""

    retiming: Retiming = field(default_factory=Retiming)
    cuts: float | None = None
    """How readily a cut is seen, 0..1; None: the threshold that was measured best."""
    drop_duplicates: bool = False
    """Whether source frames that repeat the last one are replaced by made ones."""
    effort: int | None = None
    """1, 2 or 3: how much work is spent on the motion; None: 2."""
    encoding: Encoding = field(default_factory=Encoding)
    sound: str | None = None
    """`keep`, `drop` or `stretch`; None keeps it, but leaves it out of slow motion."""

    @property
    def sound_choice(self) -> str:
        """The choice that `join_segments` takes: `keep`, `drop` or `stretch`."""
        slow = self.retiming.stretch != 1
        if self.sound is None:
            return "drop" if slow else "keep"
        return "keep" if self.sound == "stretch" and not slow else self.sound


@dataclass(frozen=True, slots=True)
class WrittenVideo:
    """Figures of a video that was written."""

    rate: Fraction
    """Output frames per second, on average."""
    frames: int
    """Output frames."""
    resumed: int
    """Output frames that an earlier run had made."""
    counts: FrameCounts
    """Frames of each kind, over all runs."""


def check_request(video: VideoReader, output: Path, request: VideoRequest) -> Fraction:
    """Refuse what cannot be written, before a network loads; gives the output's rate.

    Raises:
        UsageError: a suffix, codec, crf, preset or rate that does not fit.
    """
    rate = request.retiming.rate(video.info)
    plan_target(output, video.info, rate, request.encoding)
    return rate


def segment_length(info: VideoInfo) -> int:
    """Frames in a segment: fewer of large pictures, so that a kill costs minutes and not hours."""
    length = SEGMENT_FRAMES * _FULL_LENGTH_PIXELS // (info.width * info.height)
    return max(_FEWEST_FRAMES, min(SEGMENT_FRAMES, length))


def finished_frames(output: Path) -> int | None:
    """How many frames an earlier run has left in finished segments of an output; None where it left nothing."""
    try:
        segments = Segments.read(segment_folder(output))
    except InputError:
        return None
    total = segments.frame_count()
    return len(segments.paths()) * segments.length if total is None else total


def discard_segments(output: Path) -> None:
    """Remove what an earlier run left of an output."""
    with contextlib.suppress(InputError):
        Segments.read(segment_folder(output)).remove()


def write_video(
    video: VideoReader,
    paths: tuple[Path, Path],
    request: VideoRequest,
    maker: FrameMaker,
    *,
    identity: str = "",
    classifier: PairClassifier | None = None,
    on_frame: OnFrame = lambda _frame, _counts: None,
    notify: Notify = ignore_notice,
) -> WrittenVideo:
    """Make a video file, going on where an earlier run of the same request ended.

    Args:
        video: the source, opened.
        paths: of the source and of the output.
        request: the video to make.
        maker: the network.
        identity: name of the network and its settings; an earlier run with another one is not resumed.
        classifier: decides what is a cut and what is still; `default_classifier` unless given.
        on_frame: called with each frame that this run gives, and the counts up to it.
        notify: called with a line about what cannot be kept, and about each source frame with a problem.

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
        classifier or default_classifier(request.cuts),
        effort=request.effort,
        drop_duplicates=request.drop_duplicates,
        read_ahead=WAITING_FRAMES,
        notify=notify,
    )
    writer = SegmentedWriter(
        output,
        video.info,
        rate,
        request.encoding,
        identity=f"{file_identity(source)} {_settings_of(request, video.info)} {identity}",
        length=segment_length(video.info),
        notify=notify,
    )
    resumed = writer.done
    try:
        counts = _write_segments(stream, writer, on_frame)
    except BaseException:
        if not writer.done:
            writer.segments.remove()
        raise
    join_segments(
        writer.segments.folder,
        output,
        None if video.info.container in SILENT_CONTAINERS else source,
        sound=request.sound_choice,
        stretch=request.retiming.stretch,
        notify=notify,
    )
    return WrittenVideo(rate, writer.done, resumed, counts)


def _write_segments(stream: FrameStream, writer: SegmentedWriter, on_frame: OnFrame) -> FrameCounts:
    """Write all frames that are missing, each while the network makes the next."""
    saved = Progress.from_dict(writer.saved_progress() if writer.done else {})
    if writer.is_complete:
        return saved.counts
    frames = stream.frames(writer.done, saved.resume_point)
    with writer, contextlib.closing(frames), background_worker(WAITING_FRAMES) as background:
        for frame in frames:
            background.submit(_write_frame, writer, frame, stream.progress)
            on_frame(frame, stream.counts)
        background.finish()
        writer.save_progress(stream.progress.as_dict())
        writer.end = stream.end
    return stream.counts


def _write_frame(writer: SegmentedWriter, frame: OutputFrame, progress: Progress) -> None:
    done = writer.done
    writer.write(frame.pixels, frame.time)
    if writer.done != done:
        writer.save_progress(progress.as_dict())


def _settings_of(request: VideoRequest, info: VideoInfo) -> str:
    """The settings that the frames depend on, beside the source and the network."""
    retiming = request.retiming
    return (
        f"{retiming.mode}={retiming.value} slowdown={retiming.slowdown} rate={info.rate} cuts={request.cuts} "
        f"effort={request.effort} drop={request.drop_duplicates}"
    )
