"""Clips that move, and a cache of windows in them."""

from pathlib import Path

import pytest

from restore.training.interpolate.window_cache import WindowCache, build_cache
from restore.training.interpolate.windows import Window
from tests.support.moving_clips import write_clips


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    return write_clips(tmp_path / "data")


@pytest.fixture
def cache(clips: Path, tmp_path: Path) -> WindowCache:
    windows = [Window("one.mkv", start, 2, (0.5, 0.5), 0.05) for start in (0, 3, 6)]
    return build_cache(clips, [*windows, Window("clips/two.mkv", 1, 1, (0.2, 0.9))], tmp_path / "cache")
