"""From how likely each pixel is damage to what is filled: threshold, components, kinds, a rim around them.

    probabilities ── above the threshold ── components ── surely damage somewhere? ── kind by shape ── rim grown

A component counts only where a pixel of it lies clearly above the threshold (hysteresis, after Canny, "A computational
approach to edge detection", 1986): what hovers around it everywhere is a guess. The network has one output, so the kind
is told from the shape: the square of a component's extent over its area is 2 for a square, 2.5 for a disc, and as much
as a line is longer than wide. A stain full of gaps, or with a thin long rim, can pass for lines.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restore.errors import UsageError
from restore.pipelines.inpaint.cells import label_components
from restore.pipelines.inpaint.distance import bands
from restore.pipelines.inpaint.options import check_number

KINDS = ("lines", "spots", "areas")
"""Scratches, hairs, cracks, folds; dust and specks; stains and torn parts. Numbered from 1 in `Marks.kinds`."""
GIVEN = len(KINDS) + 1
"""The number in `Marks.kinds` of what the caller marks himself."""
STRICTEST = math.log(19.0)
"""Threshold at sensitivity 0 as a logit: probability 0.95. At sensitivity 1 it is probability 0.05."""
CLEARLY = 0.5
"""By how much, as a logit, a component must be above the threshold somewhere."""
LONG, ELONGATED = 10, 8.0
"""Extent in pixels from which a component may be a line, and its least extent squared over its area."""
LARGEST_SPOT = 32
"""Extent in pixels up to which a component that is no line is a spot."""


@dataclass(frozen=True)
class Marks:
    """What is damage in one picture.

    Attributes:
        kinds: `(H, W)` uint8: 0 where nothing is marked, else the number of its kind, from 1 on, or `GIVEN`.
    """

    kinds: NDArray[np.uint8]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """`(H, W)`, True where something is marked."""
        return self.kinds > 0

    def shares(self) -> dict[str, float]:
        """Share of the picture that is marked, by kind, range 0..1."""
        counts = np.bincount(self.kinds.ravel(), minlength=GIVEN + 1) / self.kinds.size
        return {kind: float(counts[number]) for number, kind in enumerate(KINDS, 1)}


def threshold(sensitivity: float) -> float:
    """The probability from which a pixel is damage: 0.95 at sensitivity 0, 0.5 at 0.5, 0.05 at 1.

    Examples:
        >>> [round(threshold(sensitivity), 2) for sensitivity in (0, 0.25, 0.5, 1)]
        [0.95, 0.81, 0.5, 0.05]
    """
    return _probability(_logit(sensitivity))


def mark_damage(
    probabilities: NDArray[np.float32],
    *,
    sensitivity: float = 0.5,
    kinds: Collection[str] = KINDS,
    rim: int = 2,
) -> Marks:
    """Mark damage.

    Args:
        probabilities: `(H, W)`, range 0..1.
        sensitivity: 0, only what is sure, to 1, all that may be damage.
        kinds: which of `KINDS` to mark.
        rim: pixels by which marks grow, so that soft rims are filled too.

    Raises:
        UsageError: an unknown kind, or a sensitivity out of its range.
    """
    check_sensitivity(sensitivity)
    check_kinds(kinds)
    likely = probabilities >= threshold(sensitivity)
    labels = label_components(likely)
    sure = labels[probabilities >= _probability(_logit(sensitivity) + CLEARLY)]
    areas, heights, widths = component_sizes(labels)
    numbers = kinds_by_shape(areas, heights, widths)
    counts = np.zeros(areas.size, np.bool_)
    counts[sure] = True
    counts &= np.isin(numbers, [number for number, kind in enumerate(KINDS, 1) if kind in kinds])
    table = np.append(np.where(counts, numbers, 0), 0).astype(np.uint8)  # the last is that of label -1
    return Marks(grow_kinds(table[labels], rim))


def check_sensitivity(sensitivity: float) -> None:
    """Raise a UsageError where a sensitivity is out of its range, 0..1."""
    check_number("sensitivity", sensitivity, "0 (only what is sure) to 1 (all)", lambda value: 0 <= value <= 1)


def check_kinds(kinds: Collection[str]) -> None:
    """Raise a UsageError where a kind is unknown, or none is named."""
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        named = f"kind {unknown[0]!r} is unknown" if unknown else "no kind is named"
        raise UsageError(f"{named}: choose from {', '.join(KINDS)}")


def component_sizes(
    labels: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Area, height and width in pixels of each component that `label_components` has numbered."""
    count = int(labels.max()) + 1
    areas = np.zeros(count, np.int64)
    low = np.full((2, count), np.iinfo(np.int64).max)
    high = np.zeros((2, count), np.int64)
    for band in bands(*labels.shape):
        part = labels[band]
        rows, columns = np.nonzero(part >= 0)
        numbers = part[rows, columns]
        areas += np.bincount(numbers, minlength=count)
        for axis, places in enumerate((rows + band.start, columns)):
            np.minimum.at(low[axis], numbers, places)
            np.maximum.at(high[axis], numbers, places + 1)
    return areas, high[0] - low[0], high[1] - low[1]


def kinds_by_shape(
    areas: NDArray[np.int64], heights: NDArray[np.int64], widths: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """The numbers of the kinds of components, from their areas and their boxes, all in pixels.

    Examples:
        >>> sizes = np.array([[40, 1, 40], [9, 3, 3], [5000, 80, 90]]).T
        >>> [KINDS[number - 1] for number in kinds_by_shape(*sizes)]
        ['lines', 'spots', 'areas']
    """
    squared = heights * heights + widths * widths
    lines = (np.maximum(heights, widths) >= LONG) & (squared >= ELONGATED * areas)
    spots = np.maximum(heights, widths) <= LARGEST_SPOT
    kinds: NDArray[np.uint8] = np.where(lines, 1, np.where(spots, 2, 3)).astype(np.uint8)
    return kinds


def grow_kinds(kinds: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]:
    """Grow marks by a disc of `radius` pixels; where two kinds meet the higher number wins.

    Args:
        kinds: `(H, W)`, 0 where nothing is marked.
        radius: in pixels.
    """
    grown = kinds.copy()
    if not kinds.any():
        return grown
    height, width = kinds.shape
    for down in range(-min(radius, height - 1), min(radius, height - 1) + 1):
        for across in range(-min(radius, width - 1), min(radius, width - 1) + 1):
            if 0 < down * down + across * across <= (radius + 0.5) ** 2:
                inside, outside = _shifted(grown, down, across), _shifted(kinds, -down, -across)
                np.maximum(inside, outside, out=inside)
    return grown


def _shifted(pixels: NDArray[np.uint8], down: int, across: int) -> NDArray[np.uint8]:
    """The part of a picture that a picture moved by so many pixels covers: a view."""
    rows = slice(down, None) if down > 0 else slice(None, down or None)
    columns = slice(across, None) if across > 0 else slice(None, across or None)
    return pixels[rows, columns]


def _logit(sensitivity: float) -> float:
    return STRICTEST * (1 - 2 * sensitivity)


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
