"""`restore extend` from its words to its files, with a stand-in for the network."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


def test_the_picture_stays_and_what_is_new_is_painted(run: Any, desk: Any, painter: Any) -> None:
    done = run("extend", "photo.png", "--left", "25%", "--bottom", "7px")
    assert (done.code, done.out, done.err) == (0, "photo.extended.png\n", "")
    made = desk.read("photo.extended.png")
    assert made.shape == (37, 50, 3)
    assert np.array_equal(made[:30, 10:], desk.pixels())
    assert (made[:, :10] == painter.colour).all()
    assert (made[30:] == painter.colour).all()


def test_options_reach_the_pipeline(run: Any, desk: Any, painter: Any) -> None:
    words = [
        "--fill",
        "smooth",
        "--detail",
        "0.25",
        "--seed",
        "7",
        "--max-memory",
        "2GB",
        "--device",
        "cuda:1",
        "--weights",
        "own",
    ]
    assert run("extend", "photo.png", "--top", "3", *words).code == 0
    asked = painter.asked[0]
    assert (asked.dilate, asked.feather, asked.fill, asked.detail, asked.seed) == (0, 0, "smooth", 0.25, 7)
    assert asked.max_memory == 2_000_000_000
    assert painter.loads == [("own", "cuda:1")]


@pytest.mark.parametrize(
    ("words", "size", "place"),
    [
        (["--aspect", "2:1"], (60, 30), (10, 0)),
        (["--aspect", "2:1", "--left", "0"], (60, 30), (0, 0)),
        (["--aspect", "2:1", "--right", "4"], (60, 30), (16, 0)),
        (["--aspect", "1:1"], (40, 40), (0, 5)),
        (["--aspect", "1:1", "--top", "0"], (40, 40), (0, 0)),
        (["--aspect", "3:2", "--top", "10"], (60, 40), (10, 10)),
    ],
)
def test_an_aspect_adds_what_is_missing(
    run: Any, desk: Any, painter: Any, words: list[str], size: tuple[int, int], place: tuple[int, int]
) -> None:
    assert run("extend", "photo.png", *words).code == 0
    made = desk.read("photo.extended.png")
    assert made.shape[1::-1] == size
    left, top = place
    assert np.array_equal(made[top : top + 30, left : left + 40], desk.pixels())


def test_sides_are_those_of_the_picture_as_it_is_looked_at(run: Any, desk: Any, painter: Any) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a summer day"
    exif.get_ifd(0x8769).update({0xA002: 40, 0xA003: 30})
    Image.fromarray(desk.pixels()).save("turned.png", exif=exif)
    done = run("extend", "turned.png", "--top", "5", "--json")
    record = json.loads(done.out)
    assert (record["width"], record["height"], record["top"], record["left"]) == (30, 45, 5, 0)
    with Image.open("turned.extended.png") as made:
        stored = np.asarray(made)
        kept = made.getexif()
        assert (kept[0x0112], kept[0x010E]) == (6, "a summer day")
        assert dict(kept.get_ifd(0x8769)) == {0xA002: 45, 0xA003: 30}
    # Orientation 6: the stored left edge is the top of what is seen.
    assert np.array_equal(stored[:, 5:], desk.pixels())
    assert (stored[:, :5] == painter.colour).all()


def test_deep_and_transparent_pixels_stay_to_the_bit(run: Any, desk: Any, painter: Any) -> None:
    import imagecodecs

    deep = np.random.default_rng(0).integers(0, 65536, (30, 40, 4), dtype=np.uint16)
    deep[:5, :5, 3] = 0
    Path("deep.png").write_bytes(imagecodecs.png_encode(deep))
    assert run("extend", "deep.png", "--right", "3").code == 0
    made = imagecodecs.png_decode(Path("deep.extended.png").read_bytes())
    assert made.dtype == np.uint16
    assert np.array_equal(made[:, :40], deep)
    assert (made[:, 40:, 3] == 65535).all()


def test_a_tiff_does_not_go_on_naming_its_old_shape(run: Any, desk: Any, painter: Any) -> None:
    import tifffile

    deep = np.random.default_rng(0).integers(0, 65536, (30, 40, 3), dtype=np.uint16)
    tifffile.imwrite("deep.tif", deep)  # it writes the shape into the description
    tifffile.imwrite("told.tif", deep, description="a summer day", metadata=None)
    assert run("extend", "deep.tif", "told.tif", "--top", "4").code == 0
    assert np.array_equal(tifffile.imread("deep.extended.tif")[4:], deep)
    with tifffile.TiffFile("deep.extended.tif") as bare, tifffile.TiffFile("told.extended.tif") as told:
        assert "ImageDescription" not in bare.pages[0].tags
        assert told.pages[0].tags["ImageDescription"].value == "a summer day"


def test_the_profile_is_kept(run: Any, desk: Any, painter: Any) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(desk.pixels()).save("own.jpg", icc_profile=profile)
    assert run("extend", "own.jpg", "--left", "3").code == 0
    with Image.open("own.extended.png") as made:
        assert made.info["icc_profile"] == profile


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to add"),
        (["--left", "0", "--top", "0%"], "nothing to add"),
        (["--aspect", "4:3"], "photo.png: nothing to add: 40x30 is 4:3 already"),
        (["--left", "wide"], "left wide: not a length"),
        (["--left", "-3"], "left -3: not a length"),
        (["--left", "1.5px"], "left 1.5px: not a length"),
        (["--aspect", "16:0"], "aspect 16:0: not understood"),
        (["--bottom", "31"], "bottom: 31 pixels are more than the picture has there (30)"),
        (["--right", "110%"], "right: 44 pixels are more than the picture has there (40)"),
        (["--left", "1", "--right", "1", "--aspect", "2:1"], "left and right are both given"),
        (["--left", "5", "--max-pixels", "1300"], "45x30 pixels, more than 0.0013 megapixels"),
        (["--left", "5", "-o", "photo.png", "--force"], "would overwrite an input"),
        (["--left", "5", "-o", "-", "--json"], "--json"),
        (["--left", "5", "--fill", "fog"], "fill 'fog' is unknown"),
        (["--left", "5", "--exemplar"], "No such option"),
    ],
)
def test_refusals(run: Any, desk: Any, painter: Any, words: list[str], message: str) -> None:
    before = desk.names()
    done = run("extend", "photo.png", *words)
    assert done.code == 2
    assert message in done.error
    assert painter.loads == []
    assert desk.names() == before


def test_a_picture_over_the_limit_is_refused_before_memory_is_taken_for_its_canvas(
    run: Any, desk: Any, painter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    monkeypatch.setattr("restore.pipelines.inpaint.extend.canvas", lambda *given: made.append(given))
    assert run("extend", "photo.png", "--left", "100%", "--max-pixels", "2399").code == 2
    assert made == []
    assert run("extend", "photo.png", "--left", "100%", "--max-pixels", "1199").code == 3


def test_folders_previews_and_a_second_run(run: Any, desk: Any, painter: Any) -> None:
    for seed, name in enumerate(("a.jpg", "b.png", "c.tif")):
        desk.save_picture(f"photos/{name}", seed)
    words = ["extend", "photos", "--aspect", "16:9", "--preview", "looks/"]
    done = run(*words)
    assert done.code == 0
    assert done.out.splitlines() == ["photos/a.extended.png", "photos/b.extended.png", "photos/c.extended.tif"]
    assert len(painter.loads) == 1
    looks = {path.name for path in Path("looks").iterdir()}
    assert looks == {"a.preview.png", "b.preview.png", "c.preview.png"}
    again = run(*words, "--skip-existing")
    assert (again.code, again.out) == (0, "")
    assert "3 of 3 skipped" in again.err
    assert run(*words).code == 2


def test_a_picture_that_has_the_aspect_does_not_stop_the_others(run: Any, desk: Any, painter: Any) -> None:
    Image.new("RGB", (32, 18)).save("wide.png")
    done = run("extend", "wide.png", "photo.png", "gone.png", "--aspect", "16:9")
    assert (done.code, done.out) == (1, "photo.extended.png\n")
    assert "wide.png: nothing to add: 32x18 is 16:9 already" in done.err
    assert done.err.splitlines()[-1] == "restore: 2 of 3 failed: wide.png, gone.png"


def test_preview_shows_where_the_picture_grew(run: Any, desk: Any, painter: Any) -> None:
    assert run("extend", "photo.png", "--left", "10", "--preview", "look.png").code == 0
    sheet = desk.read("look.png")
    gap = (sheet.shape[1] - 150) // 2
    before, mask, after = (sheet[:, left : left + 50] for left in (0, 50 + gap, 2 * (50 + gap)))
    assert set(np.unique(before[:, :10])) == {153, 204}
    assert np.array_equal(before[:, 10:], desk.pixels())
    assert np.array_equal(mask[0, :, 0] == 255, np.arange(50) < 10)
    assert np.array_equal(after, desk.read("photo.extended.png"))


def test_pipes(run: Any, desk: Any, painter: Any) -> None:
    done = run("extend", "-", "--right", "2", stdin=desk.image.read_bytes())
    assert (done.code, done.err) == (0, "")
    with Image.open(io.BytesIO(done.data)) as made:
        assert np.array_equal(np.asarray(made)[:, :40], desk.pixels())


def test_dry_run_writes_and_loads_nothing(run: Any, desk: Any, painter: Any) -> None:
    before = desk.names()
    done = run("extend", "photo.png", "--left", "2", "--preview", "look.png", "--dry-run")
    assert (done.code, done.out) == (0, "photo.png -> photo.extended.png and look.png\n")
    assert desk.names() == before
    assert painter.loads == []


def test_json_says_what_was_added(run: Any, desk: Any, painter: Any) -> None:
    record = json.loads(run("extend", "photo.png", "--left", "25%", "--json").out)
    assert record["input"] == "photo.png"
    assert record["output"] == "photo.extended.png"
    assert (record["left"], record["top"], record["right"], record["bottom"]) == (10, 0, 0, 0)
    assert (record["width"], record["height"], record["hole"], record["status"]) == (50, 30, 0.2, "done")


def test_strip_and_quality_reach_the_file(run: Any, desk: Any, painter: Any) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a summer day"
    Image.fromarray(desk.pixels()).save("noted.jpg", exif=exif)
    words = ["extend", "noted.jpg", "--left", "3", "--strip", "all", "--quality", 10, "-o", "bare.jpg"]
    assert run(*words).code == 0
    with Image.open("bare.jpg") as bare:
        assert (bare.size, dict(bare.getexif())) == ((43, 30), {})
