"""The losses of the damage detector: cross entropy and overlap, where there is no doubt."""

import torch.nn.functional as F
from torch import Tensor


def cross_entropy(logits: Tensor, damage: Tensor, doubt: Tensor) -> Tensor:
    """The mean binary cross entropy of the pixels that are not in doubt, a scalar.

    Args:
        logits: `(B, 1, H, W)`.
        damage: the same shape, bool.
        doubt: the same shape, bool.
    """
    sure = (~doubt).float()
    losses = F.binary_cross_entropy_with_logits(logits, damage.float(), reduction="none")
    return (losses * sure).sum() / sure.sum().clamp(min=1)


def overlap_difference(logits: Tensor, damage: Tensor, doubt: Tensor) -> Tensor:
    """One minus the soft Dice coefficient of a whole batch (Milletari et al., 3DV 2016), a scalar, range 0..1.

    Damage covers a few per cent of a picture, and the cross entropy alone is content with marking none of the faint.
    Arguments as for `cross_entropy`.
    """
    sure = (~doubt).float()
    marked, truth = logits.sigmoid() * sure, damage.float() * sure
    return 1 - (2 * (marked * truth).sum() + 1) / (marked.sum() + truth.sum() + 1)
