"""The bench on small made-up pictures and a network too small to be good, end to end."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from restore.errors import InputError, UsageError, WeightsError
from restore.evaluation.inpaint.baselines import OPTIONAL, missing
from restore.evaluation.inpaint.bench import bench_inpaint
from restore.evaluation.inpaint.masks import draw_mask
from restore.evaluation.inpaint.methods import choose_methods, worst_cases_of
from restore.evaluation.inpaint.sharpness import patch_distance, sharpness
from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.inpaint.options import InpaintOptions
from tests.support.scenes import save_scene

TINY = InpainterConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    save_scene(folder / "b.png", 2, 210, 230)
    save_scene(folder / "a.png", 1, 300, 260)
    (folder / "notes.txt").write_text("not a picture", encoding="utf-8")
    return folder


@pytest.fixture
def untrained() -> Inpainter:
    generator = Generator(TINY)
    return Inpainter({"regression": generator, "adversarial": generator}, "cpu")


@pytest.fixture
def brightening() -> Inpainter:
    """Adds 0.1 to the prefill: worse than it, and not equal to it."""
    generators = {"regression": Generator(TINY), "adversarial": Generator(TINY)}
    for generator in generators.values():
        assert generator.head.bias is not None
        torch.nn.init.constant_(generator.head.bias, 0.1)
    return Inpainter(generators, "cpu")


def test_every_method_runs_unless_some_are_named(photos: Path, untrained: Inpainter) -> None:
    result = bench_inpaint(photos, classes=["scratch"], size=192, limit=1, inpainter=untrained)
    methods = ["restore", "smooth@0", "smooth@0.5", "smooth@1", "pieces", "prefill"]
    methods += ["harmonic", "telea", "ns", "fsr", "biharmonic"]
    methods += [name for name in OPTIONAL if missing(name) is None]
    assert result.methods == methods
    assert [row.method for row in result.rows] == methods
    assert all(row.size == 192 and row.seconds > 0 and row.perceptual is None for row in result.rows)
    for row in result.rows:
        assert (row.network_seconds > 0) == row.method.startswith(("restore", "smooth", "pieces"))
    (prefill,) = (mean for mean in result.means() if mean.method == "prefill")
    for mean in result.means():
        assert mean.pictures == 1
        if mean.method.startswith("smooth"):
            assert mean.psnr == pytest.approx(prefill.psnr, abs=0.05), "an untrained network is the sparse fill"
            assert mean.changed_outside == 0


def test_rivals_that_are_not_installed_are_left_out_unless_they_are_named(
    photos: Path, untrained: Inpainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gmic", None)
    monkeypatch.setitem(sys.modules, "patchmatch", None)
    result = bench_inpaint(photos, classes=["thin"], size=192, limit=1, details=[0.5], inpainter=untrained)
    assert result.methods[-1] == "biharmonic"
    assert [note.split(":")[0] for note in result.notes] == ["gmic is left out", "patchmatch is left out"]
    assert all("pip install 'restore[rivals]'" in note for note in result.notes)
    named = bench_inpaint(photos, classes=["thin"], size=192, limit=1, methods=["ns"], inpainter=untrained)
    assert named.notes == []
    for name in ("gmic", "patchmatch"):
        with pytest.raises(UsageError, match=r"pip install 'restore\[rivals\]'"):
            bench_inpaint(photos, methods=["ns", name], inpainter=untrained)


def test_sharpness_and_patch_distance_stand_beside_those_of_the_undamaged(photos: Path, untrained: Inpainter) -> None:
    result = bench_inpaint(photos, classes=["object"], size=192, methods=["ns", "harmonic"], inpainter=untrained)
    for _, case in result.cases.select(5, worst=0):
        for method, row in case.rows.items():
            assert row.sharpness == sharpness(case.filled(method), case.hole)
            assert row.patch_distance == patch_distance(case.filled(method), case.hole)
            assert row.sharpness_truth == sharpness(case.original, case.hole)
            assert row.patch_distance_truth == patch_distance(case.original, case.hole)
    (_, harmonic) = result.means()
    assert harmonic.sharpness is not None
    assert harmonic.sharpness_truth is not None
    assert harmonic.sharpness < 0.3
    assert harmonic.sharpness_truth > 0.8


def test_pictures_come_by_name_and_their_position_seeds_the_masks(photos: Path, untrained: Inpainter) -> None:
    seen: list[tuple[int, int]] = []
    result = bench_inpaint(
        photos,
        classes=["scratch", "text"],
        size=192,
        methods=["ns", "telea"],
        inpainter=untrained,
        on_progress=lambda *at: seen.append(at),
    )
    assert [(row.picture, row.seed, row.mask, row.method) for row in result.rows] == [
        (name, seed, mask, method)
        for seed, name in enumerate(["a.png", "b.png"])
        for mask in ("scratch", "text")
        for method in ("ns", "telea")
    ]
    assert seen == [(done, 8) for done in range(1, 9)]


def test_the_network_gets_what_a_user_would_give_it(photos: Path, brightening: Inpainter) -> None:
    result = bench_inpaint(photos, classes=["text"], size=192, limit=1, methods=["smooth@0.3"], inpainter=brightening)
    ((_, case),) = result.cases.select(5, worst=0)
    with Image.open(photos / "a.png") as whole:
        crop = np.asarray(whole.crop((34, 54, 226, 246)))
    assert np.array_equal(case.original, crop)
    assert np.array_equal(case.hole, draw_mask("text", 0, 192))
    expected = brightening(crop, case.hole, detail=0.3, dilate=0)
    assert np.array_equal(case.filled("smooth@0.3"), expected)
    (row,) = result.rows
    difference = (expected.astype(np.float64) - crop)[case.hole]
    assert row.psnr_hole == pytest.approx(10 * np.log10(255**2 / np.square(difference).mean()))


def test_a_picture_smaller_than_the_crop_is_measured_on_its_shorter_side(photos: Path, untrained: Inpainter) -> None:
    save_scene(photos / "c.png", 3, 100, 300)
    result = bench_inpaint(photos, classes=["scratch"], size=256, methods=["telea"], inpainter=untrained)
    assert [(row.picture, row.size) for row in result.rows] == [("a.png", 256), ("b.png", 210)]
    assert [note.split()[0] for note in result.notes] == ["b.png", "c.png"]
    assert "left out" in result.notes[1]
    assert result.conditions.pictures == 2
    assert result.notes[1] in result.text()


def test_the_worst_case_of_our_network_is_on_the_sheet_and_the_csv_holds_it(
    photos: Path, brightening: Inpainter, tmp_path: Path
) -> None:
    result = bench_inpaint(
        photos, classes=["scratch", "thick"], size=192, methods=["smooth", "harmonic", "restore"], inpainter=brightening
    )
    chosen = result.cases.select(3, worst=1)
    worst = min(
        (row for row in result.rows if row.method == "restore"),
        key=lambda row: row.psnr - next(
            other.psnr for other in result.rows
            if (other.picture, other.mask, other.method) == (row.picture, row.mask, "harmonic")
        ),
    )  # fmt: skip
    assert chosen[-1][0].startswith("lowest margin")
    assert chosen[-1][1].rows["restore"] is worst
    result.write_sheet(tmp_path / "sheet.png", n=3, worst=1)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 7 * 256
    result.write_csv(tmp_path / "bench.csv")
    with (tmp_path / "bench.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 20 + 10
    assert json.loads(json.dumps(result.to_json()))["means"][0]["method"] == "smooth@0"
    with pytest.raises(UsageError, match="telea did not run"):
        result.write_sheet(tmp_path / "sheet.png", methods=["telea"])


def test_the_perceptual_distance_is_measured_where_a_network_is_named(
    photos: Path, untrained: Inpainter, tmp_path: Path, perceptual_file: str
) -> None:
    result = bench_inpaint(
        photos,
        classes=["thick"],
        size=192,
        limit=1,
        methods=["harmonic", "ns"],
        inpainter=untrained,
        perceptual=perceptual_file,
    )
    assert all(row.perceptual is not None and row.perceptual > 0 for row in result.rows)
    assert result.conditions.perceptual
    with pytest.raises(WeightsError):
        bench_inpaint(photos, size=192, inpainter=untrained, perceptual=str(tmp_path / "missing.safetensors"))


def test_a_seed_moves_every_mask(photos: Path) -> None:
    result = bench_inpaint(photos, classes=["scratch"], size=192, methods=["telea"], seed=5, device="cpu")
    assert [row.seed for row in result.rows] == [5, 6]
    assert result.conditions.weights is None
    assert result.rows[0].hole == pytest.approx(draw_mask("scratch", 5, 192).mean())


def test_a_sixteen_bit_grey_picture_is_measured_at_eight_bit(tmp_path: Path) -> None:
    levels = np.tile(np.arange(200, dtype=np.uint16) * 257, (200, 1))
    Image.fromarray(levels).save(tmp_path / "grey.png")
    result = bench_inpaint(tmp_path / "grey.png", classes=["scratch"], size=200, methods=["telea"], device="cpu")
    ((_, case),) = result.cases.select(1, worst=0)
    assert np.array_equal(case.original, np.repeat(np.tile(np.arange(200, dtype=np.uint8), (200, 1))[..., None], 3, 2))


def test_requests_that_make_no_sense_are_refused_before_anything_runs(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose from restore, smooth, pieces, prefill, harmonic, telea"):
        bench_inpaint(photos, methods=["lama"])
    with pytest.raises(UsageError, match="thin, medium"):
        bench_inpaint(photos, classes=["wide"])
    with pytest.raises(UsageError, match="at least 192"):
        bench_inpaint(photos, size=64)
    with pytest.raises(UsageError, match="limit"):
        bench_inpaint(photos, limit=0)
    with pytest.raises(InputError, match="no such"):
        bench_inpaint(tmp_path / "missing")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="holds no picture"):
        bench_inpaint(empty)
    save_scene(empty / "small.png", 1, 100, 100)
    with pytest.raises(UsageError, match="192 px"):
        bench_inpaint(empty, methods=["telea"], device="cpu")


def test_methods_expand_to_details_without_repeats() -> None:
    given = ["smooth", "smooth@0.5", "telea", "telea", "restore", "restore@0.3", "exemplar", "pieces", "pieces@1"]
    expected = ["smooth@0", "smooth@0.5", "telea", "restore", "restore@0.3", "pieces", "pieces@1"]
    assert choose_methods(given, [0, 0.5]) == expected
    assert choose_methods(["exemplar@0.50"], [0]) == ["pieces@0.5"]
    for wrong in ("restore@2", "smooth@x", "smooth@", "telea@0.5", "Restore"):
        with pytest.raises(UsageError):
            choose_methods([wrong], [0])
    with pytest.raises(UsageError, match="nothing to measure"):
        choose_methods([], [0])


def test_the_worst_cases_are_those_of_what_a_user_gets() -> None:
    assert worst_cases_of(["smooth@0", "pieces", "restore", "telea"]) == "restore"
    assert worst_cases_of(["telea", "smooth@0.5", "restore@1"]) == "smooth@0.5"
    assert worst_cases_of(["harmonic", "telea"]) == "telea"
    assert worst_cases_of(["harmonic"]) is None


def test_each_of_our_methods_asks_for_its_own_fill(photos: Path) -> None:
    """What reaches the inpainter, for a hole that every fill would answer alike."""
    asked: list[InpaintOptions] = []

    class Recording(Inpainter):
        def picture(self, picture: Any, hole: Any, options: InpaintOptions | None = None, **rest: Any) -> Any:
            assert options is not None
            asked.append(options)
            return super().picture(picture, hole, options, **rest)

    generator = Generator(TINY)
    inpainter = Recording({"regression": generator, "adversarial": generator}, "cpu")
    for method in ("restore", "restore@0.3", "smooth@0.3", "pieces", "pieces@0.3"):
        asked.clear()
        bench_inpaint(photos, classes=["scratch"], size=192, limit=1, methods=[method], inpainter=inpainter)
        name, _, detail = method.partition("@")
        wanted = InpaintOptions(
            fill={"restore": "auto"}.get(name, name), detail=float(detail) if detail else None, dilate=0
        )
        assert set(asked) == {wanted}, method
