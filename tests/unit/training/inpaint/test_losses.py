"""Losses against hand-made numbers and scikit-image."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from restore.training.inpaint.losses import (
    discriminator_hinge,
    feature_matching,
    generator_hinge,
    gradient_penalty,
    relative_l1,
)
from restore.training.losses import hole_ssim


def test_relative_l1_is_a_share_of_the_prefills_error() -> None:
    target = torch.zeros(1, 3, 4, 4)
    prefill, output = torch.full_like(target, 0.4), torch.full_like(target, 0.1)
    hole = torch.ones(1, 1, 4, 4)
    hole[..., 3, :] = 0
    output[..., 3, :] = 9.0  # outside the hole, and so not counted
    depth = torch.zeros_like(hole)
    # 0.1 of (0.4 + the floor of 0.06), wherever the weight is the same
    assert relative_l1(output, prefill, target, hole, depth).item() == pytest.approx(0.1 / 0.46)
    # pixels at the rim (depth 1) weigh 1, those deep inside 0.15
    output[..., :3, :2] = 0.4
    depth[..., :2] = 1
    expected = (0.4 * 1 + 0.1 * 0.15) / (0.46 * 1.15)
    assert relative_l1(output, prefill, target, hole, depth).item() == pytest.approx(expected)


def test_ssim_agrees_with_scikit_image() -> None:
    rng = np.random.default_rng(0)
    first = rng.random((48, 48, 3))
    second = np.clip(first + 0.2 * rng.standard_normal((48, 48, 3)), 0, 1)
    _, full = structural_similarity(
        first,
        second,
        channel_axis=2,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    hole = torch.zeros(1, 1, 48, 48)
    hole[..., 12:30, 14:36] = 1

    def batch(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).permute(2, 0, 1)[None]

    got = hole_ssim(batch(second), batch(first), hole.double())
    assert float(got) == pytest.approx(1 - full[12:30, 14:36].mean(), abs=2e-4)


def test_hinges_by_hand() -> None:
    real = torch.tensor([[[[2.0, 0.5]]]])
    fake = torch.tensor([[[[-3.0, 0.25]]]])
    filled = torch.tensor([[[[1.0, 0.0]]]])
    # real: (0 + 0.5) / 2; fake: the filled patch pays max(0, 1 - 3) = 0, the untouched one max(0, 1 - 0.25)
    assert float(discriminator_hinge(real, fake, filled)) == pytest.approx(0.25 + 0.375)
    assert float(generator_hinge(fake, filled)) == pytest.approx(3.0)


def test_feature_matching_leaves_the_real_side_alone() -> None:
    real = [torch.ones(1, 2, requires_grad=True)]
    fake = [torch.zeros(1, 2, requires_grad=True)]
    loss = feature_matching(real, fake)
    torch.autograd.backward(loss)
    assert loss.item() == 1.0
    assert real[0].grad is None
    assert fake[0].grad is not None


def test_gradient_penalty_of_a_linear_score() -> None:
    picture = torch.rand(2, 3, 4, 4, requires_grad=True)
    scores = (2 * picture).sum((1, 2, 3), keepdim=True)
    assert float(gradient_penalty(scores, picture)) == pytest.approx(4 * 3 * 4 * 4)
