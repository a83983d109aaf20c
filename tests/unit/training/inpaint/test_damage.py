"""Synthetic holes: pure functions of their seeds, of the kinds they are named after."""

import numpy as np
import pytest
from scipy import ndimage

from restore.training.inpaint.damage import KINDS, WIDE_KINDS, draw_mask


@pytest.mark.parametrize("kind", sorted({*KINDS, *WIDE_KINDS}))
def test_every_kind_draws_a_usable_hole(kind: str) -> None:
    kinds = KINDS | WIDE_KINDS
    masks = [draw_mask(np.random.default_rng([5, index]), 256, kind, kinds) for index in range(4)]
    for mask in masks:
        assert mask.shape == (256, 256)
        assert set(np.unique(mask)) == {0, 255}
        assert 0.005 < (mask > 0).mean() <= 0.6
    assert not np.array_equal(masks[0], masks[1])
    assert np.array_equal(masks[0], draw_mask(np.random.default_rng([5, 0]), 256, kind, kinds))


def test_an_object_is_one_thing_of_a_tenth_to_a_third() -> None:
    shares = []
    for index in range(30):
        mask = draw_mask(np.random.default_rng([6, index]), 128, "object", WIDE_KINDS) > 0
        _, count = ndimage.label(mask, np.ones((3, 3)))
        assert count == 1
        shares.append(mask.mean())
    assert 0.06 < min(shares) < 0.15
    assert 0.25 < max(shares) < 0.42


@pytest.mark.parametrize("kinds", [KINDS, WIDE_KINDS])
def test_shares_of_kinds_are_a_distribution(kinds: dict[str, tuple[object, float]]) -> None:
    assert sum(share for _, share in kinds.values()) == pytest.approx(1.0)
