"""Validation of the inpainting recipe while it trains: quick, on held-out pictures, always the same holes.

The bench gives the figures that are reported; this gives a curve and a sheet to look at. Each held-out picture meets
one kind of hole in turn.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from restore.models.inpaint.generator import Generator
from restore.models.inpaint.harmonic import harmonic_fill
from restore.models.inpaint.sparse import sparse_fill
from restore.models.perceptual import SqueezeFeatures, perceptual_distance
from restore.training.engine.sheets import to_bytes, write_sheet
from restore.training.inpaint.damage import KINDS, draw_mask
from restore.training.inpaint.data import BANK_SIDE
from restore.training.photos import centre, decode_photo, strided

SIDE = 256
"""Side in pixels of a validation crop."""
MOST = 24
"""Held-out pictures used."""
SHOWN = 8
"""Rows of the sheet."""
SCALES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""What `best_scale` tries."""


class InpaintValidation:
    """Fixed crops with fixed holes.

    Args:
        photos: held-out files.
        features: the perceptual network, or None to leave its figure out.
    """

    def __init__(self, photos: list[Path], features: SqueezeFeatures | None) -> None:
        self.features = features
        chosen = strided(photos, MOST)
        kinds = list(KINDS)
        self.kinds = [kinds[index % len(kinds)] for index in range(len(chosen))]
        crops = np.stack([centre(decode_photo(path, BANK_SIDE), SIDE) for path in chosen])
        self.pictures = torch.from_numpy(crops.astype(np.float32)).permute(0, 3, 1, 2).contiguous() / 255
        self.holes = torch.stack([_hole(index, kind) for index, kind in enumerate(self.kinds)])
        self._starts: list[tuple[Tensor, Tensor]] = []

    @torch.no_grad()
    def run(self, generator: Generator, device: torch.device, sheet: Path | None = None) -> dict[str, float]:
        """Fill every case, and show some of them in a sheet.

        Returns:
            "margin" over the harmonic fill in dB of the in-hole mean squared error, the same per kind, and
            "perceptual".

        Raises:
            OutputError: the sheet cannot be written.
        """
        margins: dict[str, list[float]] = {kind: [] for kind in self.kinds}
        distances, rows = [], []
        for (truth, inside, start, prefill), kind in zip(self._cases(device), self.kinds, strict=True):
            output = generator(prefill, inside).clamp(0, 1)
            margins[kind].append(float(10 * torch.log10(start / _error(output, truth, inside))))
            if self.features is not None:
                distances.append(float(perceptual_distance(self.features, output, truth)))
            rows.append(torch.cat([truth * (1 - inside) + 0.5 * inside, prefill, output, truth], dim=3)[0])
        if sheet is not None:
            write_sheet([to_bytes(row) for row in rows[:SHOWN]], sheet)
        figures = {"margin": float(np.mean([margin for each in margins.values() for margin in each]))}
        figures |= {f"margin_{kind}": float(np.mean(values)) for kind, values in margins.items()}
        if distances:
            figures["perceptual"] = float(np.mean(distances))
        return figures

    @torch.no_grad()
    def best_scale(self, generator: Generator, device: torch.device) -> float:
        """By what the learned residual is best multiplied, out of `SCALES`: the one of the largest mean margin.

        The residual of a network that was trained briefly is often too strong; scaled, it does no harm.
        """
        gains = dict.fromkeys(SCALES, 0.0)
        for truth, inside, start, prefill in self._cases(device):
            residual = generator(prefill, inside) - prefill
            for scale in SCALES:
                gains[scale] += float(
                    torch.log10(start / _error((prefill + scale * residual).clamp(0, 1), truth, inside))
                )
        return max(SCALES, key=lambda scale: gains[scale])

    def _cases(self, device: torch.device) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Truth, hole, the harmonic fill's error and the prefill of each case; the fills are made once."""
        for index, (picture, hole) in enumerate(zip(self.pictures, self.holes, strict=True)):
            truth, inside = picture[None].to(device), hole[None].to(device)
            if index == len(self._starts):
                prefill = sparse_fill(truth, inside).contiguous(memory_format=torch.channels_last)
                self._starts.append((_error(harmonic_fill(truth, inside), truth, inside), prefill))
            yield truth, inside, *self._starts[index]


def _error(output: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    return ((output - truth).square() * hole).sum() / (3 * hole.sum()) + 1e-8


def _hole(index: int, kind: str) -> Tensor:
    """A crop of a bank-sized hole that covers something but not everything."""
    rng = np.random.default_rng([77, index])
    while True:
        mask = draw_mask(rng, BANK_SIDE, kind)
        top, left = rng.integers(0, BANK_SIDE - SIDE + 1, 2)
        crop = mask[top : top + SIDE, left : left + SIDE]
        if 0.01 < crop.mean() / 255 < 0.6:
            return torch.from_numpy(np.ascontiguousarray(crop)).float()[None] / 255
