"""The settings of the interpolator's recipe."""

from dataclasses import dataclass

from restore.errors import UsageError
from restore.models.interpolate.network import VARIANTS
from restore.training.engine.config import TrainingSettings, require_at_least_one, require_shares


@dataclass(frozen=True)
class InterpolateTraining(TrainingSettings):
    """Settings of the interpolator's recipe. Shares are parts of the whole, 0..1."""

    variant: str = "small"
    """Shape of the network: `small` for CPUs, `base` for a GPU."""

    crop: int = 160
    """Side of a training crop in pixels."""
    synthetic: float = 0.5
    """Part of the samples that is synthetic motion, whose flows are known; 0 where no photographs are named."""
    windows: int = 4000
    """Most windows of real clips that are kept at hand; 4000 take about 8 GB of disk."""

    rate: float = 6e-4
    """AdamW's learning rate at its highest."""
    warmup: float = 0.02
    """Part of the run over which the rate rises."""

    flow: float = 0.01
    """Weight of the flow's error in pixels against the frame's, which is in 0..1."""
    level_decay: float = 0.8
    """Weight of the flow's error at a level of the pyramid as a multiple of that at the next finer one."""
    edges: float = 0.5
    """Weight of the error of the frame's gradients."""
    structure: float = 0.1
    """Weight of one minus the frame's structural similarity, which blurring costs more than it costs in levels."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_shares(self, "synthetic", "level_decay")
        require_at_least_one(self, "windows")
        if self.variant not in VARIANTS:
            raise UsageError(f"variant {self.variant!r} is unknown; use one of {', '.join(VARIANTS)}")
        if not 64 <= self.crop <= 512:
            raise UsageError(f"crop is {self.crop}; it must lie between 64 and 512 px")
        if min(self.flow, self.edges, self.structure) < 0:
            raise UsageError("weights of losses must not be negative")
