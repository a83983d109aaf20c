"""Means and margins of hand-made rows, and the table and CSV made of them."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from restore.errors import OutputError
from restore.evaluation.inpaint.report import format_table
from restore.evaluation.inpaint.rows import aggregate, write_rows
from tests.support.inpaint_rows import BASE

OTHER = replace(BASE, picture="b.png", seed=1, hole=0.4)
OURS = "smooth@0.5"
ROWS = [
    BASE,
    replace(BASE, method=OURS, psnr=23, ssim=0.85, perceptual=0.3, seconds=1.0, network_seconds=0.75, memory=90),
    replace(OTHER, psnr=30, ssim=0.9),
    replace(OTHER, method=OURS, psnr=31, ssim=0.91, perceptual=0.35, memory=70),
    replace(BASE, mask="text", perceptual=None, memory=None, changed_outside=3),
]


def test_means_and_margins_per_class_and_method() -> None:
    harmonic, ours, text = aggregate(ROWS)
    assert (harmonic.mask, harmonic.method, harmonic.pictures) == ("thin", "harmonic", 2)
    assert harmonic.psnr == 25
    assert harmonic.psnr_margin == 0
    assert harmonic.hole == pytest.approx(0.3)
    assert (ours.psnr, ours.psnr_margin) == (27, 2)
    assert ours.ssim_margin == pytest.approx(0.03)
    assert ours.perceptual_margin == pytest.approx(-0.075)
    assert ours.seconds == pytest.approx(0.6)
    assert ours.memory == 90
    assert (text.mask, text.perceptual, text.perceptual_margin, text.memory) == ("text", None, None, None)
    assert text.changed_outside == 3


def test_without_the_harmonic_fill_there_are_no_margins() -> None:
    (mean,) = aggregate([replace(BASE, method="telea")])
    assert mean.psnr_margin is mean.ssim_margin is mean.perceptual_margin is None


def test_sharpness_and_patch_distance_are_over_the_pictures_that_have_them() -> None:
    """A narrow hole has neither; the worst of the sharpness is the lowest."""
    rows = [
        replace(BASE, sharpness=0.2, sharpness_truth=1.5, patch_distance=3, patch_distance_truth=8),
        replace(OTHER, sharpness=0.6, sharpness_truth=0.7, patch_distance=None, patch_distance_truth=None),
        replace(OTHER, picture="c.png", sharpness=None, sharpness_truth=None, patch_distance=5, patch_distance_truth=9),
    ]
    (mean,) = aggregate(rows)
    assert (mean.sharpness, mean.sharpness_worst) == (pytest.approx(0.4), 0.2)
    assert (mean.sharpness_truth, mean.sharpness_truth_worst) == (pytest.approx(1.1), 0.7)
    assert (mean.patch_distance, mean.patch_distance_truth) == (4, 8.5)
    (none,) = aggregate([replace(BASE, sharpness=None, sharpness_truth=None, patch_distance=None)])
    assert none.sharpness is none.sharpness_worst is none.sharpness_truth_worst is none.patch_distance is None


def test_the_table_ends_each_class_with_the_undamaged_pictures() -> None:
    rows = [BASE, replace(OTHER, sharpness=0.1, sharpness_truth=0.75), replace(BASE, mask="text", sharpness_truth=None)]
    lines = format_table(aggregate(rows)).splitlines()
    heads = lines[1].split()
    place = heads.index("sharp")
    assert heads[place : place + 3] == ["sharp", "least", "patch"]
    assert lines[2].split()[place : place + 3] == ["0.30", "0.10", "4.00"]
    assert lines[3].split() == ["(undamaged)", *["-"] * 8, "1.00", "0.75", "9.00", *["-"] * 3]
    assert lines[-1].split()[place : place + 3] == ["-", "-", "9.00"]


def test_the_table_lines_up_and_dashes_what_was_not_measured() -> None:
    lines = format_table(aggregate(ROWS)).splitlines()
    assert lines[0] == "thin: 2 pictures, hole 30.0%"
    assert lines[1].split()[:4] == ["method", "PSNR", "margin", "hole"]
    assert lines[3].split()[:3] == ["smooth@0.5", "27.00", "+2.00"]
    assert len({len(line) for line in lines[1:5]}) == 1
    assert lines[6] == "text: 1 picture, hole 20.0%"
    assert lines[8].split()[-1] == "-"
    assert max(map(len, lines)) <= 120


def test_graphics_memory_has_a_column_only_where_there_is_any() -> None:
    assert "GPU MiB" not in format_table(aggregate(ROWS))
    assert "GPU MiB" in format_table(aggregate([replace(BASE, device_memory=128)]))


def test_the_csv_has_every_row_and_then_the_means(tmp_path: Path) -> None:
    path = tmp_path / "bench.csv"
    write_rows(ROWS, path)
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["row"] for line in lines] == ["picture"] * 5 + ["mean"] * 3
    assert (lines[1]["picture"], lines[1]["method"], lines[1]["psnr_margin"]) == ("a.png", "smooth@0.5", "3")
    assert (lines[6]["method"], float(lines[6]["psnr"]), lines[6]["pictures"]) == ("smooth@0.5", 27.0, "2")
    assert lines[7]["perceptual"] == lines[7]["memory"] == ""
    assert (lines[0]["sharpness"], lines[0]["sharpness_truth"], lines[0]["sharpness_worst"]) == ("0.5", "1.25", "")
    assert (lines[0]["patch_distance"], lines[0]["patch_distance_truth"]) == ("4", "9")
    assert (lines[5]["sharpness_worst"], lines[5]["sharpness_truth_worst"]) == ("0.5", "1.25")


def test_a_folder_that_is_missing_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_rows(ROWS, tmp_path / "missing" / "bench.csv")
