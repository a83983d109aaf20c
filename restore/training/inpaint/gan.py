"""What both recipes of the inpainting GAN share: generator, adversary, optimisers, best weights, checkpoints.

output of the generator ── adversary.train ── adversary.judge ── + losses of the recipe ── descend
validate ── the best averaged weights of the stage are kept ── release
"""

from abc import abstractmethod
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from restore.devices import autocast
from restore.errors import UsageError, WeightsError
from restore.models.inpaint.generator import VARIANTS, Generator
from restore.models.perceptual import SqueezeFeatures
from restore.pretrained import save_weights
from restore.training.engine.best import BestWeights
from restore.training.engine.muon import Muon, is_matrix
from restore.training.engine.processes import Processes
from restore.training.engine.recipe import BatchRecipe, Data, Stateful, to_device
from restore.training.engine.schedule import set_learning_rate
from restore.training.inpaint.adversary import Adversary
from restore.training.inpaint.config import InpaintTraining
from restore.training.inpaint.losses import perceptual_terms

BatchT = TypeVar("BatchT")

KIND = "inpaint.generator"
"""What weight files of the generator call themselves."""


class GanRecipe(BatchRecipe[BatchT, Generator]):
    """One generator against one discriminator; a recipe adds its data, stages and losses.

    Args:
        config: settings.
        data: where batches come from.
        generator: what is trained.
        device: where to train.
        features: the perceptual network, or None to go without.
        processes: those that share the run.
        varied: whether the discriminator sees varied colours.
    """

    config: InpaintTraining
    releases_best = True

    def __init__(
        self,
        config: InpaintTraining,
        data: Data[BatchT],
        generator: Generator,
        device: torch.device,
        features: SqueezeFeatures | None,
        processes: Processes,
        *,
        varied: bool,
    ) -> None:
        super().__init__(config, data, generator, device, processes)
        self.adversary = Adversary(config.discriminator_width, config.penalty, device, processes, varied)
        self.features = None if features is None else to_device(features, device)
        self.best = BestWeights()
        self._begin_generator()

    def _begin_generator(self) -> None:
        """New optimisers of the generator."""
        weights = list(self.network.parameters())
        matrices = [weight for weight in weights if is_matrix(weight)]
        others = [weight for weight in weights if not is_matrix(weight)]
        self.matrix_optimiser = Muon(matrices, lr=self.config.matrix_rate)
        self.generator_optimiser = torch.optim.AdamW(
            others, lr=self.config.rate, weight_decay=0.0, fused=self.device.type == "cuda"
        )

    def _set_rates(self, rate: float) -> None:
        """AdamW takes `rate`, Muon as large a part of its own."""
        set_learning_rate(self.generator_optimiser, rate)
        set_learning_rate(self.matrix_optimiser, rate * self.config.matrix_rate / self.config.rate)

    def _perceptual(self, output: Tensor, picture: Tensor, hole: Tensor, shown: tuple[list[int], int]) -> Tensor | None:
        """The mean perceptual term of the samples `shown`; None where there is no perceptual network or no sample."""
        seen, seen_by_all = shown
        if self.features is None or not seen_by_all:
            return None
        if not seen:
            return output.new_zeros(())
        with autocast(self.device):
            terms = perceptual_terms(self.features, output[seen], picture[seen], hole[seen])
        return terms.sum() * self.processes.count / seen_by_all

    def _shown(self, step: int, samples: int, every: int) -> tuple[list[int], int]:
        """Which of this process's samples the perceptual network sees, and how many it sees of the whole batch."""
        whole = range(samples * self.processes.count)
        shown = whole[step % every :: every]
        return [place for place, number in enumerate(whole[self.processes.own]) if number in shown], len(shown)

    @abstractmethod
    def goodness(self, figures: dict[str, float]) -> float | None:
        """What the best weights of the present stage are chosen by, higher is better; None keeps the last ones."""

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        """Figures of the averaged weights; the best ones are kept."""
        figures = super().validate(folder, step)
        goodness = self.goodness(figures)
        if goodness is not None:
            self.best.offer(goodness, self.average)
        return figures

    def parts(self) -> dict[str, Stateful]:
        """Both networks, the generator's average and its best weights, and the optimisers."""
        return {
            "generator": self.network,
            "average": self.average,
            "best": self.best,
            "generator_optimiser": self.generator_optimiser,
            "matrix_optimiser": self.matrix_optimiser,
            **self.adversary.parts(),
        }

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps, and which recipe it belongs to."""
        return {**super().state(), "variant": self.config.variant, "start": self.config.start}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up `state`.

        Raises:
            UsageError: it belongs to another variant or another recipe.
        """
        if state["variant"] != self.config.variant:
            raise UsageError(
                f"the run trained the variant {state['variant']}; resume it with --set variant={state['variant']}"
            )
        if state["start"] != self.config.start:
            raise UsageError(
                f"the run trained on starts of the kind {state['start']}; resume it with --set start={state['start']}"
            )
        super().restore_state(state)

    def write(self, run: Path, role: str, tensors: dict[str, Tensor], notes: dict[str, Any]) -> Path:
        """Write a set of weights as `inpaint-ROLE.safetensors`."""
        path = run / f"inpaint-{role}.safetensors"
        save_weights(path, tensors, kind=KIND, role=role, config=self.network.config.as_dict(), training=notes)
        return path


def generator_of(variant: str, tensors: dict[str, Tensor] | None) -> Generator:
    """A generator with given weights; None leaves those it is initialised with.

    Raises:
        WeightsError: they do not fit.
    """
    generator = Generator(VARIANTS[variant])
    if tensors is not None:
        try:
            generator.load_state_dict(tensors, strict=True)
        except RuntimeError as error:
            raise WeightsError(
                "the starting weights are of another variant; choose it with --set variant=NAME"
            ) from error
    return generator
