"""The settings of the inpainting GAN's recipe."""

from dataclasses import dataclass

from restore.errors import UsageError
from restore.models.inpaint.generator import VARIANTS
from restore.training.engine.config import demand_at_least_one, demand_positive, demand_shares


@dataclass(frozen=True)
class InpaintTraining:
    """Settings of the inpainting GAN's recipe. Shares are parts of the whole run, 0..1."""

    steps: int | None = None
    """End after this many optimiser steps."""
    minutes: float | None = None
    """End after this many minutes of wall time; used when `steps` is not given."""
    seed: int = 0
    """All data, holes and initial weights follow from it."""
    variant: str = "small"
    """Size of the generator, a key of `restore.models.inpaint.generator.VARIANTS`."""

    adversarial_share: float = 0.3
    """The last part of the run trains against the discriminator; 0 trains by regression alone."""
    large_share: float = 0.3
    """The last part of each stage sees large crops."""
    crop: int = 128
    """Side of a training crop in pixels."""
    batch: int = 8
    """Crops per step."""
    large_crop: int = 256
    """Side of a large crop in pixels."""
    large_batch: int = 2
    """Large crops per step."""
    bank: int = 1024
    """Holes drawn in advance."""
    samples: int = 8192
    """Distinct crops with their holes; each is prefilled once, and turned and mirrored whenever it comes up."""

    rate: float = 1e-3
    """AdamW's learning rate in the regression stage at its highest; biases, depthwise and outermost layers."""
    matrix_rate: float = 0.015
    """Muon's learning rate where `rate` is AdamW's; it trains the 1x1 and strided layers and follows its schedule."""
    adversarial_rate: float = 2e-4
    """Learning rate of generator and discriminator in the adversarial stage at its highest."""
    last_rate: float = 1e-5
    """Learning rate at the end of each stage."""
    warmup: float = 0.06
    """Part of each stage over which the rate rises."""
    clip: float = 5.0
    """Largest norm of the generator's gradient."""
    average: float = 0.998
    """Decay per step of the averaged weights that are released."""

    ssim: float = 0.4
    """Weight of 1 - SSIM inside the hole, both stages; the weight of the relative L1 is 1."""
    perceptual: float = 0.2
    """Weight of the perceptual distance in the regression stage."""
    adversarial_perceptual: float = 1.5
    """Weight of the perceptual distance in the adversarial stage."""
    texture: float = 0.5
    """Amount of borrowed texture that the adversarial stage starts from, 0..1."""
    hinge: float = 0.3
    """Weight of the generator's adversarial term."""
    matching: float = 5.0
    """Weight of discriminator feature matching."""
    penalty: float = 0.1
    """Weight of the R1 penalty, applied every 16th step."""
    discriminator_width: int = 40
    """Channels of the discriminator's first layer."""

    log_steps: int = 20
    """Steps between two lines of the log."""
    validate_seconds: float = 600.0
    """Seconds between two validations."""
    checkpoint_seconds: float = 180.0
    """Seconds between two checkpoints."""

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise UsageError(f"variant is {self.variant!r}; known are {', '.join(VARIANTS)}")
        demand_shares(self, "adversarial_share", "large_share", "warmup", "texture")
        demand_at_least_one(self, "batch", "large_batch", "bank", "samples", "log_steps", "discriminator_width")
        for name in ("crop", "large_crop"):
            if getattr(self, name) % VARIANTS[self.variant].stride or not 64 <= getattr(self, name) <= 512:
                stride = VARIANTS[self.variant].stride
                raise UsageError(
                    f"{name} is {getattr(self, name)}; it must be a multiple of {stride} from 64 to 512 px"
                )
        demand_positive(self, "rate", "matrix_rate", "adversarial_rate", "last_rate", "clip")
