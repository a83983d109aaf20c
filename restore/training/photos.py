"""Photographs for training: found, split into those learned from and those held out, decoded once.

No random state is kept anywhere: batch number `step` is always the same batch, so a run that was stopped goes on with
the same data, on another device or with another number of threads.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image, UnidentifiedImageError

from restore.errors import InputError

Made = TypeVar("Made")

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"})
WHOLE = slice(None)
"""All samples of a batch are one's own."""


def find_photos(folder: Path) -> list[Path]:
    """All photographs below a folder, sorted.

    Raises:
        InputError: there are none.
    """
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not photos:
        raise InputError(f"no photographs below {folder}; wanted files ending in {' '.join(sorted(SUFFIXES))}")
    return photos


Item = TypeVar("Item")


def some_of(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of them, evenly chosen."""
    return list(items[:: max(1, len(items) // most)][:most])


@dataclass(frozen=True)
class PhotoSplit:
    """Photographs to learn from, and photographs to validate on."""

    learned: list[Path]
    held_out: list[Path]
    chosen_by_user: bool
    """By folders named `train` and `val`; otherwise every 25th is held out."""


def split_photos(data: Path) -> PhotoSplit:
    """Photographs to learn from and photographs to validate on, as far as names tell; see `leaks.without_leaks`.

    Args:
        data: a folder with `train/` and `val/` inside, or any folder of photographs.

    Raises:
        InputError: the folder is missing or too small to hold anything back.
    """
    if not data.is_dir():
        raise InputError(f"{data} is not a folder; name a folder of photographs")
    if (data / "train").is_dir() and (data / "val").is_dir():
        return PhotoSplit(find_photos(data / "train"), find_photos(data / "val"), chosen_by_user=True)
    photos = find_photos(data)
    if len(photos) < 2:
        raise InputError(f"{data} holds a single photograph; training needs at least two, one of them held out")
    held_out = photos[::25]
    learned = [photo for photo in photos if photo not in set(held_out)]
    return PhotoSplit(learned, held_out, chosen_by_user=False)


def decode_photo(path: Path, longest: int) -> Image.Image:
    """One photograph as 8-bit RGB, its long side at most `longest` px.

    Raises:
        InputError: the file is damaged or no picture.
    """
    try:
        with Image.open(path) as image:
            picture = image.convert("RGB")
    except (OSError, SyntaxError, UnidentifiedImageError) as error:
        raise InputError(f"cannot train on {path}: {error}; mend or remove it") from error
    scale = longest / max(picture.size)
    if scale >= 1:
        return picture
    width, height = picture.size
    return picture.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)


def made_ahead(make: Callable[[int], Made], start: int, ahead: int = 4) -> Iterator[Made]:
    """What `make` makes of `start`, `start + 1`, …, a few of them ahead by worker threads; endless."""
    with ThreadPoolExecutor() as pool:
        queue: list[Future[Made]] = [pool.submit(make, start + k) for k in range(ahead)]
        number = start + ahead
        try:
            while True:
                queue.append(pool.submit(make, number))
                number += 1
                yield queue.pop(0).result()
        finally:
            for future in queue:
                future.cancel()
