"""The recipe of the inpainting GAN: regression first, then against the discriminator.

    regression   L1 + SSIM + a little perceptual, inside the hole           -> averaged weights "regression": fidelity
    adversarial  the same + hinge + feature matching, from those weights    -> averaged weights "adversarial": looks

Both are released, and because the second set starts from the first they can be blended weight by weight (`--detail`).
With few pictures the regression stage is long and the adversarial one short.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from restore.devices import autocast
from restore.errors import UsageError, WeightsError
from restore.models.inpaint.discriminator import Discriminator, patch_hole
from restore.models.inpaint.generator import VARIANTS, Generator
from restore.models.inpaint.harmonic import hole_depth
from restore.models.perceptual import SqueezeFeatures, feature_distance, load_perceptual
from restore.pretrained import save_weights
from restore.training.engine.muon import Muon, is_matrix
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.recipe import BatchRecipe, MovingAverage, Stateful, copy_weights, to_device
from restore.training.engine.request import Setup
from restore.training.engine.schedule import cosine, set_learning_rate
from restore.training.inpaint.config import InpaintTraining
from restore.training.inpaint.data import InpaintBatch, InpaintData
from restore.training.inpaint.losses import (
    discriminator_hinge,
    feature_matching,
    generator_hinge,
    gradient_penalty,
    relative_l1,
)
from restore.training.inpaint.prefills import Prefills
from restore.training.inpaint.validation import InpaintValidation
from restore.training.leaks import without_leaks
from restore.training.losses import hole_ssim
from restore.training.photos import split_photos, strided

PENALTY_STEPS = 16
"""The R1 penalty is taken every this many steps."""
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
    """
    split = without_leaks(split_photos(setup.request.data), setup.notify)
    features = None if perceptual is None else load_perceptual(perceptual)
    start = None
    if setup.start is not None:
        start = setup.start.get("regression", next(iter(setup.start.values()))).tensors
    recipe = InpaintRecipe(
        setup.request.settings, split.learned, split.held_out, setup.device, features, start, setup.processes
    )
    return recipe, {"photographs": len(split.learned), "perceptual": perceptual is not None}


class InpaintRecipe(BatchRecipe[InpaintBatch, Generator]):
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
    config: InpaintTraining
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
        generator = Generator(VARIANTS[config.variant])
        if start is not None:
            _take_weights(generator, start)
        super().__init__(config, data, generator, device, processes)
        self.discriminator = to_device(Discriminator(config.discriminator_width), device)
        self.regression: dict[str, Tensor] | None = None
        self._make_optimisers()
        self.features = None if features is None else to_device(features, device)
        self.prefills = Prefills(device)
        self.validation: InpaintValidation = InpaintValidation(held_out, self.features)
        self.validation_learned = InpaintValidation(strided(train_photos, LEARNED_SHOWN), None)

    def _make_optimisers(self) -> None:
        fused = self.device.type == "cuda"
        weights = list(self.network.parameters())
        matrices = [weight for weight in weights if is_matrix(weight)]
        others = [weight for weight in weights if not is_matrix(weight)]
        self.matrix_optimiser = Muon(matrices, lr=self.config.matrix_rate)
        self.generator_optimiser = torch.optim.AdamW(others, lr=self.config.rate, weight_decay=0.0, fused=fused)
        self.discriminator_optimiser = torch.optim.AdamW(
            self.discriminator.parameters(), lr=1e-4, betas=(0.0, 0.99), weight_decay=0.0, fused=fused
        )

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
        set_learning_rate(self.discriminator_optimiser, rate)
        filled = patch_hole(hole)
        with autocast(self.device):
            output = self.network(prefill, hole)

        judged = output.detach().clamp(0, 1)
        with autocast(self.device):
            real_scores, _ = self.discriminator(picture, prefill, hole)
            fake_scores, _ = self.discriminator(judged, prefill, hole)
        discriminator_loss = discriminator_hinge(real_scores.float(), fake_scores.float(), filled)
        terms = {"discriminator": discriminator_loss.detach()}
        if step % PENALTY_STEPS == 0:
            leaf = picture.detach().requires_grad_()
            penalty = gradient_penalty(self.discriminator(leaf, prefill, hole)[0], leaf)
            discriminator_loss = discriminator_loss + 0.5 * config.penalty * PENALTY_STEPS * penalty
        self.discriminator_optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(discriminator_loss)
        self.processes.average_gradients(self.discriminator.parameters())
        self.discriminator_optimiser.step()

        self.discriminator.requires_grad_(requires_grad=False)
        with autocast(self.device):
            with torch.no_grad():
                real_features = self.discriminator(picture, prefill, hole)[1]
            scores, fake_features = self.discriminator(output, prefill, hole)
        hinge = generator_hinge(scores.float(), filled)
        matching = feature_matching(real_features, fake_features)
        loss, fidelity = self._fidelity(
            output, prefill, picture, hole, config.adversarial_perceptual, self._shown(step, len(hole), 1)
        )
        ramp = min(1.0, place / 0.1)
        loss = loss + ramp * (config.hinge * hinge + config.matching * matching)
        self.descend(loss, (self.generator_optimiser, self.matrix_optimiser))
        self.discriminator.requires_grad_(requires_grad=True)
        return terms | fidelity | {"generator": hinge.detach(), "matching": matching.detach()}

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
        seen, seen_by_all = shown
        if self.features is not None and perceptual > 0 and seen_by_all:
            term = loss.new_zeros(())
            if seen:
                with autocast(self.device):
                    with torch.no_grad():
                        wanted = self.features(picture[seen])
                    distance = feature_distance(self.features(output[seen]), wanted)
                shares = hole[seen].mean((1, 2, 3))
                term = (distance / (shares + 0.1)).sum() * self.processes.count / seen_by_all
            loss = loss + perceptual * term
            terms["perceptual"] = term.detach()
        return loss, terms

    def _shown(self, step: int, samples: int, every: int) -> tuple[list[int], int]:
        """Which of this process's samples the perceptual network sees, and how many it sees of the whole batch."""
        whole = range(samples * self.processes.count)
        shown = whole[step % every :: every]
        return [place for place, number in enumerate(whole[self.processes.own]) if number in shown], len(shown)

    def _set_rates(self, rate: float) -> None:
        """AdamW takes `rate`, Muon as large a part of its own."""
        set_learning_rate(self.generator_optimiser, rate)
        set_learning_rate(self.matrix_optimiser, rate * self.config.matrix_rate / self.config.rate)

    def _begin_adversarial(self) -> None:
        """Keep the regression weights for the release and go on from them."""
        self.regression = self.average.snapshot()
        self.network.load_state_dict(self.regression)
        self.network.set_texture(self.config.texture)
        self.average = MovingAverage(self.network, self.config.average)
        self._make_optimisers()

    # ---- checkpoints and release

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """A generator far worse than its own prefill has collapsed."""
        margin = figures["margin"]
        if margin < COLLAPSE_DB:
            return f"its fills are {-margin:.1f} dB worse than the harmonic fill they start from"
        return None

    def parts(self) -> dict[str, Stateful]:
        """Both networks, the generator's average and the optimisers."""
        return {
            "generator": self.network,
            "discriminator": self.discriminator,
            "average": self.average,
            "generator_optimiser": self.generator_optimiser,
            "matrix_optimiser": self.matrix_optimiser,
            "discriminator_optimiser": self.discriminator_optimiser,
        }

    def state(self) -> dict[str, Any]:
        """Weights, averages, optimisers, the weights of a finished first stage, and the variant."""
        return {**super().state(), "regression": self.regression, "variant": self.config.variant}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up `state`.

        Raises:
            UsageError: it belongs to another variant.
        """
        if state["variant"] != self.config.variant:
            raise UsageError(
                f"the run trained the variant {state['variant']}; resume it with --set variant={state['variant']}"
            )
        super().restore_state(state)
        regression = state["regression"]
        self.regression = (
            None if regression is None else {name: tensor.to(self.device) for name, tensor in regression.items()}
        )

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the averaged weights of each finished stage as `inpaint-ROLE.safetensors`.

        The regression set's residual is shrunk to what helps on held-out pictures, if need be to nothing.
        """
        sets = {"regression": self.average.snapshot()}
        if self.regression is not None:
            sets = {"regression": self.regression, "adversarial": self.average.snapshot()}
        own = copy_weights(self.network)
        self.network.load_state_dict(sets["regression"])
        scale = self.validation.best_scale(self.network, self.device)
        self.network.scale_residual(scale)
        sets["regression"] = copy_weights(self.network)
        self.network.load_state_dict(own)
        notes = {**notes, "residual_scale": scale}
        written = []
        for role, tensors in sets.items():
            path = run / f"inpaint-{role}.safetensors"
            save_weights(
                path,
                tensors,
                kind="inpaint.generator",
                role=role,
                config=self.network.config.as_dict(),
                training=notes,
            )
            written.append(path)
        return written


def _take_weights(generator: Generator, tensors: dict[str, Tensor]) -> None:
    try:
        generator.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        raise WeightsError("the starting weights are of another variant; choose it with --set variant=NAME") from error
