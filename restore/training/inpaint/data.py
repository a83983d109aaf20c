"""Photographs with holes for training, cropped by a pure function of (seed, step).

Photographs stay in memory as bytes; a bank of holes is drawn once and cropped, flipped and transposed. A run sees a
fixed number of distinct samples, each turned and mirrored anew whenever it comes up: so the sparse fill, dearer than a
step of the small network, is made once per sample (`restore.training.inpaint.prefills`).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.training.inpaint.damage import Mask, draw_mask
from restore.training.photos import WHOLE, decode_photo, made_ahead

BANK_SIDE = 512
"""Side in pixels of the holes in the bank, the scale of the bench's pictures."""

SPARSEST, DENSEST = 0.1, 0.65
"""Least and largest share of a crop that is hole."""


@dataclass(frozen=True)
class Batch:
    """Pictures `(B, 3, S, S)` and holes `(B, 1, S, S)`, both uint8; holes hold 0 or 1.

    `numbers` tells the samples apart, `(B,)` int64; `turns`, `(B,)` int64 from 0 to 7, is how each is to be turned.
    """

    picture: Tensor
    hole: Tensor
    numbers: Tensor
    turns: Tensor


class InpaintData:
    """Random crops of photographs with random holes.

    Args:
        photos: files to crop from; those smaller than a crop are enlarged.
        seed: everything random follows from it and the step.
        bank: number of holes drawn in advance.
        samples: number of distinct samples.
        longest: photographs are reduced to this long side in pixels.
    """

    def __init__(
        self, photos: list[Path], *, seed: int, bank: int = 1024, samples: int = 8192, longest: int = 1280
    ) -> None:
        self.seed, self.samples = seed, samples
        with ThreadPoolExecutor() as pool:
            self.photos = list(pool.map(lambda path: decode_photo(path, longest), photos))
            self.bank: list[Mask] = list(
                pool.map(lambda index: draw_mask(np.random.default_rng([seed, index]), BANK_SIDE), range(bank))
            )

    def batch(self, step: int, count: int, side: int, own: slice = WHOLE) -> Batch:
        """The batch of a step: those of `count` crops of `side` px that are one's own."""
        rng = np.random.default_rng([self.seed, step, side])
        numbers, turns = rng.integers(self.samples, size=count)[own], rng.integers(8, size=count)[own]
        samples = [self._sample(np.random.default_rng([self.seed, side, number]), side) for number in numbers]
        pictures = np.stack([picture for picture, _ in samples])
        holes = np.stack([hole for _, hole in samples])
        return Batch(
            torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(),
            torch.from_numpy(holes)[:, None],
            torch.from_numpy(numbers),
            torch.from_numpy(turns),
        )

    def batches(self, start: int, count: int, side: int, own: slice = WHOLE) -> Iterator[Batch]:
        """Batches from step `start` on, made ahead by worker threads; endless."""
        return made_ahead(lambda step: self.batch(step, count, side, own), start)

    def _sample(self, rng: np.random.Generator, side: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        photo = self.photos[rng.integers(len(self.photos))]
        width, height = photo.size
        window = min(side / rng.uniform(0.5, 1.0), width, height)
        left, top = rng.uniform(0, width - window), rng.uniform(0, height - window)
        if window >= side:
            left, top, window = int(left), int(top), int(window)
        crop = photo.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + window, top + window))
        picture = np.asarray(crop)
        hole = self._hole(rng, side)
        if rng.random() < 0.1:
            picture = np.repeat((picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None], 3, axis=2)
        if rng.random() < 0.3:
            picture = (255 * (picture / 255) ** rng.uniform(0.7, 1.4)).round().astype(np.uint8)
        return np.ascontiguousarray(picture), hole

    def _hole(self, rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
        """A crop of the bank, turned at random; sparse holes are laid over each other, since only holes teach."""
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
