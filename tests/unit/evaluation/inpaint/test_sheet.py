"""The contact sheet: what is on it, where, and where the close-ups look."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import UsageError
from restore.evaluation.inpaint.sheet import HOLE_COLOUR, TILE, InpaintCase, close_up, sheet_cases, write_cases
from restore.evaluation.sheets import CAPTION, GAP, HEAD
from tests.support.inpaint_rows import BASE


def make_case(side: int) -> InpaintCase:
    original = np.full((side, side, 3), (10, 120, 240), np.uint8)
    hole = np.zeros((side, side), np.bool_)
    hole[: side // 2, : side // 2] = True
    fills = {
        method: np.full((int(hole.sum()), 3), grey, np.uint8) for method, grey in (("telea", 50), ("harmonic", 150))
    }
    return InpaintCase(original, hole, fills, {method: replace(BASE, method=method) for method in fills}, None)


def test_columns_are_original_damaged_and_each_method(tmp_path: Path) -> None:
    write_cases([("", make_case(512))], ["telea", "harmonic"], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (GAP + 4 * (TILE + GAP), CAPTION + HEAD + 2 * (TILE + GAP) + GAP)
        y = CAPTION + HEAD + 40
        corner = [sheet.getpixel((GAP + column * (TILE + GAP) + 40, y)) for column in range(4)]
        assert corner == [(10, 120, 240), HOLE_COLOUR, (50, 50, 50), (150, 150, 150)]
        assert sheet.getpixel((GAP + 3 * (TILE + GAP) + 200, y)) == (10, 120, 240)


def test_a_small_crop_has_no_close_up(tmp_path: Path) -> None:
    write_cases([("", make_case(200)), ("worst", make_case(256))], ["harmonic"], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (GAP + 3 * (TILE + GAP), 2 * (CAPTION + HEAD + TILE + 2 * GAP))


def test_a_close_up_shows_picture_pixels_one_to_one(tmp_path: Path) -> None:
    case = make_case(512)
    case.original[300, :, :] = 255
    write_cases([("", case)], ["telea"], tmp_path / "sheet.png")
    top, left, _, _ = close_up(case.hole)
    with Image.open(tmp_path / "sheet.png") as sheet:
        strip = np.asarray(sheet)[CAPTION + HEAD + TILE + GAP :][:TILE, GAP : GAP + TILE]
    assert np.array_equal(strip, case.original[top : top + TILE, left : left + TILE])


def test_a_close_up_looks_where_hole_and_picture_meet() -> None:
    hole = np.zeros((512, 512), np.bool_)
    hole[:300, :300] = True
    top, left, _, _ = close_up(hole)
    assert 0.4 < hole[top : top + TILE, left : left + TILE].mean() < 0.6
    assert close_up(np.zeros((256, 256), np.bool_)) == (0, 0, TILE, TILE)


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet.webp", "SHEET.PNG"])
def test_the_suffix_chooses_the_format(name: str, tmp_path: Path) -> None:
    write_cases([("", make_case(200))], ["telea"], tmp_path / name)
    with Image.open(tmp_path / name) as sheet:
        assert sheet.width > 3 * TILE


def test_unusable_requests_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png"):
        write_cases([("", make_case(200))], ["telea"], tmp_path / "sheet.pdf")
    with pytest.raises(UsageError, match="no case"):
        write_cases([], ["telea"], tmp_path / "sheet.png")


def small_case(number: int, margin: float | None) -> InpaintCase:
    row = replace(BASE, method="telea", picture=f"{number}.png", seed=number)
    hole = np.zeros((8, 8), np.bool_)
    hole[2:6, 2:6] = True
    original = np.full((8, 8, 3), number, np.uint8)
    return InpaintCase(original, hole, {"telea": np.full((16, 3), 200, np.uint8)}, {"telea": row}, margin)


def test_the_worst_come_last_with_the_very_worst_at_the_end() -> None:
    cases = sheet_cases(20, 1, kept=20)
    margins = [3.0, -1.0, 2.0, 0.5, 4.0, -2.0, *([5.0] * 14)]
    for number, margin in enumerate(margins):
        cases.add((number, 0), small_case(number, margin))
    chosen = cases.select(8, worst=3)
    assert len(chosen) == 8
    assert [case.original[0, 0, 0] for _, case in chosen[-3:]] == [3, 1, 5]
    assert [note for note, _ in chosen[:5]] == [""] * 5
    assert chosen[-1][0] == "lowest margin, place 1: -2.00 dB"
    assert len({case.label for _, case in chosen}) == 8


def test_the_worst_are_kept_even_where_they_are_not_among_the_ordinary() -> None:
    cases = sheet_cases(100, 1, kept=4)
    for number in range(100):
        cases.add((number, 0), small_case(number, -float(number)))
    assert [case.original[0, 0, 0] for _, case in cases.select(4, worst=2)][-2:] == [98, 99]


def test_without_margins_only_ordinary_cases_are_shown() -> None:
    cases = sheet_cases(3, 1, kept=5)
    for number in range(3):
        cases.add((number, 0), small_case(number, None))
    assert [note for note, _ in cases.select(10, worst=3)] == ["", "", ""]


def test_a_filled_picture_is_the_original_outside_the_hole() -> None:
    case = small_case(9, None)
    filled = case.filled("telea")
    assert (filled[case.hole] == 200).all()
    assert (filled[~case.hole] == 9).all()
    assert (case.original == 9).all()
