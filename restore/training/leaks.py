"""Leaks: pictures that are held out, and learned from all the same under another name.

Figures on held-out data mean nothing then. Copies are found by what is left of a picture at 32x32 pixels without its
broad lights and shades: smaller, darker, compressed again or mirrored it stays nearly the same, while two photographs
of like skies differ (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010). Crops are
not found.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from restore.callbacks import Notify
from restore.errors import InputError
from restore.training.photos import PhotoSplit, decode_photo

SIDE = 32
"""Pictures are compared at so many pixels a side."""
BLUR_SIDE, BLUR_DEVIATION = 19, 3.0
"""Side and standard deviation in pixels of the blur that is subtracted from them."""
SAME = 0.9
"""Correlation from which two pictures are the same: copies have 0.94 and more, the 743 photographs of the released
weights 0.71 and less."""
EVEN = 0.5
"""Below this contrast, in levels of 255, a picture is too even to be compared."""
NAMED = 5
"""Pairs that a message names at most."""


@dataclass(frozen=True)
class Leak:
    """A picture that is held out and learned from."""

    learned: str
    """Its name among those learned from."""
    held_out: str
    """Its name among those held out."""


def signature(picture: Image.Image) -> NDArray[np.float32]:
    """What is compared: `(SIDE, SIDE)`, of length one, or all zero if the picture is too even.

    Args:
        picture: of any size and mode.
    """
    from kornia.filters import gaussian_blur2d

    small = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    levels = torch.from_numpy(np.array(small, dtype=np.float32))[None, None]
    broad = gaussian_blur2d(levels, BLUR_SIDE, (BLUR_DEVIATION, BLUR_DEVIATION), border_type="replicate")
    detail: NDArray[np.float32] = (levels - broad)[0, 0].numpy()
    length = float(np.linalg.norm(detail))
    return detail / length if length > EVEN * SIDE else np.zeros_like(detail)


def find_leaks(
    learned: Sequence[tuple[str, NDArray[np.float32]]], held_out: Sequence[tuple[str, NDArray[np.float32]]]
) -> list[Leak]:
    """All pairs of names whose pictures are the same, or mirrored.

    Args:
        learned: name and signature of what is learned from.
        held_out: name and signature of what is held out.
    """
    if not learned or not held_out:
        return []
    rows = np.stack([mark for _, mark in learned])
    straight = np.stack([mark for _, mark in held_out]).reshape(len(held_out), -1)
    alike = np.maximum(rows.reshape(len(rows), -1) @ straight.T, rows[..., ::-1].reshape(len(rows), -1) @ straight.T)
    pairs = np.argwhere(alike >= SAME)
    return sorted({Leak(learned[first][0], held_out[second][0]) for first, second in pairs}, key=repr)


def without_leaks(split: PhotoSplit, notify: Notify) -> PhotoSplit:
    """A split of photographs that shares no picture.

    Where the user chose what to hold out, an error asks for another choice. Where it was chosen here, nearly equal
    pictures, as bursts have them, are left out of what is learned from.

    Args:
        split: photographs to learn from and to hold out.
        notify: called with what is left out.

    Raises:
        InputError: a picture of the user's split is on both sides, or nothing is left to learn from.
    """
    with ThreadPoolExecutor() as pool:
        learned = list(zip(map(str, split.learned), pool.map(_signature_of, split.learned), strict=True))
        held_out = list(zip(map(str, split.held_out), pool.map(_signature_of, split.held_out), strict=True))
    leaks = find_leaks(learned, held_out)
    if not leaks:
        return split
    if split.chosen_by_user:
        raise InputError(f"{describe(leaks)}; held-out pictures must be others, so remove one of each pair")
    twins = {leak.learned for leak in leaks}
    left = [photo for photo in split.learned if str(photo) not in twins]
    if not left:
        raise InputError("every photograph is the same as a held-out one; training needs more of them")
    notify(f"left out of training: {describe(leaks)}")
    return replace(split, learned=left)


def _signature_of(photo: Path) -> NDArray[np.float32]:
    return signature(decode_photo(photo))


def describe(leaks: Sequence[Leak]) -> str:
    """The pairs in words, the first few of them by name."""
    shown = [f"{leak.learned} is the same picture as {leak.held_out}" for leak in leaks[:NAMED]]
    return "; ".join(shown) + (f"; and {len(leaks) - NAMED} more pairs" if len(leaks) > NAMED else "")
