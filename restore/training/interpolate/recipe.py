"""The recipe of the interpolator: the frame must be right, and so must the flows where they are known.

    loss = |frame - truth| + edges * |gradients| + flow * sum over levels of |flow - truth| in px

The absolute values are Charbonnier's. Flows are supervised on synthetic motion alone: an earlier try with the frames'
error only let them stand still, because a frame tells a flow little where it is wrong by many pixels. The number of
steps per level is drawn anew for every batch, so that the recurrence serves every effort.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from restore.devices import autocast
from restore.errors import UsageError, WeightsError
from restore.models.filters import gradients
from restore.models.interpolate.flow import EFFORTS, Effort
from restore.models.interpolate.network import VARIANTS, Interpolator
from restore.pipelines.interpolate.interpolator import KIND, NAME
from restore.pretrained import save_weights
from restore.training.engine.averages import Average
from restore.training.engine.feeding import Fed
from restore.training.engine.judgement import LEARNED
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.schedule import cosine, learning_rate
from restore.training.interpolate.config import InterpolateTraining
from restore.training.interpolate.data import HeldOut, InterpolateBatch, InterpolateData
from restore.training.interpolate.validation import InterpolateValidation
from restore.training.losses import hole_ssim

STEPS = (4, 12)
"""Fewest and most steps per level in training."""
COLLAPSE_DB = 1.0
"""So many dB below the newborn network is a collapse."""
SMOOTH = 1e-3
"""Where Charbonnier's loss turns from square to absolute, in 0..1."""
FLOW_SMOOTH = 0.1
"""The same for flows, in pixels."""
HIDDEN = 0.2
"""What the flow counts where its pixel is not seen in the other frame."""


class InterpolateRecipe(Fed[InterpolateBatch]):
    """The interpolator, its optimiser and its data; see the module's docstring.

    Args:
        config: settings.
        data: batches to learn from.
        held_out: triplets to validate on.
        device: where to train.
        start: weights to start from; without them the network as it is born.
        learned: triplets of what is learned from, to validate on beside the held-out ones.
        processes: those that share the run.
    """

    config: InterpolateTraining

    def __init__(
        self,
        config: InterpolateTraining,
        data: InterpolateData,
        held_out: list[HeldOut],
        device: torch.device,
        start: dict[str, Tensor] | None = None,
        learned: list[HeldOut] | None = None,
        processes: Processes = ALONE,
    ) -> None:
        torch.manual_seed(config.seed)
        processes.demand_whole_shares(config.batch)
        super().__init__(config, data, processes)
        self.device = device
        self.network = Interpolator(VARIANTS[config.variant])
        if start is not None:
            try:
                self.network.load_state_dict(start, strict=True)
            except RuntimeError as error:
                raise WeightsError(
                    "the starting weights are of another shape; choose it with --set variant=…"
                ) from error
        self.network.to(device).to(memory_format=torch.channels_last)
        self.average = Average(self.network, config.average)
        self.validation = InterpolateValidation(held_out, self.network.config)
        self.validation_learned = InterpolateValidation(learned, self.network.config) if learned else None
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=config.rate, weight_decay=0.0, fused=True)
        self.ease = 1.0
        self.headline, self.one_aim = "psnr", True

    def stage(self, _share: float) -> str:
        """One stage: "all"."""
        return "all"

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """One optimiser step."""
        config = self.config
        batch = self.next_batch(step, config.batch, config.crop)
        first, truth, second = (batch.frames.to(self.device, non_blocking=True).float() / 255).unbind(1)
        rate = self.ease * cosine(share, config.rate, config.last_rate, config.warmup)
        learning_rate([self.optimiser], rate)

        self.network.train()
        with autocast(self.device):
            motion = self.network.motion(first, second, _effort(config.seed, step))
        made = self.network.render(first, second, motion, batch.times.to(self.device)).frame
        frame = _charbonnier(made - truth).mean()
        edges = torch.stack([_charbonnier(a - b).mean() for a, b in _edges(made, truth)]).mean()
        flow = self._flow_error(motion.course, batch)
        unlike = hole_ssim(made, truth, torch.ones_like(truth[:, :1])).mean()
        loss = frame + config.edges * edges + config.structure * unlike + config.flow * flow
        self.network.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.processes.average_gradients(self.network.parameters())
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self.optimiser.step()
        self.average.update(self.network)
        psnr = -10 * torch.log10((made.detach() - truth).square().mean((1, 2, 3))).mean()
        return {
            "loss": loss.detach(),
            "frame": frame.detach(),
            "ssim": 1 - unlike.detach(),
            "flow": flow.detach(),
            "psnr": psnr,
            "slope": norm,
        }

    def _flow_error(self, course: tuple[Tensor, ...], batch: InterpolateBatch) -> Tensor:
        """Mean error in px over the samples whose motion is known, finer levels counting more."""
        known = batch.known.to(self.device)
        truth = torch.cat([batch.flow01, batch.flow10]).to(self.device).float()
        seen = torch.cat([batch.visible01, batch.visible10]).to(self.device)
        counts = torch.where(seen, 1.0, HIDDEN) * torch.cat([known, known])[:, None, None, None]
        total, weights = course[-1].new_zeros(()), 0.0
        for coarser, flow in enumerate(reversed(course)):
            size = (flow.shape[-2], flow.shape[-1])
            scale = truth.shape[-1] / size[1]
            wanted = nn.functional.interpolate(truth, size=size, mode="area") / scale
            here = nn.functional.interpolate(counts, size=size, mode="area")
            error = scale * torch.sqrt((flow - wanted).square().sum(1, keepdim=True) + (FLOW_SMOOTH / scale) ** 2)
            weight = self.config.level_decay**coarser
            everywhere = self.processes.total(here.sum()) / self.processes.count
            total = total + weight * (here * error).sum() / everywhere.clamp(min=1e-6)
            weights += weight
        return total / weights

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        """The averaged weights on held-out triplets, beside the newborn network, and on learned ones."""
        with self.average.applied(self.network):
            figures = self.validation.run(self.network, self.device, folder / f"step-{step:08d}.png")
            if self.validation_learned is not None:
                figures[LEARNED + self.headline] = self.validation_learned.psnr(self.network, self.device)
        return figures

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """A network that has fallen behind the solver it was born as has lost its way."""
        if figures["gain"] < -COLLAPSE_DB:
            return f"it stands {-figures['gain']:.1f} dB below the network it was born as"
        return None

    def state(self) -> dict[str, Any]:
        """Weights, averages and optimiser."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "shape": self.network.config.as_dict(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up `state`.

        Raises:
            UsageError: it belongs to a network of another shape.
        """
        if state["shape"] != self.network.config.as_dict():
            raise UsageError(f"the run trained an interpolator of the shape {state['shape']}; resume it the same way")
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.feed = None

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the averaged weights as `interpolate.safetensors`, the fusion's words scaled to what helps."""
        path = run / f"{NAME}.safetensors"
        config = self.network.config.as_dict()
        self.network.eval()
        with self.average.applied(self.network):
            scale = self.validation.best_scale(self.network, self.device)
            self.network.scale_fusion(scale)
            tensors = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        notes = {**notes, "fusion_scale": scale}
        save_weights(path, tensors, kind=KIND, role=NAME, config=config, training=notes)
        return [path]


def _effort(seed: int, step: int) -> Effort:
    steps = int(np.random.default_rng([seed, step, 7]).integers(STEPS[0], STEPS[1] + 1))
    return replace(EFFORTS[2], steps=steps)


def _charbonnier(difference: Tensor) -> Tensor:
    return torch.sqrt(difference.square() + SMOOTH**2)


def _edges(first: Tensor, second: Tensor) -> list[tuple[Tensor, Tensor]]:
    return list(zip(gradients(first), gradients(second), strict=True))
