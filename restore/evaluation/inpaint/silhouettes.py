"""Holes with the outline of what people take out of a picture: a person, an animal, a car before a bush.

A silhouette is a body and up to three limbs, each a closed curve around a centre of its own:

    radius(angle) = exp(sum over k of a_k cos(k angle + p_k)),  k = 2 … 13,  a_k falling as a power of k,

stretched along one axis and turned. A slow fall gives leaves, a fast one the smooth back of an animal; the exponential
keeps the radius above zero. The centres of the limbs lie on the body's own outline, so that the whole hangs together;
what the picture's border cuts off is dropped. The order of the draws is part of the definition, as in `masks`.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from restore.evaluation.extras import opencv

SHARE = (0.10, 0.30)
"""The least and the largest share of the picture that a silhouette covers."""
SHARE_SHAPE = (1.1, 3.0)
"""Parameters of the beta distribution of the share between its limits; its mean is near 15 % of the picture."""
MOST_LIMBS = 3
MOST_ASPECT = 3.0
"""Length of a lobe over its width, at most."""
LIMB_SIZE = (0.25, 0.6)
"""Radius of a limb over the body's."""
ORDERS = np.arange(2, 14)
"""Harmonics of an outline; the first would move it, not bend it."""
FALL = (1.1, 2.2)
"""Range of the power of k by which the harmonics fall."""
CUT_CHANCE = 0.2
"""How often, along each axis, a silhouette may reach over the border …"""
CUT_SHARE = (0.05, 0.3)
"""… and by what share of its length."""
ANGLES = 1024
"""Angles at which an outline is computed; between them it is interpolated."""
REACH = 6.0
"""Half the side of the square in which a silhouette is measured, radii of the body."""
STEPS = 385
"""Samples per side of that square."""

Floats = npt.NDArray[np.float64]
Hole = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lobe:
    """A closed curve around a centre; lengths in radii of the body."""

    x: float
    y: float
    length: float
    width: float
    angle: float
    """Of the long axis, radians."""
    radii: Floats
    """`(ANGLES + 1,)`, relative to an ellipse of that length and width; the last is the first again."""

    def outline(self, turn: float) -> tuple[float, float]:
        """The point of the curve at an angle from the long axis, radians."""
        radius = float(self._radius(np.array(turn)))
        along, across = self.length * radius * math.cos(turn), self.width * radius * math.sin(turn)
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return self.x + along * cos - across * sin, self.y + along * sin + across * cos

    def covers(self, x: Floats, y: Floats) -> Hole:
        """Which points of a grid lie inside; `(W,)` and `(H,)` to `(H, W)`."""
        right, down = x[None] - self.x, y[:, None] - self.y
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        along = (right * cos + down * sin) / self.length
        across = (down * cos - right * sin) / self.width
        return np.asarray(np.hypot(along, across) <= self._radius(np.arctan2(across, along)))

    def _radius(self, turn: Floats) -> Floats:
        return np.interp(turn % (2 * math.pi), np.linspace(0, 2 * math.pi, ANGLES + 1), self.radii)


def draw_silhouette(random: np.random.Generator, size: int) -> Hole:
    """One silhouette somewhere in a square picture, now and then cut by its border.

    Args:
        random: where the draws come from.
        size: side of the picture in pixels.

    Returns:
        `(size, size)`, True inside: one connected part. What the border cuts off may leave less than `SHARE` says.

    Raises:
        UsageError: OpenCV is missing.
    """
    share = SHARE[0] + (SHARE[1] - SHARE[0]) * random.beta(*SHARE_SHAPE)
    lobes = _lobes(random)
    grid = np.linspace(-REACH, REACH, STEPS)
    shape = _union(lobes, grid, grid)
    step = grid[1] - grid[0]
    side = step * math.sqrt(shape.sum() / share)
    left, right = _extent(grid, shape, axis=0)
    top, bottom = _extent(grid, shape, axis=1)
    places = (np.arange(size) + 0.5) / size
    from_left, from_top = _place(random, (right - left) / side), _place(random, (bottom - top) / side)
    hole = _union(lobes, left + side * (places - from_left), top + side * (places - from_top))
    return _largest_part(hole)


def _lobes(random: np.random.Generator) -> list[Lobe]:
    body = _lobe(random, 0.0, 0.0, 1.0)
    lobes = [body]
    for _ in range(random.integers(MOST_LIMBS + 1)):
        x, y = body.outline(random.uniform(0, 2 * math.pi))
        lobes.append(_lobe(random, x, y, random.uniform(*LIMB_SIZE)))
    return lobes


def _lobe(random: np.random.Generator, x: float, y: float, size: float) -> Lobe:
    stretch = math.sqrt(math.exp(random.uniform(0, math.log(MOST_ASPECT))))
    angle = random.uniform(0, math.pi)
    fall = random.uniform(*FALL)
    amplitudes = 0.9 * random.uniform(0.3, 1, ORDERS.size) / ORDERS**fall
    phases = random.uniform(0, 2 * math.pi, ORDERS.size)
    turns = np.linspace(0, 2 * math.pi, ANGLES + 1)[:, None]
    radii = np.exp((amplitudes * np.cos(ORDERS * turns + phases)).sum(axis=1))
    radii[-1] = radii[0]
    return Lobe(x, y, size * stretch, size / stretch, angle, radii)


def _union(lobes: list[Lobe], x: Floats, y: Floats) -> Hole:
    return np.asarray(np.logical_or.reduce([lobe.covers(x, y) for lobe in lobes]))


def _extent(grid: Floats, shape: Hole, axis: int) -> tuple[float, float]:
    places = np.flatnonzero(shape.any(axis=axis))
    return float(grid[places[0]]), float(grid[places[-1]])


def _place(random: np.random.Generator, length: float) -> float:
    """Where a silhouette of this length begins along an axis; both in sides of the picture."""
    over = length * random.uniform(*CUT_SHARE) if random.random() < CUT_CHANCE else 0.0
    low, high = sorted((-over, 1 - length + over))
    return float(random.uniform(low, high))


def _largest_part(hole: Hole) -> Hole:
    count, labels, facts, _ = opencv().connectedComponentsWithStats(hole.astype(np.uint8), connectivity=4)
    if count <= 2:
        return hole
    return np.asarray(labels == 1 + facts[1:, opencv().CC_STAT_AREA].argmax())
