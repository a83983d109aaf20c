"""Which triplets an interpolation bench shows, and which part of them."""

import numpy as np

from restore.evaluation.interpolate.sheet import TILE, TripletCase, difference, sheet_cases, worst_window


def test_the_window_is_where_the_difference_is_largest() -> None:
    truth = np.full((500, 700, 3), 90, np.uint8)
    one, other = truth.copy(), truth + np.uint8(1)
    one[300:420, 350:480] = 200
    top, left, height, width = worst_window(truth, [one, other])
    assert (height, width) == (TILE, TILE)
    assert top <= 300
    assert top + height >= 420
    assert left <= 350
    assert left + width >= 480
    assert worst_window(truth[:50, :70], [one[:50, :70]]) == (0, 0, 50, 70)


def test_differences_are_drawn_four_times_as_bright() -> None:
    truth = np.array([[[10, 20, 30], [0, 0, 0]]], np.uint8)
    made = np.array([[[13, 17, 33], [255, 255, 0]]], np.uint8)
    assert difference(truth, made).tolist() == [[12, 255]]


def case(name: str, psnr: float, margin: float | None) -> TripletCase:
    nothing = np.zeros((1, 1, 3), np.uint8)
    return TripletCase(name, (0, 0, 1, 1), nothing, 1.0, nothing, (nothing, nothing), {}, {}, margin, psnr)


def test_the_cases_keeps_typical_cases_and_two_kinds_of_worst_ones() -> None:
    cases = sheet_cases(6, ("restore", "dis"), kept=3)
    offered = [(30.0, 1.0), (45.0, -3.0), (31.0, -0.5), (20.0, 0.5), (33.0, 2.0), (22.0, 0.7)]
    for source, (psnr, margin) in enumerate(offered):
        cases.add(source, case(f"{source}", psnr, margin))
        cases.add(source, case(f"{source} again", 35, 3))
    chosen = cases.select(4, 2)
    assert [found.label for _, found in chosen] == ["0", "4", "2", "3"], "45 dB is too good to be a worst case"
    assert [note for note, _ in chosen] == [
        "",
        "",
        "restore -0.50 dB over dis, among the least",
        "lowest PSNR of restore",
    ]


def test_a_cases_without_margins_shows_the_lowest_psnr() -> None:
    cases = sheet_cases(3, ("copy", None), kept=3)
    for source, psnr in enumerate((30.0, 20.0, 25.0)):
        cases.add(source, case(f"{source}", psnr, None))
    assert [found.label for note, found in cases.select(3, 2) if note] == ["1", "2"]
