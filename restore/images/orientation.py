"""Turning pixels between how a file stores them and how they are looked at.

EXIF numbers the eight orientations 1..8. Everything here returns views of the array it is given: nothing is copied
until the pixels are needed in one piece.
"""

import numpy as np

__all__ = ["as_stored", "swaps_sides", "upright"]

_INVERSE = {6: 8, 8: 6}  # the other six undo themselves


def swaps_sides(orientation: int) -> bool:
    """Whether width and height change places between the stored and the upright picture."""
    return orientation >= 5


def upright(stored: np.ndarray, orientation: int) -> np.ndarray:
    """A view of (H, W) or (H, W, C) pixels from a file, the way they are looked at."""
    if orientation in (2, 3, 7, 8):
        stored = stored[:, ::-1]
    if orientation in (3, 4, 6, 7):
        stored = stored[::-1]
    return stored.swapaxes(0, 1) if swaps_sides(orientation) else stored


def as_stored(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """A view of upright (H, W) or (H, W, C) pixels, the way a file with this orientation stores them."""
    return upright(pixels, _INVERSE.get(orientation, orientation))
