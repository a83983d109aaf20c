"""Where the picture is still seen through damage: its own detail there instead of what a fill makes up.

    hole, fill ── cores of wide marks ── tone at the edge ── seen through there? ── unveiled ── looked at again

A stain or a strip of tape that is half transparent changes the tone of what lies under it. At the edge of a mark a fill
is nearly right, so there it says how: the gain and the offset that bring what is seen to the deviation and the mean of
the fill. Where the two hardly agree along the whole edge nothing is seen through, and where their tones do there is no
veil but something marked to be taken out: the fill stays. Else the tone of what is seen is corrected, and what is then
left at the edge is spread inwards harmonically, as Poisson image editing does (Pérez et al., 2003). At last the finder
looks at the result: where it still sees damage, the fill stays.

Only the cores of wide marks are looked at: a fill of a narrow one is good, and at a rim the damage ends, which would
be seen as its outline.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from restore.images.samples import to_unit
from restore.models.inpaint.harmonic import harmonic_fill
from restore.pipelines.inpaint.cells import Box, compact_labels, label_components
from restore.pipelines.inpaint.compose import HoleColours, with_hole_filled
from restore.pipelines.inpaint.distance import grow, squared_distance, squared_distance_bands
from restore.pipelines.repair.finder import HALO, DamageFinder

if TYPE_CHECKING:
    from restore.images.picture import Picture

RIM = 3
"""Pixels at the rim of a mark that are always filled."""
EDGE = 3
"""Pixels inside of it where the tone of what is seen is compared with the fill's."""
WIDE = 12
"""Depth in pixels that a mark reaches somewhere if its core is looked at."""
LEAST = 500
"""Pixels of the smallest core that is looked at: fewer say little of a tone."""
AGREES = 0.6
"""Least correlation at the edge, of the grey of what is seen with that of the fill."""
NOISE = 1 / 255
"""Deviation that is taken for noise."""
LEAST_VEIL = 8 / 255
"""By how much the mean of a channel must differ at the edge: what is marked without a veil is there to be taken out."""
LEAST_GAIN, MOST_GAIN = 0.8, 2.0
"""What contrast is multiplied by: a veil lowers it, and more than twofold noise would be seen."""
STILL_SEEN = 0.2
"""Probability from which the finder still sees damage in the result …"""
MOST_STILL_SEEN = 0.1
"""… and the part of a core from which it is filled as a whole …"""
AROUND = 3
"""… and the pixels around such places that are filled too, and over which the two then pass into each other."""


@dataclass(frozen=True)
class SeenThrough:
    """Colours of a hole."""

    values: NDArray[np.float32]
    """`(N, 3)`, range 0..1: the N pixels of the hole in reading order."""
    seen: int
    """How many of them show, at least in part, what is seen through the damage."""


def see_through(
    colour: NDArray[Any], hole: NDArray[np.bool_], values: NDArray[np.float32], finder: DamageFinder
) -> SeenThrough:
    """Use what is seen through damage. Memory grows with the largest core, not with the picture.

    Args:
        colour: the damaged picture, `(H, W, 3)`, uint8, uint16 or float 0..1.
        hole: `(H, W)`, what is marked.
        values: `(N, 3)`, range 0..1: the fill of its N pixels in reading order.
        finder: what looks at the result.
    """
    core, deep = np.zeros_like(hole), np.zeros_like(hole)
    for rows, near in squared_distance_bands(~hole, WIDE):
        core[rows], deep[rows] = near > RIM**2, near >= WIDE**2
    if not deep.any():
        return SeenThrough(values, 0)
    labels, boxes = compact_labels(label_components(core))
    areas, depths = (np.bincount(labels[part], minlength=len(boxes)) for part in (core, deep))
    result = HoleColours(hole)
    result.values[:] = values
    seen = 0
    for number in np.flatnonzero((areas >= LEAST) & (depths > 0)):
        seen += _use_core(colour, result, labels[boxes[number].slices] == number, boxes[number], finder)
    return SeenThrough(result.values, seen)


def picture_seen_through(
    picture: "Picture", filled: "Picture", hole: NDArray[np.bool_], finder: DamageFinder
) -> "tuple[Picture, float]":
    """Use what is seen through the damage of a picture read from a file.

    Args:
        picture: damaged, 8 or 16 bit.
        filled: the same with its hole filled.
        hole: `(H, W)`, what is marked.
        finder: what looks at the result.

    Returns:
        A new picture, and which part of its pixels is seen through damage, 0..1; `filled` itself where that is none.
    """
    own = see_through(picture.colour, hole, to_unit(filled.colour[hole]), finder)
    if not own.seen:
        return filled, 0.0
    return replace(filled, colour=with_hole_filled(filled.colour, hole, own.values)), own.seen / hole.size


def _use_core(
    colour: NDArray[Any], result: HoleColours, inside: NDArray[np.bool_], box: Box, finder: DamageFinder
) -> int:
    """Write into the colours of a hole what is seen through the core of a box; how many pixels that is."""
    seen = to_unit(colour[box.slices])
    if not np.isfinite(seen).all():
        return 0
    fill = seen.copy()
    result.read(*box.slices, into=fill)
    padded = np.pad(inside, 1)  # a core has its rim around it, except at the edge of the picture
    depth = np.sqrt(squared_distance(~padded, EDGE + 1)[1:-1, 1:-1].astype(np.float32))
    unveiled = unveil(seen, fill, inside & (depth <= EDGE))
    if unveiled is None:
        return 0
    unveiled = np.where(inside[..., None], fill + np.minimum(depth / EDGE, 1)[..., None] * (unveiled - fill), fill)
    share = _trusted(colour, result, unveiled, inside, box, finder)
    if share is None:
        return 0
    mixed = fill + share[..., None] * (unveiled - fill)
    result.write(*box.slices, mixed, share > 0)
    return int(np.count_nonzero(share))


def unveil(seen: NDArray[np.float32], fill: NDArray[np.float32], edge: NDArray[np.bool_]) -> NDArray[np.float32] | None:
    """What lies under a veil, with the tone of its surroundings.

    Args:
        seen: the picture with the veil, `(h, w, 3)`, range 0..1.
        fill: the same filled, which is nearly right at the edge.
        edge: `(h, w)`, the part of what the veil covers that is near its edge.

    Returns:
        `(h, w, 3)`, range 0..1, right where the veil lies; None where there is none, or nothing is seen through it.
    """
    there, wanted = seen[edge], fill[edge]
    middle, target = there.mean(0), wanted.mean(0)
    grey, wanted_grey = (there - middle).mean(1), (wanted - target).mean(1)
    variance, wanted_variance = float((grey**2).mean()) + NOISE**2, float((wanted_grey**2).mean()) + NOISE**2
    agreement = float((grey * wanted_grey).mean()) / (variance * wanted_variance) ** 0.5
    gain = (wanted_variance / variance) ** 0.5
    if np.abs(target - middle).max() < LEAST_VEIL:
        return None
    if agreement < AGREES or not LEAST_GAIN <= gain <= MOST_GAIN:
        return None
    toned = target + np.float32(gain) * (seen - middle)
    left = np.where(edge[..., None], fill - toned, 0).astype(np.float32)
    spread = harmonic_fill(torch.from_numpy(left.transpose(2, 0, 1))[None], torch.from_numpy(~edge)[None, None])
    clean: NDArray[np.float32] = np.clip(toned + spread[0].numpy().transpose(1, 2, 0), 0, 1)
    return clean


def _trusted(
    colour: NDArray[Any],
    result: HoleColours,
    unveiled: NDArray[np.float32],
    inside: NDArray[np.bool_],
    box: Box,
    finder: DamageFinder,
) -> NDArray[np.float32] | None:
    """How far what was unveiled is trusted, `(h, w)`, 0..1; None where too much damage is still seen in it."""
    around = box.grown(HALO).clipped(*result.hole.shape)
    looked = to_unit(colour[around.slices])
    result.read(*around.slices, into=looked)
    own = box.relative_to(around)
    looked[own.slices][inside] = unveiled[inside]
    damaged = finder.probabilities(looked)[own.slices] > STILL_SEEN
    distrusted = grow(damaged, AROUND)
    if np.count_nonzero(distrusted & inside) > MOST_STILL_SEEN * np.count_nonzero(inside):
        return None
    away = np.sqrt(squared_distance(distrusted, AROUND).astype(np.float32)) / AROUND
    trusted: NDArray[np.float32] = np.where(inside, np.minimum(away, 1), 0).astype(np.float32)
    return trusted
