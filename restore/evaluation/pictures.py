"""The pictures of a bench: found, read as a user's would be, at 8 bits, whole or cropped at the centre."""

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
