"""The exemplar fill: a wide hole put together from pieces of the picture itself.

What lies in the middle of a wide hole cannot be computed, but grass goes on as grass and a wall as a wall. So for each
pixel around and inside the hole the known picture is searched for the place whose surroundings are most like its own,
and the hole becomes the weighted mean of the pieces found; again and again, from a picture as small as the hole is wide
up to the whole one (Wexler, Shechtman and Irani, PAMI 2007). The search is PatchMatch (Barnes et al., SIGGRAPH 2009):
each pixel tries the places its neighbours have found, and a few random ones.

    filled smoothly ── shrunk ── places ──┬─ from neighbours, at random ─ mean of the pieces ─┬── next size
                                          └────────────────────── again ──────────────────────┘

Surroundings are compared by a few slow cosines under a window, rounded to integers: their distances are exact, so that
no order of summation decides which of two places is the better one. The random numbers are the same in every call.
Pure torch, and on the CPU whatever the device: a search is small work with many steps.
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

RADIUS = 3
"""A piece reaches so many pixels around its middle."""
SIDE = 2 * RADIUS + 1
WINDOW = 1.8
"""Deviation in pixels of the window that surroundings are compared in."""
WAVES = (4, 1)
"""Largest sum of a cosine's two frequencies, in the grey of a picture and in its two colour differences."""
STEPS = 512.0
"""Integer steps of a coefficient per unit of a pixel: the square of the largest distance stays below 2^24."""
HALVINGS_LEFT = 2
"""How often the hole at the first size could still be halved before nothing is left of it."""
SMALLEST = 24
"""Least shorter side of a size, in pixels."""
FEWEST_SOURCES = 64
"""Least number of places to take pieces from; sizes with fewer are left out."""
ROUNDS = (8, 6, 4, 3)
"""Rounds of searching and filling at the first size, the second and so on; the last number for all further ones."""
NEIGHBOUR_STEPS = (1, 2, 5)
"""How far away, in pixels, the neighbours are whose places are tried."""
SEARCH_RADII = (32, 12, 5, 2, 1)
"""Radii in pixels, around the best place so far, within which random places are tried."""
FARTHEST = 24
"""Ceiling of the depth inside a hole, in pixels."""
INWARD = 3.0
"""Depth in pixels over which a piece's weight falls by a factor of e."""


@torch.no_grad()
def exemplar_fill(picture: Tensor, hole: Tensor) -> Tensor:
    """Fill a hole with pieces of the picture.

    Args:
        picture: `(1, 3, H, W)`, range 0..1, its hole filled smoothly.
        hole: `(1, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        `(1, 3, H, W)`; outside the hole, and where there is nothing to take pieces from, equal to `picture`.
    """
    device = picture.device
    picture, inside = picture.float().cpu(), hole[0, 0].cpu() > 0
    if not bool(inside.any()):
        return picture.to(device)
    random = torch.Generator().manual_seed(0)
    levels = min(halvings(inside) - HALVINGS_LEFT, int(math.log2(max(1.0, min(inside.shape) / SMALLEST))))
    filled, places = picture, None
    for round_, level in enumerate(reversed(range(max(0, levels) + 1))):
        size = _Size.of(picture, inside, 1 << level)
        if len(size.sources) < FEWEST_SOURCES:
            continue
        search = _Search(size, random, places)
        filled = search.run(ROUNDS[min(round_, len(ROUNDS) - 1)])
        places = search.places
    return (filled if filled.shape == picture.shape else picture).to(device)


def halvings(inside: Tensor) -> int:
    """How often a hole `(H, W)` can be halved, each pixel where all four were hole, and still be there."""
    count, left = 0, inside.float()[None, None]
    while min(left.shape[-2:]) > 1 and bool((left := -F.max_pool2d(-left, 2)).any()):
        count += 1
    return count


def distance_inside(inside: Tensor) -> Tensor:
    """Steps to the nearest known pixel, a diagonal one counting as one, `FARTHEST` at most; `(H, W)`, float."""
    depth, remaining = torch.zeros_like(inside, dtype=torch.float32), inside
    for _ in range(FARTHEST):
        depth += remaining
        known = F.pad((~remaining).float()[None, None], (1, 1, 1, 1))
        remaining = remaining & (F.max_pool2d(known, 3, stride=1)[0, 0] == 0)
    return depth


@dataclass(frozen=True)
class _Size:
    """The picture at one size."""

    colours: Tensor
    """`(H * W, 3)`, range 0..1, the hole filled smoothly."""
    inside: Tensor
    """`(H, W)` bool."""
    depth: Tensor
    """`(H, W)`: steps to the nearest known pixel."""
    touched: Tensor
    """`(N,)`: flat indices of the pixels whose piece touches the hole."""
    source: Tensor
    """`(H, W)` bool: middles of pieces that lie in the known picture as a whole."""
    sources: Tensor
    """`(S,)`: flat indices of these middles."""

    @classmethod
    def of(cls, picture: Tensor, inside: Tensor, factor: int) -> "_Size":
        known = F.avg_pool2d((~inside).float()[None, None], factor)[0, 0] if factor > 1 else (~inside).float()
        smaller = F.avg_pool2d(picture, factor) if factor > 1 else picture
        hole = known < 0.5
        touched = F.max_pool2d(hole.float()[None, None], SIDE, stride=1, padding=RADIUS)[0, 0] > 0
        source = ~touched
        source[:RADIUS], source[-RADIUS:] = False, False
        source[:, :RADIUS], source[:, -RADIUS:] = False, False
        return cls(
            smaller[0].flatten(1).T.contiguous(),
            hole,
            distance_inside(hole),
            touched.flatten().nonzero()[:, 0],
            source,
            source.flatten().nonzero()[:, 0],
        )

    @property
    def height(self) -> int:
        return self.inside.shape[0]

    @property
    def width(self) -> int:
        return self.inside.shape[1]


class _Search:
    """The places that pieces are taken from, at one size.

    Args:
        size: the picture at that size.
        random: gives the random samples.
        places: `(h, w, 2)` rows and columns found at half the size; None starts from random ones.
    """

    def __init__(self, size: _Size, random: torch.Generator, places: Tensor | None) -> None:
        self.size, self.random, self.first = size, random, places is None
        self.known = surroundings(size.colours, size.height, size.width)
        self.row, self.column = size.touched // size.width, size.touched % size.width
        self.number = torch.full((size.height * size.width,), -1)
        self.number[size.touched] = torch.arange(len(size.touched), device=size.touched.device)
        self.taken_row, self.taken_column = self._random_sources(len(size.touched))
        self.distance = torch.full((len(size.touched),), math.inf)
        if places is not None:
            above = places[
                (self.row // 2).clamp(max=places.shape[0] - 1), (self.column // 2).clamp(max=places.shape[1] - 1)
            ]
            row, column = (2 * above[:, 0] + self.row % 2), (2 * above[:, 1] + self.column % 2)
            good = self._is_source(row, column)
            self.taken_row = torch.where(good, row, self.taken_row)
            self.taken_column = torch.where(good, column, self.taken_column)

    @property
    def places(self) -> Tensor:
        """`(H, W, 2)`: where each pixel's piece is taken from; itself where it touches no hole."""
        height, width = self.size.height, self.size.width
        rows = torch.arange(height)[:, None].expand(height, width)
        columns = torch.arange(width).expand(height, width)
        places = torch.stack([rows, columns], dim=2).flatten(0, 1)
        places[self.size.touched] = torch.stack([self.taken_row, self.taken_column], dim=1)
        return places.reshape(height, width, 2)

    def run(self, rounds: int) -> Tensor:
        """Search and fill in turn; `(1, 3, H, W)`."""
        size = self.size
        filled = size.colours if self.first else self._filled()
        for _ in range(rounds):
            wanted = surroundings(filled, size.height, size.width)[size.touched]
            self.distance = self._distance(wanted, self.taken_row, self.taken_column)
            for turn in range(2):
                self._try_neighbours(wanted, NEIGHBOUR_STEPS if turn == 0 else NEIGHBOUR_STEPS[:1])
                self._try_random(wanted)
            filled = self._filled()
        return filled.T.reshape(1, 3, size.height, size.width)

    def _try_neighbours(self, wanted: Tensor, reaches: tuple[int, ...]) -> None:
        """Try the neighbours' places, moved by as much as the neighbours are away."""
        height, width = self.size.height, self.size.width
        for reach in reaches:
            for down, right in ((reach, 0), (-reach, 0), (0, reach), (0, -reach)):
                row, column = (self.row + down).clamp(0, height - 1), (self.column + right).clamp(0, width - 1)
                other = self.number[row * width + column]
                there = other >= 0
                other = other.clamp(min=0)
                self._take_better(wanted, self.taken_row[other] - down, self.taken_column[other] - right, there)

    def _try_random(self, wanted: Tensor) -> None:
        """Try random places: some from everywhere, then nearer and nearer to the best place so far."""
        count = len(self.row)
        everywhere = torch.ones(count, dtype=torch.bool)
        for _ in range(3 if self.first else 1):
            self._take_better(wanted, *self._random_sources(count), everywhere)
        for reach in SEARCH_RADII:
            moved = torch.randint(-reach, reach + 1, (2, count), generator=self.random)
            self._take_better(wanted, self.taken_row + moved[0], self.taken_column + moved[1], everywhere)

    def _take_better(self, wanted: Tensor, row: Tensor, column: Tensor, there: Tensor) -> None:
        """Take those of some places that are better than the present ones."""
        there = there & self._is_source(row, column)
        distance = self._distance(wanted, row.clamp(0, self.size.height - 1), column.clamp(0, self.size.width - 1))
        better = there & (distance < self.distance)
        self.taken_row = torch.where(better, row, self.taken_row)
        self.taken_column = torch.where(better, column, self.taken_column)
        self.distance = torch.where(better, distance, self.distance)

    def _distance(self, wanted: Tensor, row: Tensor, column: Tensor) -> Tensor:
        return (self.known[row * self.size.width + column] - wanted).square().sum(1)

    def _random_sources(self, count: int) -> tuple[Tensor, Tensor]:
        drawn = self.size.sources[torch.randint(len(self.size.sources), (count,), generator=self.random)]
        return drawn // self.size.width, drawn % self.size.width

    def _is_source(self, row: Tensor, column: Tensor) -> Tensor:
        height, width = self.size.height, self.size.width
        there = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return there & self.size.source[row.clamp(0, height - 1), column.clamp(0, width - 1)]

    def _filled(self) -> Tensor:
        """The picture with its hole filled, `(H * W, 3)`: each pixel the weighted mean of the pieces that cover it."""
        size, width = self.size, self.size.width
        usual = self.distance[self.distance.isfinite()].mean() if self.distance.isfinite().any() else torch.ones(())
        near = torch.where(self.distance.isfinite(), torch.exp(-self.distance / (2 * usual + 1)), 1.0)
        weight = near * torch.exp(-size.depth.flatten()[size.touched] / INWARD) + 1e-12
        taken = self.taken_row * width + self.taken_column
        pixels = size.inside.flatten().nonzero()[:, 0]
        row, column = pixels // width, pixels % width
        total = torch.zeros(len(pixels), 3)
        share = torch.zeros(len(pixels), 1)
        for down in range(-RADIUS, RADIUS + 1):
            for right in range(-RADIUS, RADIUS + 1):
                middle_row, middle_column = row - down, column - right
                there = (middle_row >= 0) & (middle_row < size.height) & (middle_column >= 0) & (middle_column < width)
                piece = self.number[torch.where(there, middle_row * width + middle_column, pixels)]
                colours = size.colours[taken[piece] + torch.where(there, down * width + right, 0)]
                counts = (weight[piece] * there)[:, None]
                total += counts * colours
                share += counts
        filled = size.colours.clone()
        filled[pixels] = total / share
        return filled


def surroundings(colours: Tensor, height: int, width: int) -> Tensor:
    """What pixels are compared by: coefficients of a window around each, `(H * W, coefficients)`, whole numbers.

    Args:
        colours: `(H * W, 3)`, range 0..1.
        height: of the picture.
        width: of the picture.
    """
    picture = colours.T.reshape(3, 1, height, width)
    grey = picture.mean(0, keepdim=True)
    padded = F.pad(torch.cat([grey, picture[:1] - grey, picture[2:] - grey]), (RADIUS,) * 4, mode="replicate")
    found = [F.conv2d(padded[:1], _waves(WAVES[0])), *(F.conv2d(padded[1 + n, None], _waves(WAVES[1])) for n in (0, 1))]
    return torch.round(STEPS * torch.cat(found, dim=1))[0].flatten(1).T.contiguous()


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
