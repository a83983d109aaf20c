"""The interpolator that ships: it loads, says something of its own, and makes the frame of a pan that is known."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import restore
from restore.pipelines.interpolate.interpolator import load_interpolator

PORTRAIT = Path(__file__).parents[3] / "data" / "portrait.png"


@pytest.fixture(scope="module")
def pan() -> list[NDArray[np.uint8]]:
    """Three windows of a portrait, 3 px right and 2 px down from one to the next."""
    with Image.open(PORTRAIT) as image:
        whole = np.asarray(image.convert("RGB"))
    top, left = whole.shape[0] // 4, whole.shape[1] // 4
    return [
        np.ascontiguousarray(whole[top + 2 * step : top + 2 * step + 160, left + 3 * step : left + 3 * step + 200])
        for step in range(3)
    ]


def psnr(made: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    return float(10 * np.log10(255**2 / np.square(made.astype(float) - truth).mean()))


def test_the_middle_of_a_pan(pan: list[NDArray[np.uint8]]) -> None:
    made = restore.interpolate(pan[0], pan[2], device="cpu")
    blend = ((pan[0].astype(int) + pan[2]) // 2).astype(np.uint8)
    assert psnr(made, pan[1]) > max(36, psnr(blend, pan[1]) + 6)


def test_it_has_learned_something(pan: list[NDArray[np.uint8]]) -> None:
    shipped, born = (load_interpolator(device="cpu", part=part) for part in ("all", "untrained"))
    made, classical = (one.between(pan[0], pan[2], [0.5])[0] for one in (shipped, born))
    assert not np.array_equal(made, classical)
