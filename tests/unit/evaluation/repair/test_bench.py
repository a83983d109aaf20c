"""The bench on small made-up pictures and an untrained network, end to end."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError, UsageError, WeightsError
from restore.evaluation.repair.bench import bench_repair
from restore.evaluation.repair.rows import SEEN_THROUGH, TRUE_MASK, UNREPAIRED
from restore.evaluation.repair.sheet import MISSED, RIGHT, WRONG, overlaid
from restore.evaluation.strokes import draw_strokes
from restore.models.repair.detector import KIND, Detector, DetectorConfig
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.repair.seethrough import SeenThrough
from restore.pretrained import save_weights
from restore.synthetic.damage import lay_damage
from tests.support.scenes import save_scene

TINY = DetectorConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))
SPARSE = Inpainter({}, "cpu")
"""Fills without a network."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    save_scene(folder / "b.png", 2, 100, 110)
    save_scene(folder / "a.png", 1, 130, 120)
    return folder


def test_every_method_runs_at_every_scale_and_repairs_at_its_own(photos: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = bench_repair(
        photos,
        size=96,
        device="cpu",
        detector=Detector(TINY),
        inpainter=SPARSE,
        on_progress=lambda *at: seen.append(at),
    )
    methods = ["restore", "threshold", "tophat", "blackhat+lines", "frangi"]
    assert report.methods == methods
    assert [(row.picture, row.seed, row.scale, row.method) for row in report.found] == [
        (name, seed, scale, method)
        for seed, name in enumerate(["a.png", "b.png"])
        for scale in (1.0, 0.5, 2.0)
        for method in methods
    ]
    assert all(row.seconds_per_megapixel > 0 for row in report.found)
    assert [mean.method for mean in report.repaired_means()] == [UNREPAIRED, TRUE_MASK, SEEN_THROUGH, *methods]
    assert seen[-1] == (30, 30)
    assert report.notes == []
    by_name = {mean.method: mean for mean in report.repaired_means()}
    assert by_name[TRUE_MASK].psnr > by_name[UNREPAIRED].psnr
    assert by_name[UNREPAIRED].filled == 0
    untrained, classical = (mean for mean in report.means()[:2])
    assert (untrained.f1, untrained.recalls) == (classical.f1, classical.recalls), "an untrained network is a threshold"


def test_a_lower_sensitivity_marks_less(photos: Path) -> None:
    methods = ["restore@0.1", "restore", "restore@0.5", "restore@0.9"]
    report = bench_repair(
        photos, size=96, scales=[1], methods=methods, detector=Detector(TINY), repair=False, device="cpu"
    )
    careful, default, middle, eager = report.means()
    assert (default.f1, default.false_percent) == (middle.f1, middle.false_percent)
    assert careful.recall < default.recall < eager.recall


def test_the_damage_is_that_of_the_pictures_seed(photos: Path) -> None:
    report = bench_repair(photos, size=96, scales=[1], seed=5, methods=["tophat"], repair=False, device="cpu")
    assert [row.seed for row in report.found] == [5, 6]
    with Image.open(photos / "a.png") as whole:
        crop = np.asarray(whole.crop((12, 17, 108, 113)))
    expected = lay_damage(np.random.default_rng(5), crop)
    (_, case), _ = report.damaged_cases.select(2, worst=0)
    assert np.array_equal(case.damaged.picture, expected.picture)
    assert report.found[0].total.damaged == (expected.kinds > 0).sum()
    assert report.repaired == []


def test_strokes_are_those_of_the_scratch_masks(photos: Path) -> None:
    report = bench_repair(
        photos, strokes=True, size=96, scales=[1], seed=5, methods=["tophat"], repair=False, device="cpu"
    )
    (_, case), _ = report.damaged_cases.select(2, worst=0)
    strokes = draw_strokes(np.random.default_rng(5), 96)
    assert not (case.damaged.kinds[strokes == 0]).any()
    assert (case.damaged.kinds > 0).sum() > 0.7 * (strokes > 0).sum()


def test_one_row_alone_shows_what_is_seen_through_damage(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "restore.evaluation.repair.bench.see_through",
        lambda colour, hole, finder: SeenThrough(np.zeros_like(colour), np.zeros_like(hole), 1.0),
    )
    report = bench_repair(
        photos,
        size=96,
        scales=[1],
        limit=1,
        methods=["restore"],
        detector=Detector(TINY),
        inpainter=SPARSE,
        device="cpu",
    )
    psnrs = {row.method: row.psnr for row in report.repaired}
    assert psnrs[SEEN_THROUGH] < min(psnrs[name] for name in (UNREPAIRED, TRUE_MASK, "restore")) - 1


def test_weights_are_loaded_from_a_file(photos: Path, tmp_path: Path) -> None:
    network = Detector(TINY)
    save_weights(
        tmp_path / "tiny.safetensors",
        network.state_dict(),
        kind=KIND,
        role="repair",
        config=TINY.as_dict(),
        training={},
    )
    report = bench_repair(
        photos,
        size=96,
        scales=[1],
        limit=1,
        methods=["restore", "threshold"],
        repair=False,
        weights=tmp_path / "tiny.safetensors",
        device="cpu",
    )
    ours, threshold = report.found
    assert ours.total == threshold.total
    assert report.conditions.weights == str(tmp_path / "tiny.safetensors")
    with pytest.raises(WeightsError, match="another network"):
        bench_repair(photos, size=96, methods=["restore"], weights="inpaint", device="cpu")


def test_the_perceptual_distance_is_measured_where_a_network_is_named(photos: Path, perceptual_file: str) -> None:
    report = bench_repair(
        photos,
        size=96,
        scales=[1],
        limit=1,
        methods=["tophat"],
        device="cpu",
        perceptual=perceptual_file,
        inpainter=SPARSE,
    )
    assert all(row.perceptual is not None and row.perceptual > 0 for row in report.repaired)


def test_text_json_csv_and_sheet_hold_the_same_figures(photos: Path, tmp_path: Path) -> None:
    report = bench_repair(photos, size=96, scales=[1, 0.5], methods=["tophat"], device="cpu", inpainter=SPARSE)
    (mean, _) = report.means()
    text = report.text()
    assert f"{mean.f1:.3f}" in text
    assert "resized by 0.5" in text
    assert mean.false_worst_picture in text
    figures = json.loads(json.dumps(report.to_json()))
    assert figures["means"][0]["f1"] == mean.f1
    assert len(figures["rows"]) == 4
    report.write_csv(tmp_path / "bench.csv")
    with (tmp_path / "bench.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["row"] == "found mean"]
    assert float(lines[0]["f1"]) == pytest.approx(mean.f1, abs=1e-6)
    report.write_sheet(tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 3 * 320
        assert sheet.height > 4 * 96
    with pytest.raises(UsageError, match="frangi did not run"):
        report.write_sheet(tmp_path / "sheet.png", methods=["frangi"])


def test_marks_are_drawn_right_wrong_or_missed() -> None:
    marks, damage = np.zeros((20, 20), np.bool_), np.zeros((20, 20), np.bool_)
    damage[5] = True
    damage[15, 0] = True
    marks[7] = True
    marks[12, 12] = True
    drawn = overlaid(np.full((20, 20, 3), 90, np.uint8), marks, damage)
    assert (drawn[7] == RIGHT).all()
    assert (drawn[5] == 90).all()
    assert tuple(drawn[12, 12]) == WRONG
    assert tuple(drawn[15, 0]) == MISSED


def test_a_picture_that_is_too_small_is_left_out_and_a_smaller_one_is_named(photos: Path) -> None:
    save_scene(photos / "c.png", 3, 40, 300)
    report = bench_repair(photos, size=110, scales=[1], methods=["tophat"], repair=False, device="cpu")
    assert [note.split()[0] for note in report.notes] == ["b.png", "c.png"]
    assert "left out" in report.notes[1]
    assert report.notes[1] in report.text()


def test_requests_that_make_no_sense_are_refused(photos: Path, tmp_path: Path) -> None:
    for wrong in ("lama", "threshold@1"):
        with pytest.raises(UsageError, match=r"tophat, blackhat\+lines, frangi, or restore@SENSITIVITY$"):
            bench_repair(photos, methods=[wrong])
    for wrong in ("restore@2", "restore@", "restore@high"):
        with pytest.raises(UsageError, match="a sensitivity from 0 to 1"):
            bench_repair(photos, methods=[wrong])
    with pytest.raises(UsageError, match="at least 64"):
        bench_repair(photos, size=32)
    with pytest.raises(UsageError, match="scales"):
        bench_repair(photos, scales=[0])
    with pytest.raises(UsageError, match="limit"):
        bench_repair(photos, limit=0)
    with pytest.raises(InputError, match="no such"):
        bench_repair(tmp_path / "missing", methods=["tophat"])
    with pytest.raises(InputError, match="damage shapes"):
        bench_repair(photos, methods=["tophat"], damage=photos, device="cpu")
