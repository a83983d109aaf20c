"""The codec bench on small made-up pictures, with WebP in place of our codec."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from restore.errors import InputError, RestoreError, UsageError, WeightsError
from restore.evaluation.codec import bench
from restore.evaluation.codec.baselines import BASELINES, missing
from restore.evaluation.codec.bench import bench_codec
from restore.evaluation.codec.methods import METHODS
from restore.evaluation.codec.report import CodecReport
from restore.evaluation.codec.sheet import TILE, detailed_window, encode_near
from restore.pretrained import store
from tests.support.models.webp_codec import WebpCodec
from tests.support.scenes import save_scene, scene

Samples = npt.NDArray[np.uint8]


class Cropping(WebpCodec):
    """Loses a row of pixels."""

    def decompress(self, data: bytes) -> Samples:
        return super().decompress(data)[1:]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    save_scene(folder / "b.png", 2, 180, 230)
    save_scene(folder / "a.png", 1, 240, 190)
    return folder


@pytest.fixture
def measured(photos: Path) -> CodecReport:
    """Two pictures, our stand-in and two baselines."""
    return bench_codec(photos, methods=["restore", "jpeg", "webp"], steps=4, codec=WebpCodec(), device="cpu")


def test_rows_hold_what_the_files_are(photos: Path, measured: CodecReport) -> None:
    assert [(row.picture, row.method, row.step) for row in measured.rows] == [
        (picture, method, step)
        for picture in ("a.png", "b.png")
        for method in ("restore", "jpeg", "webp")
        for step in range(4)
    ]
    first = next(row for row in measured.rows if (row.picture, row.method, row.step) == ("b.png", "jpeg", 0))
    file = io.BytesIO()
    with Image.open(photos / "b.png") as image:
        image.save(file, format="JPEG", quality=int(first.quality), optimize=True)
        original = np.asarray(image, np.float64)
    with Image.open(file) as image:
        error = np.square(np.asarray(image) - original).mean()
    assert (first.width, first.height) == (230, 180)
    assert first.bytes == len(file.getvalue())
    assert first.bpp == pytest.approx(8 * first.bytes / (230 * 180))
    assert first.psnr == pytest.approx(10 * np.log10(255**2 / error))
    assert 0 < first.ms_ssim < 1
    assert first.encode_seconds > 0
    assert first.decode_seconds > 0
    assert first.perceptual is None


def test_points_are_plain_means_over_pictures(measured: CodecReport) -> None:
    for point in measured.points():
        rows = [row for row in measured.rows if (row.method, row.step) == (point.method, point.step)]
        assert point.pictures == len(rows) == 2
        assert point.bpp == pytest.approx(np.mean([row.bpp for row in rows]))
        assert point.psnr == pytest.approx(np.mean([row.psnr for row in rows]))
        assert point.ms_ssim == pytest.approx(np.mean([row.ms_ssim for row in rows]))
        total = sum(row.width * row.height for row in rows) / 1e6
        assert point.encode_seconds_per_mp == pytest.approx(sum(row.encode_seconds for row in rows) / total)


def test_a_codec_against_itself_saves_nothing(measured: CodecReport) -> None:
    by_name = {summary.method: summary for summary in measured.summaries()}
    webp = by_name["webp"]
    assert webp.savings["webp"].psnr == pytest.approx(0)
    assert webp.savings["webp"].ms_ssim_by_picture == pytest.approx(0)
    assert webp.least_margin is not None
    assert webp.least_margin.value == 0
    assert webp.savings["webp"].pictures == 2
    assert by_name["restore"].savings.keys() == {"jpeg", "webp"}


def test_steps_reach_our_codec_over_its_whole_scale(photos: Path) -> None:
    codec = WebpCodec()
    bench_codec(photos / "a.png", methods=["restore"], steps=5, codec=codec, device="cpu")
    assert codec.asked[1:] == [0, 25, 50, 75, 100], "the first call is the untimed one"


def test_progress_counts_every_run(photos: Path) -> None:
    seen: list[tuple[int, int]] = []
    bench_codec(photos, methods=["jpeg"], steps=4, device="cpu", on_progress=lambda *at: seen.append(at))
    assert seen == [(done, 8) for done in range(1, 9)]


def test_text_csv_and_json_hold_the_same_figures(measured: CodecReport, tmp_path: Path) -> None:
    text = measured.text()
    assert text.startswith("2 pictures, 0.09 megapixels, 4 quality steps; device cpu")
    for name in ("restore", "jpeg", "webp"):
        assert sum(line.split()[:1] == [name] for line in text.splitlines()) == 4
    assert "curve of means" in text
    measured.write_csv(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["row"] for line in lines] == ["picture"] * 24 + ["mean"] * 12
    assert float(lines[3]["psnr"]) == pytest.approx(measured.rows[3].psnr, abs=1e-6)
    assert int(lines[3]["bytes"]) == measured.rows[3].bytes
    assert lines[24]["pictures"] == "2"
    figures = json.loads(json.dumps(measured.to_json(), allow_nan=False))
    assert len(figures["rows"]) == 24
    assert len(figures["points"]) == 12
    assert [summary["method"] for summary in figures["summaries"]] == ["restore", "jpeg", "webp"]
    assert set(figures["summaries"][0]["psnr_at"]) == {"0.25", "0.5", "1"}
    assert figures["conditions"]["lossy"] == 0


def test_lossy_inputs_are_warned_about(photos: Path) -> None:
    save_scene(photos / "c.jpg", 3, 180, 180)
    result = bench_codec(photos, methods=["jpeg"], steps=4, device="cpu")
    assert result.conditions.lossy == 1
    assert result.text().splitlines()[-1].startswith("warning: 1 of 3 pictures came from lossy files (c.jpg)")


def test_small_pictures_get_fewer_scales_or_are_left_out_with_a_note(photos: Path) -> None:
    save_scene(photos / "c.png", 3, 40, 300)
    save_scene(photos / "d.png", 4, 10, 300)
    result = bench_codec(photos, methods=["jpeg"], steps=4, device="cpu")
    assert result.conditions.pictures == 3
    assert "c.png: MS-SSIM on 2 scales" in result.notes[0]
    assert "d.png is left out" in result.notes[1]


def test_a_size_takes_the_centre(photos: Path) -> None:
    result = bench_codec(photos, methods=["jpeg"], steps=4, size=200, limit=1, device="cpu")
    assert {(row.width, row.height) for row in result.rows} == {(190, 200)}
    with Image.open(photos / "a.png") as image:
        assert np.array_equal(result.examples[0][1], np.asarray(image)[20:220])


def test_the_perceptual_distance_is_measured_where_a_network_is_named(photos: Path, perceptual_file: str) -> None:
    result = bench_codec(photos, methods=["jpeg"], steps=4, limit=1, device="cpu", perceptual=perceptual_file)
    distances = [row.perceptual for row in result.rows]
    assert all(distance is not None and distance > 0 for distance in distances)
    assert "perc." in result.text()


def test_the_plot_and_the_sheet_are_pictures(measured: CodecReport, tmp_path: Path) -> None:
    measured.write_plot(tmp_path / "plot.png")
    measured.write_sheet(tmp_path / "sheet.png", n=1, bpp=0.5)
    with Image.open(tmp_path / "plot.png") as plot, Image.open(tmp_path / "sheet.png") as sheet:
        assert plot.width > 600
        assert sheet.width > 4 * 190
        assert 240 < sheet.height < 400
    for target in ("plot.gif", "plot"):
        with pytest.raises(UsageError, match=r"a \.png, \.svg or \.pdf file"):
            measured.write_plot(tmp_path / target)
    with pytest.raises(UsageError, match=r"a \.png, \.jpg or \.webp file"):
        measured.write_sheet(tmp_path / "sheet.svg")


def test_a_sheets_files_are_near_the_wanted_size() -> None:
    picture = scene(1, 300, 320)
    for name in ("jpeg", "jpeg2000"):
        if missing(name) is None:
            crop = encode_near(BASELINES[name](), picture, 0.5)
            assert crop.bpp == pytest.approx(0.5, rel=0.1)
            assert crop.decoded.shape == picture.shape
    lowest = encode_near(BASELINES["jpeg"](), picture, 0.001)
    assert lowest.quality == BASELINES["jpeg"]().qualities[0]


def test_the_window_is_where_the_detail_is() -> None:
    picture = np.full((700, 900, 3), 90, np.uint8)
    picture[350:600, 500:800] = np.random.default_rng(0).integers(0, 256, (250, 300, 3), dtype=np.uint8)
    top, left, height, width = detailed_window(picture)
    assert (height, width) == (TILE, TILE)
    assert top <= 350
    assert top + height >= 600
    assert 480 <= left <= 540
    assert detailed_window(picture[:50, :70]) == (0, 0, 50, 70)


def test_without_released_weights_our_codec_is_left_out_with_a_note(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "manifest", lambda: {"models": {"inpaint": {}}})
    assert METHODS.choose(None, "codec", given=False) == [name for name in BASELINES if missing(name) is None]
    assert METHODS.choose(None, "codec", given=True)[0] == "restore"
    assert METHODS.choose(None, "run/", given=False)[0] == "restore"
    monkeypatch.setattr(bench, "METHODS", replace(METHODS, baselines=("jpeg",)))
    result = bench_codec(photos, steps=4, limit=1, device="cpu")
    assert [one.name for one in result.codecs] == ["jpeg"]
    assert "restore is left out" in result.notes[0]


def test_asked_for_by_name_without_weights_our_codec_is_an_error(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.safetensors"):
        bench_codec(photos, methods=["restore"], weights="nowhere.safetensors", device="cpu")
    monkeypatch.setattr(store, "manifest", lambda: {"models": {"inpaint": {}}})
    with pytest.raises(WeightsError, match="released are"):
        bench_codec(photos, methods=["restore-linear"], device="cpu")


def test_each_ablation_is_loaded_as_its_part(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[tuple[Any, ...]] = []

    def load(weights: str = "codec", device: str = "auto", part: str = "all") -> WebpCodec:
        loads.append((weights, device, part))
        return WebpCodec()

    monkeypatch.setattr("restore.codecs.loading.load_codec", load)
    monkeypatch.setattr("restore.pipelines.codec.image_codec.ImageCodec", lambda codec: codec)
    names = ["restore", "restore-linear", "restore-nocontext", "restore-fixed"]
    result = bench_codec(photos, methods=names, weights="run/", steps=4, limit=1, device="cpu")
    assert loads == [("run/", "cpu", part) for part in ("all", "linear", "nocontext", "fixed")]
    assert [summary.method for summary in result.summaries()] == names
    assert result.conditions.weights == "run/"
    assert "-" in result.text(), "nothing to take a BD-rate against"


def test_an_effort_behind_a_name_reaches_our_codec(photos: Path) -> None:
    codec = WebpCodec()
    result = bench_codec(photos, methods=["restore@3"], steps=4, limit=1, codec=codec, device="cpu")
    assert codec.efforts == {3}
    assert [summary.method for summary in result.summaries()] == ["restore@3"]
    for wrong in ("restore@", "restore@x", "restore@0"):
        with pytest.raises(UsageError, match="whole number from 1 on"):
            bench_codec(photos, methods=[wrong], steps=4, limit=1, codec=codec, device="cpu")


def test_a_codec_that_gives_another_size_back_is_not_measured(photos: Path) -> None:
    with pytest.raises(RestoreError, match="gave"):
        bench_codec(photos, methods=["restore"], steps=4, codec=Cropping(), device="cpu")


def test_a_longer_file_costs_what_its_bytes_are(photos: Path) -> None:
    """A header of 100 bytes moves every rate by 800 bits and no PSNR."""
    plain, longer = (
        bench_codec(photos, methods=["restore"], steps=4, codec=WebpCodec(extra), device="cpu") for extra in (0, 100)
    )
    for here, there in zip(plain.rows, longer.rows, strict=True):
        assert there.bpp - here.bpp == pytest.approx(800 / (here.width * here.height))
        assert there.psnr == here.psnr


def test_requests_that_make_no_sense_are_refused_before_anything_runs(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose from restore, restore-linear"):
        bench_codec(photos, methods=["bpg"])
    with pytest.raises(UsageError, match="nothing to measure"):
        bench_codec(photos, methods=[])
    with pytest.raises(UsageError, match="at least 4"):
        bench_codec(photos, methods=["jpeg"], steps=3)
    with pytest.raises(UsageError, match="rising"):
        bench_codec(photos, methods=["jpeg"], span=(1.5, 0.15))
    with pytest.raises(UsageError, match="above 0"):
        bench_codec(photos, methods=["jpeg"], rates=[0])
    with pytest.raises(UsageError, match="11 px"):
        bench_codec(photos, methods=["jpeg"], size=8)
    with pytest.raises(UsageError, match="limit"):
        bench_codec(photos, methods=["jpeg"], limit=0)
    with pytest.raises(InputError, match="no such"):
        bench_codec(tmp_path / "missing", methods=["jpeg"])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="holds no picture"):
        bench_codec(empty, methods=["jpeg"])
    save_scene(empty / "small.png", 1, 5, 100)
    with pytest.raises(UsageError, match="11 px"):
        bench_codec(empty, methods=["jpeg"], device="cpu")
