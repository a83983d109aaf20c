"""Synthetic holes and crops: pure functions of their seeds, in range, of the kinds they are named after."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError
from restore.training.engine.recipe import prefetch
from restore.training.inpaint.damage import KINDS, draw_mask
from restore.training.inpaint.data import InpaintData
from restore.training.photos import decode_photo, find_photos, split_photos


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for index, size in enumerate([(150, 90), (96, 200), (40, 40)]):
        ramp = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3)
        noisy = np.clip(ramp + rng.normal(0, 9, ramp.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(tmp_path / f"p{index}.png")
    return tmp_path


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_draws_a_usable_hole(kind: str) -> None:
    masks = [draw_mask(np.random.default_rng([5, index]), 256, kind) for index in range(4)]
    for mask in masks:
        assert mask.shape == (256, 256)
        assert set(np.unique(mask)) == {0, 255}
        assert 0.005 < (mask > 0).mean() <= 0.6
    assert not np.array_equal(masks[0], masks[1])
    assert np.array_equal(masks[0], draw_mask(np.random.default_rng([5, 0]), 256, kind))


def test_shares_of_kinds_are_a_distribution() -> None:
    assert sum(share for _, share in KINDS.values()) == pytest.approx(1.0)


def test_a_batch_is_a_function_of_seed_and_step(photos: Path) -> None:
    data = InpaintData(find_photos(photos), seed=3, bank=6)
    again = InpaintData(find_photos(photos), seed=3, bank=6)
    first, same, other = data.batch(7, 4, 64), again.batch(7, 4, 64), data.batch(8, 4, 64)
    assert first.picture.shape == (4, 3, 64, 64)
    assert first.hole.shape == (4, 1, 64, 64)
    assert first.picture.equal(same.picture)
    assert first.hole.equal(same.hole)
    assert not first.picture.equal(other.picture)
    assert set(first.hole.unique().tolist()) == {0, 1}
    assert 0.01 < first.hole.float().mean(dim=(1, 2, 3)).min() <= first.hole.float().mean(dim=(1, 2, 3)).max() < 0.65


def test_batches_made_ahead_are_the_same_batches(photos: Path) -> None:
    data = InpaintData(find_photos(photos), seed=1, bank=6)
    feed = prefetch(data, 5, 2, 64)
    for step in (5, 6, 7):
        assert next(feed).picture.equal(data.batch(step, 2, 64).picture)


def test_photographs_are_reduced_to_the_longest_side(photos: Path) -> None:
    assert decode_photo(photos / "p0.png", 75).size == (75, 45)
    assert decode_photo(photos / "p0.png", 500).size == (150, 90)


def test_a_damaged_photograph_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with pytest.raises(InputError, match=r"broken\.jpg"):
        InpaintData([tmp_path / "broken.jpg"], seed=0, bank=1)


def test_held_out_photographs_are_never_trained_on(photos: Path, tmp_path: Path) -> None:
    found = split_photos(photos)
    learned, held_out = found.learned, found.held_out
    assert held_out
    assert not set(learned) & set(held_out)
    split = tmp_path / "split"
    for part in ("train", "val"):
        (split / part).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(split / part / f"{part}.png")
    found = split_photos(split)
    assert [[path.name for path in paths] for paths in (found.learned, found.held_out)] == [["train.png"], ["val.png"]]
    assert found.chosen_by_user


def test_folders_without_photographs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no photographs"):
        split_photos(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        split_photos(tmp_path / "missing")
    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    with pytest.raises(InputError, match="single photograph"):
        split_photos(tmp_path)
