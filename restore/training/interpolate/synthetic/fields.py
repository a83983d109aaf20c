"""Motion whose inverse is known: where every point of a layer goes, and where what is seen at a pixel came from.

Each scene point runs along a straight line at constant speed. So the displacement between time 0 and time t is t times
the whole one, which is what a network that splats t times its flow assumes, and a picture at any time can be drawn by
looking back:

    forwards    p(t) = X + t F(X)                     X: a point at time 0, F: its displacement until time 1
    backwards   X    = p - t F(X)                     solved by iteration

F is an affine map with a tilt (together a homography) plus plane waves. The affine part is inverted in closed form and
the rest by fixed-point iteration. Its slope stays below about 0.3, so that no layer folds over itself and each
iteration leaves less than a third of the error: a coarse grid is iterated to the end, the full one refined once.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

Field = NDArray[np.float32]

STEEPEST = 0.25
"""Largest slope of the affine part, in px per px."""
STEEPEST_WAVE = 0.1
"""Largest slope of one wave, in px per px."""
COARSE, FEWEST = 6, 12
"""Spacing of the coarse grid in px, and the least number of its points in a row."""
COARSE_ROUNDS = 5


@dataclass(frozen=True)
class Wave:
    """A plane wave of displacement: `swing` in px times the sine of `numbers` (radians per px) times place."""

    numbers: tuple[float, float]
    phase: float
    swing: tuple[float, float]


@dataclass(frozen=True)
class MotionField:
    """Displacement between time 0 and time 1 as a function of the place at time 0.

    Places are in px about `centre`: x to the right, y down.
    """

    centre: tuple[float, float]
    shift: tuple[float, float] = (0.0, 0.0)
    """Displacement of the centre in px."""
    slopes: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """How the displacement grows: x with x, x with y, y with x, y with y."""
    tilt: tuple[float, float] = (0.0, 0.0)
    """The homography's lower row in 1/px; positive shrinks."""
    waves: tuple[Wave, ...] = ()

    def displacement(self, x: Field, y: Field) -> tuple[Field, Field]:
        """Displacement in px of the points that stand at `(x, y)` at time 0; any shape."""
        right, down = x - self.centre[0], y - self.centre[1]
        return self._displacement(right, down)

    def origin(self, left: int, top: int, width: int, height: int, time: float) -> tuple[Field, Field]:
        """Where the points seen in a box of pixels at a time stand at time 0.

        Args:
            left: first column of the box.
            top: first row of the box.
            width: columns.
            height: rows.
            time: 0 is the first frame, 1 the last; a little outside is allowed.

        Returns:
            x and y in px, each `(height, width)`.
        """
        x = np.arange(left, left + width, dtype=np.float32)[None].repeat(height, 0)
        y = np.arange(top, top + height, dtype=np.float32)[:, None].repeat(width, 1)
        if time == 0:
            return x, y
        if self.waves or self.tilt != (0.0, 0.0):
            near = self.trace_back(*mesh(left, top, left + width - 1, top + height - 1), time, COARSE_ROUNDS)
            coarse = torch.from_numpy(np.stack(near))[None]
            grown = F.interpolate(coarse, (height, width), mode="bilinear", align_corners=True)
            start_x, start_y = grown[0].numpy()
            return self._trace_step(x, y, start_x - self.centre[0], start_y - self.centre[1], time)
        return self._trace_step(x, y, x, y, time)

    def trace_back(self, x: Field, y: Field, time: float, rounds: int) -> tuple[Field, Field]:
        """`origin` for places of any shape, found in `rounds` iterations from the affine part alone."""
        affine = MotionField(self.centre, self.shift, self.slopes)
        from_x, from_y = affine._trace_step(x, y, x, y, time)
        for _ in range(rounds):
            from_x, from_y = self._trace_step(x, y, from_x - self.centre[0], from_y - self.centre[1], time)
        return from_x, from_y

    def _trace_step(self, x: Field, y: Field, right: Field, down: Field, time: float) -> tuple[Field, Field]:
        """One iteration: the affine part inverted, the rest as it is at `(right, down)`."""
        xx, xy, yx, yy = self.slopes
        a, b, c, d = 1 + time * xx, time * xy, time * yx, 1 + time * yy
        target_x, target_y = x - (self.centre[0] + time * self.shift[0]), y - (self.centre[1] + time * self.shift[1])
        if self.waves or self.tilt != (0.0, 0.0):
            moved_x, moved_y = self._displacement(right, down)
            target_x -= time * (moved_x - xx * right - xy * down - self.shift[0])
            target_y -= time * (moved_y - yx * right - yy * down - self.shift[1])
        area = a * d - b * c
        from_x, from_y = target_x * (d / area), target_y * (a / area)
        from_x -= target_y * (b / area)
        from_y -= target_x * (c / area)
        from_x += self.centre[0]
        from_y += self.centre[1]
        return from_x, from_y

    def _displacement(self, right: Field, down: Field) -> tuple[Field, Field]:
        xx, xy, yx, yy = self.slopes
        moved_x = xx * right
        moved_x += xy * down
        moved_x += self.shift[0]
        moved_y = yx * right
        moved_y += yy * down
        moved_y += self.shift[1]
        if self.tilt != (0.0, 0.0):
            depth = 1 + self.tilt[0] * right + self.tilt[1] * down
            moved_x = (moved_x + right) / depth - right
            moved_y = (moved_y + down) / depth - down
        for wave in self.waves:
            phase = wave.numbers[0] * right
            phase += wave.numbers[1] * down
            phase += wave.phase
            height = np.sin(phase, out=phase)
            moved_x += wave.swing[0] * height
            moved_y += wave.swing[1] * height
        return moved_x, moved_y


def mesh(left: float, top: float, right: float, bottom: float) -> tuple[Field, Field]:
    """x and y of a coarse grid over a box, its rim included, in px."""
    columns = max(FEWEST, 1 + math.ceil((right - left) / COARSE))
    rows = max(FEWEST, 1 + math.ceil((bottom - top) / COARSE))
    x = np.arange(columns, dtype=np.float32) * ((right - left) / (columns - 1)) + left
    y = np.arange(rows, dtype=np.float32) * ((bottom - top) / (rows - 1)) + top
    return x[None].repeat(rows, 0), y[:, None].repeat(columns, 1)


def draw_motion(rng: np.random.Generator, centre: tuple[float, float], reach: float, magnitude: float) -> MotionField:
    """A random motion: a shift, and rotation, zoom, shear, tilt and waves that fit it.

    Args:
        rng: source of every random choice.
        centre: what rotates and grows about, in px.
        reach: distance in px from the centre at which the deformation is as large as it is meant to be.
        magnitude: the largest displacement in px within reach; small objects that mostly turn stay below it.
    """
    if magnitude == 0:
        return MotionField(centre)
    bent = float(rng.beta(1, 2.5)) if rng.random() < 0.75 else 1.0
    heading = rng.uniform(0, 2 * math.pi)
    shift = (magnitude * (1 - bent) * math.cos(heading), magnitude * (1 - bent) * math.sin(heading))
    slope = min(magnitude * bent / reach, STEEPEST)
    turn, zoom, shear, slant = (rng.normal(size=4) * (1, 1, 0.35, 0.35)).tolist()
    slope /= math.sqrt(turn**2 + zoom**2 + shear**2 + slant**2)
    turn, zoom, shear, slant = slope * turn, slope * zoom, slope * shear, slope * slant
    grown_cos, grown_sin = (1 + zoom) * math.cos(turn), (1 + zoom) * math.sin(turn)
    slopes = (grown_cos - 1 + shear, slant - grown_sin, slant + grown_sin, grown_cos - 1 - shear)
    tilt = (0.0, 0.0)
    if rng.random() < 0.5:
        tilt_x, tilt_y = (rng.uniform(-0.2, 0.2, 2) * slope / reach).tolist()
        tilt = (tilt_x, tilt_y)
    waves = tuple(_draw_wave(rng, reach, magnitude) for _ in range(int(rng.choice([0, 1, 2], p=[0.4, 0.3, 0.3]))))
    motion = MotionField(centre, shift, slopes, tilt, waves)
    x, y = mesh(centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)
    largest = float(np.hypot(*motion.displacement(x, y)).max())
    return motion if largest <= magnitude else _scaled(motion, magnitude / largest)


def _scaled(motion: MotionField, share: float) -> MotionField:
    """A motion with a share of the displacement; exactly so but for the tilt."""
    xx, xy, yx, yy = motion.slopes
    waves = (replace(wave, swing=(share * wave.swing[0], share * wave.swing[1])) for wave in motion.waves)
    return MotionField(
        motion.centre,
        (share * motion.shift[0], share * motion.shift[1]),
        (share * xx, share * xy, share * yx, share * yy),
        (share * motion.tilt[0], share * motion.tilt[1]),
        tuple(waves),
    )


def _draw_wave(rng: np.random.Generator, reach: float, magnitude: float) -> Wave:
    length = max(20.0, reach * rng.uniform(0.7, 2.5))
    along, across = rng.uniform(0, 2 * math.pi, 2).tolist()
    number = 2 * math.pi / length
    height = min(0.4 * magnitude, STEEPEST_WAVE / number) * rng.uniform(0.3, 1)
    return Wave(
        (number * math.cos(along), number * math.sin(along)),
        float(rng.uniform(0, 2 * math.pi)),
        (height * math.cos(across), height * math.sin(across)),
    )
