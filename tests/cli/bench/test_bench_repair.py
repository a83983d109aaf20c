"""`restore bench repair`: what it passes on, what it prints, and the files it writes."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from restore.models.repair.detector import KIND, Detector, DetectorConfig
from restore.pretrained import save_weights

WORDS = ["--size", 96, "--scale", "1", "--device", "cpu"]


def test_a_table_and_its_files(run: Any, photos: Any) -> None:
    config = DetectorConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))
    tensors = Detector(config).state_dict()
    save_weights(Path("tiny.safetensors"), tensors, kind=KIND, role="repair", config=config.as_dict(), training={})
    words = [*WORDS, "--methods", "restore,tophat", "--weights", "tiny.safetensors", "--no-repair"]
    done = run("bench", "repair", "photos", *words, "--csv", "out.csv", "--sheet", "sheet.png")
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    for name in ("restore", "tophat"):
        assert sum(line[:1] == [name] for line in lines) == 2
    with Path("out.csv").open(encoding="utf-8", newline="") as file:
        rows = [row["row"] for row in csv.DictReader(file)]
    assert rows == ["found"] * 4 + ["found mean"] * 2
    assert Path("sheet.png").stat().st_size > 0
    refused = run("bench", "repair", "photos", *words, "--csv", "out.csv")
    assert refused.code == 2
    assert "out.csv: exists already; --force overwrites, --csv names another" in refused.error


def test_json_limit_seed_scale_and_repair_reach_the_bench(run: Any, photos: Any) -> None:
    words = ["--methods", "tophat", "--size", 80, "--scale", "1,0.5", "--limit", 1, "--seed", 3, "--json", "-q"]
    done = run("bench", "repair", "photos", *words)
    assert (done.code, done.err) == (0, "")
    figures = json.loads(done.out)
    assert [(row["picture"], row["seed"], row["scale"]) for row in figures["rows"]] == [
        ("a.png", 3, 1.0),
        ("a.png", 3, 0.5),
    ]
    assert [row["method"] for row in figures["repaired_rows"]] == ["(unrepaired)", "(true mask)", "tophat"]
    assert figures["conditions"]["damage"] == "drawn by rules"
    figures = json.loads(run("bench", "repair", "photos", *words, "--strokes").out)
    assert figures["conditions"]["damage"] == "opaque strokes"


def test_without_released_weights_or_opencv_the_rest_runs_and_says_so(
    run: Any, photos: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.setattr("restore.evaluation.methods.available", list)
    done = run("bench", "repair", "photos", *WORDS, "--limit", 1, "--no-repair")
    assert done.code == 0
    assert "threshold" in done.out
    assert "restore is left out" in done.out
    assert "frangi is left out" in done.out
    assert "pip install 'restore[bench]'" in done.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["photos", "--damage", "nowhere"], 2, "nowhere: no such folder of damage shapes"),
        (["photos", "--damage", "photos", "--methods", "tophat"], 3, "damage shapes"),
        (["photos", "--scale", "1,9"], 2, "--scale 1,9: not a list of numbers from 0.05 to 8, such as 1,0.5,2"),
        (["photos", "--scale", "0"], 2, "--scale 0: not a list"),
        (["photos", "--size", "20"], 2, "20"),
        (["photos", "--strokes", "--damage", "photos"], 2, "leave one of them out"),
        (["photos", "--methods", "tophat@2"], 2, "tophat@2"),
        (["note.txt", "--methods", "tophat"], 3, "note.txt"),
    ],
)
def test_refusals(refuse: Any, photos: Any, words: list[str], code: int, message: str) -> None:
    Path("note.txt").write_text("no picture")
    refuse("repair", words, code, message)
