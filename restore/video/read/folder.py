"""A folder of numbered pictures as a video, at a rate that the caller gives."""

import re
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import numpy as np

from restore.errors import InputError, UsageError
from restore.images.formats import READABLE_SUFFIXES
from restore.images.reading import read_picture
from restore.video.info import Frame, VideoInfo
from restore.video.read.reader import VideoReader

__all__ = ["FolderReader", "natural_order"]


def natural_order(path: Path) -> list[tuple[int, int | str]]:
    """A sorting key by which 2 comes before 10.

    >>> sorted(map(Path, ["f10.png", "f2.png", "F1.png"]), key=natural_order)[-1].name
    'f10.png'
    """
    parts = re.split(r"(\d+)", path.name.casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part]


class FolderReader(VideoReader):
    """Numbered pictures; see ``VideoReader``. Names without a number are left out."""

    def __init__(self, path: Path, rate: Fraction | None) -> None:
        """Find the pictures, and read the first.

        Args:
            path: the folder.
            rate: pictures per second.

        Raises:
            UsageError: no rate.
            InputError: no numbered pictures, two with one name, or a first one that cannot be read.
        """
        if rate is None:
            raise UsageError(f"{path}: a folder of pictures does not say how fast they follow; give a rate")
        self._files = sorted(_pictures(path), key=natural_order)
        if not self._files:
            raise InputError(f"{path}: has no numbered pictures; name them like 0001.png, 0002.png")
        first = read_picture(self._files[0])
        alpha, deep = first.alpha is not None, first.depth > 8
        names = {(False, False): "rgb24", (True, False): "rgba", (False, True): "rgb48le", (True, True): "rgba64le"}
        super().__init__(
            VideoInfo(
                width=first.width,
                height=first.height,
                rate=rate,
                codec=first.format.lower(),
                container="folder",
                pixel_format=names[alpha, deep],
                depth=first.depth,
                is_variable=False,
                duration=len(self._files) / rate,
                frame_count=len(self._files),
                time_base=1 / rate,
                has_alpha=alpha,
                icc=first.metadata.icc,
            )
        )
        self._step = 1 / rate

    def _frames(self, start: Fraction | None) -> Generator[Frame, None, None]:
        for index, path in enumerate(self._files):
            time = index * self._step
            if start is None or time >= start:
                yield self._frame(path, time)

    def _frame(self, path: Path, time: Fraction) -> Frame:
        try:
            picture = read_picture(path)
        except InputError as error:
            return Frame(None, time, str(error), self._step)
        if (picture.width, picture.height) != (self.info.width, self.info.height):
            problem = (
                f"{path}: is {picture.width} x {picture.height}, and the first picture {self.info.width} x "
                f"{self.info.height}"
            )
            return Frame(None, time, problem, self._step)
        pixels = picture.colour
        if self.info.has_alpha and picture.alpha is not None:
            pixels = np.dstack([pixels, picture.alpha])
        return Frame(self._conform(pixels), time, duration=self._step)


def _pictures(folder: Path) -> list[Path]:
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise InputError(f"{folder}: may not be read: {(error.strerror or str(error)).lower()}") from error
    found = [
        entry
        for entry in entries
        if entry.suffix.lower() in READABLE_SUFFIXES and re.search(r"\d", entry.stem) and entry.is_file()
    ]
    stems: dict[str, Path] = {}
    for entry in found:
        if (other := stems.setdefault(entry.stem, entry)) is not entry:
            raise InputError(f"{folder}: {other.name} and {entry.name} have the same number; remove one of them")
    return found
