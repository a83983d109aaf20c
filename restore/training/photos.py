"""Photographs for training: found, split into those learned from and those held out, decoded once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from restore.errors import InputError

Item = TypeVar("Item")

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"})
UNREDUCED = 1 << 20
"""A long side in pixels that no photograph has."""


def find_photos(folder: Path) -> list[Path]:
    """All photographs below a folder, sorted.

    Raises:
        InputError: there are none.
    """
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not photos:
        raise InputError(f"no photographs below {folder}; wanted files ending in {' '.join(sorted(SUFFIXES))}")
    return photos


def strided(items: Sequence[Item], most: int) -> list[Item]:
    """At most `most` items, the first and then every n-th."""
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


def decode_photo(path: Path, longest: int = UNREDUCED) -> Image.Image:
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


def decode_photos(paths: Sequence[Path], longest: int) -> list[Image.Image]:
    """`decode_photo` of every path, by several threads."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(partial(decode_photo, longest=longest), paths))


def centre(photo: Image.Image, side: int) -> NDArray[np.uint8]:
    """The middle of a photograph, `(side, side, 3)`; a smaller photograph is enlarged."""
    scale = max(1.0, side / min(photo.size))
    if scale > 1:
        photo = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.BICUBIC)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    return np.asarray(photo.crop((left, top, left + side, top + side)))
