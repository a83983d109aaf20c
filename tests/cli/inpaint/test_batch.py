"""Many pictures in one run: the bad ones are named, the good ones are done, and a run can be taken up again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def album(desk: Any) -> Any:
    """Folders `photos` and `masks` with a.jpg, b.png and c.tif."""
    for seed, name in enumerate(("a.jpg", "b.png", "c.tif")):
        desk.save_picture(f"photos/{name}", seed)
    for name in ("a.png", "b_mask.png", "c.png"):
        desk.save_mask(f"masks/{name}")
    return desk


def test_folders(run: Any, album: Any, painter: Any) -> None:
    done = run("inpaint", "photos", "masks/", "-o", "out/")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["out/a.inpainted.png", "out/b.inpainted.png", "out/c.inpainted.tif"]
    for name in done.out.splitlines():
        with Image.open(name) as picture:
            assert np.array_equal(np.unique(np.asarray(picture)[album.hole()], axis=0), [painter.colour])
    assert len(painter.loads) == 1


def test_one_damaged_file_does_not_stop_the_others(run: Any, album: Any, painter: Any) -> None:
    Path("photos/b.png").write_bytes(Path("photos/b.png").read_bytes()[:200])
    done = run("inpaint", "photos", "masks")
    assert done.code == 1
    assert done.out.splitlines() == ["photos/a.inpainted.png", "photos/c.inpainted.tif"]
    assert done.error.startswith("restore: error: photos/b.png")
    assert done.err.splitlines()[-1] == "restore: 1 of 3 failed: photos/b.png"


def test_missing_pictures_and_masks_are_named(run: Any, album: Any, painter: Any) -> None:
    Path("masks/c.png").unlink()
    done = run("inpaint", "--mask", "masks", "photos", "gone.png")
    assert done.code == 1
    assert done.out.splitlines() == ["photos/a.inpainted.png", "photos/b.inpainted.png"]
    assert "c.png or c_mask.png" in done.err
    assert "gone" in done.err
    assert done.err.splitlines()[-1] == "restore: 2 of 4 failed: photos/c.tif, gone.png"


def test_a_wrong_size_is_that_pictures_failure(run: Any, album: Any, painter: Any) -> None:
    Image.new("RGB", (7, 5)).save("photos/b.png")
    done = run("inpaint", "photos", "masks")
    assert done.code == 1
    assert "photos/b.png: the mask is 40x30 but the picture is 7x5" in done.error


def test_resume(run: Any, album: Any, painter: Any) -> None:
    painter.failure = KeyboardInterrupt()
    desk_before = album.names()
    assert run("inpaint", "photos", "masks", "-o", "out/").code == 130
    assert album.names() == desk_before
    painter.failure = None
    assert run("inpaint", "photos/a.jpg", "masks/a.png", "-o", "out/").code == 0
    first = Path("out/a.inpainted.png").stat()
    refused = run("inpaint", "photos", "masks", "-o", "out/")
    assert refused.code == 2
    assert "--skip-existing" in refused.error
    resumed = run("inpaint", "photos", "masks", "-o", "out/", "--skip-existing")
    assert resumed.code == 0
    assert resumed.out.splitlines() == ["out/b.inpainted.png", "out/c.inpainted.tif"]
    assert "1 of 3 skipped" in resumed.err
    assert Path("out/a.inpainted.png").stat().st_mtime_ns == first.st_mtime_ns


def test_one_name_for_two_results_is_refused(run: Any, album: Any, painter: Any) -> None:
    album.save_picture("photos/a.png")
    done = run("inpaint", "--mask", "mask.png", "photos")
    assert done.code == 2
    assert "photos/a.jpg" in done.error
    assert "photos/a.png" in done.error
    assert painter.loads == []


def test_json_has_one_object_per_file(run: Any, album: Any, painter: Any) -> None:
    Path("photos/b.png").write_text("no picture")
    album.save_picture("photos/c.inpainted.tif")
    done = run("inpaint", "photos", "masks", "--json", "--skip-existing")
    records = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert [record["input"] for record in records] == ["photos/a.jpg", "photos/b.png", "photos/c.tif"]
    assert [record["status"] for record in records] == ["done", "failed", "skipped"]


def test_a_format_loss_is_noted_once(run: Any, album: Any, painter: Any) -> None:
    done = run("inpaint", "photos", "masks", "-o", "out/", "--quality", 80)
    assert done.code == 0
    assert len([line for line in done.err.splitlines() if "--quality" in line]) == len({"PNG", "TIFF"})


def test_previews_go_to_a_folder(run: Any, album: Any, painter: Any) -> None:
    refused = run("inpaint", "photos", "masks", "--preview", "look.png")
    assert refused.code == 2
    assert "--preview look.png/" in refused.error
    done = run("inpaint", "photos", "masks", "--preview", "looks/")
    assert done.code == 0
    assert {path.name for path in Path("looks").iterdir()} == {"a.preview.png", "b.preview.png", "c.preview.png"}


def test_dry_run_of_a_batch(run: Any, album: Any, painter: Any) -> None:
    before = album.names()
    done = run("inpaint", "photos", "masks", "-o", "out/", "--dry-run")
    assert done.code == 0
    assert done.out.splitlines()[1] == "photos/b.png with masks/b_mask.png -> out/b.inpainted.png"
    assert album.names() == before
