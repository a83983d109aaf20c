"""`restore inpaint` from its words to its files, with a stand-in for the network."""

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restore.errors import UsageError, WeightsError


def read(path: Path) -> Any:
    with Image.open(path) as picture:
        return np.asarray(picture)


def expected(desk: Any, painter: Any, seed: int = 0, grown: int = 1) -> Any:
    picture = desk.pixels(seed)
    picture[desk.hole(grown)] = painter.colour
    return picture


def test_default_name_and_untouched_pixels(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png")
    assert (done.code, done.out, done.err) == (0, "photo.inpainted.png\n", "")
    assert np.array_equal(read(desk.folder / "photo.inpainted.png"), expected(desk, painter))
    assert painter.loads == [("inpaint", "auto")]


def test_options_reach_the_pipeline(run: Any, desk: Any, painter: Any) -> None:
    words = ["--threshold", "25", "--invert", "--dilate", "0", "--feather", "3", "--detail", "0.25", "--exemplar"]
    words += ["--seed", "7", "--max-memory", "2GB", "--device", "cuda:1", "--weights", "own.safetensors"]
    done = run("inpaint", *words, "photo.png", "mask.png")
    assert done.code == 0
    asked = painter.asked[0]
    assert (asked.threshold, asked.invert, asked.dilate, asked.feather) == (0.25, True, 0, 3)
    assert (asked.detail, asked.exemplar, asked.max_memory, asked.seed) == (0.25, True, 2_000_000_000, 7)
    assert painter.loads == [("own.safetensors", "cuda:1")]
    assert np.array_equal(read(Path("photo.inpainted.png"))[desk.hole(0)], desk.pixels()[desk.hole(0)])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("p.jpg", "p.inpainted.png"),
        ("p.webp", "p.inpainted.png"),
        ("p.tif", "p.inpainted.tif"),
        ("p.bmp", "p.inpainted.bmp"),
        ("P.PNG", "P.inpainted.PNG"),
    ],
)
def test_a_lossy_input_gives_png(run: Any, desk: Any, painter: Any, name: str, made: str) -> None:
    desk.save_picture(name)
    done = run("inpaint", name, "mask.png")
    assert (done.code, done.out, done.err) == (0, f"{made}\n", "")
    outside = ~desk.hole()
    assert np.array_equal(read(Path(made))[outside], read(Path(name))[outside])


def test_jpeg_output_says_once_that_it_encodes_again(run: Any, desk: Any, painter: Any) -> None:
    desk.save_picture("b.png", 1)
    done = run("inpaint", "photo.png", "mask.png", "-o", "x.jpg")
    assert done.code == 0
    assert len([line for line in done.err.splitlines() if line.startswith("restore: note: ")]) == 1
    assert "JPEG" in done.err
    with Image.open("x.jpg") as made:
        assert made.format == "JPEG"


def test_sixteen_bit_into_eight_says_so(run: Any, desk: Any, painter: Any) -> None:
    import imagecodecs

    Path("deep.png").write_bytes(imagecodecs.png_encode(desk.pixels().astype(np.uint16) * 257))
    quiet = run("inpaint", "deep.png", "mask.png")
    assert (quiet.code, quiet.err) == (0, "")
    deep = imagecodecs.png_decode(Path("deep.inpainted.png").read_bytes())
    assert deep.dtype == np.uint16
    told = run("inpaint", "deep.png", "mask.png", "-o", "deep.jpg")
    assert told.code == 0
    assert "16" in told.err
    assert "8" in told.err


def test_folder_output_is_made(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png", "-o", "a/b/")
    assert (done.code, done.out) == (0, "a/b/photo.inpainted.png\n")
    assert Path("a/b/photo.inpainted.png").is_file()


def test_mask_from_colour(run: Any, desk: Any, painter: Any) -> None:
    marked = desk.pixels()
    marked[desk.hole(0)] = (250, 3, 255)
    Image.fromarray(marked).save("marked.png")
    assert run("inpaint", "--mask-from", "ff00ff~5", "marked.png", "--dilate", 0).code == 0
    assert np.array_equal(read(Path("marked.inpainted.png")), expected(desk, painter, grown=0))


def test_mask_from_alpha_makes_the_hole_visible(run: Any, desk: Any, painter: Any) -> None:
    alpha = np.where(desk.hole(0), 0, 200).astype(np.uint8)
    Image.fromarray(np.dstack([desk.pixels(), alpha])).save("cut.png")
    assert run("inpaint", "--mask-from", "alpha", "cut.png", "--dilate", 0).code == 0
    made = read(Path("cut.inpainted.png"))
    assert np.array_equal(made[..., :3], expected(desk, painter, grown=0))
    assert np.array_equal(made[..., 3], np.where(desk.hole(0), 255, 200))


def test_an_empty_mask_gets_one_line_and_needs_no_weights(run: Any, desk: Any, painter: Any) -> None:
    Image.new("L", desk.size, 0).save("mask.png")
    done = run("inpaint", "photo.png", "mask.png")
    assert done.code == 0
    assert done.err.splitlines() == ["restore: note: the mask marks nothing to fill; the picture is written as it is"]
    assert painter.loads == []
    assert np.array_equal(read(Path("photo.inpainted.png")), desk.pixels())


def test_a_full_mask_gets_one_line(run: Any, desk: Any) -> None:
    Image.new("L", desk.size, 255).save("mask.png")
    done = run("inpaint", "photo.png", "mask.png")
    assert done.code in {2, 4}
    assert done.error.count("\n") == 0
    assert desk.names() == {"photo.png", "mask.png"}


@pytest.mark.parametrize(
    ("failure", "code"),
    [(WeightsError("no weights named inpaint; reinstall"), 4), (UsageError("no CUDA here; use --device cpu"), 2)],
)
def test_loading_fails(run: Any, desk: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("restore.pipelines.inpaint.inpainter.load", refuse)
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
def test_a_bad_input_is_told_before_the_network_loads(run: Any, desk: Any, painter: Any, name: str) -> None:
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
    ("words", "code", "said"),
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
        (["photo.png", "mask.png", "--strip", "some"], 2, "--strip"),
        (["photo.png", "mask.png", "--sharpen"], 2, "--sharpen"),
        (["--mask-from", "pink", "photo.png"], 2, "pink"),
        (["--mask-from", "alpha", "photo.png"], 2, "no alpha channel"),
    ],
)
def test_refusals(run: Any, desk: Any, painter: Any, words: list[str], code: int, said: str) -> None:
    before = desk.names()
    done = run("inpaint", *words)
    assert done.code == code
    assert said in done.error
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
    assert np.array_equal(read(old), expected(desk, painter))


def test_an_interruption_leaves_the_old_file(run: Any, desk: Any, painter: Any) -> None:
    old = desk.folder / "photo.inpainted.png"
    old.write_text("old")
    painter.failure = KeyboardInterrupt()
    done = run("inpaint", "photo.png", "mask.png", "--force")
    assert done.code == 130
    assert done.error == "restore: error: interrupted; nothing half-written was left"
    assert old.read_text() == "old"
    assert desk.names() == {"photo.png", "mask.png", "photo.inpainted.png"}


def test_pipes(run: Any, desk: Any, painter: Any) -> None:
    for words in (["-", "mask.png"], ["-", "mask.png", "-o", "-"]):
        done = run("inpaint", *words, stdin=desk.image.read_bytes())
        assert (done.code, done.err) == (0, "")
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(done.data))), expected(desk, painter))
    piped_mask = run("inpaint", "photo.png", "-", stdin=desk.mask.read_bytes())
    assert (piped_mask.code, piped_mask.out) == (0, "photo.inpainted.png\n")
    assert run("inpaint", "--mask", "-", "photo.png", "-o", "y.png", stdin=desk.mask.read_bytes()).code == 0
    assert np.array_equal(read(Path("y.png")), expected(desk, painter))


def test_one_mask_from_stdin_serves_several_pictures(run: Any, desk: Any, painter: Any) -> None:
    desk.save_picture("b.png", 1)
    done = run("inpaint", "--mask", "-", "photo.png", "b.png", stdin=desk.mask.read_bytes())
    assert (done.code, done.out) == (0, "photo.inpainted.png\nb.inpainted.png\n")
    assert np.array_equal(read(Path("b.inpainted.png")), expected(desk, painter, 1))


def test_nothing_on_stdin(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "-", "mask.png")
    assert done.code == 3
    assert "stdin" in done.error


def test_preview_shows_before_mask_and_after(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "photo.png", "mask.png", "--preview", "look.png", "--dilate", 0)
    assert done.code == 0
    sheet = read(Path("look.png"))
    width = desk.size[0]
    gap = (sheet.shape[1] - 3 * width) // 2
    assert sheet.shape == (30, 3 * width + 2 * gap, 3)
    before, mask, after = (sheet[:, left : left + width] for left in (0, width + gap, 2 * (width + gap)))
    assert np.array_equal(before, desk.pixels())
    assert np.array_equal(mask[..., 0] == 255, desk.hole(0))
    assert np.array_equal(after, expected(desk, painter, grown=0))


def test_a_large_preview_is_made_smaller(run: Any, desk: Any, painter: Any) -> None:
    Image.new("RGB", (4000, 100), "teal").save("wide.png")
    mask = Image.new("L", (4000, 100), 0)
    mask.paste(255, (0, 0, 2000, 100))
    mask.save("wide_mask.png")
    assert run("inpaint", "wide.png", "wide_mask.png", "--preview", "look.png").code == 0
    with Image.open("look.png") as sheet:
        assert sheet.width < 6000
        assert sheet.getpixel((5, 5)) == (0, 128, 128)


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


def test_strip_and_quality_reach_the_file(run: Any, desk: Any, painter: Any) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a summer day"
    Image.fromarray(desk.pixels()).save("told.jpg", exif=exif)
    assert run("inpaint", "told.jpg", "mask.png", "-o", "kept.jpg").code == 0
    assert run("inpaint", "told.jpg", "mask.png", "-o", "bare.jpg", "--strip", "all", "--quality", 10).code == 0
    with Image.open("kept.jpg") as kept, Image.open("bare.jpg") as bare:
        assert kept.getexif().get(0x010E) == "a summer day"
        assert dict(bare.getexif()) == {}
    assert Path("bare.jpg").stat().st_size < Path("kept.jpg").stat().st_size


def test_a_device_file_is_written_in_place(run: Any, desk: Any, painter: Any) -> None:
    assert run("inpaint", "photo.png", "mask.png", "-o", "/dev/null").code == 0
    full = run("inpaint", "photo.png", "mask.png", "-o", "/dev/full")
    assert full.code == 5
    assert "/dev/full" in full.error


def test_read_only_folder(run: Any, desk: Any, painter: Any) -> None:
    locked = desk.folder / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    if os.access(locked, os.W_OK):  # root may write everywhere
        locked = Path("/proc/self")
    done = run("inpaint", "photo.png", "mask.png", "-o", f"{locked}/x.png")
    assert done.code == 5
    assert str(locked) in done.error
