"""Validation of the interpolator while it trains: held-out triplets, with the untrained network and a blend beside it.

The bench measures more and slower; this gives figures within a minute.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restore.models.interpolate.flow import Motion
from restore.models.interpolate.network import Interpolator, InterpolatorConfig
from restore.training.engine.sheets import to_bytes, write_sheet
from restore.training.interpolate.data import HeldOut
from restore.training.losses import hole_ssim

SHOWN = 4
"""Rows of the sheet: the triplets on which the untrained network does worst."""
SCALES = (1.0, 0.75, 0.5, 0.25, 0.0)
"""What `best_scale` tries."""

Method = Callable[[Tensor, Tensor, Tensor], Tensor]
Figures = NDArray[np.float64]
"""`(N, 2)`: PSNR in dB and SSIM of every triplet."""


class InterpolateValidation:
    """Fixed triplets, and how well the untrained network and a blend do on them.

    Args:
        triplets: frames to measure on.
        baseline: shape of the untrained network to compare with; None leaves comparisons out.
    """

    def __init__(self, triplets: list[HeldOut], baseline: InterpolatorConfig | None = None) -> None:
        self.triplets = triplets
        self._untrained: Interpolator | None = None
        if baseline is not None:
            with torch.random.fork_rng():
                self._untrained = Interpolator(baseline).eval()
        self._baselines: tuple[Figures, Figures] | None = None

    @torch.no_grad()
    def run(self, network: Interpolator, device: torch.device, sheet: Path | None = None) -> dict[str, float]:
        """Measure the network in evaluation mode.

        Args:
            network: what is measured.
            device: where it is.
            sheet: where to write a picture of the triplets on which the baseline does worst; none without a baseline.

        Returns:
            "psnr" in dB and "ssim" of the middle frames; with a baseline also "gain" and "ssim_gain" over the untrained
            network, and "over_blend" in dB over the mean of both frames.

        Raises:
            OutputError: the sheet cannot be written.
        """
        was_training = network.training
        network.eval()
        figures = self._measured(network, device)
        means = {"psnr": float(figures[:, 0].mean()), "ssim": float(figures[:, 1].mean())}
        if self._untrained is not None:
            untrained, blend = self._baseline_figures(self._untrained, device)
            means["gain"] = float((figures - untrained)[:, 0].mean())
            means["ssim_gain"] = float((figures - untrained)[:, 1].mean())
            means["over_blend"] = float((figures - blend)[:, 0].mean())
            if sheet is not None:
                worst = [self.triplets[int(index)] for index in np.argsort(untrained[:, 0])[:SHOWN]]
                write_sheet([to_bytes(torch.cat(_pair(network, one, device), dim=3)[0]) for one in worst], sheet)
        network.train(was_training)
        return means

    def _baseline_figures(self, untrained: Interpolator, device: torch.device) -> tuple[Figures, Figures]:
        """Those of the untrained network and of the blend, measured once."""
        if self._baselines is None:
            self._baselines = self._measured(untrained.to(device), device), self._measured(_blend, device)
            untrained.cpu()
        return self._baselines

    @torch.no_grad()
    def best_scale(self, network: Interpolator, device: torch.device) -> float:
        """By what the fusion network's last layer is best multiplied, out of `SCALES`: that of the highest mean PSNR.

        Trained briefly and on small crops, its corrections are too strong where objects move far.
        """
        head = network.fusion.head
        weights = {name: tensor.clone() for name, tensor in head.state_dict().items()}
        sums = dict.fromkeys(SCALES, 0.0)
        for triplet in self.triplets:
            first, _, second = _frames(triplet, device)
            motion = network.motion(first, second)

            def rendered(first: Tensor, second: Tensor, t: Tensor, motion: Motion = motion) -> Tensor:
                return network.render(first, second, motion, t).frame

            for scale in SCALES:
                head.load_state_dict({name: scale * tensor for name, tensor in weights.items()})
                sums[scale] += _psnr(*_pair(rendered, triplet, device))
        head.load_state_dict(weights)
        return max(SCALES, key=lambda scale: sums[scale])

    def _measured(self, method: Method, device: torch.device) -> Figures:
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
