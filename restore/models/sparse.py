"""The sparse fill: the best answer without learning, and the prefill the network is born with.

A photograph is sparse in waves: few of a block's Fourier coefficients are large. So the hole is started harmonically,
and again and again all blocks that touch it are transformed, small coefficients dropped, the blocks transformed back,
and the known pixels put back in place, while the threshold falls (iterative hard thresholding after Guleryuz, IEEE TIP
2006, and Elad et al., ACHA 2005). Edges and patterns that cross a hole carry on through it, where the harmonic fill
smears them (`restore bench inpaint` has it as `prefill`).

Five choices carry it, each measured. Fourier waves have a direction, where a cosine is an edge and its mirror image at
once. Blocks overlap by half under a sine window, whose squares sum to one, so that no block's border shows. A block's
mean is set aside, or the window would smear it over many waves. A coefficient stays or falls for all colours together.
And it begins at an eighth of the resolution, where a broad hole is narrow, and hands what it found up from level to
level. Pure torch.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.harmonic import harmonic_fill

LEVELS = 3
"""How often the picture is halved at most."""
SMALLEST = 16
"""No level has a shorter side than this, in pixels."""

SPARSE = 0.4
"""Below this share of touched blocks they are picked one by one."""
CACHED = 1 << 17
"""Pixels transformed at once on a CPU: what its cache holds."""


@dataclass(frozen=True)
class Schedule:
    """Sweeps of one level: the threshold falls geometrically from `first` to `last`, block sides go from left to right.

    No block is larger than the level. Thresholds are magnitudes over the colours of orthonormal coefficients of values
    0..1.
    """

    sides: tuple[int, ...]
    first: float
    last: float
    sweeps: int = 24


FINEST = Schedule((32, 16), 0.15, 0.015)
COARSER = Schedule((64, 32, 16), 0.4, 0.015)


@torch.no_grad()
def sparse_fill(image: Tensor, hole: Tensor) -> Tensor:
    """Fill holes so that blocks of the picture have few large Fourier coefficients.

    Args:
        image: `(B, 3, H, W)`, range 0..1; values inside the hole are ignored. Any size from 1x1.
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        `(B, 3, H, W)`: known pixels untouched, holes filled.
    """
    height, width = image.shape[-2:]
    start = harmonic_fill(image, hole)
    levels = min(LEVELS, (max(SMALLEST, min(height, width)) // SMALLEST).bit_length() - 1)
    around = (0, -width % (1 << levels), 0, -height % (1 << levels))
    padded, padded_hole = F.pad(start, around, mode="replicate"), F.pad(hole, around, mode="replicate")
    filled = _descend(padded, padded_hole, levels, FINEST)[..., :height, :width]
    return torch.where(hole > 0, filled, image)


def _descend(start: Tensor, hole: Tensor, levels: int, schedule: Schedule) -> Tensor:
    """Improve a started fill by what the coarser levels find, then by this level's sweeps."""
    if levels:
        coarse_start = F.avg_pool2d(start, 2)
        coarse_hole = (F.avg_pool2d(hole, 2) > 0.5).to(hole.dtype)
        found = _descend(coarse_start, coarse_hole, levels - 1, COARSER) - coarse_start
        start = start + hole * F.interpolate(found, scale_factor=2.0, mode="bilinear", align_corners=False)
    return _sweep(start, hole, schedule)


def _sweep(start: Tensor, hole: Tensor, schedule: Schedule) -> Tensor:
    height, width = start.shape[-2:]
    largest = max(SMALLEST, 1 << (min(height, width).bit_length() - 1))
    sides = [min(side, largest) for side in schedule.sides]
    margin = max(sides)
    around = (margin, margin + -width % margin, margin, margin + -height % margin)
    filled = F.pad(start.contiguous(), around, mode="replicate")
    inside = F.pad(hole, around) > 0
    fall = schedule.last / schedule.first
    for sweep in range(schedule.sweeps):
        threshold = schedule.first * fall ** (sweep / (schedule.sweeps - 1))
        side = sides[len(sides) * sweep // schedule.sweeps]
        half = side // 2
        row, column = 7 * sweep % half, 11 * sweep % half
        total = torch.zeros_like(filled)
        for top in (row, row + half):
            for left in (column, column + half):
                _add_strong_waves(total, filled, inside, side, threshold, top, left)
        filled = torch.where(inside, total, filled)
    return filled[..., margin : margin + height, margin : margin + width]


def _add_strong_waves(
    total: Tensor, picture: Tensor, inside: Tensor, side: int, threshold: float, top: int, left: int
) -> None:
    """Add to `total`, within the blocks of one grid that touch the hole, what large coefficients make of `picture`."""
    source, target = _blocks(picture, side, top, left), _blocks(total, side, top, left)
    touched = F.max_pool2d(inside[..., top:, left:].float(), side)[:, 0] > 0
    window = _sine_window(side, picture)
    for some in _portions(touched, side):
        block = source[some]
        level = block.mean((-2, -1), keepdim=True)
        waves = torch.fft.rfft2((block - level) * window, norm="ortho")
        energy = (waves.real.square() + waves.imag.square()).sum(-3, keepdim=True)
        waves *= energy > threshold * threshold
        back = torch.fft.irfft2(waves, s=(side, side), norm="ortho")
        target[some] += (back + level * window) * window


def _portions(touched: Tensor, side: int) -> Iterator[tuple[Tensor | slice, ...]]:
    """Indices that cover the touched blocks of a grid `(B, rows, columns)`, few enough at once for a CPU's cache.

    Picking blocks one by one has its price; where most are touched, whole rows go faster.
    """
    on_cpu = touched.device.type == "cpu"
    picked = touched.nonzero(as_tuple=True)
    if len(picked[0]) < SPARSE * touched.numel():
        chunk = (CACHED // side**2) if on_cpu else max(1, len(picked[0]))
        for first in range(0, len(picked[0]), chunk):
            yield tuple(axis[first : first + chunk] for axis in picked)
        return
    chunk = max(1, CACHED // (side**2 * touched.shape[0] * touched.shape[2])) if on_cpu else touched.shape[1]
    for first in range(0, touched.shape[1], chunk):
        rows = slice(first, first + chunk)
        columns = touched[:, rows].any(1).any(0).nonzero()
        if len(columns):
            yield slice(None), rows, slice(int(columns[0]), int(columns[-1]) + 1)


def _blocks(picture: Tensor, side: int, top: int, left: int) -> Tensor:
    """A view `(B, rows, columns, C, side, side)` of the whole blocks of a grid that starts at (top, left)."""
    return picture[..., top:, left:].unfold(2, side, side).unfold(3, side, side).permute(0, 2, 3, 1, 4, 5)


def _sine_window(side: int, like: Tensor) -> Tensor:
    """`(side, side)`; over half-overlapping blocks its squares sum to one."""
    place = torch.arange(side, device=like.device, dtype=like.dtype)
    wave = torch.sin(math.pi * (place + 0.5) / side)
    return wave[:, None] * wave[None]
