"""Motion whose inverse is known: displacements by hand, and every motion traced back."""

import math

import numpy as np
import pytest

from restore.training.interpolate.synthetic.fields import MotionField, Wave, draw_motion


def test_a_shift_leads_back_by_itself() -> None:
    x, y = MotionField((10, 10), shift=(3, -2)).origin(5, 7, 4, 3, 1.0)
    assert np.allclose(x, np.array([5, 6, 7, 8]) - 3, atol=1e-5)
    assert np.allclose(y, np.array([[7], [8], [9]]) + 2, atol=1e-5)
    halfway, _ = MotionField((10, 10), shift=(3, -2)).origin(5, 7, 4, 3, 0.5)
    assert np.allclose(halfway, np.array([5, 6, 7, 8]) - 1.5, atol=1e-5)


def test_displacements_are_those_of_the_formulas() -> None:
    place = np.array([[14.0]], np.float32), np.array([[8.0]], np.float32)
    grown = MotionField((10, 10), slopes=(0.5, 0.0, 0.0, 0.25)).displacement(*place)
    assert [float(part[0, 0]) for part in grown] == pytest.approx([2.0, -0.5])
    tilted = MotionField((10, 10), tilt=(0.25, 0.0)).displacement(*place)
    assert [float(part[0, 0]) for part in tilted] == pytest.approx([4 / 2 - 4, -2 / 2 + 2])
    waved = MotionField((10, 10), waves=(Wave((math.pi / 8, 0.0), 0.0, (0.0, 3.0)),)).displacement(*place)
    assert [float(part[0, 0]) for part in waved] == pytest.approx([0.0, 3.0])


@pytest.mark.parametrize("reach", [12.0, 48.0])
def test_every_motion_leads_back(reach: float) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        motion = draw_motion(rng, (20.0, 30.0), reach, float(rng.uniform(0, 24)))
        left, top, side = 20 - int(reach), 30 - int(reach), 2 * int(reach)
        for time in (-0.2, 0.4, 1.0):
            x, y = motion.origin(left, top, side, side, time)
            dx, dy = motion.displacement(x, y)
            assert np.abs(x + time * dx - np.arange(left, left + side)).max() < 0.05
            assert np.abs(y + time * dy - np.arange(top, top + side)[:, None]).max() < 0.05
