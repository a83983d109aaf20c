"""Metrics against closed forms, scikit-image and kornia."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from restore.evaluation.metrics import psnr, score, ssim, ssim_map


def noise(seed: int, height: int = 48, width: int = 57) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def box(height: int = 48, width: int = 57) -> npt.NDArray[np.bool_]:
    hole = np.zeros((height, width), np.bool_)
    hole[10:20, 30:50] = True
    return hole


def test_psnr_of_a_known_error() -> None:
    black = np.zeros((6, 5, 3), np.uint8)
    assert psnr(black, np.full_like(black, 255)) == pytest.approx(0)
    assert psnr(black, np.full_like(black, 1)) == pytest.approx(48.1308036)


def test_psnr_is_scikit_images() -> None:
    assert psnr(noise(1), noise(2)) == pytest.approx(peak_signal_noise_ratio(noise(1), noise(2), data_range=255))


def test_equal_pictures_have_a_finite_psnr_and_ssim_one() -> None:
    scores = score(noise(3), noise(3), box())
    assert scores.psnr == scores.psnr_hole == pytest.approx(10 * np.log10(255**2 / 1e-9))
    assert scores.ssim == pytest.approx(1)
    assert scores.ssim_hole == pytest.approx(1)


def test_a_hole_of_a_quarter_dilutes_its_error_by_six_decibels() -> None:
    original = np.full((20, 20, 3), 100, np.uint8)
    hole = np.zeros((20, 20), np.bool_)
    hole[:10, :10] = True
    filled = original + hole[..., None].astype(np.uint8) * np.uint8(10)
    scores = score(original, filled, hole)
    assert scores.psnr_hole == pytest.approx(10 * np.log10(255**2 / 100))
    assert scores.psnr == pytest.approx(scores.psnr_hole + 10 * np.log10(4))


def test_ssim_of_flat_pictures_is_its_luminance_term() -> None:
    first, second = np.full((16, 16, 3), 60.0), np.full((16, 16, 3), 90.0)
    c1 = (0.01 * 255) ** 2
    expected = (2 * 60 * 90 + c1) / (60**2 + 90**2 + c1)
    assert ssim_map(first, second) == pytest.approx(np.full((16, 16), expected))


def test_ssim_is_scikit_images_away_from_the_border() -> None:
    """At the border scikit-image repeats the edge pixel, so only the inside can be compared."""
    smooth = (np.mgrid[:48, :57, :3][1] * 4).astype(np.uint8)
    mixed = (0.7 * smooth + 0.3 * noise(4)).astype(np.uint8)
    _, expected = structural_similarity(
        smooth, mixed, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, channel_axis=2,
        full=True,
    )  # fmt: skip
    inner = slice(10, -10)
    assert ssim_map(smooth, mixed)[inner, inner] == pytest.approx(expected.mean(2)[inner, inner], abs=1e-9)


def test_the_map_is_kornias_up_to_the_border_and_so_is_the_holes_mean() -> None:
    from kornia.metrics import ssim as kornia_ssim

    original, filled, hole = noise(8), noise(9), box()
    first, second = (torch.tensor(one).permute(2, 0, 1)[None].double() for one in (original, filled))
    expected = kornia_ssim(first, second, 11, max_val=255.0, eps=0).mean(1)[0].numpy()
    assert ssim_map(original, filled) == pytest.approx(expected, abs=1e-9)
    scores = score(original, filled, hole)
    assert scores.ssim == pytest.approx(expected.mean(), abs=1e-9)
    assert scores.ssim_hole == pytest.approx(expected[hole].mean(), abs=1e-9)


def test_psnr_is_kornias() -> None:
    from kornia.metrics import psnr as kornia_psnr

    first, second = (torch.tensor(noise(seed)).double() for seed in (1, 2))
    assert psnr(noise(1), noise(2)) == pytest.approx(float(kornia_psnr(first, second, 255)))


def test_ssim_of_whole_windows_is_the_maps_mean_inside() -> None:
    first, second = noise(10), noise(11)
    assert ssim(first, second) == pytest.approx(ssim_map(first, second)[5:-5, 5:-5].mean(), abs=1e-12)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (3, 2), (11, 4)])
def test_any_size_has_a_figure_at_every_pixel(height: int, width: int) -> None:
    result = ssim_map(noise(5, height, width), noise(6, height, width))
    assert result.shape == (height, width)
    assert np.isfinite(result).all()


def test_change_outside_the_hole_counts() -> None:
    original, hole = noise(7), box()
    filled = original.copy()
    filled[0, 0] ^= 128
    scores = score(original, filled, hole)
    assert scores.psnr < 60
    assert scores.psnr_hole > 130


def test_an_empty_hole_and_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        score(noise(1), noise(1), np.zeros((48, 57), np.bool_))
    with pytest.raises(ValueError, match="shapes differ"):
        score(noise(1), noise(1)[:40], box())
