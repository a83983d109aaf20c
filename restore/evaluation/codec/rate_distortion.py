"""Rate-distortion curves and what is read from them: a value at a rate, a BD-rate, a margin.

The BD-rate (Bjontegaard, VCEG-M33, 2001) is the mean difference of two curves' log rates over the values both reach,
given back as percent: -20 means a fifth fewer bits for the same quality. The curves run through their points by
piecewise cubic Hermite interpolation with Fritsch and Carlson's slopes (SciPy's PCHIP), as the later reference
implementations do: unlike the first proposal's single cubic through all points, it neither overshoots between two
points nor turns. Curves are never extrapolated: beyond the measured rates a value is None.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

GRID = 256
"""Rates, evenly spaced in the logarithm, at which the least margin is looked for."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One codec's points, the rates rising; made by `curve_through`."""

    rates: tuple[float, ...]
    """Bits per pixel."""
    values: tuple[float, ...]
    """The value at each rate, higher is better; dB for a BD-rate."""

    def at(self, rate: float) -> float | None:
        """The value at a rate, interpolated over the rate's logarithm; None beyond the ends or with one point."""
        if len(self.rates) < 2 or not self.rates[0] <= rate <= self.rates[-1]:
            return None
        return float(self.interpolated()(math.log(rate)))

    def interpolated(self) -> "PchipInterpolator":
        """Values over the natural logarithm of the rate, of two or more points."""
        from scipy.interpolate import PchipInterpolator

        return PchipInterpolator([math.log(rate) for rate in self.rates], self.values)

    def inverted(self) -> "PchipInterpolator":
        """The natural logarithm of the rate over values, of two or more points whose values rise."""
        from scipy.interpolate import PchipInterpolator

        return PchipInterpolator(self.values, [math.log(rate) for rate in self.rates])

    def clipped(self, low: float, high: float) -> tuple[float, float] | None:
        """The part of the rates `low` to `high` that the curve covers; None where it covers nothing of it."""
        if len(self.rates) < 2:
            return None
        start, end = max(low, self.rates[0]), min(high, self.rates[-1])
        return (start, end) if start < end else None

    def rising(self) -> "Curve":
        """The curve without the points that cost more than another and are no better."""
        rates: list[float] = []
        values: list[float] = []
        for rate, value in zip(self.rates, self.values, strict=True):
            if not values or value > values[-1]:
                rates.append(rate)
                values.append(value)
        return Curve(tuple(rates), tuple(values))


@dataclass(frozen=True, slots=True)
class Margin:
    """Where one curve is nearest above another, or furthest below it."""

    value: float
    """The difference there; negative where the curve falls below the other."""
    rate: float
    """Bits per pixel."""


def curve_through(points: Iterable[tuple[float, float]]) -> Curve:
    """A curve through (rate, value) in any order; of several points at one rate the best is kept."""
    best: dict[float, float] = {}
    for rate, value in points:
        best[rate] = max(value, best.get(rate, -math.inf))
    rates = sorted(best)
    return Curve(tuple(rates), tuple(best[rate] for rate in rates))


def bd_rate(test: Curve, reference: Curve, low: float, high: float) -> float | None:
    """Bits that `test` needs more (+) or fewer (-) than `reference` at equal value, in percent.

    Both curves are cut to the rates `low` to `high` (or their own ends), and the mean is taken over the values that
    both reach there.

    Args:
        test: curve of the codec in question.
        reference: curve of the one it is compared with.
        low: least rate, bits per pixel.
        high: largest rate, bits per pixel.

    Returns:
        Percent, or None where the two have no value in common.

    Examples:
        >>> jpeg = curve_through([(0.25, 27.0), (0.5, 30.0), (1.0, 33.0), (2.0, 36.0)])
        >>> half = curve_through([(0.125, 27.0), (0.25, 30.0), (0.5, 33.0), (1.0, 36.0)])
        >>> round(bd_rate(half, jpeg, 0.1, 2.0), 6)
        -50.0
    """
    test, reference = test.rising(), reference.rising()
    shared = _overlap(_values_between(test, low, high), _values_between(reference, low, high))
    if shared is None:
        return None
    bottom, top = shared
    area = float(test.inverted().integrate(bottom, top)) - float(reference.inverted().integrate(bottom, top))
    return 100 * math.expm1(area / (top - bottom))


def least_margin(test: Curve, reference: Curve, low: float, high: float) -> Margin | None:
    """The least of `test` minus `reference` at equal rate over `low` to `high`; None where they share no rate there."""
    shared = _overlap(test.clipped(low, high), reference.clipped(low, high))
    if shared is None:
        return None
    places = np.linspace(math.log(shared[0]), math.log(shared[1]), GRID)
    margins = test.interpolated()(places) - reference.interpolated()(places)
    least = int(np.argmin(margins))
    return Margin(float(margins[least]), math.exp(places[least]))


def _overlap(first: tuple[float, float] | None, second: tuple[float, float] | None) -> tuple[float, float] | None:
    """What two ranges have in common; None where that is nothing or a range is missing."""
    if first is None or second is None:
        return None
    start, end = max(first[0], second[0]), min(first[1], second[1])
    return (start, end) if start < end else None


def _values_between(curve: Curve, low: float, high: float) -> tuple[float, float] | None:
    """The values at the ends of what a rising curve covers of the rates `low` to `high`."""
    part = curve.clipped(low, high)
    if part is None:
        return None
    bottom, top = curve.at(part[0]), curve.at(part[1])
    return None if bottom is None or top is None else (bottom, top)
