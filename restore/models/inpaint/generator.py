"""The generator of the conditional GAN that fills holes.

    prefill, hole, depth ── stem ── 1 ──────────────────────────── + ── 1 ── head ── residual, amount
                                    └─ 1/2 ─────────────── + ── 1/2 ─┘
                                        └─ 1/4 ─── + ── 1/4 ─┘
                                            └─ 1/8 ─┘  …
                                     local and spectral blocks

    output = prefill + hole * (residual + amount * texture)

The head is zero-initialised, so the untrained network *is* the sparse fill, to the bit. Beside the residual the head
gives the amount of texture, borrowed from beyond the rim (`restore.models.inpaint.texture`), that is added to it:
nearly none for fidelity, about half for looks. The role `wide` mends start fills (`restore.models.inpaint.start`): it
is given the texture that lies in them, and so can strengthen or weaken it pixel by pixel. The finest level works at
full resolution, where a scratch is one pixel wide, but with few channels, so that most of the work is done at half and
quarter size. There is no normalisation layer: it would make a hole's fill depend on the rest of the crop. The
bottleneck mixes 3x3 neighbourhoods with Fourier blocks after LaMa (Suvorov et al., WACV 2022), whose every output sees
the whole crop.
"""

from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restore.models.bands import in_bands
from restore.models.filters import FREQUENCY_BANDS, in_frequency_bands
from restore.models.inpaint.harmonic import hole_depth
from restore.models.inpaint.texture import borrowed_texture
from restore.models.layers import GatedBlock, Pointwise


@dataclass(frozen=True)
class InpainterConfig:
    """Shape of the generator. `SMALL` can be trained on two CPU cores, `BASE` needs a GPU."""

    widths: tuple[int, ...] = (16, 32, 64, 128, 192)
    """Channels at 1, 1/2, 1/4, 1/8, … of the picture's resolution."""
    encoder: tuple[int, ...] = (0, 1, 1, 2)
    """Blocks per level on the way down, all levels but the last."""
    middle: int = 2
    """Pairs of a local and a spectral block at the coarsest level."""
    decoder: tuple[int, ...] = (2, 2, 2, 2)
    """Blocks per level on the way up, finest level first."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        object.__setattr__(self, "encoder", tuple(self.encoder))
        object.__setattr__(self, "decoder", tuple(self.decoder))
        levels = len(self.widths)
        if levels < 2 or len(self.encoder) != levels - 1 or len(self.decoder) != levels - 1:
            raise ValueError("encoder and decoder need one entry per level but the coarsest")
        if any(width < 2 or width % 2 for width in self.widths) or min(*self.encoder, *self.decoder, self.middle) < 0:
            raise ValueError("widths must be even and positive, block counts not negative")

    @property
    def stride(self) -> int:
        """Height and width of the input must be multiples of this many pixels."""
        return max(4, 1 << (len(self.widths) - 1))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the metadata of a weight file."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


SMALL = InpainterConfig()
BASE = InpainterConfig(widths=(32, 64, 128, 256, 384), encoder=(1, 2, 2, 4), middle=6, decoder=(2, 2, 3, 4))
VARIANTS = {"small": SMALL, "base": BASE}


BANDS_REACH = sum(side // 2 for side, _ in FREQUENCY_BANDS)
"""Pixels around one that its bands depend on."""
INPUTS = 3 * (len(FREQUENCY_BANDS) + 1) + 2
"""Channels the stem sees: the bands, the coarse rest, the hole and its depth."""


class SpectralBlock(nn.Module):
    """A 1x1 network on the real Fourier spectrum: every output position sees every input position.

    Input and output `(B, channels, H, W)`. The transform runs in float32 whatever the precision around it.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.enter = Pointwise(channels, half)
        self.mix = Pointwise(2 * half, 2 * half)
        self.mix_out = Pointwise(2 * half, 2 * half)
        self.leave = Pointwise(half, channels)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(_bias(self.leave))

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        spectrum = torch.fft.rfft2(self.enter(x).float(), norm="ortho")
        parts = torch.cat([spectrum.real, spectrum.imag], dim=1)
        real, imaginary = self.mix_out(F.leaky_relu(self.mix(parts), 0.1)).float().chunk(2, dim=1)
        back = torch.fft.irfft2(torch.complex(real, imaginary), s=(height, width), norm="ortho")
        added: Tensor = self.leave(back)
        return x + added


class Generator(nn.Module):
    """Fills the hole of a prefilled picture.

    Examples:
        >>> generator = Generator(InpainterConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,)))
        >>> prefill, hole = torch.rand(1, 3, 8, 12), torch.ones(1, 1, 8, 12)
        >>> torch.equal(generator(prefill, hole), prefill)
        True
    """

    def __init__(self, config: InpainterConfig = SMALL) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.stem = nn.Conv2d(INPUTS, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(
            _blocks(width, count) for width, count in zip(widths, config.encoder, strict=False)
        )
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in pairwise(widths))
        self.middle = nn.Sequential(
            *(layer for _ in range(config.middle) for layer in (GatedBlock(widths[-1]), SpectralBlock(widths[-1])))
        )
        self.up = nn.ModuleList(
            nn.Sequential(Pointwise(coarse, 4 * fine), nn.PixelShuffle(2)) for fine, coarse in pairwise(widths)
        )
        self.merge = nn.ModuleList(Pointwise(2 * width, width) for width in widths[:-1])
        self.decoder = nn.ModuleList(
            _blocks(width, count) for width, count in zip(widths, config.decoder, strict=False)
        )
        self.head = nn.Conv2d(widths[0], 4, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(_bias(self.head))

    def forward(self, prefill: Tensor, hole: Tensor, texture: Tensor | None = None) -> Tensor:
        """Add the learned residual inside the hole.

        Args:
            prefill: `(B, 3, H, W)`, range 0..1: the picture with its hole filled by `sparse_fill`, for the role `wide`
                by `start_fill`. H and W are multiples of `config.stride`.
            hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.
            texture: `(B, 3, H, W)`, the texture to add; None borrows it from beyond the rim.

        Returns:
            `(B, 3, H, W)`, not clamped; outside the hole equal to `prefill`.

        Raises:
            ValueError: H or W is no multiple of the stride.
        """
        if prefill.shape[-2] % self.config.stride or prefill.shape[-1] % self.config.stride:
            raise ValueError(
                f"height and width must be multiples of {self.config.stride}, got {tuple(prefill.shape[-2:])}"
            )
        banded = hole.device.type == "cpu" and not torch.is_grad_enabled()
        inside = (hole > 0).flatten(0, 1).any(0) if banded else None
        if inside is not None and not inside.any():
            return prefill.clone()
        change = self._decode(*self._encode(prefill, hole, banded=banded), inside).to(prefill.dtype)
        if texture is None:
            texture = borrowed_texture(prefill, hole)
        filled: Tensor = prefill + hole * (change[:, :3] + change[:, 3:] * texture)
        return filled

    def _encode(self, prefill: Tensor, hole: Tensor, *, banded: bool) -> tuple[Tensor, list[Tensor]]:
        """The way down and the middle: features of the coarsest level, and the skips of all finer ones."""
        inputs = prefill, hole, hole_depth(hole)
        if banded:
            halo = BANDS_REACH + 1 + self.config.encoder[0]
            everywhere = torch.ones(hole.shape[-2:], dtype=torch.bool)
            x = in_bands(self._enter, inputs, halo + halo % 2, everywhere, 2 * self.config.widths[0])
        else:
            x = self._enter(*inputs)
        skips = [x]
        for blocks, down in zip(self.encoder[1:], self.down[:-1], strict=True):
            x = blocks(down(x))
            skips.append(x)
        return self.middle(self.down[-1](x)), skips

    def _enter(self, prefill: Tensor, hole: Tensor, depth: Tensor) -> Tensor:
        """Features of the finest level, before anything is known of the coarser ones."""
        inputs = torch.cat([*in_frequency_bands(prefill), hole, depth], dim=1)
        features: Tensor = self.encoder[0](self.stem(inputs.contiguous(memory_format=torch.channels_last)))
        return features

    def _decode(self, x: Tensor, skips: list[Tensor], inside: Tensor | None) -> Tensor:
        """The way up: residual and amount.

        Args:
            x: features of the coarsest level.
            skips: of all others, finest first; emptied.
            inside: `(H, W)`, where the answer is wanted; then only what it depends on is computed, band by band.
        """
        halos = [count + (level == 0) for level, count in enumerate(self.config.decoder)]
        halos = [halo + halo % 2 for halo in halos]
        needed = [] if inside is None else [inside]
        for halo in halos[:-1] if needed else ():
            spread = F.max_pool2d(needed[-1][None].float(), 2 * halo + 2, 2, halo)
            needed.append(spread[0] > 0)
        for level in reversed(range(len(halos))):
            rise, skip = partial(self._rise, level), skips.pop()
            if needed:
                x = in_bands(rise, (x, skip), halos[level], needed[level], 2 * self.config.widths[level])
            else:
                x = rise(x, skip)
        return x

    def _rise(self, level: int, coarse: Tensor, skip: Tensor) -> Tensor:
        """Features of a level from those of the next coarser one; at the finest level residual and amount."""
        x: Tensor = self.merge[level](torch.cat([self.up[level](coarse), skip], dim=1))
        x = self.decoder[level](x)
        return self.head(x) if level == 0 else x

    @torch.no_grad()
    def scale_residual(self, scale: float) -> None:
        """Multiply what is added to the prefill, the texture included; 0 gives the prefill back."""
        self.head.weight *= scale
        _bias(self.head).mul_(scale)

    @torch.no_grad()
    def set_texture(self, amount: float) -> None:
        """Set the amount of borrowed texture that the head adds before it is trained, 0..1."""
        _bias(self.head)[3] = amount


def _blocks(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(GatedBlock(channels) for _ in range(count)))


def _bias(layer: nn.Conv2d) -> Tensor:
    if layer.bias is None:
        raise ValueError("the layer has no bias")
    return layer.bias
