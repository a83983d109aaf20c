"""The interpolation bench on small moving patterns whose middle frame is known."""

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from restore.errors import InputError, RestoreError, UsageError
from restore.evaluation.interpolate.bench import bench_interpolate
from restore.evaluation.interpolate.report import InterpolateReport
from restore.evaluation.interpolate.rows import BINS, bin_of
from restore.evaluation.interpolate.sheet import TILE
from tests.support.moving_patterns import moving, pattern

Samples = npt.NDArray[np.uint8]
CLASSICAL = ["copy", "blend", "dis"]


class Constant:
    """Stands for our network: one level everywhere, and what it was asked."""

    def __init__(self, level: int = 100, rows_lost: int = 0) -> None:
        self.level, self.rows_lost = level, rows_lost
        self.shapes: list[tuple[int, ...]] = []

    def between(
        self, frame0: npt.NDArray[Any], frame1: npt.NDArray[Any], times: Sequence[float], *, effort: int | None = None
    ) -> list[npt.NDArray[Any]]:
        self.shapes.append(frame0.shape)
        level = self.level if effort is None else effort
        return [np.full_like(frame0, level)[self.rows_lost :] for _ in times]


def save_triplet(folder: Path, shift: int, seed: int, height: int = 48, width: int = 64) -> list[Samples]:
    """A pattern that moves by an even `shift` px from the first to the last frame."""
    folder.mkdir(parents=True)
    frames = moving(shift, height, width, seed)
    for number, picture in enumerate(frames, start=1):
        Image.fromarray(picture).save(folder / f"im{number}.png")
    return frames


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two sets: `slow` with two triplets that move by 1 px and 4 px, `fast` with one that moves by 6 px."""
    save_triplet(tmp_path / "in" / "slow" / "a", 0, 1)
    Image.fromarray(pattern(48, 66, 1)[:, 1:65]).save(tmp_path / "in" / "slow" / "a" / "im3.png")
    save_triplet(tmp_path / "in" / "slow" / "b", 4, 2)
    save_triplet(tmp_path / "in" / "fast" / "c", 6, 3)
    return tmp_path / "in"


@pytest.fixture
def measured(data: Path) -> InterpolateReport:
    return bench_interpolate(data, methods=["dis", "copy", "blend"], device="cpu")


def test_rows_are_in_the_order_of_sets_and_methods(measured: InterpolateReport) -> None:
    assert [(row.set, row.triplet, row.method) for row in measured.rows] == [
        (group, name, method)
        for group, name in (("fast", "c"), ("slow", "a"), ("slow", "b"))
        for method in ("dis", "copy", "blend")
    ]
    assert measured.methods == ["dis", "copy", "blend"]
    assert measured.failed == []


def test_figures_are_what_scikit_image_gives(tmp_path: Path) -> None:
    first, truth, last = save_triplet(tmp_path / "set" / "a", 4, 5, 60, 70)
    made = {"copy": first, "blend": np.floor((first + last.astype(float) + 1) / 2).astype(np.uint8)}
    rows = bench_interpolate(tmp_path, methods=["copy", "blend"], device="cpu").rows
    for row in rows:
        frame = made[row.method]
        similarity = structural_similarity(
            truth, frame, channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        assert row.psnr == pytest.approx(peak_signal_noise_ratio(truth, frame))
        assert row.ssim == pytest.approx(similarity)
        assert row.ie == pytest.approx(np.abs(truth.astype(float) - frame).mean())
        assert 0 < row.ms_ssim < 1
        assert (row.width, row.height) == (70, 60)
        assert row.seconds > 0
        assert row.cpu_seconds >= 0
        assert row.perceptual is None
        assert row.device_memory is None


def test_dis_beats_blend_beats_copy_where_things_move(measured: InterpolateReport) -> None:
    psnr = {(row.triplet, row.method): row.psnr for row in measured.rows}
    for triplet in "bc":
        assert psnr[triplet, "dis"] > psnr[triplet, "blend"] + 4 > psnr[triplet, "copy"]


def test_motion_is_measured_between_the_two_given_frames(measured: InterpolateReport) -> None:
    motion = {row.triplet: row.motion for row in measured.rows}
    for triplet, moved in (("a", 1), ("b", 4), ("c", 6)):
        assert motion[triplet] == pytest.approx(moved, abs=0.2)
    means = [mean for mean in measured.means() if mean.over == "motion" and mean.method == "copy"]
    assert [(mean.label, mean.triplets) for mean in means] == [("0-2", 1), ("2-5", 1), ("5-10", 1)]


def test_a_small_object_that_moves_fast_shows_in_the_90th_percentile(tmp_path: Path) -> None:
    frames = save_triplet(tmp_path / "set" / "a", 0, 1, 96, 128)
    for number, (picture, left) in enumerate(zip(frames, (40, 42, 44), strict=True), start=1):
        picture[20:70, left : left + 50] = pattern(50, 50, 9)
        Image.fromarray(picture).save(tmp_path / "set" / "a" / f"im{number}.png")
    [row] = bench_interpolate(tmp_path, methods=["copy"], device="cpu").rows
    assert row.motion is not None
    assert row.motion < 1
    assert row.motion_90 == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize(
    ("motion", "name"),
    [(0, "0-2"), (1.99, "0-2"), (2, "2-5"), (5, "5-10"), (19.9, "10-20"), (59.9, "20-60"), (60, "from 60")],
)
def test_bins(motion: float, name: str) -> None:
    assert bin_of(motion) == name
    assert BINS == ("0-2", "2-5", "5-10", "10-20", "20-60", "from 60")


def test_means_are_plain_means_over_triplets(measured: InterpolateReport) -> None:
    labels = {"all": {"all"}, "motion": {"0-2", "2-5", "5-10"}, "set": {"fast", "slow"}}
    means = measured.means()
    assert {over: {mean.label for mean in means if mean.over == over} for over in labels} == labels
    for mean in means:
        rows = [row for row in measured.rows if row.method == mean.method]
        if mean.over == "set":
            rows = [row for row in rows if row.set == mean.label]
        elif mean.over == "motion":
            rows = [row for row in rows if bin_of(row.motion or 0) == mean.label]
        assert mean.triplets == len(rows)
        assert mean.psnr == pytest.approx(np.mean([row.psnr for row in rows]))
        assert mean.ssim == pytest.approx(np.mean([row.ssim for row in rows]))
        assert mean.ms_ssim == pytest.approx(np.mean([row.ms_ssim for row in rows]))
        assert mean.ie == pytest.approx(np.mean([row.ie for row in rows]))
        assert mean.seconds == pytest.approx(np.mean([row.seconds for row in rows]))


def test_our_network_runs_as_it_is_called(data: Path) -> None:
    stand_in = Constant()
    result = bench_interpolate(
        data, methods=["restore@2", "restore", "copy"], interpolator=stand_in, device="cpu", long_side=50
    )
    assert set(stand_in.shapes) == {(38, 50, 3)}
    assert [row.method for row in result.rows[:3]] == ["restore@2", "restore", "copy"]
    with Image.open(data / "fast" / "c" / "im2.png") as image:
        truth = np.asarray(image.resize((50, 38), Image.Resampling.LANCZOS), np.float64)
    assert result.rows[0].ie == pytest.approx(np.abs(truth - 2).mean())
    assert result.rows[1].ie == pytest.approx(np.abs(truth - 100).mean())
    assert result.conditions.weights == "interpolate"
    assert result.text().startswith("3 triplets of 2 sets and clips, long side at most 50 px; device cpu")


def test_a_method_that_gives_another_size_back_is_not_measured(data: Path) -> None:
    with pytest.raises(RestoreError, match=r"restore gave \(47, 64, 3\)"):
        bench_interpolate(data, methods=["restore"], interpolator=Constant(rows_lost=1), device="cpu")


def test_a_damaged_triplet_is_reported_and_the_rest_goes_on(data: Path) -> None:
    (data / "slow" / "a" / "im2.png").write_bytes(b"no picture")
    (data / "clip.mp4").write_bytes(b"no clip")
    result = bench_interpolate(data, methods=["copy"], device="cpu")
    assert [row.triplet for row in result.rows] == ["c", "b"]
    assert result.conditions.sources == 4
    assert len(result.failed) == 2
    assert "clip.mp4" in result.failed[0]
    assert "im2.png" in result.failed[1]
    assert result.text().count("could not be read: ") == 2


def test_where_nothing_can_be_read_that_is_the_error(data: Path, tmp_path: Path) -> None:
    (data / "fast" / "c" / "im1.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"im1\.png"):
        bench_interpolate(data / "fast" / "c", methods=["copy"], device="cpu")


def test_stills_and_small_frames_are_left_out_with_a_note(data: Path) -> None:
    (data / "still").mkdir()
    for number in range(3):
        Image.fromarray(pattern(48, 64, 1)).save(data / "still" / f"{number}.png")
    save_triplet(data / "small" / "d", 2, 4, 31, 64)
    result = bench_interpolate(data, methods=["copy"], device="cpu")
    assert [row.triplet for row in result.rows] == ["c", "a", "b"]
    assert "still is left out: no three frames in a row move" in "\n".join(result.notes)
    assert "small d is left out: its shorter side has 31 px, it takes 32" in result.notes
    assert result.notes.count("slow: MS-SSIM on 3 scales instead of 5, 64 x 48 px") == 1
    with pytest.raises(UsageError, match="nothing to measure; still is left out"):
        bench_interpolate(data / "still", methods=["copy"], device="cpu")


def test_progress_counts_every_run_and_reaches_the_end(data: Path) -> None:
    seen: list[tuple[int, int]] = []
    bench_interpolate(data, methods=["copy", "blend"], device="cpu", on_progress=lambda *at: seen.append(at))
    assert seen == [(done, 6) for done in range(1, 7)]


def test_without_opencv_there_are_no_bins(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    result = bench_interpolate(data, methods=["copy", "blend"], device="cpu")
    assert {row.motion for row in result.rows} == {None}
    assert {mean.over for mean in result.means()} == {"all", "set"}
    assert "no bins of motion without OpenCV" in result.notes[-1]
    assert "by median motion" not in result.text()


def test_opencv_gets_as_many_threads_as_torch_and_back(data: Path) -> None:
    import cv2

    before = cv2.getNumThreads()
    inside: list[int] = []
    bench_interpolate(data, methods=["copy"], device="cpu", on_progress=lambda *_: inside.append(cv2.getNumThreads()))
    assert set(inside) == {torch.get_num_threads()}
    assert cv2.getNumThreads() == before


def test_text_csv_and_json_hold_the_same_figures(measured: InterpolateReport, tmp_path: Path) -> None:
    text = measured.text()
    assert text.startswith("3 triplets of 2 sets and clips; device cpu")
    assert "thread" in text.splitlines()[0]
    assert "torch" in text.splitlines()[0]
    for name in CLASSICAL:
        assert sum(line.split()[:1] == [name] for line in text.splitlines()) == 1
    for label in ("0-2", "2-5", "5-10", "slow", "fast"):
        assert sum(line.split()[:1] == [label] for line in text.splitlines()) == 1
    measured.write_csv(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["row"] for line in lines] == ["triplet"] * 9 + ["all"] * 3 + ["motion"] * 9 + ["set"] * 6
    assert float(lines[2]["psnr"]) == pytest.approx(measured.rows[2].psnr, abs=1e-6)
    assert (lines[-1]["label"], lines[-1]["triplets"], lines[-1]["method"]) == ("slow", "2", "blend")
    figures = json.loads(json.dumps(measured.to_json(), allow_nan=False))
    assert len(figures["rows"]) == 9
    assert len(figures["means"]) == 18
    assert figures["conditions"]["triplets"] == 3
    assert figures["failed"] == []


def test_the_perceptual_distance_is_measured_where_a_network_is_named(data: Path, perceptual_file: str) -> None:
    result = bench_interpolate(data / "fast", methods=["copy"], device="cpu", perceptual=perceptual_file)
    distance = result.rows[0].perceptual
    assert distance is not None
    assert distance > 0
    assert "perc." in result.text()


def test_the_sheet_is_a_picture(measured: InterpolateReport, tmp_path: Path) -> None:
    measured.write_sheet(tmp_path / "sheet.png", n=2, worst=1)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width == 5 * (TILE + 8) + 8
        assert 2 * 2 * 48 < sheet.height < 2 * (2 * 64 + 150)
    with pytest.raises(UsageError, match=r"a \.png, \.jpg or \.webp file"):
        measured.write_sheet(tmp_path / "sheet.svg")


def test_requests_that_make_no_sense_are_refused_before_anything_runs(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose from restore, restore-untrained"):
        bench_interpolate(data, methods=["rife"])
    with pytest.raises(UsageError, match="at least one triplet"):
        bench_interpolate(data, methods=["copy"], most=0)
    with pytest.raises(UsageError, match="at least 32 px"):
        bench_interpolate(data, methods=["copy"], long_side=31)
    with pytest.raises(InputError, match="no such"):
        bench_interpolate(tmp_path / "missing", methods=["copy"])
