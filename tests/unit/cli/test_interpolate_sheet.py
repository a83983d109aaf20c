"""Which triplets an interpolation bench shows, and which part of them."""

import numpy as np

from restore.evaluation.interpolate.gallery import TILE, Case, Gallery, worst_window
from restore.evaluation.interpolate.sheet import difference


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


def case(name: str, psnr: float, margin: float | None) -> Case:
    nothing = np.zeros((1, 1, 3), np.uint8)
    return Case(name, (0, 0, 1, 1), nothing, 1.0, nothing, (nothing, nothing), {}, {}, margin, psnr)


def test_the_gallery_keeps_typical_cases_and_two_kinds_of_worst_ones() -> None:
    gallery = Gallery(6, 3, ("restore", "dis"))
    offered = [(30.0, 1.0), (45.0, -3.0), (31.0, -0.5), (20.0, 0.5), (33.0, 2.0), (22.0, 0.7)]
    for source, (psnr, margin) in enumerate(offered):
        gallery.add(source, case(f"{source}", psnr, margin))
        gallery.add(source, case(f"{source} again", 35, 3))
    chosen = gallery.select(4, 2)
    assert [found.label for _, found in chosen] == ["0", "4", "2", "3"], "45 dB is too good to be a worst case"
    assert [note for note, _ in chosen] == [
        "",
        "",
        "restore -0.50 dB over dis, among the least",
        "lowest PSNR of restore",
    ]


def test_a_gallery_without_margins_shows_the_lowest_psnr() -> None:
    gallery = Gallery(3, 3, ("copy", None))
    for source, psnr in enumerate((30.0, 20.0, 25.0)):
        gallery.add(source, case(f"{source}", psnr, None))
    assert [found.label for note, found in gallery.select(3, 2) if note] == ["1", "2"]
