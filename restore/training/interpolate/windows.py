"""Windows: seven frames of a clip, evenly apart, that move, belong together and do not repeat.

A list beside the clips says where they are (`windows.csv`), and which clips are held out (`VAL.csv`). Without the list
they are found here, by how much small grey copies of the frames differ:

    a cut          one step differs far more than the others
    a duplicate    one step differs far less; film shown at video's rate repeats frames, and is even at other steps
    a still        even where it changes most it changes little

Frames further apart are tried then, up to three. That is rough. A fade passes, and a flash is taken for a cut; both are
rare and neither does harm.
"""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restore.errors import InputError
from restore.training.interpolate.clips import find_clips, frames_of, reduced_size

FRAMES = 7
"""Frames of a window."""
STEPS = (1, 2, 3)
"""Frames of the clip from one frame of a window to the next, in the order in which they are tried."""
THUMB, BLOCK = 64, 8
"""Long side in px of the copies that are compared, and side of the blocks whose means tell cuts from fast motion."""
STILL, MOVING_PART = 3.0, 20
"""A window is still if that twentieth of the pixels that changes most changes by fewer levels of 255 per step."""
CUT, CUT_RATIO, CERTAIN_CUT = 14.0, 3.5, 40.0
"""A step whose blocks differ by more levels, and by so many times the median step, is a cut; or by many levels."""
DUPLICATE_RATIO = 0.25
"""A step that differs by less than this part of the median step repeats a frame."""
STRIDE = 3
"""Frames between the starts of two windows."""
MOST_PER_CLIP = 48
"""Windows of a clip at most."""
HELD_OUT_EVERY = 10
"""Without a list one in so many clips is held out."""
LISTED_WIDTH = 448
"""Width in px of the frames in which `windows.csv` measures motion."""

ClipCallback = Callable[[str, int, int], None]
"""Called with what is being done, the number of clips done and the number of all."""


@dataclass(frozen=True)
class Window:
    """Seven frames of a clip."""

    clip: str
    """Name relative to the data."""
    start: int
    """Number of the first frame, from 0."""
    step: int
    """Frames of the clip from one frame of the window to the next."""
    centre: tuple[float, float]
    """Where it moves, as shares of width and height."""
    motion: float | None = None
    """90th percentile of the motion from one frame to the next, as a share of the width; None if it is unknown."""

    @property
    def numbers(self) -> range:
        """Numbers of its frames in the clip."""
        return range(self.start, self.start + FRAMES * self.step, self.step)


@dataclass(frozen=True)
class _Change:
    """How two frames differ."""

    mean: float = 0.0
    """Mean difference in levels of 255."""
    coarse: float = 0.0
    """Mean difference of blocks in levels of 255."""
    most: float = 0.0
    """Mean difference in levels of 255 of the twentieth of the pixels that differs most."""
    centre: tuple[float, float] = (0.5, 0.5)
    """Centre of gravity of the differences, as shares of width and height."""


def find_windows(data: Path, on_progress: ClipCallback | None = None) -> tuple[list[Window], list[Window]]:
    """Windows to learn from and windows that are held out.

    Held out are the clips that `VAL.csv` names; without that file every tenth clip.

    Raises:
        InputError: no clips, a damaged clip or list, or nothing left to learn from.
    """
    listed = data / "windows.csv"
    if listed.is_file():
        windows = read_windows(listed)
    else:
        clips = find_clips(data)
        windows = []
        for done, clip in enumerate(clips):
            if on_progress is not None:
                on_progress("looking for windows", done, len(clips))
            windows += windows_in(clip, frames_of(data / clip))
    held_out = read_held_out(data / "VAL.csv") if (data / "VAL.csv").is_file() else None
    if held_out is None:
        held_out = set(sorted({window.clip for window in windows})[::HELD_OUT_EVERY])
    learned = [window for window in windows if window.clip not in held_out]
    if not learned:
        raise InputError(f"no moving windows to learn from below {data}; training needs at least two clips that move")
    return learned, [window for window in windows if window.clip in held_out]


def read_held_out(path: Path) -> set[str]:
    """The clips that a list with the column `file` names.

    Raises:
        InputError: it has no such column.
    """
    return {_inside(row["file"], path) for row in _rows(path, ("file",))}


def read_windows(path: Path) -> list[Window]:
    """The windows of a list with the columns `file`, `t0`, `step`, `cx`, `cy` and, if known, `flow_p90`.

    Raises:
        InputError: a column is missing or a value is no number in its range.
    """
    windows = []
    for line, row in enumerate(_rows(path, ("file", "t0", "step", "cx", "cy")), 2):
        try:
            start, step = int(row["t0"]), int(row["step"])
            centre = min(max(float(row["cx"]), 0.0), 1.0), min(max(float(row["cy"]), 0.0), 1.0)
            motion = float(row["flow_p90"]) / LISTED_WIDTH if row.get("flow_p90") else None
        except ValueError as error:
            raise InputError(f"line {line} of {path} holds something that is no number: {error}") from error
        if start < 0 or step < 1:
            raise InputError(f"line {line} of {path} names frame {start} and step {step}; they count from 0 and from 1")
        windows.append(Window(_inside(row["file"], path), start, step, centre, motion))
    return windows


def windows_in(clip: str, frames: Iterable[Image.Image]) -> list[Window]:
    """The windows of a clip, at most 48, evenly chosen.

    Args:
        clip: its name.
        frames: all of its frames; they are read once.
    """
    thumbs: list[NDArray[np.float32]] = []
    changes: dict[int, list[_Change]] = {step: [] for step in STEPS}
    for frame in frames:
        grey = frame.convert("L").resize(reduced_size(frame.size, THUMB), Image.Resampling.BOX)
        thumbs = [*thumbs[-STEPS[-1] :], np.asarray(grey, np.float32)]
        for step, known in changes.items():
            known.append(_change(thumbs[-1 - step], thumbs[-1]) if len(thumbs) > step else _Change())
    found = []
    for start in range(0, len(changes[1]), STRIDE):
        window = next((window for step in STEPS if (window := _window(clip, start, step, changes))), None)
        if window is not None:
            found.append(window)
    return evenly_spaced(found, MOST_PER_CLIP)


def evenly_spaced(windows: list[Window], most: int | None) -> list[Window]:
    """At most `most` windows, at even distances; all of them without a limit."""
    if most is None or len(windows) <= most:
        return windows
    return [windows[index] for index in np.linspace(0, len(windows) - 1, most).round().astype(int).tolist()]


def _window(clip: str, start: int, step: int, changes: dict[int, list[_Change]]) -> Window | None:
    """The window at a place with a step, if it moves and holds together."""
    end = start + (FRAMES - 1) * step
    if end >= len(changes[1]):
        return None
    steps = changes[step][start + step : end + 1 : step]
    means = np.array([change.mean for change in steps])
    coarse = np.array([change.coarse for change in steps])
    cut = coarse.max() > min(CERTAIN_CUT, max(CUT, CUT_RATIO * float(np.median(coarse))))
    repeated = means.min() <= DUPLICATE_RATIO * float(np.median(means))
    still = np.median([change.most for change in steps]) < STILL
    if cut or repeated or still:
        return None
    weights = means / means.sum()
    across, down = (float(weights @ places) for places in np.array([change.centre for change in steps]).T)
    return Window(clip, start, step, (across, down))


def _change(before: NDArray[np.float32], after: NDArray[np.float32]) -> _Change:
    if before.shape != after.shape:
        return _Change(255.0, 255.0, 255.0)
    change = np.abs(after - before)
    total = float(change.sum())
    if total == 0:
        return _Change()
    height, width = change.shape
    across, down = change.sum(0) @ (np.arange(width) + 0.5), change.sum(1) @ (np.arange(height) + 0.5)
    part = max(1, change.size // MOVING_PART)
    most = np.partition(change.ravel(), change.size - part)[-part:]
    centre = float(across) / total / width, float(down) / total / height
    rows = np.add.reduceat(after - before, range(0, height, BLOCK), axis=0)
    blocks = np.add.reduceat(rows, range(0, width, BLOCK), axis=1)
    coarse = float(np.abs(blocks).sum()) / change.size
    return _Change(float(change.mean()), coarse, float(most.mean()), centre)


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read the list {path}: {error}") from error
    missing = [column for column in columns if rows and column not in rows[0]]
    if missing or not rows:
        raise InputError(f"{path} lacks {'the column ' + missing[0] if missing else 'any line'}; mend or remove it")
    return rows


def _inside(name: str, path: Path) -> str:
    """A clip's name, which must lead nowhere but below the data."""
    if not name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise InputError(f"{path} names {name!r}; it must name clips below its own folder")
    return Path(name).as_posix()
