"""Two pictures to the two flows between them: Lucas-Kanade steps from coarse to fine, corrected by a recurrence.

    pyramid ── level by level: propagate ── Gauss-Newton step ── every third one: Recurrence ── corrected flow
                                                 ▲                                                  │
                                                 └────────────── prior for the next steps ──────────┘

A correction alone would be undone, because the steps after it return to the minimum of their own error. So the last
corrected flow is a prior (`FlowPrior`) for every later step, at the finer levels too, where the recurrence does not
run, with a stiffness that the recurrence predicts. Gradients are those of the linear systems that the steps solve, so
that the recurrence is trained with the effect of its corrections on the final flow.

Both directions are estimated at once, as one batch: the first half of it is frame 0 to 1, the second half 1 to 0. They
do not depend on t, so any number of frames between two real ones shares them.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.filters import blur, median
from restore.models.interpolate.lucas_kanade import FlowPrior, Step, describe, gauss_newton, pyramid, step_with_prior
from restore.models.interpolate.propagation import propagate
from restore.models.interpolate.recurrence import (
    CORRECTION_SCALE,
    FLOW_CHANNELS,
    STIFFNESS_CHANNELS,
    STIFFNESS_LEVELS,
    TRUST_CHANNEL,
    VISIBILITY_CHANNEL,
    Recurrence,
)
from restore.models.interpolate.warping import resize_flow, warp


@dataclass(frozen=True)
class Effort:
    """How much work is spent on the flows."""

    steps: int = 12
    """Gauss-Newton steps per level; the recurrence corrects every third one."""
    finest_steps: int = 1
    """Steps at the finest level that is visited."""
    finest: int = 0
    """Finest level that is visited: 0 the full resolution, 1 half of it."""
    learned: int = 2
    """Finest level at which the recurrence runs; at finer ones its last correction stays the prior."""
    spread: int = 1
    """Finest level at which flows propagate to their neighbours."""
    levels: int = 32
    """Most levels that are visited."""
    stateless: bool = False
    """Reset the state after every correction, to measure what the recurrence earns."""


EFFORTS = {
    1: Effort(steps=8, finest_steps=4, finest=1),
    2: Effort(),
    3: Effort(steps=16, finest_steps=4, spread=0),
}
"""Efforts by the number that `--effort` takes."""
CORRECTION_PERIOD = 3
"""The recurrence corrects every so many steps, and always the last."""
BASE_STIFFNESS = 1e-4
"""Stiffness of the prior where the recurrence predicts 0, as at initialisation."""
STIFFNESS_RANGE = 7.0
"""Largest logarithm of the factor that the recurrence can multiply that by."""
PROPAGATION_PERIOD = 4
"""Flows propagate to their neighbours before every so many steps."""


@dataclass(frozen=True)
class Motion:
    """The motion between two pictures; both directions in one batch, 0 to 1 first."""

    flow: Tensor
    """`(2B, 2, H, W)` in pixels."""
    visibility: Tensor
    """`(2B, 1, H, W)`: logarithm of a factor of a pixel's weight beside its warp error; 0 at initialisation."""
    state: Tensor
    """`(2B, hidden, h, w)`, the recurrence's last state, at the finest level where it ran."""
    course: tuple[Tensor, ...]
    """The flow after each level, coarse to fine, for training."""


def estimate_motion(
    recurrence: Recurrence, frame0: Tensor, frame1: Tensor, effort: Effort, start: Tensor | None = None
) -> Motion:
    """Estimate both flows.

    Args:
        recurrence: corrects the steps.
        frame0: `(B, 3, H, W)`, range 0..1, any size.
        frame1: of the same shape.
        effort: how much work to spend.
        start: `(2B, 2, H, W)`, the flows as far as they are known, in pixels; None is no motion.
    """
    fixed_levels = pyramid(torch.cat([frame0, frame1]))
    finest = min(effort.finest, len(fixed_levels) - 1)
    learned = min(effort.learned, len(fixed_levels) - 1)
    visited = range(len(fixed_levels) - 1, finest - 1, -1)[-effort.levels :]
    coarsest, full = _size(fixed_levels[visited[0]]), _size(frame0)
    flow = frame0.new_zeros(2 * len(frame0), 2, *coarsest) if start is None else resize_flow(start, coarsest)
    state = recurrence.start(flow)
    correction, course = None, []
    for level in visited:
        here = _Level(recurrence, fixed_levels[level], depth=max(learned - level, 0))
        flow = resize_flow(flow, here.size)
        prior = None if correction is None else correction.prior(here.size, here.depth)
        if level >= learned:
            state = resized(state, here.size)
        count = effort.finest_steps if level == finest else effort.steps
        for done in range(count):
            if level >= effort.spread and done % PROPAGATION_PERIOD == 0:
                flow = here.propagated(flow)
            if level < learned or (count - 1 - done) % CORRECTION_PERIOD:
                flow = here.step(flow, prior)
                continue
            flow, correction, state = here.corrected_step(flow, state)
            if effort.stateless:
                state = torch.zeros_like(state)
            prior = correction.prior(here.size, here.depth)
        flow = blur(flow, 2, 1.0)
        course.append(flow)
    if correction is None:
        visibility = flow.new_zeros(len(flow), 1, *full)
    else:
        visibility = resized(correction.head[:, VISIBILITY_CHANNEL], full)
    return Motion(resize_flow(flow, full), visibility, state, tuple(course))


@dataclass(frozen=True)
class Correction:
    """The recurrence's last correction."""

    flow: Tensor
    """`(2B, 2, h, w)` in pixels: the corrected flow, the prior of the steps after it, at finer levels too."""
    head: Tensor
    """`(2B, HEAD_CHANNELS, h, w)`: the recurrence's output."""

    def prior(self, size: tuple[int, int], depth: int) -> FlowPrior:
        """The prior at a level of this size, so many levels below the finest one where the recurrence runs."""
        stiffness = BASE_STIFFNESS * torch.exp(
            STIFFNESS_RANGE * torch.tanh(self.head[:, STIFFNESS_CHANNELS][:, depth : depth + 1])
        )
        return FlowPrior(resize_flow(self.flow, size), resized(stiffness, size))


class _Level:
    """One level of the pyramid: the descriptions and features that all its steps share."""

    def __init__(self, recurrence: Recurrence, pictures: Tensor, *, depth: int) -> None:
        self.depth, self.size = min(depth, STIFFNESS_LEVELS - 1), _size(pictures)
        self._recurrence = recurrence
        with torch.no_grad():
            self._fixed = describe(pictures, colours=depth == 0)
        self._moving = _other(self._fixed)
        self._features = recurrence.encode(pictures) if depth == 0 else None

    def propagated(self, flow: Tensor) -> Tensor:
        """The flow after pixels took over their neighbours' where those fit better; its gradient is the identity."""
        with torch.no_grad():
            change = propagate(flow, self._fixed, self._moving) - flow
        return flow + change

    def step(self, flow: Tensor, prior: FlowPrior | None) -> Tensor:
        """One classical step, with a prior if there is one."""
        found, here = self._gauss_newton(flow)
        return median(here + found.increment if prior is None else step_with_prior(found, flow, prior))

    def corrected_step(self, flow: Tensor, state: Tensor) -> tuple[Tensor, Correction, Tensor]:
        """One classical step and its correction by the recurrence: the next flow, the correction, the next state."""
        if self._features is None:
            raise ValueError("the recurrence runs at the learned levels only")
        found, here = self._gauss_newton(flow)
        moved_features = warp(_other(self._features), here)
        state, head = self._recurrence(state, found, here, self._features, moved_features, _other(here))
        head = head.float()
        trust = 1 + torch.tanh(head[:, TRUST_CHANNEL])
        flow = median(flow + trust * found.increment + CORRECTION_SCALE * head[:, FLOW_CHANNELS])
        return flow, Correction(flow, head), state

    def _gauss_newton(self, flow: Tensor) -> tuple[Step, Tensor]:
        with torch.no_grad():
            here = flow.detach()
            moved = warp(self._moving, here)
            return gauss_newton(self._fixed, moved, here), here


def _other(x: Tensor) -> Tensor:
    """The batch with both directions exchanged."""
    return x.roll(len(x) // 2, dims=0)


def _size(x: Tensor) -> tuple[int, int]:
    return x.shape[-2], x.shape[-1]


def resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    """A map at another size, bilinearly; its values stay."""
    if x.shape[-2:] == size:
        return x
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)
