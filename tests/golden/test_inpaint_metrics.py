"""PSNR and SSIM are the reference protocol's: its figures for these pictures were taken once by running it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from restore.evaluation.metrics import score

CASES = json.loads((Path(__file__).parent / "inpaint_metrics.json").read_text(encoding="utf-8"))["cases"]


def picture(height: int, width: int, turn: int) -> npt.NDArray[np.uint8]:
    """The picture the record was made with: whole numbers only, so that it is the same everywhere."""
    y, x, channel = np.mgrid[:height, :width, :3]
    return ((x * x * 3 + y * (5 + turn) + x * y // 7 + channel * 41 + turn * 60) // 3 % 256).astype(np.uint8)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['width']}x{case['height']}")
def test_figures_are_the_protocols(case: dict[str, Any]) -> None:
    height, width = case["height"], case["width"]
    top, bottom, left, right = case["box"]
    hole = np.zeros((height, width), np.bool_)
    hole[top:bottom, left:right] = True
    original = picture(height, width, 0)
    filled = np.where(hole[..., None], picture(height, width, case["turn"]), original)
    scores = score(original, filled, hole)
    for name in ("psnr", "psnr_hole", "ssim", "ssim_hole"):
        assert getattr(scores, name) == pytest.approx(case[name], abs=1e-6), name
