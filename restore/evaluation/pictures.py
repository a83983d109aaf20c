"""The pictures of a bench: found, read as a user's would be, and cropped to a centred 8-bit square."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore.errors import InputError
from restore.images import READABLE_SUFFIXES, read_picture

Samples = npt.NDArray[np.uint8]


def find_pictures(data: Path) -> list[Path]:
    """The pictures of a folder by name (not of its subfolders), or the one file named.

    Raises:
        InputError: there is no such file or folder, or no picture in it.
    """
    if data.is_file():
        return [data]
    if not data.is_dir():
        raise InputError(f"{data}: no such file or folder")
    files = sorted(file for file in data.iterdir() if file.suffix.lower() in READABLE_SUFFIXES and file.is_file())
    if not files:
        raise InputError(f"{data}: holds no picture; name a folder with {', '.join(sorted(READABLE_SUFFIXES))} files")
    return files


def read_crop(file: Path, size: int) -> Samples:
    """The centred square of a picture: `(S, S, 3)` RGB with S the smaller of `size` and the picture's shorter side.

    Transparency is ignored; 16-bit samples are rounded to 8 bit.

    Raises:
        InputError: the file is no picture or is damaged.
    """
    colour = read_picture(file).colour
    height, width = colour.shape[:2]
    side = min(size, height, width)
    top, left = (height - side) // 2, (width - side) // 2
    crop = colour[top : top + side, left : left + side]
    if crop.dtype == np.uint16:
        crop = (crop.astype(np.uint32) + 128) // 257
    return np.ascontiguousarray(crop, dtype=np.uint8)
