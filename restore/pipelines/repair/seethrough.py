"""Where the picture is still seen through damage: its own detail there instead of what a fill makes up.

    hole ── cores of wide marks ── tone across the edge ── seen through there? ── unveiled ── looked at ── less to fill

A stain or a strip of tape that is half transparent changes the tone of what lies under it. What lies on both sides of
its edge is alike, so pairs of pixels across the edge say how: the gain and the offset that bring what is seen inside to
the deviation and the mean of what is seen outside, fitted robustly, as outlines of the picture run through the edge.
Pairs as far apart that lie outside say how much the picture changes by itself. Where the two sides hardly agree, or
much of the contrast is gone, nothing is seen through, and where their tones differ no more than the picture does by
itself there is no veil but something marked to be taken out: all of it is left to be filled. Else the tone of what is
seen is corrected. At last the finder looks at the result: where it still sees damage, it is left to be filled too.

Only the cores of wide marks are looked at: a fill of a narrow one is good, and at a rim the damage ends, which would
be seen as its outline.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from restore.images.samples import from_unit, to_unit
from restore.models.inpaint.harmonic import harmonic_fill
from restore.pipelines.inpaint.cells import Box, compact_labels, label_components
from restore.pipelines.inpaint.distance import grow, squared_distance, squared_distance_bands
from restore.pipelines.repair.finder import HALO, DamageFinder

RIM = 3
"""Pixels at the rim of a mark that are always filled."""
EDGE = 5
"""Pixels inside of it where the tone of what is seen is compared with that outside."""
AWAY = 1
"""Pixels that what is outside is away from the mark at least: a veil may be wider than its mark."""
SMOOTH = 0.7
"""Standard deviation in pixels of the blur before: what lies across an edge is alike, but not to the pixel."""
WIDE = 12
"""Depth in pixels that a mark reaches somewhere if its core is looked at."""
LEAST = 500
"""Pixels of the smallest core that is looked at: fewer say little of a tone."""
AGREES = 0.4
"""Least correlation across the edge, of what is seen inside with what is seen outside."""
NOISE = 1 / 255
"""Deviation that is taken for noise."""
LEAST_VEIL = 10 / 255
"""By how much the mean of a channel must differ across the edge, more than it changes outside in going as far: what is
marked without a veil is there to be taken out."""
MOST_LEFT = 2.0
"""By how many times more the two sides may differ, their tones alike, than pixels do that lie as far apart outside."""
MARGIN = RIM + AWAY + EDGE
"""Pixels around a mark that are looked at."""
LEAST_OUTSIDE = 100
"""Fewer pixels outside say little of how the picture changes there."""
FITS = 12
"""Rounds in which pairs that do not fit are weighted less."""
LEAST_GAIN, MOST_GAIN = 0.8, 2.2
"""What contrast is multiplied by: a veil lowers it, and more than twofold noise would be seen."""
STILL_SEEN = 0.5
"""Probability from which the finder still sees damage in the result …"""
MOST_STILL_SEEN = 0.5
"""… and the part of a core from which it is filled as a whole …"""
AROUND = 3
"""… and the pixels around such places that are filled too."""


@dataclass(frozen=True)
class SeenThrough:
    """A picture without its veils."""

    colour: NDArray[Any]
    """`(H, W, 3)`, of the picture's type; the picture itself where nothing is seen through."""
    hole: NDArray[np.bool_]
    """`(H, W)`, what is left to be filled."""
    share: float
    """Part of the picture's pixels that is seen through damage, 0..1."""


def see_through(colour: NDArray[Any], hole: NDArray[np.bool_], finder: DamageFinder) -> SeenThrough:
    """Use what is seen through damage. Memory grows with the largest core, not with the picture.

    Args:
        colour: the damaged picture, `(H, W, 3)`, uint8, uint16 or float 0..1.
        hole: `(H, W)`, what is marked.
        finder: what looks at the result.
    """
    core, deep = np.zeros_like(hole), np.zeros_like(hole)
    for rows, near in squared_distance_bands(~hole, WIDE):
        core[rows], deep[rows] = near > RIM**2, near >= WIDE**2
    if not deep.any():
        return SeenThrough(colour, hole, 0.0)
    labels, boxes = compact_labels(label_components(core))
    areas, depths = (np.bincount(labels[part], minlength=len(boxes)) for part in (core, deep))
    cleared, left = colour, hole.copy()
    for number in np.flatnonzero((areas >= LEAST) & (depths > 0)):
        around = boxes[number].grown(RIM + MARGIN).clipped(*hole.shape)
        inside = labels[around.slices] == number
        unveiled = _unveil_core(colour[around.slices], hole[around.slices], inside)
        if unveiled is None:
            continue
        kept = _trusted(cleared, left, unveiled, inside, around, finder)
        if kept is None:
            continue
        if cleared is colour:
            cleared = colour.copy()
        cleared[around.slices][kept] = from_unit(unveiled[kept], colour.dtype)
        left[around.slices][kept] = False
    return SeenThrough(cleared, left, np.count_nonzero(hole & ~left) / hole.size)


def _unveil_core(
    colour: NDArray[Any], hole: NDArray[np.bool_], inside: NDArray[np.bool_]
) -> NDArray[np.float32] | None:
    """A core and its surroundings, `(h, w)` each, without the veil; None where there is none or too dense a one."""
    if not np.isfinite(colour).all():
        return None
    depth = squared_distance(~np.pad(inside, 1), EDGE + 1)[1:-1, 1:-1]
    return unveil(to_unit(colour), hole, inside & (depth <= EDGE**2))


def unveil(seen: NDArray[np.float32], hole: NDArray[np.bool_], edge: NDArray[np.bool_]) -> NDArray[np.float32] | None:
    """What lies under a veil, with the tone of its surroundings.

    Args:
        seen: the picture with the veil, `(h, w, 3)`, range 0..1, with at least `MARGIN` pixels around the veil.
        hole: `(h, w)`, all that is marked there.
        edge: `(h, w)`, the part of what the veil covers that is near its edge.

    Returns:
        `(h, w, 3)`, range 0..1, right where the veil lies; None where there is none, or nothing is seen through it.
    """
    from scipy import ndimage

    covered = grow(hole, AWAY)
    border = grow(covered, 1) & ~covered
    away = np.sqrt(squared_distance(covered, MARGIN).astype(np.float32))
    outside = (away > AWAY + RIM) & (away <= AWAY + RIM + EDGE)
    if not border.any() or np.count_nonzero(outside) < LEAST_OUTSIDE:
        return None
    rows, columns = ndimage.distance_transform_edt(~border, return_distances=False, return_indices=True)
    calm = ndimage.gaussian_filter(seen, (SMOOTH, SMOOTH, 0))
    here, there = calm[edge], calm[rows[edge], columns[edge]]
    veil = _fit_tone(here, there)
    usual = _fit_tone(calm[outside], calm[rows[outside], columns[outside]], gain=False)
    shift = min(float(np.abs(veil.shift + change).max()) for change in (0, usual.shift, -usual.shift))
    if (
        shift < LEAST_VEIL
        or veil.gain.min() < LEAST_GAIN
        or veil.gain.max() > MOST_GAIN
        or veil.left > MOST_LEFT * (usual.left + NOISE)
        or _correlation(here, there) < AGREES
    ):
        return None
    return np.clip(veil(seen), 0, 1)


@dataclass(frozen=True)
class _Tone:
    """How colours are brought to those opposite: `target + gain * (colour - middle)`."""

    middle: NDArray[np.float32]
    target: NDArray[np.float32]
    gain: NDArray[np.float32]
    """`(3,)` each, range of the first two 0..1."""
    left: float
    """Median distance of what comes out from what lies opposite."""

    @property
    def shift(self) -> NDArray[np.float32]:
        """By how much the mean of each channel changes."""
        return self.target - self.middle

    def __call__(self, colour: NDArray[np.float32]) -> NDArray[np.float32]:
        """Colours `(..., 3)` in this tone."""
        toned: NDArray[np.float32] = (self.target + self.gain * (colour - self.middle)).astype(np.float32)
        return toned


def _fit_tone(here: NDArray[np.float32], there: NDArray[np.float32], *, gain: bool = True) -> _Tone:
    """The tone that brings colours to those opposite, `(n, 3)` each, range 0..1, with a gain or without.

    Pairs that do not fit, as an outline of the picture runs between them, count little: Geman and McClure's weights.
    Gains are ratios of deviations: pairs are alike, not equal, and least squares would make every gain too small.
    """
    weight = np.ones((len(here), 1), np.float32)
    tone = _weighted_tone(here, there, weight, gain)
    for _ in range(FITS):
        left = np.sqrt(((tone(here) - there) ** 2).mean(1, keepdims=True))
        weight = (1 + (left / max(1.5 * tone.left, 2 * NOISE)) ** 2) ** -2
        tone = _weighted_tone(here, there, weight, gain)
    return tone


def _weighted_tone(
    here: NDArray[np.float32], there: NDArray[np.float32], weight: NDArray[np.float32], gain: bool
) -> _Tone:
    """The tone by weights, `(n, 1)`."""
    weight = weight / weight.sum()
    middle, target = (weight * here).sum(0), (weight * there).sum(0)
    variance, wanted = ((weight * (part**2)).sum(0) + NOISE**2 for part in (here - middle, there - target))
    gains = np.sqrt(wanted / variance) if gain else np.ones_like(variance)
    tone = _Tone(middle, target, gains, 0.0)
    return replace(tone, left=float(np.median(np.sqrt(((tone(here) - there) ** 2).mean(1)))))


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Of all channels together, -1..1."""
    first, second = first - first.mean(0), second - second.mean(0)
    return float((first * second).mean() / np.sqrt((first**2).mean() * (second**2).mean() + NOISE**4))


def _trusted(
    colour: NDArray[Any],
    hole: NDArray[np.bool_],
    unveiled: NDArray[np.float32],
    inside: NDArray[np.bool_],
    box: Box,
    finder: DamageFinder,
) -> NDArray[np.bool_] | None:
    """Where what was unveiled is used, `(h, w)`; None where too much damage is still seen in it."""
    around = box.grown(HALO).clipped(*hole.shape)
    looked, empty = to_unit(colour[around.slices]), hole[around.slices].copy()
    own = box.relative_to(around)
    looked[own.slices][inside] = unveiled[inside]
    empty[own.slices][inside] = False
    filled = harmonic_fill(
        torch.from_numpy(looked.transpose(2, 0, 1).copy())[None], torch.from_numpy(empty)[None, None]
    )
    damaged = finder.probabilities(filled[0].numpy().transpose(1, 2, 0))[own.slices] > STILL_SEEN
    distrusted = grow(damaged & inside, AROUND)
    if np.count_nonzero(distrusted & inside) > MOST_STILL_SEEN * np.count_nonzero(inside):
        return None
    trusted: NDArray[np.bool_] = inside & ~distrusted
    return trusted
