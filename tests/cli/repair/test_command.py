"""`restore repair` from its words to its files, with stand-ins for the networks."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restore.errors import WeightsError


def test_default_name_and_untouched_pixels(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    done = run("repair", "photo.png")
    assert (done.code, done.out, done.err) == (0, "photo.repaired.png\n", "")
    assert np.array_equal(desk.read("photo.repaired.png"), scans.repaired(painter))
    assert (seer.loads, painter.loads) == ([("repair", "auto")], [("inpaint", "auto")])


def test_options_reach_the_pipeline(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    words = ["--fill", "smooth", "--detail", "0.25", "--seed", "7", "--max-memory", "2GB", "--dilate", "0"]
    words += ["--device", "cuda:1", "--weights", "own.safetensors", "--fill-weights", "other"]
    assert run("repair", *words, "photo.png").code == 0
    asked = painter.asked[0]
    assert (asked.fill, asked.detail, asked.seed, asked.max_memory) == ("smooth", 0.25, 7, 2_000_000_000)
    assert (seer.loads, painter.loads) == ([("own.safetensors", "cuda:1")], [("other", "cuda:1")])
    assert np.array_equal(desk.read("photo.repaired.png"), scans.repaired(painter, radius=0))


@pytest.mark.parametrize(("certainty", "sensitivity", "found"), [(0.4, 0.5, False), (0.4, 0.8, True), (0.9, 0, False)])
def test_sensitivity(
    run: Any, desk: Any, scans: Any, seer: Any, certainty: float, sensitivity: float, found: bool
) -> None:
    seer.certainty = certainty
    assert run("repair", "photo.png", "--sensitivity", sensitivity).code == 0
    assert np.array_equal(desk.read("photo.repaired.png"), scans.pixels()) is not found


@pytest.mark.parametrize(("kinds", "line", "speck"), [("lines", True, False), ("spots, areas", False, True)])
def test_kinds(run: Any, desk: Any, scans: Any, seer: Any, painter: Any, kinds: str, line: bool, speck: bool) -> None:
    assert run("repair", "photo.png", "--kinds", kinds).code == 0
    assert np.array_equal(desk.read("photo.repaired.png"), scans.repaired(painter, line=line, speck=speck))


def test_nothing_found_is_one_line_and_the_same_pixels(run: Any, desk: Any, seer: Any, painter: Any) -> None:
    done = run("repair", "photo.png")
    assert (done.code, done.out) == (0, "photo.repaired.png\n")
    assert done.err == "restore: note: no damage found; every pixel stays as it is\n"
    assert np.array_equal(desk.read("photo.repaired.png"), desk.pixels())
    assert painter.asked == []
    desk.save_picture("b.png", 1)
    several = run("repair", "photo.png", "b.png", "--force")
    assert "b.png: no damage found; every pixel stays as it is" in several.err


def test_deep_and_transparent_pixels_stay_to_the_bit(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    import imagecodecs

    deep = np.random.default_rng(0).integers(0, 65535, (30, 40, 4), dtype=np.uint16)
    deep[8, 5:25, :3] = deep[20:22, 30:32, :3] = 65535
    deep[:5, :5, 3] = 0
    deep[20:22, 30, 3] = 0
    Path("deep.png").write_bytes(imagecodecs.png_encode(deep))
    assert run("repair", "deep.png").code == 0
    made = imagecodecs.png_decode(Path("deep.repaired.png").read_bytes())
    hole = scans.hole() & (deep[..., 3] > 0)
    assert made.dtype == np.uint16
    assert np.array_equal(made[~hole], deep[~hole])
    assert np.array_equal(made[..., 3], deep[..., 3])
    assert (made[hole][:, :3] == np.array(painter.colour) * 257).all()


def test_metadata_is_kept_and_stripped(run: Any, desk: Any, scans: Any, seer: Any) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a summer day"
    Image.fromarray(scans.pixels()).save("turned.png", exif=exif)
    assert run("repair", "turned.png", "--preview", "look.png").code == 0
    with Image.open("turned.repaired.png") as made:
        assert (made.getexif()[0x0112], made.getexif()[0x010E], made.size) == (6, "a summer day", (40, 30))
        assert np.array_equal(np.asarray(made)[~scans.hole()], scans.pixels()[~scans.hole()])
    assert run("repair", "turned.png", "--strip", "all", "--force").code == 0
    with Image.open("turned.repaired.png") as bare:
        assert 0x010E not in bare.getexif()


def test_a_folder_and_a_second_run(run: Any, scans: Any, seer: Any, painter: Any) -> None:
    for seed, name in enumerate(("a.bmp", "b.png", "c.tif")):
        scans.save(f"photos/{name}", seed)
    done = run("repair", "photos", "--mask-out", "masks/")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["photos/a.repaired.bmp", "photos/b.repaired.png", "photos/c.repaired.tif"]
    assert sorted(path.name for path in Path("masks").iterdir()) == ["a.mask.png", "b.mask.png", "c.mask.png"]
    assert (len(seer.loads), len(painter.loads)) == (1, 1)
    again = run("repair", "photos", "--skip-existing", "--mask-out", "masks/")
    assert (again.code, again.out) == (0, "")
    assert "3 of 3 skipped" in again.err
    assert run("repair", "photos").code == 2


def test_a_folder_leaves_out_what_any_command_made_of_a_picture_in_it(run: Any, scans: Any, seer: Any) -> None:
    for name in ("a.png", "a.inpainted.png", "a.extended.2.png", "a.repaired.png", "b.extended.png"):
        scans.save(f"photos/{name}")
    assert run("repair", "photos", "-o", "out/").out.splitlines() == [
        "out/a.repaired.png",
        "out/b.extended.repaired.png",
    ]


def test_frames_give_the_same_whatever_their_order(run: Any, desk: Any, scans: Any, seer: Any) -> None:
    frames = [f"film/{number}.png" for number in range(3)]
    for seed, name in enumerate(frames):
        scans.save(name, seed)
    assert run("repair", *frames, "-o", "forward/").code == 0
    assert run("repair", *reversed(frames), "-o", "backward/").code == 0
    for number in range(3):
        name = f"{number}.repaired.png"
        assert np.array_equal(desk.read(f"forward/{name}"), desk.read(f"backward/{name}"))


def test_pipes(run: Any, scans: Any, seer: Any, painter: Any) -> None:
    done = run("repair", "-", stdin=Path("photo.png").read_bytes())
    assert (done.code, done.err) == (0, "")
    with Image.open(io.BytesIO(done.data)) as made:
        assert np.array_equal(np.asarray(made), scans.repaired(painter))


def test_json_says_what_was_found(run: Any, scans: Any, seer: Any) -> None:
    record = json.loads(run("repair", "photo.png", "--json").out)
    line, speck = scans.hole(speck=False), scans.hole(line=False)
    assert (record["input"], record["output"], record["mask_out"]) == ("photo.png", "photo.repaired.png", None)
    assert (record["width"], record["height"], record["depth"], record["status"]) == (40, 30, 8, "done")
    assert record["lines"] == pytest.approx(line.mean(), abs=1e-6)
    assert record["spots"] == pytest.approx(speck.mean(), abs=1e-6)
    assert record["areas"] == 0
    assert record["found"] == pytest.approx((line | speck).mean(), abs=1e-6)
    assert (record["hole"], record["device"], record["notes"]) == (record["found"], "cpu", [])


def test_dry_run_writes_and_loads_nothing(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    before = desk.names()
    done = run("repair", "photo.png", "--mask-out", "m.png", "--preview", "look.png", "--dry-run")
    assert (done.code, done.out) == (0, "photo.png -> photo.repaired.png and m.png and look.png\n")
    found = run("repair", "photo.png", "--find-only", "--dry-run")
    assert found.out == "photo.png -> photo.mask.png\n"
    assert (desk.names(), seer.loads, painter.loads) == (before, [], [])


def test_preview_shows_what_was_found_in_colour(run: Any, desk: Any, scans: Any, seer: Any) -> None:
    assert run("repair", "photo.png", "--preview", "look.png").code == 0
    sheet = desk.read("look.png")
    gap = (sheet.shape[1] - 120) // 2
    before, found, after = (sheet[:, left : left + 40] for left in (0, 40 + gap, 2 * (40 + gap)))
    assert np.array_equal(before, scans.pixels())
    assert np.array_equal((found != before).any(axis=2), scans.hole())
    line, speck = found[8, 15].astype(int), found[20, 30].astype(int)
    assert line[0] > 230
    assert max(line[1], line[2]) < 120  # red
    assert min(speck[0], speck[1]) > 200
    assert speck[2] < 120  # yellow
    assert np.array_equal(after, desk.read("photo.repaired.png"))


def test_a_thin_line_is_seen_in_the_preview_of_a_large_picture(run: Any, desk: Any, seer: Any) -> None:
    picture = np.zeros((20, 8000, 3), np.uint8)
    picture[:, 4001] = 255
    Image.fromarray(picture).save("wide.png")
    assert run("repair", "wide.png", "--preview", "look.png", "--dilate", "0").code == 0
    found = desk.read("look.png")[:, 1600:3216]
    assert (found[..., 0] > 180).any(axis=1).all()


def test_variants(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    done = run("repair", "photo.png", "--variants", "2")
    assert done.out.split() == ["photo.repaired.1.png", "photo.repaired.2.png"]
    assert np.array_equal(desk.read("photo.repaired.1.png"), scans.repaired(painter))


def test_an_old_result_is_kept_unless_forced(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    Path("photo.repaired.png").write_text("old")
    refused = run("repair", "photo.png")
    assert refused.code == 2
    assert "--force" in refused.error
    assert run("repair", "photo.png", "--skip-existing").code == 0
    assert Path("photo.repaired.png").read_text() == "old"
    painter.failure = KeyboardInterrupt()
    assert run("repair", "photo.png", "--force").code == 130
    assert Path("photo.repaired.png").read_text() == "old"
    painter.failure = None
    assert run("repair", "photo.png", "--force").code == 0
    assert np.array_equal(desk.read("photo.repaired.png"), scans.repaired(painter))


@pytest.mark.parametrize("place", ["repair.finder.load_finder", "inpaint.inpainter.load_inpainter"])
def test_loading_fails(run: Any, scans: Any, seer: Any, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise WeightsError("no such weights; reinstall")

    monkeypatch.setattr(f"restore.pipelines.{place}", refuse)
    scans.save("b.png")
    for words in (["photo.png"], ["photo.png", "b.png"]):
        done = run("repair", *words)
        assert (done.code, done.error) == (4, "restore: error: no such weights; reinstall")


def test_weights_that_are_not_there(run: Any, scans: Any) -> None:
    done = run("repair", "photo.png", "--weights", "nowhere.safetensors")
    assert done.code == 4
    assert "nowhere.safetensors" in done.error


def test_a_bad_input_is_reported_before_a_network_loads(run: Any, desk: Any, scans: Any, seer: Any) -> None:
    Path("text.png").write_text("This is no picture.\n" * 20)
    Path("cut.png").write_bytes(desk.image.read_bytes()[:500])
    for words in (
        ["text.png"],
        ["cut.png"],
        ["photo.png", "--protect", "text.png"],
        ["photo.png", "--also", "cut.png"],
    ):
        done = run("repair", *words)
        assert done.code == 3
        assert words[-1] in done.error
    assert seer.loads == []


def test_one_bad_input_does_not_stop_the_others(run: Any, scans: Any, seer: Any) -> None:
    Path("text.png").write_text("no picture")
    done = run("repair", "text.png", "photo.png", "gone.png")
    assert (done.code, done.out) == (1, "photo.repaired.png\n")
    assert done.err.splitlines()[-1] == "restore: 2 of 3 failed: text.png, gone.png"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "no pictures given"),
        ([""], 2, "an empty name for pictures was given"),
        (["gone.png"], 2, "gone.png: no such file"),
        (["photo.png", "-o", "photo.png", "--force"], 2, "overwrite an input"),
        (["photo.png", "-o", "nowhere/x.png"], 5, "no such folder"),
        (["photo.png", "-o", "x.docx"], 2, "x.docx"),
        (["photo.png", "-o", "x.png", "--mask-out", "x.png"], 2, "both be written to x.png"),
        (["photo.png", "--preview", "x.png", "--mask-out", "x.png"], 2, "both be written to x.png"),
        (["photo.png", "--mask-out", "m.jpg"], 2, "a mask needs a format that keeps every pixel"),
        (["photo.png", "--mask-out", "-"], 2, "stdout takes the mask only with --find-only"),
        (["photo.png", "--find-only", "-o", "x.png"], 2, "name the mask with --mask-out"),
        (["photo.png", "--find-only", "--variants", "2"], 2, "--variants"),
        (["photo.png", "--find-only", "--mask-out", "photo.png", "--force"], 2, "overwrite an input"),
        (["photo.png", "--find-only", "--mask-out", "m.jpg"], 2, "a mask needs a format"),
        (["photo.png", "--find-only", "--mask-out", "nowhere/m.png"], 5, "choose another with --mask-out"),
        (["photo.png", "-o", "-", "--json"], 2, "--json"),
        (["photo.png", "--sensitivity", "2"], 2, "--sensitivity"),
        (["photo.png", "--kinds", "lines,dust"], 2, "kind 'dust' is unknown: choose from lines, spots, areas"),
        (["photo.png", "--kinds", ","], 2, "no kind is named"),
        (["photo.png", "--fill", "fog"], 2, "fill 'fog' is unknown"),
        (["photo.png", "--dilate", "2000"], 2, "dilate 2000 is out of range"),
        (["photo.png", "--protect", "gone.png"], 2, "--protect gone.png: no such file"),
        (["photo.png", "--also", "."], 2, "--also .: is a folder; give one mask"),
        (["-", "--also", "-"], 2, "- is stdin and can be read once"),
        (["photo.png", "--max-pixels", "1000"], 3, "pixel"),
    ],
)
def test_refusals(run: Any, desk: Any, scans: Any, seer: Any, words: list[str], code: int, message: str) -> None:
    before = desk.names()
    done = run("repair", *words)
    assert done.code == code
    assert message in done.error
    assert done.out == ""
    assert (desk.names(), seer.loads) == (before, [])


def test_a_picture_marked_all_over_is_refused(run: Any, desk: Any, seer: Any) -> None:
    Image.new("RGB", (40, 30), "white").save("white.png")
    done = run("repair", "white.png")
    assert done.code == 2
    assert "white.png: the whole picture is marked" in done.error
    assert "white.repaired.png" not in desk.names()
