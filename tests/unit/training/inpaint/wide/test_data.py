"""Wide holes and parts of kept fills: pure functions of their seeds, all planes turned together."""

from pathlib import Path

import numpy as np
import pytest

from restore.training.augmentation import Augmentation
from restore.training.inpaint.damage import WIDE_KINDS
from restore.training.inpaint.wide.cases import LEAST, MOST, WideCases, WideSamples, wide_hole
from restore.training.inpaint.wide.data import WideData
from restore.training.inpaint.wide.fills import KeptFills
from restore.training.photos import find_photos


@pytest.mark.parametrize("kind", list(WIDE_KINDS))
def test_wide_holes_cover_a_fair_part(kind: str) -> None:
    for seed in range(5):
        hole = wide_hole(np.random.default_rng(seed), 96, kind)
        assert set(np.unique(hole)) == {0, 1}
        assert LEAST <= hole.mean() <= MOST
        assert np.array_equal(hole, wide_hole(np.random.default_rng(seed), 96, kind))


def test_samples_and_cases_are_functions_of_their_number(mixed_photos: Path) -> None:
    photos = find_photos(mixed_photos)
    for make in (
        lambda: WideSamples(photos, side=64, seed=3, augment=Augmentation()),
        lambda: WideCases(photos, 64),
    ):
        one, same = make(), make()
        picture, hole = one(1)
        assert (picture.shape, picture.dtype, hole.shape) == ((3, 64, 64), np.uint8, (64, 64))
        assert np.array_equal(picture, same(1)[0])
        assert np.array_equal(hole, same(1)[1])
        assert not np.array_equal(hole, one(0)[1])


def test_cases_meet_every_kind_in_turn(mixed_photos: Path) -> None:
    assert WideCases(find_photos(mixed_photos), 64).kinds == ["medium", "thick", "object"]


def numbered(folder: Path) -> KeptFills:
    """Samples whose planes are their rows, columns and other numbers, with a hole in the middle."""
    kept = KeptFills(folder, {}, 4, 64)
    rows, columns = np.mgrid[:64, :64].astype(np.uint8)
    for number in range(4):
        sample = np.stack([rows, columns, rows + 64, rows * 0, *(3 * [columns]), *(3 * [rows])])
        sample[3, 20:44, 20:44] = 1
        kept.put(number, sample)
    return kept


def test_parts_are_functions_of_the_step_and_all_planes_go_together(tmp_path: Path) -> None:
    kept = numbered(tmp_path)
    data, again = WideData(kept, 5), WideData(kept, 5)
    first, other = data.batch(3, 8, 32).samples, data.batch(4, 8, 32).samples
    assert first.shape == (8, 10, 32, 32)
    assert first.equal(again.batch(3, 8, 32).samples)
    assert not first.equal(other)
    assert first[1::2].equal(data.batch(3, 8, 32, slice(1, None, 2)).samples), "a process's own"
    for part in first:
        assert part[0].equal(part[9])
        assert part[1].equal(part[4])
        inside = (part[0] >= 20) & (part[0] < 44) & (part[1] >= 20) & (part[1] < 44)
        assert part[3].bool().equal(inside)
    assert len({tuple(part[:2, 0, :2].flatten().tolist()) for part in data.batch(9, 64, 64).samples}) == 8
