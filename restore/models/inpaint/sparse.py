"""The sparse fill: the best fill without learning, and the prefill the network starts from.

A photograph is sparse in waves: few of a block's Fourier coefficients are large. So the hole is started harmonically,
and again and again all blocks that touch it are transformed, small coefficients dropped, the blocks transformed back,
and the known pixels put back in place, while the threshold falls (iterative hard thresholding after Guleryuz, IEEE TIP
2006, and Elad et al., ACHA 2005). Edges and patterns that cross a hole carry on through it, where the harmonic fill
smears them (`restore bench inpaint` lists it as `prefill`).

Six choices make it work, each measured. Fourier waves have a direction, where a cosine is an edge and its mirror image
at once. Blocks overlap by half under a sine window, whose squares sum to one, so that no block's border shows. A
block's mean is set aside, or the window would smear it over many waves. A coefficient stays or falls for all colours
together. It begins at an eighth of the resolution, where a broad hole is narrow, and hands what it found up from level
to level. And the four grids of overlapping blocks follow each other, each seeing what the one before it did.

It is the slowest part of inpainting on a CPU, and arranged for one: lines of pixels are picked, not pixels, and laid
back where they were, not added; four products with small matrices take a block to its waves and back, window and all,
where an FFT of so small a block takes longer; colours come first and blocks last, so that all else runs along long
rows; and a block that the hole reaches only where the window is weak is left out.

    picture ── lines of the touched blocks ── waves ── the weak ones ── back to lines ── subtracted inside the hole

Pure torch.
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.inpaint.harmonic import harmonic_fill

LEVELS = 3
"""How often the picture is halved at most."""
SMALLEST = 16
"""No level has a shorter side than this, in pixels."""

BORDER = 7 / 32
"""Share of a block's side, at each end, where a hole does not make the block worth its time: its window is weak there.
Below 1/4 each pixel of the hole lies further inside in one of the four grids at least. Against 1/8 it takes a fifth to
a third less time, at -0.01 to +0.01 dB (five mask classes, ten pictures each)."""
CACHED = 1 << 18
"""Values transformed at once on a CPU: what its cache holds."""
GRIDS = ((0, 0), (1, 1), (0, 1), (1, 0))
"""The grids of a sweep, by how many half blocks they are moved down and right."""


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
    with torch.autocast(image.device.type, enabled=False):
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
    inside = F.pad((hole > 0).to(start.dtype), around)
    picture = torch.cat((F.pad(start.contiguous(), around, mode="replicate"), inside), 1)
    blocks = {side: _Blocks(picture, side) for side in set(sides)}
    fall = schedule.last / schedule.first
    for sweep in range(schedule.sweeps):
        threshold = schedule.first * fall ** (sweep / (schedule.sweeps - 1))
        side = sides[len(sides) * sweep // schedule.sweeps]
        half = side // 2
        for down, right in GRIDS:
            blocks[side].drop_weak_waves(threshold, 7 * sweep % half + down * half, 11 * sweep % half + right * half)
    return picture[:, :-1, margin : margin + height, margin : margin + width]


class _Blocks:
    """The blocks of one side in a picture.

    The picture is read as lines of `side` values, one behind the other: a block is `side` of them in each channel. The
    first begins where the grid's first column does. Some run over the picture's right end, where no hole is.

    Args:
        picture: `(B, 4, H, W)`, contiguous: the colours, and 1 inside the hole. The colours are changed in place. H and
            W are multiples of the side, and the hole keeps a block's side away from the border.
        side: of a block, in pixels.
    """

    def __init__(self, picture: Tensor, side: int) -> None:
        batch, self._channels, height, width = picture.shape
        self._side, self._values, self._row = side, picture.view(-1), width // side
        self._touched = _touched(picture[:, -1] > 0, side)
        channel = height * self._row

        def places(count: int, step: int) -> Tensor:
            return step * torch.arange(count, device=picture.device)

        firsts = places(batch, self._channels * channel)[:, None] + places(height // side, width)
        self._firsts = firsts[..., None] + places(self._row, 1)
        self._lines = (places(self._channels, channel)[:, None] + places(side, self._row))[..., None]
        self._analysis, self._synthesis, self._flat = (table.to(picture) for table in _waves(side))
        on_cpu = picture.device.type == "cpu"
        self._at_once = max(1, CACHED // (3 * side**2)) if on_cpu else self._firsts.numel()

    def drop_weak_waves(self, threshold: float, top: int, left: int) -> None:
        """Take from the hole what small coefficients make of it, in the blocks of the grid that starts at (top, left).

        Dropped waves transformed back and subtracted are the same as the others kept, and known pixels are subtracted
        an exact zero.
        """
        side, colours = self._side, self._channels - 1
        touched = self._touched[:, top::side, left::side]
        firsts = self._firsts[:, : touched.shape[1], : touched.shape[2]][touched] + top * self._row
        picture = self._values[left:].unfold(0, side, side)
        for first in range(0, len(firsts), self._at_once):
            lines = firsts[first : first + self._at_once] + self._lines
            block = picture.index_select(0, lines.view(-1)).view(self._channels, side, -1)
            waves = self._analysis @ (self._analysis @ block[:colours]).view(colours, -1, side).mT
            _keep_weak(waves.view(colours, side**2, -1), self._flat, threshold)
            weak = self._synthesis @ (waves.view(colours, side, -1).mT @ self._synthesis.mT).view(colours, side, -1)
            improved = block[:colours].addcmul_(weak.view(colours, side, -1), block[colours:], value=-1)
            picture.index_copy_(0, lines[:colours].view(-1), improved.view(-1, side))


def _keep_weak(waves: Tensor, flat: Tensor, threshold: float) -> None:
    """Set the mean, and all waves whose magnitude over the colours exceeds the threshold, to zero, in place.

    Products of cosines and sines know no direction. But of the four with the same frequencies, two sums or differences
    are the real and the imaginary part of a wave of one direction, and two those of its mirror image.

    Args:
        waves: `(3, side * side, N)`, blocks last, from the first table of `_waves` along both axes. Doubled on return.
        flat: `(side * side, 1)`, the third table.
        threshold: the largest magnitude that is weak.
    """
    waves.addcmul_(waves[:, :1].clone(), flat, value=-1)
    half = math.isqrt(waves.shape[1]) // 2
    cosines, sines = waves.view(3, 2, half, 2, -1).unbind(1)
    (cos_cos, cos_sin), (sin_cos, sin_sin) = cosines.unbind(2), sines.unbind(2)
    directed = waves.new_empty(2, 2, *cos_cos.shape)
    torch.sub(cos_cos, sin_sin, out=directed[0, 0])
    torch.add(cos_sin, sin_cos, out=directed[0, 1])
    torch.add(cos_cos, sin_sin, out=directed[1, 0])
    torch.sub(sin_cos, cos_sin, out=directed[1, 1])
    directed *= directed.square().sum((1, 2), keepdim=True) <= threshold * threshold
    torch.add(directed[1, 0], directed[0, 0], out=cos_cos)
    torch.sub(directed[1, 0], directed[0, 0], out=sin_sin)
    torch.sub(directed[0, 1], directed[1, 1], out=cos_sin)
    torch.add(directed[0, 1], directed[1, 1], out=sin_cos)


@cache
def _waves(side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Tables of the real Fourier transform of windowed blocks, in float64.

    The sine of frequency zero is none, so the highest cosine takes its place. It shares a pair with the mean of its row
    or column, of which it is a small part in a photograph.

    Returns:
        `(side, side)`: to waves, half of them cosines and half sines, as orthonormal as complex ones are;
        `(side, side)`: back from the doubled waves of `_keep_weak`, under the window again;
        `(side * side, 1)`: the waves of a flat block, the first of them one.
    """
    place = torch.arange(side, dtype=torch.float64)
    phase = 2 * math.pi / side * place[: side // 2, None] * place
    basis = torch.cat((phase.cos(), phase.sin()))
    basis[side // 2] = torch.cos(math.pi * place)
    basis *= torch.sin(math.pi / side * (place + 0.5)) / math.sqrt(side)
    back = math.sqrt(2) * basis
    back[:: side // 2] /= 2
    flat = basis.sum(1) / basis[0].sum()
    return basis, back.mT.contiguous(), (flat[:, None] * flat).view(-1, 1)


def _touched(inside: Tensor, side: int) -> Tensor:
    """Whether a block is worth its time, for each pixel it can start at: `(B, H - side + 1, W - side + 1)`."""
    border = int(BORDER * side)
    length = side - 2 * border
    counts = F.pad(inside.to(torch.int32).cumsum(1, dtype=torch.int32).cumsum(2, dtype=torch.int32), (1, 0, 1, 0))
    columns = counts[:, :, length:] - counts[:, :, :-length]
    within = columns[:, length:] > columns[:, :-length]
    return within[:, border : within.shape[1] - border, border : within.shape[2] - border]
