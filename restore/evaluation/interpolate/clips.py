"""Frames out of a clip or a folder of numbered pictures, and which three in a row are fit for a bench.

A clip is gone through twice, so that no more than a few frames are ever in memory: once for a small picture of each
frame, which is enough to choose, and once for the chosen frames themselves.

    frames     0   1   2   3   4   5   6   …      each second one is held back
    triplets   a   ?   a
                       b   ?   b

Three frames are left out where the middle one does not follow from the others. *Still*: two of them are equal, as in a
clip whose rate was raised by repeating frames; a tenth of the other step counts as equal, because a repeated frame is
often coded anew. *Cut*: one step is far larger than the step before and the step after it; fast motion grows and
fades over several frames and stays. *Uneven*: the middle one's time is not in the middle. Dissolves and single
flashes are not recognised.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from restore.errors import InputError
from restore.evaluation.pictures import Samples, read_whole
from restore.images.formats import READABLE_SUFFIXES

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

VIDEO_SUFFIXES = frozenset({".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".webm"})
THUMB = 128
"""Longer side in pixels of the reduced frames that still frames are found on."""
COARSE = 8
"""How many times further frames are reduced to find cuts, so that motion hardly counts."""
STILL = 1.5
"""Difference in levels that 99 % of a thumb's pixels stay below where nothing moved."""
REPEATED = 0.1
"""A step below this share of its neighbour is a repeated frame."""
CUT = 6.0
"""Mean difference in levels that a cut has at least."""
CUT_OVER = 3.0
"""How many times larger than the steps beside it a cut is at least."""
UNEVEN = 0.05
"""How far from the middle the middle frame's time may be, as a share of the way from the first to the last."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame of a clip, not yet turned into pixels."""

    name: str
    """Its number in the clip from 0, or its file's name without the ending."""
    time: float
    """Seconds, or the number in its file's name."""
    picture: Callable[[], Samples]
    """All of it, `(H, W, 3)` RGB."""
    thumb: Callable[[], Samples]
    """The frame reduced to a longer side of `THUMB`, `(h, w, 3)` RGB."""


@dataclass(frozen=True, slots=True)
class Step:
    """What changes from one frame to the next."""

    seconds: float
    """From frame to frame; of numbered pictures the difference of their numbers."""
    stir: float
    """99th percentile over the thumb's pixels of their difference, levels."""
    change: float
    """Mean difference of the coarse pictures, levels."""


def numbered(folder: Path) -> list[tuple[int, Path]]:
    """A folder's longest row of pictures that differ in the number at the end of their names, by that number.

    Returns:
        Numbers and files, rising; empty where fewer than three belong together.
    """
    rows: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    for file in folder.iterdir():
        found = re.fullmatch(r"(.*?)(\d{1,18})", file.stem)
        if found and file.suffix.lower() in READABLE_SUFFIXES and file.is_file():
            rows.setdefault((found[1], file.suffix), []).append((int(found[2]), file))
    longest = max((sorted(row) for _, row in sorted(rows.items())), key=len, default=[])
    return longest if len(longest) >= 3 else []


def moments(path: Path) -> Iterator[Moment]:
    """The frames of a clip or of a folder of numbered pictures, in order.

    Raises:
        InputError: no video, or damaged.
    """
    return _pictures(path) if path.is_dir() else _video(path)


def steps_of(path: Path) -> list[Step]:
    """What changes from frame to frame: one step fewer than frames. Raises InputError as `moments` does."""
    steps: list[Step] = []
    before: tuple[float, npt.NDArray[np.float32]] | None = None
    for moment in moments(path):
        thumb = moment.thumb().astype(np.float32)
        if before is not None:
            if before[1].shape != thumb.shape:
                raise InputError(f"{path}: {moment.name} has another shape than the frame before it")
            apart = np.abs(thumb - before[1]).mean(axis=2)
            change = float(np.abs(_coarse(thumb) - _coarse(before[1])).mean())
            steps.append(Step(moment.time - before[0], float(np.percentile(apart, 99)), change))
        before = moment.time, thumb
    return steps


def fit_places(steps: Sequence[Step]) -> list[int]:
    """The even frame numbers from which on three frames move, belong together and are evenly apart."""
    return [place for place in range(0, len(steps) - 1, 2) if _is_fit(steps, place)]


def centres_of_shares(places: Sequence[int], count: int) -> list[int]:
    """Up to `count` of some places, each the middle one of an equal share.

    Examples:
        >>> centres_of_shares(range(10), 2)
        [2, 7]
    """
    if count >= len(places):
        return list(places)
    return [places[(2 * share + 1) * len(places) // (2 * count)] for share in range(count)]


def chosen_frames(path: Path, starts: Sequence[int]) -> Iterator[tuple[str, list[Samples]]]:
    """Three frames from each start on, with the middle one's name.

    Args:
        path: a clip or a folder of numbered pictures.
        starts: numbers of first frames, rising.

    Raises:
        InputError: no video, or damaged.
    """
    wanted = {start + offset for start in starts for offset in range(3)}
    kept: dict[int, tuple[str, Samples]] = {}
    waiting = list(starts)
    for place, moment in enumerate(moments(path)):
        if not waiting:
            return
        if place in wanted:
            kept[place] = moment.name, moment.picture()
        if place == waiting[0] + 2:
            start = waiting.pop(0)
            yield kept[start + 1][0], [kept[start + offset][1] for offset in range(3)]
            kept = {number: frame for number, frame in kept.items() if waiting and number >= waiting[0]}


def reduced(picture: Samples, long_side: int | None) -> Samples:
    """A picture `(H, W, 3)` with at most so many pixels on its longer side; None leaves it as it is."""
    height, width = picture.shape[:2]
    if long_side is None or max(height, width) <= long_side:
        return picture
    size = _fitted(width, height, long_side)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS), dtype=np.uint8)


def _is_fit(steps: Sequence[Step], place: int) -> bool:
    one, two = steps[place], steps[place + 1]
    stirs = sorted((one.stir, two.stir))
    moves = stirs[0] > max(STILL, REPEATED * stirs[1])
    even = abs(one.seconds - two.seconds) <= 2 * UNEVEN * (one.seconds + two.seconds)
    return moves and even and not _is_cut(steps, place) and not _is_cut(steps, place + 1)


def _is_cut(steps: Sequence[Step], place: int) -> bool:
    beside = [steps[near].change for near in (place - 1, place + 1) if 0 <= near < len(steps)]
    return steps[place].change > max(CUT, CUT_OVER * max(beside, default=0.0))


def _coarse(thumb: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Means of `COARSE` x `COARSE` pixels; what is left over at the right and below counts too."""
    rows, columns = (np.arange(0, side, COARSE) for side in thumb.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(thumb, rows, axis=0), columns, axis=1)
    heights, widths = (np.diff([*starts, side]) for starts, side in ((rows, thumb.shape[0]), (columns, thumb.shape[1])))
    return np.asarray(sums / (heights[:, None, None] * widths[None, :, None]), dtype=np.float32)


def _fitted(width: int, height: int, long_side: int) -> tuple[int, int]:
    share = long_side / max(width, height)
    return max(1, round(width * share)), max(1, round(height * share))


def _pictures(folder: Path) -> Iterator[Moment]:
    for number, file in numbered(folder):
        picture = read_whole(file)
        yield Moment(file.stem, float(number), partial(_same, picture), partial(_shrunk, picture))


def _same(picture: Samples) -> Samples:
    return picture


def _shrunk(picture: Samples) -> Samples:
    size = _fitted(picture.shape[1], picture.shape[0], THUMB)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX), dtype=np.uint8)


def _video(file: Path) -> Iterator[Moment]:
    import av

    with _decoding(file), av.open(f"file:{file}") as container:
        if not container.streams.video:
            raise InputError(f"{file}: holds no video")
        for number, frame in enumerate(container.decode(video=0)):
            time = float(number) if frame.pts is None else frame.time
            yield Moment(str(number), time, partial(_whole, file, frame), partial(_small, file, frame))


def _whole(file: Path, frame: "VideoFrame") -> Samples:
    with _decoding(file):
        return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def _small(file: Path, frame: "VideoFrame") -> Samples:
    width, height = _fitted(frame.width, frame.height, THUMB)
    with _decoding(file):
        small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
        return np.asarray(small.to_ndarray(), dtype=np.uint8)


@contextmanager
def _decoding(file: Path) -> Iterator[None]:
    import av

    try:
        yield
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{file}: cannot be decoded: {reason}; damaged, or of a kind that FFmpeg lacks") from error
