"""When a run ends, how often it does what, and how learning rates rise and fall on the way.

A schedule is a share of the run between 0 and 1, by steps or by wall time, so that a run of fixed length always ends
with its lowest learning rate.
"""

import math
from dataclasses import dataclass

import torch

from restore.errors import UsageError


@dataclass(frozen=True)
class Limits:
    """When a run ends: by `steps` or by `minutes` of wall time, exactly one of them."""

    steps: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise UsageError("a training run ends by steps or by minutes: give one of the two")
        if (self.steps is not None and self.steps < 1) or (self.minutes is not None and not self.minutes > 0):
            raise UsageError("steps and minutes must be positive")

    def share(self, step: int, seconds: float) -> float:
        """How much of the run is done, 0..1."""
        if self.steps is not None:
            return min(1.0, step / self.steps)
        return min(1.0, seconds / (60 * (self.minutes or math.inf)))


@dataclass(frozen=True)
class Intervals:
    """How often a run logs, in steps, and validates and saves itself, in seconds of wall time."""

    log_steps: int = 20
    validate_seconds: float = 600.0
    checkpoint_seconds: float = 180.0


def cosine(share: float, start: float, end: float, warmup: float = 0.0) -> float:
    """A rate that warms up linearly over the first `warmup` of the run and then falls along a half cosine."""
    if share < warmup:
        return start * share / warmup
    place = (share - warmup) / max(1e-9, 1 - warmup)
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * min(1.0, place)))


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group of an optimiser's parameters."""
    for group in optimiser.param_groups:
        group["lr"] = rate
