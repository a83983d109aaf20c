from typing import Any

import numpy as np
import pytest

from restore.errors import UsageError
from restore.pipelines.inpaint.options import InpaintOptions


def test_the_default_options() -> None:
    assert InpaintOptions() == InpaintOptions(0.5, False, 1, 0, "auto", None, None, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 0},
        {"threshold": 1.1},
        {"dilate": -1},
        {"feather": 5000},
        {"detail": 1.5},
        {"max_memory": 0},
        {"seed": -1},
    ],
)
def test_options_out_of_range_say_what_to_choose(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=r"out of range: (choose|give)"):
        InpaintOptions(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"threshold": "half"}, {"dilate": 1.0}, {"feather": True}, {"detail": "a"}, {"seed": 0.5}, {"max_memory": "1G"}],
)
def test_options_of_another_type_say_what_to_choose(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"is no (whole )?number: choose"):
        InpaintOptions(**wrong)


def test_numbers_of_numpy_are_numbers() -> None:
    options = InpaintOptions(dilate=np.int64(3), detail=np.float32(0.5), seed=np.uint8(2), max_memory=2e9)
    assert (options.dilate, options.detail, options.seed, options.max_memory) == (3, 0.5, 2, 2e9)


@pytest.mark.parametrize(
    ("given", "fill"), [({}, "auto"), ({"exemplar": True}, "pieces"), ({"exemplar": False}, "smooth")]
)
def test_an_older_name_of_fill_means_what_it_did(given: dict[str, bool], fill: str) -> None:
    assert InpaintOptions.of(given | {"dilate": 3}) == InpaintOptions(fill=fill, dilate=3)


def test_an_older_name_beside_the_new_one_or_an_unknown_fill_is_refused() -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        InpaintOptions.of({"exemplar": True, "fill": "smooth"})
    with pytest.raises(UsageError, match="choose from auto, smooth, pieces"):
        InpaintOptions(fill="best")
