"""Agreement of marks with a known truth: within two pixels, and nothing about what is in doubt."""

import pytest
import torch

from restore.synthetic.agreement import Agreement, agreement


def field(*points: tuple[int, int]) -> torch.Tensor:
    marks = torch.zeros(1, 1, 20, 20, dtype=torch.bool)
    for row, column in points:
        marks[0, 0, row, column] = True
    return marks


@pytest.mark.parametrize(("away", "right"), [(0, True), (2, True), (3, False)])
def test_a_mark_is_right_within_two_pixels(away: int, right: bool) -> None:
    counted = agreement(field((10, 10 + away)), field((10, 10)))
    assert (counted.precision, counted.recall) == ((1.0, 1.0) if right else (0.0, 0.0))


def test_precision_and_recall_tell_too_much_from_too_little() -> None:
    truth = field((2, 2), (2, 10), (15, 15))
    few = agreement(field((2, 2)), truth)
    assert (few.precision, few.recall) == (1.0, pytest.approx(1 / 3))
    many = agreement(field((2, 2), (2, 10), (15, 15), (8, 3)), truth)
    assert (many.precision, many.recall) == (0.75, 1.0)
    assert many.f1 == pytest.approx(2 * 0.75 / 1.75)


def test_marks_in_doubt_count_neither_way() -> None:
    counted = agreement(field((2, 2), (8, 3)), field((2, 2)), field((8, 3)))
    assert counted == Agreement(1, 1, 1, 1)


def test_pictures_add_up_and_nothing_at_all_is_perfect() -> None:
    assert agreement(field(), field()).f1 == 1
    both = agreement(field((1, 1)), field((1, 1))) + agreement(field((1, 1)), field())
    assert (both.precision, both.recall) == (0.5, 1.0)
