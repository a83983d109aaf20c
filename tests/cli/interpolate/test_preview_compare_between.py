"""`restore interpolate --preview`, `--compare` and `--between`: what is there to look at; the network is a mean."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from restore.cli.console import Meter
from restore.images.reading import read_picture
from tests.support.models.listed_videos import Loaded
from tests.support.moving_clips import panning, write_clip
from tests.support.video_clips import Sound, decoded, make_film, times


@pytest.fixture
def clip(desk: Any) -> Path:
    """`clip.mp4`: 12 frames at 25 per second, with sound."""
    return make_film(Path("clip.mp4"), frames=12, sounds=[Sound(seconds=Fraction(12, 25))])


def test_preview_and_comparison(
    run: Any, desk: Any, clip: Path, mixer: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[float, float | None]] = []
    monkeypatch.setattr(Meter, "update", lambda _, done, total, label="": shown.append((done, total)))
    done = run("interpolate", clip, "--slow", 4, "--preview", "look.png", "--compare", "both.mp4")
    assert (done.code, done.out) == (0, "clip.slow4x.mp4\n"), done.err
    sheet = read_picture("look.png")
    assert (sheet.width, sheet.height) == (5 * 72 + 8, 4 * 78 + 8)
    found = decoded(Path("both.mp4"))
    assert audio(Path("both.mp4")) == [], "slow motion has no sound unless it is stretched"
    assert {path.name for path in Path().iterdir() if path.name.startswith(".")} == set(), "no segments are left"
    assert shown[-len(found) :] == [(index + 1, len(found)) for index in range(len(found))]
    assert [frame.pts * frame.time_base for frame in found] == times(Path("clip.slow4x.mp4"))
    sources = [frame.to_ndarray(format="rgb24").astype(int) for frame in decoded(clip)]
    made = [frame.to_ndarray(format="rgb24").astype(int) for frame in decoded(Path("clip.slow4x.mp4"))]
    for index, frame in enumerate(found):
        both = frame.to_ndarray(format="rgb24").astype(int)
        assert both.shape == (48, 132, 3)
        assert np.abs(both[:, :64] - sources[index // 4]).mean() < 6
        assert np.abs(both[:, 68:] - made[index]).mean() < 6


def test_a_comparison_sounds_as_the_clip_does(run: Any, desk: Any, clip: Path, mixer: Loaded) -> None:
    done = run("interpolate", clip, "--compare", "both.mp4")
    assert done.code == 0, done.err
    assert audio(Path("both.mp4")) == audio(Path("clip.2x.mp4")) != []


def audio(path: Path) -> list[tuple[int | None, bytes]]:
    """Times and bytes of the packets of a file's sound."""
    with av.open(path) as container:
        return [(packet.pts, bytes(packet)) for stream in container.streams.audio for packet in container.demux(stream)]


def test_between_two_pictures(run: Any, desk: Any, mixer: Loaded) -> None:
    first = np.zeros((30, 40, 4), np.uint8)
    first[..., 3] = 255
    Image.fromarray(first).save("a.png", dpi=(300, 300))
    Image.fromarray(np.full((30, 40, 3), 200, np.uint8)).save("b.jpg", quality=100)
    done = run("interpolate", "--between", "a.png", "b.jpg", "-n", 3)
    assert (done.code, done.out.split()) == (0, [f"a.between{step}.png" for step in (1, 2, 3)]), done.err
    middle = read_picture("a.between2.png")
    assert middle.alpha is not None
    assert (int(middle.colour[0, 0, 0]), int(middle.alpha[0, 0])) == (100, 255)
    assert middle.metadata.dpi == pytest.approx((300, 300), rel=1e-3)
    assert mixer.calls == [[0.25, 0.5, 0.75]]
    again = run("interpolate", "--between", "a.png", "b.jpg", "-n", 3)
    assert (again.code, "exists already" in again.error) == (2, True)
    skipped = run("interpolate", "--between", "a.png", "b.jpg", "-n", 3, "--skip-existing")
    assert (skipped.code, skipped.out) == (0, "")
    record = json.loads(run("interpolate", "--between", "a.png", "b.jpg", "-o", "new", "--json").out)
    assert (record["output"], record["second"], record["status"]) == (["new/a.between1.png"], "b.jpg", "done")


def test_between_pictures_of_16_bits_as_a_clip(run: Any, desk: Any, mixer: Loaded) -> None:
    import imagecodecs

    for name, level in (("a", 1000), ("b", 1300)):
        Path(f"{name}.png").write_bytes(imagecodecs.png_encode(np.full((32, 32, 3), level, np.uint16)))
    assert run("interpolate", "--between", "a.png", "b.png").out == "a.between1.png\n"
    made = read_picture("a.between1.png")
    assert (made.depth, int(made.colour[0, 0, 0])) == (16, 1150)
    done = run("interpolate", "--between", "a.png", "b.png", "-n", 4, "-o", "a.mkv", "--codec", "ffv1", "--rate", 12)
    assert (done.code, done.out) == (0, "a.mkv\n"), done.err
    found = decoded(Path("a.mkv"))
    assert len(found) == 6
    assert found[0].format.components[0].bits == 16
    desk.save_picture("c.png")
    unfit = run("interpolate", "--between", "a.png", "c.png", "-o", "x.png")
    assert (unfit.code, "must be of one size" in unfit.error) == (2, True)
    many = run("interpolate", "--between", "a.png", "b.png", "-n", 2, "-o", "x.png")
    assert (many.code, "one picture for 2 frames" in many.error) == (2, True)


def test_cuts_and_repeats_in_real_pictures(run: Any, desk: Any, mixer: Loaded) -> None:
    shots = [np.ascontiguousarray(frame) for frame in [*panning(5, 1), *panning(5, 2)]]
    write_clip(Path("cut.mkv"), shots)
    done = run("interpolate", "cut.mkv", "--json")
    counts = json.loads(done.out)["counts"]
    assert (counts["scene_cuts"], counts["cut"], counts["made"]) == (1, 1, 8)
    frames = [frame.to_ndarray(format="rgb24") for frame in decoded(Path("cut.2x.mkv"))]
    assert any(np.array_equal(frames[9], each) for each in shots[4:6])
    never = json.loads(run("interpolate", "cut.mkv", "--cuts", "0", "--force", "--json").out)["counts"]
    assert (never["scene_cuts"], never["made"]) == (0, 9)

    write_clip(Path("twos.mkv"), [frame for frame in panning(6) for _ in range(2)])
    kept = json.loads(run("interpolate", "twos.mkv", "--json").out)["counts"]
    assert (kept["real"], kept["still"], kept["made"]) == (12, 6, 5)
    mixer.calls.clear()
    dropped = json.loads(run("interpolate", "twos.mkv", "--drop-duplicates", "--force", "--json").out)
    assert (dropped["frames_out"], dropped["counts"]["real"], dropped["counts"]["made"]) == (24, 7, 15)
    assert mixer.calls == [[0.25, 0.5, 0.75]] * 5
