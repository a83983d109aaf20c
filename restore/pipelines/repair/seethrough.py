"""Where the picture is still seen through damage: its own detail there instead of what a fill makes up.

    hole ── cores of wide marks ── tone across the edge ── seen through there? ── unveiled ── looked at ── less to fill

A stain or a strip of tape that is half transparent changes the tone of what lies under it. What lies on both sides of
its edge is alike, so pairs of pixels across the edge say how: the gain and the offset that bring what is seen inside to
the deviation and the mean of what is seen outside, fitted robustly, as outlines of the picture run through the edge.
Pairs as far apart that lie outside say how much the picture changes by itself. Where the two sides hardly agree, or
much of the contrast is gone, nothing is seen through, and where their tones differ no more than the picture does by
itself there is no veil but something marked to be taken out: all of it is left to be filled. Else the tone of what is
seen is corrected. Where that leaves the range of colours the veil is another one, as an ink blot is in its middle, and
at last the finder looks at the result: what is out of range or still looks damaged is left to be filled too.

The edge of a veil is not that of its mark, which people paint with a wide brush: it is where the mean tone along the
mark's edge, some pixels further in or out, changes most.

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
from restore.pipelines.inpaint.distance import bands, grow, squared_distance_bands
from restore.pipelines.repair.finder import HALO, DamageFinder

RIM = 3
"""Pixels on either side of a veil's edge that are always filled."""
EDGE = 5
"""Pixels inside of the rim where the tone of what is seen is compared with that outside."""
AWAY = 1
"""Pixels that what is outside is away from the edge at least."""
OFFSETS = range(-4, 9)
"""Where the edge of a veil is looked for, in pixels inside of the edge of its mark: people mark with a wide brush."""
CLEARER = 1.3
"""How much higher the step in tone must be there than at the mark's own edge."""
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
LEAST_VEIL, LEAST_CONTRAST = 10 / 255, 1.25
"""By how much the mean of a channel must differ across the edge, more than it changes outside in going as far, or by
what the contrast of all channels must: what is marked without a veil is there to be taken out."""
MOST_LEFT = 2.5
"""By how many times more the two sides may differ, their tones alike, than pixels do that lie as far apart outside."""
MARGIN = RIM + AWAY + EDGE - OFFSETS[0]
"""Pixels around a mark that are looked at."""
LEAST_PAIRS = 100
"""Fewer pixels on a side say little of how the picture changes there."""
FITS = 12
"""Rounds in which pairs that do not fit are weighted less."""
LEAST_GAIN, MOST_GAIN, MOST_GAIN_OF_ONE = 0.8, 2.2, 3.5
"""What contrast is multiplied by: a veil lowers it, and more than twofold noise would be seen, but in one channel, as
blue under a brown stain."""
BEYOND = 0.04
"""How far beyond the range 0..1 a corrected tone may come out: further, the veil is another one there, or hides all."""
STILL_SEEN = 0.5
"""Probability from which the finder still sees damage in the result."""
AROUND = 3
"""Pixels around what is out of range or still damaged that are filled too."""
LEAST_TRUSTED = 0.7
"""Part of a veil that must be left then: of less all is filled."""


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
        part = around.slices
        unveiled = unveil(colour[part], hole[part], labels[part] == number)
        if unveiled is None:
            continue
        kept = _trusted(cleared, left, unveiled, around, finder)
        if kept is None:
            continue
        if cleared is colour:
            cleared = colour.copy()
        cleared[part][kept] = from_unit(unveiled.colour[kept], colour.dtype)
        left[part][kept] = False
    return SeenThrough(cleared, left, np.count_nonzero(hole & ~left) / hole.size)


@dataclass(frozen=True)
class Unveiled:
    """What lies under a veil."""

    colour: NDArray[np.float32]
    """`(h, w, 3)`, range 0..1, in the tone of its surroundings."""
    inside: NDArray[np.bool_]
    """`(h, w)`, where that is right."""
    reach: int
    """Pixels of the veil beyond its rim: more than are right where something else hides the picture."""


def unveil(colour: NDArray[Any], hole: NDArray[np.bool_], core: NDArray[np.bool_]) -> Unveiled | None:
    """Look through one mark.

    Args:
        colour: the picture around it, `(h, w, 3)`, uint8, uint16 or float 0..1.
        hole: `(h, w)`, all that is marked there.
        core: `(h, w)`, the pixels of the mark that are more than `RIM` from its edge.

    Returns:
        None where there is no veil, or nothing is seen through it.
    """
    from scipy import ndimage

    if not np.isfinite(colour).all():
        return None
    mark = grow(core, RIM + 1) & hole
    if mark.all():
        return None
    seen = to_unit(colour)
    depth = _depth(mark)
    usable = mark | ~hole
    depth -= _find_edge(seen, depth, usable)
    border = usable & (depth > -AWAY - 1) & (depth <= -AWAY)
    within, outside = ((part > RIM) & (part <= RIM + EDGE) & usable for part in (depth, -AWAY - depth))
    if not border.any() or min(np.count_nonzero(within), np.count_nonzero(outside)) < LEAST_PAIRS:
        return None
    calm = ndimage.gaussian_filter(seen, (SMOOTH, SMOOTH, 0))
    nearest = ndimage.distance_transform_edt(~border, return_distances=False, return_indices=True)
    (here, there), along = ((calm[part], calm[tuple(axis[part] for axis in nearest)]) for part in (within, outside))
    del nearest, calm
    veil, usual = _fit_tone(here, there), _fit_tone(*along, gain=False)
    if not veil.is_veil(usual) or veil.left > MOST_LEFT * (usual.left + NOISE) or _correlation(here, there) < AGREES:
        return None
    inside = mark & (depth > RIM)
    del depth
    toned = veil(seen)
    beyond = grow(((toned < -BEYOND) | (toned > 1 + BEYOND)).any(2) & inside, AROUND)
    return Unveiled(np.clip(toned, 0, 1, out=toned), inside & ~beyond, int(np.count_nonzero(inside)))


def _depth(mark: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance in pixels of each pixel's middle from the edge of a mark, negative outside."""
    from scipy import ndimage

    depth: NDArray[np.float32] = ndimage.distance_transform_edt(mark).astype(np.float32)
    depth -= ndimage.distance_transform_edt(~mark)
    depth -= np.copysign(np.float32(0.5), depth)
    return depth


def _find_edge(seen: NDArray[np.float32], depth: NDArray[np.float32], usable: NDArray[np.bool_]) -> int:
    """Where the edge of a veil lies, in pixels inside of the edge of its mark: where the mean tone changes most.

    Args:
        seen: `(h, w, 3)`, range 0..1.
        depth: `(h, w)`, distance in pixels from the edge of the mark, negative outside.
        usable: `(h, w)`, where to look.
    """
    first, last = OFFSETS[0] - RIM, OFFSETS[-1] + RIM
    looked = usable & (depth >= first) & (depth < last)
    level = np.floor(depth[looked]).astype(np.int64) - first
    counts = np.maximum(np.bincount(level, minlength=last - first), 1)
    means = np.stack([np.bincount(level, seen[..., i][looked], last - first) / counts for i in range(3)], 1)
    steps = {}
    for offset in OFFSETS:
        at = offset - first
        steps[offset] = float(np.abs(means[at : at + RIM].mean(0) - means[at - RIM : at].mean(0)).max())
    best = max(steps, key=lambda offset: steps[offset])
    return best if steps[best] > CLEARER * steps[0] else 0


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

    def is_veil(self, usual: "_Tone") -> bool:
        """Whether it takes off what a veil does, no more; `usual` is how the picture changes by itself."""
        gains = np.sort(self.gain)
        change = min(float(np.abs(self.shift + sign * usual.shift).max()) for sign in (-1, 0, 1))
        contrast = float(np.abs(np.log(gains)).min())
        if change < LEAST_VEIL and contrast < np.log(LEAST_CONTRAST):
            return False
        return bool(gains[0] >= LEAST_GAIN and gains[1] <= MOST_GAIN and gains[2] <= MOST_GAIN_OF_ONE)

    def __call__(self, colour: NDArray[np.float32]) -> NDArray[np.float32]:
        """Colours `(..., 3)` in this tone."""
        toned = colour - self.middle
        toned *= self.gain
        toned += self.target
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
    colour: NDArray[Any], hole: NDArray[np.bool_], unveiled: Unveiled, box: Box, finder: DamageFinder
) -> NDArray[np.bool_] | None:
    """Where what was unveiled is used, `(h, w)`; None where too much damage is still seen in it."""
    inside = unveiled.inside
    if not inside.any():
        return None
    damaged = np.zeros_like(inside)
    for rows in bands(box.height, box.width):
        band = Box(box.top + rows.start, box.left, box.top + rows.stop, box.right)
        around = band.grown(HALO).clipped(*hole.shape)
        shown = Box(max(around.top, box.top), box.left, min(around.bottom, box.bottom), box.right)
        here, there = shown.relative_to(box).slices, shown.relative_to(around).slices
        looked, empty = to_unit(colour[around.slices]), hole[around.slices].copy()
        looked[there][inside[here]] = unveiled.colour[here][inside[here]]
        empty[there][inside[here]] = False
        picture = torch.from_numpy(looked).permute(2, 0, 1)[None].contiguous()
        filled = harmonic_fill(picture, torch.from_numpy(empty)[None, None])[0].permute(1, 2, 0).numpy()
        damaged[rows] = finder.probabilities(filled)[band.relative_to(around).slices] > STILL_SEEN
    trusted: NDArray[np.bool_] = inside & ~grow(damaged & inside, AROUND)
    return trusted if np.count_nonzero(trusted) >= LEAST_TRUSTED * unveiled.reach else None
