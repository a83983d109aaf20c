"""Optical flow by Lucas and Kanade: the steps that the interpolator's recurrence corrects.

    d = (sum w g gT + damping + k)^-1 (k (m - f) - sum w g e)          sums over a Gaussian window around each pixel

e is what two pictures differ by once one is warped onto the other, g the mean gradient of both (so that forward and
backward flow are treated alike), w a weight that falls with |e| (so that an occluded pixel hardly counts). f is the
flow so far and m its mean in a neighbourhood: where nothing can be seen of the motion, neighbours decide (Bruhn,
Weickert and Schnoerr, "Lucas/Kanade meets Horn/Schunck", IJCV 2005). It is one Gauss-Newton step (Lucas and Kanade,
IJCAI 1981; Baker and Matthews, IJCV 2004); some steps per level of a pyramid, each smoothed by a median, give a flow
that stands beside OpenCV's DIS, in PyTorch alone, on any device.

Compared are not colours but their differences from the surroundings, and two grey gradients: a fade or a moving shadow
changes colours, and a flow that explains it by motion tears even skies apart.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.filters import blur, gradients
from restore.models.interpolate.warping import stays_inside

COARSEST = 24
"""Pictures are halved until their shorter side has at most so many pixels."""
ROBUST = 0.02
"""Difference from which a pixel counts less."""
DAMPING = 4e-4
"""Added to both diagonal elements of the structure tensor."""
LONGEST_STEP = 1.0
"""A step moves no further, in pixels of its level."""
WINDOW = (4, 2.0)
"""Radius and deviation in pixels of the window that shares one flow."""
SURROUNDINGS = (4, 2.5)
"""Radius and deviation in pixels of the blur that is subtracted from colours."""
GREY_GAIN = 1.32
"""Factor of grey where colours are not compared, so that stiffness has the same weight beside it."""
STIFFNESS = 4e-4
"""Weight of the difference between a flow and its neighbourhood's mean (k)."""
MIN_WEIGHT = 0.02
"""Least weight of a pixel in its neighbourhood's mean flow."""


@dataclass(frozen=True)
class Step:
    """A Gauss-Newton step and the sums it was solved from."""

    increment: Tensor
    """`(B, 2, H, W)`: to be added to the flow, in pixels."""
    difference: Tensor
    """Described pictures, warped minus fixed; of their shape."""
    weight: Tensor
    """`(B, 1, H, W)`, 0..1: how much each pixel counts."""
    structure: Tensor
    """`(B, 3, H, W)`: the structure tensor xx, xy, yy of the window, with damping and stiffness."""
    slope: Tensor
    """`(B, 2, H, W)`: gradient of half the window's error, the stiffness to neighbours included."""


@dataclass(frozen=True)
class FlowPrior:
    """A flow expected beforehand: each step adds half its stiffness times the squared distance to it to the error."""

    flow: Tensor
    """`(B, 2, H, W)` in pixels."""
    stiffness: Tensor
    """`(B, 1, H, W)`, not negative, in units of the structure tensor."""


def describe(x: Tensor, *, colours: bool) -> Tensor:
    """The channels that are compared: colours without their surroundings, grey gradients, grey without surroundings.

    Args:
        x: `(B, 3, H, W)`, range 0..1.
        colours: whether colours are compared too. They help the recurrence; the flow alone gains hardly anything.

    Returns:
        `(B, 6, H, W)`, or `(B, 3, H, W)` without colours; range about -0.5..0.5.
    """
    grey = x.mean(1, keepdim=True)
    across, down = gradients(grey)
    if not colours:
        return torch.cat([3 * across, 3 * down, GREY_GAIN * (grey - blur(grey, *SURROUNDINGS))], dim=1)
    detail = x - blur(x, *SURROUNDINGS)
    return torch.cat([detail / 2, 3 * across, 3 * down, detail.mean(1, keepdim=True)], dim=1)


def pyramid(x: Tensor) -> list[Tensor]:
    """The picture at 1, 1/2, 1/4, … of its size, finest first, down to `COARSEST`; sizes are rounded down.

    Args:
        x: `(B, C, H, W)`.
    """
    levels = [x]
    while min(levels[-1].shape[-2:]) > COARSEST:
        height, width = levels[-1].shape[-2:]
        smooth = blur(levels[-1], 2, 0.9)
        levels.append(F.interpolate(smooth, size=(height // 2, width // 2), mode="bilinear", align_corners=False))
    return levels


def gauss_newton(fixed: Tensor, moved: Tensor, flow: Tensor) -> Step:
    """One Gauss-Newton step.

    Args:
        fixed: `(B, C, H, W)`, from `describe`: the picture whose pixels the flow belongs to.
        moved: the other picture's description, warped by the flow so far.
        flow: `(B, 2, H, W)`, the flow so far; where it points out of the picture there is nothing to compare with.
    """
    difference = moved - fixed
    weight = stays_inside(flow) * ROBUST / torch.sqrt(difference.square().mean(1, keepdim=True) + ROBUST**2)
    across, down = gradients(torch.lerp(fixed, moved, 0.5))
    products = [(across, across), (across, down), (down, down), (across, difference), (down, difference)]
    sums = [weight * (a * b).sum(1, keepdim=True) for a, b in products]
    vote = weight + MIN_WEIGHT
    around = blur(torch.cat([*sums, flow * vote, vote], dim=1), *WINDOW)  # eight channels at once cost less than five
    xx, xy, yy, xe, ye = around[:, :5].chunk(5, dim=1)
    pull = STIFFNESS * (around[:, 5:7] / around[:, 7:] - flow)
    xe, ye = xe - pull[:, :1], ye - pull[:, 1:]
    xx, yy = xx + DAMPING + STIFFNESS, yy + DAMPING + STIFFNESS
    structure, slope = torch.cat([xx, xy, yy], dim=1), torch.cat([xe, ye], dim=1)
    return Step(_solved(structure, slope), difference, weight, structure, slope)


def step_with_prior(step: Step, flow: Tensor, prior: FlowPrior) -> Tensor:
    """The flow after a step with a prior.

    A step's end depends on its start through the damping alone. The gradient is that of the solved system, in which the
    flow so far has the damping as its weight and the prior has its stiffness.

    Args:
        step: the step at this flow; a constant.
        flow: `(B, 2, H, W)`, the flow so far, in pixels.
        prior: of this level.
    """
    here, stiffness = flow.detach(), prior.stiffness
    pull = stiffness * (prior.flow - here)
    if flow.requires_grad:
        pull = pull + DAMPING * (flow - here)
    xx, xy, yy = step.structure.chunk(3, dim=1)
    structure = torch.cat([xx + stiffness, xy, yy + stiffness], dim=1)
    return here + _solved(structure, step.slope - pull)


def _solved(structure: Tensor, slope: Tensor) -> Tensor:
    """Minus the structure tensor's inverse times the slope, no longer than a step may be."""
    xx, xy, yy = structure.chunk(3, dim=1)
    across, down = slope.chunk(2, dim=1)
    increment = torch.cat([xy * down - yy * across, xy * across - xx * down], dim=1) / (xx * yy - xy * xy)
    return increment.clamp(-LONGEST_STEP, LONGEST_STEP)
