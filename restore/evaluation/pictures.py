"""The pictures of a bench: found, read as a user's would be, at 8 bits, whole or cropped at the centre."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore.errors import InputError, UsageError
from restore.images.formats import READABLE_SUFFIXES
from restore.images.reading import read_picture

Samples = npt.NDArray[np.uint8]


def find_pictures(data: Path) -> list[Path]:
    """The pictures of a folder by name (not of its subfolders), or the one file named.

    Raises:
        InputError: there is no such file or folder.
        UsageError: the folder holds no picture.
    """
    if data.is_file():
        return [data]
    if not data.is_dir():
        raise InputError(f"{data}: no such file or folder")
    files = sorted(file for file in data.iterdir() if file.suffix.lower() in READABLE_SUFFIXES and file.is_file())
    if not files:
        raise UsageError(f"{data}: holds no picture; name a folder with {', '.join(sorted(READABLE_SUFFIXES))} files")
    return files


def read_crop(file: Path, size: int) -> Samples:
    """The centred square of a picture: `(S, S, 3)` RGB with S the smaller of `size` and the picture's shorter side.

    Transparency is ignored; 16-bit samples are rounded to 8 bit.

    Raises:
        InputError: the file is no picture or is damaged.
    """
    colour = read_picture(file).colour
    side = min(size, *colour.shape[:2])
    return _centre(colour, side, side)


def large_crops(files: Sequence[Path], size: int, least: int, notes: list[str]) -> Iterator[tuple[int, Samples]]:
    """The centred squares of pictures, without those that are too small.

    Args:
        files: the pictures.
        size: side of the square in pixels; smaller pictures are cropped to their shorter side.
        least: pictures with a shorter side of fewer pixels are left out.
        notes: takes a line for each picture that is left out or smaller than `size`.

    Yields:
        Each picture's position in `files`, and its square as `read_crop` gives it.

    Raises:
        InputError: a file is no picture or is damaged.
    """
    for index, file in enumerate(files):
        crop = read_crop(file, size)
        side = crop.shape[0]
        if side < least:
            notes.append(f"{file.name} is left out: its shorter side has {side} px, {least} are the least")
            continue
        if side < size:
            notes.append(f"{file.name} is measured on {side} px, its shorter side")
        yield index, crop


def read_whole(file: Path, size: int | None = None) -> Samples:
    """A whole picture, or its centre of at most `size` pixels a side: `(H, W, 3)` RGB.

    Transparency is ignored; 16-bit samples are rounded to 8 bit.

    Raises:
        InputError: the file is no picture or is damaged.
    """
    colour = read_picture(file).colour
    height, width = colour.shape[:2]
    return _centre(colour, min(height, size or height), min(width, size or width))


def _centre(colour: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], height: int, width: int) -> Samples:
    top, left = (colour.shape[0] - height) // 2, (colour.shape[1] - width) // 2
    crop = colour[top : top + height, left : left + width]
    if crop.dtype == np.uint16:
        return np.ascontiguousarray((crop.astype(np.uint32) + 128) // 257, dtype=np.uint8)
    return np.ascontiguousarray(crop, dtype=np.uint8)
