"""Layers of a synthetic scene: textures cut from photographs, each with a motion, and the scene seen at a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from restore.training.interpolate.synthetic.fields import Field, MotionField, draw_motion, mesh
from restore.training.interpolate.synthetic.shapes import draw_outline, fill_outline

Photo = NDArray[np.uint8]
Box = tuple[float, float, float, float]

FINEST, COARSEST = 1.4, 2.3
"""A photograph's pixels per px of the picture, if it is large enough."""
AVERAGED_FROM = 1.3
"""From so many pixels per px on, blocks of 2x2 are averaged first, so that nothing aliases."""


@dataclass(frozen=True)
class Layer:
    """A texture that moves.

    `texture` is `(1, 3, H, W)` in levels 0..255, or `(1, 4, H, W)` with its coverage 0..255 as the last channel.
    `box` is left, top, right and bottom of what it covers at time 0, in px; None covers all.
    """

    texture: Tensor
    across: tuple[float, float, float]
    """`grid_sample`'s coordinate -1..1 from left to right as factors of x, y and 1, at time 0."""
    down: tuple[float, float, float]
    """`grid_sample`'s coordinate -1..1 from top to bottom as factors of x, y and 1, at time 0."""
    motion: MotionField
    box: Box | None = None

    def visible_box(self, time: float, side: int) -> tuple[int, int, int, int]:
        """Left, top, width and height of the pixels that may show it; no width or height if none do."""
        if self.box is None:
            return 0, 0, side, side
        x, y = mesh(*self.box)
        moved_x, moved_y = self.motion.displacement(x, y)
        x, y = x + time * moved_x, y + time * moved_y
        left, top = max(0, math.floor(x.min()) - 1), max(0, math.floor(y.min()) - 1)
        right, bottom = min(side, math.ceil(x.max()) + 2), min(side, math.ceil(y.max()) + 2)
        return left, top, max(0, right - left), max(0, bottom - top)

    def sample(self, x: Field, y: Field) -> Field:
        """The texture at places `(h, w)` of time 0: `(3, h, w)` or `(4, h, w)`."""
        grid = np.empty((1, *x.shape, 2), np.float32)
        for axis, (by_x, by_y, start) in enumerate((self.across, self.down)):
            place = by_x * x
            if by_y:
                place += by_y * y
            place += start
            grid[0, ..., axis] = place
        found = F.grid_sample(self.texture, torch.from_numpy(grid), padding_mode="border", align_corners=True)
        sampled: Field = found[0].numpy()
        return sampled


@dataclass(frozen=True)
class View:
    """The scene at a time, without light and overlays."""

    colours: Field
    """`(3, h, w)`, 0..255."""
    labels: NDArray[np.uint8]
    """Number of the layer that is seen, `(h, w)`; 0 is the background."""
    past: Field
    """Where what is seen stands at time 0, `(2, h, w)`, x and y in px."""


def background(rng: np.random.Generator, photo: Photo, side: int, motion: MotionField, spill: float) -> Layer:
    """A layer that covers everything at every time.

    Args:
        rng: source of every random choice.
        photo: `(H, W, 3)`.
        side: of the picture in px.
        motion: of the layer.
        spill: how long before time 0 and after time 1 it is seen.
    """
    corners = mesh(0, 0, side - 1, side - 1)
    pasts = [motion.trace_back(*corners, time, 8) for time in (-spill, 1 + spill)]
    x, y = (np.concatenate([corners[axis], *(past[axis] for past in pasts)]) for axis in range(2))
    angle = rng.normal(0, 0.1)
    cos, sin = math.cos(angle), math.sin(angle)
    right, below = cos * x - sin * y, sin * x + cos * y
    start_x, start_y = float(right.min()) - 2, float(below.min()) - 2
    size = float(right.max()) + 2 - start_x, float(below.max()) + 2 - start_y
    texture, scale = _texture(rng, photo, size)
    by_x, by_y = _factors(texture, scale)
    return Layer(
        texture,
        (by_x * cos, -by_x * sin, -by_x * start_x - 1),
        (by_y * sin, by_y * cos, -by_y * start_y - 1),
        motion,
    )


def cut_out(rng: np.random.Generator, photo: Photo, side: int, magnitude: float) -> Layer:
    """A foreground object: a layer cut out of a photograph by a random outline with soft edges.

    Args:
        rng: source of every random choice.
        photo: `(H, W, 3)`.
        side: of the picture in px.
        magnitude: about its largest displacement in px.
    """
    outlines = draw_outline(rng, side)
    softest = 3.5 if rng.random() < 0.1 else 1.2
    softness = math.exp(rng.uniform(math.log(0.35), math.log(softest)))
    x, y = rng.uniform(-0.05, 1.05, 2) * side
    points = np.concatenate(outlines)
    rim = 3 * softness + 1
    (left, top), (right, bottom) = (points.min(0) - rim).tolist(), (points.max(0) + rim).tolist()
    texture, scale = _texture(rng, photo, (right - left, bottom - top))
    height, width = texture.shape[-2:]
    coverage = fill_outline(outlines, (left, top), scale, softness * scale, (width, height))
    texture = torch.cat([texture, torch.from_numpy(coverage.astype(np.float32))[None, None]], dim=1)
    by_x, by_y = _factors(texture, scale)
    box = (x + left, y + top, x + right, y + bottom)
    motion = draw_motion(rng, (float(x), float(y)), max(8.0, -left, -top, right, bottom), magnitude)
    return Layer(texture, (by_x, 0.0, -by_x * box[0] - 1), (0.0, by_y, -by_y * box[1] - 1), motion, box)


def draw(layers: Sequence[Layer], side: int, time: float) -> View:
    """The scene of some layers, lowest first, `side` px wide and high, at a time; 0 and 1 are the ends."""
    past = np.stack(layers[0].motion.origin(0, 0, side, side, time))
    colours = layers[0].sample(past[0], past[1])
    labels = np.zeros((side, side), np.uint8)
    for number, layer in enumerate(layers[1:], 1):
        left, top, width, height = layer.visible_box(time, side)
        if not (width and height):
            continue
        here = (slice(top, top + height), slice(left, left + width))
        x, y = layer.motion.origin(left, top, width, height, time)
        sampled = layer.sample(x, y)
        inside = sampled[3] > 127.5
        below = colours[:, *here]
        below += (sampled[:3] - below) * (sampled[3] / 255)
        np.copyto(labels[here], number, where=inside)
        for part, values in zip(past, (x, y), strict=True):
            np.copyto(part[here], values, where=inside)
    return View(colours, labels, past)


def _texture(rng: np.random.Generator, photo: Photo, size: tuple[float, float]) -> tuple[Tensor, float]:
    """A random part of a photograph that is `size` px large, `(1, 3, H, W)`, and its pixels per px."""
    height, width = photo.shape[:2]
    scale = min(rng.uniform(FINEST, COARSEST), (width - 2) / size[0], (height - 2) / size[1])
    scale = max(scale, 2 / min(size))
    part_width = min(width, math.ceil(scale * size[0]) + 2)
    part_height = min(height, math.ceil(scale * size[1]) + 2)
    left = int(rng.integers(width - part_width + 1))
    top = int(rng.integers(height - part_height + 1))
    part = photo[top : top + part_height, left : left + part_width]
    if scale < AVERAGED_FROM:
        return torch.from_numpy(part.astype(np.float32)).permute(2, 0, 1)[None], scale
    wide = part.astype(np.uint16)
    wide = wide[:-1] + wide[1:]
    wide = wide[:, :-1] + wide[:, 1:]
    return torch.from_numpy(wide * np.float32(0.25)).permute(2, 0, 1)[None], scale


def _factors(texture: Tensor, scale: float) -> tuple[float, float]:
    """`grid_sample`'s units per px."""
    height, width = texture.shape[-2:]
    return 2 * scale / (width - 1), 2 * scale / (height - 1)
