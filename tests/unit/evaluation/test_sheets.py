"""Which cases a bench keeps for its sheet."""

import pytest

from restore.evaluation.sheets import spread


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
