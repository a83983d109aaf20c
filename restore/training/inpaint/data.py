"""Photographs with holes for training, cropped by a pure function of (seed, step).

Photographs stay in memory as bytes; a bank of holes is drawn once and cropped, flipped and transposed. A run sees a
fixed number of distinct samples, each turned and mirrored anew whenever it comes up: so the sparse fill, which takes
longer than a step of the small network, is made once per sample (`restore.training.inpaint.prefills`).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.training.augmentation import Augmentation, gamma_curve
from restore.training.engine.recipe import ALL_SAMPLES
from restore.training.inpaint.damage import Mask, draw_mask
from restore.training.photos import decode_photos

BANK_SIDE = 512
"""Side in pixels of the holes in the bank, the scale of the bench's pictures."""

SPARSEST, DENSEST = 0.1, 0.65
"""Least and largest share of a crop that is hole."""


@dataclass(frozen=True)
class InpaintBatch:
    """Pictures with their holes, and how each is to be turned."""

    picture: Tensor
    """`(B, 3, S, S)` uint8."""
    hole: Tensor
    """`(B, 1, S, S)` uint8, 0 or 1."""
    numbers: Tensor
    """Numbers of the samples, `(B,)` int64: equal ones are the same picture with the same hole."""
    turns: Tensor
    """Quarter turns and mirroring, `(B,)` int64 from 0 to 7."""


class InpaintData:
    """Random crops of photographs with random holes.

    Args:
        photos: files to crop from; those smaller than a crop are enlarged.
        seed: everything random follows from it and the step.
        bank: number of holes drawn in advance.
        samples: number of distinct samples.
        longest: photographs are reduced to this long side in pixels.
        augment: how pictures are degraded.
    """

    def __init__(
        self,
        photos: list[Path],
        *,
        seed: int,
        bank: int = 1024,
        samples: int = 8192,
        longest: int = 1280,
        augment: Augmentation | None = None,
    ) -> None:
        self.seed, self.samples, self.augment = seed, samples, augment or Augmentation()
        self.photos = decode_photos(photos, longest)
        with ThreadPoolExecutor() as pool:
            self.bank: list[Mask] = list(
                pool.map(lambda index: draw_mask(np.random.default_rng([seed, index]), BANK_SIDE), range(bank))
            )

    def batch(self, step: int, count: int, side: int, own: slice = ALL_SAMPLES) -> InpaintBatch:
        """The batch of a step: those of `count` crops of `side` px that `own` selects."""
        rng = np.random.default_rng([self.seed, step, side])
        numbers, turns = rng.integers(self.samples, size=count)[own], rng.integers(8, size=count)[own]
        pictures, holes = zip(*(self.sample(side, int(number)) for number in numbers), strict=True)
        return InpaintBatch(
            torch.from_numpy(np.concatenate(pictures)),
            torch.from_numpy(np.stack(holes))[:, None],
            torch.from_numpy(numbers),
            torch.from_numpy(turns),
        )

    def sample(self, side: int, number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Picture `(1, 3, side, side)` and hole `(side, side)`, 0 or 1, of a sample: a pure function of its number."""
        seeds = (self.seed, side, number)
        rng = np.random.default_rng(seeds)
        photo = self.photos[rng.integers(len(self.photos))]
        width, height = photo.size
        window = min(side / rng.uniform(0.5, 1.0), width, height)
        left, top = rng.uniform(0, width - window), rng.uniform(0, height - window)
        if window >= side:
            left, top, window = int(left), int(top), int(window)
        crop = photo.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + window, top + window))
        picture = np.asarray(crop)
        hole = self.hole(rng, side)
        if rng.random() < 0.1:
            # Rounded down. kornia's grey differs by a level in one colour of six thousand; released recipes stay exact.
            picture = np.repeat((picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None], 3, axis=2)
        if rng.random() < 0.3:
            picture = gamma_curve(rng.uniform(0.7, 1.4))[picture]
        return self.augment(np.ascontiguousarray(picture.transpose(2, 0, 1))[None], *seeds), hole

    def hole(self, rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
        """A crop of the bank, turned at random; sparse holes are laid over each other: only holes are learned from."""
        hole = np.zeros((side, side), np.uint8)
        while True:
            mask = self.bank[rng.integers(len(self.bank))]
            top, left = rng.integers(0, BANK_SIDE - side + 1, 2)
            crop = np.rot90(mask[top : top + side, left : left + side], int(rng.integers(4)))
            joined = np.maximum(hole, crop[:, ::-1] if rng.random() < 0.5 else crop)
            share = joined.mean() / 255
            if share >= DENSEST:
                continue
            hole = joined
            if share > SPARSEST:
                return np.ascontiguousarray(hole) // 255
