"""A written video holds what it was given: read back with PyAV."""

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from restore.errors import OutputError, UsageError
from restore.images.orientation import as_stored
from restore.video.info import Colour, VideoInfo, orientation_from_matrix
from restore.video.write import plan
from restore.video.write.encoding import CODECS, CONTAINERS, Encoding
from restore.video.write.opening import open_writer
from tests.support.video_clips import decoded, picture, planes, times

NTSC_60 = Fraction(60000, 1001)
FAST = {"h264": "ultrafast", "hevc": "ultrafast", "av1": "12", "vp9": "8"}
FIXED = ("prores", "ffv1")


def encoding(codec: str, crf: int | None = None) -> Encoding:
    return Encoding(codec, crf=crf, preset=FAST.get(codec), threads=1)


def write(path: Path, info: VideoInfo, rate: Fraction, how: Encoding, moments: list[Fraction]) -> list[str]:
    notes: list[str] = []
    with open_writer(path, info, rate, how, notify=notes.append) as writer:
        for index, time in enumerate(moments):
            pixels = picture(index, (info.width, info.height))
            writer.write(pixels.astype(np.uint16) * 257 if info.is_deep else pixels, time)
            assert not path.exists()
    return notes


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), NTSC_60, Fraction(25)])
def test_every_codec_in_every_container_keeps_frames_and_times(
    tmp_path: Path, codec: str, rate: Fraction, capfd: pytest.CaptureFixture[str]
) -> None:
    for suffix, container in CONTAINERS.items():
        if container not in CODECS[codec].containers or suffix == ".m4v":
            continue
        path = tmp_path / f"a{suffix}"
        moments = [Fraction(2, 25) + index / rate for index in range(12)]
        assert write(path, VideoInfo(96, 96), rate, encoding(codec), moments) == []
        rounded = Fraction(1, 2000) if container in ("matroska", "webm") else 0
        found = times(path)
        assert len(found) == 12
        assert max(abs(time - given) for time, given in zip(found, moments, strict=True)) <= rounded
        for index, frame in enumerate(decoded(path)):
            assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - picture(index, (96, 96))).mean() < 12
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_a_variable_rate_is_written_as_it_is(tmp_path: Path) -> None:
    moments = [Fraction(stamp, 1000) for stamp in (0, 40, 80, 200, 210, 250, 400, 433, 466, 500, 900)]
    info = VideoInfo(64, 48, time_base=Fraction(1, 1000))
    for suffix in (".mp4", ".mkv"):
        path = tmp_path / f"a{suffix}"
        write(path, info, Fraction(25), encoding("h264"), moments)
        assert times(path) == moments


@pytest.mark.parametrize(("codec", "suffix"), [("hevc", ".mp4"), ("av1", ".mkv"), ("prores", ".mov"), ("h264", ".mkv")])
def test_ten_bits_stay_ten(tmp_path: Path, codec: str, suffix: str) -> None:
    info = VideoInfo(96, 96, depth=10, pixel_format="yuv420p10le")
    path = tmp_path / f"a{suffix}"
    notes = write(path, info, Fraction(25), encoding(codec), [Fraction(index, 25) for index in range(3)])
    frame = decoded(path)[0]
    assert frame.format.components[0].bits == 10
    assert len(np.unique(planes(frame)[0])) > 256
    assert notes == []


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (63, 47), (1, 1), (3, 5), (17, 33)])
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9", "ffv1", "prores"])
def test_any_size_and_no_visible_pixel_lost(tmp_path: Path, size: tuple[int, int], codec: str) -> None:
    container = "mov" if codec == "prores" else "matroska"
    info = VideoInfo(*size, pixel_format="yuv420p")
    if min(size) < CODECS[codec].smallest:
        size = (size[0] + CODECS[codec].smallest, size[1] + CODECS[codec].smallest)
        info = VideoInfo(*size, pixel_format="yuv420p")
    path = tmp_path / ("a.mov" if container == "mov" else "a.mkv")
    notes = write(path, info, Fraction(25), encoding(codec), [Fraction(index, 25) for index in range(2)])
    frame = decoded(path)[0]
    width, height = size
    assert (frame.width - width, frame.height - height) in {(0, 0), (width % 2, height % 2)}
    assert bool(notes) == ((frame.width, frame.height) != size)
    seen = frame.to_ndarray(format="rgb24")[:height, :width].astype(int)
    assert np.abs(seen - picture(0, size)).mean() < 25
    luma = planes(frame)[0].astype(int)
    assert np.abs(luma[-1] - luma[height - 1]).max() <= 30
    assert np.abs(luma[:, -1] - luma[:, width - 1]).max() <= 30


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_rotation_and_aspect_are_written(tmp_path: Path, orientation: int, suffix: str) -> None:
    upright = (48, 64) if orientation >= 5 else (64, 48)
    info = VideoInfo(*upright, orientation=orientation, sample_aspect=Fraction(4, 3))
    path = tmp_path / f"a{suffix}"
    write(path, info, Fraction(25), encoding("h264", 5), [Fraction(0), Fraction(1, 25)])
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.sample_aspect_ratio == Fraction(4, 3)
        frame = next(container.decode(video=0))
        assert (frame.width, frame.height) == (64, 48)
        if orientation == 1:
            assert "DISPLAYMATRIX" not in {data.type.name for data in frame.side_data}
        else:
            assert orientation_from_matrix(bytes(frame.side_data["DISPLAYMATRIX"])) == orientation
        stored = frame.to_ndarray(format="rgb24").astype(int)
    assert np.abs(stored - as_stored(picture(0, upright), orientation)).mean() < 8


def test_without_a_matrix_pictures_are_stored_upright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "_CAN_TURN", False)
    info = VideoInfo(48, 64, orientation=6, sample_aspect=Fraction(4, 3))
    path = tmp_path / "a.mp4"
    write(path, info, Fraction(25), encoding("h264", 5), [Fraction(0)])
    with av.open(str(path)) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(3, 4)
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height, frame.rotation) == (48, 64, 0)
    assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - picture(0, (48, 64))).mean() < 8


@pytest.mark.parametrize("codec", CODECS)
def test_the_sample_aspect_is_written_or_its_loss_is_notified(tmp_path: Path, codec: str) -> None:
    for suffix, container in CONTAINERS.items():
        if container in CODECS[codec].containers:
            path = tmp_path / f"a{suffix}"
            info = VideoInfo(96, 96, sample_aspect=Fraction(4, 3))
            notes = write(path, info, Fraction(25), encoding(codec), [Fraction(0)])
            with av.open(str(path)) as opened:
                kept = opened.streams.video[0].sample_aspect_ratio == Fraction(4, 3)
            assert kept == (notes == []), (suffix, notes)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".webm"])
def test_colour_tags_are_written(tmp_path: Path, suffix: str) -> None:
    codec = "vp9" if suffix == ".webm" else "h264"
    info = VideoInfo(
        64, 48, pixel_format="yuv420p", colour=Colour(matrix=9, full_range=False, primaries=9, transfer=16)
    )
    path = tmp_path / f"a{suffix}"
    write(path, info, Fraction(25), encoding(codec), [Fraction(0)])
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (9, 9, 16, 1)
        assert (frame.colorspace, frame.color_range) == (9, 1)


def test_pictures_without_tags_become_video_with_tags(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, VideoInfo(64, 48, pixel_format="rgb24", codec="gif"), Fraction(25), encoding("h264"), [Fraction(0)])
    frame = decoded(path)[0]
    assert (frame.colorspace, frame.color_range) == (6, 1)


def test_transparency_is_laid_on_white_or_kept(tmp_path: Path) -> None:
    pixels = np.dstack([picture(0), np.full((48, 64), 255, np.uint8)])
    pixels[:, :32, 3] = 0
    info = VideoInfo(64, 48, pixel_format="rgba", has_alpha=True)
    with open_writer(tmp_path / "a.mp4", info, Fraction(25), encoding("h264", 5)) as writer:
        writer.write(pixels, Fraction(0))
    assert decoded(tmp_path / "a.mp4")[0].to_ndarray(format="rgb24")[:, :28].min() > 240
    with open_writer(tmp_path / "a.mkv", info, Fraction(25), encoding("ffv1")) as writer:
        writer.write(pixels, Fraction(0))
    assert np.array_equal(decoded(tmp_path / "a.mkv")[0].to_ndarray(format="rgba"), pixels)


@pytest.mark.parametrize("preset", ["ultrafast", "medium", "placebo"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 30])
def test_short_clips_and_deep_reordering(tmp_path: Path, codec: str, preset: str, count: int) -> None:
    path = tmp_path / "a.mp4"
    moments = [Fraction(index, 25) for index in range(count)]
    write(path, VideoInfo(96, 96), Fraction(25), Encoding(codec, preset=preset, threads=1), moments)
    assert times(path) == moments
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.duration * stream.time_base == Fraction(count, 25)
        stamps = [(packet.dts, packet.pts) for packet in container.demux(stream) if packet.size]
    assert all(decoding <= showing for decoding, showing in stamps)
    assert all(later[0] > earlier[0] for earlier, later in pairwise(stamps))


def test_wrong_pictures_and_times(tmp_path: Path) -> None:
    def wrong(pixels: np.ndarray, time: Fraction) -> None:
        with open_writer(tmp_path / "a.mp4", VideoInfo(64, 48), Fraction(25), encoding("h264")) as writer:
            writer.write(picture(0), Fraction(1))
            writer.write(pixels, time)

    with pytest.raises(UsageError, match="does not fit"):
        wrong(picture(0, (48, 64)), Fraction(2))
    with pytest.raises(UsageError, match="does not fit"):
        wrong(picture(0)[..., 0], Fraction(2))
    with pytest.raises(UsageError, match="uint8 or uint16"):
        wrong(picture(0).astype(float), Fraction(2))
    with pytest.raises(UsageError, match="does not come after"):
        wrong(picture(0), Fraction(1))
    with pytest.raises(OutputError, match="single frame"):
        write(tmp_path / "a.mp4", VideoInfo(64, 48), Fraction(25), encoding("h264"), [])
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")

    def fail() -> None:
        with open_writer(path, VideoInfo(64, 48), Fraction(25), encoding("h264")) as writer:
            for index in range(30):
                writer.write(picture(index), Fraction(index, 25))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


LIMITED = """
import resource, signal, sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
import numpy as np
from restore.errors import OutputError
from restore.video.write.encoding import Encoding
from restore.video.info import VideoInfo
from restore.video.write.opening import open_writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
try:
    with open_writer(Path(sys.argv[1]), VideoInfo(64, 48), Fraction(25), Encoding(crf=1, threads=1)) as writer:
        for index in range(60):
            writer.write(np.roll(noise, index, 0), Fraction(index, 25))
except OutputError as error:
    print("\\n" in str(error), error)
"""


def test_a_full_disk_is_an_output_error(tmp_path: Path, repository: Path) -> None:
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"False {path}: ")
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="create its folder"):
        open_writer(tmp_path / "none" / "a.mp4", VideoInfo(64, 48), Fraction(25), encoding("h264"))
