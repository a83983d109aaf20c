"""Windows of real clips: found where a clip moves, or listed."""

from pathlib import Path

import numpy as np
import pytest

from restore.errors import InputError
from restore.training.interpolate.windows import Window, evenly_spaced, find_windows, read_windows, windows_in
from tests.support.moving_clips import HEIGHT, WIDTH, ground, images, panning, write_csv


def test_windows_lie_where_a_clip_moves() -> None:
    still = [panning(1)[0]] * 15
    found = windows_in("clip", images(still + panning(21)))
    assert found
    assert all(window.start >= 14 and window.numbers[-1] < 36 for window in found)
    assert {window.step for window in found} == {1}
    assert windows_in("clip", images(still)) == []


def test_windows_span_no_cut() -> None:
    found = windows_in("clip", images(panning(15, 1) + [frame // 4 for frame in panning(15, 2)]))
    assert found
    assert all(window.numbers[-1] < 15 or window.start >= 15 for window in found)


def test_windows_repeat_no_frame() -> None:
    """Every frame comes twice: only every second one is new."""
    found = windows_in("clip", images([frame for frame in panning(14) for _ in range(2)]))
    assert found
    assert {window.step for window in found} == {2}


def test_windows_know_where_it_moves() -> None:
    canvas = np.repeat(ground(5)[:HEIGHT, :WIDTH][None], 12, axis=0)
    for index, frame in enumerate(canvas):
        frame[4:14, 40 + index : 50 + index] = 255 * (index % 2)
    (window, *_) = windows_in("clip", images(list(canvas)))
    assert window.centre[0] > 0.6
    assert window.centre[1] < 0.3


def test_lists_say_what_is_learned_and_what_is_held_out(clips: Path) -> None:
    row = {"src_w": 64, "src_h": 48, "step": 1, "flow_p50": 1, "flow_p90": 112, "mad": 1, "warp_resid": 1, "cy": 0.25}
    write_csv(
        clips / "windows.csv", [{**row, "file": name, "t0": 3, "cx": 0.5} for name in ("one.mkv", "frames/three")]
    )
    write_csv(clips / "VAL.csv", [{"file": "frames/three"}])
    learned, held_out = find_windows(clips)
    assert learned == [Window("one.mkv", 3, 1, (0.5, 0.25), 0.25)]
    assert [window.clip for window in held_out] == ["frames/three"]
    (clips / "windows.csv").unlink()
    learned, held_out = find_windows(clips)
    assert {window.clip for window in learned} == {"one.mkv", "clips/two.mkv"}
    assert {window.clip for window in held_out} == {"frames/three"}


def test_without_lists_whole_clips_are_held_out(clips: Path) -> None:
    reported: list[tuple[str, int, int]] = []
    learned, held_out = find_windows(clips, lambda *now: reported.append(now))
    assert {window.clip for window in held_out} == {"clips/two.mkv"}
    assert {window.clip for window in learned} == {"frames/three", "one.mkv"}
    assert reported == [("looking for windows", done, 3) for done in range(3)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"file": "../secret.mp4"}, "below its own folder"),
        ({"file": "/etc/secret.mp4"}, "below its own folder"),
        ({"t0": "three"}, "line 2"),
        ({"step": 0}, "line 2"),
        ({"t0": -1}, "line 2"),
    ],
)
def test_wrong_lists_are_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    write_csv(tmp_path / "windows.csv", [{"file": "a.mp4", "t0": 0, "step": 1, "cx": 0.5, "cy": 0.5} | change])
    with pytest.raises(InputError, match=message):
        read_windows(tmp_path / "windows.csv")


def test_a_list_without_a_column_is_refused(tmp_path: Path) -> None:
    write_csv(tmp_path / "windows.csv", [{"file": "a.mp4", "t0": 0}])
    with pytest.raises(InputError, match="column step"):
        read_windows(tmp_path / "windows.csv")


def test_a_part_of_the_windows_is_chosen_evenly() -> None:
    windows = [Window("clip", start, 1, (0.5, 0.5)) for start in range(21)]
    assert [window.start for window in evenly_spaced(windows, 5)] == [0, 5, 10, 15, 20]
    assert evenly_spaced(windows, None) == evenly_spaced(windows, 30) == windows
