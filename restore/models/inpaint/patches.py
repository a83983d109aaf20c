"""Patches of a picture: which ones a hole may be filled from, and what they are compared by.

A patch is a square of 7 px, named after its middle. The picture and its mirror image, at one size, are an *atlas*: a
*place* is the middle of a patch in it, counted through all of its pixels. Columns run the same way in both, so two
neighbours in the hole that are filled from neighbouring places carry on one piece of the picture, mirrored or not.

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


@dataclass(frozen=True)
class Size:
    """The picture at one size, with its mirror image: what the hole may be filled from, and which pixels need it."""

    picture: Tensor
    """`(1, 3, H, W)`, range 0..1, the hole filled in a first way."""
    hole: Tensor
    """`(H, W)` bool."""
    depth: Tensor
    """`(H, W)`: steps to the nearest known pixel, a diagonal one counting as one, at most `FARTHEST`."""
    targets: Tensor
    """`(T,)`: flat indices of the pixels whose patch touches the hole."""
    target_of: Tensor
    """`(H * W,)`: where a pixel stands in `targets`, -1 for those that do not."""
    colours: Tensor
    """`(2 * H * W, 3)`: colours of the atlas."""
    is_source: Tensor
    """`(2 * H * W,)` bool: places whose patch lies wholly in the known picture."""
    sources: Tensor
    """`(S,)`: those places."""

    @classmethod
    def of(cls, picture: Tensor, hole: Tensor, factor: int) -> "Size":
        """The size that is `factor` times smaller than a picture `(1, 3, H, W)` with a hole `(H, W)`."""
        if factor > 1:
            picture = F.avg_pool2d(picture, factor)
            hole = F.avg_pool2d(hole.float()[None, None], factor)[0, 0] > 0.5  # noqa: PLR2004 - more hole than not
        touched = F.max_pool2d(hole.float()[None, None], SIDE, stride=1, padding=RADIUS)[0, 0] > 0
        source = ~touched
        source[:RADIUS], source[-RADIUS:] = False, False
        source[:, :RADIUS], source[:, -RADIUS:] = False, False
        atlas = torch.cat([picture, picture.flip(3)])
        is_source = torch.stack([source, source.flip(1)]).flatten()
        targets = touched.flatten().nonzero()[:, 0]
        target_of = torch.full((hole.numel(),), -1)
        target_of[targets] = torch.arange(len(targets))
        return cls(
            picture,
            hole,
            depth_inside(hole),
            targets,
            target_of,
            atlas.permute(0, 2, 3, 1).reshape(-1, 3).contiguous(),
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

    @property
    def atlas(self) -> Tensor:
        """`(2, 3, H, W)`: the picture and its mirror image."""
        return torch.cat([self.picture, self.picture.flip(3)])

    def located(self, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Picture (0) or mirror image (1), row and column of places."""
        rows = torch.div(places, self.width, rounding_mode="floor")
        return torch.div(rows, self.height, rounding_mode="floor"), rows % self.height, places % self.width

    def moved(self, places: Tensor, down: int, right: int) -> tuple[Tensor, Tensor]:
        """Places some pixels further, and whether those are sources; the places of others mean nothing."""
        picture, row, column = self.located(places)
        row, column = row + down, column + right
        inside = (row >= 0) & (row < self.height) & (column >= 0) & (column < self.width)
        there = (picture * self.height + row.clamp(0, self.height - 1)) * self.width + column.clamp(0, self.width - 1)
        return there, inside & self.is_source[there]

    def composed(self, places: Tensor) -> Tensor:
        """The picture `(1, 3, H, W)` with each pixel of the hole taken from its own place, `(T,)`."""
        filled = self.picture.clone()
        inside = self.hole.flatten().nonzero()[:, 0]
        filled[0].flatten(1)[:, inside] = self.colours[places[self.target_of[inside]]].T
        return filled


def depth_inside(hole: Tensor) -> Tensor:
    """Steps to the nearest known pixel, `(H, W)` float; a diagonal step counts as one, and `FARTHEST` are the most."""
    depth, remaining = torch.zeros_like(hole, dtype=torch.float32), hole
    for _ in range(FARTHEST):
        if not bool(remaining.any()):
            break
        depth += remaining
        known = F.pad((~remaining).float()[None, None], (1, 1, 1, 1))
        remaining = remaining & (F.max_pool2d(known, 3, stride=1)[0, 0] == 0)
    return depth


def descriptors(pictures: Tensor) -> Tensor:
    """What patches are compared by.

    Args:
        pictures: `(N, 3, H, W)`, range 0..1.

    Returns:
        `(N * H * W, 21)`, whole numbers: coefficients of the window around each pixel.
    """
    grey = pictures.mean(1, keepdim=True)
    channels = torch.cat([grey, pictures[:, :1] - grey, pictures[:, 2:] - grey], dim=1)
    padded = F.pad(channels, (RADIUS,) * 4, mode="replicate")
    found = [F.conv2d(padded[:, :1], _waves(WAVES[0]))]
    found += [F.conv2d(padded[:, 1 + n, None], _waves(WAVES[1])) for n in (0, 1)]
    return torch.round(STEPS * torch.cat(found, dim=1)).flatten(2).transpose(1, 2).flatten(0, 1).contiguous()


@cache
def _waves(largest: int) -> Tensor:
    """Kernels `(waves, 1, SIDE, SIDE)`: cosines of unit norm under a Gaussian window, times that window."""
    place = torch.arange(SIDE, dtype=torch.float64)
    window = torch.exp(-0.5 * ((place - RADIUS) / WINDOW) ** 2)
    window = torch.outer(window, window) / window.sum() ** 2
    cosines = [torch.cos(math.pi * (place + 0.5) * k / SIDE) for k in range(SIDE)]
    waves = []
    for row in range(largest + 1):
        for column in range(largest + 1 - row):
            wave = torch.outer(cosines[row], cosines[column])
            norm = (window * wave**2).sum().sqrt()
            waves.append(window * wave / norm)
    return torch.stack(waves)[:, None].float()
