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
    assert scores.shape == (2, 1, 8, 8)
    assert len(features) == 4
    assert not torch.equal(scores, network(picture, torch.zeros_like(prefill), hole)[0])
    assert not torch.equal(scores, network(picture, prefill, 1 - hole)[0])


def test_only_patches_with_filled_pixels_count_as_fake() -> None:
    hole = torch.zeros(1, 1, 32, 32)
    hole[..., 9:12, 9:12] = 1
    expected = torch.zeros(1, 1, 4, 4)
    expected[..., 1, 1] = 1
    assert torch.equal(patch_hole(hole), expected)
