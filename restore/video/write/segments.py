"""Work that survives a kill: the output is encoded in segments of a fixed number of frames.

A segment is a file of its own in a hidden folder beside the output, begins with a key frame, refers to nothing outside
itself, and has its name only when it is whole. A run that was killed goes on behind the last of them, and because an
encoder starts afresh with each segment in unbroken runs too, the video is the same, packet by packet.

    .clip.60fps.mp4.segments/
        plan.json       what everything is encoded with; another plan starts anew
        000000.nut      frames 0 to length - 1
        000001.nut      …
        progress.json   what the caller needs to resume (`save_progress`)
        complete.json   written when the last segment is: how many frames there are, and when the last one ends

Segments are NUT files, which keep any coding and any clock; ProRes, which NUT does not hold, goes into MOV. Neither
holds negative times well, so all times in them are ``TIME_OFFSET`` later. Where the output is an animated picture or a
folder of pictures, the segments are lossless, and the pictures are made when they are joined.
"""

import contextlib
import dataclasses
import json
import re
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from restore.callbacks import Notify
from restore.errors import InputError, OutputError, UsageError
from restore.files import atomic_write
from restore.video.info import Colour, VideoInfo
from restore.video.read.container import error_text
from restore.video.write.encoding import Encoding
from restore.video.write.film import FilmWriter
from restore.video.write.opening import output_kind, plan_target
from restore.video.write.plan import EncodingPlan, plan_encoding
from restore.video.write.writer import VideoWriter, ignore_notice

__all__ = ["SEGMENT_FRAMES", "TIME_OFFSET", "SegmentedWriter", "Segments", "file_identity", "segment_folder"]

SEGMENT_FRAMES = 240
"""Frames in a segment by default: 4 s at 60 per second."""

TIME_OFFSET = Fraction(10_000)
"""Seconds added to the times in segments."""

_FORMAT = 2  # of plan.json and of what it stands beside; a folder of another format is not resumed
_PLAN, _PROGRESS, _COMPLETE = "plan.json", "progress.json", "complete.json"
_OUR_FILES = (_PLAN, _PROGRESS, _COMPLETE, "place.json")  # the last one is of format 1
_NAME = re.compile(r"\d{6}\.(?:nut|mov)")
_KEPT = ("width", "height", "depth", "has_alpha", "loops", "container")  # of the source's info, for animated pictures


def segment_folder(output: Path) -> Path:
    """Where the segments of an output are kept."""
    return output.with_name(f".{output.name}.segments")


def file_identity(path: Path) -> str:
    """A file's name, size and time of change, by which a resumed run sees whether it is still the same file.

    Raises:
        InputError: it cannot be looked at.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error_text(error)}") from error
    return f"{path.name} {status.st_size} {status.st_mtime_ns}"


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments in a folder, and by which plan they were made."""

    folder: Path
    plan: EncodingPlan
    length: int
    source: VideoInfo
    """Of the source: size, depth, transparency, loops and profile only."""

    @classmethod
    def read(cls, folder: Path) -> "Segments":
        """Find out what a folder holds.

        Raises:
            InputError: no segments, or not of this version.
        """
        try:
            return cls._from(folder, json.loads((folder / _PLAN).read_text(encoding="utf-8")))
        except OSError as error:
            raise InputError(f"{folder}: has no segments of a video: {error_text(error)}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder}: its {_PLAN} is damaged or of another version; remove the folder") from error

    @classmethod
    def _from(cls, folder: Path, stored: dict[str, Any]) -> "Segments":
        if stored["format"] != _FORMAT:
            raise ValueError("another version")
        values = dict(stored["plan"])
        for name in ("sample_aspect", "rate", "unit"):
            values[name] = Fraction(values[name])
        values["picture"], values["size"] = tuple(values["picture"]), tuple(values["size"])
        values["colour"] = Colour(**values["colour"])
        icc = bytes.fromhex(stored["icc"]) if stored["icc"] else None
        return cls(folder, EncodingPlan(**values), int(stored["length"]), VideoInfo(**stored["source"], icc=icc))

    @property
    def container(self) -> str:
        """FFmpeg's name of the segments' format."""
        return "mov" if self.plan.codec == "prores" else "nut"

    def path(self, number: int) -> Path:
        """The file of a segment."""
        return self.folder / f"{number:06d}.{self.container}"

    def paths(self) -> list[Path]:
        """The finished segments, up to the first that is missing."""
        found: list[Path] = []
        while self.path(len(found)).is_file():
            found.append(self.path(len(found)))
        return found

    def frame_count(self) -> int | None:
        """Frames in all, or None while some are missing."""
        try:
            total = int(json.loads((self.folder / _COMPLETE).read_text(encoding="utf-8"))["frames"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return total if len(self.paths()) == -(-total // self.length) else None

    def end(self) -> Fraction | None:
        """Seconds at which the last frame stops being shown, where the caller set it."""
        try:
            end = json.loads((self.folder / _COMPLETE).read_text(encoding="utf-8"))["end"]
            return None if end is None else Fraction(end)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remove(self) -> None:
        """Delete the folder and what this module put into it; another file in it stays, and so does the folder."""
        with contextlib.suppress(OSError):
            for entry in self.folder.iterdir():
                if _NAME.fullmatch(entry.name) or entry.name in _OUR_FILES or entry.suffix == ".part":
                    entry.unlink(missing_ok=True)
            self.folder.rmdir()


class SegmentedWriter(VideoWriter):
    """Writes a video in segments, going on where an earlier run ended; see ``VideoWriter``.

    with SegmentedWriter(output, info, rate, identity=...) as writer:
        for time in times[writer.done:]:
            writer.write(..., time)
    join_segments(writer.segments.folder, output, source)

    Attributes:
        segments: what is there.
        done: frames that need not be made again; the first one to write has this number.
        is_complete: all frames are there already, and only ``join_segments`` is left to do.
    """

    def __init__(
        self,
        output: Path,
        info: VideoInfo,
        rate: Fraction,
        encoding: Encoding | None = None,
        *,
        identity: str = "",
        length: int = SEGMENT_FRAMES,
        notify: Notify = ignore_notice,
    ) -> None:
        """Plan, and find what an earlier run left.

        Args:
            output: the file (or folder of pictures) to be made in the end.
            info: of the source, as for ``open_writer``.
            rate: output frames per second.
            encoding: how a video is encoded, as for ``open_writer``.
            notify: called with one line about what cannot be kept.
            identity: what else the pictures depend on: the source (``file_identity``), the model, options. Segments
                that were made with another are thrown away.
            length: frames in a segment.

        Raises:
            UsageError: as for ``open_writer``.
            OutputError: the folder cannot be made.
        """
        if length < 1:
            raise UsageError(f"a segment of {length} frames cannot be; use 1 or more")
        super().__init__(output, info)
        plan = _plan(output, info, rate, encoding or Encoding(), notify)
        self.segments = self._prepare_folder(segment_folder(output), plan, length, identity, notify)
        total = self.segments.frame_count()
        self.is_complete = total is not None
        self.done, self.last_time = self._finished_frames(total)
        self._number, self._inside = self.done // length, 0
        self._writer: FilmWriter | None = None

    def save_progress(self, progress: dict[str, Any]) -> None:
        """Save plain values for a resumed run; they replace the last ones.

        Raises:
            OutputError: they cannot be written.
        """
        with atomic_write(self.segments.folder / _PROGRESS) as file:
            file.write(json.dumps(progress).encode())

    def saved_progress(self) -> dict[str, Any]:
        """The values of the last `save_progress`, of an earlier run too; empty where none can be read."""
        try:
            progress = json.loads((self.segments.folder / _PROGRESS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return progress if isinstance(progress, dict) else {}

    def close(self) -> None:
        """Finish: what has been written is the whole video.

        Raises:
            OutputError: it cannot be written, or no frame came.
        """
        if not self.is_complete:
            super().close()

    def _check(self, pixels: np.ndarray, time: Fraction) -> None:
        if self.is_complete:
            raise UsageError(f"{self.segments.folder}: all frames are there already; join them")
        super()._check(pixels, time)

    def _write(self, pixels: np.ndarray, time: Fraction) -> None:
        if self._writer is None:
            self._writer = FilmWriter(
                self.segments.path(self._number),
                self._info,
                self.segments.plan,
                container=self.segments.container,
                time_offset=TIME_OFFSET,
            )
        self._writer.write(pixels, time)
        self._inside += 1
        if self._inside == self.segments.length:
            self._finish_segment()

    def _finish_segment(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        self.done += self._inside
        self._number, self._inside = self._number + 1, 0

    def _finish(self) -> None:
        self._finish_segment()
        with atomic_write(self.segments.folder / _COMPLETE) as file:
            file.write(json.dumps({"frames": self.done, "end": self.end}, default=str).encode())
        self.is_complete = True

    def _discard(self, error: BaseException) -> None:
        if self._writer is not None:
            self._writer._discard(error)

    def _prepare_folder(self, folder: Path, plan: EncodingPlan, length: int, identity: str, notify: Notify) -> Segments:
        """The folder with its plan: the one that is there if it is the same, apart from the number of threads."""
        wanted = self._description(plan, length, identity)
        try:
            stored = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
            found = Segments._from(folder, stored)
            if self._description(replace(plan, threads=found.plan.threads), length, identity) == stored:
                return found
            reason_to_start = "was made from another source or with other settings"
        except FileNotFoundError:
            reason_to_start = ""
        except (OSError, ValueError, KeyError, TypeError):
            reason_to_start = "is damaged or of another version"
        segments = Segments(folder, plan, length, self._info)
        if reason_to_start:
            notify(f"{folder}: what an earlier run left {reason_to_start}; starting anew")
            segments.remove()
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made: {error_text(error)}") from error
        with atomic_write(folder / _PLAN) as file:
            file.write(json.dumps(wanted, indent=1).encode())
        return segments

    def _description(self, plan: EncodingPlan, length: int, identity: str) -> dict[str, Any]:
        described = {
            "format": _FORMAT,
            "identity": identity,
            "length": length,
            "plan": asdict(plan),
            "source": {name: getattr(self._info, name) for name in _KEPT},
            "icc": self._info.icc.hex() if self._info.icc else None,
        }
        plain: dict[str, Any] = json.loads(json.dumps(described, default=str))
        return plain

    def _finished_frames(self, total: int | None) -> tuple[int, Fraction | None]:
        """Frames that are there, and the last one's time; a last segment that fell short is made again."""
        paths = self.segments.paths()
        while paths:
            try:
                times = segment_times(paths[-1], self.segments.plan.unit)
            except InputError:
                times = []
            if total is not None or len(times) == self.segments.length:
                return total or len(paths) * self.segments.length, times[-1] if times else None
            paths.pop().unlink(missing_ok=True)
        return 0, None


def segment_times(path: Path, unit: Fraction) -> list[Fraction]:
    """The times of a segment's frames, in seconds, rising.

    Raises:
        InputError: it is damaged.
    """
    try:
        with av.open(f"file:{path}") as container:
            stream = container.streams.video[0]
            base = stream.time_base or unit
            stamps = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None and packet.size)
    except (av.error.FFmpegError, IndexError) as error:
        raise InputError(f"{path}: is damaged; remove its folder and start again") from error
    return [stamp * base - TIME_OFFSET for stamp in stamps]


def _plan(output: Path, info: VideoInfo, rate: Fraction, encoding: Encoding, notify: Notify) -> EncodingPlan:
    """The plan of the segments: the output's own, or a lossless one where it is an animated picture or a folder."""
    plan = plan_target(output, info, rate, encoding, notify=notify)
    if plan is not None:
        return plan
    whole = dataclasses.replace(info, pixel_format="rgb48le" if info.is_deep else "rgb24", orientation=1)
    lossless = Encoding("ffv1", threads=encoding.threads)
    return replace(plan_encoding(lossless, whole, "matroska", rate, notify), container=output_kind(output))
