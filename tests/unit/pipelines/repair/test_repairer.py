"""Found and filled: only marks change, in every kind of image; masks that protect and add."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import restore
from restore.errors import UsageError
from restore.models.repair.detector import KIND
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.repair.finder import DamageFinder
from restore.pipelines.repair.options import RepairOptions
from restore.pipelines.repair.repairer import Repairer, find_damage, load_repairer, repair
from restore.pretrained import save_weights
from tests.support.models.detector import GROUND, TINY, damaged, light, near, tiny_detector


@pytest.fixture
def repairer() -> Repairer:
    return Repairer(DamageFinder(tiny_detector(), "cpu"), Inpainter({}, "cpu"))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_only_what_is_found_changes(repairer: Repairer, dtype: type) -> None:
    picture = damaged(dtype=dtype)
    noise = np.random.default_rng(0).integers(0, 5, picture.shape, dtype=dtype)
    picture += noise
    hole = near(light(picture), 2)
    repaired = repairer(picture)
    assert repaired.dtype == dtype
    assert np.array_equal(repaired[~hole], picture[~hole])
    assert np.abs(repaired.astype(int) - int(GROUND * (np.iinfo(dtype).max // 255))).max() <= 5


def as_array(image: Any) -> Any:
    return np.asarray(image)


@pytest.mark.parametrize("kind", ["grey array", "float array", "rgba", "pil", "pil grey", "tensor", "batch"])
def test_the_same_kind_of_image_comes_back(repairer: Repairer, kind: str) -> None:
    picture = damaged()
    grey, alpha = picture[..., 0], np.full((60, 80, 1), 200, np.uint8)
    planes = torch.from_numpy(picture.transpose(2, 0, 1).copy())
    images: dict[str, Any] = {
        "grey array": grey,
        "float array": picture.astype(np.float32) / 255,
        "rgba": np.concatenate([picture, alpha], axis=2),
        "pil": Image.fromarray(picture),
        "pil grey": Image.fromarray(grey),
        "tensor": planes,
        "batch": torch.stack([planes, planes.flip(1)]),
    }
    given = images[kind]
    before = as_array(given).copy()
    made = repairer(given)
    assert type(made) is type(given)
    after = as_array(made)
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    assert np.array_equal(as_array(given), before)
    assert not np.array_equal(after, before)
    if kind == "rgba":
        assert (after[..., 3] == 200).all()
        after = after[..., :3]
    assert np.allclose(after, GROUND / 255 if kind == "float array" else GROUND, atol=1)


def test_nothing_found_gives_the_same_pixels_back(repairer: Repairer) -> None:
    picture = np.full((30, 40, 3), 77, np.uint8)
    lines: list[str] = []
    assert np.array_equal(repairer(picture, notify=lines.append), picture)
    assert lines == ["no damage found: every pixel stays as it is"]


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3)])
def test_tiny_pictures(repairer: Repairer, size: tuple[int, int]) -> None:
    picture = np.full((*size, 3), 10, np.uint8)
    assert np.array_equal(repairer(picture), picture)


def test_probabilities(repairer: Repairer) -> None:
    picture = damaged()
    found = repairer.find(picture)
    assert (found.shape, found.dtype) == ((60, 80), np.float32)
    assert np.array_equal(found > 0.5, light(picture))
    grey = repairer.find(Image.fromarray(picture[..., 0]))
    assert np.allclose(grey, found, atol=1e-6)
    batch = torch.from_numpy(picture.transpose(2, 0, 1).copy())[None].repeat(2, 1, 1, 1)
    assert repairer.find(batch).shape == (2, 60, 80)
    assert repairer.find(batch[0]).shape == (60, 80)


def test_what_is_protected_stays_and_what_is_added_is_filled(repairer: Repairer) -> None:
    picture = damaged()
    picture[50:55, 10:15] = 100  # too faint to be found
    protect, also = np.zeros((2, 60, 80), np.uint8)
    protect[:, 55:70], also[50:55, 10:15] = 255, 255
    made = repairer(picture, protect=protect, also=also)
    changed = (made != picture).any(axis=2)
    assert np.array_equal(made[:, 55:70], picture[:, 55:70])
    assert np.array_equal(changed[:, :40], ((light(picture)) | (picture[..., 0] == 100))[:, :40])
    both = repairer(picture, protect=np.ones((60, 80), bool), also=also)
    assert np.array_equal(both, picture)


def test_masks_of_another_size(repairer: Repairer) -> None:
    for name in ("protect", "also"):
        with pytest.raises(UsageError, match=f"the mask of {name} is 9x8 but the picture is 80x60"):
            repairer(damaged(), **{name: np.zeros((8, 9), np.uint8)})


def test_wholly_transparent_pixels_are_not_marked(repairer: Repairer) -> None:
    picture = np.concatenate([damaged(), np.full((60, 80, 1), 255, np.uint8)], axis=2)
    picture[:30, :, 3] = 0
    made = repairer(picture)
    assert np.array_equal(made[:30], picture[:30])
    assert (made[40:43, 60:63, 0] == GROUND).all()


def test_a_picture_marked_all_over_is_refused(repairer: Repairer) -> None:
    with pytest.raises(UsageError, match="nothing is left to fill from: choose a lower sensitivity"):
        repairer(damaged(), also=np.ones((60, 80), bool))


def test_kinds_and_sensitivity(repairer: Repairer) -> None:
    picture = damaged()
    lines_only = repairer(picture, kinds="lines")
    assert (lines_only[10:12, 20:60] == GROUND).all()
    assert np.array_equal(lines_only[40:43, 60:63], picture[40:43, 60:63])
    faint = np.where(light(picture)[..., None], np.uint8(GROUND + 55), picture)  # a little above the threshold
    assert np.array_equal(repairer(faint, sensitivity=0.0), faint)
    assert (repairer(faint, sensitivity=1.0, dilate=0) == GROUND).all()


def test_progress_goes_once_from_beginning_to_end(repairer: Repairer) -> None:
    told: list[float] = []
    repairer(damaged(), on_progress=lambda done, total: told.append(done / total))
    assert told == sorted(told)
    assert told[0] == 0.5
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sensitivity": -1}, "sensitivity -1 is out of range"),
        ({"kinds": "lines,dust"}, "kind 'dust' is unknown"),
        ({"dilate": 1001}, "dilate 1001 is out of range"),
        ({"dilate": 1.5}, "dilate 1.5 is no whole number"),
        ({"sensitivity": "high"}, "sensitivity 'high' is no number"),
        ({"sensitivity": np.nan}, "sensitivity nan is out of range"),
        ({"kinds": 3}, "kinds 3 is no list of names: choose from lines, spots, areas"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"fill": "fog"}, "fill 'fog' is unknown"),
        ({"threshold": 0.5}, "option 'threshold' is unknown"),
    ],
)
def test_refusals(repairer: Repairer, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        repairer(damaged(), **options)


def test_values_that_are_no_numbers(repairer: Repairer) -> None:
    picture = damaged().astype(np.float32) / 255
    picture[5, 5] = np.nan
    for call in (repairer, repairer.find):
        with pytest.raises(UsageError, match="not finite: mark them in a mask"):
            call(picture)


def test_options_by_name() -> None:
    request = RepairOptions.of({"kinds": "spots, areas", "seed": 3, "dilate": 1})
    assert (request.kinds, request.filling.seed, request.dilate) == (("spots", "areas"), 3, 1)


def test_each_picture_is_repaired_by_itself(repairer: Repairer) -> None:
    frames = [np.roll(damaged(), shift, axis=1) for shift in (0, 7, 3)]
    forward = [repairer(frame) for frame in frames]
    backward = [repairer(frame) for frame in reversed(frames)][::-1]
    for one, other in zip(forward, backward, strict=True):
        assert np.array_equal(one, other)


def test_loading_and_the_functions_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.safetensors"
    save_weights(path, tiny_detector().state_dict(), kind=KIND, role="repair", config=TINY.as_dict(), training={})
    loaded = restore.load(path, device="cpu")
    assert isinstance(loaded, Repairer)
    assert str(loaded.device) == "cpu"
    picture = damaged()
    assert np.array_equal(loaded.find(picture) > 0.5, light(picture))
    monkeypatch.setattr(
        "restore.pipelines.repair.repairer.load_once", lambda name, device: load_repairer(path, device=device)
    )
    assert (restore.repair, restore.find_damage) == (repair, find_damage)
    assert np.array_equal(restore.find_damage(picture, device="cpu"), loaded.find(picture))
    made = restore.repair(picture, device="cpu", sensitivity=0.4)
    assert np.array_equal(made[~near(light(picture), 2)], picture[~near(light(picture), 2)])
    assert np.abs(made.astype(int) - GROUND).max() <= 12
