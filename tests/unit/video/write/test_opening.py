"""What is written for which name; what cannot be written is refused, and a failure leaves nothing."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from restore.errors import OutputError, UsageError
from restore.video.info import VideoInfo
from restore.video.write.encoding import Encoding, container_of
from restore.video.write.opening import open_writer, output_kind
from tests.support.video_clips import picture


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a"])
def test_a_failure_leaves_nothing(tmp_path: Path, name: str) -> None:
    def fail() -> None:
        with open_writer(tmp_path / name, VideoInfo(64, 48), Fraction(25)) as writer:
            writer.write(picture(0), Fraction(0))
            writer.write(picture(1), Fraction(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []
    with (
        pytest.raises(OutputError, match="single frame"),
        open_writer(tmp_path / name, VideoInfo(64, 48), Fraction(25)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_pictures_cannot_hold_is_refused(tmp_path: Path) -> None:
    info = VideoInfo(64, 48)
    with pytest.raises(UsageError, match="at most 50 frames"):
        open_writer(tmp_path / "a.gif", info, Fraction(60))
    with pytest.raises(UsageError, match="16383 pixels"):
        open_writer(tmp_path / "a.webp", VideoInfo(20000, 10), Fraction(60))
    with pytest.raises(UsageError, match="are for videos"):
        open_writer(tmp_path / "a.gif", info, Fraction(25), Encoding(crf=20, codec="h264"))
    with pytest.raises(UsageError, match=r"\.avi does not say"):
        output_kind(tmp_path / "a.avi")
    with open_writer(tmp_path / "a.gif", info, Fraction(25)) as writer:
        writer.write(picture(0), Fraction(1))
        with pytest.raises(UsageError, match="does not come after"):
            writer.write(picture(0), Fraction(1))
        with pytest.raises(UsageError, match="does not fit"):
            writer.write(picture(0, (10, 10)), Fraction(2))
        with pytest.raises(UsageError, match="uint8 or uint16"):
            writer.write(picture(0).astype(np.float32), Fraction(2))


@pytest.mark.parametrize("name", ["a.avi", "a.txt"])
def test_a_suffix_that_is_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.mp4"):
        open_writer(tmp_path / name, VideoInfo(64, 48), Fraction(25))


@pytest.mark.parametrize("name", ["a.avi", "a.txt", "a"])
def test_a_suffix_that_is_no_container(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.mp4"):
        container_of(tmp_path / name)


NO_TORCH = """
import sys
import restore.video.read.opening
import restore.video.write.joining, restore.video.write.opening, restore.video.write.segments
assert "torch" not in sys.modules
"""


def test_reading_and_writing_import_no_torch(repository: Path) -> None:
    subprocess.run([sys.executable, "-c", NO_TORCH], cwd=repository, check=True)
