"""Responses of classical filters to what lies on a picture: dust, spots, scratches and hairs, light or dark.

A top-hat (grey-scale morphology; Serra, "Image Analysis and Mathematical Morphology", 1982) is the difference between a
picture and its opening by a square: what is lighter than its surroundings and fits into the square nowhere. Its dual
finds what is darker. An opening of that along short lines in eight directions keeps what is long. Running minima and
maxima over n pixels are made of minima over 2, 4, 8, … pixels, so that their cost grows with the logarithm of n.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

Extreme = Callable[[Tensor, Tensor], Tensor]

SIDES = (5, 11, 23, 47)
"""Sides in pixels of the squares of the top-hats: about twice the width of what each finds."""
LINE_SIDE = SIDES.index(11)
"""Which of them the lines are looked for in."""
DIRECTIONS = (
    ((0, 1), 11),
    ((1, 0), 11),
    ((1, 1), 8),
    ((1, -1), 8),
    ((1, 2), 5),
    ((2, 1), 5),
    ((1, -2), 5),
    ((2, -1), 5),
)
"""Steps down and across of a short line, and its number of pixels: eight directions, each 10 to 12 px long."""
RESPONSES = 2 * len(SIDES) + 2
"""Channels of `damage_responses`."""


def damage_responses(grey: Tensor) -> Tensor:
    """Top-hats and lines of a picture.

    Args:
        grey: `(B, 1, H, W)`, range 0..1.

    Returns:
        `(B, RESPONSES, H, W)`, range 0..1: what is lighter at each of `SIDES`, what is darker at each of them, lines
        that are lighter and lines that are darker.
    """
    light, dark = [], []
    for side in SIDES:
        light.append(grey - _square(_square(grey, side, torch.minimum), side, torch.maximum))
        dark.append(_square(_square(grey, side, torch.maximum), side, torch.minimum) - grey)
    return torch.cat([*light, *dark, lines(light[LINE_SIDE]), lines(dark[LINE_SIDE])], dim=1)


def lines(response: Tensor) -> Tensor:
    """What of a response goes on along a line for some 11 px, `(B, 1, H, W)` as the response.

    The response is widened by a pixel first, or a line of a single pixel between two directions would be lost.
    """
    wide = _square(response, 3, torch.maximum)
    best = torch.zeros_like(wide)
    for (down, across), count in DIRECTIONS:
        opened = _along(_along(wide, down, across, count, torch.minimum), -down, -across, count, torch.maximum)
        best = torch.maximum(best, opened)
    return torch.minimum(best, response)


def _square(x: Tensor, side: int, extreme: Extreme) -> Tensor:
    """Running extreme over squares of an odd side around each pixel; beyond the border the picture is repeated."""
    margin = side // 2
    for dim in (3, 2):
        padded = F.pad(x, (margin, margin, 0, 0) if dim == 3 else (0, 0, margin, margin), mode="replicate")
        x = _running(padded, dim, side, extreme)
    return x


def _running(x: Tensor, dim: int, count: int, extreme: Extreme) -> Tensor:
    """The extreme of each pixel and the next `count - 1` along an axis; the result is so many pixels shorter."""
    length, width = x.shape[dim] - count + 1, 1
    while width < count:
        step = min(width, count - width)
        x = extreme(x.narrow(dim, 0, x.shape[dim] - step), x.narrow(dim, step, x.shape[dim] - step))
        width += step
    return x.narrow(dim, 0, length)


def _along(x: Tensor, down: int, across: int, count: int, extreme: Extreme) -> Tensor:
    """The extreme over the `count` pixels that lie in steps of (`down`, `across`) from each; repeated at the border."""
    width = 1
    while width < count:
        step = min(width, count - width)
        x = extreme(x, _moved(x, down * step, across * step))
        width += step
    return x


def _moved(x: Tensor, down: int, across: int) -> Tensor:
    """At each pixel the one that lies `down` rows below and `across` columns to the right, the border repeated."""
    height, width = x.shape[-2:]
    up, left = max(0, -down), max(0, -across)
    padded = F.pad(x, (left, max(0, across), up, max(0, down)), mode="replicate")
    return padded[..., up + down : up + down + height, left + across : left + across + width]
