"""MS-SSIM against scikit-image's SSIM scale by scale, and against closed forms."""

import numpy as np
import numpy.typing as npt
import pytest
from skimage.metrics import structural_similarity

from restore.evaluation.ms_ssim import in_decibels, ms_ssim, scales_of

PUBLISHED = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
Samples = npt.NDArray[np.uint8]


def scene(seed: int, height: int, width: int) -> Samples:
    """Waves, an edge and a little noise."""
    y, x = np.mgrid[:height, :width]
    waves = 120 + 60 * np.sin(x / 17 + seed) + 40 * np.cos(y / 11) + 30 * (x + y > (height + width) / 2)
    noise = np.random.default_rng(seed).normal(0, 8, (height, width, 3))
    return (waves[..., None] * [1, 0.9, 0.7] + noise).clip(0, 255).astype(np.uint8)


def worse(picture: Samples, seed: int, strength: float) -> Samples:
    noise = np.random.default_rng(seed).normal(0, strength, picture.shape)
    return (np.rint(picture / 16.0) * 16 * 0.95 + noise).clip(0, 255).astype(np.uint8)


def oracle(first: Samples, second: Samples, weights: tuple[float, ...]) -> float:
    """scikit-image has no contrast-structure factor of its own; a boundless K1 turns its luminance factor into 1."""
    channels = []
    for channel in range(3):
        a, b = first[..., channel].astype(np.float64), second[..., channel].astype(np.float64)
        product = 1.0
        for scale, weight in enumerate(weights):
            if scale:
                a, b = (
                    plane[: plane.shape[0] // 2 * 2, : plane.shape[1] // 2 * 2]
                    .reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2)
                    .mean((1, 3))
                    for plane in (a, b)
                )
            _, full = structural_similarity(
                a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True,
                K1=0.01 if scale == len(weights) - 1 else 1e7,
            )  # fmt: skip
            product *= full[5:-5, 5:-5].mean() ** weight
        channels.append(product)
    return float(np.mean(channels))


@pytest.mark.parametrize(("height", "width"), [(176, 208), (191, 243), (256, 176)])
@pytest.mark.parametrize("strength", [2.0, 40.0])
def test_it_is_the_product_of_scikit_images_scales(height: int, width: int, strength: float) -> None:
    first = scene(1, height, width)
    second = worse(first, 2, strength)
    assert ms_ssim(first, second) == pytest.approx(oracle(first, second, PUBLISHED), abs=1e-9)


def test_a_small_picture_has_fewer_scales_with_weights_of_sum_one() -> None:
    first = scene(3, 50, 61)
    second = worse(first, 4, 10)
    total = sum(PUBLISHED[:3])
    weights = tuple(weight / total for weight in PUBLISHED[:3])
    assert ms_ssim(first, second) == pytest.approx(oracle(first, second, weights), abs=1e-9)


@pytest.mark.parametrize(
    ("side", "scales"), [(1, 0), (10, 0), (11, 1), (21, 1), (22, 2), (87, 3), (88, 4), (175, 4), (176, 5), (4000, 5)]
)
def test_scales_by_the_shorter_side(side: int, scales: int) -> None:
    assert scales_of(side, 5000) == scales_of(5000, side) == scales


def test_equal_pictures_have_one() -> None:
    picture = scene(5, 180, 190)
    assert ms_ssim(picture, picture) == pytest.approx(1)
    assert in_decibels(1.0) == pytest.approx(90)


def test_flat_pictures_differ_in_luminance_alone_and_only_at_the_coarsest_scale() -> None:
    first, second = np.full((176, 176, 3), 60, np.uint8), np.full((176, 176, 3), 90, np.uint8)
    c1 = (0.01 * 255) ** 2
    luminance = (2 * 60 * 90 + c1) / (60**2 + 90**2 + c1)
    assert ms_ssim(first, second) == pytest.approx(luminance**0.1333)


def test_an_opposed_structure_counts_as_nothing() -> None:
    """A one-pixel checkerboard against its negative: the finest scale is opposed."""
    board = (np.indices((176, 176)).sum(0) % 2 * 255).astype(np.uint8)
    picture = np.repeat(board[..., None], 3, axis=2)
    assert ms_ssim(picture, 255 - picture) == 0


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        ms_ssim(scene(1, 20, 20), scene(1, 20, 21))
    with pytest.raises(ValueError, match="11 px"):
        ms_ssim(scene(1, 10, 40), scene(1, 10, 40))
