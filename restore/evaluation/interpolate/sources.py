"""The sources of an interpolation bench: three frames in a row each, the middle one held back as the truth.

    DATA/set/name/im1.png im2.png im3.png     a triplet as Vimeo90K has it; also Middlebury's and UCF101's names
    DATA/clip.mp4                             every second frame held back, a few triplets over its length
    DATA/clip/00000.png 00001.png …           the same of numbered pictures

All three may be mixed and at any depth. A triplet of a set is taken as it is, because its makers chose it; three frames
of a clip are taken only if they move and belong together (see `clips`).
"""

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from restore.errors import InputError, UsageError
from restore.evaluation.interpolate.clips import (
    VIDEO_SUFFIXES,
    centres_of_shares,
    chosen_frames,
    fit_places,
    numbered,
    reduced,
    steps_of,
)
from restore.evaluation.pictures import Samples, read_whole
from restore.images.formats import READABLE_SUFFIXES

PER_CLIP = 8
"""Triplets of a clip, unless more or fewer are asked for."""
TRIPLET_STEMS = (
    ("im1", "im2", "im3"),
    ("frame10", "frame10i11", "frame11"),
    ("frame_00", "frame_01_gt", "frame_02"),
)
"""File names without endings of the first frame, the truth and the last frame: Vimeo90K, Middlebury, UCF101."""
LIST_COLUMN = "file"
KINDS = "triplet folders (im1 im2 im3), clips or folders of numbered pictures"


@dataclass(frozen=True, slots=True)
class Triplet:
    """Three frames of one shape `(H, W, 3)`, RGB."""

    group: str
    """Its set or clip."""
    name: str
    """Its folder, or its middle frame in the clip."""
    first: Samples
    truth: Samples
    last: Samples

    @property
    def label(self) -> str:
        """Set or clip and name."""
        return f"{self.group} {self.name}"


class Source(Protocol):
    """Something that gives triplets."""

    @property
    def label(self) -> str:
        """For messages."""
        ...

    @property
    def limit(self) -> int:
        """The most triplets it can give."""
        ...

    def triplets(self, long_side: int | None) -> Iterator[Triplet]:
        """Its triplets, none where none is fit, with at most `long_side` px on the longer side.

        Raises:
            InputError: it is damaged.
        """
        ...


@dataclass(frozen=True, slots=True)
class TripletFolder:
    """Three pictures that somebody put together."""

    group: str
    name: str
    files: tuple[Path, Path, Path]
    limit: int = 1

    @property
    def label(self) -> str:
        """Set and name."""
        return f"{self.group} {self.name}"

    def triplets(self, long_side: int | None) -> Iterator[Triplet]:
        """The one triplet. Raises InputError: a file is damaged, or the three differ in size."""
        yield _of(self.group, self.name, [read_whole(file) for file in self.files], long_side)


@dataclass(frozen=True, slots=True)
class Clip:
    """A video, or a folder of numbered pictures."""

    group: str
    path: Path
    limit: int

    @property
    def label(self) -> str:
        """The clip's path below the data."""
        return self.group

    def triplets(self, long_side: int | None) -> Iterator[Triplet]:
        """Up to `limit` triplets over the clip's length. Raises InputError: it is damaged."""
        starts = centres_of_shares(fit_places(steps_of(self.path)), self.limit)
        for name, frames in chosen_frames(self.path, starts):
            yield _of(self.group, name, frames, long_side)


def find_sources(data: Path, listed: Path | None = None, most: int | None = None) -> list[Source]:
    """Everything below a folder that gives triplets, by name; or one clip.

    Args:
        data: a folder, or a clip.
        listed: a CSV file whose column `file` names what to take, relative to `data`, in its order.
        most: triplets per clip and per set; None is `PER_CLIP` of a clip and all of a set.

    Raises:
        InputError: no such file or folder; the list is unreadable or names something that is not there.
        UsageError: there is nothing of the kind; the list has no such column.
    """
    if not data.exists():
        raise InputError(f"{data}: no such file or folder")
    if listed is None:
        found = _below(data, data, most)
        if not found:
            raise UsageError(f"{data}: holds no {KINDS}")
        return found
    sources: list[Source] = []
    for entry, place in _entries(listed).items():
        path = data / entry
        if not path.exists():
            raise InputError(f"{path}: no such file or folder; line {place} of {listed} names it")
        found = _below(path, data, most)
        if not found:
            raise InputError(f"{path}: holds no {KINDS}; line {place} of {listed} names it")
        sources += found
    if not sources:
        raise UsageError(f"{listed}: names nothing")
    return sources


def _of(group: str, name: str, frames: Sequence[Samples], long_side: int | None) -> Triplet:
    if len({frame.shape for frame in frames}) > 1:
        raise InputError(f"{group} {name}: its three frames differ in size")
    first, truth, last = (reduced(frame, long_side) for frame in frames)
    return Triplet(group, name, first, truth, last)


def _entries(listed: Path) -> dict[str, int]:
    """The names of a list and the line that each first stands in."""
    found: dict[str, int] = {}
    try:
        with listed.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if LIST_COLUMN not in (reader.fieldnames or []):
                raise UsageError(f"{listed}: its first line names no column '{LIST_COLUMN}'")
            for row in reader:
                found.setdefault(row[LIST_COLUMN] or "", reader.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{listed}: cannot be read as a CSV file: {reason}") from error
    return {name: place for name, place in found.items() if name}


def _below(path: Path, data: Path, most: int | None) -> list[Source]:
    if path.is_file():
        is_clip = path.suffix.lower() in VIDEO_SUFFIXES
        return [Clip(_group(path, data), path, most or PER_CLIP)] if is_clip else []
    sources: list[Source] = []
    sets: dict[str, list[TripletFolder]] = {}
    for name, folders, files in os.walk(path):
        folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
        folder = Path(name)
        triplet = _triplet(folder, data)
        if triplet is not None:
            sets.setdefault(triplet.group, []).append(triplet)
        elif numbered(folder):
            sources.append(Clip(_group(folder, data), folder, most or PER_CLIP))
        clips = [folder / file for file in sorted(files) if Path(file).suffix.lower() in VIDEO_SUFFIXES]
        sources += [Clip(_group(clip, data), clip, most or PER_CLIP) for clip in clips if not clip.name.startswith(".")]
    for triplets in sets.values():
        sources += [triplets[place] for place in centres_of_shares(range(len(triplets)), most or len(triplets))]
    return sources


def _triplet(folder: Path, data: Path) -> TripletFolder | None:
    """The three named pictures of a folder; a fourth `im4` means that its pictures are a clip's frames."""
    pictures = {file.stem: file for file in sorted(folder.iterdir()) if file.suffix.lower() in READABLE_SUFFIXES}
    for first, truth, last in TRIPLET_STEMS:
        if {first, truth, last} <= pictures.keys() and "im4" not in pictures:
            return TripletFolder(
                _group(folder if folder == data else folder.parent, data),
                folder.name,
                (pictures[first], pictures[truth], pictures[last]),
            )
    return None


def _group(path: Path, data: Path) -> str:
    """The name of a clip or a set: its path below the data, or the data's own name."""
    if path == data:
        return path.resolve().name
    return path.relative_to(data).as_posix() if path.is_relative_to(data) else path.as_posix()
