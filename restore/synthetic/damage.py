"""Damage laid over a picture: which shapes, how light or dark, how opaque; and what of it can be seen.

    shapes of real damage, drawn ones ── layers: cover, tone, blend ── laid over the picture ── what changed, and by
                                                                                                 how much

What cannot be told from the picture by anybody is not asked for: a pixel counts as damaged where it changed by more
than `SEEN` and by a part of how much the picture changes around it. Where it changed by less it is in doubt.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from restore.models.filters import box_mean
from restore.synthetic import drawing
from restore.synthetic.shapes import AREAS, LINES, NO_SHAPES, Alpha, Shapes, film_window, softened, sprite_at

KINDS = ("lines", "spots", "areas")
"""Scratches, hairs, cracks, folds; dust, dirt, specks; stains, torn parts. Numbered from 1 in `Damaged.kinds`."""
SEEN = 9.0
"""Change, in levels of 255, from which damage counts as such on an even ground."""
HARDLY_SEEN = 3.0
"""Change below which nothing is there."""
HIDDEN = 1.0
"""On an uneven ground it counts from this multiple of the ground's standard deviation on."""
GROUND_SIDE = 9
"""Side in pixels of the square that the ground's deviation is taken over."""
SOFTNESS = (0.4, 1.6)
"""Deviation in pixels of the blur of soft edges, the least and the most: what lay beside the plane in focus."""
STROKES_SOFT = 1.0
"""The largest such deviation of opaque strokes."""

MOST_COVERED = 0.15
"""What covers a larger part of a picture is left out: nobody could point at a tint over all of it."""

DRAWN: dict[str, tuple[Callable[[np.random.Generator, int, int, float], Alpha], str, float, int]] = {
    "scratch": (drawing.scratch, "lines", 0.45, 6),
    "hair": (drawing.hair, "lines", 0.25, 4),
    "cracks": (drawing.cracks, "lines", 0.2, 1),
    "fold": (drawing.fold, "lines", 0.15, 1),
    "spots": (drawing.spots, "spots", 0.4, 3),
    "stain": (drawing.stain, "areas", 0.2, 2),
    "torn": (drawing.torn, "areas", 0.1, 1),
}
"""Name to what draws it, its kind, how often it is there, and the largest number of such shapes."""
OPAQUE: dict[str, tuple[Callable[[np.random.Generator, int, int, float], Alpha], str, float, int]] = {
    "brush": (drawing.brush, "lines", 0.6, 6),
    "dots": (drawing.dots, "spots", 0.4, 1),
    "blots": (drawing.blots, "areas", 0.5, 1),
}
"""The same for what lies on opaque pictures besides: paint, tape, flakes that came off down to the paper."""
TONE_SHARED = 0.7
"""How often all opaque damage of a picture has one tone: it is the paper, or one paint."""
FILM_SHARE, SPRITE_SHARE = 0.5, 0.5
"""How often there are outlines from scans, and drawn shapes from files."""


@dataclass(frozen=True)
class Damaged:
    """A picture with damage, and where it is."""

    picture: NDArray[np.uint8]
    """`(H, W, 3)`."""
    kinds: NDArray[np.uint8]
    """`(H, W)`: 0 where nothing is seen, else the number of its kind, from 1 on."""
    doubt: NDArray[np.bool_]
    """`(H, W)`: where there is something that can hardly be seen."""
    change: NDArray[np.float32]
    """`(H, W)`: by how much the picture was changed, in levels of 255."""


@dataclass(frozen=True)
class _Layer:
    """Something that lies on a picture."""

    cover: Alpha
    kind: str
    opacity: float
    light: bool
    tone: NDArray[np.float32] | None = None
    """Three levels of 255 where it hides the picture; by default it is blended somehow."""


def lay_damage(
    rng: np.random.Generator,
    picture: NDArray[np.uint8],
    shapes: Shapes = NO_SHAPES,
    soft_share: float = 0.0,
    opaque_share: float = 0.0,
) -> Damaged:
    """Lay random damage over a picture.

    Args:
        rng: source of every random choice.
        picture: `(H, W, 3)`.
        shapes: shapes of real damage; without them all damage is drawn by rules.
        soft_share: part of the shapes whose edges are soft, 0..1; the others are as sharp as pixels allow.
        opaque_share: part of the pictures whose damage hides what is under it, 0..1; on the others most shines through.
    """
    opaque = opaque_share > 0 and rng.random() < opaque_share
    base = picture.astype(np.float32)
    height, width = picture.shape[:2]
    size = math.exp(rng.uniform(math.log(0.6), math.log(1.8)))
    light_share = float(rng.choice([0.0, 0.5, 1.0], p=[0.25, 0.35, 0.4]))
    strongest = rng.uniform(0.45, 1.0)
    tone = _opaque_tone(rng, rng.random() < light_share) if opaque and rng.random() < TONE_SHARED else None
    layers: list[_Layer] = []
    while not layers:
        for sharp, kind in _shapes(rng, height, width, size, shapes, opaque):
            soft = soft_share > 0 and rng.random() < soft_share
            cover = softened(sharp, rng.uniform(*SOFTNESS)) if soft else sharp
            opacity, light = strongest * rng.uniform(0.6, 1.0), rng.random() < light_share
            if opaque:
                layers.append(_Layer(cover, kind, 1.0, light, _opaque_tone(rng, light) if tone is None else tone))
            else:
                layers.append(_Layer(cover, kind, opacity, light))
    blackest, whitest = (float(level) for level in np.percentile(picture[::2, ::2], (1, 99)))
    laid, kinds = base.copy(), np.zeros((height, width), np.uint8)
    for layer in layers:
        part = _box(layer.cover)
        blended = _blend(rng, laid[part], replace(layer, cover=layer.cover[part]), whitest, blackest)
        own = _largest(blended - laid[part]) > HARDLY_SEEN
        laid[part] = blended
        kinds[part][own] = 1 + KINDS.index(layer.kind)
    return _with_truth(base, laid, kinds)


def lay_strokes(rng: np.random.Generator, picture: NDArray[np.uint8], kinds: NDArray[np.uint8]) -> Damaged:
    """Lay opaque strokes over a picture, all of them light or all dark, sharp or out of focus.

    Args:
        rng: source of every random choice.
        picture: `(H, W, 3)`.
        kinds: `(H, W)`: 0 where there is no stroke, else the number of its kind, from 1 on.
    """
    base = picture.astype(np.float32)
    level = rng.uniform(225, 255) if rng.random() < 0.5 else rng.uniform(0, 30)
    radius = rng.uniform(0.0, STROKES_SOFT)
    cover = softened((kinds > 0).astype(np.float32), radius)[..., None]
    return _with_truth(base, base * (1 - cover) + np.float32(level) * cover, kinds)


def _with_truth(base: NDArray[np.float32], laid: NDArray[np.float32], kinds: NDArray[np.uint8]) -> Damaged:
    levels = np.clip(np.round(laid), 0, 255).astype(np.uint8)
    change = _largest(levels.astype(np.float32) - base)
    seen, doubt = visible(change, base)
    return Damaged(levels, np.where(seen, kinds, np.uint8(0)), doubt | seen & (kinds == 0), change)


def visible(change: NDArray[np.float32], picture: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a change can be seen, and where it is in doubt; each `(H, W)`.

    Args:
        change: `(H, W)`, in levels of 255.
        picture: what was changed, `(H, W, 3)`, in levels of 255.
    """
    seen = change > np.maximum(SEEN, HIDDEN * _deviation(picture))
    return seen, ~seen & (change > HARDLY_SEEN)


def _shapes(
    rng: np.random.Generator, height: int, width: int, size: float, shapes: Shapes, opaque: bool
) -> list[tuple[Alpha, str]]:
    """Covers of the damage of one picture, with their kinds; perhaps none."""
    found: list[tuple[Alpha, str]] = []
    if shapes.scans and rng.random() < FILM_SHARE:
        for _ in range(rng.integers(1, 4)):
            scan = shapes.scans[rng.integers(len(shapes.scans))]
            scale = size * math.exp(rng.uniform(math.log(0.3), math.log(1.0)))
            found += [(cover, kind) for kind, cover in film_window(rng, scan, height, width, scale).items()]
    if shapes.sprites and rng.random() < SPRITE_SHARE:
        names = list(shapes.sprites)
        for _ in range(rng.integers(1, 5)):
            name = names[rng.integers(len(names))]
            sprite = shapes.sprites[name][rng.integers(len(shapes.sprites[name]))]
            longest = size * (2 + 0.25 * max(sprite.shape)) * math.exp(rng.uniform(-0.9, 0.9))
            cover = sprite_at(rng, sprite, height, width, longest)
            found.append((cover, "lines" if name in LINES else "areas" if name in AREAS else "spots"))
    for draw, kind, share, most in (DRAWN | OPAQUE if opaque else DRAWN).values():
        if rng.random() < share:
            found += [(draw(rng, height, width, size), kind) for _ in range(rng.integers(1, most + 1))]
    return [(cover, kind) for cover, kind in found if 0 < cover.mean() <= MOST_COVERED]


def _opaque_tone(rng: np.random.Generator, light: bool) -> NDArray[np.float32]:
    """Bare paper or dirt, seldom a tone between them."""
    level = rng.uniform(0, 255) if rng.random() < 0.15 else rng.uniform(205, 255) if light else rng.uniform(0, 45)
    tint = rng.normal(0, 12, 3) if rng.random() < 0.4 else np.zeros(3)
    return np.clip(level + tint, 0, 255).astype(np.float32)


def _blend(
    rng: np.random.Generator, picture: NDArray[np.float32], layer: _Layer, whitest: float, blackest: float
) -> NDArray[np.float32]:
    """Lay one layer over a picture, `(H, W, 3)` in levels of 255."""
    cover = (layer.cover * np.float32(layer.opacity))[..., None]
    if layer.tone is not None:
        grain = np.float32(rng.uniform(0, 4)) * rng.standard_normal((*picture.shape[:2], 1), np.float32)
        hidden: NDArray[np.float32] = picture * (1 - cover) + np.clip(layer.tone + grain, 0, 255) * cover
        return hidden
    if layer.kind == "areas" and rng.random() < 0.6:  # a stain lets the picture shine through, tinted
        tint = np.sort(rng.uniform(0.45, 1.0, 3))[::-1] if rng.random() < 0.7 else rng.uniform(0.4, 1.0, 3)
        tinted = 255 - (255 - picture) * tint if layer.light else picture * tint
        stained: NDArray[np.float32] = picture * (1 - cover) + tinted.astype(np.float32) * cover
        return stained
    level = whitest + (255 - whitest) * rng.random() if layer.light else blackest * rng.random()
    if rng.random() < 0.15:
        level += (-1 if layer.light else 1) * rng.uniform(20, 90)
    tone = np.full(3, level, np.float32)
    if rng.random() < 0.2:
        tone += rng.normal(0, 22, 3).astype(np.float32)
    uneven = np.float32(rng.uniform(0, 6)) * rng.standard_normal((*picture.shape[:2], 1), np.float32)
    laid: NDArray[np.float32] = picture * (1 - cover) + np.clip(tone + uneven, 0, 255) * cover
    return laid


def _box(cover: Alpha) -> tuple[slice, slice]:
    """Rows and columns that hold all that is covered."""
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _largest(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest absolute difference of the three colours, `(H, W)`."""
    size = np.abs(difference)
    return np.maximum(np.maximum(size[..., 0], size[..., 1]), size[..., 2])


def _deviation(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Standard deviation of the grey picture around each pixel, `(H, W)`."""
    grey = torch.from_numpy(picture.mean(2))[None, None]
    mean = box_mean(grey, GROUND_SIDE)
    square = box_mean(grey.square(), GROUND_SIDE)
    deviation: NDArray[np.float32] = (square - mean.square()).clamp(min=0).sqrt()[0, 0].numpy()
    return deviation
