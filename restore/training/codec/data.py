"""Crops of photographs for the codec: a pure function of (seed, step).

The photographs on disk have been compressed before. Reduced to two thirds or less they are clean again, and a codec
trained on them does not learn the artefacts of another one.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.codecs.network.vae import STRIDE
from restore.training.augmentation import Augmentation
from restore.training.engine.recipe import ALL_SAMPLES
from restore.training.photos import decode_photos

SMALLEST_SCALE = 0.35
"""Crops are not reduced further, as long as the photograph is large enough."""

FIRST_FREE = 1 << 40
"""Batches from this number on belong to no step."""


class CodecData:
    """Random reduced crops.

    Args:
        photos: files to crop from; those smaller than a crop are enlarged.
        seed: everything random follows from it and the step.
        largest_scale: what a crop is reduced by at least.
        longest: photographs are reduced to this long side in pixels.
        augment: how crops are degraded.
    """

    def __init__(
        self,
        photos: list[Path],
        *,
        seed: int,
        largest_scale: float,
        longest: int = 1280,
        augment: Augmentation | None = None,
    ) -> None:
        self.seed, self.largest_scale, self.augment = seed, largest_scale, augment or Augmentation()
        self.photos = decode_photos(photos, longest)

    def batch(self, step: int, count: int, side: int, own: slice = ALL_SAMPLES) -> Tensor:
        """The crops of a step, `(count, 3, side, side)` uint8, those of them that `own` selects."""
        return torch.from_numpy(np.concatenate([self._sample(step, side, number) for number in range(count)[own]]))

    def _sample(self, step: int, side: int, number: int) -> NDArray[np.uint8]:
        """One crop of a step, `(1, 3, side, side)`."""
        seeds = (self.seed, step, side, number)
        crop = self._crop(np.random.default_rng(seeds), side)
        return self.augment(np.ascontiguousarray(crop.transpose(2, 0, 1))[None], *seeds)

    def blocks(self, count: int) -> Tensor:
        """Blocks to take principal components of, `(count, 3, 16, 16)`, range -0.5..0.5."""
        side = 8 * STRIDE
        each = (side // STRIDE) ** 2
        crops = torch.cat([self.batch(FIRST_FREE + index, 8, side) for index in range(-(-count // (8 * each)))])
        cut = crops.unfold(2, STRIDE, STRIDE).unfold(3, STRIDE, STRIDE).permute(0, 2, 3, 1, 4, 5)
        return cut.reshape(-1, 3, STRIDE, STRIDE)[:count].float() / 255 - 0.5

    def _crop(self, rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
        photo = self.photos[rng.integers(len(self.photos))]
        width, height = photo.size
        window = min(side / rng.uniform(min(SMALLEST_SCALE, self.largest_scale), self.largest_scale), width, height)
        left, top = rng.uniform(0, width - window), rng.uniform(0, height - window)
        box = (left, top, left + window, top + window)
        crop = np.asarray(photo.resize((side, side), Image.Resampling.LANCZOS, box=box))
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        if rng.random() < 0.25:
            crop = crop.transpose(1, 0, 2)
        if rng.random() < 0.1:
            crop = crop[..., rng.permutation(3)]
        return crop
