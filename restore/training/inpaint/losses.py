"""Loss terms of the inpainting GAN, each measured inside the hole and per sample.

A scratch covers 5 % of a crop and a broad stroke 40 %: a mean over the crop would train for broad strokes only. Every
term is therefore divided by the size of the hole, so that each sample weighs the same.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.training.losses import mean_inside

RELATIVE_FLOOR = 0.06
"""Added to the prefill's error, range 0..1: else flat sky, where the prefill is nearly right, would outweigh faces."""


def relative_l1(output: Tensor, prefill: Tensor, target: Tensor, hole: Tensor, depth: Tensor) -> Tensor:
    """Absolute difference inside the hole, as a share of what the prefill has there.

    Decibels are ratios: measured so, a scratch across a face counts as much as a hole the size of a house, whose
    absolute error is ten times larger and mostly cannot be known. For the same reason pixels near the rim, which the
    known pixels around allow to predict, weigh more than those deep inside.

    Args:
        output: `(B, 3, H, W)`, range 0..1.
        prefill: the same shape and range.
        target: the same shape and range.
        hole: `(B, 1, H, W)`, 0 or 1.
        depth: `(B, 1, H, W)`, from `restore.models.inpaint.harmonic.hole_depth`.

    Returns:
        `(B,)`, 1 where nothing was gained.
    """
    weight = hole * (0.15 + 0.85 * depth)
    error = ((output - target).abs().mean(1, keepdim=True) * weight).sum((1, 2, 3))
    start = ((prefill - target).abs().mean(1, keepdim=True) * weight).sum((1, 2, 3))
    return error / (start + RELATIVE_FLOOR * weight.sum((1, 2, 3))).clamp(min=1e-6)


def discriminator_hinge(real: Tensor, fake: Tensor, filled: Tensor) -> Tensor:
    """Hinge loss of the discriminator; only patches that hold filled pixels count as fake (after LaMa).

    Args:
        real: scores of the true picture, `(B, 1, h, w)`.
        fake: scores of the filled picture, the same shape.
        filled: `(B, 1, h, w)`, 1 where a patch holds filled pixels.

    Returns:
        A scalar.
    """
    on_real = F.relu(1 - real).mean()
    on_fake = F.relu(1 + fake) * filled + F.relu(1 - fake) * (1 - filled)
    return on_real + on_fake.mean()


def generator_hinge(fake: Tensor, filled: Tensor) -> Tensor:
    """What the generator pays: minus the score of the patches it filled; shapes as `discriminator_hinge`."""
    return -mean_inside(fake, filled).mean()


def feature_matching(real: list[Tensor], fake: list[Tensor]) -> Tensor:
    """Mean absolute difference of the discriminator's features (Wang et al., pix2pixHD, CVPR 2018), a scalar."""
    return torch.stack([(a.detach() - b).abs().mean() for a, b in zip(real, fake, strict=True)]).mean()


def gradient_penalty(scores: Tensor, picture: Tensor) -> Tensor:
    """R1 (Mescheder et al., ICML 2018): squared gradient of the real scores over the picture, a scalar."""
    (gradient,) = torch.autograd.grad(scores.sum(), picture, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()
