"""What a video is, and how containers write its rotation."""

from fractions import Fraction

import numpy as np
import pytest

from restore.video.info import Frame, VideoInfo, display_matrix, orientation_from_matrix


def test_what_info_refuses() -> None:
    with pytest.raises(ValueError, match="0 x 5"):
        VideoInfo(0, 5)
    assert Frame(None, Fraction(1), "gone").pixels is None


def test_matrices_and_orientations_are_inverse() -> None:
    for number in range(1, 9):
        assert orientation_from_matrix(np.array(display_matrix(number), np.int32).tobytes()) == number
    assert orientation_from_matrix(b"short") == 1
    by_45_degrees = np.array([46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30], np.int32)
    assert orientation_from_matrix(by_45_degrees.tobytes()) == 1
