"""The discriminator: it depends on prefill and hole, and scores patches."""

import torch

from restore.models.inpaint.discriminator import Discriminator, patch_hole


def test_the_discriminator_is_conditional_and_local() -> None:
    torch.manual_seed(0)
    network = Discriminator(8).eval()
    picture, hole = torch.rand(2, 3, 64, 64), torch.zeros(2, 1, 64, 64)
    hole[..., 8:20, 4:24] = 1
    prefill = torch.rand_like(picture)
    scores, features = network(picture, prefill, hole)
    assert [each.shape for each in scores] == [(2, 1, 8, 8), (2, 1, 4, 4)]
    assert len(features) == 8
    for other in (network(picture, torch.zeros_like(prefill), hole), network(picture, prefill, 1 - hole)):
        assert not any(torch.equal(first, second) for first, second in zip(scores, other[0], strict=True))


def test_the_second_scale_sees_the_picture_at_half_the_size() -> None:
    torch.manual_seed(0)
    network = Discriminator(8).eval()
    picture, hole = torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    other = picture.clone()
    other[..., ::2, ::2] += 0.2
    other[..., 1::2, ::2] -= 0.2  # detail whose mean over 2x2 pixels is zero
    before, after = (network(each, torch.zeros_like(picture), hole)[0] for each in (picture, other))
    assert not torch.allclose(before[0], after[0], atol=1e-4)
    assert torch.allclose(before[1], after[1], atol=1e-5)


def test_only_patches_with_filled_pixels_count_as_fake() -> None:
    hole = torch.zeros(1, 1, 32, 32)
    hole[..., 9:12, 9:12] = 1
    fine, coarse = patch_hole(hole)
    expected = torch.zeros(1, 1, 4, 4)
    expected[..., 1, 1] = 1
    assert torch.equal(fine, expected)
    assert coarse.tolist() == [[[[1.0, 0.0], [0.0, 0.0]]]]
