"""A stream holds few frames, and can be resumed anywhere to the same frames and counts."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest

from restore.pipelines.interpolate.video.classification import OutputFrame
from restore.pipelines.interpolate.video.progress import ResumePoint
from restore.pipelines.interpolate.video.retiming import Retiming
from restore.pipelines.interpolate.video.stream import FrameStream
from restore.video.info import Frame
from tests.support.models.listed_videos import CLASSIFIER, Listed, Mixer, run


@pytest.mark.parametrize("more", [{}, {"drop_duplicates": True}])
def test_no_more_than_a_few_frames_are_held(more: dict[str, Any]) -> None:
    video = Listed([index // 2 for index in range(200)])
    stream = FrameStream(video, Retiming.of(factor=2), Mixer(), CLASSIFIER, **more)
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
def test_resumed_anywhere_it_gives_the_same_frames(source: str, goal: dict[str, Any], drop: bool) -> None:
    whole: list[OutputFrame] = []
    points: list[ResumePoint | None] = []
    stream = FrameStream(SOURCES[source](), Retiming.of(**goal), Mixer(), CLASSIFIER, drop_duplicates=drop)
    for frame in stream.frames():
        whole.append(frame)
        points.append(stream.resume_point)
    story = [(frame.index, frame.time, frame.kind, frame.pixels.tobytes()) for frame in whole]
    for start in range(1, len(whole), 7):
        point = points[start - 1]
        again = None if point is None else ResumePoint.from_dict(point.as_dict())
        for taken in (None, again):
            rest, later = run(SOURCES[source](), goal, Mixer(), start, taken, drop_duplicates=drop)
            assert [(frame.index, frame.time, frame.kind, frame.pixels.tobytes()) for frame in rest] == story[start:]
            assert later.counts == stream.counts


def test_what_is_there_already_costs_neither_network_nor_reading() -> None:
    stream = FrameStream(SOURCES["plain"](), Retiming(), Mixer(), CLASSIFIER)
    points = [stream.resume_point for _ in stream.frames()]
    video, mixer = SOURCES["plain"](), Mixer()
    read = video._frames

    def counted(start: Fraction | None) -> Iterator[Frame]:
        assert start == Fraction(20, 25)
        return read(start)

    video._frames = counted  # type: ignore[assignment]
    run(video, {"factor": 2}, mixer, 41, points[40])
    assert len(mixer.calls) == 9
    mixer = Mixer()
    run(SOURCES["plain"](), {"factor": 2}, mixer, 41)
    assert len(mixer.calls) == 9
