"""Outlines of foreground objects, and overlays."""

import math

import numpy as np
import pytest

from restore.training.interpolate.synthetic.shapes import KINDS, draw_outline, draw_overlay, fill_outline


@pytest.mark.parametrize("kind", list(KINDS))
def test_outlines_are_filled(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restore.training.interpolate.synthetic.shapes.KINDS", {kind: 1.0})
    for seed in range(10):
        outlines = draw_outline(np.random.default_rng(seed), 192)
        points = np.concatenate(outlines)
        low, high = points.min(0) - 4, points.max(0) + 4
        size = (math.ceil(2 * (high[0] - low[0])), math.ceil(2 * (high[1] - low[1])))
        coverage = fill_outline(outlines, (low[0], low[1]), 2.0, 1.0, size)
        assert coverage.shape == (size[1], size[0])
        assert coverage.max() > 100
        assert coverage[0].max() == coverage[-1].max() == coverage[:, 0].max() == coverage[:, -1].max() == 0


def test_overlays_are_multiplied_by_their_coverage() -> None:
    drawn = [draw_overlay(np.random.default_rng(seed), 80, 60) for seed in range(10)]
    assert all(overlay.shape == (60, 80, 4) for overlay in drawn)
    assert all((overlay[..., :3].max(-1).astype(int) <= overlay[..., 3].astype(int) + 1).all() for overlay in drawn)
    assert any(overlay[..., 3].any() for overlay in drawn)
