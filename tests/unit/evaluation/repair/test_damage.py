"""Damage by width and contrast, and at other scales, on truths written by hand."""

import numpy as np
import pytest

from restore.evaluation.repair.damage import CLASSES, at_scale, by_width, classes_of
from restore.evaluation.strokes import AREAS, LINES, SPOTS
from restore.pipelines.repair import marks
from restore.synthetic.damage import KINDS, Damaged


def damaged_by(kinds: np.ndarray, change: float = 40.0) -> Damaged:
    """Kinds on a grey picture, with one change everywhere that is damaged."""
    height, width = kinds.shape
    picture = np.full((height, width, 3), 100, np.uint8)
    picture[kinds > 0] += np.uint8(change)
    changes = np.where(kinds > 0, np.float32(change), np.float32(0))
    return Damaged(picture, kinds, np.zeros((height, width), np.bool_), changes)


def test_kinds_have_the_same_numbers_where_damage_is_made_up_and_where_it_is_found() -> None:
    assert KINDS == marks.KINDS
    assert tuple(KINDS[number - 1] for number in (LINES, SPOTS, AREAS)) == KINDS


@pytest.mark.parametrize(
    ("thickness", "name"),
    [(1, "1-4 px"), (2, "1-4 px"), (4, "1-4 px"), (5, "4-10 px"), (9, "4-10 px"), (12, "10+ px"), (30, "10+ px")],
)
@pytest.mark.parametrize("upright", [False, True])
def test_a_line_is_of_its_own_width_from_end_to_end(thickness: int, name: str, upright: bool) -> None:
    damage = np.zeros((60, 80), np.bool_)
    damage[15 : 15 + thickness] = True
    found = by_width(damage.T if upright else damage)
    assert {width for width, part in found.items() if part.any()} == {name}
    assert np.array_equal(found[name], damage.T if upright else damage)


def test_a_hair_across_a_stain_is_thin_outside_of_it() -> None:
    damage = np.zeros((80, 80), np.bool_)
    damage[20:50, 20:50] = True
    damage[35] = True
    found = by_width(damage)
    assert found["1-4 px"][35, [0, 10, 60, 79]].all()
    assert found["10+ px"][25:45, 25:45].all()
    assert not found["1-4 px"][22:48, 22:48].any()
    assert np.array_equal(np.logical_or.reduce(list(found.values())), damage)


def test_a_picture_that_is_all_damage_is_wide() -> None:
    assert by_width(np.ones((9, 9), np.bool_))["10+ px"].all()


def test_classes_share_out_the_damage_by_kind_width_and_contrast() -> None:
    kinds = np.zeros((60, 60), np.uint8)
    kinds[5] = 1
    kinds[40:] = 3
    damaged = damaged_by(kinds)
    damaged.change[5, :30] = 12
    damaged.change[5, 30:] = 25
    damaged.change[40:] = 60
    found = classes_of(damaged)
    assert tuple(found) == CLASSES
    counts = {name: int(part.sum()) for name, part in found.items() if part.any()}
    assert counts == {
        "lines": 60,
        "areas": 1200,
        "1-4 px": 60,
        "10+ px": 1200,
        "9-25 levels": 30,
        "25-60 levels": 30,
        "60+ levels": 1200,
        "thin lines": 60,
    }


def test_at_its_own_scale_nothing_changes() -> None:
    damaged = damaged_by(np.eye(20, dtype=np.uint8))
    assert at_scale(damaged, 1) is damaged


def test_the_truth_goes_with_the_picture_to_twice_the_size_and_back() -> None:
    kinds = np.zeros((40, 48), np.uint8)
    kinds[10:16] = 2
    twice = at_scale(damaged_by(kinds), 2)
    assert twice.picture.shape == (80, 96, 3)
    rows = np.flatnonzero((twice.kinds == 2).all(axis=1))
    assert (rows[0], rows[-1]) == (20, 31)
    assert (twice.kinds == 0)[[18, 33]].all()
    half = at_scale(damaged_by(kinds), 0.5)
    assert np.array_equal(np.flatnonzero(half.kinds[:, 0]), [5, 6, 7])
    assert int(half.picture[6, 6, 0]) == pytest.approx(140, abs=2)


def test_what_fades_when_it_is_reduced_is_in_doubt_and_no_longer_damage() -> None:
    kinds = np.zeros((40, 40), np.uint8)
    kinds[10] = 1
    assert at_scale(damaged_by(kinds, 40), 0.5).kinds[5].all()
    faint = at_scale(damaged_by(kinds, 12), 0.5)
    assert not faint.kinds.any()
    assert faint.doubt[5].all()
    assert faint.doubt.sum() == 20
