"""Reading a training log into curves, and drawing them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from restore.errors import InputError, UsageError
from restore.evaluation.training_curves import Curve, plot_curves, read_curves


def write_log(path: Path, rows: list[dict[str, Any]], tail: str = "") -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + tail, encoding="utf-8")
    return path


def gan_rows() -> list[dict[str, Any]]:
    first = [
        {"kind": "train", "step": s, "seconds": s / 2, "stage": "regression", "l1": 1 / s} for s in range(20, 200, 20)
    ]
    second = [
        {"kind": "train", "step": s, "stage": "adversarial", "l1": 1 / s, "generator": 0.1, "discriminator": 1.9}
        for s in range(200, 400, 20)
    ]
    return [
        *first,
        *second,
        {"kind": "validate", "step": 390, "stage": "adversarial", "margin": 0.8, "margin_thin": 1.2},
    ]


def test_generator_and_discriminator_share_a_panel(tmp_path: Path) -> None:
    curves = read_curves(write_log(tmp_path / "log.jsonl", gan_rows()))
    assert {title: sorted(members) for title, members in curves.panels.items()} == {
        "l1": ["l1"],
        "generator against discriminator": ["discriminator", "generator"],
        "validate: margin": ["margin", "margin_thin"],
    }
    assert curves.stages == {"regression": 20, "adversarial": 200}
    assert curves.panels["l1"]["l1"].steps == list(range(20, 400, 20))


def test_a_resumed_run_replaces_the_steps_it_repeats(tmp_path: Path) -> None:
    steps = [(20, 1.0), (40, 2.0), (60, 3.0), (40, 5.0), (60, 6.0), (80, 7.0)]
    log = write_log(tmp_path / "log.jsonl", [{"step": step, "stage": "s", "l1": value} for step, value in steps])
    curve = read_curves(log).panels["l1"]["l1"]
    assert (curve.steps, curve.values) == ([20, 40, 60, 80], [1.0, 5.0, 6.0, 7.0])


def test_a_last_line_cut_off_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", [{"step": 1, "stage": "s", "l1": 2.0}], tail='{"step": 2, "l')
    assert read_curves(log).panels["l1"]["l1"].steps == [1]


def test_smoothing_keeps_a_straight_line_straight() -> None:
    curve = Curve(list(range(400)), [2.0 * step for step in range(400)])
    assert curve.smooth()[10:-10] == pytest.approx(curve.values[10:-10])
    assert len(curve.smooth()) == 400


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no figures"), ("step,l1\n1,2\n", "line 1"), ('[1]\n{"step": 1, "l1": 2}\n', "line 1")],
)
def test_what_is_no_log_is_told_so(tmp_path: Path, text: str, message: str) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_curves(log)


def test_a_missing_log_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_curves(tmp_path / "log.jsonl")


def test_curves_are_drawn_as_a_picture(tmp_path: Path) -> None:
    target = tmp_path / "curves.png"
    plot_curves(write_log(tmp_path / "log.jsonl", gan_rows()), target)
    with Image.open(target) as picture:
        assert picture.width > picture.height > 300
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 50
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["curves.png", "log.jsonl"]


def test_an_ending_that_cannot_be_drawn_is_refused_before_reading(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png, \.svg or \.pdf"):
        plot_curves(tmp_path / "missing.jsonl", tmp_path / "curves.jpg")


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match=r"restore\[bench\]"):
        plot_curves(write_log(tmp_path / "log.jsonl", gan_rows()), tmp_path / "curves.png")
