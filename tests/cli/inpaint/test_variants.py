"""`--variants`: names, refusals, a second run, the contact sheet; with a stand-in whose fills differ by one level."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restore.cli.inpaint.plan import LEFT_OUT
from restore.pipelines.inpaint.options import MOST_VARIANTS

NUMBERED = ["photo.inpainted.1.png", "photo.inpainted.2.png", "photo.inpainted.3.png"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], NUMBERED),
        (["-o", "out/"], [f"out/{name}" for name in NUMBERED]),
        (["-o", "new.tif"], ["new.1.tif", "new.2.tif", "new.3.tif"]),
    ],
)
def test_every_variant_has_its_number(run: Any, desk: Any, painter: Any, words: list[str], names: list[str]) -> None:
    done = run("inpaint", "photo.png", "mask.png", "--variants", 3, "--seed", 4, *words)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == names
    for rank, name in enumerate(names):
        expected = desk.pixels()
        expected[desk.hole()] = np.array(painter.colour) + rank
        assert np.array_equal(desk.read(name), expected)
    assert [asked.seed for asked in painter.asked] == [4]


def test_extend_has_them_too(run: Any, desk: Any, painter: Any) -> None:
    done = run("extend", "photo.png", "--left", 3, "--variants", 2)
    assert done.out.splitlines() == ["photo.extended.1.png", "photo.extended.2.png"]
    assert (desk.read("photo.extended.2.png")[:, :3] == np.array(painter.colour) + 1).all()


def test_fewer_are_written_where_fewer_are_plausible(run: Any, desk: Any, painter: Any) -> None:
    painter.plausible = 1
    done = run("inpaint", "photo.png", "mask.png", "--variants", 3, "--preview", "look.png", "--json")
    record = json.loads(done.out)
    assert (record["output"], record["outputs"]) == (NUMBERED[0], NUMBERED[:1])
    assert desk.names() == {"photo.png", "mask.png", NUMBERED[0], "look.png"}


def test_an_empty_mask_gives_one(run: Any, desk: Any, painter: Any) -> None:
    Image.new("L", desk.size, 0).save("mask.png")
    done = run("inpaint", "photo.png", "mask.png", "--variants", 3)
    assert (done.code, done.out.splitlines()) == (0, NUMBERED[:1])
    assert np.array_equal(desk.read(NUMBERED[0]), desk.pixels())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["photo.png", "mask.png", "-o", "-"], "--variants 3: stdout takes one picture; give -o FILE, or a folder"),
        (["-", "mask.png"], "--variants 3: stdout takes one picture"),
        (["photo.png", "mask.png", "-o", "/dev/null"], "--variants 3: /dev/null is no file or folder"),
        (["photo.png", "b.png", "--mask", "mask.png", "-o", "x.png"], "-o x.png: one file for several inputs"),
        (["photo.png", "mask.png", "-o", "new.xyz"], "xyz"),
    ],
)
def test_refusals(run: Any, desk: Any, painter: Any, words: list[str], message: str) -> None:
    desk.save_picture("b.png", 1)
    done = run("inpaint", *words, "--variants", 3)
    assert done.code == 2
    assert message in done.error
    assert painter.loads == []


def test_how_many_there_can_be(run: Any, desk: Any, painter: Any) -> None:
    assert run("inpaint", "photo.png", "mask.png", "--variants", MOST_VARIANTS + 1).code == 2
    assert run("inpaint", "photo.png", "mask.png", "--variants", 0).code == 2
    done = run("inpaint", "photo.png", "mask.png", "--variants", MOST_VARIANTS)
    assert len(done.out.splitlines()) == 16


@pytest.mark.parametrize("output", ["photo.png", "mask.png"])
def test_no_variant_overwrites_an_input(run: Any, desk: Any, painter: Any, output: str) -> None:
    Path("photo.png").rename("photo.2.png")
    Path("mask.png").rename("mask.2.png")
    done = run("inpaint", "photo.2.png", "mask.2.png", "-o", output, "--variants", 3, "--force")
    assert done.code == 2
    assert f"{output.removesuffix('.png')}.2.png: the output would overwrite an input" in done.error


def test_any_of_them_that_exists_is_kept(run: Any, desk: Any, painter: Any) -> None:
    Path(NUMBERED[1]).write_text("old")
    refused = run("inpaint", "photo.png", "mask.png", "--variants", 3)
    assert refused.code == 2
    assert f"{NUMBERED[1]}: exists already" in refused.error
    made = run("inpaint", "photo.png", "mask.png", "--variants", 3, "--skip-existing")
    assert made.out.splitlines() == [NUMBERED[0], NUMBERED[2]]
    assert Path(NUMBERED[1]).read_text() == "old"
    painter.loads.clear()
    skipped = run("inpaint", "photo.png", "mask.png", "--variants", 3, "--skip-existing")
    assert (skipped.code, skipped.out) == (0, "")
    assert "1 of 1 skipped" in skipped.err
    assert painter.loads == []
    forced = run("inpaint", "photo.png", "mask.png", "--variants", 3, "--force")
    assert forced.out.splitlines() == NUMBERED
    assert Path(NUMBERED[1]).read_bytes() != b"old"


def test_dry_run_and_json_name_all(run: Any, desk: Any, painter: Any) -> None:
    words = ["inpaint", "photo.png", "mask.png", "--variants", 3]
    before = desk.names()
    assert run(*words, "--dry-run").out == f"photo.png with mask.png -> {', '.join(NUMBERED)}\n"
    planned = json.loads(run(*words, "--dry-run", "--json").out)
    assert (planned["output"], planned["outputs"], planned["status"]) == (NUMBERED[0], NUMBERED, "would do")
    assert desk.names() == before
    made = json.loads(run(*words, "--json").out)
    assert (made["outputs"], made["device"], made["status"]) == (NUMBERED, "cpu", "done")


def test_a_folder_leaves_numbered_results_out(run: Any, desk: Any, painter: Any) -> None:
    desk.save_picture("photos/a.png")
    assert run("inpaint", "--mask", "mask.png", "photos", "--variants", 16).code == 0
    done = run("inpaint", "--mask", "mask.png", "photos", "-o", "out/")
    assert done.out == "out/a.inpainted.png\n"
    assert ".inpainted.16" in LEFT_OUT


@pytest.mark.parametrize(("variants", "columns", "rows"), [(2, 4, 1), (3, 3, 2), (7, 3, 3), (10, 4, 3)])
def test_a_contact_sheet_shows_all(run: Any, desk: Any, painter: Any, variants: int, columns: int, rows: int) -> None:
    assert run("inpaint", "photo.png", "mask.png", "--variants", variants, "--preview", "look.png").code == 0
    sheet = desk.read("look.png")
    width, height = desk.size
    across, down = (sheet.shape[1] + 8) // columns, (sheet.shape[0] + 8) // rows
    assert across == width + 8
    caption = down - 8 - height
    assert caption >= 12
    for index in range(variants + 2):
        top, left = index // columns * down, index % columns * across
        panel = sheet[top + caption : top + caption + height, left : left + width]
        if index == 0:
            expected = desk.pixels()
        elif index == 1:
            expected = np.repeat(desk.hole()[:, :, None] * np.uint8(255), 3, axis=2)
        else:
            expected = desk.read(f"photo.inpainted.{index - 1}.png")
        assert np.array_equal(panel, expected)
        assert sheet[top : top + caption, left : left + width].min() < 128, "its number, in dark letters"


def test_a_large_contact_sheet_has_smaller_panels(run: Any, desk: Any, painter: Any) -> None:
    Image.new("RGB", (1200, 100), "teal").save("wide.png")
    mask = Image.new("L", (1200, 100), 0)
    mask.paste(255, (0, 0, 600, 100))
    mask.save("wide_mask.png")
    assert run("inpaint", "wide.png", "wide_mask.png", "--variants", 2, "--preview", "look.png").code == 0
    with Image.open("look.png") as sheet:
        assert sheet.width == 4 * 800 + 3 * 8
