"""A small codec with random weights: none of its parameters is zero, so a mistake anywhere changes its symbols."""

import math

import torch

from restore.codecs.bitstream.tables import Tables, gaussian_counts, scales
from restore.codecs.model import CodecModel
from restore.codecs.network.vae import VAE, VAEConfig
from restore.codecs.tiles import TileCodec

TINY = VAEConfig(
    width=8, latents=12, hyper=4, features=12, context=12, analysis=1, synthesis=1, leading=4, refined=6, model=0
)
LONGEST = 4.0
"""Tables of larger scales have this one instead, so that symbols escape and the weight file stays small."""


def waves(count: int) -> torch.Tensor:
    """`(count, 3, 16, 16)`, orthonormal: cosines of rising frequency in opponent colours."""
    place = torch.arange(16) + 0.5
    cosines = torch.stack([torch.cos(math.pi * place * k / 16) for k in range(16)])
    cosines /= cosines.norm(dim=1, keepdim=True)
    colours = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
    colours /= colours.norm(dim=1, keepdim=True)
    waves = [(row, column, colour) for row in range(8) for column in range(8) for colour in range(3)]
    order = sorted(waves, key=lambda wave: (wave[0] + wave[1] + 4 * wave[2], wave))
    chosen = [
        colours[colour][:, None, None] * torch.outer(cosines[row], cosines[column])
        for row, column, colour in order[:count]
    ]
    return torch.stack(chosen)


def tiny_vae(seed: int = 3, strength: float = 1.0) -> VAE:
    """The network of `TINY`; the larger `strength`, the more it differs from an untrained one."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        vae = VAE(TINY, waves(TINY.latents), torch.logspace(0.3, -1.5, TINY.latents))
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in vae.named_parameters():
            if name in ("components", "patterns") or name.startswith("log_gains"):
                continue
            noise = torch.randn(parameter.shape, generator=random)
            parameter.add_(strength * (0.1 if parameter.ndim < 2 or not parameter.any() else 0.2) * noise)
            parameter.copy_(parameter.half().float())
    return vae.eval()


def short_tables() -> Tables:
    """Tables whose scales end at `LONGEST`."""
    return Tables(tuple(gaussian_counts(min(float(scale), LONGEST)) for scale in scales()))


def tiny_codec() -> TileCodec:
    """The tiny model on the CPU."""
    return TileCodec(tiny_model(), torch.device("cpu"))


def tiny_model() -> CodecModel:
    """The network of `TINY` with short tables, as files would name it."""
    return CodecModel(tiny_vae(), short_tables(), TINY.model, 0x1234ABCD)
