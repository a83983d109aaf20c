"""Rate-distortion curves and what is read from them: a value at a rate, a BD-rate, a margin.

The BD-rate (Bjontegaard, VCEG-M33, 2001) is the mean difference of two curves' log rates over the values both reach,
given back as percent: -20 means a fifth fewer bits for the same quality. The curves run through their points by
piecewise cubic Hermite interpolation with Fritsch and Carlson's slopes (PCHIP), as the later reference
implementations do: unlike the first proposal's single cubic through all points, it neither overshoots between two
points nor turns. Nothing is ever read beyond a curve's ends: what a codec was not measured at is None.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

GRID = 256
"""Rates, evenly spaced in the logarithm, at which the least margin is looked for."""

Numbers = npt.NDArray[np.float64]


class Pchip:
    """Monotone piecewise cubic Hermite interpolation (Fritsch & Carlson, SIAM J. Numer. Anal. 17, 1980).

    Args:
        x: at least two places, rising.
        y: a value for each; between rising values the curve rises.
    """

    def __init__(self, x: Sequence[float], y: Sequence[float]) -> None:
        self._x: Numbers = np.asarray(x, np.float64)
        self._y: Numbers = np.asarray(y, np.float64)
        if len(self._x) < 2 or not (np.diff(self._x) > 0).all():
            raise ValueError("interpolation needs two or more rising places")
        self._slopes = _slopes(np.diff(self._x), np.diff(self._y) / np.diff(self._x))

    def __call__(self, x: float) -> float:
        """The value at a place; a place outside is taken as the nearest end."""
        x = min(max(x, float(self._x[0])), float(self._x[-1]))
        left = min(int(np.searchsorted(self._x, x, side="right")), len(self._x) - 1) - 1
        width = float(self._x[left + 1] - self._x[left])
        t = (x - float(self._x[left])) / width
        start, end = float(self._y[left]), float(self._y[left + 1])
        bend_start, bend_end = width * float(self._slopes[left]), width * float(self._slopes[left + 1])
        cubic = 2 * (start - end) + bend_start + bend_end
        square = 3 * (end - start) - 2 * bend_start - bend_end
        return start + t * (bend_start + t * (square + t * cubic))

    def integral(self, low: float, high: float) -> float:
        """The integral from `low` to `high`, both inside; Simpson's rule is exact on each cubic piece."""
        inner = [float(x) for x in self._x if low < x < high]
        places = [low, *inner, high]
        return sum(
            (right - left) / 6 * (self(left) + 4 * self((left + right) / 2) + self(right))
            for left, right in pairwise(places)
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """One codec's points, the rates rising; made by `curve_through`."""

    rates: tuple[float, ...]
    """Bits per pixel."""
    values: tuple[float, ...]
    """What those bits buy, higher is better; dB for a BD-rate."""

    def at(self, rate: float) -> float | None:
        """The value at a rate, interpolated over the rate's logarithm; None beyond the ends or with one point."""
        if len(self.rates) < 2 or not self.rates[0] <= rate <= self.rates[-1]:
            return None
        return Pchip([math.log(rate) for rate in self.rates], self.values)(math.log(rate))

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
    ranges = [_values_between(curve, low, high) for curve in (test, reference)]
    known = [found for found in ranges if found is not None]
    if len(known) < 2:
        return None
    bottom, top = max(least for least, _ in known), min(most for _, most in known)
    if bottom >= top:
        return None
    areas = [
        Pchip(curve.values, [math.log(rate) for rate in curve.rates]).integral(bottom, top)
        for curve in (test, reference)
    ]
    return 100 * math.expm1((areas[0] - areas[1]) / (top - bottom))


def least_margin(test: Curve, reference: Curve, low: float, high: float) -> Margin | None:
    """The least of `test` minus `reference` at equal rate over `low` to `high`; None where they share no rate there."""
    shared = [curve.clipped(low, high) for curve in (test, reference)]
    known = [part for part in shared if part is not None]
    if len(known) < 2:
        return None
    start, end = max(first for first, _ in known), min(last for _, last in known)
    if start >= end:
        return None
    axes = [Pchip([math.log(rate) for rate in curve.rates], curve.values) for curve in (test, reference)]
    places = np.linspace(math.log(start), math.log(end), GRID).tolist()
    margins = [Margin(axes[0](place) - axes[1](place), math.exp(place)) for place in places]
    return min(margins, key=lambda margin: margin.value)


def _values_between(curve: Curve, low: float, high: float) -> tuple[float, float] | None:
    """The values at the ends of what a rising curve covers of the rates `low` to `high`."""
    part = curve.clipped(low, high)
    if part is None:
        return None
    bottom, top = curve.at(part[0]), curve.at(part[1])
    return None if bottom is None or top is None else (bottom, top)


def _slopes(widths: Numbers, secants: Numbers) -> Numbers:
    """Fritsch and Carlson's slopes: a weighted harmonic mean inside, zero where the values turn, one-sided at ends."""
    if len(secants) == 1:
        return np.repeat(secants, 2)
    slopes = np.zeros(len(secants) + 1)
    for index in range(1, len(secants)):
        before, after = float(secants[index - 1]), float(secants[index])
        if before * after > 0:
            left = widths[index - 1] + 2 * widths[index]
            right = 2 * widths[index - 1] + widths[index]
            slopes[index] = (left + right) / (left / before + right / after)
    slopes[0] = _end_slope(widths[0], widths[1], secants[0], secants[1])
    slopes[-1] = _end_slope(widths[-1], widths[-2], secants[-1], secants[-2])
    return slopes


def _end_slope(width: float, next_width: float, secant: float, next_secant: float) -> float:
    """Three-point slope at an end, held back so that the first piece does not turn."""
    slope = ((2 * width + next_width) * secant - width * next_secant) / (width + next_width)
    if slope * secant <= 0:
        return 0.0
    if secant * next_secant <= 0 and abs(slope) > 3 * abs(secant):
        return float(3 * secant)
    return float(slope)
