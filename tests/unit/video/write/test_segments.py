"""A run that was killed goes on, and the video is the same, packet by packet."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from restore.errors import InputError, OutputError, UsageError
from restore.video.info import VideoInfo
from restore.video.write.encoding import Encoding
from restore.video.write.joining import join_segments
from restore.video.write.plan import plan_encoding
from restore.video.write.segments import SegmentedWriter, Segments, file_identity, segment_folder
from tests.support.video_clips import decoded, packets, picture, planes, times

NTSC_60 = Fraction(60000, 1001)
INFO = VideoInfo(96, 96, codec="h264", pixel_format="yuv420p")
QUICK = Encoding("h264", preset="veryfast", threads=1)
COUNT = 50
FAST = {"h264": "veryfast", "hevc": "veryfast", "av1": "12", "vp9": "8"}
SUFFIX = {"prores": ".mov", "ffv1": ".mkv", "vp9": ".webm", "av1": ".mp4", "hevc": ".mp4", "h264": ".mp4"}


def moments(count: int = COUNT, rate: Fraction = NTSC_60, first: Fraction = Fraction(1, 25)) -> list[Fraction]:
    return [first + index / rate for index in range(count)]


def run(
    output: Path,
    how: Encoding = QUICK,
    *,
    info: VideoInfo = INFO,
    stop: int | None = None,
    length: int = 12,
    rate: Fraction = NTSC_60,
    at: list[Fraction] | None = None,
    **options: Any,
) -> SegmentedWriter:
    """Write the frames that are missing; leave as an exception would before the one numbered `stop`."""
    writer = SegmentedWriter(output, info, rate, how, length=length, **options)
    try:
        with writer:
            for index, time in list(enumerate(at or moments(rate=rate)))[writer.done :]:
                if index == stop:
                    raise KeyboardInterrupt
                pixels = picture(index, (info.width, info.height))
                writer.write(pixels.astype(np.uint16) * 257 if info.is_deep else pixels, time)
    except KeyboardInterrupt:
        pass
    return writer


def make(output: Path, how: Encoding = QUICK, **options: Any) -> Path:
    join_segments(run(output, how, **options).segments.folder, output)
    return output


@pytest.mark.parametrize("preset", ["veryfast", "medium"])
def test_encoding_again_gives_the_same_packets(tmp_path: Path, preset: str) -> None:
    """x264 165 gave others in one run of five without ``cpu-independent``: with AVX-512, so look for both."""
    how = replace(QUICK, preset=preset)
    plan = plan_encoding(how, INFO, "mp4", NTSC_60, print)
    assert "cpu-independent=1" in plan.all_options["x264-params"].split(":")
    first = packets(make(tmp_path / "first.mp4", how, length=COUNT), "video")
    for again in range(9):
        assert packets(make(tmp_path / f"{again}.mp4", how, length=COUNT), "video") == first


@pytest.mark.parametrize("codec", SUFFIX)
def test_segments_join_to_every_frame_at_its_time(tmp_path: Path, codec: str) -> None:
    how = Encoding(codec, preset=FAST.get(codec), threads=1)
    output = make(tmp_path / f"a{SUFFIX[codec]}", how)
    rounded = Fraction(1, 2000) if SUFFIX[codec] in (".webm", ".mkv") else 0
    found = times(output)
    assert len(found) == COUNT
    assert max(abs(time - given) for time, given in zip(found, moments(), strict=True)) <= rounded
    for index, frame in enumerate(decoded(output)):
        assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - picture(index, (96, 96))).mean() < 15
    with av.open(str(output)) as container:
        stream = container.streams.video[0]
        assert abs(stream.average_rate / NTSC_60 - 1) < Fraction(1, 1000)
        keys = [packet.pts * packet.time_base for packet in container.demux(stream) if packet.is_keyframe]
    starts = [moments()[index] for index in range(0, COUNT, 12)]
    assert all(min(abs(key - start) for key in keys) <= rounded for start in starts)
    assert list(tmp_path.iterdir()) == [output]


def test_decoding_order_over_all_segments(tmp_path: Path) -> None:
    at = [Fraction(stamp, 1000) for stamp in (0, 40, 80, 200, 210, 220, 230, 700, 1500, 1501, 1502, 1503, 1504, 3000)]
    output = make(tmp_path / "a.mp4", Encoding("h264", preset="slow", threads=1), length=5, at=at, rate=Fraction(25))
    with av.open(str(output)) as container:
        stamps = [(packet.dts, packet.pts) for packet in container.demux(video=0) if packet.size]
    assert [after[0] > before[0] for before, after in pairwise(stamps)] == [True] * (len(at) - 1)
    assert all(decoding <= showing for decoding, showing in stamps)
    assert times(output) == at


@pytest.mark.parametrize("stop", [0, 1, 11, 12, 13, 30, 48, 49])
def test_going_on_gives_the_same_packets(tmp_path: Path, stop: int) -> None:
    whole = make(tmp_path / "whole.mp4")
    output = tmp_path / "a.mp4"
    stopped = run(output, stop=stop)
    assert (stopped.done, stopped.is_complete) == (stop // 12 * 12, False)
    with pytest.raises(InputError, match="not all segments"):
        join_segments(stopped.segments.folder, output)
    again = SegmentedWriter(output, INFO, NTSC_60, QUICK, length=12)
    assert again.done == stop // 12 * 12
    assert again.last_time == (moments()[again.done - 1] if again.done else None)
    assert packets(make(output), "video") == packets(whole, "video")


@pytest.mark.parametrize("codec", ["hevc", "av1", "vp9", "ffv1", "prores"])
def test_going_on_with_every_codec(tmp_path: Path, codec: str) -> None:
    how = Encoding(codec, preset=FAST.get(codec), threads=1)
    whole = make(tmp_path / f"whole{SUFFIX[codec]}", how)
    output = tmp_path / f"a{SUFFIX[codec]}"
    run(output, how, stop=31)
    assert packets(make(output, how), "video") == packets(whole, "video")


KILLED = """
import os, signal, sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from restore.video.write.encoding import Encoding
from restore.video.info import VideoInfo
from restore.video.write.segments import SegmentedWriter
from tests.support.video_clips import picture
info = VideoInfo(96, 96, codec="h264", pixel_format="yuv420p")
how = Encoding("h264", preset="veryfast", threads=1)
with SegmentedWriter(Path(sys.argv[1]), info, Fraction(60000, 1001), how, length=12) as writer:
    for index in range(writer.done, 50):
        if index == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        writer.write(picture(index, (96, 96)), Fraction(1, 25) + index * Fraction(1001, 60000))
"""


def test_a_killed_run_goes_on(tmp_path: Path, repository: Path) -> None:
    whole = make(tmp_path / "whole.mp4")
    output = tmp_path / "a.mp4"
    for stop in (20, 41):
        command = [sys.executable, "-c", KILLED, str(output), str(stop)]
        done = subprocess.run(command, cwd=repository, check=False, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert not output.exists()
    writer = run(output)
    assert writer.is_complete
    join_segments(writer.segments.folder, output)
    assert packets(output, "video") == packets(whole, "video")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.mp4", "whole.mp4"]


def test_the_end_is_not_made_twice(tmp_path: Path) -> None:
    output = tmp_path / "a.mp4"
    folder = run(output).segments.folder
    again = SegmentedWriter(output, INFO, NTSC_60, QUICK, length=12)
    assert (again.is_complete, again.done, again.last_time) == (True, COUNT, moments()[-1])
    with pytest.raises(UsageError, match="join them"):
        again.write(picture(0, (96, 96)), Fraction(99))
    with again:
        pass
    join_segments(folder, output, keep=True)
    first = packets(output, "video")
    join_segments(folder, output)
    assert packets(output, "video") == first
    assert not folder.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"how": replace(QUICK, crf=30)},
        {"identity": "another source"},
        {"length": 13},
        {"info": replace(INFO, sample_aspect=Fraction(4, 3))},
        {"rate": Fraction(50)},
    ],
)
def test_other_settings_start_anew_with_a_notice(tmp_path: Path, change: dict[str, Any]) -> None:
    output = tmp_path / "a.mp4"
    run(output, stop=30)
    notes: list[str] = []
    how = change.pop("how", QUICK)
    options = {"info": INFO, "rate": NTSC_60, "length": 12, **change}
    info, rate = options.pop("info"), options.pop("rate")
    writer = SegmentedWriter(output, info, rate, how, notify=notes.append, **options)
    assert (writer.done, len(notes)) == (0, 1)
    assert "starting anew" in notes[0]


def test_another_number_of_threads_goes_on_with_the_old_one(tmp_path: Path) -> None:
    output = tmp_path / "a.mp4"
    run(output, stop=30)
    writer = SegmentedWriter(output, INFO, NTSC_60, replace(QUICK, threads=2), length=12)
    assert (writer.done, writer.segments.plan.threads) == (24, 1)


def test_damaged_leftovers(tmp_path: Path) -> None:
    output = tmp_path / "a.mp4"
    folder = run(output, stop=30).segments.folder
    (folder / "000001.nut").write_bytes(b"damaged")
    assert SegmentedWriter(output, INFO, NTSC_60, QUICK, length=12).done == 12
    (folder / "plan.json").write_text("{")
    notes: list[str] = []
    assert SegmentedWriter(output, INFO, NTSC_60, QUICK, length=12, notify=notes.append).done == 0
    assert "damaged" in notes[0]
    (folder / "plan.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(InputError, match="another version"):
        Segments.read(folder)
    with pytest.raises(InputError, match="no segments"):
        Segments.read(tmp_path / "none")


def test_a_damaged_segment_is_found_before_anything_is_written(tmp_path: Path) -> None:
    output = tmp_path / "a.mp4"
    folder = run(output).segments.folder
    data = (folder / "000002.nut").read_bytes()
    (folder / "000002.nut").write_bytes(data[:100])
    with pytest.raises(InputError, match=r"000002\.nut: is damaged"):
        join_segments(folder, output)
    assert not output.exists()


def test_a_file_of_another_program_stays(tmp_path: Path) -> None:
    output = tmp_path / "a.mp4"
    folder = run(output).segments.folder
    (folder / "diary.txt").write_text("mine")
    join_segments(folder, output)
    assert [entry.name for entry in folder.iterdir()] == ["diary.txt"]


def test_no_frames_and_no_folder(tmp_path: Path) -> None:
    def nothing() -> None:
        with SegmentedWriter(tmp_path / "a.mp4", INFO, NTSC_60, QUICK):
            pass

    with pytest.raises(OutputError, match="not a single frame"):
        nothing()
    with pytest.raises(OutputError, match="cannot be made"):
        SegmentedWriter(tmp_path / "none" / "a.mp4", INFO, NTSC_60, QUICK)
    with pytest.raises(UsageError, match="1 or more"):
        SegmentedWriter(tmp_path / "a.mp4", INFO, NTSC_60, QUICK, length=0)
    with pytest.raises(UsageError, match="does not come after"):
        run(tmp_path / "b.mp4", at=[Fraction(1), Fraction(2), Fraction(2)], length=2)


def test_ten_bits_rotation_and_tags_survive_the_segments(tmp_path: Path) -> None:
    from restore.video.info import Colour

    info = VideoInfo(
        96,
        112,
        codec="hevc",
        depth=10,
        pixel_format="yuv420p10le",
        orientation=6,
        sample_aspect=Fraction(4, 3),
        colour=Colour(9, False, 9, 16),
    )
    for suffix in (".mp4", ".mkv"):
        output = make(tmp_path / f"a{suffix}", Encoding(preset="ultrafast", threads=1), info=info)
        with av.open(str(output)) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (
                9,
                9,
                16,
                1,
            )
            assert stream.sample_aspect_ratio == Fraction(4, 3)
            if suffix == ".mp4":
                assert context.codec_tag == "hvc1"
            frame = next(container.decode(video=0))
        assert (frame.width, frame.height, frame.rotation, frame.format.name) == (112, 96, -90, "yuv420p10le")
        assert len(np.unique(planes(frame)[0])) > 256


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a"])
def test_animated_pictures_and_folders_go_on_too(tmp_path: Path, name: str) -> None:
    info = VideoInfo(64, 48, codec="gif", container="gif", pixel_format="rgb24", loops=2)
    at = [Fraction(index, 20) for index in range(20)]
    options: dict[str, Any] = {"info": info, "rate": Fraction(20), "at": at, "length": 6}
    output = tmp_path / name
    run(output, Encoding(threads=1), stop=15, **options)
    make(output, Encoding(threads=1), **options)
    if name == "a":
        found = [np.asarray(Image.open(path)) for path in sorted(output.iterdir())]
        assert all(np.array_equal(pixels, picture(index)) for index, pixels in enumerate(found))
    else:
        with Image.open(output) as image:
            assert image.info["loop"] == 2
            found = [
                (np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)
            ]
        assert [duration for _, duration in found] == [50] * 20
        assert all(np.abs(pixels.astype(int) - picture(index)).mean() < 8 for index, (pixels, _) in enumerate(found))
    assert len(found) == 20
    assert list(tmp_path.iterdir()) == [output]


def test_transparent_pictures_survive_the_segments(tmp_path: Path) -> None:
    info = VideoInfo(64, 48, codec="gif", container="gif", pixel_format="rgba", has_alpha=True)
    given = [np.dstack([picture(index), np.full((48, 64), 255, np.uint8)]) for index in range(4)]
    for index, pixels in enumerate(given):
        pixels[index : index + 20, 10:30, 3] = 0
    output = tmp_path / "a.webp"
    with SegmentedWriter(output, info, Fraction(10), Encoding(threads=1), length=3) as writer:
        for index, pixels in enumerate(given):
            writer.write(pixels, Fraction(index, 10))
    join_segments(writer.segments.folder, output)
    with Image.open(output) as image:
        for frame, pixels in zip(ImageSequence.Iterator(image), given, strict=True):
            assert np.array_equal(np.asarray(frame.convert("RGBA")), pixels)


def test_what_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at most 50"):
        SegmentedWriter(tmp_path / "a.gif", INFO, Fraction(60))
    with pytest.raises(UsageError, match="are for videos"):
        SegmentedWriter(tmp_path / "a.gif", INFO, Fraction(25), QUICK)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(UsageError, match="files in it"):
        SegmentedWriter(tmp_path / "full", INFO, Fraction(25))
    assert [entry.name for entry in tmp_path.iterdir()] == ["full"]


def test_identity(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"one")
    before = file_identity(path)
    assert file_identity(path) == before
    path.write_bytes(b"three")
    assert file_identity(path) != before
    with pytest.raises(InputError):
        file_identity(tmp_path / "none")
    assert segment_folder(path) == tmp_path / ".a.mp4.segments"
