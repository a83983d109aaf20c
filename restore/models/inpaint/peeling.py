"""The first fill of a wide hole, at a size at which it is some ten pixels deep: from the rim inwards, layer by layer.

Each pixel of the outermost layer takes the place whose patch agrees best with what is already there, known pixels
counting most and pixels filled before less and less; then the next layer. So lines and edges that reach the rim are
carried on, where a search that starts from a smooth fill finds smooth patches (the order of Efros and Leung, ICCV 1999;
the falling confidence of Criminisi, Perez and Toyama, IEEE TIP 2004).

Colours are rounded to 7 bits and confidences to eighths, so that the sums of a distance are whole numbers that float32
holds: a matrix product compares a layer with every place, on any machine with the same result.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.inpaint.patches import DISTANCES_AT_ONCE, RADIUS, SIDE, Size

LEVELS = 127.0
"""Steps of a colour."""
CONFIDENCES = 7.0
"""Steps of a confidence."""
FADING = 0.8
"""How much a layer counts, as a part of the layer before it."""
LEAST = 0.25
"""What any filled pixel counts at least; a known one counts 1."""
DISTANCE = 100.0
"""What a place one pixel further away must agree better, squared steps of a colour times steps of confidence. It
decides where little is known yet: at a corner, or at the picture's border."""
VARIETY = 120.0
"""Largest handicap of a part of the picture where other fills are wanted than the likeliest, per step of confidence."""
PART = 8
"""Side in pixels of the parts that get one handicap."""


def peel(size: Size, seed: int = 0, at_once: int = DISTANCES_AT_ONCE) -> Tensor:
    """Find a place for every target, from the rim of the hole inwards.

    Args:
        size: the picture at the size where the search begins; it has sources.
        seed: 0 gives the likeliest fill, any other number one of the other plausible ones.
        at_once: distances computed at once; changes the memory taken and nothing else.

    Returns:
        `(T,)`: places.
    """
    candidates = _Candidates(size, seed, at_once)
    places = torch.zeros(len(size.targets), dtype=torch.long)
    done = torch.zeros(len(size.targets), dtype=torch.bool)
    picture = torch.round(LEVELS * size.picture) * ~size.hole
    confidence = (~size.hole).float()
    while bool((confidence == 0).any()):
        reached = F.max_pool2d(confidence[None, None], 3, stride=1, padding=1)[0, 0]
        layer = ((reached > 0) & (confidence == 0)).flatten().nonzero()[:, 0]
        patches = _windows(picture, layer)
        counts = torch.round(CONFIDENCES * _windows(confidence[None, None], layer))
        found = candidates.nearest(patches, counts, layer)
        picture[0].flatten(1)[:, layer] = torch.round(LEVELS * size.colours_at(found))
        fading = (FADING * reached.flatten()[layer]).clamp(min=LEAST)
        confidence.view(-1)[layer] = fading
        places[size.target_of[layer]] = found
        done[size.target_of[layer]] = True
    rest = (~done).nonzero()[:, 0]
    if len(rest):
        around = size.targets[rest]
        places[rest] = candidates.nearest(
            _windows(picture, around), torch.full((len(rest), SIDE**2), CONFIDENCES), around
        )
    return places


class _Candidates:
    """All places of a size, to be compared with patches of which parts are missing."""

    def __init__(self, size: Size, seed: int, at_once: int) -> None:
        self.size, self.step = size, max(1, at_once // len(size.sources))
        both = torch.round(LEVELS * torch.cat([size.picture, size.picture.flip(3)]))
        own = F.unfold(F.pad(both, (RADIUS,) * 4, mode="replicate"), SIDE)
        patches = own.transpose(1, 2).flatten(0, 1)[size.sources]
        energy = patches.square().view(len(patches), 3, SIDE**2).sum(1)
        handicap = _handicaps(size, seed)[size.sources, None]
        self.table = torch.cat([-2 * patches, energy, handicap], dim=1).T.contiguous()
        _, row, column = size.located(size.sources)
        self.at = torch.stack([row, column], dim=1).float()

    def nearest(self, patches: Tensor, counts: Tensor, pixels: Tensor) -> Tensor:
        """The best place for each pixel: least weighted squared difference, distance and handicap included.

        Args:
            patches: `(N, 147)`: what surrounds each pixel.
            counts: `(N, 49)`: how much each pixel of it counts.
            pixels: `(N,)`: flat indices of the pixels.
        """
        weighted = (patches.view(-1, 3, SIDE**2) * counts[:, None]).flatten(1)
        whole = counts.sum(1, keepdim=True)
        wanted = torch.cat([weighted, counts, whole], dim=1)
        here = torch.stack([pixels // self.size.width, pixels % self.size.width], dim=1).float()
        best = []
        for first in range(0, len(wanted), self.step):
            part = slice(first, first + self.step)
            difference = wanted[part] @ self.table
            apart = torch.cdist(here[part], self.at, compute_mode="donot_use_mm_for_euclid_dist")
            best.append(difference.add_(apart.mul_(DISTANCE).round_()).argmin(1))
        return self.size.sources[torch.cat(best)]


def _windows(picture: Tensor, pixels: Tensor) -> Tensor:
    """`(N, C * 49)`: the patches of a picture `(1, C, H, W)` around some pixels; nothing beyond its border."""
    return F.unfold(F.pad(picture, (RADIUS,) * 4), SIDE)[0].T[pixels]


def _handicaps(size: Size, seed: int) -> Tensor:
    """What a place must agree better per pixel: nothing for seed 0, else at random, alike within parts of `PART` px."""
    handicaps = torch.zeros(2, size.height, size.width)
    if seed:
        random = torch.Generator().manual_seed(seed)
        parts = (2, 1, -(-size.height // PART), -(-size.width // PART))
        drawn = torch.randint(0, int(VARIETY) + 1, parts, generator=random).float()
        handicaps = F.interpolate(drawn, scale_factor=PART)[:, 0, : size.height, : size.width]
    return handicaps.flatten()
