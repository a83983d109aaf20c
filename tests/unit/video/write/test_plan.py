"""What is chosen for an encoder: the source's own codec and format where that can be, and a word where it cannot."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from restore.errors import UsageError
from restore.video.info import VideoInfo
from restore.video.write.encoding import Encoding
from restore.video.write.opening import open_writer
from restore.video.write.plan import plan_encoding


def test_what_an_encoder_cannot_hold_is_notified() -> None:
    notes: list[str] = []

    def chosen(codec: str, info: VideoInfo, container: str = "matroska") -> str:
        notes.clear()
        info = replace(info, width=96, height=96)
        return plan_encoding(Encoding(codec), info, container, Fraction(25), notes.append).pixel_format

    assert chosen("vp9", VideoInfo(64, 48, depth=10, pixel_format="yuv420p10le")).startswith("yuv420p")
    assert chosen("av1", VideoInfo(64, 48, depth=10, pixel_format="yuv444p10le")) == "yuv420p10le"
    assert "lower resolution" in notes[0]
    assert chosen("h264", VideoInfo(64, 48, depth=12, pixel_format="yuv422p12le")) == "yuv422p10le"
    assert "12 bits" in notes[0]
    assert chosen("hevc", VideoInfo(64, 48, depth=12, pixel_format="yuv422p12le")) == "yuv422p12le"
    assert notes == []
    assert chosen("h264", VideoInfo(64, 48, pixel_format="rgba", has_alpha=True)) == "yuv420p"
    assert "white" in notes[0]
    assert chosen("ffv1", VideoInfo(64, 48, pixel_format="rgba", has_alpha=True)) == "bgra"
    assert notes == []
    assert chosen("ffv1", VideoInfo(64, 48, pixel_format="gray")) == "gray"
    assert chosen("h264", VideoInfo(64, 48, pixel_format="gray")) == "yuv420p"
    assert chosen("h264", VideoInfo(64, 48, pixel_format="yuv411p")) == "yuv422p"
    assert chosen("ffv1", VideoInfo(64, 48, pixel_format="yuv411p")) == "yuv411p"


SAME = {
    ("h264", "mp4"): ("h264", 0),
    ("hevc", "mp4"): ("hevc", 0),
    ("av1", "mp4"): ("av1", 0),
    ("vp9", "webm"): ("vp9", 0),
    ("vp8", "webm"): ("vp9", 1),
    ("prores", "mov"): ("prores", 0),
    ("ffv1", "matroska"): ("ffv1", 0),
    ("ffv1", "mp4"): ("h264", 1),
    ("mpeg4", "mp4"): ("h264", 1),
    ("gif", "mp4"): ("h264", 1),
    ("h264", "webm"): ("vp9", 1),
    ("", "webm"): ("vp9", 0),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_codec_as_the_source(case: tuple[str, str]) -> None:
    notes: list[str] = []
    made = plan_encoding(Encoding(), VideoInfo(96, 96, codec=case[0]), case[1], Fraction(25), notes.append)
    assert (made.codec, len(notes)) == SAME[case]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"codec": "divx"}, "no codec 'divx'"),
        ({"codec": "h264", "crf": 70}, "out of range"),
        ({"codec": "av1", "preset": "medium"}, "no preset 'medium'"),
        ({"codec": "ffv1", "crf": 20}, "quality is fixed"),
        ({"codec": "prores", "preset": "fast"}, "it has none"),
        ({"threads": -1}, "threads"),
    ],
)
def test_choices_that_do_not_exist(choice: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Encoding(**choice)


def test_sizes_that_an_encoder_does_not_survive(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="hevc is not written below 96 pixels a side"):
        open_writer(tmp_path / "a.mp4", VideoInfo(64, 48), Fraction(25), Encoding("hevc"))
    notes: list[str] = []
    made = plan_encoding(Encoding(), VideoInfo(64, 48, codec="hevc"), "mp4", Fraction(25), notes.append)
    assert made.codec == "h264"
    assert "of this size" in notes[0]


def test_choices_that_do_not_fit(tmp_path: Path) -> None:
    info = VideoInfo(64, 48, codec="h264")
    with pytest.raises(UsageError, match=r"webm does not hold h264; use \.mp4"):
        open_writer(tmp_path / "a.webm", info, Fraction(25), Encoding("h264"))
    with pytest.raises(UsageError, match="no preset '3'"):
        open_writer(tmp_path / "a.mp4", info, Fraction(25), Encoding(preset="3"))
    assert list(tmp_path.iterdir()) == []
