"""Animated pictures go out with their pixels, times, loops and profile. What was written is read by Pillow."""

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.video.info import VideoInfo
from restore.video.read.opening import open_video
from restore.video.write.opening import open_writer
from tests.support.video_clips import ANIMATION_DURATIONS, make_animation, make_film, picture, pillow_frames
from tests.support.video_copies import copy_frames


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animated_pictures_go_out_as_they_came(tmp_path: Path, suffix: str, alpha: bool) -> None:
    source = make_animation(tmp_path / f"a{suffix}", alpha=alpha)
    if suffix == ".webp":  # from a GIF, so that it is written without loss
        source = make_animation(tmp_path / "source.gif", alpha=alpha)
    out = tmp_path / f"out{suffix}"
    with open_video(source) as video, open_writer(out, video.info, Fraction(5)) as writer:
        copy_frames(video, writer)
    before, _, _ = pillow_frames(source)
    after, durations, loop = pillow_frames(out)
    assert (durations, loop) == (ANIMATION_DURATIONS, 3)
    for pixels, expected in zip(after, before, strict=True):
        assert np.array_equal(pixels[..., 3], expected[..., 3])
        seen = expected[..., 3] > 0
        assert np.abs(pixels[seen].astype(int) - expected[seen]).max() <= (0 if suffix == ".webp" else 12)


def test_rounded_durations_do_not_add_up(tmp_path: Path) -> None:
    info, rate = VideoInfo(16, 12), Fraction(30000, 1001)
    for suffix in (".gif", ".webp"):
        out = tmp_path / f"a{suffix}"
        with open_writer(out, info, rate) as writer:
            for index in range(60):
                writer.write(picture(index, (16, 12)), index / rate)
        _, durations, loop = pillow_frames(out)
        assert abs(sum(durations) / 1000 - float(60 / rate)) <= 0.006
        assert loop == 0


def test_a_film_in_ten_bits_becomes_a_gif_with_a_note(tmp_path: Path) -> None:
    path = make_film(tmp_path / "a.mkv", encoder="ffv1", pixels="yuv420p10le", frames=3)
    notes: list[str] = []
    with (
        open_video(path) as video,
        open_writer(tmp_path / "a.gif", video.info, Fraction(25), notify=notes.append) as out,
    ):
        copy_frames(video, out)
    pixels, durations, _ = pillow_frames(tmp_path / "a.gif")
    assert durations == [40, 40, 40]
    assert np.abs(pixels[0][..., :3].astype(int) - picture(0)).mean() < 8
    assert len(notes) == 1
    assert "8 bits" in notes[0]


def test_a_profile_travels_with_webp(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with open_writer(tmp_path / "a.webp", VideoInfo(64, 48, icc=profile), Fraction(25)) as writer:
        for index in range(2):
            writer.write(picture(index), Fraction(index))
    with Image.open(io.BytesIO((tmp_path / "a.webp").read_bytes())) as image:
        assert image.info["icc_profile"] == profile
    with open_video(tmp_path / "a.webp") as video:
        assert video.info.icc == profile
