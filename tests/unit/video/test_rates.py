"""Rates are the fractions people mean, and output times cover a source exactly."""

from fractions import Fraction

import hypothesis
import pytest
from hypothesis import strategies

from restore.errors import UsageError
from restore.video.rates import Timeline, divide, frame_count, parse_rate, rate_name, time_unit, usual_rate

NTSC_24, NTSC_30, NTSC_60 = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("23.976", NTSC_24),
        ("23.98", NTSC_24),
        ("23.97", NTSC_24),
        ("23.976024", NTSC_24),
        ("29.97", NTSC_30),
        ("59.94", NTSC_60),
        ("119.88", Fraction(120000, 1001)),
        ("47.952", Fraction(48000, 1001)),
        ("14.985", Fraction(15000, 1001)),
        ("60", Fraction(60)),
        ("60.0", Fraction(60)),
        ("60.00", Fraction(60)),
        ("24000/1001", NTSC_24),
        (" 30000 / 1001 ", NTSC_30),
        ("12.5", Fraction(25, 2)),
        ("23.9", Fraction(239, 10)),
        ("24.5", Fraction(49, 2)),
        ("0.5", Fraction(1, 2)),
        ("1000", Fraction(1000)),
    ],
)
def test_a_rate_is_what_people_mean(text: str, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "-25", "0", "0/5", "25/0", "1e3", "1000.5", "nan", "25fps", "1/2/3", "²"])
def test_what_is_no_rate_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rate(text)


def test_an_average_stands_for_a_usual_rate_only_if_rounding_explains_it() -> None:
    tick, millisecond = Fraction(1, 90_000), Fraction(1, 1000)
    assert usual_rate(Fraction(450_000, 18_769), 20, tick) == NTSC_24
    assert usual_rate(Fraction(10_000, 417), 20, millisecond) == NTSC_24
    assert usual_rate(Fraction(45_000, 1499), 36, tick) == Fraction(45_000, 1499)  # 0.8 ms longer than at 30
    assert usual_rate(Fraction(179, 6), 1189, tick) == Fraction(179, 6)
    assert usual_rate(Fraction(1, 3), 5, tick) == Fraction(1, 3)
    assert usual_rate(Fraction(25), 500, tick) == 25


def test_names() -> None:
    assert [rate_name(rate) for rate in (NTSC_24, Fraction(60), Fraction(25, 2))] == ["23.976", "60", "12.5"]


def test_the_last_frame_is_kept_and_the_length_is_the_sources() -> None:
    # 20 frames at 24000/1001 last 20 * 1001 / 24000 s = 0.834166 s; at 60 that is 50.05 frames.
    duration = 20 / NTSC_24
    assert frame_count(duration, Fraction(60)) == 50
    assert frame_count(duration, NTSC_60) == 50
    assert frame_count(duration, NTSC_24) == 20
    assert frame_count(Fraction(834, 1000), NTSC_24) == 20  # as Matroska rounds it
    assert frame_count(Fraction(0), Fraction(25)) == 1


@hypothesis.given(
    frames=strategies.integers(1, 400),
    source=strategies.sampled_from([NTSC_24, NTSC_30, Fraction(25), Fraction(24), Fraction(15), Fraction(10)]),
    target=strategies.sampled_from([NTSC_24, NTSC_60, Fraction(60), Fraction(50), Fraction(144), Fraction(12)]),
)
def test_output_times(frames: int, source: Fraction, target: Fraction) -> None:
    first = Fraction(7, 5)
    end = first + frames / source
    timeline = Timeline(first, target)
    given = [time for index in range(frames) for time in timeline.until(first + index / source)]
    given += timeline.finish(end)
    assert given == [first + index / target for index in range(len(given))]
    assert abs(given[-1] + 1 / target - end) <= 1 / target
    if target >= source:
        assert given[-1] >= end - 1 / source - Fraction(1, 10) / target


def test_going_on_at_an_index() -> None:
    whole = list(Timeline(Fraction(1), NTSC_60).finish(Fraction(3)))
    rest = list(Timeline(Fraction(1), NTSC_60, 50).finish(Fraction(3)))
    assert rest == whole[50:]


def test_dividing_a_step_of_a_variable_rate() -> None:
    assert divide(Fraction(1), Fraction(2), 4) == [1, Fraction(5, 4), Fraction(3, 2), Fraction(7, 4)]


@pytest.mark.parametrize("rate", [NTSC_24, NTSC_60, Fraction(60), Fraction(120000, 1001), Fraction(25, 2)])
@pytest.mark.parametrize("other", [Fraction(1, 90_000), Fraction(1, 1000), Fraction(1, 15_360), Fraction(1, 12_800)])
def test_the_clock_shows_output_and_source_times_exactly(rate: Fraction, other: Fraction) -> None:
    unit = time_unit(rate, other)
    assert (1 / rate / unit).denominator == 1
    assert (other / unit).denominator == 1
    assert unit <= Fraction(1, 90_000)
    assert unit.denominator < 1 << 31


def test_a_clock_too_fine_keeps_at_least_the_rate() -> None:
    rate = Fraction(999_999_937, 20_000_000)
    assert (1 / rate / time_unit(rate, Fraction(1, 999_983))).denominator == 1
