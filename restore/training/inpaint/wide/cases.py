"""Photographs with wide holes: samples to learn from, and cases to validate on."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from restore.training.augmentation import Augmentation
from restore.training.inpaint.damage import WIDE_KINDS, draw_mask
from restore.training.inpaint.data import BANK_SIDE, InpaintData
from restore.training.photos import centre, decode_photo

LEAST, MOST = 0.08, 0.45
"""Least and largest share of a crop that is hole."""

Case = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""A picture `(3, S, S)` and its hole `(S, S)`, 0 or 1."""


class WideSamples(InpaintData):
    """Random crops of photographs with wide holes.

    Args:
        photos: files to crop from; those smaller than a crop are enlarged.
        side: of a crop, in pixels.
        seed: everything random follows from it and the sample's number.
        augment: how pictures are degraded.
    """

    def __init__(self, photos: list[Path], *, side: int, seed: int, augment: Augmentation) -> None:
        super().__init__(photos, seed=seed, bank=0, augment=augment)
        self.side = side

    def __call__(self, number: int) -> Case:
        """The sample of a number."""
        picture, hole = self.sample(self.side, number)
        return picture[0], hole

    def hole(self, rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
        """A wide hole of random kind, `(side, side)`, 0 or 1."""
        kind = str(rng.choice(list(WIDE_KINDS), p=[share for _, share in WIDE_KINDS.values()]))
        return wide_hole(rng, side, kind)


class WideCases:
    """Middles of photographs, each with one kind of wide hole in turn.

    Args:
        photos: files.
        side: of a case, in pixels.
    """

    def __init__(self, photos: list[Path], side: int) -> None:
        self.photos, self.side = photos, side
        self.kinds = [list(WIDE_KINDS)[index % len(WIDE_KINDS)] for index in range(len(photos))]

    def __call__(self, number: int) -> Case:
        """The case of a number."""
        picture = centre(decode_photo(self.photos[number], 2 * self.side), self.side)
        hole = wide_hole(np.random.default_rng([78, number]), self.side, self.kinds[number])
        return np.ascontiguousarray(picture.transpose(2, 0, 1)), hole


def wide_hole(rng: np.random.Generator, side: int, kind: str) -> NDArray[np.uint8]:
    """A wide hole `(side, side)`, 0 or 1.

    Args:
        rng: source of every random choice.
        side: in pixels; strokes and boxes are drawn for `BANK_SIDE` and cropped, objects for the side itself.
        kind: a key of `WIDE_KINDS`.
    """
    while True:
        drawn = side if kind == "object" or side > BANK_SIDE else BANK_SIDE
        mask = draw_mask(rng, drawn, kind, WIDE_KINDS)
        top, left = rng.integers(0, drawn - side + 1, 2)
        crop = mask[top : top + side, left : left + side]
        if LEAST <= crop.mean() / 255 <= MOST:
            return np.ascontiguousarray(crop) // 255
