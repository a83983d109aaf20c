"""The two figures on pictures whose value is known by hand, and against plain loops."""

import math

import numpy as np
import numpy.typing as npt
import pytest
import torch

from restore.evaluation.inpaint import sharpness as module
from restore.evaluation.inpaint.sharpness import patch_distance, sharpness
from restore.models.filters import blur

Samples = npt.NDArray[np.uint8]
Hole = npt.NDArray[np.bool_]


def box(side: int, top: int, bottom: int, left: int, right: int) -> Hole:
    hole = np.zeros((side, side), np.bool_)
    hole[top:bottom, left:right] = True
    return hole


def noise(side: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def filled(around: Samples, inside: Samples, hole: Hole) -> Samples:
    return np.where(hole[..., None], inside, around)


HOLE = box(96, 30, 66, 30, 66)


def test_a_slope_half_as_steep_is_half_as_sharp() -> None:
    steps = np.arange(96)
    around = np.broadcast_to((2 * steps).astype(np.uint8)[:, None, None], (96, 96, 3))
    inside = np.broadcast_to(steps.astype(np.uint8)[None, :, None], (96, 96, 3))
    assert sharpness(filled(around, inside, HOLE), HOLE) == pytest.approx(0.5)


def test_both_directions_and_all_channels_make_up_the_length() -> None:
    """Around: 3 to the right and 4 down in one channel, length 5; inside: 2, 1 and 2 to the right, length 3."""
    down, right = np.mgrid[:32, :32]
    around = np.stack([3 * right + 4 * down, np.zeros_like(down), np.full_like(down, 9)], axis=2).astype(np.uint8)
    inside = np.stack([2 * right, right, 2 * right], axis=2).astype(np.uint8)
    hole = box(32, 8, 24, 8, 24)
    assert sharpness(filled(around, inside, hole), hole) == pytest.approx(3 / 5)


def test_the_undamaged_and_a_fill_of_its_kind_have_one_and_fog_has_next_to_nothing() -> None:
    picture = noise(96)
    assert sharpness(picture, HOLE) == pytest.approx(1, abs=0.05)
    assert sharpness(filled(picture, noise(96, seed=1), HOLE), HOLE) == pytest.approx(1, abs=0.05)
    flat = np.full_like(picture, 128)
    assert sharpness(filled(picture, flat, HOLE), HOLE) == 0
    planes = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None]
    fog = blur(planes, 12, 4)[0].permute(1, 2, 0).round().byte().numpy()
    value = sharpness(filled(picture, fog, HOLE), HOLE)
    assert value is not None
    assert 0 < value < 0.06


def test_the_hole_counts_from_six_pixels_inside() -> None:
    """What differs lies 5 px inside and less, so it does not count; one pixel further inside it does."""
    picture = np.broadcast_to(np.arange(96, dtype=np.uint8)[:, None, None], (96, 96, 3))
    for depth, seen in ((5, False), (6, True)):
        damaged = picture.copy()
        damaged[30 + depth - 1, 48] = 255
        assert (sharpness(damaged, HOLE) != pytest.approx(1)) == seen, f"a pixel {depth} px from the nearest known one"


def test_the_ring_reaches_from_two_to_thirty_two_pixels() -> None:
    hole = box(128, 50, 78, 50, 78)
    picture = np.broadcast_to(np.arange(128, dtype=np.uint8)[:, None, None], (128, 128, 3))
    for distance, seen in ((32, True), (34, False)):
        changed = picture.copy()
        changed[60, 77 + distance] += 50
        assert (sharpness(changed, hole) != pytest.approx(1)) == seen, f"a pixel {distance} px from the hole"
    seam = picture.copy()
    seam[50:78, 50:78] += 90
    assert sharpness(seam, hole) == pytest.approx(1), "the step between hole and surroundings is no part of either"


def test_without_depth_ring_or_contrast_there_is_no_sharpness() -> None:
    picture = noise(96)
    assert sharpness(picture, box(96, 40, 50, 10, 90)) is None, "10 px wide: no pixel lies 6 px inside"
    assert sharpness(picture, box(96, 40, 51, 10, 90)) is not None
    assert sharpness(picture, np.ones((96, 96), np.bool_)) is None
    assert sharpness(picture, box(96, 1, 95, 1, 95)) is None, "what is known is nearer than the ring"
    assert sharpness(picture, np.zeros((96, 96), np.bool_)) is None
    assert sharpness(filled(np.full_like(picture, 7), picture, HOLE), HOLE) is None
    assert sharpness(picture[:1, :1], np.ones((1, 1), np.bool_)) is None


def test_a_texture_continued_has_patch_distance_zero() -> None:
    down, right = np.mgrid[:96, :96]
    texture = np.stack([(37 * right + 91 * down) % 11 * 23, right % 3 * 120, down % 4 * 85], axis=2).astype(np.uint8)
    assert patch_distance(texture, HOLE) == 0
    worse = texture.copy()
    worse[HOLE] = 128
    value = patch_distance(worse, HOLE)
    assert value is not None
    assert value > 20


def test_a_single_pixel_that_differs_counts_in_its_one_patch() -> None:
    picture = np.full((32, 32, 3), 100, np.uint8)
    hole = box(32, 16, 17, 12, 13)
    picture[16, 12] = (130, 100, 60)
    assert patch_distance(picture, hole) == pytest.approx(math.sqrt((30**2 + 40**2) / (3 * 49)))


def test_a_flat_fill_of_another_tone_is_its_difference_away() -> None:
    """Of a hole wider than the picture less 7 px all patches but those at its ends lie wholly inside it."""
    picture = np.full((40, 400, 3), 100, np.uint8)
    hole = np.zeros((40, 400), np.bool_)
    hole[:, 8:] = True
    picture[hole] = 140
    value = patch_distance(picture, hole)
    assert value is not None
    assert 39 < value < 40


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_is_exact(seed: int) -> None:
    random = np.random.default_rng(seed)
    picture = random.integers(0, 256, (26, 31, 3), dtype=np.uint8)
    picture = np.where(random.random((26, 31, 1)) < 0.3, picture, picture // 64 * 64)
    hole = random.random((26, 31)) < 0.02
    hole[8:14, 10:16] = True
    assert patch_distance(picture, hole) == pytest.approx(plain_patch_distance(picture, hole), rel=1e-12)


def plain_patch_distance(picture: Samples, hole: Hole) -> float:
    values = picture.astype(np.float64)
    places = [(y, x) for y in range(3, hole.shape[0] - 3) for x in range(3, hole.shape[1] - 3)]
    cut = {(y, x): values[y - 3 : y + 4, x - 3 : x + 4] for y, x in places}
    outside = [cut[y, x] for y, x in places if not hole[y - 3 : y + 4, x - 3 : x + 4].any()]
    return float(
        np.mean([
            min(math.sqrt(np.square(cut[place] - other).mean()) for other in outside)
            for place in places
            if hole[place]
        ])
    )  # fmt: skip


def test_of_many_patches_every_kth_is_taken_and_the_search_goes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, hole = noise(64), box(64, 20, 44, 20, 44)
    whole = patch_distance(picture, hole)
    assert whole is not None
    monkeypatch.setattr(module, "CHUNK", 100)
    assert patch_distance(picture, hole) == pytest.approx(whole, rel=1e-12)
    monkeypatch.setattr(module, "QUERIES", 100)
    sampled = patch_distance(picture, hole)
    assert sampled != whole
    assert sampled == pytest.approx(whole, rel=0.02)


def test_black_against_white_is_exact_too() -> None:
    """The sums of squares are the largest there can be; three of seven columns of the nearest patch are black."""
    picture = np.full((64, 64, 3), 255, np.uint8)
    picture[17:47, 17:47] = 0
    hole = box(64, 20, 44, 20, 44)
    assert patch_distance(picture, hole) == pytest.approx(255 * math.sqrt(4 / 7), rel=1e-12)


def test_without_patches_on_either_side_there_is_no_distance() -> None:
    picture = noise(40)
    assert patch_distance(picture, np.zeros((40, 40), np.bool_)) is None
    assert patch_distance(picture, box(40, 0, 2, 0, 40)) is None, "no patch has its centre within 3 px of the border"
    assert patch_distance(picture, box(40, 6, 34, 6, 34)) is None, "no patch of 7 px fits beside the hole"
    assert patch_distance(picture[:6], np.ones((6, 40), np.bool_)) is None
