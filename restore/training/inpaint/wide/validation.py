"""Validation on held-out wide holes: perceptual distance and sharpness, of start fill and output.

What a wide hole held cannot be known, so no figure here is a difference of pixels. The distance of features says how
alike picture and truth look; the gradient energy inside the hole, as a share of that around it, sees fog at once.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restore.models.inpaint.generator import Generator
from restore.models.perceptual import SqueezeFeatures, feature_distance
from restore.pipelines.inpaint.distance import squared_distance
from restore.training.engine.sheets import to_bytes, write_sheet
from restore.training.inpaint.wide.fills import Sample, unpack

SHOWN = 9
"""Rows of the sheet."""
INSIDE = 6
"""Pixels from the rim, inside the hole, from which on gradients count as the fill's."""
RING = (2, 32)
"""Pixels from the rim, outside the hole, between which gradients count as the surroundings'."""


class WideValidation:
    """Fixed cases with their start fills.

    Args:
        fills: the cases as they are kept.
        kinds: kind of each case's hole.
        features: the perceptual network.
    """

    def __init__(self, fills: list[Sample], kinds: list[str], features: SqueezeFeatures) -> None:
        self.fills, self.kinds, self.features = fills, kinds, features
        self._starts: list[tuple[float, float, float]] = []  # distance and sharpness of the start fill, the truth's

    @torch.no_grad()
    def run(self, generator: Generator, device: torch.device, sheet: Path | None = None) -> dict[str, float]:
        """Mend every case, and show some of them in a sheet: hole, start fill, output, truth.

        Returns:
            "gain": the perceptual distance of the start fills over that of the outputs, in dB, 0.22 for a distance that
            is 5 % smaller, and the same per kind; both distances; the mean sharpness of outputs, start fills and
            truths, and the least of the outputs.

        Raises:
            OutputError: the sheet cannot be written.
        """
        distances: list[float] = []
        sharp: list[float] = []
        rows: list[NDArray[np.uint8]] = []
        for number in range(len(self.fills)):
            truth, hole, fill, texture = unpack(torch.from_numpy(self.fills[number].copy())[None], device)
            inside = hole[0, 0].cpu().numpy() > 0
            output = generator(fill, hole, texture).clamp(0, 1)
            wanted = self.features(truth)
            if number == len(self._starts):
                distance = float(feature_distance(self.features(fill), wanted))
                self._starts.append((distance, sharpness(grey(fill), inside), sharpness(grey(truth), inside)))
            distances.append(float(feature_distance(self.features(output), wanted)))
            sharp.append(sharpness(grey(output), inside))
            if sheet is not None and len(rows) < SHOWN:
                rows.append(to_bytes(torch.cat([truth * (1 - hole) + 0.5 * hole, fill, output, truth], dim=3)[0]))
        if sheet is not None:
            write_sheet(rows, sheet)
        starts, start_sharp, true_sharp = (np.array(column) for column in zip(*self._starts, strict=True))
        figures = {"gain": _gain(starts, np.array(distances))}
        for kind in dict.fromkeys(self.kinds):
            own = np.array([each == kind for each in self.kinds])
            figures[f"gain_{kind}"] = _gain(starts[own], np.array(distances)[own])
        figures |= {"perceptual": float(np.mean(distances)), "perceptual_start": float(starts.mean())}
        for name, values in {"": np.array(sharp), "_start": start_sharp, "_truth": true_sharp}.items():
            if np.isfinite(values).any():
                figures[f"sharpness{name}"] = float(np.nanmean(values))
        if np.isfinite(sharp).any():
            figures["sharpness_least"] = float(np.nanmin(sharp))
        return figures


def grey(picture: Tensor) -> NDArray[np.float32]:
    """The mean of the colours of `(1, 3, H, W)`, as `(H, W)`."""
    values: NDArray[np.float32] = picture[0].mean(0).cpu().numpy()
    return values


def sharpness(picture: NDArray[np.float32], hole: NDArray[np.bool_]) -> float:
    """Gradient energy deep inside a hole over that around it.

    Args:
        picture: `(H, W)`, range 0..1.
        hole: `(H, W)`.

    Returns:
        1 where both are alike, less where the inside is smooth; NaN where the hole is too narrow or nothing is around.
    """
    energy = np.zeros_like(picture)
    energy[:, :-1] += np.diff(picture, axis=1) ** 2
    energy[:-1] += np.diff(picture, axis=0) ** 2
    deep = squared_distance(~hole, INSIDE + 1) > INSIDE**2
    away = squared_distance(hole, RING[1] + 1)
    ring = (away >= RING[0] ** 2) & (away <= RING[1] ** 2)
    if not deep.any() or not ring.any():
        return float("nan")
    return float(energy[deep].mean() / max(1e-9, energy[ring].mean()))


def _gain(starts: NDArray[np.float64], distances: NDArray[np.float64]) -> float:
    return float(10 * np.log10((starts.mean() + 1e-9) / (distances.mean() + 1e-9)))
