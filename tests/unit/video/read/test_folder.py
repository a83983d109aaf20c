"""A folder of numbered pictures is a video."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError, UsageError
from restore.video.read.opening import open_video
from tests.support.video_clips import picture


def folder_of(path: Path, count: int = 12, *, depth: int = 8) -> Path:
    path.mkdir()
    for index in range(count):
        pixels = picture(index)
        if depth == 16:
            import imagecodecs

            (path / f"f{index}.png").write_bytes(imagecodecs.png_encode(pixels.astype(np.uint16) * 257))
        else:
            Image.fromarray(pixels).save(path / f"f{index}.png")
    return path


@pytest.mark.parametrize("depth", [8, 16])
def test_a_folder_is_a_video_in_the_order_of_its_numbers(tmp_path: Path, depth: int) -> None:
    path = folder_of(tmp_path / "in", depth=depth)
    (path / "notes.txt").write_text("no picture")
    Image.fromarray(picture(0)).save(path / "cover.jpg")
    rate = Fraction(24000, 1001)
    with open_video(path, rate=rate) as video:
        info, frames = video.info, list(video)
        assert [frame.time for frame in video.frames(5 / rate)] == [index / rate for index in range(5, 12)]
    assert (info.rate, info.frame_count, info.duration, info.depth) == (rate, 12, 12 / rate, depth)
    assert [frame.time for frame in frames] == [index / rate for index in range(12)]
    for index, frame in enumerate(frames):
        assert frame.pixels is not None
        assert np.array_equal(frame.pixels // (257 if depth == 16 else 1), picture(index))


def test_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "in", 4)
    with pytest.raises(UsageError, match="give a rate"):
        open_video(path)
    (path / "f1.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    Image.fromarray(picture(0, (10, 10))).save(path / "f2.png")
    frames = list(open_video(path, rate=Fraction(10)))
    assert [frame.pixels is None for frame in frames] == [False, True, True, False]
    assert "f1.png" in str(frames[1].problem)
    assert "10 x 10" in str(frames[2].problem)
    Image.fromarray(picture(0)).save(path / "f3.jpg")
    with pytest.raises(InputError, match="same number"):
        open_video(path, rate=Fraction(10))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no numbered pictures"):
        open_video(tmp_path / "empty", rate=Fraction(10))
