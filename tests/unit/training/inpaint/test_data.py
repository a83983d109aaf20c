"""Crops with holes: pure functions of seed and step, in range."""

from pathlib import Path

import pytest

from restore.errors import InputError
from restore.training.engine.recipe import prefetch
from restore.training.inpaint.data import InpaintData
from restore.training.photos import find_photos


def test_a_batch_is_a_function_of_seed_and_step(mixed_photos: Path) -> None:
    data = InpaintData(find_photos(mixed_photos), seed=3, bank=6)
    again = InpaintData(find_photos(mixed_photos), seed=3, bank=6)
    first, same, other = data.batch(7, 4, 64), again.batch(7, 4, 64), data.batch(8, 4, 64)
    assert first.picture.shape == (4, 3, 64, 64)
    assert first.hole.shape == (4, 1, 64, 64)
    assert first.picture.equal(same.picture)
    assert first.hole.equal(same.hole)
    assert not first.picture.equal(other.picture)
    assert set(first.hole.unique().tolist()) == {0, 1}
    assert 0.01 < first.hole.float().mean(dim=(1, 2, 3)).min() <= first.hole.float().mean(dim=(1, 2, 3)).max() < 0.65


def test_batches_made_ahead_are_the_same_batches(mixed_photos: Path) -> None:
    data = InpaintData(find_photos(mixed_photos), seed=1, bank=6)
    feed = prefetch(data, 5, 2, 64)
    for step in (5, 6, 7):
        assert next(feed).picture.equal(data.batch(step, 2, 64).picture)


def test_a_damaged_photograph_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with pytest.raises(InputError, match=r"broken\.jpg"):
        InpaintData([tmp_path / "broken.jpg"], seed=0, bank=1)
