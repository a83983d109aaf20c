"""What is seen through stains: nearer than a fill where something is seen, the fill where nothing is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from restore.errors import UsageError
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.repair.finder import DamageFinder
from restore.pipelines.repair.options import RepairOptions
from restore.pipelines.repair.repairer import Repairer
from restore.pipelines.repair.seethrough import WIDE, see_through, unveil
from tests.support.models.detector import near, tiny_detector

SIDE = 120
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE].astype(np.float64)
STAIN = (ROWS - 60) ** 2 + (COLUMNS - 55) ** 2 < 30**2
"""A disc with a radius of 30 px."""
HOLE = near(STAIN, 2)


def clean() -> NDArray[np.float64]:
    """Soft waves in three colours, `(H, W, 3)`, range 0..1."""
    waves = [
        0.5 + 0.12 * np.sin(COLUMNS / 6 + tint) + 0.1 * np.cos(ROWS / 8 + COLUMNS / 20 - tint) for tint in (0, 0.4, 0.8)
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
    truth = clean()[HOLE].astype(np.float32)
    left, right = (np.abs(see_through(one, HOLE, truth, finder).values - truth).mean() for one in (fine, coarse))
    assert left < right


def test_nothing_is_seen_through_an_opaque_stain(repairer: Repairer) -> None:
    opaque = stained(1.0) + np.where(STAIN, np.random.default_rng(0).normal(0, 0.01, STAIN.shape), 0)[..., None]
    picture = samples(np.clip(opaque, 0, 1))
    assert np.array_equal(repairer(picture, also=HOLE), repairer(picture, also=HOLE, see_through=False))


def test_contrast_is_never_amplified_beyond_a_limit() -> None:
    edge = np.ones((SIDE, SIDE), np.bool_)
    fill = clean().astype(np.float32)
    faint = unveil(((1 - 0.45) * fill + 0.1).astype(np.float32), fill, edge)
    assert faint is not None
    assert np.abs(faint - fill).max() < 0.01
    assert unveil(((1 - 0.6) * fill + 0.1).astype(np.float32), fill, edge) is None


def test_nothing_is_seen_where_the_two_do_not_agree_along_the_edge() -> None:
    edge = np.ones((SIDE, SIDE), np.bool_)
    fill = clean().astype(np.float32)
    assert unveil(fill - np.float32(0.1), fill, edge) is not None
    assert unveil(fill[::-1, ::-1].copy() - np.float32(0.1), fill, edge) is None


def test_a_veil_that_grows_denser_is_taken_off_evenly() -> None:
    fill = clean().astype(np.float32)
    denser = (0.1 * COLUMNS / SIDE)[..., None].astype(np.float32)
    depth = np.minimum.reduce([ROWS, COLUMNS, SIDE - 1 - ROWS, SIDE - 1 - COLUMNS])
    made = unveil(fill - np.float32(0.1) - denser, fill, depth < 3)
    assert made is not None
    assert np.abs(made - fill)[depth >= 3].max() < 0.02


def test_a_stain_with_too_much_damage_under_it_is_filled_as_a_whole(finder: DamageFinder) -> None:
    damaged = stained(0.4)
    damaged[(COLUMNS % 24 < 1) & STAIN] = 0.95
    assert see_through(samples(damaged), HOLE, clean()[HOLE].astype(np.float32), finder).seen == 0


def test_damage_under_the_stain_is_filled(finder: DamageFinder) -> None:
    scratch = (np.abs(COLUMNS - 55) < 1) & STAIN
    damaged = stained(0.4)
    damaged[scratch] = 0.95
    fill = clean()[HOLE].astype(np.float32)
    made = clean()
    made[HOLE] = see_through(samples(damaged), HOLE, fill, finder).values
    assert np.abs(made - clean())[scratch].max() < 1e-6, "where a scratch is seen the fill stays"


def test_narrow_marks_stay_filled(finder: DamageFinder) -> None:
    hole = np.abs(ROWS - 60) < WIDE - 1
    values = np.full((int(hole.sum()), 3), 0.3, np.float32)
    result = see_through(samples(clean()), hole, values, finder)
    assert (result.seen, result.values is values) == (0, True)


def test_grey_stays_grey_and_what_is_not_finite_is_filled(repairer: Repairer) -> None:
    grey = samples(stained(0.4))[..., 0]
    assert repairer(grey, also=HOLE).shape == grey.shape
    floats = stained(0.4).astype(np.float32)
    floats[60, 55] = np.nan
    values = np.full((int(HOLE.sum()), 3), 0.3, np.float32)
    assert see_through(floats, HOLE, values, repairer.finder).seen == 0


def test_the_option_is_checked() -> None:
    with pytest.raises(UsageError, match="see_through"):
        RepairOptions.of({"see_through": "no"})


def test_what_is_marked_with_a_wide_brush_is_taken_out(finder: DamageFinder) -> None:
    """Without a veil the picture at the edge of the mark is as it was, and what stands in it was meant."""
    picture = clean()
    picture[(ROWS - 60) ** 2 + (COLUMNS - 55) ** 2 < 8**2] -= 0.15
    fill = clean()[HOLE].astype(np.float32)
    assert see_through(samples(picture), HOLE, fill, finder).seen == 0
    veiled = np.where(STAIN[..., None], 0.6 * picture + 0.1, picture)
    assert see_through(samples(veiled), HOLE, fill, finder).seen > 0, "it is seen through a veil"
