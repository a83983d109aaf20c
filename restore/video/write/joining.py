"""Segments into one file: their packets one after the other, and beside them the source's sound and subtitles.

Nothing is encoded here but sound that the container does not hold. The times when frames are shown are those that
were written; the times when they are decoded are counted anew over all segments, because each encoder counts its own
from its first frame: the i-th packet is decoded when the (i - depth)-th frame is shown, where the depth is how far
packets run ahead of the order of showing.

    segment 0, 1, 2, …  ── packets ──┐
                                     ├── merged by time ── one container, named when whole
    source: sound, subtitles ────────┘
"""

import bisect
import contextlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from restore.callbacks import Notify
from restore.errors import InputError, UsageError
from restore.video.read.container import film_stream, open_container
from restore.video.read.film import FilmReader
from restore.video.write.copied_streams import CopiedStreams, copied_metadata, source_shift
from restore.video.write.opening import open_writer
from restore.video.write.output import as_output_error, open_output, tag_stream
from restore.video.write.segments import TIME_OFFSET, Segments
from restore.video.write.writer import ignore_notice

__all__ = ["join_segments"]

_PICTURE_TARGETS = ("gif", "webp", "folder")


@dataclass(frozen=True, slots=True)
class _Segment:
    path: Path
    stamps: list[int]
    """Of its frames, rising, in the plan's ticks, without the lead."""
    depth: int
    """How many packets one of them runs ahead of the order of showing."""


def join_segments(
    folder: Path,
    output: Path,
    source: Path | None = None,
    *,
    sound: str = "keep",
    stretch: Fraction = Fraction(1),
    notify: Notify = ignore_notice,
    keep: bool = False,
) -> None:
    """Make one file of finished segments, and remove them.

    Args:
        folder: of the segments, complete.
        output: the file, as it was named to ``SegmentedWriter``.
        source: where sound, subtitles, chapters and tags come from; None for none.
        sound: ``"keep"``: copied, the packets and their times as they are; ``"drop"``; ``"stretch"``.
        stretch: for slow motion: new times over old ones, which the written times must follow too (2 is half speed).
            Subtitles and chapters follow it; sound only if it is ``"stretch"``.
        notify: called with one line for each thing that cannot be kept.
        keep: leave the segments where they are.

    Raises:
        InputError: segments are missing or damaged, or the source cannot be read.
        UsageError: an unknown ``sound``, or a ``stretch`` that is not positive.
        OutputError: the file cannot be written.
    """
    if stretch <= 0:
        raise UsageError(f"a stretch of {stretch} cannot be; 2 is half speed")
    segments = Segments.read(folder)
    if segments.frame_count() is None:
        raise InputError(f"{folder}: not all segments are there; let the run finish first")
    if segments.plan.container in _PICTURE_TARGETS:
        _join_pictures(segments, output, notify)
    else:
        with contextlib.ExitStack() as stack:
            opened = None
            if source is not None and not _has_no_sound(source):
                opened = source, stack.enter_context(open_container(source))
            container = stack.enter_context(open_output(output, segments.plan.container, segments.plan.unit))
            stack.enter_context(as_output_error(output))
            _mux(segments, container, opened, sound, stretch, notify)
            container.close()
    if not keep:
        segments.remove()


def _mux(
    segments: Segments,
    container: OutputContainer,
    source: tuple[Path, InputContainer] | None,
    sound: str,
    stretch: Fraction,
    notify: Notify,
) -> None:
    """Write pictures, sound and subtitles into an opened output, merged by their decoding times."""
    parts = [_inspected(path, segments) for path in segments.paths()]
    shift = Fraction(0) if source is None else source_shift(source[1]) * stretch
    with av.open(f"file:{parts[0].path}") as first:
        target = _video_stream(container, first.streams.video[0], segments)
    streams: list[Iterator[Packet[Any]]] = [_video_packets(parts, target, segments, shift)]
    if source is not None:
        path, opened = source
        if film := film_stream(opened):
            target.metadata.update(copied_metadata(film.metadata))
        container.metadata.update(copied_metadata(opened.metadata))
        _copy_chapters(opened, container, stretch, shift)
        streams.append(CopiedStreams(path, opened, container, sound, stretch, notify).packets())
    for packet in heapq.merge(*streams, key=_decoding_time):
        container.mux(packet)


def _video_stream(container: OutputContainer, template: VideoStream, segments: Segments) -> VideoStream:
    plan = segments.plan
    target = container.add_stream_from_template(template, opaque=True)
    target.time_base = plan.unit
    context = target.codec_context
    context.framerate = plan.rate
    if plan.codec == "hevc" and plan.container in ("mp4", "mov"):
        context.codec_tag = "hvc1"  # Apple's players take no other
    tag_stream(target, plan)
    return target


def _inspected(path: Path, segments: Segments) -> _Segment:
    """A segment's times; it is read once before anything is written.

    Raises:
        InputError: it is damaged, or does not begin with a key frame.
    """
    try:
        with av.open(f"file:{path}") as container:
            packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
            stamps = [_stamp(packet, segments) for packet in packets]
            key = bool(packets) and packets[0].is_keyframe
    except (av.error.FFmpegError, IndexError, TypeError) as error:
        raise InputError(f"{path}: is damaged; remove its folder and start again") from error
    if not key or len(stamps) > segments.length:
        raise InputError(f"{path}: is damaged; remove its folder and start again")
    shown = sorted(stamps)
    depth = max(place - bisect.bisect_left(shown, stamp) for place, stamp in enumerate(stamps))
    return _Segment(path, shown, depth)


def _stamp(packet: "Packet[Any]", segments: Segments) -> int:
    """When a frame is shown, in the plan's ticks."""
    if packet.pts is None:
        raise TypeError("a packet without a time")
    return round((packet.pts * packet.time_base - TIME_OFFSET) / segments.plan.unit)


def _video_packets(
    parts: list[_Segment], target: VideoStream, segments: Segments, shift: Fraction
) -> Iterator["Packet[Any]"]:
    """All packets of all segments with the times of the output; one segment in memory at a time."""
    unit = segments.plan.unit
    moved = round(shift / unit)
    last_step = max(1, round(1 / segments.plan.rate / unit))
    end_time = segments.end()
    last_end = parts[-1].stamps[-1] + last_step if end_time is None else round(end_time / unit)
    depth = max(part.depth for part in parts)
    first = parts[0].stamps[0]
    waiting = [first - last_step * (depth - place) for place in range(depth)]  # decoded before anything is shown
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        end = following.stamps[0] if following is not None else max(part.stamps[-1] + 1, last_end)
        ends = dict(zip(part.stamps, [*part.stamps[1:], end], strict=True))
        decoding = iter([*waiting, *part.stamps])
        with av.open(f"file:{part.path}") as container:
            for packet in container.demux(container.streams.video[0]):
                if not packet.size:
                    continue
                shown = _stamp(packet, segments)
                packet.stream = target
                packet.time_base = unit
                packet.pts, packet.dts = shown + moved, next(decoding) + moved
                packet.duration = ends[shown] - shown
                yield packet
        waiting = list(decoding)


def _copy_chapters(source: InputContainer, target: OutputContainer, stretch: Fraction, shift: Fraction) -> None:
    """Chapters, which PyAV knows from release 16 on."""
    if not hasattr(source, "chapters") or not hasattr(target, "set_chapters"):
        return
    chapters = source.chapters()
    for chapter in chapters:
        base = chapter["time_base"] or Fraction(1, 1000)
        for edge in ("start", "end"):
            chapter[edge] = round(chapter[edge] * stretch + shift / base)
    if chapters:
        target.set_chapters(chapters)


def _decoding_time(packet: "Packet[Any]") -> Fraction:
    stamp = packet.dts if packet.dts is not None else packet.pts or 0
    return stamp * Fraction(packet.time_base)


def _join_pictures(segments: Segments, output: Path, notify: Notify) -> None:
    with open_writer(output, segments.source, segments.plan.rate, notify=notify) as writer:
        for path in segments.paths():
            with FilmReader(path) as film:
                for frame in film:
                    if frame.pixels is None:
                        raise InputError(f"{path}: is damaged; remove its folder and start again")
                    writer.write(frame.pixels, frame.time - TIME_OFFSET)
        writer.end = segments.end()


def _has_no_sound(path: Path) -> bool:
    """Folders and animated pictures, which FFmpeg does not open here."""
    return path.is_dir() or path.suffix.lower() in (".gif", ".webp", ".png", ".apng")
