"""The contact sheet: what is on it, where, and where the close-ups look."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import UsageError
from restore.evaluation.inpaint.gallery import Case
from restore.evaluation.inpaint.report import Row
from restore.evaluation.inpaint.sheet import HOLE_COLOUR, TILE, close_up, write_sheet
from restore.evaluation.sheets import CAPTION, GAP, HEAD

ROW = Row("a.png", "thick", 0, 0, 0.25, "telea", 20, 10, 0.9, 0.5, 0.1, 1, 0, None, None, 0)


def make_case(side: int) -> Case:
    original = np.full((side, side, 3), (10, 120, 240), np.uint8)
    hole = np.zeros((side, side), np.bool_)
    hole[: side // 2, : side // 2] = True
    fills = {
        method: np.full((int(hole.sum()), 3), grey, np.uint8) for method, grey in (("telea", 50), ("harmonic", 150))
    }
    return Case(original, hole, fills, {method: replace(ROW, method=method) for method in fills}, None)


def test_columns_are_original_damaged_and_each_method(tmp_path: Path) -> None:
    write_sheet([("", make_case(512))], ["telea", "harmonic"], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (GAP + 4 * (TILE + GAP), CAPTION + HEAD + 2 * (TILE + GAP) + GAP)
        y = CAPTION + HEAD + 40
        corner = [sheet.getpixel((GAP + column * (TILE + GAP) + 40, y)) for column in range(4)]
        assert corner == [(10, 120, 240), HOLE_COLOUR, (50, 50, 50), (150, 150, 150)]
        assert sheet.getpixel((GAP + 3 * (TILE + GAP) + 200, y)) == (10, 120, 240)


def test_a_small_crop_has_no_close_up(tmp_path: Path) -> None:
    write_sheet([("", make_case(200)), ("worst", make_case(256))], ["harmonic"], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (GAP + 3 * (TILE + GAP), 2 * (CAPTION + HEAD + TILE + 2 * GAP))


def test_a_close_up_shows_picture_pixels_one_to_one(tmp_path: Path) -> None:
    case = make_case(512)
    case.original[300, :, :] = 255
    write_sheet([("", case)], ["telea"], tmp_path / "sheet.png")
    top, left = close_up(case.hole)
    with Image.open(tmp_path / "sheet.png") as sheet:
        strip = np.asarray(sheet)[CAPTION + HEAD + TILE + GAP :][:TILE, GAP : GAP + TILE]
    assert np.array_equal(strip, case.original[top : top + TILE, left : left + TILE])


def test_a_close_up_looks_where_hole_and_picture_meet() -> None:
    hole = np.zeros((512, 512), np.bool_)
    hole[:300, :300] = True
    top, left = close_up(hole)
    assert 0.4 < hole[top : top + TILE, left : left + TILE].mean() < 0.6
    assert close_up(np.zeros((256, 256), np.bool_)) == (0, 0)


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet.webp", "SHEET.PNG"])
def test_the_suffix_chooses_the_format(name: str, tmp_path: Path) -> None:
    write_sheet([("", make_case(200))], ["telea"], tmp_path / name)
    with Image.open(tmp_path / name) as sheet:
        assert sheet.width > 3 * TILE


def test_unusable_requests_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png"):
        write_sheet([("", make_case(200))], ["telea"], tmp_path / "sheet.pdf")
    with pytest.raises(UsageError, match="no case"):
        write_sheet([], ["telea"], tmp_path / "sheet.png")
