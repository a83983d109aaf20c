"""`restore inpaint` from its words to its files, with a stand-in for the network."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restore.errors import UsageError, WeightsError


def test_default_name_and_untouched_pixels(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png")
    assert (done.code, done.out, done.err) == (0, "photo.inpainted.png\n", "")
    assert np.array_equal(desk.read("photo.inpainted.png"), desk.painted(painter))
    assert painter.loads == [("inpaint", "auto")]


def test_options_reach_the_pipeline(run: Any, desk: Any, painter: Any) -> None:
    words = ["--threshold", "25", "--invert", "--dilate", "0", "--feather", "3", "--detail", "0.25", "--exemplar"]
    words += ["--seed", "7", "--max-memory", "2GB", "--device", "cuda:1", "--weights", "own.safetensors"]
    done = run("inpaint", *words, "photo.png", "mask.png")
    assert done.code == 0
    asked = painter.asked[0]
    assert (asked.threshold, asked.invert, asked.dilate, asked.feather) == (0.25, True, 0, 3)
    assert (asked.detail, asked.fill, asked.max_memory, asked.seed) == (0.25, "pieces", 2_000_000_000, 7)
    assert painter.loads == [("own.safetensors", "cuda:1")]
    assert np.array_equal(desk.read("photo.inpainted.png")[desk.hole(0)], desk.pixels()[desk.hole(0)])


def test_folder_output_is_made(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png", "-o", "a/b/")
    assert (done.code, done.out) == (0, "a/b/photo.inpainted.png\n")
    assert Path("a/b/photo.inpainted.png").is_file()


@pytest.mark.parametrize(
    ("failure", "code"),
    [(WeightsError("no weights named inpaint; reinstall"), 4), (UsageError("no CUDA here; use --device cpu"), 2)],
)
def test_loading_fails(run: Any, desk: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("restore.pipelines.inpaint.inpainter.load_inpainter", refuse)
    done = run("inpaint", "photo.png", "mask.png")
    assert done.code == code
    assert done.error == f"restore: error: {failure}"
    desk.save_picture("b.png")
    several = run("inpaint", "--mask", "mask.png", "photo.png", "b.png")
    assert several.code == code
    assert several.error == f"restore: error: {failure}"


def test_weights_that_are_not_there(run: Any, desk: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png", "--weights", "nowhere.safetensors")
    assert done.code == 4
    assert "nowhere.safetensors" in done.error


@pytest.mark.parametrize(
    "name", ["text.png", "nothing.png", "cut.png", "paper.pdf", "moving.gif"], ids=lambda name: name.partition(".")[0]
)
def test_a_bad_input_is_reported_before_the_network_loads(run: Any, desk: Any, painter: Any, name: str) -> None:
    Path("text.png").write_text("This is no picture.\n" * 20)
    Path("nothing.png").touch()
    Path("cut.png").write_bytes(desk.image.read_bytes()[:500])
    Path("paper.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"0" * 200)
    frames = [Image.new("RGB", desk.size, colour) for colour in ("red", "blue")]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    for words in ([name, "mask.png"], ["photo.png", name]):
        done = run("inpaint", *words)
        assert done.code == 3
        assert name in done.error
    assert painter.loads == []


def test_a_picture_over_the_limit(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png", "--max-pixels", "1000")
    assert done.code == 3
    assert "--max-pixels" in done.error or "max_pixels" in done.error or "pixel" in done.error


def test_sizes_that_differ(run: Any, desk: Any, painter: Any) -> None:
    Image.new("L", (41, 30), 255).save("mask.png")
    done = run("inpaint", "photo.png", "mask.png")
    assert done.code == 2
    assert "photo.png: the mask is 41x30 but the picture is 40x30" in done.error


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["photo.png"], 2, "no mask given"),
        (["photo.png", "mask.png", "-o", "photo.png", "--force"], 2, "overwrite an input"),
        (["photo.png", "mask.png", "-o", "mask.png", "--force"], 2, "overwrite an input"),
        (["photo.png", "mask.png", "-o", "nowhere/x.png"], 5, "no such folder"),
        (["photo.png", "mask.png", "-o", "x.docx"], 2, "x.docx"),
        (["photo.png", "mask.png", "-o", "x.png", "--preview", "x.png"], 2, "both be written to x.png"),
        (["photo.png", "mask.png", "--preview", "-"], 2, "--preview"),
        (["photo.png", "mask.png", "-o", "-", "--json"], 2, "--json"),
        (["photo.png", "mask.png", "--max-memory", "some"], 2, "2GB"),
        (["photo.png", "mask.png", "--threshold", "0"], 2, "threshold"),
        (["photo.png", "mask.png", "--detail", "2"], 2, "--detail"),
        (["photo.png", "mask.png", "--fill", "best"], 2, "auto, smooth, pieces"),
        (["photo.png", "mask.png", "--fill", "smooth", "--exemplar"], 2, "older name of --fill pieces"),
        (["photo.png", "mask.png", "--strip", "some"], 2, "--strip"),
        (["photo.png", "mask.png", "--sharpen"], 2, "--sharpen"),
        (["--mask-from", "pink", "photo.png"], 2, "pink"),
        (["--mask-from", "alpha", "photo.png"], 2, "no alpha channel"),
    ],
)
def test_refusals(run: Any, desk: Any, painter: Any, words: list[str], code: int, message: str) -> None:
    before = desk.names()
    done = run("inpaint", *words)
    assert done.code == code
    assert message in done.error
    assert done.out == ""
    assert (desk.names(), painter.loads) == (before, [])


def test_an_old_result_is_kept_unless_forced(run: Any, desk: Any, painter: Any) -> None:
    old = desk.folder / "photo.inpainted.png"
    old.write_text("old")
    refused = run("inpaint", "photo.png", "mask.png")
    assert refused.code == 2
    assert "--force" in refused.error
    skipped = run("inpaint", "photo.png", "mask.png", "--skip-existing")
    assert (skipped.code, skipped.out) == (0, "")
    assert old.read_text() == "old"
    assert painter.loads == []
    assert run("inpaint", "photo.png", "mask.png", "--force").code == 0
    assert np.array_equal(desk.read(old), desk.painted(painter))


def test_an_interruption_leaves_the_old_file(run: Any, desk: Any, painter: Any) -> None:
    old = desk.folder / "photo.inpainted.png"
    old.write_text("old")
    painter.failure = KeyboardInterrupt()
    done = run("inpaint", "photo.png", "mask.png", "--force")
    assert done.code == 130
    assert done.error == "restore: error: interrupted; nothing half-written was left"
    assert old.read_text() == "old"
    assert desk.names() == {"photo.png", "mask.png", "photo.inpainted.png"}


def test_dry_run_writes_and_loads_nothing(run: Any, desk: Any, painter: Any) -> None:
    before = desk.names()
    done = run("inpaint", "photo.png", "mask.png", "-o", "new/", "--preview", "look.png", "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert done.out == "photo.png with mask.png -> new/photo.inpainted.png and look.png\n"
    assert (desk.names(), painter.loads) == (before, [])
    assert not Path("new").exists()
    objects = run("inpaint", "photo.png", "mask.png", "--dry-run", "--json")
    assert json.loads(objects.out)["status"] == "would do"


def test_json_says_what_was_done(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png", "--json")
    record = json.loads(done.out)
    assert len(done.out.splitlines()) == 1
    assert record["input"] == "photo.png"
    assert record["mask"] == "mask.png"
    assert record["output"] == "photo.inpainted.png"
    assert (record["status"], record["width"], record["height"], record["depth"]) == ("done", 40, 30, 8)
    assert record["hole"] == pytest.approx(desk.hole().mean(), abs=1e-6)
    assert record["seconds"] >= 0
    assert (record["preview"], record["device"], record["notes"]) == (None, "cpu", [])


def test_json_of_a_failure(run: Any, desk: Any, painter: Any) -> None:
    Path("bad.png").write_text("no picture")
    done = run("inpaint", "bad.png", "mask.png", "--json")
    record = json.loads(done.out)
    assert done.code == 3
    assert (record["status"], record["exit_code"]) == ("failed", 3)
    assert done.error == f"restore: error: {record['error']}"


def test_quiet_and_verbose(run: Any, desk: Any, painter: Any) -> None:
    quiet = run("inpaint", "photo.png", "mask.png", "-o", "x.jpg", "-q")
    assert (quiet.code, quiet.out, quiet.err) == (0, "x.jpg\n", "")
    assert "on cpu" in run("inpaint", "photo.png", "mask.png", "-v").err


def test_traceback_only_when_asked(run: Any, desk: Any, painter: Any) -> None:
    Path("bad.png").write_text("no picture")
    assert "Traceback" not in run("inpaint", "bad.png", "mask.png", "-v").err
    assert "Traceback" in run("inpaint", "bad.png", "mask.png", "-vv").err
