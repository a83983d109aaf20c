"""The mask drawer's own promises; that it agrees with the protocol is tests/golden/test_inpaint_masks.py."""

import sys

import numpy as np
import pytest

from restore.errors import UsageError
from restore.evaluation.inpaint.masks import CLASSES, draw_mask


@pytest.mark.parametrize("kind", CLASSES)
def test_a_mask_is_a_partial_hole_of_the_size_asked_for(kind: str) -> None:
    hole = draw_mask(kind, 11, 300)
    assert hole.shape == (300, 300)
    assert hole.dtype == np.bool_
    assert 0.005 < hole.mean() <= 0.5


@pytest.mark.parametrize("kind", CLASSES)
def test_seeds_differ_and_repeat(kind: str) -> None:
    assert np.array_equal(draw_mask(kind, 1, 256), draw_mask(kind, 1, 256))
    assert not np.array_equal(draw_mask(kind, 1, 256), draw_mask(kind, 2, 256))


def test_unknown_class_lists_the_classes() -> None:
    with pytest.raises(UsageError, match="thin, medium, thick, scratch, text, object"):
        draw_mask("wide", 0)


def test_negative_seed_is_refused() -> None:
    with pytest.raises(UsageError, match="seed"):
        draw_mask("thin", -1)


def test_a_size_no_mask_fits_into_is_refused() -> None:
    with pytest.raises(UsageError, match="larger size"):
        draw_mask("thin", 0, 24)


def test_without_opencv_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UsageError, match=r"pip install 'restore\[bench\]'"):
        draw_mask("thin", 0)
