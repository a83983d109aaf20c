"""Shapes drawn by rules: scratches, hairs, cracks, folds, stains, torn corners.

Each is a pure function of a NumPy generator and gives how much of each pixel it covers, `(height, width)`, 0..1. Sizes
are those of a photograph of about a thousand pixels and are multiplied by `size`.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from restore.synthetic.shapes import FINER, Alpha, reduced

Points = NDArray[np.float64]
"""`(n, 2)`, x and y in pixels."""


def scratch(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """A nearly straight line of changing width, often right across the picture, sometimes broken."""
    angle = rng.choice([0.0, math.pi / 2]) + rng.normal(0, 0.04) if rng.random() < 0.5 else rng.uniform(0, math.pi)
    length = (height + width) * (1.0 if rng.random() < 0.4 else rng.uniform(0.05, 0.6))
    points = walk(rng, anywhere(rng, height, width), angle, length, rng.choice([0.0, 0.01, 0.05]))
    thickness = size * math.exp(rng.uniform(math.log(0.8), math.log(5)))
    return trace(rng, points, height, width, thickness, broken=rng.random() < 0.4)


def hair(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """A thin line that curls."""
    length = size * rng.uniform(15, 200)
    angle, bend = rng.uniform(0, 2 * math.pi), rng.normal(0, 2.5) / length
    points = walk(rng, anywhere(rng, height, width), angle, length, 0.0, bend=bend)
    return trace(rng, points, height, width, size * rng.uniform(0.8, 3.0))


def cracks(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """A jagged line that branches."""
    canvas = Image.new("L", (FINER * width, FINER * height))
    pen = ImageDraw.Draw(canvas)
    thickness = size * rng.uniform(0.8, 4.0)
    length = (height + width) * rng.uniform(0.1, 0.7)
    starts = [(anywhere(rng, height, width), rng.uniform(0, 2 * math.pi), length)]
    for _ in range(int(rng.integers(1, 9))):
        middle, angle, length = starts.pop(0)
        points = walk(rng, middle, angle, length, 0.25, step=6 * size)
        _polyline(pen, points, thickness * rng.uniform(0.5, 1.0))
        for _ in range(2):
            at = points[rng.integers(len(points))]
            starts.append(((at[0], at[1]), angle + rng.choice([-1, 1]) * rng.uniform(0.4, 1.5), 0.6 * length))
    return reduced(canvas)


def fold(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """A crease right across the picture, rough where the surface has come off."""
    upright, slope = rng.random() < 0.5, rng.normal(0, 0.1)
    angle = (math.pi / 2 if upright else 0.0) + slope
    points = walk(rng, anywhere(rng, height, width), angle, 2.0 * (height + width), 0.02, step=4 * size)
    thickness = size * rng.uniform(1.5, 9)
    covered = trace(rng, points, height, width, thickness)
    return np.maximum(covered, trace(rng, points + rng.normal(0, 0.4 * thickness, points.shape), height, width, 1.5))


def stain(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """A blot with a wavy outline, evenly covered or darker at its rim, as a drop leaves when it dries."""
    outline = blob(rng, height, width, size * math.exp(rng.uniform(math.log(8), math.log(120))), rough=0.2)
    canvas = _polygon(outline, height, width)
    soft = rng.uniform(0.5, 4) * FINER
    inside = np.asarray(canvas.filter(ImageFilter.GaussianBlur(soft)), np.float32) / 255
    if rng.random() < 0.5:
        inner = np.asarray(canvas.filter(ImageFilter.GaussianBlur(4 * soft)), np.float32) / 255
        inside = inside * (1 - 0.7 * inner**3)
    return reduced(Image.fromarray((255 * inside).astype(np.uint8)))


def spots(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """Many specks, in a cloud or everywhere: dust, mould, foxing, flakes that came off."""
    canvas = Image.new("L", (FINER * width, FINER * height))
    pen = ImageDraw.Draw(canvas)
    count = int(math.exp(rng.uniform(math.log(3), math.log(120))))
    centre, spread = rng.uniform(0, 1, 2) * (width, height), rng.uniform(0.05, 1.0) * (height + width)
    largest = size * math.exp(rng.uniform(math.log(1), math.log(8)))
    for _ in range(count):
        x, y = rng.normal(centre, spread)
        radius = largest * rng.uniform(0.35, 1) ** 2
        if radius < 2:
            corners = FINER * np.array([x - radius, y - radius, x + radius, y + radius])
            pen.ellipse([float(corner) for corner in corners], fill=255)
        else:
            _fill(pen, blob(rng, height, width, radius, rough=0.35, centre=(x, y)))
    return reduced(canvas)


def brush(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """A stroke of a pen, a brush or a fingernail that wanders, from a hair's width to that of adhesive tape."""
    length = (height + width) * math.exp(rng.uniform(math.log(0.05), math.log(0.9)))
    wander = rng.choice([0.0, 0.06, 0.2, 0.4])
    points = walk(rng, anywhere(rng, height, width), rng.uniform(0, 2 * math.pi), length, wander)
    return trace(rng, points, height, width, size * math.exp(rng.uniform(math.log(0.8), math.log(16))))


def dots(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """Round specks all over the picture, each of its own size."""
    canvas = Image.new("L", (FINER * width, FINER * height))
    pen = ImageDraw.Draw(canvas)
    largest = size * rng.uniform(1.0, 4.5)
    for _ in range(int(math.exp(rng.uniform(math.log(4), math.log(1e-4 * height * width + 8))))):
        x, y = anywhere(rng, height, width)
        radius = rng.uniform(0.6, largest)
        pen.ellipse([FINER * float(corner) for corner in (x - radius, y - radius, x + radius, y + radius)], fill=255)
    return reduced(canvas)


def blots(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """A few sharp patches: drops of paint or ink, places where the picture has come off."""
    canvas = Image.new("L", (FINER * width, FINER * height))
    pen = ImageDraw.Draw(canvas)
    rough = rng.choice([0.02, 0.15, 0.4])
    for _ in range(int(rng.integers(1, 7))):
        _fill(pen, blob(rng, height, width, size * math.exp(rng.uniform(math.log(3), math.log(45))), rough=rough))
    return reduced(canvas)


def torn(rng: np.random.Generator, height: int, width: int, size: float) -> Alpha:
    """A corner or an edge that is missing, its border jagged."""
    reach = rng.uniform(0.04, 0.35, 2) * (width, height)
    steps = int(rng.integers(6, 40))
    along = np.linspace(0, 1, steps)
    jag = np.cumsum(rng.normal(0, 0.25, (steps, 2)), 0) * size * 4 + rng.normal(0, 1.5 * size, (steps, 2))
    if rng.random() < 0.6:
        border = np.stack([reach[0] * (1 - along), reach[1] * along], 1) + jag
        outline = np.concatenate([[(-50.0, -50.0)], [(reach[0], -50.0)], border, [(-50.0, reach[1])]])
    else:
        border = np.stack([width * along, np.full(steps, reach[1] * 0.6)], 1) + jag
        outline = np.concatenate([[(-50.0, -50.0)], border, [(width + 50.0, -50.0)]])
    if rng.random() < 0.5:
        outline = (width, 0) + outline * (-1, 1)
    if rng.random() < 0.5:
        outline = (0, height) + outline * (1, -1)
    return reduced(_polygon(outline, height, width))


def walk(
    rng: np.random.Generator,
    middle: tuple[float, float],
    angle: float,
    length: float,
    wander: float,
    *,
    bend: float = 0.0,
    step: float = 8.0,
) -> Points:
    """Points of a line of some length.

    Args:
        rng: source of every random choice.
        middle: where its middle lies, x and y in pixels.
        angle: direction at its beginning in radians.
        length: in pixels.
        wander: standard deviation of the change of direction per step.
        bend: change of direction per pixel.
        step: distance between points in pixels.
    """
    count = max(2, round(length / step))
    angles = angle + np.cumsum(rng.normal(0, wander, count)) + bend * step * np.arange(count)
    points: Points = np.cumsum(step * np.stack([np.cos(angles), np.sin(angles)], 1), 0)
    placed: Points = points - points[count // 2] + middle
    return placed


def anywhere(rng: np.random.Generator, height: int, width: int) -> tuple[float, float]:
    """A random point of a picture, x and y in pixels."""
    return rng.uniform(0, width), rng.uniform(0, height)


def trace(
    rng: np.random.Generator, points: Points, height: int, width: int, thickness: float, *, broken: bool = False
) -> Alpha:
    """A line through points, of a thickness in pixels that changes along it; thinner than a pixel it is fainter."""
    canvas = Image.new("L", (FINER * width, FINER * height))
    pen = ImageDraw.Draw(canvas)
    changes = np.clip(1 + np.cumsum(rng.normal(0, 0.12, len(points))), 0.5, 1.5)
    gap = False
    for number in range(len(points) - 1):
        if broken and rng.random() < 0.12:
            gap = not gap
        if not gap:
            _polyline(pen, points[number : number + 2], thickness * changes[number])
    covered = reduced(canvas)
    return covered * np.float32(min(1.0, thickness * FINER))


def blob(
    rng: np.random.Generator,
    height: int,
    width: int,
    radius: float,
    *,
    rough: float,
    centre: tuple[float, float] | None = None,
) -> Points:
    """A closed wavy outline around a point, by default anywhere in the picture."""
    angles = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    reach = np.ones_like(angles)
    for wave in range(2, 8):
        reach += rng.normal(0, rough / wave) * np.cos(wave * angles + rng.uniform(0, 2 * math.pi))
    stretch = math.exp(rng.uniform(-0.5, 0.5))
    outline = np.stack([reach * np.cos(angles) * stretch, reach * np.sin(angles) / stretch], 1)
    return radius * outline + (rng.uniform(0, 1, 2) * (width, height) if centre is None else centre)


def _polygon(outline: Points, height: int, width: int) -> Image.Image:
    canvas = Image.new("L", (FINER * width, FINER * height))
    _fill(ImageDraw.Draw(canvas), outline)
    return canvas


def _fill(pen: ImageDraw.ImageDraw, outline: Points) -> None:
    pen.polygon([(float(x), float(y)) for x, y in FINER * outline], fill=255)


def _polyline(pen: ImageDraw.ImageDraw, points: Points, thickness: float) -> None:
    pen.line(
        [(float(x), float(y)) for x, y in FINER * points],
        fill=255,
        width=max(1, round(FINER * thickness)),
        joint="curve",
    )
