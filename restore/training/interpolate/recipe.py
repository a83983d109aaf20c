"""The recipe of the interpolator: the frame must be right, and so must the flows where they are known.

    loss = |frame - truth| + edges * |gradients| + flow * sum over levels of |flow - truth| in px

The absolute values are Charbonnier's. Flows are supervised on synthetic motion alone. An earlier try with the frames'
error only left them as they were: where a flow is wrong by many pixels, that error has hardly any gradient towards the
right one. The number of steps per level is drawn anew for every batch, so that the recurrence serves every effort.
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
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.recipe import BatchRecipe, Stateful, copy_weights
from restore.training.engine.request import Setup
from restore.training.engine.schedule import cosine, set_learning_rate
from restore.training.interpolate.config import InterpolateTraining
from restore.training.interpolate.data import (
    HeldOut,
    InterpolateBatch,
    InterpolateData,
    RealWindows,
    SyntheticMotion,
    triplets_of,
)
from restore.training.interpolate.validation import InterpolateValidation
from restore.training.interpolate.window_cache import open_caches, require_no_shared_clip
from restore.training.losses import hole_ssim
from restore.training.photos import find_photos

LEARNED_SHOWN = 12
"""Triplets of what is learned from that are validated on, beside the held-out ones."""
STEPS = (4, 12)
"""Fewest and most steps per level in training."""
COLLAPSE_DB = 1.0
"""So many dB below the untrained network is a collapse."""
SMOOTH = 1e-3
"""Where Charbonnier's loss turns from square to absolute, in 0..1."""
FLOW_SMOOTH = 0.1
"""Where Charbonnier's loss of flows turns from square to absolute, in pixels."""
HIDDEN_WEIGHT = 0.2
"""Weight of the flow's error where its pixel is not seen in the other frame; 1 where it is."""


def build_interpolate(
    setup: Setup[InterpolateTraining], photos: Path | None = None
) -> tuple["InterpolateRecipe", dict[str, Any]]:
    """The interpolator's recipe for a folder of clips.

    The folder holds video files and folders of numbered pictures; those that its `VAL.csv` names, or else every tenth,
    are held out. Or it is the folder `windows` of an earlier run, whose frames are decoded already.

    Args:
        setup: what the user asks for, and where to train.
        photos: photographs to make synthetic motion of; without them there is none, and flows are not supervised.

    Returns:
        The recipe, and notes for the released weights.

    Raises:
        InputError: no clips that move, damaged files, or the same pictures in a clip to learn from and a held-out one.
        WeightsError: the weights to start from do not fit.
    """
    request, settings = setup.request, setup.request.settings
    weights = setup.start_of(KIND, "interpolator")
    start = None if weights is None else weights.tensors

    def notify_count(what: str, done: int, total: int) -> None:
        setup.notify(f"{what}: {done} of {total}")

    learned, held_out = setup.processes.main_first(
        lambda: open_caches(request.data, request.run / "windows", most=settings.windows, on_progress=notify_count)
    )
    require_no_shared_clip(learned, held_out)
    data = InterpolateData(
        RealWindows(learned),
        None if photos is None else SyntheticMotion(find_photos(photos)),
        seed=settings.seed,
        share=settings.synthetic,
        augment=settings.augmentation,
    )
    recipe = InterpolateRecipe(
        settings,
        data,
        triplets_of(held_out),
        setup.device,
        start,
        triplets_of(learned, most=LEARNED_SHOWN),
        setup.processes,
    )
    return recipe, {"windows": len(learned.windows)}


class InterpolateRecipe(BatchRecipe[InterpolateBatch, Interpolator]):
    """The interpolator, its optimiser and its data; see the module's docstring.

    Args:
        config: settings.
        data: batches to learn from.
        held_out: triplets to validate on.
        device: where to train.
        start: weights to start from; without them the network as it is initialised.
        learned: triplets of what is learned from, to validate on beside the held-out ones.
        processes: those that share the run.
    """

    headline = "psnr"
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
        network = Interpolator(VARIANTS[config.variant])
        if start is not None:
            try:
                network.load_state_dict(start, strict=True)
            except RuntimeError as error:
                raise WeightsError(
                    "the starting weights are of another shape; choose it with --set variant=…"
                ) from error
        super().__init__(config, data, network, device, processes)
        self.validation: InterpolateValidation = InterpolateValidation(held_out, baseline=network.config)
        self.validation_learned = InterpolateValidation(learned) if learned else None
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=config.rate, weight_decay=0.0, fused=True)

    def stage(self, share: float) -> str:
        """One stage: "all"."""
        return "all"

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """One optimiser step."""
        config = self.config
        batch = self.next_batch(step, config.batch, config.crop)
        first, truth, second = (batch.frames.to(self.device, non_blocking=True).float() / 255).unbind(1)
        rate = self.backoff * cosine(share, config.rate, config.last_rate, config.warmup)
        set_learning_rate(self.optimiser, rate)

        self.network.train()
        with autocast(self.device):
            motion = self.network.motion(first, second, _effort(config.seed, step))
        made = self.network.render(first, second, motion, batch.times.to(self.device)).frame
        frame = _charbonnier(made - truth).mean()
        edges = torch.stack([_charbonnier(a - b).mean() for a, b in _edges(made, truth)]).mean()
        flow = self._flow_error(motion.course, batch)
        unlike = hole_ssim(made, truth, torch.ones_like(truth[:, :1])).mean()
        loss = frame + config.edges * edges + config.structure * unlike + config.flow * flow
        norm = self.descend(loss, (self.optimiser,))
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
        counts = torch.where(seen, 1.0, HIDDEN_WEIGHT) * torch.cat([known, known])[:, None, None, None]
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

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """A network that is clearly worse than the solver that it was at initialisation has collapsed."""
        if figures["gain"] < -COLLAPSE_DB:
            return f"it stands {-figures['gain']:.1f} dB below the untrained network"
        return None

    def parts(self) -> dict[str, Stateful]:
        """Network, average and optimiser."""
        return {"network": self.network, "average": self.average, "optimiser": self.optimiser}

    def state(self) -> dict[str, Any]:
        """Weights, averages, optimiser and the network's shape."""
        return {**super().state(), "shape": self.network.config.as_dict()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up `state`.

        Raises:
            UsageError: it belongs to a network of another shape.
        """
        if state["shape"] != self.network.config.as_dict():
            raise UsageError(f"the run trained an interpolator of the shape {state['shape']}; resume it the same way")
        super().restore_state(state)

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the averaged weights as `interpolate.safetensors`, the fusion's last layer scaled to what helps."""
        path = run / f"{NAME}.safetensors"
        config = self.network.config.as_dict()
        self.network.eval()
        with self.average.applied(self.network):
            scale = self.validation.best_scale(self.network, self.device)
            self.network.scale_fusion(scale)
            tensors = copy_weights(self.network)
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
