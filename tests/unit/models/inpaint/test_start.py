"""The start fill of a wide hole: tone and structure of one picture, texture of another."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from restore.models.inpaint.start import high_band, low_band, start_fill


def grass(side: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    """Strong grain that ends at a hole, which is filled with the mean."""
    picture = 0.3 + 0.4 * torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    hole = torch.zeros(1, 1, side, side)
    hole[..., 32:64, 32:64] = 1
    return torch.where(hole > 0, picture.mean((2, 3), keepdim=True), picture), hole


def test_the_bands_are_those_of_a_gaussian_of_three_pixels() -> None:
    picture, _ = grass()
    wanted = gaussian_filter(picture.numpy(), sigma=(0, 0, 3, 3), mode="nearest", truncate=3.0)
    np.testing.assert_allclose(low_band(picture).numpy(), wanted, atol=1e-5)
    hole = torch.ones(1, 1, 96, 96)
    assert torch.allclose(low_band(picture) + high_band(picture, hole), picture, atol=1e-6)


def test_a_start_fill_has_the_grain_of_its_surroundings_and_leaves_them_alone() -> None:
    smooth, hole = grass()
    made = start_fill(smooth, hole)
    fill, texture = made.fill, made.texture
    outside = (hole == 0).expand_as(fill)
    assert torch.equal(fill[outside], smooth[outside])
    assert not texture[outside].any()
    deep = (..., slice(38, 58), slice(38, 58))
    around = (..., slice(0, 28), slice(None))
    assert 0.3 < float(fill[deep].std() / smooth[around].std()) < 1.1
    assert fill[deep].mean().item() == pytest.approx(smooth[around].mean().item(), abs=0.03)
    assert float(fill.min()) >= 0.0
    assert float(fill.max()) <= 1.0


def test_each_picture_of_a_batch_is_filled_as_if_alone() -> None:
    first, hole = grass(64)
    second = first.flip(3)
    together = start_fill(torch.cat([first, second]), torch.cat([hole, hole]))
    alone = [start_fill(each, hole) for each in (first, second)]
    assert torch.equal(together.fill, torch.cat([each.fill for each in alone]))
    assert torch.equal(together.texture, torch.cat([each.texture for each in alone]))
    assert together.cost == pytest.approx(sum(each.cost for each in alone) / 2)


def test_the_network_stands_at_the_rim_and_pieces_further_inside() -> None:
    smooth, hole = grass()
    made, alone = start_fill(smooth, hole), start_fill(smooth, hole, passage=False)
    assert torch.equal(made.fill[..., 32:34, 32:64], smooth[..., 32:34, 32:64])
    assert not torch.equal(alone.fill[..., 32:34, 32:64], smooth[..., 32:34, 32:64])
    halfway = (..., slice(37, 38), slice(40, 56))  # 6 px deep, and the passage goes from 2 to 10
    assert torch.allclose(made.fill[halfway], torch.lerp(smooth, alone.fill, 0.5)[halfway], atol=1e-6)
    inside = (..., slice(44, 52), slice(44, 52))
    assert torch.equal(made.fill[inside], alone.fill[inside])
