"""The settings of the interpolator's recipe."""

from dataclasses import dataclass

from restore.errors import UsageError
from restore.models.interpolate.network import VARIANTS
from restore.training.engine.config import demand_at_least_one, demand_positive, demand_shares


@dataclass(frozen=True)
class InterpolateTraining:
    """Settings of the interpolator's recipe. Shares are parts of the whole, 0..1."""

    steps: int | None = None
    """End after this many optimiser steps."""
    minutes: float | None = None
    """End after this many minutes of wall time; used when `steps` is not given."""
    seed: int = 0
    """All data and initial weights follow from it."""
    variant: str = "small"
    """Shape of the network: `small` for CPUs, `base` for a GPU."""

    crop: int = 160
    """Side of a training crop in pixels."""
    batch: int = 8
    """Samples per step."""
    synthetic: float = 0.5
    """Part of the samples that is synthetic motion, whose flows are known; 0 where no photographs are named."""
    windows: int = 4000
    """Most windows of real clips that are kept at hand; 4000 take about 8 GB of disk."""

    rate: float = 6e-4
    """AdamW's learning rate at its highest."""
    last_rate: float = 1e-5
    """Learning rate at the end."""
    warmup: float = 0.02
    """Part of the run over which the rate rises."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    average: float = 0.998
    """Decay per step of the averaged weights that are released."""
    flow: float = 0.01
    """Weight of the flow's error in pixels against the frame's, which is in 0..1."""
    level_decay: float = 0.8
    """What the flow's error counts less with each level that is coarser."""
    edges: float = 0.5
    """Weight of the error of the frame's gradients."""
    structure: float = 0.1
    """Weight of one minus the frame's structural similarity, which blurring costs more than it costs in levels."""

    log_steps: int = 50
    """Steps between two lines of the log."""
    validate_seconds: float = 600.0
    """Seconds between two validations."""
    checkpoint_seconds: float = 180.0
    """Seconds between two checkpoints."""

    def __post_init__(self) -> None:
        demand_shares(self, "synthetic", "warmup", "average", "level_decay")
        demand_at_least_one(self, "batch", "windows", "log_steps")
        demand_positive(self, "rate", "last_rate", "clip")
        if self.variant not in VARIANTS:
            raise UsageError(f"variant {self.variant!r} is unknown; use one of {', '.join(VARIANTS)}")
        if not 64 <= self.crop <= 512:
            raise UsageError(f"crop is {self.crop}; it must lie between 64 and 512 px")
        if min(self.flow, self.edges, self.structure) < 0:
            raise UsageError("weights of losses must not be negative")
