"""The six mask classes of the bench, reproducible from a class and a seed.

Thin, medium and thick are irregular strokes and boxes with the parameters of LaMa's published evaluation (Suvorov et
al., WACV 2022); scratch is the damage of an old print, that of `strokes`; text is a watermark; object is what people
take out of a picture, the silhouette of `silhouettes`. The order in which the random numbers are drawn is part of the
definition: figures are comparable only while every class and seed gives the same pixels, so a draw may not be moved,
added or dropped. OpenCV and Pillow do the drawing of all but object: between OpenCV 4.11 and 5.0 a circle or an ellipse
of the scratch class differs by one or two pixels of a 512 px mask, too little to change a figure; lines and boxes do
not differ.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from restore.errors import UsageError
from restore.evaluation.extras import opencv
from restore.evaluation.inpaint.silhouettes import SHARE, draw_silhouette
from restore.evaluation.strokes import draw_strokes

CLASSES = ("thin", "medium", "thick", "scratch", "text", "object")
"""The classes in the order that seeds them: a class's position is part of its masks' seed. New ones go last."""
HOLE_SHARE = (0.005, 0.5)
"""A mask counts when its hole covers more than the first and at most the second share of the picture; an object has
limits of its own."""
ATTEMPTS = 50
"""Draws with one seed before giving up."""
STROKES_SHARE = 1 / 1.3
"""How often medium and thick masks are strokes; else they are boxes."""
WORDS = (
    *("sample", "proof", "copyright", "studio", "archive", "1957", "summer", "photo", "print", "negative", "do", "not"),
    *("copy", "family", "album", "www", "example", "org", "number", "4021"),
)
HOLE = 255

Canvas = npt.NDArray[np.uint8]
Span = tuple[int, int]
Draw = Callable[[np.random.Generator, int], Canvas]


def draw_mask(kind: str, seed: int, size: int = 512) -> npt.NDArray[np.bool_]:
    """The mask of one class and seed.

    Args:
        kind: one of `CLASSES`.
        seed: any number from 0; the same number gives unrelated masks in different classes.
        size: side of the square mask in pixels.

    Returns:
        `(size, size)`, True inside the hole.

    Raises:
        UsageError: no such class, a negative seed, OpenCV is missing, or the size is too small for the class.
    """
    if kind not in CLASSES:
        raise UsageError(f"there is no mask class {kind!r}; choose from {', '.join(CLASSES)}")
    if seed < 0:
        raise UsageError(f"a mask's seed starts at 0, got {seed}")
    random = np.random.default_rng([CLASSES.index(kind), seed])
    least, most = SHARE if kind == "object" else HOLE_SHARE
    for _ in range(ATTEMPTS):
        hole = _DRAWINGS[kind](random, size) > 0
        if least < hole.mean() <= most:
            return hole
    raise UsageError(f"no {kind} mask with seed {seed} fits into {size} px; choose a larger size")


def _thin(random: np.random.Generator, size: int) -> Canvas:
    return _strokes(random, size, width=20, length=100, count=(4, 70))


def _medium(random: np.random.Generator, size: int) -> Canvas:
    if random.random() < STROKES_SHARE:
        return _strokes(random, size, width=100, length=200, count=(4, 10))
    return _boxes(random, size, margin=0, side=(30, 150), count=(1, 5))


def _thick(random: np.random.Generator, size: int) -> Canvas:
    if random.random() < STROKES_SHARE:
        return _strokes(random, size, width=250, length=450, count=(1, 5))
    return _boxes(random, size, margin=10, side=(30, 300), count=(1, 4))


def _strokes(random: np.random.Generator, size: int, *, width: int, length: int, count: Span) -> Canvas:
    """Broken lines of one to five segments, each segment 5 to `5 + width` px wide and 10 to `10 + length` px long."""
    cv2 = opencv()
    canvas = np.zeros((size, size), np.uint8)
    for stroke in range(random.integers(count[0], count[1] + 1)):
        x, y = int(random.integers(size)), int(random.integers(size))
        for _ in range(1 + random.integers(5)):
            angle = 0.01 + random.integers(4)
            if stroke % 2 == 0:
                angle = 2 * math.pi - angle
            reach = 10 + random.integers(length)
            thickness = int(5 + random.integers(width))
            end_x = int(np.clip(x + reach * math.sin(angle), 0, size))
            end_y = int(np.clip(y + reach * math.cos(angle), 0, size))
            cv2.line(canvas, (x, y), (end_x, end_y), HOLE, thickness)
            x, y = end_x, end_y
    return canvas


def _boxes(random: np.random.Generator, size: int, *, margin: int, side: Span, count: Span) -> Canvas:
    """Upright rectangles at least `margin` px from the border. Sides are cut to what a small picture has room for."""
    canvas = np.zeros((size, size), np.uint8)
    room = size - 2 * margin
    for _ in range(random.integers(count[0], count[1] + 1)):
        width = min(int(random.integers(*side)), room)
        height = min(int(random.integers(*side)), room)
        left = random.integers(margin, size - margin - width + 1)
        top = random.integers(margin, size - margin - height + 1)
        canvas[top : top + height, left : left + width] = HOLE
    return canvas


def _scratch(random: np.random.Generator, size: int) -> Canvas:
    return (draw_strokes(random, size) > 0).astype(np.uint8) * np.uint8(HOLE)


def _text(random: np.random.Generator, size: int) -> Canvas:
    """Lines of words in Pillow's built-in font, half of the masks rotated, widened by one pixel."""
    sheet = Image.new("L", (size, size))
    pen = ImageDraw.Draw(sheet)
    top = int(random.integers(0, 30))
    while top < size:
        height = int(random.integers(18, 56))
        font = ImageFont.load_default(size=height)
        left = int(random.integers(-20, 60))
        line = " ".join(random.choice(WORDS, 6))
        pen.text((left, top), line, fill=255, font=font, stroke_width=int(random.integers(0, 3)))
        top += height + int(random.integers(10, 90))
    if random.random() < 0.5:
        sheet = sheet.rotate(float(random.uniform(-35, 35)))
    letters = (np.asarray(sheet) > 40).astype(np.uint8) * HOLE
    return np.asarray(opencv().dilate(letters, np.ones((3, 3), np.uint8)), dtype=np.uint8)


def _object(random: np.random.Generator, size: int) -> Canvas:
    return draw_silhouette(random, size).astype(np.uint8) * np.uint8(HOLE)


_DRAWINGS: dict[str, Draw] = {
    "thin": _thin,
    "medium": _medium,
    "thick": _thick,
    "scratch": _scratch,
    "text": _text,
    "object": _object,
}
