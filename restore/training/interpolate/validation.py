"""Validation of the interpolator while it trains: held-out triplets, with the newborn network and a blend beside it.

The bench measures more and slower; this gives figures within a minute.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.errors import OutputError
from restore.models.interpolate.flow import Motion
from restore.models.interpolate.network import Interpolator, InterpolatorConfig
from restore.training.interpolate.data import HeldOut
from restore.training.losses import hole_ssim

SHOWN = 4
"""Rows of the sheet: the triplets on which the newborn network does worst."""
SCALES = (1.0, 0.75, 0.5, 0.25, 0.0)
"""What `best_scale` tries."""

Method = Callable[[Tensor, Tensor, Tensor], Tensor]
Figures = NDArray[np.float64]
"""`(N, 2)`: PSNR in dB and SSIM of every triplet."""


class InterpolateValidation:
    """Fixed triplets, and what the newborn network and a blend make of them.

    Args:
        triplets: held-out frames.
        config: shape of the network.
    """

    def __init__(self, triplets: list[HeldOut], config: InterpolatorConfig) -> None:
        self.triplets = triplets
        with torch.random.fork_rng():
            self._newborn = Interpolator(config).eval()
        self._peers: tuple[Figures, Figures] | None = None

    @torch.no_grad()
    def run(self, network: Interpolator, device: torch.device, sheet: Path) -> dict[str, float]:
        """Measure the network in evaluation mode.

        Returns:
            "psnr" in dB and "ssim" of the middle frames, "gain" and "ssim_gain" over the newborn network, "over_blend"
            in dB over the mean of both frames.

        Raises:
            OutputError: the sheet cannot be written.
        """
        if self._peers is None:
            self._peers = self._judged(self._newborn.to(device), device), self._judged(_blend, device)
            self._newborn.cpu()
        newborn, blend = self._peers
        was_training = network.training
        network.eval()
        figures = self._judged(network, device)
        worst = [self.triplets[int(index)] for index in np.argsort(newborn[:, 0])[:SHOWN]]
        rows = [torch.cat(_pair(network, triplet, device), dim=3) for triplet in worst]
        network.train(was_training)
        _write_sheet(rows, sheet)
        return {
            "psnr": float(figures[:, 0].mean()),
            "ssim": float(figures[:, 1].mean()),
            "gain": float((figures - newborn)[:, 0].mean()),
            "ssim_gain": float((figures - newborn)[:, 1].mean()),
            "over_blend": float((figures - blend)[:, 0].mean()),
        }

    @torch.no_grad()
    def psnr(self, network: Interpolator, device: torch.device) -> float:
        """Mean PSNR of the middle frames in dB, the network in evaluation mode."""
        was_training = network.training
        network.eval()
        figures = self._judged(network, device)
        network.train(was_training)
        return float(figures[:, 0].mean())

    @torch.no_grad()
    def best_scale(self, network: Interpolator, device: torch.device) -> float:
        """By what the fusion network's words are best multiplied, out of `SCALES`: the one of the highest mean PSNR.

        Trained briefly and on small crops, it says too much where things move far.
        """
        head = network.fusion.head
        said = {name: tensor.clone() for name, tensor in head.state_dict().items()}
        sums = dict.fromkeys(SCALES, 0.0)
        for triplet in self.triplets:
            first, _, second = _frames(triplet, device)
            motion = network.motion(first, second)

            def rendered(first: Tensor, second: Tensor, t: Tensor, motion: Motion = motion) -> Tensor:
                return network.render(first, second, motion, t).frame

            for scale in SCALES:
                head.load_state_dict({name: scale * tensor for name, tensor in said.items()})
                sums[scale] += _psnr(*_pair(rendered, triplet, device))
        head.load_state_dict(said)
        return max(SCALES, key=lambda scale: sums[scale])

    def _judged(self, method: Method, device: torch.device) -> Figures:
        rows = []
        for triplet in self.triplets:
            made, truth = _pair(method, triplet, device)
            ssim = 1 - float(hole_ssim(made, truth, torch.ones_like(truth[:, :1])))
            rows.append((_psnr(made, truth), ssim))
        return np.array(rows)


def _pair(method: Method, triplet: HeldOut, device: torch.device) -> tuple[Tensor, Tensor]:
    """The made frame, rounded to 8 bits, and the true one: `(1, 3, H, W)`, range 0..1."""
    first, truth, second = _frames(triplet, device)
    made = method(first, second, torch.tensor([0.5], device=device))
    return torch.round(255 * made.clamp(0, 1)) / 255, truth


def _frames(triplet: HeldOut, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    first, middle, last = (frame[None].to(device).float() / 255 for frame in triplet.frames)
    return first, middle, last


def _psnr(made: Tensor, truth: Tensor) -> float:
    return -10 * float(torch.log10((made - truth).square().mean().clamp(min=1e-10)))


def _blend(first: Tensor, second: Tensor, _t: Tensor) -> Tensor:
    return (first + second) / 2


def _write_sheet(rows: list[Tensor], path: Path) -> None:
    width = min(row.shape[3] for row in rows)
    pixels = torch.cat([row[0, :, :, :width] for row in rows], dim=1)
    levels = (255 * pixels).round().byte().permute(1, 2, 0).cpu().numpy()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(levels).save(path)
    except OSError as error:
        raise OutputError(f"cannot write the validation sheet {path}: {error.strerror or error}") from error
