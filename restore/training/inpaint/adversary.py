"""The adversary: the discriminator with its optimiser, its own step and what the generator hears from it."""

import torch
from torch import Tensor, nn

from restore.devices import autocast
from restore.models.inpaint.discriminator import Discriminator, patch_hole
from restore.training.engine.processes import Processes
from restore.training.engine.recipe import to_device
from restore.training.engine.schedule import set_learning_rate
from restore.training.inpaint.losses import (
    discriminator_hinge,
    feature_matching,
    generator_hinge,
    gradient_penalty,
)

PENALTY_STEPS = 16
"""The R1 penalty is taken every this many steps."""
STRONGEST_SHIFT, STRONGEST_CONTRAST = 0.15, 0.3
"""Largest change of brightness, range 0..1, and of contrast and saturation, as shares, where colours are varied."""


class Adversary:
    """Judges pictures, and learns to.

    Args:
        width: channels of the discriminator's first layers.
        penalty: weight of the R1 penalty.
        device: where it trains.
        processes: those that share the run.
        varied: shows the discriminator pictures in varied colours (Zhao et al., Differentiable Augmentation, NeurIPS
            2020), so that it cannot learn a small training set by heart.
    """

    def __init__(self, width: int, penalty: float, device: torch.device, processes: Processes, varied: bool) -> None:
        self.discriminator = to_device(Discriminator(width), device)
        self.penalty, self.device, self.processes, self.varied = penalty, device, processes, varied
        self.optimiser = torch.optim.AdamW(
            self.discriminator.parameters(),
            lr=1e-4,
            betas=(0.0, 0.99),
            weight_decay=0.0,
            fused=self.device.type == "cuda",
        )

    def train(self, step: int, rate: float, picture: Tensor, output: Tensor, prefill: Tensor, hole: Tensor) -> Tensor:
        """One step of the discriminator; returns its hinge loss.

        Args:
            step: number of the step; the penalty is taken every `PENALTY_STEPS`.
            rate: learning rate.
            picture: `(B, 3, H, W)`, range 0..1, the truth.
            output: the same shape, the filled picture; detached here.
            prefill: the same shape, what the generator was given.
            hole: `(B, 1, H, W)`, 0 or 1.
        """
        set_learning_rate(self.optimiser, rate)
        picture, output, prefill = self._vary(step, picture, output.detach().clamp(0, 1), prefill)
        filled = patch_hole(hole)
        with autocast(self.device):
            real, _ = self.discriminator(picture, prefill, hole)
            fake, _ = self.discriminator(output, prefill, hole)
        hinge = discriminator_hinge(real, fake, filled)
        loss = hinge
        if step % PENALTY_STEPS == 0:
            leaf = picture.detach().requires_grad_()
            penalty = gradient_penalty(self.discriminator(leaf, prefill, hole)[0], leaf)
            loss = loss + 0.5 * self.penalty * PENALTY_STEPS * penalty
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.processes.average_gradients(self.discriminator.parameters())
        self.optimiser.step()
        return hinge.detach()

    def judge(self, step: int, picture: Tensor, output: Tensor, prefill: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
        """What the generator pays: the hinge term and feature matching, scalars; arguments as for `train`.

        The discriminator's weights are constants in them.
        """
        picture, output, prefill = self._vary(step, picture, output, prefill)
        self.discriminator.requires_grad_(requires_grad=False)
        with autocast(self.device):
            with torch.no_grad():
                wanted = self.discriminator(picture, prefill, hole)[1]
            scores, features = self.discriminator(output, prefill, hole)
        self.discriminator.requires_grad_(requires_grad=True)
        return generator_hinge(scores, patch_hole(hole)), feature_matching(wanted, features)

    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        """For a checkpoint."""
        return {"discriminator": self.discriminator, "discriminator_optimiser": self.optimiser}

    def _vary(self, step: int, *pictures: Tensor) -> tuple[Tensor, ...]:
        """The same change of brightness, contrast and saturation for all pictures of a sample."""
        if not self.varied:
            return pictures
        random = torch.Generator().manual_seed(step)
        count = len(pictures[0])
        drawn = 2 * torch.rand((3, self.processes.count * count, 1, 1, 1), generator=random) - 1
        shift, contrast, saturation = drawn[:, self.processes.own].to(self.device)
        varied = []
        middle = pictures[0].mean((1, 2, 3), keepdim=True)
        for picture in pictures:
            grey = picture.mean(1, keepdim=True)
            coloured = grey + (1 + STRONGEST_CONTRAST * saturation) * (picture - grey)
            varied.append(middle + (1 + STRONGEST_CONTRAST * contrast) * (coloured - middle) + STRONGEST_SHIFT * shift)
        return tuple(varied)
