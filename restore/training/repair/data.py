"""Crops of photographs, about half of them with damage laid over them: a pure function of (seed, step).

    photograph ── crop, reduced ── aged ── damage, or none ── scanned

Of the crops without damage some are chosen for being hard: of several, the one that a classical detector would mark
most. Branches, lettering and rain are rare in photographs, and they are what a detector gets wrong.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.synthetic.ageing import aged, scanned
from restore.synthetic.damage import lay_damage
from restore.synthetic.shapes import NO_SHAPES, Shapes
from restore.training.augmentation import Augmentation
from restore.training.engine.recipe import ALL_SAMPLES
from restore.training.photos import decode_photos

LARGEST_SCALE, SMALLEST_SCALE = 1.4, 0.4
"""Crops are enlarged and reduced by at most so much: scratches are looked for in soft pictures and in sharp ones."""
SOFT_SHARE = 0.4
"""Part of the damage with soft edges: to a network that saw sharp ones only, a soft scratch is none."""
OPAQUE_SHARE = 0.4
"""Part of the damaged crops whose damage hides what is under it, in any width: the commonest damage of prints."""
HARD_SHARE, HARD_CHOICE = 0.5, 4
"""Part of the undamaged crops that are chosen for being hard, and out of how many."""


@dataclass(frozen=True)
class RepairBatch:
    """Pictures, and where they are damaged."""

    picture: Tensor
    """`(B, 3, S, S)` uint8."""
    damage: Tensor
    """`(B, 1, S, S)` bool."""
    doubt: Tensor
    """`(B, 1, S, S)` bool: where no answer is asked for."""


class RepairData:
    """Random crops of photographs, damaged and undamaged.

    Args:
        photos: files to crop from; those smaller than a crop are enlarged.
        seed: everything random follows from it and the step.
        clean_share: part of the crops that show no damage, 0..1.
        shapes: shapes of real damage.
        longest: photographs are reduced to this long side in pixels.
        augment: how crops are degraded beyond ageing and scanning.
    """

    def __init__(
        self,
        photos: list[Path],
        *,
        seed: int,
        clean_share: float,
        shapes: Shapes = NO_SHAPES,
        longest: int = 1280,
        augment: Augmentation | None = None,
    ) -> None:
        self.seed, self.clean_share, self.shapes = seed, clean_share, shapes
        self.augment = augment or Augmentation()
        self.photos = decode_photos(photos, longest)

    def batch(self, step: int, count: int, side: int, own: slice = ALL_SAMPLES) -> RepairBatch:
        """The batch of a step: those of `count` crops of `side` px that `own` selects."""
        samples = [self._sample(step, side, number) for number in range(count)[own]]
        picture, damage, doubt = (np.stack(parts) for parts in zip(*samples, strict=True))
        return RepairBatch(
            torch.from_numpy(np.ascontiguousarray(picture.transpose(0, 3, 1, 2))),
            torch.from_numpy(damage)[:, None],
            torch.from_numpy(doubt)[:, None],
        )

    def _sample(
        self, step: int, side: int, number: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
        """Picture `(S, S, 3)`, damage and doubt `(S, S)` of one crop of a step."""
        seeds = (self.seed, step, side, number)
        rng = np.random.default_rng(seeds)
        if rng.random() >= self.clean_share:
            damaged = lay_damage(rng, aged(rng, self._crop(rng, side)), self.shapes, SOFT_SHARE, OPAQUE_SHARE)
            picture, damage, doubt = damaged.picture, damaged.kinds > 0, damaged.doubt
        else:
            choice = HARD_CHOICE if rng.random() < HARD_SHARE else 1
            crops = [self._crop(rng, side) for _ in range(choice)]
            picture = aged(rng, max(crops, key=roughness))
            damage = doubt = np.zeros((side, side), np.bool_)
        picture = scanned(rng, picture)
        degraded = self.augment(np.ascontiguousarray(picture.transpose(2, 0, 1))[None], *seeds)[0]
        return degraded.transpose(1, 2, 0), damage, doubt

    def _crop(self, rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
        """A random crop, `(side, side, 3)`, in one of eight positions."""
        photo = self.photos[rng.integers(len(self.photos))]
        width, height = photo.size
        scale = np.exp(rng.uniform(np.log(SMALLEST_SCALE), np.log(LARGEST_SCALE)))
        window = min(side / scale, width, height)
        left, top = rng.uniform(0, width - window), rng.uniform(0, height - window)
        box = (left, top, left + window, top + window)
        picture = photo.resize((side, side), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
        crop = np.rot90(np.asarray(picture), int(rng.integers(4)))
        return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def roughness(picture: NDArray[np.uint8]) -> float:
    """How much of a picture `(H, W, 3)` stands out of its surroundings: the mean deviation from the mean of a cross."""
    grey = picture[..., 1].astype(np.float32)
    around = (grey[4:, 2:-2] + grey[:-4, 2:-2] + grey[2:-2, 4:] + grey[2:-2, :-4]) / 4
    return float(np.abs(grey[2:-2, 2:-2] - around).mean())
