"""Masks of `restore repair`: written with `--find-only` and `--mask-out`, read with `--protect` and `--also`."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


def save_box(name: str, rows: slice, columns: slice, size: tuple[int, int] = (30, 40)) -> None:
    mask = np.zeros(size, np.uint8)
    mask[rows, columns] = 255
    Image.fromarray(mask).save(name)


def test_find_only_writes_a_mask_that_inpaint_takes(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    done = run("repair", "photo.png", "--find-only")
    assert (done.code, done.out, done.err) == (0, "photo.mask.png\n", "")
    assert painter.loads == []
    with Image.open("photo.mask.png") as mask:
        assert mask.mode == "L"
        assert np.array_equal(np.asarray(mask), np.where(scans.hole(), 255, 0))
    assert run("inpaint", "photo.png", "photo.mask.png", "--dilate", "0").code == 0
    assert run("repair", "photo.png").code == 0
    assert np.array_equal(desk.read("photo.inpainted.png"), desk.read("photo.repaired.png"))


def test_a_folder_of_masks_fits_the_folder_of_pictures(run: Any, desk: Any, scans: Any, seer: Any) -> None:
    for seed, name in enumerate(("a.png", "b.png")):
        scans.save(f"photos/{name}", seed)
    done = run("repair", "photos", "--find-only", "--mask-out", "masks/")
    assert done.out.splitlines() == ["masks/a.mask.png", "masks/b.mask.png"]
    filled = run("inpaint", "photos", "masks", "-o", "out/")
    assert (filled.code, filled.out.splitlines()) == (0, ["out/a.inpainted.png", "out/b.inpainted.png"])
    assert run("repair", "photos", "--find-only").code == 0
    beside = run("inpaint", "photos", "photos", "-o", "beside/")
    assert (beside.code, beside.out.splitlines()) == (0, ["beside/a.inpainted.png", "beside/b.inpainted.png"])
    assert run("repair", "photos", "-o", "again/").out.split() == ["again/a.repaired.png", "again/b.repaired.png"]


def test_mask_out_beside_the_repaired_picture(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    done = run("repair", "photo.png", "--mask-out", "found.png", "--json")
    assert json.loads(done.out)["mask_out"] == "found.png"
    assert np.array_equal(desk.read("found.png") > 0, scans.hole())
    assert np.array_equal(desk.read("photo.repaired.png"), scans.repaired(painter))
    assert run("repair", "photo.png", "--mask-out", "found.png", "-o", "x.png").code == 2


def test_find_only_with_pipes_previews_and_json(run: Any, desk: Any, scans: Any, seer: Any) -> None:
    done = run("repair", "-", "--find-only", stdin=Path("photo.png").read_bytes())
    with Image.open(io.BytesIO(done.data)) as mask:
        assert np.array_equal(np.asarray(mask) > 0, scans.hole())
    record = json.loads(run("repair", "photo.png", "--find-only", "--preview", "look.png", "--json").out)
    assert (record["output"], record["preview"]) == ("photo.mask.png", "look.png")
    sheet = desk.read("look.png")
    assert np.array_equal((sheet[:, -40:] != scans.pixels()).any(axis=2), scans.hole())
    assert np.array_equal(sheet[:, :40], scans.pixels())


def test_find_only_where_there_is_nothing(run: Any, desk: Any, seer: Any) -> None:
    done = run("repair", "photo.png", "--find-only")
    assert (done.code, done.out) == (0, "photo.mask.png\n")
    assert done.err == "restore: note: no damage found; the mask is empty\n"
    assert not desk.read("photo.mask.png").any()


def test_protect_and_also(run: Any, desk: Any, scans: Any, seer: Any, painter: Any) -> None:
    save_box("keep.png", slice(None), slice(0, 15))
    save_box("more.png", slice(25, 28), slice(10, 30))
    record = json.loads(run("repair", "photo.png", "--protect", "keep.png", "--also", "more.png", "--json").out)
    hole = scans.hole()
    hole[24:29, 9:31] = True  # grown by a pixel, as masks of inpaint are
    hole[:, :15] = False
    made, before = desk.read("photo.repaired.png"), scans.pixels()
    assert np.array_equal(made[~hole], before[~hole])
    assert (made[hole] == painter.colour).all()
    assert record["hole"] == pytest.approx(hole.mean(), abs=1e-6)
    found = scans.hole()
    found[:, :15] = False
    assert record["found"] == pytest.approx(found.mean(), abs=1e-6)


def test_masks_serve_all_pictures_and_may_come_from_stdin(run: Any, desk: Any, scans: Any, seer: Any) -> None:
    save_box("keep.png", slice(None), slice(None))
    scans.save("b.png", 1)
    data = Path("keep.png").read_bytes()
    done = run("repair", "photo.png", "b.png", "--protect", "-", stdin=data)
    assert done.code == 0
    assert np.array_equal(desk.read("photo.repaired.png"), scans.pixels())
    assert np.array_equal(desk.read("b.repaired.png"), scans.pixels(1))
    assert "photo.png: no damage found outside of what is protected; every pixel stays as it is" in done.err


def test_a_mask_is_no_output(run: Any, desk: Any, scans: Any, seer: Any) -> None:
    save_box("keep.png", slice(None), slice(0, 15))
    done = run("repair", "photo.png", "--protect", "keep.png", "-o", "keep.png", "--force")
    assert done.code == 2
    assert "overwrite an input" in done.error


def test_a_mask_of_another_size(run: Any, scans: Any, seer: Any) -> None:
    save_box("small.png", slice(None), slice(None), (29, 40))
    done = run("repair", "photo.png", "--also", "small.png")
    assert done.code == 2
    assert "photo.png: the mask of --also, small.png, is 40x29 but the picture is 40x30" in done.error
    assert seer.loads == []
