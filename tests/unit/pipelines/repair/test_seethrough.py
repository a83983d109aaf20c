"""What is seen through stains: nearer than a fill where something is seen, the fill where nothing is."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from restore.errors import UsageError
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.repair.finder import DamageFinder
from restore.pipelines.repair.options import RepairOptions
from restore.pipelines.repair.repairer import Repairer
from restore.pipelines.repair.seethrough import RIM, WIDE, see_through, unveil
from tests.support.models.detector import near, tiny_detector

SIDE = 120
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE].astype(np.float64)
STAIN = (ROWS - 60) ** 2 + (COLUMNS - 55) ** 2 < 30**2
"""A disc with a radius of 30 px."""
HOLE = near(STAIN, 2)


def clean() -> NDArray[np.float64]:
    """Soft waves in three colours, `(H, W, 3)`, range 0..1."""
    waves = [
        0.5 + 0.12 * np.sin(COLUMNS / 11 + tint) + 0.1 * np.cos(ROWS / 13 + COLUMNS / 30 - tint)
        for tint in (0, 0.4, 0.8)
    ]
    return np.stack(waves, 2)


def stained(cover: float, tone: float = 0.25) -> NDArray[np.float64]:
    """The waves under a disc that covers so much of them."""
    return np.where(STAIN[..., None], (1 - cover) * clean() + cover * tone, clean())


def samples(picture: NDArray[np.float64], dtype: type = np.uint8) -> NDArray[np.generic]:
    levels: NDArray[np.generic] = np.round(picture * np.iinfo(dtype).max).astype(dtype)
    return levels


@pytest.fixture
def finder() -> DamageFinder:
    return DamageFinder(tiny_detector(), "cpu")


@pytest.fixture
def repairer(finder: DamageFinder) -> Repairer:
    return Repairer(finder, Inpainter({}, "cpu"))


def error(picture: NDArray[np.generic]) -> float:
    """Root mean square in levels of 255 inside the stain."""
    peak = np.iinfo(picture.dtype).max
    return float(np.sqrt((((picture / peak - clean())[STAIN] * 255) ** 2).mean()))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_seen_through_a_stain_is_nearer_than_a_fill(repairer: Repairer, dtype: type) -> None:
    picture = samples(stained(0.4), dtype)
    seen = repairer(picture, also=HOLE)
    blind = repairer(picture, also=HOLE, see_through=False)
    assert seen.dtype == dtype
    assert error(seen) < 0.7 * error(blind)
    changed = (seen != picture).any(axis=2)
    assert not changed[~near(HOLE, 1)].any()
    assert np.array_equal(seen, repairer(picture, also=HOLE)), "it is the same every time"


def test_16_bit_are_used_in_full(finder: DamageFinder) -> None:
    fine, coarse = samples(stained(0.4), np.uint16), samples(stained(0.4)).astype(np.uint16) * 257
    seen, rough = (see_through(one, HOLE, finder) for one in (fine, coarse))
    shown = HOLE & ~seen.hole & ~rough.hole
    left, right = (np.abs(one.colour / 65535 - clean())[shown].mean() for one in (seen, rough))
    assert seen.colour.dtype == np.uint16
    assert len(np.unique(seen.colour[shown])) > 2 * len(np.unique(rough.colour[shown]))
    assert left < right + 1e-4


def test_only_what_is_left_is_filled_and_nothing_else_changes(finder: DamageFinder) -> None:
    picture = samples(stained(0.4))
    kept = picture.copy()
    seen = see_through(picture, HOLE, finder)
    np.testing.assert_array_equal(picture, kept)
    changed = (seen.colour != picture).any(axis=2)
    assert not (seen.hole & ~HOLE).any()
    assert not (changed & (seen.hole | ~HOLE)).any()
    assert seen.share == np.count_nonzero(HOLE & ~seen.hole) / HOLE.size > 0.05
    assert near(~STAIN, RIM + 2)[HOLE & seen.hole].mean() > 0.9, "the rim"


def test_nothing_is_seen_through_an_opaque_stain(repairer: Repairer) -> None:
    opaque = stained(1.0) + np.where(STAIN, np.random.default_rng(0).normal(0, 0.01, STAIN.shape), 0)[..., None]
    picture = samples(np.clip(opaque, 0, 1))
    assert np.array_equal(repairer(picture, also=HOLE), repairer(picture, also=HOLE, see_through=False))


def looked_through(picture: NDArray[np.float64], hole: NDArray[np.bool_] = HOLE) -> NDArray[np.float32] | None:
    """What is made of a picture under one mark, `(H, W, 3)`."""
    made = unveil(picture.astype(np.float32), hole, ndimage.distance_transform_edt(hole) > RIM)
    return None if made is None else made.colour


def unveiled(inside: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """What is made of the waves with other colours, `(H, W, 3)`, in the disc."""
    return looked_through(np.where(STAIN[..., None], inside, clean()))


def test_contrast_is_never_amplified_beyond_a_limit() -> None:
    faint = unveiled(0.55 * clean() + 0.1)
    assert faint is not None
    assert np.abs(faint - clean())[STAIN].mean() < 0.02
    assert unveiled(0.3 * clean() + 0.1) is None


def test_nothing_is_seen_where_the_two_sides_of_the_edge_do_not_agree() -> None:
    assert unveiled(clean() - 0.1) is not None
    assert unveiled(np.roll(clean(), 35, axis=1) - 0.1) is None


def test_each_channel_gets_the_tone_that_it_has_outside() -> None:
    made = unveiled(clean() * [0.9, 0.8, 0.7])
    assert made is not None
    assert np.abs(made - clean())[STAIN].mean(axis=0).max() < 0.03


def test_outlines_of_the_picture_through_the_edge_do_not_disturb_the_tone() -> None:
    """A third of the pairs has a bright bar on one side only: the other pairs say what the veil does."""
    bars = clean()
    bars[(COLUMNS % 40 < 12)] += 0.25
    slanted = np.where(STAIN[..., None], np.roll(bars, 5, axis=1), bars)
    made = looked_through(np.where(STAIN[..., None], 0.6 * slanted + 0.1, bars))
    assert made is not None
    assert np.abs(made - slanted)[STAIN].mean() < 0.03


@pytest.mark.parametrize("radius", [28, 33, 36])
def test_the_edge_of_a_veil_need_not_be_that_of_its_mark(radius: int) -> None:
    """A brush leaves some of it out, or takes some of what lies around in."""
    mark = np.hypot(ROWS - 60, COLUMNS - 55) < radius
    made = unveil(stained(0.4).astype(np.float32), mark, ndimage.distance_transform_edt(mark) > RIM)
    assert made is not None
    assert np.abs(made.colour - clean())[made.inside].mean() < 0.025
    assert not made.inside[~(STAIN & mark)].any(), "what has no veil is not made lighter"
    assert made.inside.sum() > 0.7 * (STAIN & mark).sum()


def test_what_would_leave_the_range_is_filled() -> None:
    picture = stained(0.4)
    ink = (ROWS - 60) ** 2 + (COLUMNS - 55) ** 2 < 10**2
    picture[ink] = 0.02
    made = unveil(picture.astype(np.float32), HOLE, ndimage.distance_transform_edt(HOLE) > RIM)
    assert made is not None
    assert not made.inside[ink].any()
    assert made.inside.sum() > 1000


def test_a_slope_of_the_picture_is_no_veil() -> None:
    """Colours on both sides of a mark differ on a picture that grows brighter downwards, under a veil by a step."""
    picture = 0.5 * (ROWS / SIDE)[..., None] + 0.4 * clean()
    marked = ROWS > 60
    assert looked_through(picture, marked) is None
    assert looked_through(np.where(marked[..., None], 0.7 * picture, picture), marked) is not None


def test_nothing_is_made_up_where_there_is_no_outside() -> None:
    everything = np.ones((SIDE, SIDE), np.bool_)
    assert looked_through(clean(), everything) is None


def test_a_stain_with_too_much_damage_under_it_is_filled_as_a_whole(finder: DamageFinder) -> None:
    damaged = stained(0.4)
    damaged[(COLUMNS % 12 < 1) & STAIN] = 0.95
    picture = samples(damaged)
    seen = see_through(picture, HOLE, finder)
    assert (seen.share, seen.colour is picture, (seen.hole == HOLE).all()) == (0, True, True)


def test_damage_under_the_stain_is_left_to_be_filled(finder: DamageFinder) -> None:
    scratch = (np.abs(COLUMNS - 55) < 1) & STAIN
    damaged = stained(0.4)
    damaged[scratch] = 0.95
    seen = see_through(samples(damaged), HOLE, finder)
    assert seen.share > 0
    assert seen.hole[scratch].all()


def test_a_large_stain_is_looked_at_in_bands_with_the_same_result(
    finder: DamageFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = stained(0.4)
    damaged[(np.abs(COLUMNS - 55) < 1) & STAIN] = 0.95
    whole = see_through(samples(damaged), HOLE, finder)
    looks: list[tuple[int, ...]] = []
    probabilities = finder.probabilities
    monkeypatch.setattr(finder, "probabilities", lambda part: looks.append(part.shape) or probabilities(part))
    monkeypatch.setattr("restore.pipelines.inpaint.distance.BAND_PIXELS", 2000)
    parts = see_through(samples(damaged), HOLE, finder)
    assert len(looks) > 3
    np.testing.assert_array_equal(parts.hole, whole.hole)
    np.testing.assert_array_equal(parts.colour, whole.colour)


def test_narrow_marks_are_filled(finder: DamageFinder) -> None:
    hole = np.abs(ROWS - 60) < WIDE - 1
    picture = samples(clean())
    seen = see_through(picture, hole, finder)
    assert (seen.share, seen.colour is picture, seen.hole is hole) == (0, True, True)


def test_grey_stays_grey_and_what_is_not_finite_is_filled(repairer: Repairer) -> None:
    grey = samples(stained(0.4))[..., 0]
    made = repairer(grey, also=HOLE)
    assert made.shape == grey.shape
    assert (made != repairer(grey, also=HOLE, see_through=False)).any()
    floats = stained(0.4).astype(np.float32)
    floats[60, 55] = np.nan
    assert see_through(floats, HOLE, repairer.finder).share == 0


def test_the_option_is_checked() -> None:
    with pytest.raises(UsageError, match="see_through"):
        RepairOptions.of({"see_through": "no"})


def test_what_is_marked_with_a_wide_brush_is_taken_out(finder: DamageFinder) -> None:
    """Without a veil the picture at the edge of the mark is as it was, and what stands in it was meant."""
    picture = clean()
    picture[(ROWS - 60) ** 2 + (COLUMNS - 55) ** 2 < 8**2] -= 0.15
    assert see_through(samples(picture), HOLE, finder).share == 0
    veiled = np.where(STAIN[..., None], 0.6 * picture + 0.1, picture)
    assert see_through(samples(veiled), HOLE, finder).share > 0, "it is seen through a veil"
