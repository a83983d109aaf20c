"""Two pictures to the two flows between them: Lucas-Kanade steps from coarse to fine, corrected by the recurrence.

A correction would not last: the steps after it go back to the minimum that they see. So every step is pulled to what
the recurrence told last, as hard as it said, at the finer levels too, where it does not run; and gradients are those
of the systems that the steps solve, so that it learns what its words come to.

Both directions are estimated at once, as one batch: the first half of it is frame 0 to 1, the second half 1 to 0. They
are free of t, so any number of frames between two real ones shares them.
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
    """Gauss-Newton steps per level; the recurrence watches and corrects every third one."""
    finest_steps: int = 1
    """Steps at the finest level that is visited."""
    finest: int = 0
    """Finest level that is visited: 0 the full resolution, 1 half of it."""
    learned: int = 2
    """Finest level at which the recurrence runs; at finer ones its last word holds."""
    spread: int = 1
    """Finest level at which flows spread to their neighbours."""
    levels: int = 32
    """Most levels that are visited."""
    stateless: bool = False
    """Forget the state after every step: shows what the recurrence earns."""


EFFORTS = {
    1: Effort(steps=8, finest_steps=4, finest=1),
    2: Effort(),
    3: Effort(steps=16, finest_steps=4, spread=0),
}
"""By the number that `--effort` takes."""
CORRECTION_PERIOD = 3
"""The recurrence watches every so many steps, and always the last."""
BASE_STIFFNESS = 1e-4
"""Stiffness of the pull to what the recurrence told, as long as it says nothing of it."""
STIFFNESS_RANGE = 7.0
"""Largest logarithm of what it can multiply that by."""
PROPAGATION_PERIOD = 4
"""Flows spread to their neighbours before every so many steps."""


@dataclass(frozen=True)
class Motion:
    """The motion between two pictures; both directions in one batch, 0 to 1 first."""

    flow: Tensor
    """`(2B, 2, H, W)` in pixels."""
    visibility: Tensor
    """`(2B, 1, H, W)`: logarithm of how much more a pixel counts than its warp error says; 0 at birth."""
    state: Tensor
    """`(2B, hidden, h, w)`, the recurrence's last state, at the finest level it ran at."""
    course: tuple[Tensor, ...]
    """The flow after each level, coarse to fine, for training."""


def estimate_motion(
    recurrence: Recurrence, frame0: Tensor, frame1: Tensor, effort: Effort, start: Tensor | None = None
) -> Motion:
    """Estimate both flows.

    Args:
        recurrence: the learned step.
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
    told, course = None, []
    for level in visited:
        here = _Level(recurrence, fixed_levels[level], depth=max(learned - level, 0))
        flow = resize_flow(flow, here.size)
        anchor = None if told is None else told.anchor(here.size, here.depth)
        if level >= learned:
            state = resized(state, here.size)
        count = effort.finest_steps if level == finest else effort.steps
        for done in range(count):
            if level >= effort.spread and done % PROPAGATION_PERIOD == 0:
                flow = here.spread(flow)
            if level < learned or (count - 1 - done) % CORRECTION_PERIOD:
                flow = here.step(flow, anchor)
                continue
            flow, told, state = here.watched_step(flow, state)
            if effort.stateless:
                state = torch.zeros_like(state)
            anchor = told.anchor(here.size, here.depth)
        flow = blur(flow, 2, 1.0)
        course.append(flow)
    visibility = (
        flow.new_zeros(len(flow), 1, *full) if told is None else resized(told.said[:, VISIBILITY_CHANNEL], full)
    )
    return Motion(resize_flow(flow, full), visibility, state, tuple(course))


@dataclass(frozen=True)
class Correction:
    """What the recurrence told last."""

    flow: Tensor
    """`(2B, 2, h, w)` in pixels: what the steps after it are pulled to, at finer levels too."""
    said: Tensor
    """`(2B, SAID, h, w)`."""

    def anchor(self, size: tuple[int, int], depth: int) -> FlowPrior:
        """It as what steps are pulled to at a level of this size, so many levels below the finest learned one."""
        stiffness = BASE_STIFFNESS * torch.exp(
            STIFFNESS_RANGE * torch.tanh(self.said[:, STIFFNESS_CHANNELS][:, depth : depth + 1])
        )
        return FlowPrior(resize_flow(self.flow, size), resized(stiffness, size))


class _Level:
    """One level of the pyramid: what is computed once for all its steps."""

    def __init__(self, recurrence: Recurrence, pictures: Tensor, *, depth: int) -> None:
        self.depth, self.size = min(depth, STIFFNESS_LEVELS - 1), _size(pictures)
        self._recurrence = recurrence
        with torch.no_grad():
            self._fixed = describe(pictures, colours=depth == 0)
        self._moving = _other(self._fixed)
        self._features = recurrence.encode(pictures) if depth == 0 else None

    def spread(self, flow: Tensor) -> Tensor:
        """The flow after pixels took over their neighbours' where those fit better; the gradient goes straight."""
        with torch.no_grad():
            change = propagate(flow, self._fixed, self._moving) - flow
        return flow + change

    def step(self, flow: Tensor, anchor: FlowPrior | None) -> Tensor:
        """One classical step, pulled to an anchor if there is one."""
        found, here = self._gauss_newton(flow)
        return median(here + found.increment if anchor is None else step_with_prior(found, flow, anchor))

    def watched_step(self, flow: Tensor, state: Tensor) -> tuple[Tensor, Correction, Tensor]:
        """One classical step and its correction: the next flow, what the recurrence tells, its state."""
        if self._features is None:
            raise ValueError("the recurrence watches learned levels only")
        found, here = self._gauss_newton(flow)
        moved_features = warp(_other(self._features), here)
        state, said = self._recurrence(state, found, here, self._features, moved_features, _other(here))
        said = said.float()
        trust = 1 + torch.tanh(said[:, TRUST_CHANNEL])
        flow = median(flow + trust * found.increment + CORRECTION_SCALE * said[:, FLOW_CHANNELS])
        return flow, Correction(flow, said), state

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
