"""A cache of frames in parts small enough to carry to another machine, and the way back.

The frames of a cache are bare bytes, ten times larger than they need be on the way. A part is a ZIP archive of frames
as pictures of high quality; the first one also holds the index. What comes out is the cache but for the loss of that
coding, which is less than that of the clips themselves.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from restore.errors import InputError, OutputError
from restore.files import atomic_write
from restore.training.interpolate.window_cache import (
    FRAMES_FILE,
    INDEX_FILE,
    StoredClip,
    WindowCache,
    clips_of,
    parse_index,
)

QUALITY = 95
LARGEST_PART = 58_000_000
"""Bytes of a part."""
MEMBER_OVERHEAD = 200
"""Bytes an archive spends on a member beside its content, at most."""


def pack_cache(cache: Path, target: Path, *, largest: int = LARGEST_PART, kind: str = "webp") -> list[Path]:
    """Write a cache as `part-000.zip`, `part-001.zip`, … into a folder.

    Args:
        cache: folder of a finished cache.
        target: folder for the parts.
        largest: bytes of a part at most, if a single frame fits into it.
        kind: "webp", or "jpeg", which is larger but made several times faster.

    Raises:
        InputError: there is no finished cache.
        OutputError: the parts cannot be written.
    """
    opened = WindowCache(cache)
    parts: list[Path] = []
    waiting = {INDEX_FILE: (cache / INDEX_FILE).read_bytes()}
    size = len(waiting[INDEX_FILE]) + MEMBER_OVERHEAD
    for name, content in _pictures(opened, kind):
        if waiting and size + len(content) + MEMBER_OVERHEAD > largest:
            parts.append(_write_part(target / f"part-{len(parts):03}.zip", waiting))
            waiting, size = {}, 0
        waiting[name] = content
        size += len(content) + MEMBER_OVERHEAD
    return [*parts, _write_part(target / f"part-{len(parts):03}.zip", waiting)]


def join_parts(parts: Sequence[Path], folder: Path) -> None:
    """Make a cache of the parts of one, to be opened by `WindowCache`.

    Args:
        parts: all parts, in any order.
        folder: where the cache is to be.

    Raises:
        InputError: a part is missing or damaged.
        OutputError: the cache cannot be written.
    """
    index = next((content for part in parts for name, content in _members(part) if name == INDEX_FILE), None)
    if index is None:
        raise InputError("the parts of the cache hold no index; the first part is missing")
    clips = clips_of(parse_index(index, "the parts"))
    places = {
        _stem(number, frame): (clip, clip.place(order))
        for number, clip in enumerate(clips)
        for order, frame in enumerate(clip.numbers)
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(folder / FRAMES_FILE) as file:
            for part in parts:
                for name, content in _members(part):
                    if name != INDEX_FILE:
                        clip, place = places.pop(Path(name).stem)
                        file.seek(place)
                        file.write(_decoded(content, clip))
        if places:
            raise InputError(f"{len(places)} frames of the cache are in none of the parts; a part is missing")
        with atomic_write(folder / INDEX_FILE) as file:
            file.write(index)
    except OSError as error:
        raise OutputError(f"cannot write the cache {folder}: {error.strerror or error}") from error


def _pictures(cache: WindowCache, kind: str) -> Iterator[tuple[str, bytes]]:
    """Name and coded content of every frame."""
    for number, clip in enumerate(cache.clips):
        for order, frame in enumerate(clip.numbers):
            coded = io.BytesIO()
            picture = Image.fromarray(cache.stored(clip, order))
            picture.save(coded, format=kind, quality=QUALITY, method=2)
            yield f"{_stem(number, frame)}.{kind}", coded.getvalue()


def _stem(clip: int, frame: int) -> str:
    return f"{clip:04}-{frame:06}"


def _decoded(content: bytes, clip: StoredClip) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        if picture.size != (clip.width, clip.height):
            raise InputError(f"a frame of {clip.name} is {picture.size} px and should be {clip.width, clip.height}")
        return picture.convert("RGB").tobytes()


def _write_part(path: Path, members: dict[str, bytes]) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
    except OSError as error:
        raise OutputError(f"cannot write the part {path}: {error.strerror or error}") from error
    return path


def _members(part: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(part) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot read the part {part}: {error}") from error
