"""The damage of an old print as strokes and dots: masks for inpainting, and opaque damage for detectors.

The order in which the random numbers are drawn is part of the definition: figures are comparable only while every seed
gives the same pixels.
"""

import math

import numpy as np
import numpy.typing as npt

from restore.evaluation.extras import opencv

LINES, SPOTS, AREAS = 1, 2, 3
"""Numbers of scratches, cracks and folds; of dust; and of blobs."""


def draw_strokes(random: np.random.Generator, size: int) -> npt.NDArray[np.uint8]:
    """Hair scratches, cracks, sometimes a fold from edge to edge, dust and blobs.

    Args:
        random: source of every random choice.
        size: side of the square in pixels.

    Returns:
        `(size, size)`: 0 where nothing is, else the number of its kind.

    Raises:
        UsageError: OpenCV is missing.
    """
    cv2 = opencv()
    canvas = np.zeros((size, size), np.uint8)
    for _ in range(random.integers(4, 14)):
        _walk(random, canvas, width=random.uniform(1, 4), steps=int(random.integers(10, 60)), curl=0.06)
    for _ in range(random.integers(0, 3)):
        _walk(random, canvas, width=random.uniform(4, 10), steps=int(random.integers(30, 90)), curl=0.35)
    if random.random() < 0.5:
        start, width, drift = int(random.integers(size)), int(random.integers(3, 9)), int(random.integers(-30, 30))
        if random.random() < 0.5:
            cv2.line(canvas, (start, 0), (start + drift, size), LINES, width)
        else:
            cv2.line(canvas, (0, start), (size, start + drift), LINES, width)
    for _ in range(random.integers(20, 150)):
        centre = int(random.integers(size)), int(random.integers(size))
        cv2.circle(canvas, centre, int(random.integers(1, 4)), SPOTS, -1)
    for _ in range(random.integers(0, 6)):
        centre = int(random.integers(size)), int(random.integers(size))
        axes = int(random.integers(4, 22)), int(random.integers(4, 22))
        cv2.ellipse(canvas, centre, axes, float(random.uniform(0, 180)), 0, 360, AREAS, -1)
    return canvas


def _walk(random: np.random.Generator, canvas: npt.NDArray[np.uint8], *, width: float, steps: int, curl: float) -> None:
    """A line that wanders in steps of 8 px, turning by about `curl` radians and changing its width at each step."""
    cv2 = opencv()
    size = canvas.shape[0]
    angle = random.uniform(0, 2 * math.pi)
    here = np.array([random.uniform(0, size), random.uniform(0, size)])
    for _ in range(steps):
        angle += random.normal(0, curl)
        there = here + 8 * np.array([math.cos(angle), math.sin(angle)])
        thickness = int(max(1, round(width * random.uniform(0.6, 1.4))))
        cv2.line(canvas, tuple(here.astype(int).tolist()), tuple(there.astype(int).tolist()), LINES, thickness)
        here = there
