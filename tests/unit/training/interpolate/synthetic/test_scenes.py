"""Synthetic motion: the flows are those of the frames, what is hidden is hidden, overlays stand still."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from restore.errors import UsageError
from restore.training.interpolate.synthetic.scenes import SceneSettings, SyntheticScene, synthesise

SIDE = 96
PLAIN = {"overlay": 0.0, "bars": 0.0, "blur": 0.0, "light": 0.0, "noise": 0.0}


def smooth_photo(seed: int, width: int = 300, height: int = 260) -> np.ndarray:
    """Soft spots of many colours: interpolating between its pixels errs by little."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 12, width // 12, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def flat_photo(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((300, 300, 3), (red, green, blue), np.uint8)


def moved(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """`picture` `(C, h, w)` looked up where the flow leads, bilinear."""
    h, w = flow.shape[1:]
    y, x = np.indices((h, w))
    grid = np.stack([2 * (x + flow[0]) / (w - 1) - 1, 2 * (y + flow[1]) / (h - 1) - 1], axis=-1)
    source = torch.from_numpy(picture.astype(np.float64))[None]
    found = F.grid_sample(source, torch.from_numpy(grid.astype(np.float64))[None], "bilinear", "border", True)
    return found[0].numpy()


def shrunk(mask: np.ndarray, reach: int = 2) -> np.ndarray:
    """Where the mask holds `reach` px around: edges are mixtures of two layers."""
    outside = torch.from_numpy(~mask).float()[None, None]
    return ~(F.max_pool2d(outside, 2 * reach + 1, 1, reach)[0, 0] > 0).numpy()


def scene(seed: int, *, times: tuple[float, ...] | None = (0.5,), **settings: object) -> SyntheticScene:
    photos = [smooth_photo(number) for number in range(4)]
    chosen = SceneSettings(**{**PLAIN, **settings})
    return synthesise(np.random.default_rng(seed), photos, SIDE, chosen, times)


def test_a_sample_is_a_function_of_its_seed() -> None:
    first, same, other = (scene(seed, times=None, overlay=1.0, noise=1.0) for seed in (5, 5, 6))
    assert np.array_equal(first.frames, same.frames)
    assert np.array_equal(first.flow01, same.flow01)
    assert first.times == same.times
    assert not np.array_equal(first.frames, other.frames)


def test_shapes_and_times() -> None:
    sample = scene(1, times=(0.25, 0.8))
    assert sample.frames.shape == (4, 3, SIDE, SIDE)
    assert sample.frames.dtype == np.uint8
    assert sample.times == (0.0, 0.25, 0.8, 1.0)
    assert sample.flow01.shape == sample.flow10.shape == (2, SIDE, SIDE)
    assert sample.flow01.dtype == np.float32
    assert sample.visible01.shape == sample.visible10.shape == (SIDE, SIDE)
    assert 0 < scene(1, times=None).times[1] < 1


@pytest.mark.parametrize("blur", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(12))
def test_the_flows_are_those_of_the_frames(seed: int, blur: float) -> None:
    sample = scene(seed, blur=blur)
    first, middle, last = sample.frames.astype(np.float64)
    here, there = shrunk(sample.visible01), shrunk(sample.visible10)
    assert here.mean() > 0.4
    for found, expected, seen in (
        (moved(last, sample.flow01), first, here),
        (moved(first, sample.flow10), last, there),
        (moved(middle, sample.flow01 * 0.5), first, here),
        (moved(middle, sample.flow10 * 0.5), last, there),
    ):
        error = np.abs(found - expected).mean(0)[seen]
        assert np.median(error) < 1.5
        assert (error < 6).mean() > 0.9  # a third layer may pass between the two ends


@pytest.mark.parametrize("seed", range(6))
def test_the_two_flows_are_each_others_way_back(seed: int) -> None:
    sample = scene(seed)
    seen = shrunk(sample.visible01)
    there_and_back = sample.flow01 + moved(sample.flow10, sample.flow01)
    assert (np.abs(there_and_back).max(0)[seen] < 0.1).mean() > 0.95  # edges of objects are between two flows


def test_what_an_object_covers_is_not_visible() -> None:
    """Over a red ground that stands still a blue object moves: where red turns to blue, red is hidden."""
    photos = [flat_photo(250, 0, 0), flat_photo(0, 0, 250)]
    settings = SceneSettings(**PLAIN, foregrounds=(0.0, 1.0, 0.0), still_background=1.0, bins=(0.0, 0.0, 1.0))
    looked_at = 0
    for seed in range(60):
        sample = synthesise(np.random.default_rng(seed), photos, SIDE, settings)
        first, last = sample.frames[0].astype(int), sample.frames[-1].astype(int)
        corners = np.concatenate([frame[:, [0, 0, -1, -1], [0, -1, 0, -1]] for frame in (first, last)], axis=1)
        if (corners != corners[:, :1]).any():
            continue
        ground = corners[:, :1, None]
        stays, moves = (np.abs(first - ground).max(0) == 0), (np.abs(first - ground).max(0) == 250)
        covered = stays & (np.abs(last - ground).max(0) == 250)
        if not (moves.any() and covered.any()):
            continue
        looked_at += 1
        assert not sample.visible01[covered].any()
        assert sample.visible01[stays & (np.abs(last - ground).max(0) == 0)].all()
        assert not sample.flow01[:, stays].any()
        assert sample.flow01[:, moves].any()
    assert looked_at >= 5


def test_what_leaves_the_frame_is_not_visible() -> None:
    sample = scene(3, foregrounds=(1.0, 0.0, 0.0), bins=(0.0, 0.0, 1.0))
    y, x = np.indices((SIDE, SIDE))
    to_x, to_y = x + sample.flow01[0], y + sample.flow01[1]
    outside = (to_x < -0.5) | (to_x > SIDE - 0.5) | (to_y < -0.5) | (to_y > SIDE - 0.5)
    assert outside.any()
    assert np.array_equal(sample.visible01, ~outside)


@pytest.mark.parametrize("seed", range(8))
def test_what_enters_is_real(seed: int) -> None:
    """The photograph rises from left to right: a border that were repeated would be flat."""
    ramp = np.repeat(np.linspace(0, 255, 300)[None, :, None], 300, axis=0).repeat(3, axis=2).astype(np.uint8)
    settings = SceneSettings(**PLAIN, foregrounds=(1.0, 0.0, 0.0), bins=(0.0, 0.0, 1.0))
    frames = synthesise(np.random.default_rng(seed), [ramp], SIDE, settings).frames.astype(int)
    rise = frames[..., 4:] - frames[..., :-4]
    assert (rise > 0).all() or (rise < 0).all()


def test_overlays_stand_still() -> None:
    """On a plain ground whatever is seen is the overlay."""
    settings = SceneSettings(**{**PLAIN, "overlay": 1.0}, foregrounds=(1.0, 0.0, 0.0), bins=(0.0, 0.0, 1.0))
    seen = 0
    for seed in range(16):
        sample = synthesise(np.random.default_rng(seed), [flat_photo(90, 90, 90)], SIDE, settings)
        assert np.array_equal(sample.frames[0], sample.frames[1])
        assert np.array_equal(sample.frames[0], sample.frames[2])
        opaque = shrunk((sample.frames[0] > 230).all(0), 1)
        seen += int(opaque.sum())
        assert not sample.flow01[:, opaque].any()
        assert not sample.flow10[:, opaque].any()
        assert sample.visible01[opaque].all()
    assert seen > 30


def test_bars_are_black_and_still() -> None:
    sample = scene(2, bars=1.0, bins=(0.0, 0.0, 1.0))
    black = (sample.frames == 0).all((0, 1))
    assert black[0].all() or black[:, 0].all()
    assert black[-1].all() or black[:, -1].all()
    assert not sample.flow01[:, black].any()


@pytest.mark.parametrize(("number", "lowest", "highest"), [(0, 0, 2), (1, 2, 8), (2, 8, 24 * SIDE / 192)])
def test_motion_is_as_large_as_its_bin_says(number: int, lowest: float, highest: float) -> None:
    bins = tuple(float(index == number) for index in range(3))
    largest = [np.hypot(*scene(seed, bins=bins, foregrounds=(1.0, 0.0, 0.0)).flow01).max() for seed in range(12)]
    assert max(largest) <= highest * 1.05
    assert np.median(largest) > lowest * 0.5


def test_noise_and_light_differ_between_frames() -> None:
    grey = [flat_photo(120, 120, 120)]
    noisy = synthesise(np.random.default_rng(0), grey, SIDE, SceneSettings(**{**PLAIN, "noise": 1.0}, noisiest=4.0))
    spread = noisy.frames.std()
    assert 0.2 < spread < 4.5
    assert not np.array_equal(noisy.frames[0], noisy.frames[1])
    lit = synthesise(np.random.default_rng(1), grey, SIDE, SceneSettings(**{**PLAIN, "light": 1.0}))
    levels = [int(frame[0, 0, 0]) for frame in lit.frames]
    assert all((frame == level).all() for frame, level in zip(lit.frames, levels, strict=True))
    assert levels[0] != levels[2]
    assert min(levels[0], levels[2]) <= levels[1] <= max(levels[0], levels[2])


def test_small_photographs_do() -> None:
    sample = synthesise(np.random.default_rng(0), [smooth_photo(0, 40, 30)], 64)
    assert sample.frames.shape == (3, 3, 64, 64)


def test_impossible_requests_are_refused() -> None:
    rng, photos = np.random.default_rng(0), [smooth_photo(0)]
    with pytest.raises(UsageError, match="photograph"):
        synthesise(rng, [], SIDE)
    with pytest.raises(UsageError, match="8 px"):
        synthesise(rng, photos, 8)
    with pytest.raises(UsageError, match="between 0 and 1"):
        synthesise(rng, photos, SIDE, times=(1.0,))
    with pytest.raises(UsageError, match="blur"):
        SceneSettings(blur=1.5)
    with pytest.raises(UsageError, match="add up to 1"):
        SceneSettings(bins=(0.5, 0.5, 0.5))
