"""Principal components of blocks of photographs: the linear transform the codec is born with."""

import torch
from torch import Tensor


def principal_components(blocks: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The directions in which blocks vary most (Karhunen, 1947; Loève, 1948).

    The blocks' mean is taken to be zero: pixels should lie around it.

    Args:
        blocks: `(N, 3, side, side)`, range -0.5..0.5; a few thousand at least.
        count: how many directions are wanted.

    Returns:
        Orthonormal `(count, 3, side, side)`, and the standard deviation along each, `(count,)`, falling.

    Raises:
        ValueError: more directions are wanted than a block has values.
    """
    values = blocks.flatten(1).double()
    if count > values.shape[1]:
        raise ValueError(f"a block of {values.shape[1]} values has no {count} directions")
    variances, directions = torch.linalg.eigh(values.T @ values / len(values))
    chosen = directions.flip(1)[:, :count].T
    deviations = variances.flip(0)[:count].clamp(min=1e-12).sqrt()
    return chosen.reshape(count, *blocks.shape[1:]).float(), deviations.float()
