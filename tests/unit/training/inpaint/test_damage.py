"""Synthetic holes: pure functions of their seeds, of the kinds they are named after."""

import numpy as np
import pytest

from restore.training.inpaint.damage import KINDS, draw_mask


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_draws_a_usable_hole(kind: str) -> None:
    masks = [draw_mask(np.random.default_rng([5, index]), 256, kind) for index in range(4)]
    for mask in masks:
        assert mask.shape == (256, 256)
        assert set(np.unique(mask)) == {0, 255}
        assert 0.005 < (mask > 0).mean() <= 0.6
    assert not np.array_equal(masks[0], masks[1])
    assert np.array_equal(masks[0], draw_mask(np.random.default_rng([5, 0]), 256, kind))


def test_shares_of_kinds_are_a_distribution() -> None:
    assert sum(share for _, share in KINDS.values()) == pytest.approx(1.0)
