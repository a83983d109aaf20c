"""Pads pictures to sizes that a network takes, and fades tiles into each other without seams.

`pad_to_multiple` returns its own undo, so no caller ever computes a crop back. `cross_fade` gives the weights of a tile
whose neighbours overlap it; they add up to one by construction, so nothing has to be divided afterwards and a pixel's
value depends on the tiles that cover it and on nothing else.
"""

from collections.abc import Callable

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor


def pad_to_multiple(x: Tensor, multiple: int, minimum: int = 1) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Repeat the last row and column until height and width are multiples of `multiple`.

    Args:
        x: `(B, C, H, W)`, any size from 1x1.
        multiple: what height and width must be multiples of, in pixels.
        minimum: least height and width after padding, in pixels.

    Returns:
        The padded tensor, and the function that cuts a tensor of its height and width back to `(.., H, W)`.

    Examples:
        >>> import torch
        >>> padded, undo = pad_to_multiple(torch.zeros(1, 3, 5, 16), 16)
        >>> tuple(padded.shape), tuple(undo(padded).shape)
        ((1, 3, 16, 16), (1, 3, 5, 16))
    """
    height, width = x.shape[-2:]
    below = -(-max(height, minimum) // multiple) * multiple - height
    right = -(-max(width, minimum) // multiple) * multiple - width
    padded = F.pad(x, (0, right, 0, below), mode="replicate") if below or right else x

    def undo(y: Tensor) -> Tensor:
        return y[..., :height, :width]

    return padded, undo


def cross_fade(start: int, stop: int, low: int | None, high: int | None, width: int) -> NDArray[np.float32]:
    """Weights along one axis of a tile that fades into its neighbours.

    The fade at a border runs over `width` pixels, half of them on either side, and is the mirror image of the
    neighbour's: the two weights of a pixel add up to one.

    Args:
        start: first pixel of the tile along this axis.
        stop: one past its last pixel.
        low: border with the neighbour before, or None at the edge of the picture.
        high: border with the neighbour after, or None at the edge of the picture.
        width: length of a fade in pixels, even.

    Returns:
        `(stop - start,)`, range 0..1.

    Examples:
        >>> cross_fade(0, 6, None, 4, 4).tolist()
        [1.0, 1.0, 0.875, 0.625, 0.375, 0.125]
    """
    centre = np.arange(start, stop, dtype=np.float64) + 0.5
    weight = np.ones(stop - start)
    if low is not None:
        weight = np.minimum(weight, np.clip((centre - low) / width + 0.5, 0.0, 1.0))
    if high is not None:
        weight = np.minimum(weight, np.clip((high - centre) / width + 0.5, 0.0, 1.0))
    return weight.astype(np.float32)
