"""What is asked for, and the schedule of output times: they rise, begin at the first and cover any length."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore.errors import UsageError
from restore.pipelines.interpolate.video.retiming import Retiming, require_cut_threshold, timestamp
from restore.video.info import VideoInfo
from tests.support.models.listed_videos import Listed, run

NTSC = Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ({"fps": 0}, "out of range"),
        ({"fps": -5}, "no frame rate"),
        ({"fps": 1001}, "out of range"),
        ({"fps": "fast"}, "no frame rate"),
        ({"factor": 1}, "above 1"),
        ({"factor": "two"}, "not a number"),
        ({"factor": "1/0"}, "not a number"),
        ({"slow": 0.5}, "above 1"),
        ({"fps": 60, "slow": 1}, "above 1"),
        ({"fps": 60, "slow": 2000}, "slow 2000 is out of range"),
        ({"fps": 60, "factor": 2}, "exclude each other"),
        ({"factor": 2, "slow": 2}, "exclude each other"),
    ],
)
def test_goals_that_cannot_be(goal: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Retiming.of(**goal)


def test_goals_and_their_names() -> None:
    goals = {
        "2x": {},
        "59.94fps": {"fps": 59.94},
        "2.5x": {"factor": 2.5},
        "slow4x": {"slow": 4},
        "slow1.5x.60fps": {"slow": 1.5, "fps": 60},
    }
    assert [Retiming.of(**goal).name for goal in goals.values()] == list(goals)
    assert Retiming.of(fps=23.976).value == NTSC
    with pytest.raises(UsageError, match="smaller factor"):
        Retiming.of(factor=50).rate(VideoInfo(1, 1, rate=Fraction(25)))
    with pytest.raises(UsageError, match=r"cut threshold of 2 is out of range"):
        require_cut_threshold(2)
    assert Retiming.of(factor=2).expected_frames(VideoInfo(1, 1, frame_count=10)) == 20
    assert Retiming.of(fps=60).expected_frames(VideoInfo(1, 1, duration=Fraction(2))) == 120
    assert Retiming.of(fps=60).expected_frames(VideoInfo(1, 1)) is None
    assert Retiming.of(fps=60, slow=3).expected_frames(VideoInfo(1, 1, duration=Fraction(2))) == 360
    assert timestamp(Fraction(-1, 2)) == "-00:00:00.500"
    assert timestamp(Fraction(36000)) == "10:00:00.000"


@given(
    steps=st.lists(st.integers(2, 400), min_size=1, max_size=12),
    goal=st.one_of(
        st.fractions(Fraction(1, 2), 240, max_denominator=1001).map(lambda rate: {"fps": rate}),
        st.fractions(Fraction(21, 20), 6, max_denominator=20).map(lambda factor: {"factor": factor}),
        st.fractions(Fraction(21, 20), 6, max_denominator=20).map(lambda factor: {"slow": factor}),
        st.integers(1, 60).map(lambda rate: {"slow": Fraction(5, 2), "fps": rate}),
    ),
    start=st.integers(0, 10_000),
)
def test_times_rise_begin_at_the_first_and_cover_the_length(steps: list[int], goal: dict[str, Any], start: int) -> None:
    times = [Fraction(start + sum(steps[:index]), 1000) for index in range(len(steps))]
    last = Fraction(steps[-1], 1000)
    rate = len(steps) / (times[-1] + last - times[0])
    retiming = Retiming.of(**goal)
    if retiming.rate(VideoInfo(1, 1, rate=rate)) > 1000:
        return
    video = Listed([index % 200 for index in range(len(steps))], times, rate=rate, is_variable=True, last=last)
    frames, _ = run(video, goal)
    given_times = [frame.time for frame in frames]
    assert given_times[0] == times[0] * retiming.stretch
    assert all(after > before for before, after in pairwise(given_times))
    end = (times[-1] + last) * retiming.stretch
    assert given_times[-1] < end
    if retiming.mode == "fps":
        assert abs(given_times[-1] + 1 / retiming.value - end) <= 1 / retiming.value
    else:
        longest = max(steps) / Fraction(1000) * retiming.stretch / retiming.value
        assert end - given_times[-1] <= 2 * longest
