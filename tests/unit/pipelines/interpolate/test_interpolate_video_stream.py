"""Frames at new times as a stream: few are held, it can be taken up anywhere, and it covers any source's length."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore.pipelines.interpolate.video.classification import OutputFrame
from restore.pipelines.interpolate.video.progress import ResumePoint
from restore.pipelines.interpolate.video.retiming import Retiming
from restore.pipelines.interpolate.video.stream import FrameStream
from restore.video.info import Frame, VideoInfo
from tests.listed_videos import JUDGEMENT, Listed, Mixer, run


@pytest.mark.parametrize("more", [{}, {"drop_duplicates": True}])
def test_no_more_than_a_few_frames_are_held(more: dict[str, Any]) -> None:
    video = Listed([index // 2 for index in range(200)])
    stream = FrameStream(video, Retiming.of(factor=2), Mixer(), JUDGEMENT, **more)
    count = sum(1 for _ in stream.frames())
    assert count == 400
    assert video.most_alive <= 4


SOURCES: dict[str, Callable[[], Listed]] = {
    "plain": lambda: Listed([3 * index for index in range(30)]),
    "repeats": lambda: Listed([index // 3 * 9 for index in range(30)]),
    "pause": lambda: Listed([0] * 12 + [index // 2 * 20 for index in range(12)]),
    "cuts": lambda: Listed([index % 10 * 2 + index // 10 % 2 * 150 for index in range(30)]),
    "damage": lambda: Listed([None, 0, 10, None, None, 40, 50, -1, 70, 80, 90, None]),
    "variable": lambda: Listed(
        [4 * index for index in range(20)],
        [Fraction(index * index + 20 * index, 1000) for index in range(20)],
        is_variable=True,
    ),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("goal", [{"fps": 60}, {"factor": 2}, {"factor": "7/3"}, {"slow": 3}], ids=str)
@pytest.mark.parametrize("drop", [False, True])
def test_taken_up_anywhere_it_goes_on_alike(source: str, goal: dict[str, Any], drop: bool) -> None:
    whole: list[OutputFrame] = []
    places: list[ResumePoint | None] = []
    stream = FrameStream(SOURCES[source](), Retiming.of(**goal), Mixer(), JUDGEMENT, drop_duplicates=drop)
    for frame in stream.frames():
        whole.append(frame)
        places.append(stream.place)
    story = [(frame.index, frame.time, frame.kind, frame.pixels.tobytes()) for frame in whole]
    for start in range(1, len(whole), 7):
        place = places[start - 1]
        again = None if place is None else ResumePoint.from_dict(place.as_dict())
        for taken in (None, again):
            rest, later = run(SOURCES[source](), goal, Mixer(), start, taken, drop_duplicates=drop)
            assert [(frame.index, frame.time, frame.kind, frame.pixels.tobytes()) for frame in rest] == story[start:]
            assert later.counts == stream.counts


def test_what_is_there_already_costs_neither_network_nor_reading() -> None:
    stream = FrameStream(SOURCES["plain"](), Retiming(), Mixer(), JUDGEMENT)
    places = [stream.place for _ in stream.frames()]
    video, mixer = SOURCES["plain"](), Mixer()
    read = video._frames

    def counted(start: Fraction | None) -> Iterator[Frame]:
        assert start == Fraction(20, 25)
        return read(start)

    video._frames = counted  # type: ignore[assignment]
    run(video, {"factor": 2}, mixer, 41, places[40])
    assert len(mixer.calls) == 9
    mixer = Mixer()
    run(SOURCES["plain"](), {"factor": 2}, mixer, 41)
    assert len(mixer.calls) == 9


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
