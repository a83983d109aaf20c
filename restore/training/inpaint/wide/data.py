"""Batches of parts of the kept fills, by a pure function of (seed, step)."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restore.training.engine.recipe import ALL_SAMPLES
from restore.training.inpaint.wide.fills import KeptFills, Sample

LEAST_HOLE, MOST_HOLE = 0.05, 0.6
"""Least and largest share of a part that is hole, where one of `TRIES` parts has it."""
TRIES = 8


@dataclass(frozen=True)
class WideBatch:
    """Parts of samples, turned and mirrored."""

    samples: Tensor
    """`(B, 10, S, S)` uint8: planes as `restore.training.inpaint.wide.fills` keeps them."""


class WideData:
    """Random parts of the kept fills.

    Args:
        fills: samples that are all there.
        seed: everything random follows from it and the step.
    """

    def __init__(self, fills: KeptFills, seed: int) -> None:
        self.fills, self.seed = fills, seed

    def batch(self, step: int, count: int, side: int, own: slice = ALL_SAMPLES) -> WideBatch:
        """The batch of a step: those of `count` parts of `side` px that `own` selects."""
        rng = np.random.default_rng([self.seed, step, side])
        numbers, seeds = rng.integers(len(self.fills), size=count)[own], rng.integers(1 << 32, size=count)[own]
        parts = [
            self._part(np.random.default_rng(int(seed)), self.fills[int(number)], side)
            for number, seed in zip(numbers, seeds, strict=True)
        ]
        return WideBatch(torch.from_numpy(np.stack(parts)))

    def _part(self, rng: np.random.Generator, sample: Sample, side: int) -> NDArray[np.uint8]:
        """A part of a sample in one of eight positions, if possible one with a fair share of hole."""
        corners = rng.integers(sample.shape[1] - side + 1, size=(TRIES, 2))
        for top, left in corners:
            if LEAST_HOLE <= sample[3, top : top + side, left : left + side].mean() <= MOST_HOLE:
                break
        turned = np.rot90(sample[:, top : top + side, left : left + side], int(rng.integers(4)), axes=(1, 2))
        return np.ascontiguousarray(turned[:, :, ::-1] if rng.random() < 0.5 else turned)
