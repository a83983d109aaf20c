"""Clips to learn from: video files and folders of numbered pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError
from restore.training.interpolate.clips import find_clips, frames_of, pictures_of
from tests.support.moving_clips import panning


def test_clips_are_files_and_folders_of_numbered_pictures(clips: Path) -> None:
    (clips / "photos").mkdir()
    for name in range(8):
        Image.new("RGB", (8, 8)).save(clips / "photos" / f"holiday{name}.png")
    Image.new("RGB", (8, 8)).save(clips / "photos" / "cover.png")
    assert find_clips(clips) == ["clips/two.mkv", "frames/three", "one.mkv"]
    assert [path.name for path in pictures_of(clips / "frames" / "three")] == [
        f"f{number}.png" for number in range(5, 17)
    ]


def test_frames_are_those_of_the_clip(clips: Path) -> None:
    for name, expected in (("one.mkv", panning(20, 1)), ("frames/three", panning(12, 3))):
        frames = [np.asarray(frame) for frame in frames_of(clips / name)]
        assert len(frames) == len(expected)
        assert all(np.array_equal(found, frame) for found, frame in zip(frames, expected, strict=True))


def test_damaged_clips_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no clip at all" * 100)
    with pytest.raises(InputError, match=r"broken\.mp4"):
        next(frames_of(tmp_path / "broken.mp4"))
    with pytest.raises(InputError, match="not a folder"):
        find_clips(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no clips"):
        find_clips(tmp_path / "empty")
