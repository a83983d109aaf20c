"""A wide hole put together from pieces of the picture itself.

What lies in the middle of a wide hole cannot be computed, but grass goes on as grass and a wall as a wall. So each
pixel of the hole is given the place in the known picture, or in its mirror image, whose surroundings are most like its
own, from a picture as small as the hole is some ten pixels deep up to the whole one (after Wexler, Shechtman and Irani,
PAMI 2007). At the first size the hole is filled layer by layer, at the next ones by search and composition in turn:

    picture ── small ── peel ── places ──┬── composed ── descriptors ── search ──┬── next size ── tones blended
                                         └───────────────── again ───────────────┘

A pixel is always taken from its own place and never averaged with what other pieces would put there: averages are fog.
Neighbours tend to places that are neighbours too, so seams run where two pieces look alike. There are no random numbers
but those of a seed that is not 0. On the CPU whatever the device: a search is small work with many steps.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.inpaint.blending import correct_tones, tone_correction
from restore.models.inpaint.matching import Matcher
from restore.models.inpaint.patches import DISTANCES_AT_ONCE, STEPS, Size, depth_inside
from restore.models.inpaint.peeling import peel

SHALLOWEST = 8.0
"""Least depth of the hole in pixels at the first size, unless it is shallower in the picture itself."""
SMALLEST = 24
"""Least shorter side of the first size, in pixels."""
JUDGED = 128
"""Longer side in pixels at which the depth of the hole is measured."""
FEWEST_SOURCES = 64
"""Least number of places to take pieces from; sizes with fewer are left out."""
MOST_TO_PEEL = 20_000
"""Places that the first size has at most, where the picture can be made small enough."""
MOST_SEARCHED = 2_000_000
"""Pixels above which a size takes places and tones from the one before as they are: they would fill the memory."""
ROUNDS = (3, 3, 2, 1)
"""Rounds of search and composition at the first size, the second and so on; the last number for all further ones."""


@dataclass(frozen=True)
class Pieces:
    """What a hole was put together to."""

    picture: Tensor
    """`(1, 3, H, W)`, range 0..1; outside the hole as given."""
    cost: float
    """How little the pieces agree with each other and with the rim, at least 0; compares fills of one hole."""


@torch.no_grad()
def fill_with_pieces(picture: Tensor, hole: Tensor, seed: int = 0, at_once: int = DISTANCES_AT_ONCE) -> Pieces:
    """Fill a hole with pieces of the picture.

    Args:
        picture: `(1, 3, H, W)`, range 0..1, its hole filled smoothly.
        hole: `(1, 1, H, W)`, 1 inside the hole and 0 outside.
        seed: 0 gives the likeliest fill, any other number one of the other plausible ones.
        at_once: distances computed at once; changes the memory taken and nothing else.

    Returns:
        The filled picture on the device it came from, as it was where there is nothing to take pieces from.
    """
    device = picture.device
    start, inside = picture.float().cpu(), hole[0, 0].cpu() > 0
    before: Size | None = None
    tones: Tensor | None = None
    places = torch.zeros(0, dtype=torch.long)
    filled, cost = picture, 0.0
    for number, factor in enumerate(_factors(start, inside)):
        size = Size.of(start, inside, factor)
        if int(size.is_source.count_nonzero()) < FEWEST_SOURCES or not bool(size.hole.any()):
            continue
        matcher = Matcher(size, at_once)
        places = peel(size, seed, at_once) if before is None else matcher.from_smaller(before, places)
        searched = before is None or size.hole.numel() <= MOST_SEARCHED
        for _ in range(ROUNDS[min(number, len(ROUNDS) - 1)] if searched else 0):
            wanted = matcher.wanted(size.composed(places))
            places, distance = matcher.nearest(wanted) if before is None else matcher.refined(wanted, places)
            cost = float(distance.double().mean()) / STEPS**2
            del wanted, distance
        matcher.forget()
        before = size
        if searched:
            tones = tone_correction(size, places) if factor == 1 or size.hole.numel() * 4 > MOST_SEARCHED else None
    if before is not None and before.picture.shape == start.shape:
        filled = before.composed(places)
        del places
        if tones is not None:
            correct_tones(filled, tones, before.hole)
    return Pieces(filled.to(device), cost)


def _factors(picture: Tensor, hole: Tensor) -> list[int]:
    """How many times smaller each size is, the last one 1."""
    height, width = picture.shape[-2:]
    scale, small = 1, hole.float()[None, None]
    while max(small.shape[-2:]) > JUDGED:
        scale, small = 2 * scale, F.max_pool2d(small, 2, ceil_mode=True)
    depth = scale * float(depth_inside(small[0, 0] > 0, JUDGED).max())
    halvings = max(0, math.floor(math.log2(max(1.0, depth / SHALLOWEST))))
    while 2 * height * width > MOST_TO_PEEL << (2 * halvings):
        halvings += 1
    halvings = min(halvings, int(math.log2(max(1.0, min(height, width) / SMALLEST))))
    return [1 << level for level in reversed(range(halvings + 1))]
