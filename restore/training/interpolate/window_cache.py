"""Frames of windows, decoded once into one file that is mapped into memory.

A clip cannot be decoded from its middle at the pace of training. So the frames that windows need are decoded once,
reduced, and laid one after the other as bytes; a frame that belongs to several windows is stored once. The index is
written anew after each clip: a build that was stopped goes on with the next one.

    frames.bin   clip 1: frame, frame, …   clip 2: …         each height x width x 3 bytes
    index.json   what it was made of, the clips with size and frame numbers, the windows
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restore.errors import InputError, OutputError
from restore.files import atomic_write
from restore.training.interpolate.clips import bytes_of, frames_of, reduced_size
from restore.training.interpolate.windows import ClipCallback, Window, evenly_spaced, find_windows
from restore.training.leaks import describe, find_leaks, signature

LONGEST = 448
"""Long side in px of the stored frames."""
VERSION = 1
"""Of how frames are stored; a cache of another version is built again."""
FRAMES_FILE, INDEX_FILE = "frames.bin", "index.json"
LEARNED, HELD_OUT = "learned", "held-out"
"""Folders of the two caches that `open_caches` makes."""


@dataclass(frozen=True)
class StoredClip:
    """Where a clip's frames are stored."""

    name: str
    width: int
    height: int
    offset: int
    """Where the first frame begins in the file, in bytes."""
    numbers: tuple[int, ...]
    """Numbers of the stored frames in the clip, ascending."""

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return len(self.numbers) * self.frame_size

    @property
    def frame_size(self) -> int:
        """Bytes of one frame."""
        return self.height * self.width * 3


class WindowCache:
    """A finished cache, opened for reading.

    Args:
        folder: where it is.

    Raises:
        InputError: there is none, or it is unfinished or damaged.
    """

    def __init__(self, folder: Path) -> None:
        index = _read_index(folder)
        self.folder, self.signature = folder, str(index["signature"])
        self.clips = _clips_of(index)
        self.windows = [Window(**{**window, "centre": tuple(window["centre"])}) for window in index["windows"]]
        expected = sum(clip.size for clip in self.clips)
        if not index["complete"] or not self.clips or _size(folder / FRAMES_FILE) != expected:
            raise InputError(f"the cache {folder} is unfinished or damaged; build it again")
        self._bytes = np.memmap(folder / FRAMES_FILE, dtype=np.uint8, mode="r", shape=(expected,))
        self._clips = {clip.name: clip for clip in self.clips}
        self._orders = {clip.name: {number: order for order, number in enumerate(clip.numbers)} for clip in self.clips}

    def size(self, window: Window) -> tuple[int, int]:
        """Width and height of a window's frames in px."""
        clip = self._clips[window.clip]
        return clip.width, clip.height

    def frame(self, window: Window, index: int) -> NDArray[np.uint8]:
        """Frame 0 to 6 of a window, `(height, width, 3)`, not copied."""
        clip = self._clips[window.clip]
        start = clip.offset + self._orders[window.clip][window.numbers[index]] * clip.frame_size
        return self._bytes[start : start + clip.frame_size].reshape(clip.height, clip.width, 3)


def open_caches(
    data: Path,
    folder: Path,
    *,
    longest: int = LONGEST,
    most: int | None = None,
    on_progress: ClipCallback | None = None,
) -> tuple[WindowCache, WindowCache]:
    """Caches of the windows to learn from and of those held out, built below `folder` where they are not there yet.

    Args:
        data: a folder of clips, or a folder that this function made, which is opened as it is.
        folder: where the caches are, or are to be.
        longest: long side of the frames in px.
        most: windows to learn from, evenly chosen; by default all.
        on_progress: called with how far the work is.

    Raises:
        InputError: no clips that move, or a damaged one.
        OutputError: the cache cannot be written.
    """
    if (data / LEARNED / INDEX_FILE).is_file():
        return WindowCache(data / LEARNED), WindowCache(data / HELD_OUT)
    learned, held_out = find_windows(data, on_progress)
    if not held_out:
        raise InputError(f"no held-out clip below {data} moves; name others in {data / 'VAL.csv'}")
    return (
        build_cache(data, evenly_spaced(learned, most), folder / LEARNED, longest=longest, on_progress=on_progress),
        build_cache(data, held_out, folder / HELD_OUT, longest=longest, on_progress=on_progress),
    )


def build_cache(
    data: Path,
    windows: Sequence[Window],
    folder: Path,
    *,
    longest: int = LONGEST,
    on_progress: ClipCallback | None = None,
) -> WindowCache:
    """Decode the frames of windows into `folder`, or open it if it holds just these; an unfinished build goes on.

    Raises:
        InputError: a clip is missing, damaged or too short for its windows.
        OutputError: the folder cannot be written.
    """
    wanted: dict[str, set[int]] = {}
    for window in windows:
        wanted.setdefault(window.clip, set()).update(window.numbers)
    sizes = {name: bytes_of(data / name) for name in wanted}
    listed = [asdict(window) for window in windows]
    recipe = json.dumps([VERSION, longest, sorted(sizes.items()), listed])
    index: dict[str, Any] = {
        "signature": hashlib.sha256(recipe.encode()).hexdigest(),
        "complete": False,
        "clips": [],
        "windows": listed,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        done = _finished_clips(folder, index["signature"])
        with (folder / FRAMES_FILE).open("r+b" if done else "wb") as file:
            end = sum(clip.size for clip in done)
            file.truncate(end)
            file.seek(end)
            for name in list(wanted)[len(done) :]:
                if on_progress is not None:
                    on_progress("decoding", len(done), len(wanted))
                done.append(_decode(data, name, wanted[name], longest, file.tell(), file.write))
                file.flush()
                os.fsync(file.fileno())
                _write_index(folder, index | {"clips": [asdict(clip) for clip in done]})
        _write_index(folder, index | {"clips": [asdict(clip) for clip in done], "complete": True})
    except OSError as error:
        raise OutputError(f"cannot write the cache {folder}: {error.strerror or error}") from error
    if on_progress is not None:
        on_progress("decoding", len(wanted), len(wanted))
    return WindowCache(folder)


def _read_index(folder: Path) -> dict[str, Any]:
    """The index of a cache.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        index = json.loads((folder / INDEX_FILE).read_bytes())
    except OSError as error:
        raise InputError(f"{folder} holds no cache of frames: {error.strerror or error}") from error
    except ValueError:
        index = None
    if not isinstance(index, dict) or not {"signature", "complete", "clips", "windows"} <= index.keys():
        raise InputError(f"the index of the cache in {folder} is damaged; build it again")
    return index


def _clips_of(index: dict[str, Any]) -> list[StoredClip]:
    """The clips that an index lists."""
    return [StoredClip(**{**clip, "numbers": tuple(clip["numbers"])}) for clip in index["clips"]]


def _decode(
    data: Path, name: str, wanted: set[int], longest: int, offset: int, write: Callable[[bytes], object]
) -> StoredClip:
    size: tuple[int, int] | None = None
    last = max(wanted)
    number = -1
    for number, frame in enumerate(frames_of(data / name)):
        if number in wanted:
            size = size or reduced_size(frame.size, longest)
            write(frame.resize(size, Image.Resampling.LANCZOS).tobytes())
        if number == last:
            break
    if size is None or number < last:
        raise InputError(f"{data / name} ends after {number + 1} frames, its windows after {last + 1}; list others")
    return StoredClip(name, *size, offset, tuple(sorted(wanted)))


def _finished_clips(folder: Path, signature: str) -> list[StoredClip]:
    """The clips that an earlier build of the same cache finished."""
    try:
        index = _read_index(folder)
    except InputError:
        return []
    clips = _clips_of(index)
    if index["signature"] != signature or _size(folder / FRAMES_FILE) < sum(clip.size for clip in clips):
        return []
    return clips


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _write_index(folder: Path, index: dict[str, Any]) -> None:
    with atomic_write(folder / INDEX_FILE) as file:
        file.write(json.dumps(index).encode())


def require_no_shared_clip(learned: WindowCache, held_out: WindowCache) -> None:
    """Compare the first frames of all windows.

    Raises:
        InputError: a held-out clip shows what a clip to learn from shows.
    """
    leaks = find_leaks(_first_frames(learned), _first_frames(held_out))
    if leaks:
        raise InputError(f"{describe(leaks)}; held-out clips must show something else, so name others in VAL.csv")


def _first_frames(cache: WindowCache) -> list[tuple[str, NDArray[np.float32]]]:
    return [(window.clip, signature(Image.fromarray(cache.frame(window, 0)))) for window in cache.windows]
