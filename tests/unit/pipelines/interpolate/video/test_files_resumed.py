"""Runs that were stopped or killed go on to the same video; what an older version left is never misread."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restore.errors import OutputError
from restore.pipelines.interpolate.video import files
from restore.pipelines.interpolate.video.files import (
    VideoRequest,
    discard_segments,
    finished_frames,
    write_video,
)
from restore.pipelines.interpolate.video.retiming import Retiming
from restore.video.info import Frame
from restore.video.read.film import FilmReader
from restore.video.read.opening import open_video
from restore.video.write.segments import segment_folder
from tests.support.models.listed_videos import CLASSIFIER, QUICK, Mixer, write_file
from tests.support.video_clips import Sound, decoded, make_film, packets, times


class StopError(Exception):
    """Stands for what ends a run."""


def stopped(source: Path, output: Path, goal: dict[str, Any], after: int) -> None:
    """Begin, and end as an exception would when so many frames have been written."""

    def on_frame(frame: Any, _counts: Any) -> None:
        if frame.index == after:
            raise StopError

    request = VideoRequest(Retiming.of(**goal), encoding=QUICK)
    with open_video(source) as video, pytest.raises(StopError):
        write_video(video, (source, output), request, Mixer(), classifier=CLASSIFIER, on_frame=on_frame)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of eight frames."""
    monkeypatch.setattr(files, "segment_length", lambda _info: 8)


def test_a_run_goes_on_from_its_last_segment(tmp_path: Path, short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_film(tmp_path / "a.mp4", frames=30, options={"g": "5"}, sounds=[Sound()])
    whole, output = tmp_path / "whole.mp4", tmp_path / "out.mp4"
    complete = write_file(source, whole, {"fps": 60})
    stopped(source, output, {"fps": 60}, 45)
    assert not output.exists()
    assert finished_frames(output) == 40
    starts: list[Fraction | None] = []
    read = FilmReader._frames

    def watched(self: FilmReader, start: Fraction | None) -> Iterator[Frame]:
        starts.append(start)
        return read(self, start)

    monkeypatch.setattr(FilmReader, "_frames", watched)
    mixer = Mixer()
    result = write_file(source, output, {"fps": 60}, mixer)
    assert starts == [Fraction(16, 25)]
    assert len(mixer.calls) == 29 - 16
    assert (result.resumed, result.frames, result.counts) == (40, 72, complete.counts)
    assert packets(output, "video") == packets(whole, "video")
    assert packets(output, "audio") == packets(whole, "audio")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "out.mp4", "whole.mp4"]


def test_other_settings_start_anew(tmp_path: Path, short: None) -> None:
    source, output = make_film(tmp_path / "a.mp4", frames=10), tmp_path / "out.mp4"
    stopped(source, output, {"factor": 2}, 12)
    lines: list[str] = []
    assert write_file(source, output, {"factor": 2}, lines=lines, cuts=0.1).resumed == 0
    assert "other settings; starting anew" in lines[0]


def test_a_folder_of_an_older_version_is_started_afresh(tmp_path: Path, short: None) -> None:
    """Format 1 kept other values under other names, in `place.json`."""
    source, output = make_film(tmp_path / "a.mp4", frames=10), tmp_path / "out.mp4"
    write_file(source, tmp_path / "whole.mp4", {"factor": 2})
    stopped(source, output, {"factor": 2}, 12)
    folder = segment_folder(output)
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["format"] == 2
    (folder / "plan.json").write_text(json.dumps({**plan, "format": 1}))
    (folder / "progress.json").rename(folder / "place.json")
    assert finished_frames(output) is None
    lines: list[str] = []
    assert write_file(source, output, {"factor": 2}, lines=lines).resumed == 0
    assert "is damaged or of another version; starting anew" in lines[0]
    assert packets(output, "video") == packets(tmp_path / "whole.mp4", "video")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "out.mp4", "whole.mp4"]


@pytest.mark.parametrize("damage", ["", "[]", '{"resume_point": {"source_time": "1/0"}, "counts": {"read": "x"}}'])
def test_damaged_progress_costs_reading_but_no_frame(tmp_path: Path, short: None, damage: str) -> None:
    source, output = make_film(tmp_path / "a.mp4", frames=10), tmp_path / "out.mp4"
    complete = write_file(source, tmp_path / "whole.mp4", {"factor": 2})
    stopped(source, output, {"factor": 2}, 12)
    (segment_folder(output) / "progress.json").write_text(damage)
    result = write_file(source, output, {"factor": 2})
    assert (result.resumed, result.counts) == (8, complete.counts)
    assert packets(output, "video") == packets(tmp_path / "whole.mp4", "video")


def test_finished_frames_are_counted_and_can_be_discarded(tmp_path: Path, short: None) -> None:
    source, output = make_film(tmp_path / "a.mp4", frames=10), tmp_path / "out.mp4"
    assert finished_frames(output) is None
    stopped(source, output, {"factor": 2}, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4"], "nothing finished, nothing left"
    stopped(source, output, {"factor": 2}, 9)
    assert finished_frames(output) == 8
    discard_segments(output)
    assert finished_frames(output) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4"]


def test_if_only_the_joining_failed_only_that_is_done_again(
    tmp_path: Path, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, output = make_film(tmp_path / "a.mp4", frames=10), tmp_path / "out.mp4"
    join = files.join_segments

    def full(*_words: Any, **_more: Any) -> None:
        raise OutputError(f"{output}: cannot be written: no space left on device")

    monkeypatch.setattr(files, "join_segments", full)
    with pytest.raises(OutputError, match="no space"):
        write_file(source, output, {"factor": 2})
    monkeypatch.setattr(files, "join_segments", join)
    mixer = Mixer()
    result = write_file(source, output, {"factor": 2}, mixer)
    assert (mixer.calls, result.resumed, result.frames, result.counts.given["made"]) == ([], 20, 20, 9)
    assert len(times(output)) == 20


KILLED = """
import os, signal, sys
from pathlib import Path
from restore.pipelines.interpolate.video import files
from restore.pipelines.interpolate.video.files import VideoRequest, write_video
from restore.video.read.opening import open_video
from tests.support.models.listed_videos import CLASSIFIER, Mixer
files.segment_length = lambda info: 8
def on_frame(frame, counts):
    if frame.index == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
source, output = map(Path, sys.argv[1:3])
with open_video(source) as video:
    write_video(video, (source, output), VideoRequest(), Mixer(), classifier=CLASSIFIER, on_frame=on_frame)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_killed_twice_it_goes_on_to_the_same_video(tmp_path: Path, short: None, repository: Path) -> None:
    source = make_film(tmp_path / "a.mkv", frames=20, options={"g": "7"})
    whole, output = tmp_path / "whole.mkv", tmp_path / "out.mkv"
    with open_video(source) as video:
        write_video(video, (source, whole), VideoRequest(), Mixer(), classifier=CLASSIFIER)
    for after in (11, 30):
        words = [sys.executable, "-c", KILLED, str(source), str(output), str(after)]
        done = subprocess.run(words, cwd=repository, check=False, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert finished_frames(output) == after // 8 * 8
    with open_video(source) as video:
        assert write_video(video, (source, output), VideoRequest(), Mixer(), classifier=CLASSIFIER).resumed == 24
    first, second = ([frame.to_ndarray(format="rgb24") for frame in decoded(path)] for path in (whole, output))
    assert len(first) == len(second) == 40
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert times(output) == times(whole)
