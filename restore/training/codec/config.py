"""The settings of the codec's recipe."""

from dataclasses import dataclass

from restore.codecs.network.vae import HYPER_STRIDE, STRIDE
from restore.training.engine.config import PhotoSettings, require_at_least_one, require_positive, require_shares


@dataclass(frozen=True)
class CodecTraining(PhotoSettings):
    """Settings of the codec's recipe. Shares are parts of the whole run, 0..1."""

    model: int = 0x8000
    """Number of the model, which files name for ever; from 32768 on experimental."""
    width: int = 128
    """Channels of the learned branches of analysis and synthesis."""
    features: int = 192
    """Channels of the hyper networks and of the context network."""
    analysis: int = 5
    """Blocks of the analysis; those that the weights to start from lack change nothing at first."""
    synthesis: int = 8
    """Blocks of the synthesis; those that the weights to start from lack change nothing at first."""
    leading: int = 16
    """Latent channels whose anchors are coded from coarse to fine."""

    batch: int = 16
    """Crops per step."""
    largest_scale: float = 0.67
    """Crops are reduced to at most this scale: lossy photographs on disk have artefacts that are not to be learned."""

    linear_rate: float = 0.1
    """Learning rate of the principal components as a multiple of `rate`."""
    levelling: float = 0.5
    """A sample's loss is divided by its Lagrangian weight to this power: 0 trains for high rates, 1 for low ones."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_shares(self, "largest_scale", "levelling")
        require_at_least_one(self, "width", "features", "analysis", "synthesis")
        require_positive(self, "linear_rate", "largest_scale")
        self.require_sides(STRIDE * HYPER_STRIDE, 1024)
