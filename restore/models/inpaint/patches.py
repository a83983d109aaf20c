"""Patches of a picture: which ones a hole may be filled from, and what they are compared by.

A patch is a square of 7 px, named after its middle. A *place* is the middle of a patch in the picture or in its mirror
image, counted through the pixels of both, one after the other. Columns run to the right in both, so two neighbours in
the hole that are filled from neighbouring places carry on one piece of the picture, mirrored or not.

Patches are compared by a few slow cosines under a window, rounded to integers: their squared distances are exact in
float32, so that neither the order of a sum nor the library behind a matrix product decides which of two places is the
better one.
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

RADIUS = 3
"""A patch reaches so many pixels around its middle."""
SIDE = 2 * RADIUS + 1
WINDOW = 1.8
"""Standard deviation in pixels of the window that patches are compared in."""
WAVES = (4, 1)
"""Largest sum of a cosine's two frequencies, in the grey of a picture and in its two colour differences."""
STEPS = 512.0
"""Integer steps of a coefficient per unit of a pixel: the square of the largest distance stays below 2^24."""
FARTHEST = 32
"""Ceiling of the depth inside a hole, in pixels."""
BAND = 128
"""Rows whose descriptors are computed at once."""


@dataclass(frozen=True)
class Size:
    """The picture at one size: what the hole may be filled from, and which pixels need it."""

    picture: Tensor
    """`(1, 3, H, W)`, range 0..1, the hole filled in a first way."""
    hole: Tensor
    """`(H, W)` bool."""
    targets: Tensor
    """`(T,)`: flat indices of the pixels whose patch touches the hole."""
    target_of: Tensor
    """`(H * W,)`: where a pixel stands in `targets`, -1 for those that do not."""
    colours: Tensor
    """`(H * W, 3)`."""
    is_source: Tensor
    """`(2 * H * W,)` bool: places whose patch lies wholly in the known picture."""
    sources: Tensor
    """`(S,)`: those places."""

    @classmethod
    def of(cls, picture: Tensor, hole: Tensor, factor: int) -> "Size":
        """The size that is `factor` times smaller than a picture `(1, 3, H, W)` with a hole `(H, W)`."""
        if factor > 1:
            picture = F.avg_pool2d(picture, factor)
            hole = F.avg_pool2d(hole.float()[None, None], factor)[0, 0] > 0.5
        touched = F.max_pool2d(hole.float()[None, None], SIDE, stride=1, padding=RADIUS)[0, 0] > 0
        source = ~touched
        source[:RADIUS], source[-RADIUS:] = False, False
        source[:, :RADIUS], source[:, -RADIUS:] = False, False
        is_source = torch.stack([source, source.flip(1)]).flatten()
        targets = touched.flatten().nonzero()[:, 0]
        target_of = torch.full((hole.numel(),), -1)
        target_of[targets] = torch.arange(len(targets))
        return cls(
            picture,
            hole,
            targets,
            target_of,
            picture[0].flatten(1).T.contiguous(),
            is_source,
            is_source.nonzero()[:, 0],
        )

    @property
    def height(self) -> int:
        """Rows."""
        return self.hole.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.hole.shape[1]

    def located(self, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Whether places lie in the mirror image, their rows and columns there."""
        rows = torch.div(places, self.width, rounding_mode="floor")
        mirrored = rows >= self.height
        return mirrored, rows - self.height * mirrored, places - self.width * rows

    def moved(self, places: Tensor, down: int, right: int) -> tuple[Tensor, Tensor]:
        """Places some pixels further, and whether those are sources; the places of others mean nothing."""
        _, row, column = self.located(places)
        row, column = row + down, column + right
        inside = (row >= 0) & (row < self.height) & (column >= 0) & (column < self.width)
        there = torch.where(inside, places + (down * self.width + right), 0)
        return there, inside & self.is_source[there]

    def pixels(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """Flat indices of the pixels that stand at places, and whether they are mirrored."""
        mirrored, row, column = self.located(places)
        return row * self.width + torch.where(mirrored, self.width - 1 - column, column), mirrored

    def colours_at(self, places: Tensor) -> Tensor:
        """`(N, 3)`: colours of places."""
        return self.colours[self.pixels(places)[0]]

    def composed(self, places: Tensor) -> Tensor:
        """The picture `(1, 3, H, W)` with each pixel of the hole taken from its own place, `(T,)`."""
        filled = self.picture.clone()
        inside = self.hole.flatten().nonzero()[:, 0]
        filled[0].flatten(1)[:, inside] = self.colours_at(places[self.target_of[inside]]).T
        return filled


def depth_inside(hole: Tensor, most: int = FARTHEST) -> Tensor:
    """Steps to the nearest known pixel, `(H, W)` float; a diagonal step counts as one, and `most` are the most."""
    depth, remaining = torch.zeros_like(hole, dtype=torch.float32), hole
    for _ in range(most):
        if not bool(remaining.any()):
            break
        depth += remaining
        known = F.pad((~remaining).float()[None, None], (1, 1, 1, 1))
        remaining = remaining & (F.max_pool2d(known, 3, stride=1)[0, 0] == 0)
    return depth


def descriptors(picture: Tensor) -> Tensor:
    """What patches are compared by.

    Args:
        picture: `(1, 3, H, W)`, range 0..1.

    Returns:
        `(H * W, 21)` int16: coefficients of the window around each pixel.
    """
    height = picture.shape[-2]
    grey = picture.mean(1, keepdim=True)
    channels = torch.cat([grey, picture[:, :1] - grey, picture[:, 2:] - grey], dim=1)
    padded = F.pad(channels, (RADIUS,) * 4, mode="replicate")
    bands = []
    for top in range(0, height, BAND):
        part = padded[:, :, top : min(top + BAND, height) + 2 * RADIUS]
        found = [F.conv2d(part[:, :1], _waves(WAVES[0]))]
        found += [F.conv2d(part[:, 1 + n, None], _waves(WAVES[1])) for n in (0, 1)]
        bands.append(torch.round(STEPS * torch.cat(found, dim=1))[0].flatten(1).T.to(torch.int16))
    return torch.cat(bands)


@cache
def mirror_signs() -> Tensor:
    """`(21,)`: by what a descriptor is multiplied to be that of the mirrored patch."""
    signs = [(-1.0) ** column for largest in (WAVES[0], WAVES[1], WAVES[1]) for _, column in _frequencies(largest)]
    return torch.tensor(signs)


def _frequencies(largest: int) -> list[tuple[int, int]]:
    return [(row, column) for row in range(largest + 1) for column in range(largest + 1 - row)]


@cache
def _waves(largest: int) -> Tensor:
    """Kernels `(waves, 1, SIDE, SIDE)`: cosines of unit norm under a Gaussian window, times that window."""
    place = torch.arange(SIDE, dtype=torch.float64)
    window = torch.exp(-0.5 * ((place - RADIUS) / WINDOW) ** 2)
    window = torch.outer(window, window) / window.sum() ** 2
    cosines = [torch.cos(math.pi * (place + 0.5) * k / SIDE) for k in range(SIDE)]
    waves = []
    for row, column in _frequencies(largest):
        wave = torch.outer(cosines[row], cosines[column])
        norm = (window * wave**2).sum().sqrt()
        waves.append(window * wave / norm)
    return torch.stack(waves)[:, None].float()
