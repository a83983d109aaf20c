"""`restore bench inpaint`: what it passes on, what it prints, and the files it writes."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

METHODS = ("harmonic", "telea")


def test_a_table_and_its_files(run: Any, photos: Any) -> None:
    words = ["--methods", ",".join(METHODS), "--classes", "thin,scratch", "--size", 200, "--device", "cpu"]
    done = run("bench", "inpaint", "photos", *words, "--csv", "out.csv", "--sheet", "sheet.png")
    assert done.code == 0
    lines = done.out.splitlines()
    for name in METHODS:
        assert sum(line.split()[:1] == [name] for line in lines) == 2
    assert "PSNR" in done.out
    assert "SSIM" in done.out
    rows = Path("out.csv").read_text().splitlines()
    assert sum(row.startswith("picture,") for row in rows[1:]) == 2 * 2 * 2
    assert Path("sheet.png").stat().st_size > 0
    refused = run("bench", "inpaint", "photos", *words, "--csv", "out.csv")
    assert refused.code == 2
    assert "out.csv: exists already" in refused.error


def test_json(run: Any, photos: Any) -> None:
    done = run(
        "bench", "inpaint", "photos", "--methods", "harmonic", "--classes", "text", "--size", 200, "--json", "-q"
    )
    assert (done.code, done.err) == (0, "")
    figures = json.loads(done.out)
    assert [(mean["mask"], mean["method"], mean["pictures"]) for mean in figures["means"]] == [("text", "harmonic", 2)]
    assert len(figures["rows"]) == 2


def test_objects_are_a_class_and_every_row_has_the_figures_of_fog(run: Any, photos: Any) -> None:
    words = ["--methods", "harmonic", "--classes", "object", "--size", 200, "--csv", "out.csv"]
    done = run("bench", "inpaint", "photos", *words, "-q")
    assert done.code == 0
    heads, harmonic, undamaged = (line.split() for line in done.out.splitlines()[3:6])
    place = heads.index("sharp")
    fog, truth = (float(cells[place]) for cells in (harmonic, undamaged))
    assert fog < 0.5 < truth
    with Path("out.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for name in ("sharpness", "sharpness_truth", "patch_distance", "patch_distance_truth"):
        assert all(float(line[name]) > 0 for line in lines)
    assert [bool(line["sharpness_worst"]) for line in lines] == [False, False, True]


def test_a_rival_that_is_not_installed_is_named_with_its_extra(
    refuse: Any, photos: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gmic", None)
    refuse("inpaint", ["photos", "--methods", "gmic"], 2, "pip install 'restore[rivals]'")


def test_limit_and_seed_reach_the_bench(run: Any, photos: Any) -> None:
    words = ["--methods", "harmonic", "--classes", "text", "--size", 200, "--json"]
    figures = json.loads(run("bench", "inpaint", "photos", *words, "--limit", 1, "--seed", 3).out)
    assert [(row["picture"], row["seed"]) for row in figures["rows"]] == [("a.png", 3)]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["photos", "--classes", "torn"], 2, "torn"),
        (["photos", "--detail", "0,7"], 2, "--detail"),
        (["photos", "--size", "20"], 2, "20"),
        (["mask.png.txt", "--methods", "harmonic"], 3, "mask.png.txt"),
    ],
)
def test_refusals(refuse: Any, photos: Any, words: list[str], code: int, message: str) -> None:
    Path("mask.png.txt").write_text("no picture")
    refuse("inpaint", words, code, message)
