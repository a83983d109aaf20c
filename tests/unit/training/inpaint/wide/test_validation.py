"""Figures of wide holes: signs and amounts by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from restore.training.inpaint.wide.fills import pack
from restore.training.inpaint.wide.validation import WideValidation, sharpness
from tests.support.training_runs import CPU
from tests.support.training_worker import Features

SIDE = 96


def square() -> np.ndarray:
    hole = np.zeros((SIDE, SIDE), np.uint8)
    hole[30:66, 30:66] = 1
    return hole


def test_sharpness_is_gradient_energy_inside_over_that_around() -> None:
    picture = np.random.default_rng(0).random((SIDE, SIDE)).astype(np.float32)
    hole = square() > 0
    assert sharpness(picture, hole) == pytest.approx(1.0, abs=0.1)
    dull = picture.copy()
    dull[hole] = 0.5 + 0.5 * (picture[hole] - 0.5)
    assert sharpness(dull, hole) == pytest.approx(0.25, abs=0.03)
    rim = dull.copy()
    rim[30:36, 30:66] = picture[30:36, 30:66]  # within 6 px of the rim, and so not counted
    assert sharpness(rim, hole) == sharpness(dull, hole)
    assert np.isnan(sharpness(picture, np.zeros_like(hole)))
    narrow = np.zeros_like(hole)
    narrow[40:50] = True
    assert np.isnan(sharpness(picture, narrow))


class Towards(torch.nn.Module):
    """Goes a share of the way from the start fill to a truth."""

    def __init__(self, truth: torch.Tensor, share: float) -> None:
        super().__init__()
        self.truth, self.share = truth, share

    def forward(self, fill: torch.Tensor, hole: torch.Tensor, texture: torch.Tensor) -> torch.Tensor:
        return fill + self.share * hole * (self.truth - fill)


def test_the_gain_is_positive_where_the_output_looks_more_like_the_truth(tmp_path: Path) -> None:
    truth = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE), dtype=np.uint8)
    grey = torch.full((1, 3, SIDE, SIDE), 0.5)
    sample = pack(truth, square(), grey, torch.zeros_like(grey))
    validation = WideValidation([sample, sample], ["thick", "object"], Features())  # type: ignore[arg-type]
    known = torch.from_numpy(truth)[None] / 255
    none, half, away = (validation.run(Towards(known, share), CPU) for share in (0.0, 0.5, -0.3))
    assert none["gain"] == pytest.approx(0.0, abs=1e-6)
    assert none["sharpness"] == none["sharpness_start"] == pytest.approx(0.0, abs=1e-6)
    assert half["gain"] > 1
    assert away["gain"] < 0
    assert half["gain"] == pytest.approx(10 * np.log10(half["perceptual_start"] / half["perceptual"]), abs=1e-4)
    assert half["sharpness_least"] == half["sharpness"]
    assert half["gain_thick"] == half["gain_object"] == pytest.approx(half["gain"])
    assert half["sharpness"] == pytest.approx(0.25 * half["sharpness_truth"], rel=0.05)
    validation.run(Towards(known, 0.5), CPU, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").exists()
