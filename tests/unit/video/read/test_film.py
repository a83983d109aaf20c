"""Frames come with their own times, upright, one after the other, from any time on."""

import hashlib
import tracemalloc
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restore.images.orientation import upright
from restore.video.read.opening import open_video
from tests.support.video_clips import (
    Sound,
    make_film,
    picture,
    times,
)

NTSC = Fraction(24000, 1001)
ROTATIONS = {  # display matrices as phones write them: orientation
    (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30): 6,
    (-65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30): 3,
    (0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30): 8,
    (-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30): 2,
}


def digests(frames: Any) -> list[tuple[Fraction, str]]:
    found = []
    for frame in frames:
        assert frame.pixels is not None
        assert frame.problem is None
        found.append((frame.time, hashlib.sha256(frame.pixels.tobytes()).hexdigest()))
    return found


def test_what_a_video_is(tmp_path: Path) -> None:
    path = make_film(
        tmp_path / "clip.mp4",
        rate=NTSC,
        aspect=Fraction(4, 3),
        sounds=[Sound(), Sound("libmp3lame", language="deu")],
        tags={"color_range": 1, "colorspace": 6, "color_primaries": 6, "color_trc": 6},
    )
    with open_video(path) as video:
        info = video.info
    assert (info.width, info.height, info.stored_size, info.orientation) == (64, 48, (64, 48), 1)
    assert (info.sample_aspect, info.rate, info.is_variable) == (Fraction(4, 3), NTSC, False)
    assert (info.depth, info.pixel_format, info.codec, info.has_alpha) == (8, "yuv420p", "h264", False)
    assert (info.colour.matrix, info.colour.full_range) == (6, False)
    assert (info.colour.primaries, info.colour.transfer) == (6, 6)
    assert (info.frame_count, info.audio_streams, info.subtitle_streams) == (20, 2, 0)
    assert info.duration is not None
    assert abs(info.duration - 20 / NTSC) <= Fraction(1, 1000)
    assert "mp4" in info.container
    assert not info.is_interlaced


def test_streams_and_lengths_of_matroska(tmp_path: Path) -> None:
    path = make_film(tmp_path / "clip.mkv", sounds=[Sound("libopus")], subtitles=[(0.1, 0.3, "one"), (0.4, 0.6, "two")])
    info = open_video(path).info
    assert (info.audio_streams, info.subtitle_streams) == (1, 1)
    assert info.duration == Fraction(4, 5)
    assert info.rate == 25


@pytest.mark.parametrize("rate", [NTSC, Fraction(60000, 1001), Fraction(25), Fraction(12)])
def test_exact_times(tmp_path: Path, rate: Fraction) -> None:
    path = make_film(tmp_path / "clip.mp4", rate=rate, unit=Fraction(1, rate.numerator))
    with open_video(path) as video:
        assert [frame.time for frame in video] == [index / rate for index in range(20)]


def test_a_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    given = [Fraction(t, 1000) for t in (0, 40, 80, 200, 210, 250, 400, 433, 466, 500, 900, 1000)]
    path = make_film(tmp_path / "clip.mkv", times=given)
    with open_video(path) as video:
        assert [frame.time for frame in video] == given
        assert video.info.is_variable is True


def test_a_start_that_is_not_zero(tmp_path: Path) -> None:
    given = [Fraction(7, 5) + Fraction(index, 25) for index in range(10)]
    path = make_film(tmp_path / "clip.mkv", times=given)
    with open_video(path) as video:
        assert video.info.start == Fraction(7, 5)
        assert [frame.time for frame in video] == given == times(path)


@pytest.mark.parametrize("matrix", ROTATIONS)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_frames_are_upright(tmp_path: Path, matrix: tuple[int, ...], suffix: str) -> None:
    orientation = ROTATIONS[matrix]
    options = {"crf": "8"}
    path = make_film(tmp_path / f"clip{suffix}", frames=3, matrix=matrix, options=options)
    with open_video(path) as video:
        info = video.info
        frames = list(video)
    assert info.orientation == orientation
    assert (info.width, info.height) == ((48, 64) if orientation >= 5 else (64, 48))
    assert info.stored_size == (64, 48)
    for index, frame in enumerate(frames):
        assert frame.pixels is not None
        expected = upright(picture(index), orientation).astype(int)
        assert frame.pixels.shape == expected.shape
        assert np.abs(frame.pixels - expected).mean() < 4
        assert frame.pixels.flags.c_contiguous


LARGE = (128, 96)
"""Below 96 px a side x265 reads past the end of its memory."""
DEEP = {"libx265": "yuv420p10le", "libx264": "yuv422p10le", "ffv1": "yuv444p12le"}


@pytest.mark.parametrize("encoder", DEEP)
def test_more_than_eight_bits_stay(tmp_path: Path, encoder: str) -> None:
    pixels = DEEP[encoder]
    bits = 12 if "12" in pixels else 10
    step = {"420": (2, 2), "422": (2, 1), "444": (1, 1)}[pixels[3:6]]
    width, height = LARGE
    ramp = np.linspace(200, 700, width).round().astype(np.uint16) * (4 if bits == 12 else 1)
    chroma = np.full((height // step[1], width // step[0]), 1 << (bits - 1), np.uint16)
    content = (np.repeat(ramp[None], height, axis=0), chroma, chroma)
    path = make_film(
        tmp_path / "clip.mkv",
        frames=2,
        size=LARGE,
        encoder=encoder,
        pixels=pixels,
        options={"crf": "1"},
        content=[content],
    )
    with open_video(path) as video:
        assert (video.info.depth, video.info.pixel_format) == (bits, pixels)
        frame = next(iter(video))
    assert frame.pixels is not None
    assert frame.pixels.dtype == np.uint16
    scale = 1 << (bits - 8)
    expected = (ramp - 16.0 * scale) / (219 * scale) * 65535
    assert np.abs(frame.pixels[..., 1] - expected).max() < (1 if encoder == "ffv1" else 400)
    assert len(np.unique(frame.pixels[20, :, 1])) > 55


OPEN = {
    "encoder": "libx265",
    "options": {"x265-params": "log-level=none:pools=1:open-gop=1:keyint=10"},
    "size": LARGE,
    "content": [picture(index).repeat(2, axis=0).repeat(2, axis=1) for index in range(45)],
}
SEEKING = {
    "mp4": {"options": {"g": "12", "bf": "3"}},
    "mkv": {"options": {"g": "12", "bf": "3"}},
    "ts": {"options": {"g": "12", "bf": "3"}, "sounds": [Sound("mp2")]},
    "open.mp4": OPEN,
    "open.ts": OPEN,
    "webm": {"encoder": "libvpx-vp9", "options": {"g": "12", "cpu-used": "8", "crf": "40", "b:v": "0"}},
    "avi": {"encoder": "mpeg4", "options": {"g": "12"}, "unit": Fraction(1, 25)},
    "ffv1.mkv": {"encoder": "ffv1"},
    "one-group.mp4": {"options": {"g": "500", "bf": "2"}},
}


@pytest.mark.parametrize("kind", SEEKING)
def test_going_on_gives_the_same_frames(tmp_path: Path, kind: str) -> None:
    path = make_film(tmp_path / f"clip.{kind}", frames=45, **SEEKING[kind])
    with open_video(path) as video:
        whole = digests(video)
        assert [time for time, _ in whole] == times(path)
        for index in (1, 11, 12, 13, 25, 44):
            start = whole[index][0]
            assert digests(video.frames(start)) == whole[index:], index
        between = (whole[20][0] + whole[21][0]) / 2
        assert digests(video.frames(between)) == whole[21:]
        assert digests(video.frames(Fraction(-1))) == whole
        assert digests(video.frames(Fraction(1000))) == []


def test_a_stream_without_container(tmp_path: Path) -> None:
    path = make_film(tmp_path / "clip.h264", container="h264")
    with open_video(path) as video:
        frames = list(video)
        assert len(frames) == 20
        assert all(later.time > earlier.time for earlier, later in pairwise(frames))
        rest = list(video.frames(frames[7].time))
        assert [frame.time for frame in rest] == [frame.time for frame in frames[7:]]


def test_memory_does_not_grow(tmp_path: Path) -> None:
    path = make_film(tmp_path / "clip.mp4", frames=60, size=(320, 240), options={"preset": "ultrafast"})
    one = 320 * 240 * 3
    with open_video(path) as video:
        tracemalloc.start()
        count = sum(frame.pixels is not None for frame in video)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 60
    assert peak < 8 * one


def test_a_stream_that_changes_its_size_and_depth(tmp_path: Path) -> None:
    first = make_film(tmp_path / "first.ts", frames=10)
    second = make_film(
        tmp_path / "second.ts",
        size=(96, 64),
        pixels="yuv420p10le",
        times=[Fraction(20 + index, 25) for index in range(10)],
    )
    path = tmp_path / "both.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    frames = list(open_video(path))
    assert {frame.pixels.shape for frame in frames if frame.pixels is not None} == {(48, 64, 3)}
    assert {frame.pixels.dtype for frame in frames if frame.pixels is not None} == {np.dtype(np.uint8)}
    assert sum("was scaled" in str(frame.problem) for frame in frames) >= 8
    assert all(later.time > earlier.time for earlier, later in pairwise(frames))
