"""Figures that see fog in a filled hole, where PSNR rewards it.

Where nothing tells what stood in a wide hole, the mean of all that is plausible has the best PSNR, and the mean is a
blur. Two figures of the filled picture alone ask whether the fill looks like its surroundings instead:

    sharpness       how strongly the picture changes from pixel to pixel, inside the hole over around it
    patch distance  how far a patch of the hole is from the patch outside that is most like it

Neither judges whether the content is right: noise is sharp, and a copy of the sky across a house has patch distance 0.
Both have a value for the undamaged picture too, which shows what these surroundings allow: read a fill's figure beside
it. A hole in the sky between trees has little sharpness in truth as well.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import max_pool2d

from restore.pipelines.inpaint.distance import squared_distance

DEPTH = 6
"""Pixels of a hole that lie at least so far from every known pixel count for its sharpness, px."""
RING = (2, 32)
"""Least and largest distance to the hole of the pixels that its sharpness is compared with, px."""
SIDE = 7
"""Side of a patch in pixels."""
QUERIES = 1024
"""Most patches of a hole whose nearest is sought."""
CHUNK = 16384
"""Patches outside that are looked at at once."""
MIDDLE = 128
"""Taken off every sample, so that sums over a patch stay below 2**24, up to which float32 holds whole numbers."""

Samples = npt.NDArray[np.uint8]
Hole = npt.NDArray[np.bool_]


def sharpness(picture: Samples, hole: Hole) -> float | None:
    """Mean length of the gradient deep inside a hole over that in a ring around it.

    The gradient is the difference to the pixel on the right and to the one below; its length is taken over both and
    over all channels. A fill as sharp as its surroundings has about 1, a blur nearly 0. Lengths are not squared: a few
    hard edges would outweigh all texture.

    Args:
        picture: `(H, W, C)`, the filled picture, range 0..255.
        hole: `(H, W)`, True inside the hole.

    Returns:
        At least 0; None where no pixel lies `DEPTH` px inside the hole, or no known one lies in the ring, or nothing
        changes there.

    Examples:
        >>> import numpy as np
        >>> ramp = np.tile(np.arange(64, dtype=np.uint8)[:, None], (64, 1, 3))
        >>> hole = np.zeros((64, 64), np.bool_)
        >>> hole[16:48, 16:48] = True
        >>> f"{sharpness(ramp, hole):.3f}"
        '1.000'
    """
    length = _gradient(picture)
    inside = squared_distance(~hole, DEPTH)[:-1, :-1] >= DEPTH**2
    near, far = RING
    distance = squared_distance(hole, far)[:-1, :-1]
    ring = (distance >= near**2) & (distance <= far**2)
    if not inside.any() or not ring.any():
        return None
    around = float(length[ring].mean())
    return float(length[inside].mean()) / around if around > 0 else None


@torch.inference_mode()
def patch_distance(picture: Samples, hole: Hole) -> float | None:
    """Mean distance of a hole's patches to the nearest patch that lies wholly outside the hole.

    A distance is the root of the mean squared difference of the samples of two patches of `SIDE` px. The patches of a
    hole are those whose centre lies in it; of more than `QUERIES` every k-th is taken, row by row, with the same k for
    every fill of a hole. Their nearest is exact: all patches outside are compared, in whole numbers that float32 holds
    without rounding, so that the figure is the same on every machine.

    Takes about a second at 512 px on one thread; the time grows with the picture's area.

    Args:
        picture: `(H, W, 3)`, the filled picture, range 0..255.
        hole: `(H, W)`, True inside the hole.

    Returns:
        0..255, lower is more like the surroundings; None where no patch has its centre in the hole, or none lies
        outside it.
    """
    if min(hole.shape) < SIDE:
        return None
    edge = SIDE // 2
    centres = torch.from_numpy(hole[edge:-edge, edge:-edge].copy()).nonzero()
    touched = max_pool2d(torch.from_numpy(hole.astype(np.float32))[None], SIDE, stride=1)[0]
    outside = (touched == 0).nonzero()
    if len(centres) == 0 or len(outside) == 0:
        return None
    samples = torch.from_numpy(picture.astype(np.float32) - MIDDLE)
    patches = samples.unfold(0, SIDE, 1).unfold(1, SIDE, 1)
    queries = _rows(patches, centres[:: -(-len(centres) // QUERIES)])
    nearest = torch.full((len(queries),), torch.inf)
    for chunk in torch.split(outside, CHUNK):
        candidates = _rows(patches, chunk)
        squares = candidates.square().sum(dim=1, keepdim=True)
        products = torch.addmm(squares, candidates, queries.T, alpha=-2)
        nearest = torch.minimum(nearest, products.amin(dim=0))
    squared = (nearest + queries.square().sum(dim=1)).double()
    return float((squared / queries.shape[1]).sqrt().mean())


def _gradient(picture: Samples) -> npt.NDArray[np.float64]:
    """Its length at every pixel that has one on the right and one below, `(H - 1, W - 1)`."""
    values = picture.astype(np.float64)
    corner = values[:-1, :-1]
    squares = np.square(values[:-1, 1:] - corner) + np.square(values[1:, :-1] - corner)
    return np.asarray(np.sqrt(squares.sum(axis=2)))


def _rows(patches: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """The patches at some places `(N, 2)`, each as one row."""
    return patches[places[:, 0], places[:, 1]].flatten(start_dim=1)
