"""The conditional PatchGAN discriminator of the inpainting GAN, at two scales.

Conditional as in pix2pix (Isola et al., CVPR 2017): it sees the picture together with what the generator was given,
the prefill and the hole, so it judges whether *this* hole is filled well, not whether the picture looks like some
photograph. It returns one score per patch and the features of every layer for feature matching. One network sees the
picture, where grain and sharpness show, another the picture at half the size, where the same patch holds twice as much
of a seam or an edge (Wang et al., pix2pixHD, CVPR 2018). Spectral normalisation keeps their slope bounded, which small
data needs.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

PATCH_STRIDE = 8
"""One score per this many pixels of a scale in each direction."""
SCALES = 2
"""Scales, each of half the resolution of the one before."""
LEAST_FILLED = 0.02
"""Part of a patch that has to be filled for the patch to count as filled."""


class PatchDiscriminator(nn.Module):
    """Scores patches of a picture as real or filled, at one scale.

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
            hole: `(B, 1, H, W)`, range 0..1.

        Returns:
            Scores `(B, 1, H/8, W/8)`, positive for real, and the features of each layer.
        """
        x = torch.cat([2 * picture - 1, 2 * (picture - prefill), 2 * hole - 1], dim=1)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.score(x), features


class Discriminator(nn.Module):
    """Scores patches of a picture as real or filled, at `SCALES` scales.

    Args:
        width: channels of each network's first layer.
    """

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.networks = nn.ModuleList(PatchDiscriminator(width) for _ in range(SCALES))

    def forward(self, picture: Tensor, prefill: Tensor, hole: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Score every patch of every scale.

        Args:
            picture: `(B, 3, H, W)`, range 0..1, real or filled; H and W multiples of 16.
            prefill: `(B, 3, H, W)`, range 0..1, what the generator was given.
            hole: `(B, 1, H, W)`, 0 or 1.

        Returns:
            Scores `(B, 1, H/8, W/8)` and `(B, 1, H/16, W/16)`, positive for real, and the features of all layers.
        """
        scores, features = [], []
        for number, network in enumerate(self.networks):
            if number:
                picture, prefill, hole = (F.avg_pool2d(part, 2) for part in (picture, prefill, hole))
            score, found = network(picture, prefill, hole)
            scores.append(score)
            features += found
        return scores, features


def patch_hole(hole: Tensor) -> list[Tensor]:
    """Which patches hold filled pixels.

    Args:
        hole: `(B, 1, H, W)`, 0 or 1; H and W multiples of 16.

    Returns:
        Of the shapes of the scores, 0 or 1.
    """
    strides = (PATCH_STRIDE << number for number in range(SCALES))
    return [(F.avg_pool2d(hole, stride) > LEAST_FILLED).to(hole.dtype) for stride in strides]
