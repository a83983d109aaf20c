"""What stands still over moving ground: subtitles, logos, black bars.

A flow drags the rim of a logo along with the ground. Where both frames are equal, their common value is taken instead,
unless something that both frames show passes through there at t: then what was fetched along the flow agrees with
itself although the flow is large. (A ball in front of an even sky must not vanish because the sky is equal before and
after it.)
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.interpolator import Rendered

EQUAL = 1.5 / 255
"""Largest difference in any channel of what counts as equal."""
AROUND = 2
"""All pixels so far around must be equal too, in pixels."""
MOVES = 1.0
"""A flow this long moves, in pixels."""
AGREES = 4 / 255
"""Candidates that differ by less show the same thing."""


def hold_still(frame0: Tensor, frame1: Tensor, rendered: Rendered, t: Tensor) -> Tensor:
    """The made frame with still parts put back.

    Args:
        frame0: `(B, 3, H, W)`, range 0..1.
        frame1: of the same shape.
        rendered: from `Interpolator.render`.
        t: `(B,)`, 0..1.

    Returns:
        `(B, 3, H, W)`.
    """
    still = _everywhere((frame1 - frame0).abs().amax(1, keepdim=True) <= EQUAL)
    first, second = rendered.candidates.chunk(2)
    same = (first - second).abs().amax(1, keepdim=True) <= AGREES
    length = rendered.flow.norm(dim=1, keepdim=True)
    moving = torch.maximum(*length.chunk(2)) >= MOVES
    kept = (still & ~(same & moving)).to(frame0.dtype)
    share = F.avg_pool2d(F.pad(kept, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    held = torch.lerp(frame0, frame1, t[:, None, None, None])
    return torch.lerp(rendered.frame, held, share * (kept > 0))


def _everywhere(mask: Tensor) -> Tensor:
    """Where a mask holds for all pixels around."""
    side = 2 * AROUND + 1
    outside = (~mask).float()
    return F.max_pool2d(outside, side, stride=1, padding=AROUND) == 0
