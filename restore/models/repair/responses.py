"""Responses of classical filters to what lies on a picture: dust, spots, scratches and hairs, light or dark.

A top-hat (grey-scale morphology; Serra, "Image Analysis and Mathematical Morphology", 1982) is the difference between a
picture and its opening by a square: what is lighter than its surroundings and fits into the square nowhere. Its dual
finds what is darker. An opening of that along short lines in eight directions keeps what is long. Running minima and
maxima over n pixels are made of minima over 2, 4, 8, … pixels, so that their cost grows with the logarithm of n.
"""

from collections.abc import Callable, Iterator

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
    return torch.cat(list(each_response(grey)), dim=1)


def each_response(grey: Tensor) -> Iterator[Tensor]:
    """The channels of `damage_responses` one after another, each `(B, 1, H, W)`."""
    of_line_side = []
    for inner, outer in ((torch.minimum, torch.maximum), (torch.maximum, torch.minimum)):
        reduced, reached = grey, 1
        for number, side in enumerate(SIDES):
            reduced, reached = _square(reduced, side, inner, reached), side
            opened = _square(reduced, side, outer)
            response = grey - opened if inner is torch.minimum else opened - grey
            if number == LINE_SIDE:
                of_line_side.append(response)
            yield response
    for response in of_line_side:
        yield lines(response)


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


def _square(x: Tensor, side: int, extreme: Extreme, reached: int = 1) -> Tensor:
    """Running extreme over squares of an odd side around each pixel; beyond the border the picture is repeated.

    Args:
        x: `(B, 1, H, W)`, the picture or its extreme over squares of a smaller side.
        side: of the squares in pixels.
        extreme: the minimum or the maximum.
        reached: the smaller side, 1 for the picture itself: of that, three along each axis make up the larger one.
    """
    margin = (side - reached) // 2
    for dim in (3, 2):
        padded = F.pad(x, (margin, margin, 0, 0) if dim == 3 else (0, 0, margin, margin), mode="replicate")
        if margin <= reached:
            first, middle, last = (padded.narrow(dim, start, x.shape[dim]) for start in (0, margin, 2 * margin))
            x = extreme(extreme(first, middle), last)
        else:
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
    height, width = x.shape[-2:]
    rows, columns = abs(down) * (count - 1), abs(across) * (count - 1)
    up, left = (rows if down < 0 else 0), (columns if across < 0 else 0)
    x, length = F.pad(x, (left, columns - left, up, rows - up), mode="replicate"), 1
    while length < count:
        step = min(length, count - length)
        x = extreme(_cut(x, -down * step, -across * step), _cut(x, down * step, across * step))
        length += step
    return x[..., :height, :width]


def _cut(x: Tensor, down: int, across: int) -> Tensor:
    """A picture without so many rows and columns: those at the top and left, or negative, at the bottom and right."""
    height, width = x.shape[-2:]
    return x[..., max(0, down) : height + min(0, down), max(0, across) : width + min(0, across)]
