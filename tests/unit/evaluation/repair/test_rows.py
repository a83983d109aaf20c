"""Means of what was found, on counts written by hand, and the file that holds them."""

import csv
from pathlib import Path

import pytest

from restore.evaluation.repair.damage import CLASSES
from restore.evaluation.repair.rows import FoundRow, RepairedRow, found_means, repaired_means, write_rows
from restore.synthetic.agreement import Agreement


def row(picture: str, total: Agreement, false: float, lines: Agreement | None = None) -> FoundRow:
    classes = {name: Agreement() for name in CLASSES}
    if lines is not None:
        classes["lines"] = lines
    return FoundRow(
        picture=picture,
        seed=0,
        scale=1.0,
        method="tophat",
        total=total,
        classes=classes,
        false_percent=false,
        seconds_per_megapixel=2.0,
        memory=3.0,
        device_memory=None,
    )


ROWS = [
    row("a.png", Agreement(marked=10, right=5, damaged=100, found=20), 0.5, Agreement(damaged=40, found=10)),
    row("b.png", Agreement(marked=30, right=25, damaged=300, found=280), 1.5, Agreement(damaged=10, found=10)),
]
REPAIRED = [
    RepairedRow(picture=name, seed=0, method="tophat", filled=0.1, psnr=psnr, ssim=0.9, perceptual=None)
    for name, psnr in (("a.png", 30.0), ("b.png", 34.0))
]


def test_counts_are_added_before_shares_are_taken() -> None:
    (mean,) = found_means(ROWS)
    assert (mean.precision, mean.recall) == (30 / 40, 300 / 400)
    assert mean.f1 == pytest.approx(0.75)
    assert mean.recalls["lines"] == 20 / 50
    assert mean.recalls["spots"] is None


def test_false_marks_are_a_mean_over_pictures_with_the_worst_named() -> None:
    (mean,) = found_means(ROWS)
    assert (mean.false_percent, mean.false_percent_worst, mean.false_worst_picture) == (1.0, 1.5, "b.png")


def test_repaired_pictures_are_plain_means() -> None:
    (mean,) = repaired_means(REPAIRED)
    assert (mean.pictures, mean.psnr, mean.perceptual) == (2, 32.0, None)


def test_every_figure_is_in_the_file(tmp_path: Path) -> None:
    write_rows(ROWS, REPAIRED, tmp_path / "bench.csv")
    with (tmp_path / "bench.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["row"] for line in lines] == ["found"] * 2 + ["repaired"] * 2 + ["found mean", "repaired mean"]
    assert (lines[0]["picture"], float(lines[0]["recall"]), float(lines[0]["recall lines"])) == ("a.png", 0.2, 0.25)
    assert float(lines[4]["f1"]) == 0.75
    assert lines[4]["false_worst_picture"] == "b.png"
    assert float(lines[5]["psnr"]) == 32.0
