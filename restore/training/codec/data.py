"""Crops of photographs for the codec: a pure function of (seed, step), like the inpainter's.

The photographs on disk have been compressed before. Reduced to two thirds or less they are clean again, and a codec
trained on them does not learn the artefacts of another one.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.codecs.network.vae import STRIDE
from restore.training.photos import WHOLE, decode_photo, made_ahead

SMALLEST_SCALE = 0.35
"""Crops are not reduced further, as long as the photograph is large enough."""

NO_STEP = 1 << 40
"""Batches from this number on are no step's."""


class CodecData:
    """Random reduced crops.

    Args:
        photos: files to crop from; those smaller than a crop are enlarged.
        seed: everything random follows from it and the step.
        largest_scale: what a crop is reduced by at least.
        longest: photographs are reduced to this long side in pixels.
    """

    def __init__(self, photos: list[Path], *, seed: int, largest_scale: float, longest: int = 1280) -> None:
        self.seed, self.largest_scale = seed, largest_scale
        with ThreadPoolExecutor() as pool:
            self.photos = list(pool.map(lambda path: decode_photo(path, longest), photos))

    def batch(self, step: int, count: int, side: int, own: slice = WHOLE) -> Tensor:
        """The crops of a step, those of `(count, 3, side, side)` uint8 that are one's own."""
        numbers = range(count)[own]
        crops = np.stack([self._crop(np.random.default_rng([self.seed, step, side, n]), side) for n in numbers])
        return torch.from_numpy(crops).permute(0, 3, 1, 2).contiguous()

    def batches(self, start: int, count: int, side: int, own: slice = WHOLE) -> Iterator[Tensor]:
        """Batches from step `start` on, made ahead by worker threads; endless."""
        return made_ahead(lambda step: self.batch(step, count, side, own), start)

    def blocks(self, count: int) -> Tensor:
        """Blocks to take principal components of, `(count, 3, 16, 16)`, range -0.5..0.5."""
        side = 8 * STRIDE
        each = (side // STRIDE) ** 2
        crops = torch.cat([self.batch(NO_STEP + index, 8, side) for index in range(-(-count // (8 * each)))])
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
        return np.ascontiguousarray(crop)
