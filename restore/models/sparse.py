"""The sparse fill: the best answer without learning, and the prefill the network is born with.

A photograph is sparse in cosines: few of a block's coefficients are large. So the hole is started harmonically, and
again and again all blocks are transformed, small coefficients dropped, the blocks transformed back, and the known
pixels put back in place, while the threshold falls (iterative hard thresholding after Guleryuz, IEEE TIP 2006, and
Elad et al., ACHA 2005). Edges and patterns that cross a narrow hole carry on through it, where the harmonic fill
smears them
(`restore bench inpaint` has it as `prefill`). In the middle of a wide hole nothing is known, and it stays the
harmonic fill. The grid of blocks moves from sweep to sweep, so that no block's border shows. Pure torch; a few matrix
products per sweep.
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.harmonic import harmonic_fill

BLOCK = 32
"""Side of a block in pixels: wide enough that a block across a broad pen stroke still sees both banks."""
SWEEPS = 16
"""Threshold steps."""
FIRST_THRESHOLD, LAST_THRESHOLD = 0.2, 0.02
"""Of orthonormal cosine coefficients of values 0..1; they fall geometrically."""
GRIDS = tuple(((7 * k) % BLOCK, (19 * k) % BLOCK) for k in range(SWEEPS))
"""Offset in pixels of the block grid in each sweep; a second grid lies half a block off in both directions."""


def sparse_fill(image: Tensor, hole: Tensor) -> Tensor:
    """Fill holes so that blocks of the picture have few large cosine coefficients.

    Args:
        image: `(B, 3, H, W)`, range 0..1; values inside the hole are ignored. Any size from 1x1.
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        `(B, 3, H, W)`: known pixels untouched, holes filled.
    """
    height, width = image.shape[-2:]
    start = harmonic_fill(image, hole)
    below, right = -height % BLOCK, -width % BLOCK
    inside = F.pad(hole, (0, right, 0, below)) > 0
    known = F.pad(start, (0, right, 0, below), mode="replicate")
    filled = known
    cosines = _cosines(BLOCK).to(device=image.device, dtype=image.dtype)
    for sweep, (row, column) in enumerate(GRIDS):
        threshold = FIRST_THRESHOLD * (LAST_THRESHOLD / FIRST_THRESHOLD) ** (sweep / (SWEEPS - 1))
        first = _drop_small(filled, cosines, threshold, row, column)
        second = _drop_small(filled, cosines, threshold, row + BLOCK // 2, column + BLOCK // 2)
        filled = torch.where(inside, 0.5 * (first + second), known)
    return torch.where(hole > 0, filled[..., :height, :width], image)


def _drop_small(picture: Tensor, cosines: Tensor, threshold: float, row: int, column: int) -> Tensor:
    """Zero the small coefficients of all blocks of a grid that starts at (row, column); the picture wraps around."""
    batch, channels, height, width = picture.shape
    moved = torch.roll(picture, (row, column), dims=(2, 3))
    blocks = cosines @ moved.reshape(-1, BLOCK, width)
    blocks = blocks.reshape(-1, BLOCK) @ cosines.T
    kept = F.hardshrink(blocks, threshold) @ cosines
    back = cosines.T @ kept.reshape(-1, BLOCK, width)
    return torch.roll(back.reshape(batch, channels, height, width), (-row, -column), dims=(2, 3))


@lru_cache(maxsize=1)
def _cosines(side: int) -> Tensor:
    """The orthonormal DCT-II matrix, `(side, side)`."""
    frequency = torch.arange(side, dtype=torch.float64)[:, None]
    place = torch.arange(side, dtype=torch.float64)[None]
    matrix = torch.cos(math.pi * (2 * place + 1) * frequency / (2 * side)) * math.sqrt(2 / side)
    matrix[0] /= math.sqrt(2)
    return matrix.float()
