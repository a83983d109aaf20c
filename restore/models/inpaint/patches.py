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
from functools import cache, cached_property

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
"""Rows of a picture that are worked on at once."""
TARGETS_AT_ONCE = 1 << 17
"""Targets that are worked on at once: all of a large hole would take many times the memory of the result."""
DISTANCES_AT_ONCE = 1 << 20
"""Distances between targets and places computed at once, unless there is less memory."""


@dataclass(frozen=True)
class Size:
    """The picture at one size: what the hole may be filled from, and which pixels need it."""

    picture: Tensor
    """`(1, 3, H, W)`, range 0..1, the hole filled in a first way."""
    hole: Tensor
    """`(H, W)` bool."""
    touched: Tensor
    """`(H, W)` bool: the patch around a pixel touches the hole."""
    is_source: Tensor
    """`(2 * H * W,)` bool: places whose patch lies wholly in the known picture."""

    @classmethod
    def of(cls, picture: Tensor, hole: Tensor, factor: int) -> "Size":
        """The size that is `factor` times smaller than a picture `(1, 3, H, W)` with a hole `(H, W)`."""
        if factor > 1:
            picture = F.avg_pool2d(picture, factor)
            bands = torch.split(hole[: picture.shape[2] * factor], factor * max(1, BAND // factor))
            hole = torch.cat([F.avg_pool2d(band.float()[None, None], factor)[0, 0] > 0.5 for band in bands])
        touched = spread(hole, RADIUS)
        source = ~touched
        source[:RADIUS], source[-RADIUS:] = False, False
        source[:, :RADIUS], source[:, -RADIUS:] = False, False
        return cls(picture, hole, touched, torch.stack([source, source.flip(1)]).flatten())

    @cached_property
    def targets(self) -> Tensor:
        """`(T,)`: flat indices of the pixels whose patch touches the hole."""
        return self.touched.flatten().nonzero()[:, 0]

    @cached_property
    def target_of(self) -> Tensor:
        """`(H * W,)` int32: where a pixel stands in `targets`, -1 for those that do not."""
        numbers = torch.full((self.hole.numel(),), -1, dtype=torch.int32)
        numbers[self.targets] = torch.arange(len(self.targets), dtype=torch.int32)
        return numbers

    @cached_property
    def sources(self) -> Tensor:
        """`(S,)`: the places that the hole may be filled from."""
        return self.is_source.nonzero()[:, 0]

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
        """`(3, N)`: colours of places."""
        return self.picture[0].flatten(1)[:, self.pixels(places)[0]]

    def composed(self, places: Tensor) -> Tensor:
        """The picture `(1, 3, H, W)` with each pixel of the hole taken from its own place, `(T,)`."""
        filled = self.picture.clone()
        flat, inside = filled[0].flatten(1), self.hole.flatten()
        for pixels, there in zip(*(torch.split(one, TARGETS_AT_ONCE) for one in (self.targets, places)), strict=True):
            filling = inside[pixels]
            flat[:, pixels[filling]] = self.colours_at(there[filling])
        return filled


def spread(mask: Tensor, reach: int) -> Tensor:
    """Whether a marked pixel of `(H, W)` bool lies within `reach` steps, of which some may be diagonal."""
    for axis in (0, 1):
        narrow, length = mask, mask.shape[axis]
        mask = narrow.clone()
        for step in range(1, min(reach, length - 1) + 1):
            mask.narrow(axis, step, length - step).logical_or_(narrow.narrow(axis, 0, length - step))
            mask.narrow(axis, 0, length - step).logical_or_(narrow.narrow(axis, step, length - step))
    return mask


def depth_inside(hole: Tensor, most: int = FARTHEST) -> Tensor:
    """Steps to the nearest known pixel, `(H, W)` uint8; a diagonal step counts as one, and `most` are the most."""
    depth, remaining = torch.zeros_like(hole, dtype=torch.uint8), hole
    for _ in range(most):
        if not bool(remaining.any()):
            break
        depth += remaining
        remaining = remaining & ~spread(~remaining, 1)
    return depth


def descriptors(picture: Tensor, pixels: Tensor | None = None) -> Tensor:
    """What patches are compared by.

    Args:
        picture: `(1, 3, H, W)`, range 0..1.
        pixels: `(N,)`, ascending flat indices of the pixels whose patches are wanted; left out, all.

    Returns:
        `(N, 21)` int16: coefficients of the window around each pixel.
    """
    height, width = picture.shape[-2:]
    count = height * width if pixels is None else len(pixels)
    found = torch.empty(count, len(mirror_signs()), dtype=torch.int16)
    for top in range(0, height, BAND):
        bottom = min(top + BAND, height)
        first, last = top * width, bottom * width
        if pixels is not None:
            first, last = (int(place) for place in torch.searchsorted(pixels, torch.tensor([first, last])))
        if first == last:
            continue
        up, down = max(0, top - RADIUS), min(height, bottom + RADIUS)
        band = picture[:, :, up:down]
        grey = band.mean(1, keepdim=True)
        channels = torch.cat([grey, band[:, :1] - grey, band[:, 2:] - grey], dim=1)
        missing = (RADIUS, RADIUS, RADIUS - top + up, RADIUS - down + bottom)
        channels = F.pad(channels, missing, mode="replicate")
        waves = [F.conv2d(channels[:, :1], _waves(WAVES[0]))]
        waves += [F.conv2d(channels[:, 1 + n, None], _waves(WAVES[1])) for n in (0, 1)]
        rounded = torch.round(STEPS * torch.cat(waves, dim=1))[0].flatten(1)
        if pixels is not None:
            rounded = rounded[:, pixels[first:last] - top * width]
        found[first:last] = rounded.T
    return found


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
