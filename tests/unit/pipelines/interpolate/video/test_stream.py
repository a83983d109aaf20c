"""Frames at new times: exact, none invented over a cut, none lost, and damage made good."""

from collections.abc import Generator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from restore.errors import InputError
from restore.pipelines.interpolate.video import stream as stream_module
from restore.pipelines.interpolate.video.classification import OutputFrame, PairClassifier
from restore.pipelines.interpolate.video.retiming import Retiming
from restore.pipelines.interpolate.video.stream import FrameStream
from restore.video.info import Frame
from tests.support.models.listed_videos import Listed, Mixer, kinds, run, values

NTSC = Fraction(24000, 1001)


def test_a_target_rate_stands_at_exact_times() -> None:
    mixer = Mixer()
    frames, stream = run(Listed([4 * index for index in range(20)]), {"fps": 60}, mixer)
    assert [frame.time for frame in frames] == [Fraction(index, 60) for index in range(48)]
    expected = [min(float(frame.time * 25 * 4), 19 * 4) for frame in frames]
    assert max(abs(value - wanted) for value, wanted in zip(values(frames), expected, strict=True)) <= 0.5
    assert len(mixer.calls) == 19, "one call for all times between two frames"
    assert (stream.counts.read, stream.counts.given.total(), stream.counts.given["real"]) == (20, 48, 4)
    assert kinds(frames)[-2:] == "hh"


def test_a_variable_rate_keeps_its_timing() -> None:
    times = [Fraction(stamp, 1000) for stamp in (20, 60, 110, 300, 340)]
    video = Listed([0, 10, 20, 30, 40], times, is_variable=True, last=Fraction(1, 10))
    frames, _ = run(video, {"factor": 2})
    ends = [*times, Fraction(440, 1000)]
    assert [frame.time for frame in frames[::2]] == times
    assert [frame.time for frame in frames[1::2]] == [(before + after) / 2 for before, after in pairwise(ends)]
    assert values(frames) == [0, 5, 10, 15, 20, 25, 30, 35, 40, 40]
    assert kinds(frames) == "rmrmrmrmrh"


def test_a_fraction_as_factor() -> None:
    frames, _ = run(Listed([0, 20, 40, 60]), {"factor": "5/2"})
    assert [frame.time for frame in frames] == [Fraction(2 * index, 5) / 25 for index in range(10)]
    assert values(frames) == [0, 8, 16, 24, 32, 40, 48, 56, 60, 60]


def test_slow_motion_stretches_times() -> None:
    times = [Fraction(stamp, 1000) for stamp in (40, 80, 180)]
    frames, _ = run(Listed([0, 30, 60], times, is_variable=True, last=Fraction(1, 25)), {"slow": 3})
    assert values(frames) == [0, 10, 20, 30, 40, 50, 60, 60, 60]
    assert [frame.time for frame in frames[:4]] == [Fraction(stamp, 1000) for stamp in (120, 160, 200, 240)]
    assert frames[6].time == Fraction(540, 1000)


def test_slow_motion_at_a_rate() -> None:
    """25 frames per second, twice as long at 75: six output frames for each of the source's."""
    frames, _ = run(Listed([0, 30, 60]), {"slow": 2, "fps": 75})
    assert [frame.time for frame in frames] == [Fraction(index, 75) for index in range(18)]
    assert values(frames) == [*range(0, 60, 5), *[60] * 6]


def test_rounded_time_stamps_are_set_right() -> None:
    """Matroska writes 23.976 frames per second as 0, 42, 83, 125 ms."""
    times = [Fraction(round(1000 * index / NTSC), 1000) for index in range(12)]
    video = Listed([5 * index for index in range(12)], times, rate=NTSC, time_base=Fraction(1, 1000))
    mixer = Mixer()
    frames, _ = run(video, {"factor": 2}, mixer)
    assert [frame.time for frame in frames] == [index / (2 * NTSC) for index in range(24)]
    assert mixer.calls == [[0.5]] * 11


def test_beside_a_real_frame_the_real_frame_is_taken() -> None:
    video = Listed([0, 50, 100, 150])
    mixer = Mixer()
    frames, _ = run(video, {"fps": Fraction(25 * 1000, 1019)}, mixer)
    assert [frame.kind for frame in frames] == ["real", "real", "made", "held"]
    assert values(frames)[1] == 50
    assert len(mixer.calls) == 1


def test_a_cut_is_not_blended() -> None:
    mixer = Mixer()
    frames, stream = run(Listed([10, 20, 200, 210]), {"factor": 4}, mixer)
    assert values(frames)[4:9] == [20, 20, 200, 200, 200]
    assert kinds(frames)[4:9] == "rcccr"
    assert stream.counts.scene_cuts == 1
    assert len(mixer.calls) == 2


def test_without_cuts_everything_is_blended() -> None:
    stream = FrameStream(
        Listed([0, 200]), Retiming(), Mixer(), PairClassifier(lambda p: 0, lambda *_: True, lambda *_: False, 0.0)
    )
    assert values(list(stream.frames()))[1] == 100


def test_still_frames_cost_no_network_time() -> None:
    mixer = Mixer()
    frames, stream = run(Listed([7, 7, 8, 30]), {"factor": 2}, mixer)
    assert values(frames) == [7, 7, 7, 8, 8, 19, 30, 30]
    assert kinds(frames) == "rsrsrmrh"
    assert (len(mixer.calls), stream.counts.given["still"]) == (1, 2)


def test_a_long_pause_is_not_blended() -> None:
    times = [Fraction(0), Fraction(1, 25), Fraction(3), Fraction(76, 25)]
    frames, _ = run(Listed([0, 10, 50, 60], times, is_variable=True), {"fps": 10})
    inside = [frame for frame in frames if Fraction(1, 25) < frame.time < 3]
    assert {int(frame.pixels[0, 0, 0]) for frame in inside} == {10}
    assert {frame.kind for frame in inside} == {"held"}


def test_duplicates_stay_where_they_are() -> None:
    frames, _ = run(Listed([0, 0, 20, 20, 40, 40]), {"factor": 2})
    assert values(frames) == [0, 0, 0, 10, 20, 20, 20, 30, 40, 40, 40, 40]


def test_dropped_duplicates_make_motion_smooth_and_keep_the_length() -> None:
    frames, stream = run(Listed([0, 0, 20, 20, 40, 40]), {"factor": 2}, drop_duplicates=True)
    assert values(frames) == [0, 5, 10, 15, 20, 25, 30, 35, 40, 40, 40, 40]
    assert [frame.time for frame in frames] == [Fraction(index, 50) for index in range(12)]
    assert stream.counts.read == 6


def test_dropped_duplicates_leave_pauses_and_cuts_where_they_are() -> None:
    pause, _ = run(Listed([0] * 12 + [20, 40]), {"factor": 1.5}, drop_duplicates=True)
    moved = next(frame for frame in pause if frame.pixels[0, 0, 0])
    assert moved.time > Fraction(11, 25)
    cut, stream = run(Listed([0, 0, 200, 200, 220, 220]), {"factor": 2}, drop_duplicates=True)
    assert values(cut) == [0, 0, 0, 200, 200, 205, 210, 215, 220, 220, 220, 220]
    assert stream.counts.scene_cuts == 1


def reported(values: Sequence[float | None], **more: Any) -> tuple[list[OutputFrame], list[str], FrameStream]:
    lines: list[str] = []
    frames, stream = run(Listed(values), {"factor": 2}, notify=lines.append, **more)
    return frames, lines, stream


@pytest.mark.parametrize("bad", [None, -99])
def test_a_damaged_frame_is_made_from_its_neighbours(bad: float | None) -> None:
    frames, lines, stream = reported([0, 10, bad, 30, 40])
    assert values(frames) == [0, 5, 10, 15, 20, 25, 30, 35, 40, 40]
    assert lines[0].startswith("00:00:00.080: damaged frame made anew from its neighbours (")
    assert len(lines) == stream.counts.damaged == 1


def test_several_damaged_frames_in_a_row() -> None:
    frames, lines, _ = reported([0, None, None, None, 40])
    assert values(frames) == [0, 5, 10, 15, 20, 25, 30, 35, 40, 40]
    assert [line[:12] for line in lines] == ["00:00:00.040", "00:00:00.080", "00:00:00.120"]


def test_damage_at_both_ends() -> None:
    frames, lines, _ = reported([None, None, 20, 30, None])
    assert values(frames) == [20, 20, 20, 20, 20, 25, 30, 30, 30, 30]
    assert kinds(frames) == "hhhhrmrhhh"
    assert [line.partition(" (")[0] for line in lines] == [
        "00:00:00.000: damaged frame replaced by the first good one",
        "00:00:00.040: damaged frame replaced by the first good one",
        "00:00:00.160: damaged frame replaced by the last good one",
    ]


def test_damage_at_a_cut_is_not_blended() -> None:
    frames, lines, _ = reported([0, None, 200])
    assert values(frames) == [0, 0, 200, 200, 200, 200]
    assert "replaced by a good one beside it (cannot be decoded" in lines[0]


def test_damage_among_dropped_duplicates() -> None:
    frames, lines, _ = reported([0, None, 0, 20, 20, None], drop_duplicates=True)
    assert values(frames) == [0, 3, 7, 10, 13, 17, 20, 20, 20, 20, 20, 20]
    assert kinds(frames) == "rmmmmmrsrhhh"
    assert [line[14:].partition(" (")[0] for line in lines] == [
        "damaged frame made anew from its neighbours",
        "damaged frame replaced by the last good one",
    ]


def test_nothing_but_damage() -> None:
    with pytest.raises(InputError, match="not one of its frames"):
        run(Listed([None, None]), {"factor": 2})


def test_a_problem_with_the_time_alone_leaves_the_pixels() -> None:
    class Odd(Listed):
        def _frames(self, start: Fraction | None) -> Generator[Frame, None, None]:
            for frame in super()._frames(start):
                yield Frame(frame.pixels, frame.time, f"the frame at {float(frame.time):.3f} s has an odd time stamp")

    lines: list[str] = []
    frames, _ = run(Odd([0, 10]), {"factor": 2}, notify=lines.append)
    assert values(frames) == [0, 5, 10, 10]
    assert lines == ["00:00:00.000: has an odd time stamp", "00:00:00.040: has an odd time stamp"]


def test_one_frame_lasts_as_long_as_it_did() -> None:
    frames, _ = run(Listed([9]), {"fps": 100})
    assert (values(frames), kinds(frames)) == ([9] * 4, "rhhh")


def test_times_that_no_container_could_tell_apart_are_left_out() -> None:
    times = [Fraction(0), Fraction(1, 25), Fraction(1, 25) + Fraction(1, 90_000), Fraction(2, 25)]
    frames, _ = run(Listed([0, 10, 12, 20], times, is_variable=True), {"factor": 3})
    assert all(after.time - before.time >= Fraction(1, 1000) for before, after in pairwise(frames))
    assert [frame.index for frame in frames] == list(range(len(frames)))


def test_many_times_between_two_frames_are_made_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "BYTES_AT_ONCE", 4 * 36)
    mixer = Mixer()
    frames, _ = run(Listed([0, 90]), {"factor": 10}, mixer)
    assert values(frames)[:11] == list(range(0, 91, 9))
    assert [len(call) for call in mixer.calls] == [4, 4, 1]
