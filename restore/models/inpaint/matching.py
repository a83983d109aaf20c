"""The search for places once a first fill is there: every patch against all others, or from neighbour to neighbour.

At the first size a matrix product compares each target with every source. At larger ones places come from the size
before, and each target tries those of its neighbours, moved by as much as the neighbours are away (the propagation of
PatchMatch, Barnes et al., SIGGRAPH 2009). Nothing else is tried there: places next to the present one, or at random,
agree a little better and break pieces into crumbs.
"""

import torch
from torch import Tensor

from restore.models.inpaint.patches import DISTANCES_AT_ONCE, TARGETS_AT_ONCE, Size, descriptors, mirror_signs

NEIGHBOUR_STEPS = ((1, 2, 5), (1,))
"""How far away, in pixels, the neighbours are whose places are tried, turn by turn."""
CACHED = 1 << 14
"""Targets that try a place at once: their descriptors stay in the cache."""


class Matcher:
    """Finds for every target of a size the place whose patch is most like the one around it.

    Args:
        size: the picture at one size; it has sources.
        at_once: distances computed at once; changes the memory taken and nothing else.
    """

    def __init__(self, size: Size, at_once: int = DISTANCES_AT_ONCE) -> None:
        self.size, self.at_once = size, at_once
        self._known: Tensor | None = None

    @property
    def known(self) -> Tensor:
        """Descriptors `(H * W, D)` int16 of the picture, made when they are first asked for."""
        if self._known is None:
            self._known = descriptors(self.size.picture)
        return self._known

    def forget(self) -> None:
        """Free the descriptors of the picture."""
        self._known = None

    def wanted(self, filled: Tensor) -> Tensor:
        """Descriptors `(T, D)` int16 of the targets in a filled picture `(1, 3, H, W)`."""
        return descriptors(filled, self.size.targets)

    def nearest(self, wanted: Tensor) -> tuple[Tensor, Tensor]:
        """The best place of all for each target, the first of equal ones, and its squared distance; both `(T,)`."""
        known = self._known_at(self.size.sources)
        energy = known.square().sum(1)
        step = max(1, self.at_once // len(known))
        best = [
            torch.addmm(energy[None], part.float(), known.T, alpha=-2).argmin(1) for part in torch.split(wanted, step)
        ]
        places = self.size.sources[torch.cat(best)]
        return places, self.distance(wanted, places)

    def refined(self, wanted: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Places at least as good as those given, taken over from neighbours, and their distances."""
        distance = self.distance(wanted, places)
        for steps in NEIGHBOUR_STEPS:
            for step in steps:
                for down, right in ((step, 0), (-step, 0), (0, step), (0, -step)):
                    before, places = places, places.clone()
                    for first in range(0, len(places), CACHED):
                        part = slice(first, first + CACHED)
                        there, ok = self._from_neighbours(before, part, down, right)
                        new = self.distance(wanted[part], there)
                        better = ok & (new < distance[part])
                        places[part] = torch.where(better, there, before[part])
                        distance[part] = torch.where(better, new, distance[part])
        return places, distance

    def distance(self, wanted: Tensor, places: Tensor) -> Tensor:
        """Squared distances `(T,)` of the targets' patches to those at some places."""
        parts = zip(torch.split(wanted, CACHED), torch.split(places, CACHED), strict=True)
        return torch.cat([(self._known_at(there) - part).square().sum(1) for part, there in parts])

    def _known_at(self, places: Tensor) -> Tensor:
        """Descriptors `(N, D)` of places, float32."""
        pixels, mirrored = self.size.pixels(places)
        return self.known[pixels] * torch.where(mirrored[:, None], mirror_signs(), 1.0)

    def from_smaller(self, smaller: Size, places: Tensor) -> Tensor:
        """Places found at half the size, at this one; where there is none, sources in turn.

        Args:
            smaller: the picture at half the size.
            places: one for each of its targets.
        """
        size, found = self.size, torch.empty_like(self.size.targets)
        step = max(1, min(TARGETS_AT_ONCE, self.at_once))
        for first in range(0, len(found), step):
            part = slice(first, first + step)
            row, column = size.targets[part] // size.width, size.targets[part] % size.width
            above = (row // 2).clamp(max=smaller.height - 1) * smaller.width
            target = smaller.target_of[above + (column // 2).clamp(max=smaller.width - 1)]
            mirrored, far, wide = smaller.located(places[target.clamp(min=0)])
            far = (2 * far + row % 2).clamp(max=size.height - 1)
            wide = (2 * wide + column % 2).clamp(max=size.width - 1)
            there = (mirrored * size.height + far) * size.width + wide
            none = ((target < 0) | ~size.is_source[there]).nonzero()[:, 0]
            if len(none):
                there[none] = size.sources[(first + none) * 7919 % len(size.sources)]
            found[part] = there
        return found

    def _from_neighbours(self, places: Tensor, part: slice, down: int, right: int) -> tuple[Tensor, Tensor]:
        """What targets would take over from their neighbours, and whether it is a source."""
        size = self.size
        row, column = size.targets[part] // size.width, size.targets[part] % size.width
        row, column = (row + down).clamp(0, size.height - 1), (column + right).clamp(0, size.width - 1)
        other = size.target_of[row * size.width + column]
        candidates, there = size.moved(places[other.clamp(min=0)], -down, -right)
        return candidates, there & (other >= 0)
