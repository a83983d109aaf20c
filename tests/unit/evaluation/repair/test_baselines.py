"""What the classical detectors mark in pictures whose damage is plain."""

import sys

import numpy as np
import pytest

from restore.errors import UsageError
from restore.evaluation.repair.baselines import BASELINES


def picture_with(level: int, *, spot: bool = False) -> np.ndarray:
    """Even grey with a line of 2 px, or with a spot of 2 px."""
    picture = np.full((64, 64, 3), 120, np.uint8)
    if spot:
        picture[30:32, 30:32] = level
    else:
        picture[30:32, 4:60] = level
    return picture


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("level", [20, 230])
def test_light_and_dark_lines_are_found_and_even_ground_is_not(name: str, level: int) -> None:
    marks = BASELINES[name](picture_with(level))
    assert marks.dtype == np.bool_
    assert marks.shape == (64, 64)
    assert marks[30:32, 12:52].all()
    assert not marks[:22].any()
    assert not marks[40:].any()


def test_only_the_lines_of_the_hats_leave_a_spot_unmarked() -> None:
    spot = picture_with(230, spot=True)
    assert BASELINES["tophat"](spot)[30:32, 30:32].all()
    assert not BASELINES["blackhat+lines"](spot).any()


def test_a_change_below_the_threshold_is_not_marked() -> None:
    for name in ("tophat", "blackhat+lines"):
        assert not BASELINES[name](picture_with(140)).any()


@pytest.mark.parametrize("name", BASELINES)
def test_without_opencv_the_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UsageError, match=r"pip install 'restore\[bench\]'"):
        BASELINES[name](picture_with(230))
