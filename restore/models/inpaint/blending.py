"""Tones of pieces made to agree, in the gradient domain.

Two pieces side by side differ in tone where their light differs. So the differences between neighbouring pixels are
taken from the pieces, where two pieces meet the mean of what both say, and the picture nearest to them is solved for,
with the known pixels as its border (Perez, Gangnet and Blake, SIGGRAPH 2003). What a piece shows stays, tone moves.

Where two pieces differ by far more than light does, they show different things. Such a seam is left as an edge, or its
tint would run through the whole hole; and a correction fades within some `REACH` pixels (a screened Poisson equation)
and is bent towards `LARGEST`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.inpaint.patches import Size

EDGE = 0.3
"""Difference of two pieces, colours in 0..1, from which on their seam is an edge rather than a step in tone."""
REACH = 32.0
"""Pixels within which a correction falls by a factor of e."""
LARGEST = 0.1
"""Ceiling of a correction, colours in 0..1."""
CYCLES = 2
"""V-cycles of the solver."""
SWEEPS = 3
"""Jacobi sweeps before and after each coarser grid."""
DAMPING = 0.8
"""Damping of a sweep."""
COARSEST = 4
"""Shorter side in pixels at which no coarser grid follows."""


def blend_tones(size: Size, places: Tensor) -> Tensor:
    """Compose a hole of pieces whose tones agree.

    Args:
        size: the picture at full size.
        places: `(T,)`, where each target is filled from.

    Returns:
        `(1, 3, H, W)`, range 0..1; known pixels untouched.
    """
    composed = size.composed(places)
    field = torch.full((size.height * size.width,), -1)
    field[size.targets] = places
    field = field.view(size.height, size.width)
    excess = composed.new_zeros(composed.shape)
    for axis, step in ((1, 1), (0, size.width)):
        lower = field.narrow(axis, 0, field.shape[axis] - 1)
        upper = field.narrow(axis, 1, field.shape[axis] - 1)
        in_lower = size.hole.narrow(axis, 0, field.shape[axis] - 1)
        in_upper = size.hole.narrow(axis, 1, field.shape[axis] - 1)
        one_piece = in_lower & in_upper & (upper - lower == step)
        met = (in_lower | in_upper) & (lower >= 0) & (upper >= 0) & ~one_piece
        pairs = met.flatten().nonzero()[:, 0]
        first, second = lower.flatten()[pairs], upper.flatten()[pairs]
        of_first = size.colours_at(first + step) - size.colours_at(first)
        of_second = size.colours_at(second) - size.colours_at(second - step)
        counts = torch.stack([in_lower.flatten()[pairs], in_upper.flatten()[pairs]]).float()[..., None]
        wanted = (counts[0] * of_first + counts[1] * of_second) / counts.sum(0)
        pixels = composed[0].flatten(1).T
        rows, columns = pairs // lower.shape[1], pairs % lower.shape[1]
        here = rows * size.width + columns
        change = wanted - (pixels[here + step] - pixels[here])
        change = change / (1 + (change.abs().amax(1, keepdim=True) / EDGE) ** 2)
        flat = excess[0].flatten(1)
        flat.index_add_(1, here, change.T.contiguous())
        flat.index_add_(1, here + step, -change.T.contiguous())
    correction = _solve(excess, size.hole.to(composed)[None, None])
    return (composed + LARGEST * torch.tanh(correction / LARGEST)).clamp(0, 1)


def _solve(excess: Tensor, inside: Tensor) -> Tensor:
    """The correction whose differences have the divergence `excess`, zero where `inside` is zero."""
    correction = torch.zeros_like(excess)
    for _ in range(CYCLES):
        correction = _cycle(correction, excess, inside, 1 / REACH**2)
    return correction


def _cycle(solution: Tensor, excess: Tensor, inside: Tensor, screen: float) -> Tensor:
    """One V-cycle of the multigrid method for `laplacian(solution) - screen * solution = excess` inside."""
    height, width = solution.shape[-2:]
    if min(height, width) <= COARSEST or not bool(inside.any()):
        return _sweep(solution, excess, inside, screen, 4 * SWEEPS)
    solution = _sweep(solution, excess, inside, screen, SWEEPS)
    left = inside * (excess - _laplacian(solution) + screen * solution)
    around = (0, width % 2, 0, height % 2)
    coarse_left = 4 * F.avg_pool2d(F.pad(left, around), 2)
    coarse_inside = (F.avg_pool2d(F.pad(inside, around), 2) >= 0.5).to(inside.dtype)
    found = _cycle(torch.zeros_like(coarse_left), coarse_left * coarse_inside, coarse_inside, 4 * screen)
    finer = F.interpolate(found, scale_factor=2.0, mode="bilinear", align_corners=False)[..., :height, :width]
    return _sweep(solution + inside * finer, excess, inside, screen, SWEEPS)


def _sweep(solution: Tensor, excess: Tensor, inside: Tensor, screen: float, count: int) -> Tensor:
    step = inside * (DAMPING / (4 + screen))
    for _ in range(count):
        solution = solution + step * (_laplacian(solution) - screen * solution - excess)
    return solution


def _laplacian(values: Tensor) -> Tensor:
    """Sum of the four neighbours minus four times the middle; beyond the border a pixel stands for itself."""
    around = F.pad(values, (1, 1, 1, 1), mode="replicate")
    across = around[..., 1:-1, :-2] + around[..., 1:-1, 2:]
    return across + around[..., :-2, 1:-1] + around[..., 2:, 1:-1] - 4 * values
