"""The variational autoencoder: pictures to latents and back.

    x ── g_a ── y ── gain ── round ── y_hat ── 1/gain ── g_s ── x_hat
                      │         ↑
                     h_a ── z ── EntropyNetworks (means and scales)

Names as in Ballé et al. (ICLR 2018) and Minnen et al. (NeurIPS 2018). One model for every rate: only gains and rows
depend on the quality, and analysis does not, so a target size is searched without analysing again.

Analysis and synthesis each add a learned branch to a linear map: the leading principal components of 16x16 blocks of
photographs, and their transpose. The learned branches end in zero-initialised layers, so an untrained network is the
linear transform. The gain of the Lagrangian weight λ starts at 50 sqrt(λ), a uniform quantiser's rate-distortion
optimum. The learned branch of the synthesis also takes the linear reconstruction, as a deblocking filter would.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restore.codecs.network.entropy import EntropyNetworks, gaussian_bits, straight_round
from restore.codecs.network.quality import NODES, QualityRows, zero_rows
from restore.errors import WeightsError
from restore.models.layers import GatedBlock

STRIDE = 16
"""Pixels per latent in each direction."""
HYPER_STRIDE = 4
"""Latents per hyper-latent in each direction."""
BRANCH_STRIDE = 8
"""Pixels per position of the learned branches of analysis and synthesis, in each direction."""
LAMBDAS = (0.0006, 0.2)
"""Weight of 255² times the mean squared error against bits per pixel, at quality 0 and 100; between them
geometrically."""
PIXEL_SCALE = 4.0
"""Pixels, range -0.5..0.5, are multiplied by this to have a deviation of about 1."""
BRANCH_SCALE = 0.1
"""Factor of the learned branches' outputs: latents in the analysis, pixels in the synthesis."""


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and least <= value <= most


@dataclass(frozen=True)
class VAEConfig:
    """Shape of the codec's network."""

    width: int = 128
    """Channels of the learned branches at 1/8 of the resolution."""
    latents: int = 320
    """Channels of y, ordered by energy."""
    hyper: int = 64
    """Channels of z."""
    features: int = 192
    """Width of h_a and h_s."""
    context: int = 192
    """Width of the context network."""
    analysis: int = 3
    """Blocks in g_a."""
    synthesis: int = 4
    """Blocks in g_s."""
    leading: int = 0
    """Channels of y whose anchors are coded from coarse to fine; 0 in the first models."""
    refined: int = 64
    """Width of the networks of these passes."""
    model: int = 0x8000
    """Number of the model, stored in every file it writes; from 0x8000 on experimental."""

    def __post_init__(self) -> None:
        sizes = (self.width, self.latents, self.hyper, self.features, self.context, self.analysis, self.synthesis)
        if not all(_is_whole(size, 1, 2048) for size in sizes):
            raise WeightsError("the codec's configuration has an impossible width")
        if self.latents % 2 or self.latents > 510 or self.features + self.context > 1024:
            raise WeightsError("the codec needs an even number of latents, at most 510, and narrower entropy networks")
        if not _is_whole(self.leading, 0, self.latents) or not _is_whole(self.refined, 1, 512):
            raise WeightsError("the codec's leading channels are more than it has, or their networks too wide")
        if not _is_whole(self.model, 0, (1 << 16) - 1):
            raise WeightsError(f"{self.model!r} is not the number of a model; give one between 0 and 65535")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the metadata of a weight file."""
        return asdict(self)


DEFAULT_CONFIG = VAEConfig()


@dataclass(frozen=True)
class Coded:
    """The training graph's result for a batch."""

    x_hat: Tensor
    """`(B, 3, H, W)`, range about 0..1, not clamped."""
    bits: Tensor
    """`(B,)`, estimated bits of y and z."""
    z_bits: Tensor
    """`(B,)`, estimated bits of z alone."""


class VAE(nn.Module):
    """The codec's network.

    Args:
        config: its shape.
        components: `(latents, 3, 16, 16)`, orthonormal; None where weights are loaded afterwards.
        deviations: `(latents,)`, standard deviation of pictures along each component.
    """

    def __init__(
        self, config: VAEConfig = DEFAULT_CONFIG, components: Tensor | None = None, deviations: Tensor | None = None
    ) -> None:
        super().__init__()
        self.config = config
        self.uniform_like: Callable[[Tensor], Tensor] = torch.rand_like
        width, latents = config.width, config.latents
        if components is None:
            components = torch.zeros(latents, 3, STRIDE, STRIDE)
        if deviations is None:
            deviations = torch.ones(latents)
        quality = torch.linspace(0, 100, NODES)
        log_gains = torch.log(50 * lambda_of(quality).sqrt())[:, None].expand(-1, latents)

        self.components = nn.Parameter(components.clone())
        self.patterns = nn.Parameter(components.clone())
        self.g_a = nn.Sequential(
            nn.PixelUnshuffle(BRANCH_STRIDE),
            nn.Conv2d(3 * BRANCH_STRIDE**2, width, 1),
            *(GatedBlock(width) for _ in range(config.analysis)),
            nn.PixelUnshuffle(STRIDE // BRANCH_STRIDE),
            nn.Conv2d(4 * width, latents, 1),
        )
        self.h_a = _hyper_analysis(latents, config.features, config.hyper)
        self.log_gains = QualityRows(log_gains)
        self.entropy = EntropyNetworks(
            latents,
            config.hyper,
            config.features,
            config.context,
            deviations,
            log_gains,
            leading=config.leading,
            refined=config.refined,
        )
        self.g_s_latents = nn.Sequential(nn.Conv2d(latents, 4 * width, 1), nn.PixelShuffle(STRIDE // BRANCH_STRIDE))
        self.g_s_picture = nn.Sequential(nn.PixelUnshuffle(BRANCH_STRIDE), nn.Conv2d(3 * BRANCH_STRIDE**2, width, 1))
        self.g_s_blocks = nn.Sequential(*(GatedBlock(width) for _ in range(config.synthesis)))
        self.g_s_pixels = nn.Sequential(nn.Conv2d(width, 3 * BRANCH_STRIDE**2, 1), nn.PixelShuffle(BRANCH_STRIDE))
        self.rate_in, self.rate_out = zero_rows(width), zero_rows(width)
        for parameter in (*self.g_a[-1].parameters(), *self.g_s_pixels[0].parameters()):
            nn.init.zeros_(parameter)

    def analyse(self, x: Tensor) -> Tensor:
        """g_a: pictures to latents, before the gain.

        Args:
            x: `(B, 3, H, W)`, range 0..1, H and W multiples of 16.

        Returns:
            `(B, latents, H/16, W/16)`.
        """
        centred = x - 0.5
        learned: Tensor = self.g_a(PIXEL_SCALE * centred)
        with torch.autocast(x.device.type, enabled=False):
            return F.conv2d(centred, self.components, stride=STRIDE) + BRANCH_SCALE * learned.float()

    def synthesise(self, y_hat: Tensor, quality: Tensor) -> Tensor:
        """g_s: decoded latents to pictures.

        Args:
            y_hat: `(B, latents, h, w)` in quantisation steps.
            quality: `(B,)`, 0..100.

        Returns:
            `(B, 3, 16h, 16w)`, range about 0..1, not clamped.
        """
        with torch.autocast(y_hat.device.type, enabled=False):
            linear = F.conv_transpose2d(y_hat * torch.exp(-self.log_gains(quality)), self.patterns, stride=STRIDE)
        features = self.g_s_latents(torch.asinh(y_hat)) + self.g_s_picture(PIXEL_SCALE * linear)
        features = self.g_s_blocks(features * torch.exp(self.rate_in(quality)))
        learned: Tensor = self.g_s_pixels(features * torch.exp(self.rate_out(quality)))
        return linear + BRANCH_SCALE * learned + 0.5

    def hyper_analyse(self, y: Tensor) -> Tensor:
        """h_a: latents after their gain to z before rounding.

        Args:
            y: `(B, latents, h, w)` in quantisation steps.

        Returns:
            `(B, hyper, h/4, w/4)`, both rounded up.
        """
        x = torch.asinh(y)
        found: Tensor = self.h_a(torch.cat([x, x.abs()], dim=1))
        return found

    def forward(self, x: Tensor, quality: Tensor) -> Coded:
        """The training graph: noise for the rate, rounding with a straight-through gradient for the picture.

        In evaluation mode the rate too is that of the rounded values.

        Args:
            x: `(B, 3, H, W)`, range 0..1, H and W multiples of 16.
            quality: `(B,)`, 0..100.
        """
        y = self.analyse(x) * torch.exp(self.log_gains(quality))
        z = self.hyper_analyse(y)
        z_bits = gaussian_bits(self._noisy(z), self.entropy.z_table(quality))
        size = (y.shape[-2], y.shape[-1])
        features = self.entropy.features(straight_round(z), quality, size)
        prediction = self.entropy.predict(y, features, quality)
        residual = y - prediction.mean
        y_bits = gaussian_bits(self._noisy(residual), prediction.table)
        x_hat = self.synthesise(prediction.mean + straight_round(residual), quality)
        z_sum = z_bits.sum((1, 2, 3))
        return Coded(x_hat, y_bits.sum((1, 2, 3)) + z_sum, z_sum)

    def _noisy(self, x: Tensor) -> Tensor:
        return x + self.uniform_like(x) - 0.5 if self.training else torch.round(x)


def lambda_of(quality: Tensor) -> Tensor:
    """The Lagrangian weight of a quality 0..100."""
    low, high = (math.log(end) for end in LAMBDAS)
    return torch.exp(low + (high - low) * quality / 100)


class _Halving(nn.Module):
    """2x2 positions to one; a last odd row or column is repeated."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 2, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        padded = F.pad(x, (0, width % 2, 0, height % 2), mode="replicate")
        halved: Tensor = self.convolution(padded)
        return halved


def _hyper_analysis(latents: int, features: int, hyper: int) -> nn.Sequential:
    last = nn.Conv2d(features, hyper, 1)
    with torch.no_grad():
        last.weight.mul_(4)
    return nn.Sequential(
        nn.Conv2d(2 * latents, features, 1),
        GatedBlock(features),
        _Halving(features, features),
        GatedBlock(features),
        _Halving(features, features),
        GatedBlock(features),
        last,
    )


def principal_components(blocks: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The directions in which blocks vary most (Karhunen, 1947; Loève, 1948).

    The blocks' mean is taken to be zero.

    Args:
        blocks: `(N, 3, side, side)`, range -0.5..0.5; a few thousand at least.
        count: how many directions are wanted.

    Returns:
        Orthonormal `(count, 3, side, side)`, and the standard deviation along each, `(count,)`, falling.

    Raises:
        ValueError: more directions are wanted than a block has values.
    """
    values = blocks.flatten(1).double()
    if count > values.shape[1]:
        raise ValueError(f"{count} directions are more than the {values.shape[1]} values of a block")
    variances, directions = torch.linalg.eigh(values.T @ values / len(values))
    chosen = directions.flip(1)[:, :count].T
    deviations = variances.flip(0)[:count].clamp(min=1e-12).sqrt()
    return chosen.reshape(count, *blocks.shape[1:]).float(), deviations.float()
