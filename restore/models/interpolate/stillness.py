"""What stands still over moving ground: subtitles, logos, black bars.

A flow drags the rim of a logo along with the ground. Where both frames are equal, their common value is taken instead,
unless something that both frames show passes through there at t: then what was fetched along the flow agrees with
itself although the flow is large. (A ball in front of an even sky must not vanish because the sky is equal before and
after it.)
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.interpolate.network import Rendered

EQUAL = 1.5 / 255
"""Largest difference in any channel of what counts as equal."""
AROUND = 2
"""Half a side, in pixels, of the square that must be equal as a whole; every pixel of such a square is."""
MOVES = 1.0
"""A flow this long moves, in pixels."""
AGREES = 4 / 255
"""Candidates that differ by less show the same thing."""


def hold_still(frame0: Tensor, frame1: Tensor, rendered: Rendered, t: Tensor) -> Tensor:
    """The made frame with still parts put back.

    Args:
        frame0: `(B, C, H, W)`, range 0..1.
        frame1: of the same shape.
        rendered: from `Interpolator.render`.
        t: `(B,)`, 0..1.

    Returns:
        `(B, C, H, W)`.
    """
    still = _opened((frame1 - frame0).abs().amax(1, keepdim=True) <= EQUAL)
    first, second = rendered.candidates.chunk(2)
    same = (first - second).abs().amax(1, keepdim=True) <= AGREES
    length = rendered.flow.norm(dim=1, keepdim=True)
    moving = torch.maximum(*length.chunk(2)) >= MOVES
    held = torch.lerp(frame0, frame1, t[:, None, None, None])
    return torch.where(still & ~(same & moving), held, rendered.frame)


def _opened(mask: Tensor) -> Tensor:
    """What squares that lie in a mask can cover of it: specks are gone, straight rims are as they were."""
    side = 2 * AROUND + 1
    outside = F.max_pool2d((~mask).float(), side, stride=1, padding=AROUND)
    return F.max_pool2d(1 - outside, side, stride=1, padding=AROUND) > 0
