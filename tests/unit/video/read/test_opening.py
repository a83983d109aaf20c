"""Which files are opened as videos."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from restore.errors import InputError, UsageError
from restore.video.read.opening import open_video
from tests.support.video_clips import Sound, make_film


def test_closing_ends_an_iteration(tmp_path: Path) -> None:
    path = make_film(tmp_path / "clip.mp4")
    with open_video(path) as video:
        frames = iter(video)
        assert next(frames).time == 0
    with pytest.raises(StopIteration):
        next(frames)


def test_cover_pictures_are_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mkv"
    make_film(path, frames=1, encoder="mjpeg", pixels="yuvj420p", sounds=[Sound("libopus")])
    with av.open(str(path)) as source, av.open(str(tmp_path / "song.mp4"), "w") as output:
        targets = {}
        for stream in source.streams:
            targets[stream.index] = output.add_stream_from_template(stream, opaque=True)
        targets[0].disposition = av.stream.Disposition.attached_pic
        for packet in source.demux():
            if packet.size:
                packet.stream = targets[packet.stream_index]
                output.mux(packet)
    with pytest.raises(InputError, match="no video stream, only sound"):
        open_video(tmp_path / "song.mp4")


def test_a_rate_is_for_folders_only(tmp_path: Path) -> None:
    path = make_film(tmp_path / "clip.mp4", frames=2)
    with pytest.raises(UsageError, match="own times"):
        open_video(path, rate=Fraction(25))
