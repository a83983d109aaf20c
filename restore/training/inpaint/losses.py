"""Loss terms of the inpainting GAN, each measured inside the hole and per sample.

A scratch covers 5 % of a crop and a broad stroke 40 %: a mean over the crop would train for broad strokes only. Every
term is therefore divided by the size of the hole, so that each sample weighs the same.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from restore.models.perceptual import SqueezeFeatures, feature_distance
from restore.training.losses import mean_inside

RELATIVE_FLOOR = 0.06
"""Added to the prefill's error, range 0..1: else flat sky, where the prefill is nearly right, would outweigh faces."""
SMALL_SHARE = 0.1
"""Added to a hole's share of the crop where a term is divided by it."""
SLOW = 16
"""Side in pixels of the squares that tone and strength of grain are compared over; a divisor of every crop's side."""
GRAIN_SCALES = 3
"""Resolutions that the strength of grain is compared at, each half of the one before."""
CALM = 0.01
"""Differences of neighbours, range 0..1, below which places are equally calm."""


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


def perceptual_terms(features: SqueezeFeatures, output: Tensor, target: Tensor, hole: Tensor) -> Tensor:
    """The perceptual distance of each sample by the size of its hole, `(B,)`; shapes as `relative_l1`."""
    with torch.no_grad():
        wanted = features(target)
    return feature_distance(features(output), wanted) / (hole.mean((1, 2, 3)) + SMALL_SHARE)


def low_difference(output: Tensor, start: Tensor, hole: Tensor) -> Tensor:
    """Absolute difference of the slow changes of two pictures inside the hole, `(B,)`; shapes as `relative_l1`.

    Of `SLOW` pixels' mean colours only, so that it holds tone and leaves detail to the other terms.
    """
    difference = F.avg_pool2d(output - start, SLOW).abs().mean(1, keepdim=True)
    return mean_inside(difference, F.avg_pool2d(hole, SLOW))


def grain_difference(output: Tensor, target: Tensor, hole: Tensor) -> Tensor:
    """How much the strength of fine detail differs inside the hole, `(B,)`; shapes as `relative_l1`.

    Where the detail lies cannot be known, how strong it is can: the root mean square of neighbours' differences over
    `SLOW` pixels is compared, as the logarithm of their ratio, so that calm and busy places count the same. This is
    done at `GRAIN_SCALES` resolutions: at a single one a checkerboard would be the cheapest way to be strong.
    """
    terms = []
    for scale in range(GRAIN_SCALES):
        first, second = (_strength(picture, SLOW >> scale) for picture in (output, target))
        terms.append(0.5 * (first - second).abs())
        output, target = F.avg_pool2d(output, 2), F.avg_pool2d(target, 2)
    return mean_inside(torch.stack(terms).mean(0), F.avg_pool2d(hole, SLOW))


def _strength(picture: Tensor, side: int) -> Tensor:
    """Logarithm of the mean squared differences of neighbours in squares of `side` pixels, `(B, 1, H/side, W/side)`."""
    across, down = picture[..., :-1, 1:] - picture[..., :-1, :-1], picture[..., 1:, :-1] - picture[..., :-1, :-1]
    energy = F.pad((across.square() + down.square()).mean(1, keepdim=True), (0, 1, 0, 1), mode="replicate")
    return torch.log(F.avg_pool2d(energy, side) + CALM**2)


def discriminator_hinge(real: list[Tensor], fake: list[Tensor], filled: list[Tensor]) -> Tensor:
    """Hinge loss of the discriminator; only patches that hold filled pixels count as fake (after LaMa).

    Args:
        real: scores of the true picture by scale, each `(B, 1, h, w)`.
        fake: scores of the filled picture, the same shapes.
        filled: the same shapes, 1 where a patch holds filled pixels.

    Returns:
        A scalar, the mean over the scales.
    """
    terms = []
    for on_real, on_fake, inside in zip(real, fake, filled, strict=True):
        wrong = F.relu(1 + on_fake.float()) * inside + F.relu(1 - on_fake.float()) * (1 - inside)
        terms.append(F.relu(1 - on_real.float()).mean() + wrong.mean())
    return torch.stack(terms).mean()


def generator_hinge(fake: list[Tensor], filled: list[Tensor]) -> Tensor:
    """What the generator pays: minus the score of the patches it filled; shapes as `discriminator_hinge`."""
    return -torch.stack(
        [mean_inside(scores.float(), inside).mean() for scores, inside in zip(fake, filled, strict=True)]
    ).mean()


def feature_matching(real: list[Tensor], fake: list[Tensor]) -> Tensor:
    """Mean absolute difference of the discriminator's features (Wang et al., pix2pixHD, CVPR 2018), a scalar."""
    return torch.stack([(a.detach() - b).abs().mean() for a, b in zip(real, fake, strict=True)]).mean()


def gradient_penalty(scores: list[Tensor], picture: Tensor) -> Tensor:
    """R1 (Mescheder et al., ICML 2018): squared gradient of the real scores over the picture, a scalar."""
    total = torch.stack([each.float().sum() for each in scores]).sum()
    (gradient,) = torch.autograd.grad(total, picture, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()
