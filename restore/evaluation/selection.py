"""Which cases and which part of a picture a bench shows: evenly spaced ones, and where most of something lies."""

import numpy as np
import numpy.typing as npt

Window = tuple[int, int, int, int]
"""Top, left, height and width, pixels."""


def spread(pictures: int, classes: int, count: int) -> set[tuple[int, int]]:
    """Up to `count` pairs of picture and class: pictures evenly spaced, classes in turn."""
    chosen = evenly_spaced(pictures, count)
    pairs = [(picture, (place + turn) % classes) for turn in range(classes) for place, picture in enumerate(chosen)]
    return set(pairs[:count])


def evenly_spaced(length: int, count: int) -> list[int]:
    """Up to `count` different positions of a list of `length`, evenly spaced."""
    if count >= length:
        return list(range(length))
    return [index * length // count for index in range(count)]


def heaviest_window(weight: npt.NDArray[np.float64], side: int, grid: int) -> Window:
    """The window with the largest sum.

    Args:
        weight: `(H, W)`, not negative.
        side: of the window in pixels; a smaller picture is taken whole.
        grid: pixels between two places that are tried.
    """
    height, width = min(side, weight.shape[0]), min(side, weight.shape[1])
    total = np.zeros((weight.shape[0] + 1, weight.shape[1] + 1))
    total[1:, 1:] = weight.cumsum(0).cumsum(1)

    def inside(corner: tuple[int, int]) -> float:
        top, left = corner
        bottom, right = top + height, left + width
        return float(total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left])

    tops = [*range(0, weight.shape[0] - height, grid), weight.shape[0] - height]
    lefts = [*range(0, weight.shape[1] - width, grid), weight.shape[1] - width]
    top, left = max(((top, left) for top in tops for left in lefts), key=inside)
    return top, left, height, width
