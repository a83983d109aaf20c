"""Losses against hand-made numbers and scikit-image."""

import math

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from restore.training.inpaint.losses import (
    discriminator_hinge,
    feature_matching,
    generator_hinge,
    gradient_penalty,
    grain_difference,
    low_difference,
    perceptual_terms,
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
    assert float(discriminator_hinge([real], [fake], [filled])) == pytest.approx(0.25 + 0.375)
    assert float(generator_hinge([fake], [filled])) == pytest.approx(3.0)
    # a second scale that scores 0 throughout: real 1, fake 1; for the generator 0
    nothing, all_filled = torch.zeros(1, 1, 1, 1), torch.ones(1, 1, 1, 1)
    scales = [real, nothing], [fake, nothing], [filled, all_filled]
    assert float(discriminator_hinge(*scales)) == pytest.approx((0.625 + 2.0) / 2)
    assert float(generator_hinge(*scales[1:])) == pytest.approx(1.5)


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
    assert float(gradient_penalty([scores, scores], picture)) == pytest.approx(16 * 3 * 4 * 4)


def test_tone_is_compared_over_squares_and_inside_the_hole() -> None:
    start, hole = torch.full((2, 3, 32, 32), 0.5), torch.zeros(2, 1, 32, 32)
    hole[..., :16, :] = 1
    output = start.clone()
    output[0, :, :16:2, :16] += 0.2  # every other row of one of the two squares: 0.1 in its mean
    output[1, :, :16:2] += 0.2
    output[1, :, 1:16:2] -= 0.2  # strong detail, the same tone
    output[:, :, 16:] += 0.3  # outside the hole, and so not counted
    assert low_difference(output, start, hole).tolist() == pytest.approx([0.05, 0.0], abs=1e-6)


def test_grain_is_compared_by_its_strength_and_not_its_place() -> None:
    noise = 0.8 * torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) + 0.1
    hole = torch.ones(1, 1, 64, 64)
    assert grain_difference(noise.flip(2), noise, hole).item() < 0.1  # noise, over squares of few pixels
    half = 0.5 + 0.5 * (noise - 0.5)
    assert grain_difference(half, noise, hole).item() == pytest.approx(math.log(2), abs=0.04)
    flat = torch.full_like(noise, 0.5)
    # differences of neighbours have 4 times the variance, 0.64 / 12, of the noise; at each scale a quarter of it
    floor, strengths = 0.01**2, [0.64 / 3, 0.16 / 3, 0.04 / 3]
    wanted = [0.5 * math.log((strength + floor) / floor) for strength in strengths]
    assert grain_difference(flat, noise, hole).item() == pytest.approx(sum(wanted) / 3, abs=0.05)
    rows, columns = torch.arange(64)[:, None], torch.arange(64)
    checkers = flat + 0.163 * (1 - 2 * ((rows + columns) % 2))  # as strong as the noise, at the finest scale alone
    assert grain_difference(checkers, noise, hole).item() == pytest.approx(sum(wanted[1:]) / 3, abs=0.05)


def test_the_perceptual_term_weighs_samples_alike() -> None:
    class Levels(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
            return [x]

    target, hole = torch.zeros(2, 3, 8, 8), torch.zeros(2, 1, 8, 8)
    hole[0], hole[1, :, :2] = 1, 1
    output = target + 0.5 * hole
    # 3 channels of 0.25 over the hole's share of the picture, by that share and 0.1
    wanted = [0.75 / 1.1, 0.75 * 0.25 / 0.35]
    assert perceptual_terms(Levels(), output, target, hole).tolist() == pytest.approx(wanted)  # type: ignore[arg-type]
