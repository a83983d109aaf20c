"""Tones of pieces made to agree, in the gradient domain.

Two pieces side by side differ in tone where their light differs. What each of them shows beyond the seam tells by how
much: the difference between that and its neighbour should vanish. A correction is solved for that does so, zero at the
known pixels around (Perez, Gangnet and Blake, SIGGRAPH 2003). Tones are means over some pixels, so that grain, which
differs from one blade of grass to the next, moves nothing.

Where two pieces differ by far more than light does, they show different things. Such a seam is left as an edge, or its
tint would run through the whole hole; and a correction fades within some `REACH` pixels (a screened Poisson equation)
and is bent towards `LARGEST`.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.filters import blur
from restore.models.inpaint.patches import BAND, Size

DEVIATION = 3.0
"""Standard deviation in pixels of the window that tones are means under."""
EDGE = 0.3
"""Difference of two pieces, colours in 0..1, from which on their seam is an edge rather than a step in tone."""
REACH = 128.0
"""Pixels within which a correction falls by a factor of e."""
LARGEST = 0.2
"""Ceiling of a correction, colours in 0..1."""
ITERATIONS = 8
"""Steps of the conjugate gradients."""
SWEEPS = 2
"""Jacobi sweeps before and after each coarser grid."""
DAMPING = 0.8
"""Damping of a sweep."""
COARSEST = 2
"""Longer side in pixels at which no coarser grid follows."""


def correct_tones(composed: Tensor, correction: Tensor, hole: Tensor) -> None:
    """Correct the tones of a composed picture in place, some rows at a time.

    Args:
        composed: `(1, 3, H, W)`, range 0..1.
        correction: `(1, 3, h, w)`, made for this size or a smaller one.
        hole: `(H, W)`.
    """
    larger = enlarged(correction, hole)
    for part, change in zip(torch.split(composed, BAND, 2), torch.split(larger, BAND, 2), strict=True):
        part.copy_(toned(part, change))


def toned(composed: Tensor, correction: Tensor) -> Tensor:
    """A composed picture with its tones corrected, both `(1, 3, H, W)`; range 0..1."""
    return (composed + LARGEST * torch.tanh(correction / LARGEST)).clamp(0, 1)


def tone_correction(size: Size, places: Tensor) -> Tensor:
    """What makes the tones of pieces agree, before it is bent towards `LARGEST`.

    Args:
        size: the picture at one size.
        places: `(T,)`, where each target is filled from.

    Returns:
        `(1, 3, H, W)`, zero at known pixels.
    """
    tones = _tones(size)
    field = torch.full((size.height * size.width,), -1)
    field[size.targets] = places
    field = field.view(size.height, size.width)
    excess = torch.zeros_like(size.picture)
    flat = excess[0].flatten(1)
    for axis, step in ((1, 1), (0, size.width)):
        lower = field.narrow(axis, 0, field.shape[axis] - 1)
        upper = field.narrow(axis, 1, field.shape[axis] - 1)
        in_lower = size.hole.narrow(axis, 0, field.shape[axis] - 1)
        in_upper = size.hole.narrow(axis, 1, field.shape[axis] - 1)
        one_piece = in_lower & in_upper & (upper - lower == step)
        met = (in_lower | in_upper) & (lower >= 0) & (upper >= 0) & ~one_piece
        pairs = met.flatten().nonzero()[:, 0]
        here = pairs // lower.shape[1] * size.width + pairs % lower.shape[1]
        inside_first, inside_second = in_lower.flatten()[pairs, None], in_upper.flatten()[pairs, None]
        first, second = lower.flatten()[pairs], upper.flatten()[pairs]
        of_first = torch.where(inside_first, tones[size.pixels(first)[0]], tones[here])
        of_second = torch.where(inside_second, tones[size.pixels(second)[0]], tones[here + step])
        beyond_first = tones[size.pixels(first + step)[0]] - of_second
        beyond_second = of_first - tones[size.pixels(second - step)[0]]
        change = (inside_first * beyond_first + inside_second * beyond_second) / (inside_first.float() + inside_second)
        change = change / (1 + (change.abs().amax(1, keepdim=True) / EDGE) ** 2)
        flat.index_add_(1, here, change.T.contiguous())
        flat.index_add_(1, here + step, -change.T.contiguous())
    return _solve(excess, size.hole)


def enlarged(correction: Tensor, hole: Tensor) -> Tensor:
    """A correction made for a smaller size, for a hole `(H, W)`; `(1, 3, H, W)`, zero outside the hole."""
    if correction.shape[-2:] == hole.shape:
        return correction * hole
    return F.interpolate(correction, size=tuple(hole.shape), mode="bilinear", align_corners=False).mul_(hole)


def _tones(size: Size) -> Tensor:
    """`(H * W, 3)`: mean colours of the known picture around each pixel, under a Gaussian window."""
    known = (~size.hole).to(size.picture)[None, None]
    sums, counts = (blur(picture, round(3 * DEVIATION), DEVIATION) for picture in (size.picture * known, known))
    return (sums / counts.clamp(min=1e-6))[0].flatten(1).T.contiguous()


def _solve(excess: Tensor, hole: Tensor) -> Tensor:
    """The correction whose Laplacian, less the screening, is `excess`, zero outside the hole.

    Args:
        excess: `(1, 3, H, W)`.
        hole: `(H, W)` bool.
    """
    rows, columns = (hole.any(axis).nonzero()[:, 0] for axis in (1, 0))
    if not len(rows):
        return torch.zeros_like(excess)
    box = (..., slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
    around = F.pad(hole.to(excess), (1, 1, 1, 1), value=1.0)
    known = (1 - around)[None, None]
    inside = hole.to(excess)[None, None]
    rim = known[..., 1:-1, :-2] + known[..., 1:-1, 2:] + known[..., :-2, 1:-1] + known[..., 2:, 1:-1]
    own, inside = (inside * (1 / REACH**2 + rim))[box], inside[box]
    grid = _Grid(own, inside[..., :-1] * inside[..., 1:], inside[..., :-1, :] * inside[..., 1:, :])
    correction = torch.zeros_like(excess)
    for colour, wanted in zip(torch.split(correction, 1, 1), torch.split(excess, 1, 1), strict=True):
        colour[box] = _conjugate_gradients(grid, -inside * wanted[box])
    return correction


def _conjugate_gradients(grid: "_Grid", wanted: Tensor) -> Tensor:
    """Solve for one colour by conjugate gradients, preconditioned by a V-cycle.

    The sums are numpy's: torch's depend on the number of threads.
    """
    solution, left = torch.zeros_like(wanted), wanted
    near = grid.improved(torch.zeros_like(left), left)
    direction, strength = near, _products(left, near)
    for _ in range(ITERATIONS):
        applied = grid.left(direction, torch.zeros_like(wanted)).neg()
        step = strength / _products(direction, applied).clamp(min=1e-20)
        solution += step * direction
        left = left - step * applied
        near = grid.improved(torch.zeros_like(left), left)
        before, strength = strength, _products(left, near)
        direction = near + strength / before.clamp(min=1e-20) * direction
    return solution


def _products(first: Tensor, second: Tensor) -> Tensor:
    """The inner product, `(1, 1, 1, 1)`."""
    sums = (first * second).numpy().sum(axis=(2, 3), keepdims=True, dtype=np.float64)
    return torch.from_numpy(sums.astype(np.float32))


class _Grid:
    """Pixels bound to neighbours and to zero: `own * x + sum of bonds * (x - neighbour) = wanted`.

    The next coarser grid joins four pixels to one and adds their bonds up (Galerkin's method for piecewise constants):
    a cycle never makes the error larger, whatever the outline of the hole, and conjugate gradients do the rest.

    Args:
        own: `(1, 1, H, W)`, bond of each pixel to zero.
        across: `(1, 1, H, W - 1)`, bonds to the right.
        down: `(1, 1, H - 1, W)`, bonds downwards.
    """

    def __init__(self, own: Tensor, across: Tensor, down: Tensor) -> None:
        self.own, self.across, self.down = own, across, down
        bonds = F.pad(across, (1, 0)) + F.pad(across, (0, 1)) + F.pad(down, (0, 0, 1, 0)) + F.pad(down, (0, 0, 0, 1))
        diagonal = own + bonds
        self.step = torch.where(diagonal > 0, DAMPING / diagonal.clamp(min=1e-12), 0.0)
        height, width = own.shape[-2:]
        self.coarser: _Grid | None = None
        if max(height, width) > COARSEST:
            even = F.pad(across, (0, 1 + width % 2, 0, height % 2)), F.pad(down, (0, width % 2, 0, 1 + height % 2))
            sums = even[0][..., 1::2], even[1][..., 1::2, :]
            self.coarser = _Grid(
                _joined(own),
                (sums[0][..., ::2, :] + sums[0][..., 1::2, :])[..., :-1],
                (sums[1][..., ::2] + sums[1][..., 1::2])[..., :-1, :],
            )

    def improved(self, solution: Tensor, wanted: Tensor) -> Tensor:
        """One V-cycle of the multigrid method."""
        for _ in range(SWEEPS):
            solution = solution + self.step * self.left(solution, wanted)
        if self.coarser is not None:
            left = _joined(self.left(solution, wanted))
            found = self.coarser.improved(torch.zeros_like(left), left)
            finer = found.repeat_interleave(2, 2).repeat_interleave(2, 3)
            solution = solution + finer[..., : wanted.shape[-2], : wanted.shape[-1]] * (self.step > 0)
        for _ in range(SWEEPS):
            solution = solution + self.step * self.left(solution, wanted)
        return solution

    def left(self, solution: Tensor, wanted: Tensor) -> Tensor:
        """What of `wanted` a solution does not give yet."""
        left = wanted - self.own * solution
        flow = self.across * (solution[..., 1:] - solution[..., :-1])
        left[..., :-1] += flow
        left[..., 1:] -= flow
        flow = self.down * (solution[..., 1:, :] - solution[..., :-1, :])
        left[..., :-1, :] += flow
        left[..., 1:, :] -= flow
        return left


def _joined(values: Tensor) -> Tensor:
    """Sums of four pixels each; beyond the border there is nothing."""
    padded = F.pad(values, (0, values.shape[-1] % 2, 0, values.shape[-2] % 2))
    return 4 * F.avg_pool2d(padded, 2)
