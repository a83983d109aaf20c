"""`restore interpolate` with a real network of fresh weights, as processes that a shell starts and kills."""

import json
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import restore
from restore.models.interpolate.network import Interpolator, InterpolatorConfig
from restore.pipelines.interpolate.video.frames import interpolate_video
from tests.support.models.interpolator import save_weights_of
from tests.support.moving_clips import HEIGHT, WIDTH, ground, panning, write_clip
from tests.support.processes import read_terminal
from tests.support.video_clips import decoded, packets, times

ROOT = Path(restore.__file__).resolve().parents[1]
TINY = InterpolatorConfig(hidden=4, features=4, fusion=(4,), blocks=(1,))


@pytest.fixture
def weights(desk: Any) -> Path:
    """A weights file of a small untrained network."""
    return save_weights_of(Path("own.safetensors"), Interpolator(TINY))


@pytest.fixture
def clip(desk: Any) -> Path:
    """`clip.mkv`: lossless, 10 frames of a picture that passes by, 3 px a frame."""
    write_clip(Path("clip.mkv"), panning(10))
    return Path("clip.mkv")


def pixels(path: Path) -> list[np.ndarray]:
    return [frame.to_ndarray(format="rgb24").astype(int) for frame in decoded(path)]


def test_frames_are_made_where_they_belong(run: Any, clip: Path, weights: Path) -> None:
    done = run("interpolate", clip, "--weights", weights, "--device", "cpu", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["counts"]["made"] == 9
    source, made = panning(10), pixels(Path("clip.2x.mkv"))
    inside = (slice(8, -8), slice(8, -8))
    for index, frame in enumerate(made[:-1]):
        if index % 2 == 0:
            assert np.array_equal(frame, source[index // 2])
            continue
        place = 3 * (index // 2)
        truth = (panned(place + 1) + panned(place + 2)) / 2
        blend = (panned(place) + panned(place + 3)) / 2
        assert np.abs(frame - truth)[inside].mean() < 0.5 * np.abs(blend - truth)[inside].mean()


def panned(place: int) -> np.ndarray:
    return ground(0)[10 : 10 + HEIGHT, place : place + WIDTH].astype(int)


def test_the_generator_gives_what_the_command_writes(run: Any, clip: Path, weights: Path) -> None:
    words = ["--fps", "40", "--effort", "1", "--weights", weights, "--device", "cpu"]
    assert run("interpolate", clip, *words).code == 0
    given = list(interpolate_video(clip, fps=40, effort=1, weights=weights, device="cpu"))
    assert [time for time, _ in given] == [Fraction(index, 40) for index in range(16)]
    for (_, frame), written in zip(given, pixels(Path("clip.40fps.mkv")), strict=True):
        assert np.array_equal(frame, written)


def test_between_two_files(run: Any, desk: Any, weights: Path) -> None:
    for name, frame in zip("ab", panning(2, speed=6), strict=True):
        Image.fromarray(np.ascontiguousarray(frame)).save(f"{name}.png")
    done = run("interpolate", "--between", "a.png", "b.png", "-n", 2, "--weights", weights, "--device", "cpu")
    assert (done.code, done.out.split()) == (0, ["a.between1.png", "a.between2.png"]), done.err


PROGRAM = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs in the background
from restore.cli.interpolate import steps
from restore.cli.app import main
from restore.pipelines.interpolate.video import files
files.segment_length = lambda info: 6
show = steps.SpeedMeter.show
end, sent = int(sys.argv.pop(1)), int(sys.argv.pop(1))
def stop(self, frame, made):
    show(self, frame, made)
    if frame == end:
        os.kill(os.getpid(), sent)
steps.SpeedMeter.show = stop
sys.exit(main())
"""


def started(end: int, sent: int, *words: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the program, which sends itself a signal at a frame."""
    command = [sys.executable, "-c", PROGRAM, str(end), str(sent), "interpolate", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=300, **more)


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_killed_and_resumed_it_is_the_same_video(
    run: Any, desk: Any, clip: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--weights", weights, "--device", "cpu", "--effort", "1", "--codec", "h264"]
    killed = started(13, signal.SIGKILL, clip, *words)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not Path("clip.2x.mkv").exists()
    interrupted = started(16, signal.SIGINT, clip, *words, "--resume")
    assert interrupted.returncode == 130, interrupted.stderr
    assert "the first 12 frames of clip.2x.mkv are kept" in interrupted.stderr
    monkeypatch.setattr("restore.pipelines.interpolate.video.files.segment_length", lambda _info: 6)
    resumed = run("interpolate", clip, *words, "--resume", "--json")
    assert json.loads(resumed.out)["resumed"] == 12, resumed.err
    assert run("interpolate", clip, *words, "-o", "whole.mkv").code == 0
    assert packets(Path("clip.2x.mkv"), "video") == packets(Path("whole.mkv"), "video")
    first, second = pixels(Path("clip.2x.mkv")), pixels(Path("whole.mkv"))
    assert len(first) == 20
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert times(Path("clip.2x.mkv")) == times(Path("whole.mkv"))
    assert not any(name.startswith(".") for name in desk.names())


def test_progress_on_a_terminal(desk: Any, clip: Path, weights: Path) -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    words = ["interpolate", str(clip), "--weights", str(weights), "--device", "cpu", "--fps", "200"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "-1", "0", *words],
        env={**environment, "TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=follower,
    ) as done:
        os.close(follower)
        shown = read_terminal(leader)
    assert done.returncode == 0
    assert b"clip.mkv" in shown
    assert b"made/s" in shown
    assert b"frames/s" in shown
    assert b"left" in shown
