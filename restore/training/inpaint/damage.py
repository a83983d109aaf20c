"""Synthetic holes: what hands, time and software do to photographs.

Six kinds, drawn with Pillow so that training needs no further library: thin, medium and thick strokes and boxes
(after the parameters LaMa published, Suvorov et al. 2022, appendix), scratches with dust, folds and cracks, lines of
text, stains; and one for wide holes alone, whole objects. Each is a pure function of a NumPy generator, so a run sees
the same holes wherever it is resumed.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from restore.training.words import WORDS

Mask = NDArray[np.uint8]
Draw = Callable[[np.random.Generator, int], Image.Image]


def strokes(rng: np.random.Generator, side: int, widest: int, longest: int, fewest: int, most: int) -> Image.Image:
    """Polylines that turn at random; widths 5 to `widest` px, segments 10 to `longest` px."""
    canvas, pen = _canvas(side)
    for index in range(rng.integers(fewest, most + 1)):
        x, y = rng.uniform(0, side, 2)
        for _ in range(1 + rng.integers(5)):
            angle = rng.uniform(0, 4.0) * (-1 if index % 2 else 1)
            length, width = 10 + rng.integers(longest), 5 + rng.integers(widest)
            end_x = float(np.clip(x + length * math.sin(angle), 0, side))
            end_y = float(np.clip(y + length * math.cos(angle), 0, side))
            _line(pen, x, y, end_x, end_y, float(width))
            x, y = end_x, end_y
    return canvas


def boxes(rng: np.random.Generator, side: int, smallest: int, largest: int, most: int) -> Image.Image:
    """Upright rectangles with sides of `smallest` to `largest` px."""
    canvas, pen = _canvas(side)
    for _ in range(rng.integers(1, most + 1)):
        width, height = rng.integers(smallest, largest, 2)
        x, y = rng.integers(0, max(1, side - width)), rng.integers(0, max(1, side - height))
        pen.rectangle([int(x), int(y), int(x + width), int(y + height)], fill=255)
    return canvas


def thin(rng: np.random.Generator, side: int) -> Image.Image:
    """Many pen strokes."""
    return strokes(rng, side, 20, 100, 4, 70)


def medium(rng: np.random.Generator, side: int) -> Image.Image:
    """A few broad strokes, or boxes."""
    return strokes(rng, side, 100, 200, 4, 10) if rng.random() < 0.75 else boxes(rng, side, 30, 150, 5)


def thick(rng: np.random.Generator, side: int) -> Image.Image:
    """Whole objects painted out."""
    return strokes(rng, side, 250, 450, 1, 5) if rng.random() < 0.75 else boxes(rng, side, 30, 300, 4)


def scratches(rng: np.random.Generator, side: int) -> Image.Image:
    """Hair scratches, cracks, a fold, dust and flakes."""
    canvas, pen = _canvas(side)
    for _ in range(rng.integers(3, 15)):
        _walk(rng, pen, side, rng.uniform(1, 4), int(rng.integers(10, 60)), 0.06)
    for _ in range(rng.integers(0, 3)):
        _walk(rng, pen, side, rng.uniform(4, 10), int(rng.integers(30, 90)), 0.35)
    if rng.random() < 0.5:
        place, drift, width = rng.uniform(0, side), rng.uniform(-30, 30), rng.uniform(2, 9)
        ends = (
            (place, 0.0, place + drift, float(side)) if rng.random() < 0.5 else (0.0, place, float(side), place + drift)
        )
        _line(pen, *ends, width)
    for _ in range(rng.integers(20, 160)):
        x, y = rng.uniform(0, side, 2)
        _disc(pen, x, y, rng.uniform(0.7, 3.6))
    for _ in range(rng.integers(0, 6)):
        _blob(rng, pen, side, 4, 22)
    return canvas


def text(rng: np.random.Generator, side: int) -> Image.Image:
    """Lines of handwriting-sized print, sometimes tilted."""
    canvas, pen = _canvas(side)
    y = int(rng.integers(0, 30))
    while y < side:
        size = int(rng.integers(16, 60))
        font = ImageFont.load_default(size=size)
        line = " ".join(str(word) for word in rng.choice(WORDS, 8))
        pen.text((int(rng.integers(-40, 60)), y), line, fill=255, font=font, stroke_width=int(rng.integers(0, 3)))
        y += size + int(rng.integers(8, 90))
    if rng.random() < 0.5:
        canvas = canvas.rotate(float(rng.uniform(-40, 40)))
    return canvas.point(lambda level: 255 if level > 40 else 0).filter(ImageFilter.MaxFilter(3))


def stains(rng: np.random.Generator, side: int) -> Image.Image:
    """Round-edged spots and torn corners."""
    canvas, pen = _canvas(side)
    for _ in range(rng.integers(2, 14)):
        _blob(rng, pen, side, 6, 48)
    if rng.random() < 0.4:
        reach_x, reach_y = rng.uniform(0.05, 0.3, 2) * side
        corner_x, corner_y = rng.choice([0, side], 2)
        inward_x = corner_x + (reach_x if corner_x == 0 else -reach_x)
        inward_y = corner_y + (reach_y if corner_y == 0 else -reach_y)
        pen.polygon([(corner_x, corner_y), (inward_x, corner_y), (corner_x, inward_y)], fill=255)
    return canvas


def objects(rng: np.random.Generator, side: int) -> Image.Image:
    """One connected thing of a wavy outline that covers 8 to 35 % of the canvas, partly beyond its edge at times."""
    share = rng.uniform(0.08, 0.35)
    angles = np.linspace(0, 2 * math.pi, 180, endpoint=False)
    reach = np.ones_like(angles)
    for wave in range(2, 9):
        reach += rng.normal(0, 0.35 / wave**1.1) * np.cos(wave * angles + rng.uniform(0, 2 * math.pi))
    reach = reach.clip(0.35, 2.0)
    stretch, (x, y) = math.exp(rng.uniform(-0.5, 0.5)), rng.uniform(0.2, 0.8, 2) * side
    outline = np.stack([reach * np.cos(angles) * stretch, reach * np.sin(angles) / stretch], axis=1)

    def drawn(scale: float) -> Image.Image:
        canvas, pen = _canvas(side)
        pen.polygon([(float(across), float(down)) for across, down in scale * outline + (x, y)], fill=255)
        return canvas

    smallest, largest = 1.0, 2.0 * side
    for _ in range(20):
        scale = (smallest + largest) / 2
        too_small = np.asarray(drawn(scale)).mean() / 255 < share
        smallest, largest = (scale, largest) if too_small else (smallest, scale)
    return drawn(largest)


KINDS: dict[str, tuple[Draw, float]] = {
    "thin": (thin, 0.22),
    "scratches": (scratches, 0.2),
    "text": (text, 0.18),
    "medium": (medium, 0.18),
    "thick": (thick, 0.18),
    "stains": (stains, 0.04),
}
"""Kind to its drawing and its share of a training set."""
WIDE_KINDS: dict[str, tuple[Draw, float]] = {"medium": (medium, 0.2), "thick": (thick, 0.3), "object": (objects, 0.5)}
"""The same for a training set of wide holes alone."""


def draw_mask(
    rng: np.random.Generator, side: int, kind: str | None = None, kinds: Mapping[str, tuple[Draw, float]] = KINDS
) -> Mask:
    """Draw one hole.

    Args:
        rng: source of every random choice.
        side: height and width in pixels, at least 32.
        kind: a key of `kinds`; by default one at random by its share.
        kinds: what there is to draw.

    Returns:
        `(side, side)`, 255 inside the hole and 0 outside, covering 0.5 % to 60 %; rims jittered by up to 3 px.
    """
    name = kind or str(rng.choice(list(kinds), p=[share for _, share in kinds.values()]))
    while True:
        canvas = kinds[name][0](rng, side)
        if name not in ("scratches", "text") and rng.random() < 0.5:
            grow = int(rng.choice([3, 5, 7]))
            canvas = canvas.filter(ImageFilter.MaxFilter(grow) if rng.random() < 0.5 else ImageFilter.MinFilter(grow))
        mask: Mask = np.where(np.asarray(canvas) > 127, 255, 0).astype(np.uint8)
        if 0.005 < mask.mean() / 255 <= 0.6:
            return mask


def _canvas(side: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("L", (side, side))
    return canvas, ImageDraw.Draw(canvas)


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)


def _line(pen: ImageDraw.ImageDraw, x0: float, y0: float, x1: float, y1: float, width: float) -> None:
    """A line with round ends."""
    pen.line([x0, y0, x1, y1], fill=255, width=max(1, round(width)))
    if width > 3:
        _disc(pen, x0, y0, width / 2)
        _disc(pen, x1, y1, width / 2)


def _walk(rng: np.random.Generator, pen: ImageDraw.ImageDraw, side: int, width: float, steps: int, curl: float) -> None:
    """A nearly straight random walk in steps of 8 px."""
    angle = rng.uniform(0, 2 * math.pi)
    x, y = rng.uniform(0, side, 2)
    for _ in range(steps):
        angle += rng.normal(0, curl)
        end_x, end_y = x + 8 * math.cos(angle), y + 8 * math.sin(angle)
        _line(pen, x, y, end_x, end_y, width * rng.uniform(0.6, 1.4))
        x, y = end_x, end_y


def _blob(rng: np.random.Generator, pen: ImageDraw.ImageDraw, side: int, smallest: float, largest: float) -> None:
    """A closed wavy outline."""
    x, y = rng.uniform(0, side, 2)
    radius, phases = rng.uniform(smallest, largest), rng.uniform(0, 2 * math.pi, 3)
    points = []
    for angle in np.linspace(0, 2 * math.pi, 28, endpoint=False):
        wave = sum(0.12 * math.sin((k + 2) * angle + phase) for k, phase in enumerate(phases))
        points.append((x + radius * (1 + wave) * math.cos(angle), y + radius * (1 + wave) * math.sin(angle)))
    pen.polygon(points, fill=255)
