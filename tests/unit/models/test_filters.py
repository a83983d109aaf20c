"""The filters against kornia's and SciPy's."""

import pytest
import torch
from kornia.filters import gaussian_blur2d, median_blur, spatial_gradient
from scipy import ndimage
from torch import Tensor

from restore.models.filters import blur, box_mean, gradients, median


@pytest.fixture
def pictures() -> Tensor:
    return torch.rand(2, 3, 11, 17, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("radius", "deviation"), [(2, 0.9), (3, 1.6), (4, 2.5), (10, 6.0)])
def test_blur_is_kornias_gaussian(pictures: Tensor, radius: int, deviation: float) -> None:
    side = 2 * radius + 1
    expected = gaussian_blur2d(pictures, (side, side), (deviation, deviation), border_type="replicate")
    assert (blur(pictures, radius, deviation) - expected).abs().max() < 1e-6


@pytest.mark.parametrize("side", [1, 3, 5, 7, 9, 15])
def test_a_box_mean_is_average_pooling_over_a_repeated_border(pictures: Tensor, side: int) -> None:
    padded = torch.nn.functional.pad(pictures, (side // 2,) * 4, mode="replicate")
    expected = torch.nn.functional.avg_pool2d(padded, side, stride=1)
    assert (box_mean(pictures, side) - expected).abs().max() < 1e-6


def test_a_box_of_even_side_is_refused(pictures: Tensor) -> None:
    with pytest.raises(ValueError, match="odd"):
        box_mean(pictures, 4)


def test_gradients_are_kornias_central_differences(pictures: Tensor) -> None:
    """kornia's are not halved."""
    expected = spatial_gradient(pictures, mode="diff", normalized=False)
    across, down = gradients(pictures)
    assert torch.allclose(2 * across, expected[:, :, 0], atol=1e-6)
    assert torch.allclose(2 * down, expected[:, :, 1], atol=1e-6)


def test_median_is_kornias_but_for_the_border(pictures: Tensor) -> None:
    """Ours repeats the border; kornia's pads with zeros."""
    inside = (..., slice(1, -1), slice(1, -1))
    found, expected = median(pictures), median_blur(pictures, 3)
    assert torch.equal(found[inside], expected[inside])
    assert not torch.equal(found, expected)
    repeated = ndimage.median_filter(pictures.numpy(), size=(1, 1, 3, 3), mode="nearest")
    assert torch.equal(found, torch.from_numpy(repeated))


def test_medians_gradient_is_the_identity(pictures: Tensor) -> None:
    x = pictures.requires_grad_()
    (slope,) = torch.autograd.grad(median(x).sum(), x)
    assert torch.equal(slope, torch.ones_like(x))
