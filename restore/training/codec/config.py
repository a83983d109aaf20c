"""The settings of the codec's recipe."""

from dataclasses import dataclass

from restore.codecs.network.vae import HYPER_STRIDE, STRIDE
from restore.errors import UsageError
from restore.training.engine.config import demand_at_least_one, demand_positive, demand_shares


@dataclass(frozen=True)
class CodecTraining:
    """Settings of the codec's recipe. Shares are parts of the whole run, 0..1."""

    steps: int | None = None
    """End after this many optimiser steps."""
    minutes: float | None = None
    """End after this many minutes of wall time; used when `steps` is not given."""
    seed: int = 0
    """All data, noise and initial weights follow from it."""
    model: int = 0x8000
    """Number of the model, which files name for ever; from 32768 on experimental."""
    width: int = 128
    """Channels of the learned branches of analysis and synthesis."""
    features: int = 192
    """Channels of the hyper networks and of the context network."""
    analysis: int = 5
    """Blocks of the analysis; more than the weights to start from have are born silent."""
    synthesis: int = 8
    """Blocks of the synthesis; likewise."""

    leading: int = 16
    """Latent channels whose black fields are coded from coarse to fine."""

    crop: int = 128
    """Side of a training crop in pixels."""
    batch: int = 16
    """Crops per step."""
    large_share: float = 0.3
    """The last part of the run sees large crops."""
    large_crop: int = 256
    """Side of a large crop in pixels."""
    large_batch: int = 4
    """Large crops per step."""
    largest_scale: float = 0.67
    """Crops are reduced to at most this scale: lossy photographs on disk have artefacts that are not to be learned."""

    rate: float = 1e-3
    """AdamW's learning rate at its highest."""
    linear_rate: float = 0.1
    """What the principal components' learning rate is multiplied by."""
    last_rate: float = 1e-5
    """Learning rate at the end."""
    warmup: float = 0.01
    """Part of the run over which the rate rises."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    average: float = 0.998
    """Decay per step of the averaged weights that are released."""
    levelling: float = 0.5
    """A sample's loss is divided by its Lagrangian weight to this power: 0 trains for high rates, 1 for low ones."""

    log_steps: int = 50
    """Steps between two lines of the log."""
    validate_seconds: float = 600.0
    """Seconds between two validations."""
    checkpoint_seconds: float = 180.0
    """Seconds between two checkpoints."""

    def __post_init__(self) -> None:
        demand_shares(self, "large_share", "warmup", "largest_scale", "levelling")
        demand_at_least_one(self, "batch", "large_batch", "log_steps", "width", "features", "analysis", "synthesis")
        demand_positive(self, "rate", "linear_rate", "last_rate", "clip", "largest_scale")
        for name in ("crop", "large_crop"):
            side = getattr(self, name)
            if side % (STRIDE * HYPER_STRIDE) or not STRIDE * HYPER_STRIDE <= side <= 1024:
                raise UsageError(
                    f"{name} is {side}; it must be a multiple of {STRIDE * HYPER_STRIDE} from 64 to 1024 px"
                )
