"""Small generators with random weights, and noise to fill holes in."""

import numpy as np
import torch

from restore.models.inpaint.generator import Generator, InpainterConfig

TINY = InpainterConfig(widths=(8, 8, 12, 16), encoder=(1, 1, 1), middle=1, decoder=(1, 1, 1))


def random_generator(seed: int, config: InpainterConfig = TINY) -> Generator:
    """A generator whose residual is far from zero everywhere."""
    generator = Generator(config)
    draw = torch.Generator().manual_seed(seed)
    for parameter in generator.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draw) * 0.2 / max(1, parameter[0].numel()) ** 0.5
    generator.head.bias.data.fill_(0.1)
    return generator


def photo(height: int, width: int, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (height, width, 3), dtype=dtype, endpoint=True)


def spots(height: int, width: int, share: float = 0.02, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width)) < share
