"""How well marks agree with damage that is known: precision and recall, a rim of some pixels apart.

Where exactly a soft scratch ends is nobody's to say, so a marked pixel is right where damage lies within `TOLERANCE`
pixels of it, and damage is found where a mark lies so near.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

TOLERANCE = 2
"""Pixels, along rows and columns."""


@dataclass(frozen=True)
class Agreement:
    """Counts of pixels; those of several pictures are added."""

    marked: float = 0.0
    """Pixels marked, outside of what is in doubt."""
    right: float = 0.0
    """Those of them that lie at damage."""
    damaged: float = 0.0
    """Pixels of damage."""
    found: float = 0.0
    """Those of them that lie at a mark."""

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(
            self.marked + other.marked,
            self.right + other.right,
            self.damaged + other.damaged,
            self.found + other.found,
        )

    @property
    def precision(self) -> float:
        """The share of the marks that is right; 1 where there are none."""
        return self.right / self.marked if self.marked else 1.0

    @property
    def recall(self) -> float:
        """The share of the damage that is found; 1 where there is none."""
        return self.found / self.damaged if self.damaged else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def agreement(marks: Tensor, damage: Tensor, doubt: Tensor | None = None) -> Agreement:
    """Compare marks with the truth.

    Args:
        marks: `(B, 1, H, W)` bool.
        damage: the same shape; where damage is.
        doubt: the same shape; marks there count neither as right nor as wrong. None where nothing is in doubt.

    Examples:
        >>> import torch
        >>> damage = torch.zeros(1, 1, 9, 9, dtype=torch.bool)
        >>> damage[..., 4] = True
        >>> agreement(damage.roll(2, 3), damage).f1, agreement(damage.roll(3, 3), damage).f1
        (1.0, 0.0)
    """
    near = widened(damage, TOLERANCE)
    judged = marks if doubt is None else marks & ~(doubt & ~near)
    found = damage & widened(marks, TOLERANCE)
    return Agreement(*(float(part.sum()) for part in (judged, judged & near, damage, found)))


def widened(marks: Tensor, reach: int) -> Tensor:
    """Marks `(B, 1, H, W)` with all pixels that lie up to `reach` rows and columns from one."""
    return F.max_pool2d(marks.float(), 2 * reach + 1, 1, reach) > 0
