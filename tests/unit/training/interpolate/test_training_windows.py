"""Windows of real clips: found where a clip moves, decoded once, carried in parts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError
from restore.training.interpolate import window_cache
from restore.training.interpolate.cache_parts import join_parts, pack_cache
from restore.training.interpolate.clips import find_clips, frames_of, pictures_of
from restore.training.interpolate.window_cache import WindowCache, build_cache, prepare
from restore.training.interpolate.windows import Window, evenly, find_windows, read_windows, windows_in
from tests.moving_clips import HEIGHT, WIDTH, ground, images, panning, write_clip, write_clips, write_csv


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    return write_clips(tmp_path / "data")


@pytest.fixture
def cache(clips: Path, tmp_path: Path) -> WindowCache:
    windows = [Window("one.mkv", start, 2, (0.5, 0.5), 0.05) for start in (0, 3, 6)]
    return build_cache(clips, [*windows, Window("clips/two.mkv", 1, 1, (0.2, 0.9))], tmp_path / "cache")


def counted(calls: list[str]) -> Callable[[Path], Iterator[Image.Image]]:
    def frames(clip: Path) -> Iterator[Image.Image]:
        calls.append(clip.name)
        return frames_of(clip)

    return frames


def test_clips_are_files_and_folders_of_numbered_pictures(clips: Path) -> None:
    (clips / "photos").mkdir()
    for name in range(8):
        Image.new("RGB", (8, 8)).save(clips / "photos" / f"holiday{name}.png")
    Image.new("RGB", (8, 8)).save(clips / "photos" / "cover.png")
    assert find_clips(clips) == ["clips/two.mkv", "frames/three", "one.mkv"]
    assert [path.name for path in pictures_of(clips / "frames" / "three")] == [
        f"f{number}.png" for number in range(5, 17)
    ]


def test_frames_are_those_of_the_clip(clips: Path) -> None:
    for name, expected in (("one.mkv", panning(20, 1)), ("frames/three", panning(12, 3))):
        frames = [np.asarray(frame) for frame in frames_of(clips / name)]
        assert len(frames) == len(expected)
        assert all(np.array_equal(found, frame) for found, frame in zip(frames, expected, strict=True))


def test_damaged_clips_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no clip at all" * 100)
    with pytest.raises(InputError, match=r"broken\.mp4"):
        next(frames_of(tmp_path / "broken.mp4"))
    with pytest.raises(InputError, match="not a folder"):
        find_clips(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no clips"):
        find_clips(tmp_path / "empty")


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
    told: list[tuple[str, int, int]] = []
    learned, held_out = find_windows(clips, lambda *now: told.append(now))
    assert {window.clip for window in held_out} == {"clips/two.mkv"}
    assert {window.clip for window in learned} == {"frames/three", "one.mkv"}
    assert told == [("looking for windows", done, 3) for done in range(3)]


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
    assert [window.start for window in evenly(windows, 5)] == [0, 5, 10, 15, 20]
    assert evenly(windows, None) == evenly(windows, 30) == windows


def test_the_cache_holds_the_clips_frames(cache: WindowCache) -> None:
    one, two = panning(20, 1), panning(24, 2, 2)
    for window in cache.windows:
        for index in range(7):
            expected = (one if window.clip == "one.mkv" else two)[window.start + index * window.step]
            assert np.array_equal(cache.frame(window, index), expected)
    distinct = {0, 2, 4, 6, 8, 10, 12} | {3, 5, 7, 9, 11, 13, 15} | {6, 8, 10, 12, 14, 16, 18}
    assert (cache.folder / "frames.bin").stat().st_size == (len(distinct) + 7) * WIDTH * HEIGHT * 3


def test_frames_are_reduced_to_the_longest_side(clips: Path, tmp_path: Path) -> None:
    cache = build_cache(clips, [Window("one.mkv", 0, 1, (0.5, 0.5))], tmp_path / "small", longest=32)
    assert cache.size(cache.windows[0]) == (32, 24)
    expected = Image.fromarray(panning(7, 1)[6]).resize((32, 24), Image.Resampling.LANCZOS)
    assert np.array_equal(cache.frame(cache.windows[0], 6), np.asarray(expected))


def test_a_cache_is_built_once_and_anew_if_a_clip_changes(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(window_cache, "frames_of", counted(calls))
    windows = [Window("one.mkv", 0, 1, (0.5, 0.5)), Window("frames/three", 1, 1, (0.5, 0.5))]
    for _ in range(2):
        build_cache(clips, windows, tmp_path / "cache")
    assert calls == ["one.mkv", "three"]
    write_clip(clips / "one.mkv", panning(21, 9))
    cache = build_cache(clips, windows, tmp_path / "cache")
    assert calls == ["one.mkv", "three"] * 2
    assert np.array_equal(cache.frame(windows[0], 2), panning(21, 9)[2])
    build_cache(clips, windows[:1], tmp_path / "cache")
    assert len(calls) == 5


def test_an_interrupted_build_goes_on(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    windows = [Window(name, 0, 1, (0.5, 0.5)) for name in ("one.mkv", "frames/three", "clips/two.mkv")]

    def interrupted(clip: Path) -> Iterator[Image.Image]:
        for number, frame in enumerate(counted(calls)(clip)):
            if clip.name == "three" and number == 3:
                raise KeyboardInterrupt
            yield frame

    monkeypatch.setattr(window_cache, "frames_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_cache(clips, windows, tmp_path / "cache")
    with pytest.raises(InputError, match="unfinished"):
        WindowCache(tmp_path / "cache")
    monkeypatch.setattr(window_cache, "frames_of", counted(calls))
    told: list[tuple[str, int, int]] = []
    cache = build_cache(clips, windows, tmp_path / "cache", progress=lambda *now: told.append(now))
    assert calls == ["one.mkv", "three", "three", "two.mkv"]
    assert told == [("decoding", done, 3) for done in (1, 2, 3)]
    for window, frames in zip(windows, (panning(7, 1), panning(7, 3), panning(7, 2, 2)), strict=True):
        assert np.array_equal(np.stack([cache.frame(window, index) for index in range(7)]), np.stack(frames))


def test_windows_beyond_the_end_are_refused(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ends after 20 frames"):
        build_cache(clips, [Window("one.mkv", 15, 1, (0.5, 0.5))], tmp_path / "cache")
    with pytest.raises(InputError, match="gone"):
        build_cache(clips, [Window("gone.mkv", 0, 1, (0.5, 0.5))], tmp_path / "cache")


def test_damaged_caches_are_refused(cache: WindowCache) -> None:
    with pytest.raises(InputError, match="no cache"):
        WindowCache(cache.folder / "elsewhere")
    (cache.folder / "frames.bin").write_bytes(b"short")
    with pytest.raises(InputError, match="damaged"):
        WindowCache(cache.folder)
    (cache.folder / "index.json").write_text("{}")
    with pytest.raises(InputError, match="damaged"):
        WindowCache(cache.folder)


def test_prepare_builds_both_caches_and_opens_what_it_built(clips: Path, tmp_path: Path) -> None:
    learned, held_out = prepare(clips, tmp_path / "run", most=3)
    assert len(learned.windows) == 3
    assert {window.clip for window in held_out.windows} == {"clips/two.mkv"}
    again, _ = prepare(tmp_path / "run", tmp_path / "nowhere")
    assert again.windows == learned.windows
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("kind", ["webp", "jpeg"])
def test_a_cache_travels_in_parts(cache: WindowCache, tmp_path: Path, kind: str) -> None:
    parts = pack_cache(cache.folder, tmp_path / "parts", largest=12_000, kind=kind)
    assert len(parts) > 2
    assert all(part.stat().st_size <= 12_000 for part in parts)
    join_parts(parts[::-1], tmp_path / "joined")
    joined = WindowCache(tmp_path / "joined")
    assert joined.windows == cache.windows
    for window in cache.windows:
        difference = joined.frame(window, 3).astype(float) - cache.frame(window, 3)
        assert np.sqrt(np.square(difference).mean()) < 12  # colours at half resolution
    with pytest.raises(InputError, match="a part is missing"):
        join_parts(parts[:-1], tmp_path / "lacking")
    with pytest.raises(InputError, match="first part is missing"):
        join_parts(parts[1:], tmp_path / "lacking")
    assert not (tmp_path / "lacking" / "index.json").exists()
