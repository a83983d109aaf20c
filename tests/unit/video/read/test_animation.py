"""Animated pictures come in as they are seen. Expected pixels and durations come from Pillow."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError
from restore.video.read.opening import open_video
from tests.support.video_clips import ANIMATION_DURATIONS, ANIMATION_TIMES, make_animation, picture, pillow_frames


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_animated_pictures_come_in_as_they_are_seen(tmp_path: Path, suffix: str, alpha: bool) -> None:
    path = make_animation(tmp_path / f"a{suffix}", alpha=alpha)
    pixels, _, _ = pillow_frames(path)
    with open_video(path) as video:
        info, frames = video.info, list(video)
        assert [frame.time for frame in video.frames(Fraction(1, 10))] == ANIMATION_TIMES[2:]
    assert [frame.time for frame in frames] == ANIMATION_TIMES
    assert [frame.duration for frame in frames] == [Fraction(duration, 1000) for duration in ANIMATION_DURATIONS]
    assert (info.duration, info.frame_count, info.rate) == (Fraction(38, 100), 4, 4 / Fraction(38, 100))
    assert (info.is_variable, info.has_alpha, info.loops, info.codec) == (True, alpha, 3, suffix[1:])
    assert (info.width, info.height, info.depth) == (64, 48, 8)
    for frame, expected in zip(frames, pixels, strict=True):
        assert frame.pixels is not None
        assert frame.pixels.shape[2] == (4 if alpha else 3)
        assert np.array_equal(frame.pixels, expected[..., : frame.pixels.shape[2]])


def test_loops(tmp_path: Path) -> None:
    assert open_video(make_animation(tmp_path / "once.gif", loop=None)).info.loops is None
    assert open_video(make_animation(tmp_path / "ever.gif", loop=0)).info.loops == 0


def test_a_frame_without_a_duration_lasts_a_tenth_of_a_second(tmp_path: Path) -> None:
    images = [Image.fromarray(picture(index)) for index in range(3)]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=0)
    assert [frame.time for frame in open_video(tmp_path / "a.gif")] == [0, Fraction(1, 10), Fraction(2, 10)]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_truncated_animation_gives_what_is_there(tmp_path: Path, suffix: str) -> None:
    path = make_animation(tmp_path / f"a{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    try:
        frames = list(open_video(path))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - WebP's decoder wants the whole file
        return
    assert 1 <= sum(frame.problem is None for frame in frames) <= 3
