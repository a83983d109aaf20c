"""The conditional PatchGAN discriminator of the inpainting GAN.

Conditional as in pix2pix (Isola et al., CVPR 2017): it sees the picture together with what the generator was given,
the prefill and the hole, so it judges whether *this* hole is filled well, not whether the picture looks like some
photograph. It returns one score per patch and the features of every layer for feature matching. Spectral
normalisation keeps its slope bounded, which small data needs.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

PATCH_STRIDE = 8
"""One score per this many pixels in each direction."""


class Discriminator(nn.Module):
    """Scores patches of a picture as real or filled.

    Args:
        width: channels of the first layer.
    """

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        sizes = [7, width, 2 * width, 4 * width]
        layers = [spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1)) for before, after in pairwise(sizes)]
        layers.append(spectral_norm(nn.Conv2d(4 * width, 4 * width, 3, padding=1)))
        self.layers = nn.ModuleList(layers)
        self.score = spectral_norm(nn.Conv2d(4 * width, 1, 3, padding=1))

    def forward(self, picture: Tensor, prefill: Tensor, hole: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Score every patch.

        Args:
            picture: `(B, 3, H, W)`, range 0..1, real or filled; H and W multiples of 8.
            prefill: `(B, 3, H, W)`, range 0..1, what the generator was given.
            hole: `(B, 1, H, W)`, 0 or 1.

        Returns:
            Scores `(B, 1, H/8, W/8)`, positive for real, and the features of each layer.
        """
        x = torch.cat([2 * picture - 1, 2 * (picture - prefill), 2 * hole - 1], dim=1)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.score(x), features


def patch_hole(hole: Tensor) -> Tensor:
    """Which patches of the score map hold filled pixels: `(B, 1, H, W)` to `(B, 1, H/8, W/8)`, 0 or 1."""
    return (F.avg_pool2d(hole, PATCH_STRIDE) > 0.02).to(hole.dtype)
