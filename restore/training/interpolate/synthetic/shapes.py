"""Outlines of foreground objects and overlays that stand still, drawn with Pillow.

Thin bars and spikes matter more than their area: fences, masts, arms and cables are where interpolation tears. Overlays
matter because a wrong flow drags them along; every broadcast has them.
"""

import contextlib
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from restore.training.words import WORDS

Points = NDArray[np.float64]
Picture = NDArray[np.uint8]

Overlay = tuple[Image.Image, Image.Image]
"""Colours multiplied by coverage, and coverage."""

FINER = 2
"""Overlays are drawn in pixels so many times finer, so that their edges are smooth."""
KINDS = {"blob": 0.45, "polygon": 0.3, "bars": 0.25}
"""Kind of outline to its share."""


def draw_outline(rng: np.random.Generator, side: float) -> list[Points]:
    """Outlines of one foreground object, each `(n, 2)`, x and y in px about its centre.

    Args:
        rng: source of every random choice.
        side: of the picture in px; objects reach from a sixteenth of it to more than a half.
    """
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    if kind == "bars":
        return _bars(rng, side)
    radius = side * math.exp(rng.uniform(math.log(0.06), math.log(0.32)))
    stretch, turn = math.exp(rng.normal(0, 0.3)), rng.uniform(0, 2 * math.pi)
    outline = _blob(rng) if kind == "blob" else _polygon(rng)
    outline = radius * outline * (stretch, 1 / stretch)
    cos, sin = math.cos(turn), math.sin(turn)
    return [outline @ np.array([[cos, sin], [-sin, cos]])]


def fill_outline(
    outlines: list[Points], origin: tuple[float, float], scale: float, softness: float, size: tuple[int, int]
) -> Picture:
    """Coverage of an object, `(height, width)`, 0..255.

    Args:
        outlines: as `draw_outline`.
        origin: the place in px that the first pixel shows.
        scale: pixels drawn per px.
        softness: standard deviation of the edge in pixels drawn.
        size: width and height in pixels drawn.
    """
    canvas = Image.new("L", size)
    pen = ImageDraw.Draw(canvas)
    for outline in outlines:
        pen.polygon([(x, y) for x, y in ((outline - origin) * scale).tolist()], fill=255)
    return np.asarray(canvas.filter(ImageFilter.GaussianBlur(softness)))


def draw_overlay(rng: np.random.Generator, width: int, height: int) -> Picture:
    """Text, a logo or both, not to be moved.

    Returns:
        `(height, width, 4)`: red, green and blue, multiplied by coverage already, and coverage.
    """
    overlay = Image.new("RGB", (width, height)), Image.new("L", (width, height))
    kind = rng.random()
    if kind < 0.7:
        _print_lines(rng, overlay)
    if kind > 0.5:
        _stamp(rng, overlay)
    joined = np.dstack([np.asarray(part) for part in overlay])
    if rng.random() < 0.25:
        joined = (joined * rng.uniform(0.6, 1)).astype(np.uint8)
    return joined


def _blob(rng: np.random.Generator) -> Points:
    angles = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    radii = np.ones_like(angles)
    for wave in range(2, 7):
        radii += rng.normal(0, 0.4 / wave) * np.sin(wave * angles + rng.uniform(0, 2 * math.pi))
    return _around(angles, np.clip(radii, 0.2, 2.0))


def _polygon(rng: np.random.Generator) -> Points:
    """A box, or a star of 3 to 8 corners."""
    if rng.random() < 0.4:
        return np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 0.85
    corners = int(rng.integers(3, 9))
    angles = (np.arange(corners) + rng.uniform(-0.35, 0.35, corners)) * 2 * math.pi / corners
    return _around(angles, rng.uniform(0.4, 1.4, corners))


def _around(angles: NDArray[np.float64], radii: NDArray[np.float64]) -> Points:
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _bars(rng: np.random.Generator, side: float) -> list[Points]:
    """One to five bars, 1.5 to 9 px wide in a picture of 192 px; side by side like a fence, or crossed."""
    count = int(rng.choice([1, 1, 2, 3, 5]))
    length, width = side * rng.uniform(0.2, 0.7), side / 192 * math.exp(rng.uniform(math.log(1.5), math.log(9)))
    crossed, turn, gap = rng.random() < 0.3, rng.uniform(0, math.pi), width * rng.uniform(2, 6)
    bars = []
    for number in range(count):
        angle = turn + (rng.uniform(0, math.pi) if crossed else rng.normal(0, 0.03))
        along = np.array([math.cos(angle), math.sin(angle)])
        across = np.array([-along[1], along[0]])
        middle = (
            np.zeros(2) if crossed else (number - (count - 1) / 2) * gap * np.array([-math.sin(turn), math.cos(turn)])
        )
        end, half = along * length / 2 * rng.uniform(0.7, 1), across * width / 2
        bars.append(np.stack([middle - end - half, middle + end - half, middle + end + half, middle - end + half]))
    return bars


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """White, black or anything."""
    chance = rng.random()
    if chance < 0.5:
        return 250, 250, 250
    if chance < 0.6:
        return 5, 5, 5
    red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue


def _print_lines(rng: np.random.Generator, overlay: Overlay) -> None:
    """One to three lines of print, plain, with a rim or on a plate."""
    width, height = (FINER * length for length in overlay[1].size)
    size = max(6 * FINER, round(height * rng.uniform(0.05, 0.13)))
    font = ImageFont.load_default(size=size)
    words = [str(word) for word in rng.choice(WORDS, int(rng.integers(2, 9)))]
    count = int(rng.integers(1, 4))
    left, top = float(rng.uniform(-0.1, 0.4) * width), float(rng.uniform(0.02, 0.9) * height)
    lines = {(left, top + 1.25 * size * line): " ".join(words[line::count]) for line in range(count)}
    ink, chance = _colour(rng), rng.random()
    if chance < 0.4:
        rim = (255 - ink[0], 255 - ink[1], 255 - ink[2])
        with _inking(overlay, rim) as pen:
            for place, line in lines.items():
                pen.text(place, line, fill=255, font=font, stroke_width=max(FINER, size // 10))
    elif chance < 0.65:
        with _inking(overlay, _colour(rng)) as pen:
            right = left + max(font.getlength(line) for line in lines.values())
            pen.rectangle([left - 6, top - 4, right + 6, top + 1.25 * size * count + 4], fill=255)
    with _inking(overlay, ink) as pen:
        for place, line in lines.items():
            pen.text(place, line, fill=255, font=font)


def _stamp(rng: np.random.Generator, overlay: Overlay) -> None:
    """A disc, box or ring near a corner."""
    width, height = (FINER * length for length in overlay[1].size)
    radius = height * rng.uniform(0.03, 0.1)
    x = width * (float(rng.choice([0.1, 0.88])) + rng.normal(0, 0.03))
    y = height * (float(rng.choice([0.1, 0.88])) + rng.normal(0, 0.03))
    box = (x - radius * rng.uniform(1, 2), y - radius, x + radius, y + radius)
    shape = rng.random()
    with _inking(overlay, _colour(rng)) as pen:
        if shape < 0.35:
            pen.ellipse(box, fill=255)
        elif shape < 0.7:
            pen.rounded_rectangle(box, radius=radius * rng.uniform(0, 0.6), fill=255)
        else:
            pen.ellipse(box, outline=255, width=max(2 * FINER, round(radius / 4)))


@contextlib.contextmanager
def _inking(overlay: Overlay, colour: tuple[int, int, int]) -> Iterator[ImageDraw.ImageDraw]:
    """Lay what is drawn with the pen, in finer pixels and in white, over an overlay in a colour."""
    size = overlay[1].size
    stencil = Image.new("L", (FINER * size[0], FINER * size[1]))
    yield ImageDraw.Draw(stencil)
    mask = stencil.reduce(FINER)
    overlay[0].paste(colour, mask=mask)
    overlay[1].paste(255, mask=mask)
