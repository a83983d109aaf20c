"""Optical flow by Lucas and Kanade: what the recurrence of the interpolator starts from, step by step.

    d = (sum w g gT + damping + k)^-1 (k (m - f) - sum w g e)          sums over a Gaussian window around each pixel

e is what two pictures differ by once one is warped onto the other, g the mean gradient of both (so that forward and
backward flow are treated alike), w a weight that falls with |e| (so that an occluded pixel hardly counts). f is the
flow so far and m its mean in a neighbourhood: where nothing can be seen of the motion, neighbours decide (Bruhn,
Weickert and Schnoerr, "Lucas/Kanade meets Horn/Schunck", IJCV 2005). It is one Gauss-Newton step (Lucas and Kanade,
IJCAI 1981; Baker and Matthews, IJCV 2004); some steps per level of a pyramid, each smoothed by a median, give a flow
that stands beside OpenCV's DIS, in PyTorch alone, on any device.

Not colours are compared but what remains of them without their surroundings, and two grey gradients: a fade or a moving
shadow changes colours, and a flow that explains it by motion tears even skies apart.
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
"""Radius and deviation in pixels of what is taken off colours."""
GREY_GAIN = 1.32
"""What grey counts more where colours are not compared, so that stiffness weighs the same."""
STIFFNESS = 4e-4
"""What a difference between a flow and its neighbourhood's counts (k)."""
MIN_WEIGHT = 0.02
"""What a pixel that does not count has to say about its neighbourhood's flow."""


@dataclass(frozen=True)
class Step:
    """What one Gauss-Newton step saw and found."""

    increment: Tensor
    """`(B, 2, H, W)`: what to add to the flow, in pixels."""
    difference: Tensor
    """The shape of what was compared: described pictures, warped minus fixed."""
    weight: Tensor
    """`(B, 1, H, W)`, 0..1: how much each pixel counts."""
    structure: Tensor
    """`(B, 3, H, W)`: the structure tensor xx, xy, yy of the window, with damping and stiffness."""
    slope: Tensor
    """`(B, 2, H, W)`: what the increment undoes; gradient of half the window's error, pulls to neighbours included."""


@dataclass(frozen=True)
class FlowPrior:
    """A flow that steps are pulled to."""

    flow: Tensor
    """`(B, 2, H, W)` in pixels."""
    stiffness: Tensor
    """`(B, 1, H, W)`, not negative: how hard, in units of the structure tensor."""


def describe(x: Tensor, *, colours: bool) -> Tensor:
    """What is compared: grey gradients, grey without its surroundings, and before them colours without theirs.

    Args:
        x: `(B, 3, H, W)`, range 0..1.
        colours: whether they are compared too. They tell a recurrence something, and a flow hardly more than grey does.

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
    """One step.

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
    say = weight + MIN_WEIGHT
    around = blur(torch.cat([*sums, flow * say, say], dim=1), *WINDOW)  # eight channels at once cost less than five
    xx, xy, yy, xe, ye = around[:, :5].chunk(5, dim=1)
    pull = STIFFNESS * (around[:, 5:7] / around[:, 7:] - flow)
    xe, ye = xe - pull[:, :1], ye - pull[:, 1:]
    xx, yy = xx + DAMPING + STIFFNESS, yy + DAMPING + STIFFNESS
    structure, slope = torch.cat([xx, xy, yy], dim=1), torch.cat([xe, ye], dim=1)
    return Step(_solved(structure, slope), difference, weight, structure, slope)


def step_with_prior(step: Step, flow: Tensor, anchor: FlowPrior) -> Tensor:
    """The flow after a step that is pulled to an anchor.

    A step forgets where it started, but for its damping, and so does its gradient: that of the solved system, in which
    the flow counts as much as the damping, and the anchor as much as its stiffness.

    Args:
        step: the step at this flow; a constant.
        flow: `(B, 2, H, W)`, the flow so far, in pixels.
        anchor: what it is pulled to, and how hard.
    """
    here, stiffness = flow.detach(), anchor.stiffness
    pull = stiffness * (anchor.flow - here)
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
