"""Cuts are found, and nothing that only looks like one; still frames are still, whatever small object moves in others.

The scenes are drawn: patches of colour of all sizes, like nothing else but each unlike the other.
"""

import itertools

import numpy as np
import pytest
from PIL import Image

from restore.video.scenes import CUT_THRESHOLD, Thumbnail, is_cut, is_still, similarity, thumbnail

SIZE = (320, 180)
SEEDS = range(8)
PAIRS = list(itertools.pairwise([*SEEDS, 0]))


def scene(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W, 3) float64, 0..255: noise of five sizes, its colour half as strong as its light, around a colour."""
    generator = np.random.default_rng(seed)
    pixels = np.zeros((size[1], size[0], 3)) + generator.uniform(70, 170, 3)
    for cells, strength in ((3, 32), (6, 30), (12, 28), (24, 24), (96, 10)):
        shape = (max(1, cells * size[1] // size[0]), cells)
        light, *tints = (generator.normal(0, strength, shape).astype(np.float32) for _ in range(4))
        planes = [Image.fromarray(light + tint / 2).resize(size, Image.Resampling.BICUBIC) for tint in tints]
        pixels += np.stack([np.asarray(plane) for plane in planes], axis=2)
    return np.clip(pixels, 0, 255)


def eight_bit(pixels: np.ndarray) -> np.ndarray:
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)


def cut(first: np.ndarray, second: np.ndarray, threshold: float = CUT_THRESHOLD) -> bool:
    thumbs = thumbnail(eight_bit(first)), thumbnail(eight_bit(second))
    assert is_cut(*thumbs, threshold) == is_cut(*thumbs[::-1], threshold), "whichever comes first"
    return is_cut(*thumbs, threshold)


def faded(pixels: np.ndarray, share: float, to: float) -> np.ndarray:
    return pixels * share + to * (1 - share)


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize(
    ("gain", "offset"), [(1, 0), (0.2, 0), (0.5, 120)], ids=["in daylight", "in the dark", "in fog"]
)
def test_another_scene_is_a_cut(first: int, second: int, gain: float, offset: float) -> None:
    assert cut(scene(first) * gain + offset, scene(second) * gain + offset)


@pytest.mark.parametrize("kind", ["letterbox", "pillarbox", "both", "grey bars", "captions"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_what_stays_over_a_cut_hides_none(kind: str, first: int, second: int) -> None:
    pictures = scene(first), scene(second)
    generator = np.random.default_rng(0)
    for pixels in pictures:
        bar = 90 if kind == "grey bars" else 2
        if kind in ("letterbox", "both", "grey bars"):
            pixels[:28] = pixels[-28:] = bar
        if kind in ("pillarbox", "both"):
            pixels[:, :64] = pixels[:, -64:] = bar
        if kind == "captions":
            pixels[8:24, 270:312] = (220, 40, 40)
            pixels[150:172, 40:280] = 20
    if kind == "captions":
        letters = generator.choice([20.0, 240.0], (22, 60)).repeat(4, axis=1)[..., None]
        for pixels in pictures:
            pixels[150:172, 40:280] = letters
    else:
        for pixels in pictures:
            pixels[:] += generator.normal(0, 1, pixels.shape)
    assert cut(*pictures)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("move", [(40, 0), (-70, 0), (0, 30), (45, -20)], ids=str)
def test_a_pan_or_a_shake_is_no_cut(seed: int, move: tuple[int, int]) -> None:
    wide = scene(seed, (480, 270))
    right, down = 80 + move[0], 45 + move[1]
    assert not cut(wide[45:225, 80:400], wide[down : down + 180, right : right + 320])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_quick_zoom_is_no_cut(seed: int) -> None:
    pixels = scene(seed)
    near = Image.fromarray(eight_bit(pixels)).crop((16, 9, 304, 171)).resize(SIZE, Image.Resampling.BICUBIC)
    assert not cut(pixels, np.asarray(near))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_object_that_crosses_the_picture_is_no_cut(seed: int) -> None:
    first, second = scene(seed), scene(seed)
    crossing = scene(seed + 100, (60, 80))
    first[60:140, 30:90], second[60:140, 190:250] = crossing, crossing
    assert not cut(first, second)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("gain", "offset"), [(2.0, 0), (1.5, 60), (3.0, 60), (1.0, 90)])
def test_a_flash_is_no_cut(seed: int, gain: float, offset: float) -> None:
    pixels = scene(seed)
    assert not cut(pixels, pixels * gain + offset)


@pytest.mark.parametrize("seed", SEEDS)
def test_light_from_one_side_and_of_one_colour_is_no_cut(seed: int) -> None:
    pixels = scene(seed)
    glow = np.linspace(0, 110, SIZE[0])[None, :, None] * np.array([1.0, 0.6, 0.2])
    assert not cut(pixels, pixels + glow)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("to", [0, 255], ids=["black", "white"])
@pytest.mark.parametrize("frames", [6, 12, 40])
def test_no_step_of_a_fade_is_a_cut(seed: int, to: float, frames: int) -> None:
    pixels = scene(seed)
    steps = [faded(pixels, step / frames, to) for step in range(frames + 1)]
    assert not any(cut(first, second) for first, second in itertools.pairwise(steps))


def test_neither_is_one_through_black_in_letterbox_with_noise() -> None:
    generator = np.random.default_rng(0)
    steps = []
    for share in (*np.linspace(1, 0, 9), *np.linspace(0, 1, 9)):
        pixels = faded(scene(0 if len(steps) < 9 else 1), share, 0)
        pixels[:24] = pixels[-24:] = 0
        steps.append(pixels + generator.normal(0, 1, pixels.shape))
    assert not any(cut(first, second) for first, second in itertools.pairwise(steps))


@pytest.mark.parametrize("to", [0, 255], ids=["black", "white"])
def test_from_a_scene_to_nothing_at_once_is_a_cut(to: float) -> None:
    assert cut(scene(0), np.full_like(scene(0), to))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_no_step_of_a_dissolve_is_a_cut(first: int, second: int) -> None:
    steps = [faded(scene(first), share, scene(second)) for share in np.linspace(1, 0, 9)]
    assert not any(cut(one, other) for one, other in itertools.pairwise(steps))


@pytest.mark.parametrize("seed", SEEDS)
def test_film_grain_is_no_cut_even_in_the_dark(seed: int) -> None:
    generator = np.random.default_rng(seed)
    pixels = scene(seed) * 0.25
    assert not cut(*(pixels + generator.normal(0, 12, pixels.shape) for _ in range(2)))


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 16), (16, 1), (3, 7), (16, 16), (640, 2)])
def test_frames_of_a_few_pixels_are_judged_too(size: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    pixels = generator.integers(40, 200, (size[1], size[0], 3)).astype(np.float64)
    assert not cut(pixels, pixels)
    assert not cut(pixels, pixels + 6)
    assert cut(np.zeros_like(pixels), np.full_like(pixels, 255))
    assert 0 <= similarity(thumbnail(eight_bit(pixels)), thumbnail(eight_bit(255 - pixels))) <= 1


@pytest.mark.parametrize(("first", "second"), PAIRS[:4])
def test_icons_are_judged_too(first: int, second: int) -> None:
    pictures = [scene(seed, (16, 16)) for seed in (first, second)]
    assert cut(*pictures)
    assert not cut(pictures[0][:, 2:], pictures[0][:, :-2])


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_grey_scenes_need_no_colour(first: int, second: int) -> None:
    pictures = [scene(seed).mean(axis=2, keepdims=True).repeat(3, axis=2) for seed in (first, second)]
    assert cut(*pictures)
    assert not cut(pictures[0][:, 20:], pictures[0][:, :-20] * 1.2)


def test_deep_frames_are_judged_like_others() -> None:
    shallow = [eight_bit(scene(seed)) for seed in (0, 1)]
    deep = [pixels.astype(np.uint16) * 257 for pixels in shallow]
    for one, other in zip(shallow, deep, strict=True):
        np.testing.assert_array_equal(thumbnail(one), thumbnail(other))


def test_what_is_transparent_is_black() -> None:
    pixels = eight_bit(scene(0))
    alpha = np.zeros((*pixels.shape[:2], 1), np.uint8)
    assert thumbnail(np.concatenate([pixels, alpha], axis=2)).max() == 0
    np.testing.assert_allclose(thumbnail(np.concatenate([pixels, alpha + 255], axis=2)), thumbnail(pixels), atol=1)


def test_a_thumbnail_is_small_and_means_the_frame() -> None:
    small = thumbnail(np.full((1080, 1920, 3), (10, 120, 250), np.uint8))
    assert small.shape == (18, 32, 3)
    assert small.dtype == np.float32
    np.testing.assert_array_equal(small[0, 0], (10, 120, 250))
    assert thumbnail(np.zeros((1920, 1080, 3), np.uint8)).shape == (32, 18, 3)
    assert thumbnail(np.zeros((3, 5000, 3), np.uint8)).shape == (1, 32, 3)


def test_similarity_is_symmetric_repeatable_and_whole_for_equals() -> None:
    first, second = (thumbnail(eight_bit(scene(seed))) for seed in (0, 1))
    assert similarity(first, first.copy()) == 1
    assert similarity(first, second) == similarity(first, second)
    assert similarity(first, second) == pytest.approx(similarity(second, first))
    assert similarity(first, first[:-1]) == 0


def test_the_threshold_goes_from_never_to_nearly_always() -> None:
    pixels, opposite = scene(0), np.zeros_like(scene(0))
    assert not cut(pixels, opposite, 0)
    assert cut(pixels[:, 8:], pixels[:, :-8], 1)
    assert not cut(pixels, pixels, 1)
    none: Thumbnail = thumbnail(np.zeros((9, 9, 3), np.uint8))
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="threshold"):
            is_cut(none, none, wrong)


@pytest.mark.parametrize("deep", [False, True], ids=["8 bit", "16 bit"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (16, 16), (133, 75), (320, 180)])
def test_equal_and_nearly_equal_frames_are_still(size: tuple[int, int], deep: bool) -> None:
    generator = np.random.default_rng(0)
    pixels = np.clip(scene(0, size), 30, 220)
    noise = np.where(generator.random(pixels.shape) < 0.2, generator.choice([-1, 1], pixels.shape), 0)
    first, second = eight_bit(pixels), eight_bit(pixels + noise)
    if size == (320, 180):
        second[40:44, 60:64] += 9  # a block coded anew
    if deep:
        first, second = first.astype(np.uint16) * 257, second.astype(np.uint16) * 257
    assert is_still(first, first.copy())
    assert is_still(first, second) or size == (1, 1)


@pytest.mark.parametrize("deep", [False, True], ids=["8 bit", "16 bit"])
@pytest.mark.parametrize(
    ("contrast", "move"),
    [(22, (0, 1)), (22, (1, 0)), (-60, (1, 1)), (14, (0, 8)), (14, (8, 8)), (13, (24, 32)), (-100, (40, 90))],
)
def test_a_small_object_that_moves_anywhere_is_no_stillness(contrast: int, move: tuple[int, int], deep: bool) -> None:
    ground = np.clip(scene(0, (333, 187)), 100, 150)
    for top, left in itertools.product(range(60, 68), range(90, 98)):  # as blocks lie to it
        frames = []
        for down, right in ((top, left), (top + move[0], left + move[1])):
            frame = ground.copy()
            frame[down : down + 8, right : right + 8] += contrast
            frames.append(eight_bit(frame).astype(np.uint16) * 257 if deep else eight_bit(frame))
        assert not is_still(*frames)


def test_a_slow_pan_and_a_slow_fade_are_no_stillness() -> None:
    soft = np.asarray(Image.fromarray(eight_bit(scene(0))).resize((1280, 720), Image.Resampling.BICUBIC))
    assert not is_still(soft[:, 1:], soft[:, :-1])
    assert not is_still(soft, eight_bit(soft + 1.0))


def test_frames_of_other_sizes_and_depths_are_not_still() -> None:
    frame = np.zeros((8, 8, 3), np.uint8)
    assert not is_still(frame, frame[:4])
    assert not is_still(frame, frame.astype(np.uint16))
    assert not is_still(frame, np.zeros((8, 8, 4), np.uint8))
