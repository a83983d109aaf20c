"""The settings of the inpainting GAN's recipe."""

from dataclasses import dataclass

from restore.errors import UsageError
from restore.models.inpaint.generator import VARIANTS
from restore.training.engine.config import PhotoSettings, require_at_least_one, require_positive, require_shares

PREFILL, PIECES = "prefill", "pieces"
"""What the generator starts from: the sparse fill, or in wide holes pieces of the picture."""


@dataclass(frozen=True)
class InpaintTraining(PhotoSettings):
    """Settings of the inpainting GAN's recipe. Shares are parts of the whole run, 0..1."""

    variant: str = "small"
    """Size of the generator, a key of `restore.models.inpaint.generator.VARIANTS`."""
    start: str = PREFILL
    """What the generator mends: `prefill`, or `pieces` for wide holes alone, the set `inpaint-wide`."""

    adversarial_share: float = 0.3
    """The last part of the run trains against the discriminator; 0 trains by regression alone."""
    large_batch: int = 2
    """Large crops per step."""
    bank: int = 1024
    """Holes drawn in advance."""
    samples: int = 8192
    """Distinct crops with their holes; each is prefilled once, and turned and mirrored whenever it comes up."""

    rate: float = 1e-3
    """AdamW's highest learning rate in the regression stage; it trains biases, depthwise and outermost layers."""
    matrix_rate: float = 0.015
    """Muon's learning rate where `rate` is AdamW's; it trains the 1x1 and strided layers and follows its schedule."""
    adversarial_rate: float = 2e-4
    """Learning rate of generator and discriminator in the adversarial stage at its highest."""
    warmup: float = 0.06
    """Part of each stage over which the rate rises."""
    clip: float = 5.0
    """Largest norm of the generator's gradient."""

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

    wide_samples: int = 1200
    """With `start=pieces`: distinct crops; the fill of each takes about a second, once."""
    wide_side: int = 256
    """With `start=pieces`: side in pixels of the crops that are filled and kept."""
    wide_crop: int = 192
    """With `start=pieces`: side in pixels of the parts of them that a step sees."""
    wide_batch: int = 4
    """With `start=pieces`: parts per step."""
    fills: str = ""
    """With `start=pieces`: folder that keeps the fills, 0.65 MB each; by default `fills` in the run's folder."""
    wide_fidelity: float = 0.1
    """With `start=pieces`: weight of L1 and SSIM, whose sum is 1 with `ssim`; most of a wide hole cannot be known."""
    wide_perceptual: float = 6.0
    """With `start=pieces`: weight of the perceptual distance."""
    wide_hinge: float = 0.3
    """With `start=pieces`: weight of the generator's adversarial term."""
    tone: float = 4.0
    """With `start=pieces`: weight of the difference from the start fill in the mean colours of 16x16 px."""
    grain: float = 0.08
    """With `start=pieces`: weight of the difference from the truth in the strength of fine detail; above about 0.2 it
    is met by regular patterns."""

    log_steps: int = 20
    """Steps between two lines of the log."""

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise UsageError(f"variant is {self.variant!r}; known are {', '.join(VARIANTS)}")
        if self.start not in (PREFILL, PIECES):
            raise UsageError(f"start is {self.start!r}; it is {PREFILL} or {PIECES}")
        super().__post_init__()
        require_shares(self, "adversarial_share", "texture")
        require_at_least_one(self, "bank", "samples", "discriminator_width", "wide_samples", "wide_batch")
        require_positive(self, "matrix_rate", "adversarial_rate")
        self.require_sides(VARIANTS[self.variant].stride, 512, "crop", "large_crop", "wide_side", "wide_crop")
        if self.wide_crop > self.wide_side:
            raise UsageError(f"wide_crop is {self.wide_crop}; it must be at most wide_side, {self.wide_side}")

    @property
    def batches(self) -> tuple[int, ...]:
        """All sizes of batch that a run has, in crops."""
        return (self.wide_batch,) if self.start == PIECES else super().batches
