"""BD-rates and margins against closed forms and against a numerical mean over SciPy's interpolants."""

import math

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from restore.evaluation.codec.rate_distortion import Curve, bd_rate, curve_through, least_margin

JPEG = [(0.2, 25.1), (0.4, 28.4), (0.7, 30.6), (1.1, 32.2), (1.8, 34.5)]


def scaled(points: list[tuple[float, float]], rate: float = 1, value: float = 0) -> Curve:
    return curve_through([(bpp * rate, psnr + value) for bpp, psnr in points])


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.25, 3.0])
def test_a_constant_factor_in_rate_is_that_percentage(factor: float) -> None:
    """The range is left wide, so that only the curves' own ends, which share their values, cut."""
    found = bd_rate(scaled(JPEG, rate=factor), scaled(JPEG), 0.01, 20)
    assert found == pytest.approx(100 * (factor - 1), abs=1e-9)


def test_a_bd_rate_by_hand() -> None:
    """Lines in the logarithm: 3 dB and 2 dB per doubling; between 30 and 36 dB the mean is half a doubling."""
    reference = curve_through([(0.25, 30), (0.5, 33), (1, 36), (2, 39)])
    test = curve_through([(0.25, 30), (0.5, 32), (1, 34), (2, 36)])
    assert bd_rate(test, reference, 0.1, 10) == pytest.approx(100 * (math.sqrt(2) - 1))
    assert bd_rate(reference, test, 0.1, 10) == pytest.approx(100 * (math.sqrt(0.5) - 1))


def test_the_range_of_rates_cuts_both_curves() -> None:
    """From 0.5 bpp on: the test has 32 to 36 dB there, the reference 33 to 39; from 33 to 36 both are read."""
    reference = curve_through([(0.25, 30), (0.5, 33), (1, 36), (2, 39)])
    test = curve_through([(0.25, 30), (0.5, 32), (1, 34), (2, 36)])
    doublings = (36 + 33) / 2 * (1 / 2 - 1 / 3)
    expected = 2 ** (doublings - (30 / 2 - 30 / 3)) - 1
    assert bd_rate(test, reference, 0.5, 2) == pytest.approx(100 * expected)


def test_a_bd_rate_is_the_mean_over_scipys_interpolants() -> None:
    other = [(0.15, 26.0), (0.3, 28.9), (0.6, 31.9), (1.0, 33.1), (1.7, 36.4)]
    logs = [PchipInterpolator([v for _, v in points], [math.log(r) for r, _ in points]) for points in (other, JPEG)]
    places = np.linspace(26.0, 34.5, 200001)
    difference = (logs[0](places) - logs[1](places)).mean()
    assert bd_rate(scaled(other), scaled(JPEG), 0.01, 20) == pytest.approx(100 * math.expm1(difference), abs=1e-3)


def test_what_shares_no_values_has_no_bd_rate() -> None:
    assert bd_rate(scaled(JPEG, value=20), scaled(JPEG), 0.1, 2) is None
    assert bd_rate(scaled(JPEG), scaled(JPEG), 3, 5) is None
    assert bd_rate(scaled(JPEG[:1]), scaled(JPEG), 0.1, 2) is None
    assert bd_rate(curve_through([]), scaled(JPEG), 0.1, 2) is None


def test_points_that_cost_more_and_are_no_better_are_passed_over() -> None:
    bent = curve_through([*JPEG, (0.5, 28.0), (2.5, 34.5)])
    assert bd_rate(bent, scaled(JPEG, rate=2), 0.01, 20) == pytest.approx(-50)


def test_points_come_in_any_order_and_the_best_of_one_rate_is_kept() -> None:
    assert curve_through([(1, 30), (0.5, 27), (1, 31)]) == Curve((0.5, 1), (27, 31))


def test_values_are_read_over_the_logarithm_of_the_rate_and_never_beyond_the_ends() -> None:
    curve = curve_through([(0.25, 27.0), (1.0, 33.0)])
    assert curve.at(0.5) == pytest.approx(30)
    assert curve.at(0.25) == pytest.approx(27)
    assert curve.at(0.2) is None
    assert curve.at(1.2) is None
    assert curve_through([(0.5, 30)]).at(0.5) is None


def test_the_least_margin_and_where_it_is() -> None:
    reference = curve_through([(0.25, 28.0), (0.5, 31.0), (1.0, 34.0), (2.0, 37.0)])
    test = curve_through([(0.25, 29.0), (0.5, 31.5), (1.0, 33.8), (2.0, 38.0)])
    found = least_margin(test, reference, 0.1, 10)
    assert found is not None
    assert found.value <= -0.2 + 1e-4
    assert found.rate == pytest.approx(1.0, rel=0.15)
    above = least_margin(test, reference, 0.25, 0.5)
    assert above is not None
    assert above.value == pytest.approx(0.5)
    assert above.rate == pytest.approx(0.5)
    same = least_margin(reference, reference, 0.15, 1.5)
    assert same is not None
    assert same.value == 0


def test_curves_that_share_no_rate_have_no_least_margin() -> None:
    assert least_margin(scaled(JPEG, rate=100), scaled(JPEG), 0.1, 200) is None
    assert least_margin(scaled(JPEG[:1]), scaled(JPEG), 0.1, 2) is None
