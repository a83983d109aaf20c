"""The settings of the damage detector's recipe."""

from dataclasses import dataclass

from restore.models.repair.detector import DetectorConfig
from restore.training.engine.config import PhotoSettings, require_positive, require_shares


@dataclass(frozen=True)
class RepairTraining(PhotoSettings):
    """Settings of the damage detector's recipe. Shares are parts of the whole run, 0..1."""

    damage: str = ""
    """Folder of shapes of real damage (`restore.synthetic.shapes`); by default all damage is drawn by rules."""
    clean_share: float = 0.5
    """Part of the crops that show no damage: what must not be marked is half of what there is to learn."""
    overlap: float = 0.5
    """Weight of the overlap of marks and damage; that of the cross entropy is 1."""

    caution: float = 3.3
    """What is taken off the logits of the released weights: crops show damage far more often than photographs do."""

    crop: int = 128
    """Side of a training crop in pixels."""
    batch: int = 10
    """Crops per step."""
    large_share: float = 0.15
    """The last part of the run sees large crops."""
    large_crop: int = 224
    """Side of a large crop in pixels."""
    large_batch: int = 4
    """Large crops per step."""
    rate: float = 2e-3
    """AdamW's highest learning rate; it trains biases, depthwise and outermost layers."""
    matrix_rate: float = 0.02
    """Muon's learning rate where `rate` is AdamW's; it trains the 1x1 and strided layers and follows its schedule."""
    warmup: float = 0.03
    """Part of the run over which the rates rise."""
    clip: float = 1.0
    """Largest norm of the gradient."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_shares(self, "clean_share")
        require_positive(self, "matrix_rate", "overlap")
        self.require_sides(DetectorConfig().stride, 512)
