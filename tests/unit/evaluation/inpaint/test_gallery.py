"""Which cases of a bench are kept and shown."""

import numpy as np
import pytest

from restore.evaluation.inpaint.gallery import Case, Gallery
from restore.evaluation.inpaint.report import Row
from restore.evaluation.selection import spread


def make_case(number: int, margin: float | None) -> Case:
    row = Row(f"{number}.png", "thin", number, 8, 0.25, "telea", 1, 1, 1, 1, None, 1, 0, None, None, 0)
    hole = np.zeros((8, 8), np.bool_)
    hole[2:6, 2:6] = True
    original = np.full((8, 8, 3), number, np.uint8)
    return Case(original, hole, {"telea": np.full((16, 3), 200, np.uint8)}, {"telea": row}, margin)


def test_ordinary_cases_are_spread_over_pictures_and_classes() -> None:
    pairs = spread(36, 5, 10)
    assert len(pairs) == 10
    assert len({picture for picture, _ in pairs}) == 10
    assert sorted(kind for _, kind in pairs) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize(("pictures", "classes", "count"), [(2, 5, 7), (1, 1, 4), (3, 5, 15), (4, 2, 3), (1, 5, 5)])
def test_spread_gives_as_many_different_pairs_as_there_are(pictures: int, classes: int, count: int) -> None:
    pairs = spread(pictures, classes, count)
    assert len(pairs) == min(count, pictures * classes)
    assert all(0 <= picture < pictures and 0 <= kind < classes for picture, kind in pairs)


def test_the_worst_come_last_with_the_very_worst_at_the_end() -> None:
    gallery = Gallery(pictures=20, classes=1, room=20)
    margins = [3.0, -1.0, 2.0, 0.5, 4.0, -2.0, *([5.0] * 14)]
    for number, margin in enumerate(margins):
        gallery.add(number, 0, make_case(number, margin))
    chosen = gallery.select(8, worst=3)
    assert len(chosen) == 8
    assert [case.original[0, 0, 0] for _, case in chosen[-3:]] == [3, 1, 5]
    assert [note for note, _ in chosen[:5]] == [""] * 5
    assert chosen[-1][0] == "lowest margin, place 1: -2.00 dB"
    assert len({case.label for _, case in chosen}) == 8


def test_the_worst_are_kept_even_where_they_are_not_among_the_ordinary() -> None:
    gallery = Gallery(pictures=100, classes=1, room=4)
    for number in range(100):
        gallery.add(number, 0, make_case(number, -float(number)))
    assert [case.original[0, 0, 0] for _, case in gallery.select(4, worst=2)][-2:] == [98, 99]


def test_without_margins_only_ordinary_cases_are_shown() -> None:
    gallery = Gallery(pictures=3, classes=1, room=5)
    for number in range(3):
        gallery.add(number, 0, make_case(number, None))
    assert [note for note, _ in gallery.select(10, worst=3)] == ["", "", ""]


def test_a_filled_picture_is_the_original_outside_the_hole() -> None:
    case = make_case(9, None)
    filled = case.filled("telea")
    assert (filled[case.hole] == 200).all()
    assert (filled[~case.hole] == 9).all()
    assert (case.original == 9).all()
