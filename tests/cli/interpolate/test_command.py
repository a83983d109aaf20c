"""`restore interpolate`: names, options, notes, refusals, and what a script reads; the network is a mean."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from restore.errors import OutputError
from restore.pipelines.interpolate.video import files
from restore.pretrained import store
from tests.support.models.listed_videos import Loaded
from tests.support.video_clips import Sound, make_film, packets, picture, streams, times


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of eight frames."""
    monkeypatch.setattr(files, "segment_length", lambda _info: 8)


@pytest.fixture
def clip(desk: Any) -> Path:
    """`clip.mp4`: 12 frames at 25 per second, with sound."""
    return make_film(Path("clip.mp4"), frames=12, sounds=[Sound(seconds=Fraction(12, 25))])


def made_of(desk: Any) -> set[str]:
    return {name for name in desk.names() if name not in {"photo.png", "mask.png"}}


@pytest.mark.parametrize(
    ("words", "name", "count", "last"),
    [
        ([], "clip.2x.mp4", 24, Fraction(23, 50)),
        (["--factor", "3/2"], "clip.1.5x.mp4", 18, Fraction(34, 75)),
        (["--fps", "60"], "clip.60fps.mp4", 29, Fraction(28, 60)),
        (["--fps", "23.976"], "clip.23.976fps.mp4", 12, 11 * Fraction(1001, 24000)),
        (["--slow", "2"], "clip.slow2x.mp4", 24, Fraction(23, 25)),
        (["--codec", "ffv1"], "clip.2x.mkv", 24, Fraction(23, 50)),
        (["-o", "out/", "--codec", "vp9"], "out/clip.2x.mp4", 24, Fraction(23, 50)),
        (["-o", "small.webm"], "small.webm", 24, Fraction(23, 50)),
    ],
)
def test_outputs(
    run: Any, desk: Any, clip: Path, mixer: Loaded, words: list[str], name: str, count: int, last: Any
) -> None:
    done = run("interpolate", clip, *words, "--preset", "5") if "vp9" in words else run("interpolate", clip, *words)
    assert (done.code, done.out) == (0, f"{name}\n"), done.err
    found = times(Path(name))
    assert len(found) == count
    exact = 0 if name.endswith("mp4") else Fraction(1, 1000)  # and Matroska begins with the sound, at no negative time
    assert abs(found[-1] - found[0] - last) <= exact
    assert made_of(desk) == {"clip.mp4", name}


def test_sound_is_kept_and_in_slow_motion_left_out_with_a_note(run: Any, clip: Path, mixer: Loaded) -> None:
    assert run("interpolate", clip, "--fps", 60).err == ""
    assert packets(Path("clip.60fps.mp4"), "audio") == packets(clip, "audio")
    slow = run("interpolate", clip, "--slow", 2)
    assert "slow motion leaves the sound out; --sound stretch" in slow.err
    assert [stream["type"] for stream in streams(Path("clip.slow2x.mp4"))] == ["video"]
    assert run("interpolate", clip, "--slow", 2, "--sound", "stretch", "--force").err == ""
    assert [stream["type"] for stream in streams(Path("clip.slow2x.mp4"))] == ["video", "audio"]
    kept = run("interpolate", clip, "--slow", 2, "--sound", "keep", "--force")
    assert "ends before the pictures" in kept.err
    run("interpolate", clip, "--sound", "drop")
    assert [stream["type"] for stream in streams(Path("clip.2x.mp4"))] == ["video"]


def test_json(run: Any, clip: Path, mixer: Loaded) -> None:
    words = ["--fps", "60", "--json", "--device", "cpu", "--max-memory", "2GB", "--effort", "1", "--weights", "own"]
    done = run("interpolate", clip, *words)
    record = json.loads(done.out)
    assert record.pop("seconds") >= 0
    assert record.pop("counts") == {
        "read": 12, "damaged": 0, "scene_cuts": 0, "made": 24, "real": 3, "still": 0, "cut": 0, "held": 2,
    }  # fmt: skip
    assert record == {
        "input": "clip.mp4",
        "output": "clip.60fps.mp4",
        "width": 64,
        "height": 48,
        "source_rate": "25",
        "rate": "60",
        "device": "cpu",
        "frames_in": 12,
        "frames_out": 29,
        "resumed": 0,
        "status": "done",
        "notes": [],
    }
    assert mixer.asked == [("own", "cpu", 2_000_000_000)]
    assert set(mixer.efforts) == {1}


def test_other_kinds_of_files(run: Any, desk: Any, mixer: Loaded) -> None:
    pictures = [Image.fromarray(picture(index)) for index in range(4)]
    pictures[0].save("a.gif", save_all=True, append_images=pictures[1:], duration=100, loop=0)
    Path("frames").mkdir()
    for index, each in enumerate(pictures):
        each.save(f"frames/{index}.png")
    make_film(Path("b.avi"), frames=4, encoder="mpeg4", unit=Fraction(1, 25))
    done = run("interpolate", "a.gif", "frames", "b.avi", "--rate", 10)
    assert (done.code, done.out.split()) == (0, ["a.2x.gif", "frames-2x", "b.2x.mp4"]), done.err
    assert len(list(Path("frames-2x").iterdir())) == 8
    assert "b.avi: mpeg4 cannot be written into mp4: the video is encoded as h264" in done.err
    assert run("interpolate", "frames", "--rate", "10", "-o", "film.mp4").code == 0
    assert times(Path("film.mp4"))[-1] == Fraction(7, 20)
    assert run("interpolate", "frames", "--rate", "10", "-o", "film.gif").code == 0
    again = run("interpolate", "frames", "--rate", "10")
    assert (again.code, again.out) == (2, "")
    assert "frames-2x: exists already" in again.error
    skipped = run("interpolate", "frames", "--rate", "10", "--skip-existing")
    assert (skipped.code, skipped.out) == (0, "")
    clip = run("interpolate", "a.gif", "--codec", "h264")
    assert (clip.code, clip.out) == (0, "a.2x.mp4\n")


def test_a_batch_goes_on_past_a_bad_clip(run: Any, desk: Any, clip: Path, mixer: Loaded) -> None:
    folder = Path("clips")
    folder.mkdir()
    clip.rename(folder / "a.mp4")
    (folder / "b.mp4").write_text("no video")
    make_film(folder / "c.mkv", frames=3)
    (folder / "c.60fps.mkv").write_text("of an earlier run")
    done = run("interpolate", "clips", "gone.mp4", "-o", "out/")
    assert done.code == 1
    assert done.out.split() == ["out/a.2x.mp4", "out/c.2x.mkv"]
    assert done.err.splitlines()[-1] == "restore: 2 of 4 failed: clips/b.mp4, gone.mp4"
    assert len(mixer.asked) == 1


def test_notes(run: Any, clip: Path, mixer: Loaded) -> None:
    assert "some are left out" in run("interpolate", clip, "--fps", 10).err
    assert len(times(Path("clip.10fps.mp4"))) == 5
    assert "25 frames per second already: none are made" in run("interpolate", clip, "--fps", 25).err
    assert mixer.calls == [[pytest.approx(0.5)]] * 2
    make_film(Path("one.mp4"), frames=1)
    one = run("interpolate", "one.mp4")
    assert (one.code, "it has one frame" in one.err) == (0, True)
    assert len(times(Path("one.2x.mp4"))) == 2
    assert "gif holds no sound" in run("interpolate", clip, "-o", "clip.gif").err
    assert "12 frames in, 24 out: 11 made, 12 real" in run("interpolate", clip, "-v").err


def test_damage_is_reported_a_few_times_only(run: Any, desk: Any, mixer: Loaded) -> None:
    film = make_film(Path("bad.mp4"), frames=60, options={"bf": "0", "g": "1"})
    with av.open(str(film)) as container:
        found = [packet for packet in container.demux(video=0) if packet.size]
    data = bytearray(film.read_bytes())
    for packet in found[1:41:2]:
        data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    film.write_bytes(data)
    done = run("interpolate", "bad.mp4", "--json")
    notes = json.loads(done.out)["notes"]
    assert notes[0].startswith("00:00:00.040: damaged frame made anew from its neighbours")
    assert (len(notes), notes[-1]) == (13, "… and 8 more of the kind; -v shows all")
    assert json.loads(done.out)["counts"]["damaged"] == 20
    assert len(times(Path("bad.2x.mp4"))) == 120


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "no clip given"),
        (["gone.mp4"], 2, "gone.mp4: no such file"),
        (["photo.mp4"], 3, "photo.mp4: is a still picture (PNG), not a video"),
        (["sound.mp4"], 3, "sound.mp4: has no video stream, only sound"),
        (["empty.mp4"], 3, "empty.mp4: is empty (0 bytes)"),
        (["text.mp4"], 3, "text.mp4: is not a video"),
        (["clip.mp4", "--fps", "0"], 2, "a frame rate of 0 is out of range"),
        (["clip.mp4", "--fps", "-3"], 2, "no frame rate"),
        (["clip.mp4", "--fps", "2000"], 2, "out of range"),
        (["clip.mp4", "--factor", "3", "--slow", "2"], 2, "exclude each other"),
        (["clip.mp4", "--factor", "1"], 2, "above 1"),
        (["clip.mp4", "--factor", "60"], 2, "smaller factor"),
        (["clip.mp4", "--cuts", "3"], 2, "cut threshold of 3"),
        (["clip.mp4", "--codec", "rv40"], 2, "rv40"),
        (["clip.mp4", "--crf", "80"], 2, "crf of 80"),
        (["clip.mp4", "--preset", "warp"], 2, "no preset 'warp'"),
        (["clip.mp4", "-o", "clip.mp4"], 2, "overwrite an input"),
        (["clip.mp4", "-o", "new.png"], 2, "does not say which video"),
        (["clip.mp4", "-o", "there.mp4"], 2, "there.mp4: exists already"),
        (["clip.mp4", "-o", "-"], 2, "cannot go to stdout"),
        (["clip.mp4", "-o", "nowhere/a.mp4"], 5, "no such folder"),
        (["clip.mp4", "-o", "out.webm", "--codec", "h264"], 2, "webm does not hold h264"),
        (["clip.mp4", "--rate", "12"], 2, "--rate is for folders"),
        (["-"], 2, "not from stdin"),
        (["folder"], 2, "folder: numbered pictures do not say how fast"),
        (["clip.mp4", "--compare", "x.gif"], 2, "--compare x.gif: is no video"),
        (["clip.mp4", "--preview", "x.pdf"], 2, "x.pdf"),
        (["clip.mp4", "--preview", "clip.2x.mp4"], 2, "clip.2x.mp4"),
        (["clip.mp4", "-n", "3"], 2, "exclude each other"),
        (["--between", "photo.png", "mask.png", "--fps", "60"], 2, "exclude each other"),
        (["clip.mp4", "--between", "photo.png", "mask.png"], 2, "exclude each other"),
        (["clip.mp4", "--max-memory", "lots"], 2, "--max-memory lots"),
    ],
)
def test_refusals(run: Any, desk: Any, clip: Path, mixer: Loaded, words: list[str], code: int, message: str) -> None:
    Path("photo.mp4").write_bytes(Path("photo.png").read_bytes())
    Path("sound.mp4").write_bytes(sound_only())
    Path("empty.mp4").touch()
    Path("text.mp4").write_text("Once upon a time")
    Path("there.mp4").touch()
    desk.save_picture("folder/001.png")
    before = desk.names()
    done = run("interpolate", *words)
    assert (done.code, done.out) == (code, "")
    assert message in done.error
    assert desk.names() == before
    assert mixer.asked == []


def sound_only() -> bytes:
    """An MP4 file without pictures."""
    path = Path("talk.mp4")
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("aac", rate=48000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    data = path.read_bytes()
    path.unlink()
    return data


def test_without_weights_nothing_is_written(run: Any, desk: Any, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "manifest", lambda: {"models": {"inpaint": {}}})
    before = desk.names()
    done = run("interpolate", clip)
    assert (done.code, done.out) == (4, "")
    assert "no weights 'interpolate': released are inpaint" in done.error
    assert desk.names() == before


def test_a_dry_run_writes_nothing(run: Any, desk: Any, clip: Path, mixer: Loaded) -> None:
    before = desk.names()
    done = run("interpolate", clip, "--fps", "59.94", "--dry-run")
    assert (done.code, done.out) == (0, "clip.mp4 -> clip.59.94fps.mp4\n")
    between = run("interpolate", "--between", "photo.png", "mask.png", "-n", 2, "--dry-run")
    assert between.out.splitlines()[1] == "photo.png and mask.png -> photo.between2.png"
    assert desk.names() == before


def test_ctrl_c_says_how_to_go_on(run: Any, desk: Any, clip: Path, mixer: Loaded, short: None) -> None:
    assert run("interpolate", clip, "-o", "whole.mp4").code == 0
    mixer.calls.clear()
    mixer.failure, mixer.fails_at = KeyboardInterrupt(), 9
    done = run("interpolate", clip)
    assert (done.code, done.out) == (130, "")
    assert "the first 16 frames of clip.2x.mp4 are kept: the same command with --resume goes on" in done.error
    mixer.failure = None
    mixer.calls.clear()
    resumed = run("interpolate", clip, "--resume", "--json")
    record = json.loads(resumed.out)
    assert (record["resumed"], record["frames_out"], record["counts"]["made"], record["notes"]) == (16, 24, 11, [])
    assert len(mixer.calls) == 3
    assert packets(Path("clip.2x.mp4"), "video") == packets(Path("whole.mp4"), "video")
    assert made_of(desk) == {"clip.mp4", "clip.2x.mp4", "whole.mp4"}
    again = run("interpolate", clip, "--resume")
    assert (again.code, again.out) == (0, ""), "done already"


def test_without_resume_a_run_starts_anew(run: Any, desk: Any, clip: Path, mixer: Loaded, short: None) -> None:
    mixer.failure, mixer.fails_at = OutputError("clip.2x.mp4: cannot be written: no space left"), 9
    done = run("interpolate", clip)
    assert done.code == 5
    assert "no space left; 16 finished frames are kept, --resume goes on with them" in done.error
    mixer.failure = None
    anew = run("interpolate", clip)
    assert anew.code == 0
    assert "16 frames of an earlier run are thrown away; --resume would keep them" in anew.err
    assert made_of(desk) == {"clip.mp4", "clip.2x.mp4"}


def test_ctrl_c_at_the_beginning_leaves_nothing(run: Any, desk: Any, clip: Path, mixer: Loaded) -> None:
    mixer.failure = KeyboardInterrupt()
    done = run("interpolate", clip)
    assert (done.code, "nothing half-written was left" in done.error) == (130, True)
    assert made_of(desk) == {"clip.mp4"}
