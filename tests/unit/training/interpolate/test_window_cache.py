"""The cache of windows' frames: exact, built once, gone on with after an interruption."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError
from restore.training.interpolate import window_cache
from restore.training.interpolate.clips import frames_of
from restore.training.interpolate.window_cache import WindowCache, build_cache, open_caches
from restore.training.interpolate.windows import Window
from tests.support.moving_clips import HEIGHT, WIDTH, panning, write_clip


def counted(calls: list[str]) -> Callable[[Path], Iterator[Image.Image]]:
    def frames(clip: Path) -> Iterator[Image.Image]:
        calls.append(clip.name)
        return frames_of(clip)

    return frames


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
    reported: list[tuple[str, int, int]] = []
    cache = build_cache(clips, windows, tmp_path / "cache", on_progress=lambda *now: reported.append(now))
    assert calls == ["one.mkv", "three", "three", "two.mkv"]
    assert reported == [("decoding", done, 3) for done in (1, 2, 3)]
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


def test_open_caches_builds_both_caches_and_opens_what_it_built(clips: Path, tmp_path: Path) -> None:
    learned, held_out = open_caches(clips, tmp_path / "run", most=3)
    assert len(learned.windows) == 3
    assert {window.clip for window in held_out.windows} == {"clips/two.mkv"}
    again, _ = open_caches(tmp_path / "run", tmp_path / "nowhere")
    assert again.windows == learned.windows
    assert not (tmp_path / "nowhere").exists()
