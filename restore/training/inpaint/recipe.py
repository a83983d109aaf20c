"""The recipe of the inpainting GAN: regression first, then against the discriminator.

    regression   L1 + SSIM + a little perceptual, inside the hole           -> averaged weights "regression": fidelity
    adversarial  the same + hinge + feature matching, from those weights    -> averaged weights "adversarial": looks

Both are released, and because the second set starts from the first they can be blended weight by weight (`--detail`).
Of each stage the averaged weights with the best figure are released: the margin of the regression stage, the perceptual
distance of the adversarial one. With few pictures the first stage is long and the second one short.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from restore.devices import autocast
from restore.errors import UsageError
from restore.models.inpaint.harmonic import hole_depth
from restore.models.perceptual import SqueezeFeatures, load_perceptual
from restore.training.engine.best import BestWeights
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.recipe import MovingAverage, copy_weights
from restore.training.engine.request import Setup
from restore.training.engine.schedule import cosine
from restore.training.inpaint.config import PREFILL, InpaintTraining
from restore.training.inpaint.data import InpaintBatch, InpaintData
from restore.training.inpaint.gan import GanRecipe, generator_of
from restore.training.inpaint.losses import relative_l1
from restore.training.inpaint.prefills import Prefills
from restore.training.inpaint.validation import InpaintValidation
from restore.training.leaks import without_leaks
from restore.training.losses import hole_ssim
from restore.training.photos import split_photos, strided

LEARNED_SHOWN = 8
"""Photographs to learn from that are validated on, beside the held-out ones."""
COLLAPSE_DB = -2.0
"""A validation this many dB below the harmonic prefill is a collapse."""


def build_inpaint(
    setup: Setup[InpaintTraining], perceptual: str | None = None
) -> tuple["InpaintRecipe", dict[str, Any]]:
    """The inpainting recipe for a folder with `train/` and `val/` inside, or any folder of photographs.

    Args:
        setup: what the user asks for, and where to train.
        perceptual: source of the perceptual network, as for `load_perceptual`; None leaves that loss term out.

    Returns:
        The recipe, and notes for the released weights.

    Raises:
        InputError: no photographs, damaged ones, or the same one to learn from and held out.
        WeightsError: the weights to start from do not fit.
        UsageError: the setting `start` names another recipe.
    """
    settings = setup.request.settings
    if settings.start != PREFILL:
        raise UsageError(f"start={settings.start} has a recipe of its own: build_wide")
    split = without_leaks(split_photos(setup.request.data), setup.notify)
    features = None if perceptual is None else load_perceptual(perceptual)
    notes = {"photographs": len(split.learned), "perceptual": perceptual is not None}
    start = None
    if setup.start is not None:
        start = setup.start.get("regression", next(iter(setup.start.values()))).tensors
    return InpaintRecipe(settings, split.learned, split.held_out, setup.device, features, start, setup.processes), notes


class InpaintRecipe(GanRecipe[InpaintBatch]):
    """One generator, one discriminator, two stages; see the module's docstring.

    Args:
        config: settings.
        train_photos: photographs to learn from.
        held_out: photographs to validate on.
        device: where to train.
        features: the perceptual network, or None to go without.
        start: weights to start the generator from.
        processes: those that share the run.
    """

    headline = "margin"
    one_goal = False  # the adversarial stage may give up some decibels for sharpness
    data: InpaintData

    def __init__(
        self,
        config: InpaintTraining,
        train_photos: list[Path],
        held_out: list[Path],
        device: torch.device,
        features: SqueezeFeatures | None = None,
        start: dict[str, Tensor] | None = None,
        processes: Processes = ALONE,
    ) -> None:
        torch.manual_seed(config.seed)
        data = InpaintData(
            train_photos, seed=config.seed, bank=config.bank, samples=config.samples, augment=config.augmentation
        )
        generator = generator_of(config.variant, start)
        super().__init__(config, data, generator, device, features, processes, varied=False)
        self.regression: dict[str, Tensor] | None = None
        self.prefills = Prefills(device)
        self.validation: InpaintValidation = InpaintValidation(held_out, self.features)
        self.validation_learned = InpaintValidation(strided(train_photos, LEARNED_SHOWN), None)

    # ---- schedule

    def stage(self, share: float) -> str:
        """ "regression" or "adversarial"."""
        return "regression" if share < 1 - self.config.adversarial_share else "adversarial"

    def _within_stage(self, share: float) -> float:
        split = 1 - self.config.adversarial_share
        return share / split if share < split else (share - split) / max(1e-9, 1 - split)

    # ---- steps

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """One optimiser step of the stage that `share` belongs to."""
        stage, place = self.stage(share), self._within_stage(share)
        batch = self.next_batch(step, *self.config.crops(place))
        picture, hole, prefill = self.prefills.prepare(batch)
        if stage == "regression":
            return self._regression_step(step, place, picture, prefill, hole)
        if self.regression is None:
            self._begin_adversarial()
        return self._adversarial_step(step, place, picture, prefill, hole)

    def _regression_step(
        self, step: int, place: float, picture: Tensor, prefill: Tensor, hole: Tensor
    ) -> dict[str, Tensor]:
        config = self.config
        self._set_rates(self.backoff * cosine(place, config.rate, config.last_rate, config.warmup))
        with autocast(self.device):
            output = self.network(prefill, hole)
        loss, terms = self._fidelity(output, prefill, picture, hole, config.perceptual, self._shown(step, len(hole), 4))
        self.descend(loss, (self.generator_optimiser, self.matrix_optimiser))
        return terms

    def _adversarial_step(
        self, step: int, place: float, picture: Tensor, prefill: Tensor, hole: Tensor
    ) -> dict[str, Tensor]:
        config = self.config
        rate = self.backoff * cosine(place, config.adversarial_rate, config.last_rate, config.warmup)
        self._set_rates(rate)
        with autocast(self.device):
            output = self.network(prefill, hole)
        judged = self.adversary.train(step, rate, picture, output, prefill, hole)
        hinge, matching = self.adversary.judge(step, picture, output, prefill, hole)
        loss, terms = self._fidelity(
            output, prefill, picture, hole, config.adversarial_perceptual, self._shown(step, len(hole), 1)
        )
        ramp = min(1.0, place / 0.1)
        loss = loss + ramp * (config.hinge * hinge + config.matching * matching)
        self.descend(loss, (self.generator_optimiser, self.matrix_optimiser))
        return {"discriminator": judged} | terms | {"generator": hinge.detach(), "matching": matching.detach()}

    def _fidelity(
        self,
        output: Tensor,
        prefill: Tensor,
        picture: Tensor,
        hole: Tensor,
        perceptual: float,
        shown: tuple[list[int], int],
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """L1, SSIM and, on the samples `shown`, the perceptual distance, each inside the hole."""
        l1 = relative_l1(output, prefill, picture, hole, hole_depth(hole)).mean()
        ssim = hole_ssim(output, picture, hole).mean()
        loss = l1 + self.config.ssim * ssim
        terms = {"l1": l1.detach(), "ssim": ssim.detach()}
        term = self._perceptual(output, picture, hole, shown) if perceptual > 0 else None
        if term is not None:
            loss = loss + perceptual * term
            terms["perceptual"] = term.detach()
        return loss, terms

    def _begin_adversarial(self) -> None:
        """Keep the best regression weights for the release and go on from them."""
        kept = self.processes.from_main(lambda: _on_cpu(self.best.or_last(self.average)))
        self.regression = {name: tensor.to(self.device) for name, tensor in kept.items()}
        self.network.load_state_dict(self.regression)
        self.network.set_texture(self.config.texture)
        self.average, self.best = MovingAverage(self.network, self.config.average), BestWeights()
        self._begin_generator()

    # ---- checkpoints and release

    def goodness(self, figures: dict[str, float]) -> float | None:
        """The margin of the regression stage, the perceptual distance of the adversarial one where it is known."""
        if self.regression is None:
            return figures["margin"]
        return -figures["perceptual"] if "perceptual" in figures else None

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """A generator far worse than its own prefill has collapsed."""
        margin = figures["margin"]
        if margin < COLLAPSE_DB:
            return f"its fills are {-margin:.1f} dB worse than the harmonic fill they start from"
        return None

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps, the weights of a finished first stage included."""
        return {**super().state(), "regression": self.regression}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up `state`.

        Raises:
            UsageError: it belongs to another variant or another recipe.
        """
        super().restore_state(state)
        regression = state["regression"]
        self.regression = (
            None if regression is None else {name: tensor.to(self.device) for name, tensor in regression.items()}
        )

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the best averaged weights of each finished stage as `inpaint-ROLE.safetensors`.

        The regression set's residual is shrunk to what helps on held-out pictures, if need be to nothing.
        """
        last = self.best.or_last(self.average)
        sets = {"regression": last} if self.regression is None else {"regression": self.regression, "adversarial": last}
        own = copy_weights(self.network)
        self.network.load_state_dict(sets["regression"])
        scale = self.validation.best_scale(self.network, self.device)
        self.network.scale_residual(scale)
        sets["regression"] = copy_weights(self.network)
        self.network.load_state_dict(own)
        notes = {**notes, "residual_scale": scale}
        return [self.write(run, role, tensors, notes) for role, tensors in sets.items()]


def _on_cpu(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.cpu() for name, tensor in tensors.items()}
