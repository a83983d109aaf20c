"""Samples for the interpolator: cropped where it moves, at the right times; mixed with synthetic motion."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from restore.errors import UsageError
from restore.training.engine.recipe import prefetch
from restore.training.interpolate.data import (
    InterpolateData,
    RealWindows,
    Sample,
    SyntheticMotion,
    triplets_of,
)
from restore.training.interpolate.window_cache import WindowCache, build_cache
from restore.training.interpolate.windows import Window
from tests.support.moving_clips import HEIGHT, WIDTH, ground, panning, write_clip


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    for index in range(2):
        Image.fromarray(ground(10 + index)).save(tmp_path / f"p{index}.png")
    return sorted(tmp_path.glob("p*.png"))


def test_times_are_those_of_the_frames(clips: Path, tmp_path: Path) -> None:
    """Each frame is brighter than the one before by the same amount."""
    pattern = ground(4)[:HEIGHT, :WIDTH] // 4
    write_clip(clips / "fade.mkv", [pattern + 8 * index for index in range(20)])
    real = RealWindows(build_cache(clips, [Window("fade.mkv", 0, 3, (0.5, 0.5))], tmp_path / "cache"))
    times = set()
    for seed in range(60):
        sample = real.sample(np.random.default_rng(seed), 32)
        first, middle, last = sample.frames.astype(float).mean((1, 2, 3))
        assert (middle - first) / (last - first) == pytest.approx(sample.time, abs=0.02)
        times.add(round(sample.time, 2))
    assert {0.5, 0.33, 0.67, 0.25, 0.75} <= times


def test_crops_lie_where_it_moves(clips: Path, tmp_path: Path) -> None:
    """The corner that the window names is nearly always within a crop of half the size."""
    marked = [frame.copy() for frame in panning(20, 1)]
    for frame in marked:
        frame[36:44, 4:12] = (255, 0, 255)
    write_clip(clips / "marked.mkv", marked)
    real = RealWindows(build_cache(clips, [Window("marked.mkv", 0, 1, (0.12, 0.83))], tmp_path / "cache"))
    seen = 0
    for seed in range(40):
        frames = real.sample(np.random.default_rng(seed), 24).frames.astype(int)
        marks = (frames[:, 0] > 200) & (frames[:, 1] < 60) & (frames[:, 2] > 200)
        seen += bool(marks.any((1, 2)).all())
    assert seen > 30


def test_large_motion_takes_short_gaps(clips: Path, tmp_path: Path) -> None:
    real = RealWindows(build_cache(clips, [Window("one.mkv", 0, 1, (0.5, 0.5), 0.2)], tmp_path / "cache"))
    assert {real.sample(np.random.default_rng(seed), 32).time for seed in range(30)} == {0.5}


def test_small_frames_are_enlarged(cache: WindowCache) -> None:
    assert RealWindows(cache).sample(np.random.default_rng(0), 96).frames.shape == (3, 3, 96, 96)


def test_a_batch_is_a_function_of_seed_and_step(cache: WindowCache, photos: list[Path]) -> None:
    data, again = (InterpolateData(RealWindows(cache), SyntheticMotion(photos), seed=4, share=0.5) for _ in range(2))
    first, same, other = data.batch(7, 4, 32), again.batch(7, 4, 32), data.batch(8, 4, 32)
    assert first.frames.shape == (4, 3, 3, 32, 32)
    assert first.frames.dtype == torch.uint8
    assert first.flow01.shape == first.flow10.shape == (4, 2, 32, 32)
    assert first.flow01.dtype == torch.float16
    assert first.visible01.shape == first.visible10.shape == (4, 1, 32, 32)
    assert ((first.times > 0) & (first.times < 1)).all()
    for name in ("frames", "times", "known", "flow01", "flow10", "visible01", "visible10"):
        assert getattr(first, name).equal(getattr(same, name))
    assert not first.frames.equal(other.frames)
    feed = prefetch(data, 7, 4, 32)
    assert next(feed).frames.equal(first.frames)
    assert next(feed).frames.equal(other.frames)
    feed.close()


def test_batches_hold_the_share_of_synthetic_motion(cache: WindowCache, photos: list[Path]) -> None:
    real, synthetic = RealWindows(cache), SyntheticMotion(photos)
    for step in range(4):
        assert InterpolateData(real, synthetic, seed=0, share=0.5).batch(step, 4, 32).known.sum() == 2
    known = [
        int(InterpolateData(real, synthetic, seed=0, share=0.3).batch(step, 5, 32).known.sum()) for step in range(12)
    ]
    assert set(known) == {1, 2}
    assert InterpolateData(None, synthetic, seed=0, share=0.3).batch(0, 3, 32).known.all()
    alone = InterpolateData(real, None, seed=0).batch(0, 3, 32)
    assert not alone.known.any()
    assert not alone.visible01.any()
    assert not alone.flow01.any()


def test_all_frames_change_colour_alike() -> None:
    class Grey:
        def sample(self, rng: np.random.Generator, side: int) -> Sample:
            return Sample(np.full((3, 3, side, side), 100, np.uint8), 0.5)

    data = InterpolateData(Grey(), None, seed=0)
    batches = [data.batch(step, 4, 32).frames for step in range(6)]
    assert all((frames == frames[:, :1]).all() for frames in batches)
    assert any((frames != 100).any() for frames in batches)


def test_impossible_mixtures_are_refused(photos: list[Path]) -> None:
    with pytest.raises(UsageError, match="nothing to learn"):
        InterpolateData(None, None, seed=0)
    with pytest.raises(UsageError, match="between 0 and 1"):
        InterpolateData(None, SyntheticMotion(photos), seed=0, share=1.5)


def test_triplets_are_the_first_frames(cache: WindowCache) -> None:
    triplets = triplets_of(cache, 2)
    assert [triplet.name for triplet in triplets] == ["one.mkv 0+2", "clips/two.mkv 1+1"]
    expected = np.stack([panning(20, 1)[number] for number in (0, 2, 4)]).transpose(0, 3, 1, 2)
    assert np.array_equal(triplets[0].frames.numpy(), expected)
    assert triplets[0].motion == pytest.approx(2 * 0.05 * WIDTH)
    assert triplets[1].motion is None
