"""From probabilities to marks: thresholds, hysteresis, kinds by shape, and the rim around them."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from restore.errors import UsageError
from restore.pipelines.repair.marks import KINDS, component_sizes, grow_kinds, mark_damage, threshold
from tests.support.models.detector import near

LINES, SPOTS, AREAS = 1, 2, 3


def blank(height: int = 90, width: int = 120) -> NDArray[np.float32]:
    return np.zeros((height, width), np.float32)


def test_the_threshold_is_linear_as_a_logit() -> None:
    chances = [threshold(step / 10) for step in range(11)]
    logits = np.log(np.array(chances) / (1 - np.array(chances)))
    assert np.allclose(np.diff(logits), logits[1] - logits[0])
    assert (chances[0], chances[5], chances[10]) == pytest.approx((0.95, 0.5, 0.05))


def test_more_is_marked_the_more_sensitive() -> None:
    found = np.random.default_rng(0).random((60, 60)).astype(np.float32)
    masks = [mark_damage(found, sensitivity=step / 4, rim=0).mask for step in range(5)]
    shares = [mask.mean() for mask in masks]
    assert shares == sorted(shares)
    assert shares[0] < 0.06
    assert shares[-1] > 0.9
    for fewer, more in pairwise(masks):
        assert not (fewer & ~more).any()


@pytest.mark.parametrize(
    ("sensitivity", "likely", "marked"),
    [(0.5, 0.55, False), (0.5, 0.7, True), (0.25, 0.7, False), (0.0, 0.96, False), (0.0, 0.99, True), (1.0, 0.1, True)],
)
def test_a_component_counts_where_some_pixel_is_clearly_above_the_threshold(
    sensitivity: float, likely: float, marked: bool
) -> None:
    found = blank()
    found[20, 10:50] = threshold(sensitivity) + 1e-4
    found[60, 10:50] = threshold(sensitivity) + 1e-4
    found[20, 30] = likely
    mask = mark_damage(found, sensitivity=sensitivity, rim=0).mask
    assert np.array_equal(np.nonzero(mask)[0], np.full(40 if marked else 0, 20))


def shapes() -> NDArray[np.float32]:
    """One of each: a straight line, a diagonal one, a ring, a speck, a small disc, a stain, a corner."""
    found = blank(200, 300)
    found[5:8, 10:90] = 1
    for step in range(40):
        found[20 + step, 20 + step] = found[20 + step, 21 + step] = 1
    rows, columns = np.mgrid[:200, :300]
    distance = np.hypot(rows - 60, columns - 200)
    found[(distance > 30) & (distance < 33)] = 1
    found[100, 100] = 1
    found[np.hypot(rows - 120, columns - 40) < 7] = 1
    found[np.hypot(rows - 140, columns - 160) < 35] = 1
    found[(199 - rows) + (299 - columns) < 50] = 1
    return found


def test_kinds_go_by_shape() -> None:
    kinds = mark_damage(shapes(), rim=0).kinds
    places = {(6, 40): LINES, (40, 40): LINES, (60, 231): LINES, (100, 100): SPOTS, (120, 40): SPOTS}
    places |= {(140, 160): AREAS, (199, 299): AREAS}
    assert {place: int(kinds[place]) for place in places} == places
    assert np.array_equal(kinds > 0, shapes() > 0)


@pytest.mark.parametrize("chosen", [("lines",), ("spots", "areas"), ("areas",)])
def test_only_the_kinds_that_are_asked_for(chosen: tuple[str, ...]) -> None:
    everything = mark_damage(shapes(), rim=0)
    some = mark_damage(shapes(), kinds=chosen, rim=0)
    numbers = [KINDS.index(kind) + 1 for kind in chosen]
    assert np.array_equal(some.mask, np.isin(everything.kinds, numbers))
    shares = some.shares()
    assert {kind for kind, share in shares.items() if share} == set(chosen)
    assert sum(shares.values()) == pytest.approx(some.mask.mean())


@pytest.mark.parametrize("rim", [0, 1, 2, 5])
def test_marks_grow_by_a_disc(rim: int) -> None:
    found = (np.random.default_rng(0).random((40, 50)) < 0.01).astype(np.float32)
    assert np.array_equal(mark_damage(found, rim=rim).mask, near(found > 0, rim))


def test_where_kinds_meet_the_larger_number_wins_and_no_number_is_made_up() -> None:
    kinds = np.zeros((5, 9), np.uint8)
    kinds[2, 2], kinds[2, 5] = LINES, AREAS
    grown = grow_kinds(kinds, 2)
    assert grown[2].tolist() == [1, 1, 1, 3, 3, 3, 3, 3, 0]
    assert np.array_equal(grow_kinds(np.full((1, 1), SPOTS, np.uint8), 3), [[SPOTS]])


def test_sizes_of_components_over_several_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restore.pipelines.inpaint.distance.BAND_PIXELS", 40)
    labels = np.full((12, 20), -1, np.int32)
    labels[1:11, 3] = 0
    labels[4:6, 10:17] = 1
    areas, heights, widths = component_sizes(labels)
    assert (areas.tolist(), heights.tolist(), widths.tolist()) == ([10, 14], [10, 2], [1, 7])


def test_nothing_and_everything() -> None:
    assert not mark_damage(blank()).mask.any()
    assert mark_damage(blank() + 1).mask.all()
    assert mark_damage(np.ones((1, 1), np.float32)).kinds.tolist() == [[SPOTS]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sensitivity": 1.01}, "sensitivity 1.01 is out of range"),
        ({"sensitivity": float("nan")}, "sensitivity nan is out of range"),
        ({"kinds": ("dust",)}, "kind 'dust' is unknown: choose from lines, spots, areas"),
        ({"kinds": ()}, "no kind is named"),
    ],
)
def test_refusals(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        mark_damage(blank(), **options)  # type: ignore[arg-type]
