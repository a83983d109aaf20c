"""Damage is reported where it is, and the rest goes on; what is no video at all is one clear line."""

import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError
from restore.video.read.opening import open_video
from tests.support.video_clips import Sound, make_film, picture, times

RNG = np.random.default_rng(5)


def spoiled(path: Path, number: int, *, whole: bool) -> Fraction:
    """Overwrite the packet with this number; its time."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        packet = packets[number]
        place, size, time = packet.pos, packet.size, packet.pts * packet.time_base
    data = bytearray(path.read_bytes())
    if whole:
        data[place : place + size] = bytes(size)
    else:
        first = place + size // 3
        data[first : place + size] = RNG.bytes(place + size - first)
    path.write_bytes(data)
    return time


@pytest.mark.parametrize("frames_between", [0, 3])
def test_a_lost_frame_is_reported_and_the_rest_goes_on(tmp_path: Path, frames_between: int) -> None:
    path = make_film(tmp_path / "clip.mp4", frames=30, options={"bf": str(frames_between), "g": "10"})
    whole = times(path)
    lost = spoiled(path, 13, whole=True)
    with open_video(path) as video:
        frames = list(video)
    assert [frame.time for frame in frames] == whole
    (bad,) = [frame for frame in frames if frame.pixels is None]
    assert bad.time == lost
    assert bad.problem is not None
    assert f"{float(lost):.3f} s" in bad.problem
    assert "\n" not in bad.problem


def test_a_patched_frame_is_marked(tmp_path: Path) -> None:
    path = make_film(tmp_path / "clip.mp4", frames=30, options={"bf": "0", "g": "10", "crf": "1"})
    whole = times(path)
    lost = spoiled(path, 13, whole=False)
    with open_video(path) as video:
        frames = list(video)
    assert [frame.time for frame in frames] == whole
    marked = [frame for frame in frames if frame.problem]
    assert marked[0].time == lost
    assert sum(frame.problem is None for frame in frames) >= 25


def test_damage_before_the_start_is_not_reported(tmp_path: Path) -> None:
    path = make_film(tmp_path / "clip.mp4", frames=30, options={"bf": "0", "g": "10"})
    spoiled(path, 13, whole=True)
    with open_video(path) as video:
        frames = list(video.frames(Fraction(22, 25)))
    assert [frame.time for frame in frames] == [Fraction(index, 25) for index in range(22, 30)]
    assert not any(frame.problem for frame in frames)


def test_a_file_that_breaks_off(tmp_path: Path) -> None:
    path = make_film(
        tmp_path / "clip.mp4",
        frames=60,
        options={"bf": "0", "crf": "5"},
        container_options={"movflags": "frag_keyframe"},
    )
    whole = make_film(tmp_path / "whole.mp4", frames=60, options={"bf": "0", "crf": "5"})
    # moov in front, as for the web, then cut in the middle of the pictures
    with av.open(str(whole)) as source, av.open(str(path), "w", container_options={"movflags": "faststart"}) as output:
        target = output.add_stream_from_template(source.streams[0], opaque=True)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = target
                output.mux(packet)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with open_video(path) as video:
        assert video.info.frame_count == 60
        frames = list(video)
    good = [frame for frame in frames if frame.problem is None]
    assert 15 < len(good) < 60
    assert [frame.time for frame in good] == [Fraction(index, 25) for index in range(len(good))]
    assert frames[-1].pixels is None
    assert frames[-1].problem is not None


def test_a_recording_that_begins_in_the_middle(tmp_path: Path) -> None:
    whole = make_film(tmp_path / "whole.ts", frames=45, options={"g": "15", "bf": "2"})
    path = tmp_path / "clip.ts"
    path.write_bytes(whole.read_bytes()[188 * 60 :])
    with open_video(path) as video:
        frames = list(video)
    assert len(frames) > 10
    assert frames[0].problem is None
    assert frames[-1].problem is None


def no_index(path: Path) -> None:
    data = make_film(path, sounds=[Sound()]).read_bytes()
    path.write_bytes(data[: len(data) // 2])  # the index is at the end


def only_a_header(path: Path) -> None:
    data = make_film(path, encoder="ffv1").read_bytes()
    path.write_bytes(data[:600])


def noise(path: Path) -> None:
    path.write_bytes(RNG.bytes(5000))


def zeros(path: Path) -> None:
    path.write_bytes(bytes(5000))


def text(path: Path) -> None:
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nno video\n")


def playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXTINF:5,\nhttp://localhost:9/clip.ts\n")


def list_of_files(path: Path) -> None:
    make_film(path.with_name("other.mp4"))
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")


def jpeg(path: Path) -> None:
    Image.fromarray(picture(0)).save(path, "JPEG")


def png(path: Path) -> None:
    Image.fromarray(picture(0)).save(path, "PNG")


def gif(path: Path) -> None:
    Image.fromarray(picture(0)).save(path, "GIF")


def sound(path: Path) -> None:
    make_film(path.with_suffix(".mkv"), frames=1, encoder="ffv1", sounds=[Sound("libopus")])
    with av.open(str(path.with_suffix(".mkv"))) as source, av.open(str(path), "w", format="ogg") as output:
        target = output.add_stream_from_template(source.streams.audio[0], opaque=True)
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = target
                output.mux(packet)


def unknown_coding(path: Path) -> None:
    data = make_film(path.with_suffix(".mkv")).read_bytes()
    assert b"V_MPEG4/ISO/AVC" in data
    path.write_bytes(data.replace(b"V_MPEG4/ISO/AVC", b"V_WHATEVER/1234"))


def no_frames(path: Path) -> None:
    with av.open(str(path), "w", format="matroska") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        audio = output.add_stream("aac", rate=48000)
        audio.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 4096), np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 48000, 0
        for packet in audio.encode(frame) + audio.encode(None):
            output.mux(packet)


def every_frame_noise(path: Path) -> None:
    make_film(path, frames=6)
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for place, size in places:
        data[place : place + size] = bytes(size)
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def nothing(path: Path) -> None:
    path.unlink(missing_ok=True)


def unreadable(path: Path) -> None:
    path.symlink_to(path)  # a link to itself: root may read everything else


REFUSED = {
    no_index: "is not a video that can be read",
    only_a_header: "is not a video that can be read",
    noise: "is not a video that can be read",
    zeros: "is not a video that can be read",
    text: "is not a video that can be read",
    playlist: "is not a video that can be read",
    list_of_files: "is not a video that can be read",
    jpeg: r"is a still picture \(JPEG\)",
    png: r"is a still picture \(PNG\)",
    gif: r"is a still picture \(GIF\)",
    sound: "no video stream, only sound",
    unknown_coding: "a coding that this FFmpeg cannot decode",
    no_frames: "without a single frame",
    every_frame_noise: "none of its frames can be decoded",
    empty: "is empty",
    nothing: "no such file",
    unreadable: "may not be read",
}


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_what_is_no_video_is_one_line_that_names_the_file(tmp_path: Path, make: object) -> None:
    path = tmp_path / "clip.mp4"
    assert callable(make)
    make(path)
    with pytest.raises(InputError, match=REFUSED[make]) as caught:
        open_video(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < 300


def test_a_file_that_vanishes(tmp_path: Path) -> None:
    path = make_film(tmp_path / "clip.mp4")
    with open_video(path) as video:
        os.unlink(path)
        with pytest.raises(InputError, match="no such file"):
            next(iter(video))


def test_a_folder_is_no_file_and_a_name_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = make_film(tmp_path / "a:b %03d.mp4", frames=3)
    with open_video(path.name) as video:
        assert len(list(video)) == 3
    with pytest.raises(InputError, match="no such file"):
        open_video("http://localhost:9/clip.mp4")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".gif", ".webp"])
def test_random_damage_is_an_input_error_or_a_report(tmp_path: Path, suffix: str) -> None:
    whole = tmp_path / f"whole{suffix}"
    if suffix in (".gif", ".webp"):
        images = [Image.fromarray(picture(index)) for index in range(6)]
        images[0].save(whole, save_all=True, append_images=images[1:], duration=50)
    else:
        make_film(whole, sounds=[Sound("mp2" if suffix == ".ts" else "aac")])
    data = whole.read_bytes()
    rng = np.random.default_rng(len(suffix))
    path = tmp_path / f"a{suffix}"
    for _ in range(25):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), rng.choice([1, 10, 50])):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(1, len(data))] if rng.random() < 0.3 else damaged)
        try:
            with open_video(path) as video:
                info, frames = video.info, list(video)
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either is right
            continue
        assert all(after.time > before.time for before, after in pairwise(frames))
        assert all(frame.pixels is None or frame.pixels.shape[:2] == (info.height, info.width) for frame in frames)
        assert all(frame.problem for frame in frames if frame.pixels is None)
