"""Damage found tile by tile: any size, the same as in one piece, the same whatever runs beside it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from restore.errors import UsageError, WeightsError
from restore.models.repair.detector import KIND, DetectorConfig
from restore.pipelines.repair import finder
from restore.pipelines.repair.finder import DamageFinder, load_finder, plan_tiles
from restore.pretrained import save_weights
from tests.support.models.detector import TINY, damaged, light, random_detector, tiny_detector


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 300), (768, 769), (2305, 40), (1024, 1600)])
def test_cores_share_out_a_picture_and_tiles_see_a_halo_around_them(height: int, width: int) -> None:
    times = np.zeros((height, width), np.int32)
    for tile in plan_tiles(height, width, 16):
        times[tile.core] += 1
        for core, seen, length in zip(tile.core, tile.seen, (height, width), strict=True):
            assert core.stop - core.start <= 768
            assert seen.start % 16 == 0
            assert seen.start == max(0, core.start - 64)
            assert min(length, core.stop + 64) <= seen.stop <= length
    assert (times == 1).all()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (3, 2), (33, 17)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_any_size_and_depth(height: int, width: int, dtype: type) -> None:
    top = 1.0 if dtype is np.float32 else np.iinfo(dtype).max
    picture = (np.random.default_rng(0).random((height, width, 3)) * top).astype(dtype)
    found = DamageFinder(random_detector(), "cpu").probabilities(picture)
    assert (found.shape, found.dtype) == ((height, width), np.float32)
    assert ((found >= 0) & (found <= 1)).all()


def test_tiles_give_what_one_look_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (200, 330, 3), dtype=np.uint8)
    detector = random_detector()
    planned = plan_tiles
    tiles = planned(200, 330, 4, 64, 64)
    assert len(tiles) == 4 * 6
    monkeypatch.setattr(finder, "plan_tiles", lambda *size: planned(*size, 64, 64))
    tiled = DamageFinder(detector, "cpu").probabilities(picture)
    with torch.inference_mode():
        whole = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32) / 255)
        padded = torch.nn.functional.pad(whole, (0, 2, 0, 0), mode="replicate")
        expected = detector.eval()(padded).sigmoid()[0, 0, :, :330].numpy()
    assert expected.std() > 0.05
    assert np.abs(tiled - expected).max() < 1e-4


def test_how_many_run_side_by_side_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    planned = plan_tiles
    monkeypatch.setattr(finder, "plan_tiles", lambda *size: planned(*size, 32, 16))
    alone, together = (DamageFinder(random_detector(), "cpu", at_once=count) for count in (1, 3))
    assert np.array_equal(alone.probabilities(picture), together.probabilities(picture))


def test_a_scratch_and_a_spot_are_found_at_both_depths() -> None:
    found = DamageFinder(tiny_detector(), "cpu")
    for dtype in (np.uint8, np.uint16):
        picture = damaged(dtype=dtype)
        assert np.array_equal(found.probabilities(picture) > 0.5, light(picture))


def test_progress_counts_tiles() -> None:
    told: list[tuple[int, int]] = []
    picture = np.zeros((20, 1550, 3), np.uint8)
    DamageFinder(tiny_detector(), "cpu").probabilities(picture, on_progress=lambda *counts: told.append(counts))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_weights_from_a_file_and_weights_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "repair.safetensors"
    detector = random_detector()
    saved = {"kind": KIND, "role": "repair", "training": {}}
    save_weights(path, detector.state_dict(), config=TINY.as_dict(), **saved)
    picture = damaged()
    loaded = load_finder(path, "cpu").probabilities(picture)
    assert np.abs(loaded - DamageFinder(detector, "cpu").probabilities(picture)).max() < 0.02  # stored as float16
    save_weights(path, detector.state_dict(), config=DetectorConfig().as_dict(), **saved)
    with pytest.raises(WeightsError, match="do not fit this version of restore"):
        load_finder(path, "cpu")
    save_weights(path, {}, config={}, **(saved | {"kind": "codec.vae"}))
    with pytest.raises(WeightsError, match="not of the network that finds damage"):
        load_finder(path, "cpu")
    with pytest.raises(WeightsError, match="no weights 'nothing'"):
        load_finder("nothing", "cpu")
    with pytest.raises(UsageError, match="device 'abacus' is unknown"):
        load_finder(path, "abacus")


def test_the_network_given_is_copied() -> None:
    detector = tiny_detector()
    found, picture = DamageFinder(detector, "cpu"), damaged()
    before = found.probabilities(picture)
    with torch.no_grad():
        detector.head.bias.fill_(9.0)
    assert np.array_equal(found.probabilities(picture), before)
