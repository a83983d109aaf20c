"""The recipe of the damage detector: one stage from the classical detector on.

    photographs, shapes ── damaged and undamaged crops ── detector ── cross entropy + overlap -> averaged weights

At initialisation the network is the best threshold on a top-hat. The best averaged weights are released.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from restore.devices import autocast
from restore.errors import WeightsError
from restore.models.repair.detector import KIND, Detector, DetectorConfig
from restore.pretrained import save_weights
from restore.synthetic.shapes import NO_SHAPES, Shapes, load_shapes
from restore.training.engine.best import BestWeights
from restore.training.engine.muon import Muon, is_matrix
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.recipe import BatchRecipe, Stateful, copy_weights
from restore.training.engine.request import Setup
from restore.training.engine.schedule import cosine, set_learning_rate
from restore.training.leaks import without_leaks
from restore.training.photos import split_photos, strided
from restore.training.repair.config import RepairTraining
from restore.training.repair.data import RepairBatch, RepairData
from restore.training.repair.losses import cross_entropy, overlap_difference
from restore.training.repair.validation import RepairValidation

LEARNED_SHOWN = 8
"""Photographs to learn from that are validated on, beside the held-out ones."""
MOST_HELD_OUT = 24
"""Held-out photographs that are validated on."""
COLLAPSE_DB = -1.0
"""A detector this far below the best threshold has collapsed."""


def build_repair(setup: Setup[RepairTraining]) -> tuple["RepairRecipe", dict[str, Any]]:
    """The recipe for a folder with `train/` and `val/` inside, or any folder of photographs.

    Args:
        setup: what the user asks for, and where to train.

    Returns:
        The recipe, and notes for the released weights.

    Raises:
        InputError: no photographs or shapes, damaged ones, or the same photograph to learn from and held out.
        WeightsError: the weights to start from do not fit.
    """
    settings = setup.request.settings
    learned_shapes, held_out_shapes = NO_SHAPES, NO_SHAPES
    if settings.damage:
        learned_shapes, held_out_shapes = load_shapes(Path(settings.damage))
    split = without_leaks(split_photos(setup.request.data), setup.notify)
    weights = setup.start_of(KIND, "damage detector")
    torch.manual_seed(settings.seed)
    network = Detector(DetectorConfig() if weights is None else DetectorConfig(**weights.config))
    if weights is not None:
        try:
            network.load_state_dict(weights.tensors, strict=True)
            network.shift(float(weights.training.get("caution", 0.0)))
        except RuntimeError as error:
            raise WeightsError("the starting weights do not fit the shape they name") from error
    recipe = RepairRecipe(
        settings,
        split.learned,
        split.held_out,
        network,
        setup.device,
        (learned_shapes, held_out_shapes),
        setup.processes,
    )
    return recipe, {"photographs": len(split.learned), "shapes": bool(settings.damage)}


class RepairRecipe(BatchRecipe[RepairBatch, Detector]):
    """The detector, its optimisers and its data; see the module's docstring.

    Args:
        config: settings.
        train_photos: photographs to learn from.
        held_out: photographs to validate on.
        network: the detector, at initialisation or trained already.
        device: where to train.
        shapes: shapes of real damage to learn from, and those that are held out.
        processes: those that share the run.
    """

    headline = "gain"
    releases_best = True
    config: RepairTraining

    def __init__(
        self,
        config: RepairTraining,
        train_photos: list[Path],
        held_out: list[Path],
        network: Detector,
        device: torch.device,
        shapes: tuple[Shapes, Shapes] = (NO_SHAPES, NO_SHAPES),
        processes: Processes = ALONE,
    ) -> None:
        learned_shapes, held_out_shapes = shapes
        data = RepairData(
            train_photos,
            seed=config.seed,
            clean_share=config.clean_share,
            shapes=learned_shapes,
            augment=config.augmentation,
        )
        super().__init__(config, data, network, device, processes)
        self.validation = RepairValidation(strided(held_out, MOST_HELD_OUT), held_out_shapes)
        self.validation_learned = RepairValidation(strided(train_photos, LEARNED_SHOWN), learned_shapes)
        self.best = BestWeights()
        weights = list(self.network.parameters())
        self.matrix_optimiser = Muon([weight for weight in weights if is_matrix(weight)], lr=config.matrix_rate)
        self.optimiser = torch.optim.AdamW(
            [weight for weight in weights if not is_matrix(weight)],
            lr=config.rate,
            weight_decay=0.0,
            fused=device.type == "cuda",
        )

    def stage(self, share: float) -> str:
        """ "small" or "large": what crops are trained on."""
        return "small" if share < 1 - self.config.large_share else "large"

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """One optimiser step."""
        config = self.config
        batch = self.next_batch(step, *config.crops(share))
        picture = (batch.picture.to(self.device, non_blocking=True).float() / 255).contiguous(
            memory_format=torch.channels_last
        )
        damage, doubt = (part.to(self.device, non_blocking=True) for part in (batch.damage, batch.doubt))
        rate = self.backoff * cosine(share, config.rate, config.last_rate, config.warmup)
        set_learning_rate(self.optimiser, rate)
        set_learning_rate(self.matrix_optimiser, rate * config.matrix_rate / config.rate)
        self.network.train()
        with autocast(self.device):
            logits = self.network(picture)
        entropy = cross_entropy(logits.float(), damage, doubt)
        overlap = overlap_difference(logits.float(), damage, doubt)
        norm = self.descend(entropy + config.overlap * overlap, (self.optimiser, self.matrix_optimiser))
        return {"entropy": entropy.detach(), "overlap": overlap.detach(), "slope": norm}

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        """Figures of the averaged weights; the best ones are kept."""
        figures = super().validate(folder, step)
        self.best.offer(figures["gain"], self.average)
        return figures

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """A detector far below the threshold that it starts as has collapsed."""
        if figures["gain"] < COLLAPSE_DB:
            return f"it finds less than a threshold does: F1 {figures['f1']:.2f} against {figures['f1_threshold']:.2f}"
        return None

    def parts(self) -> dict[str, Stateful]:
        """Network, average, best weights and optimisers."""
        return {
            "detector": self.network,
            "average": self.average,
            "best": self.best,
            "optimiser": self.optimiser,
            "matrix_optimiser": self.matrix_optimiser,
        }

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the best averaged weights, more cautious by what the settings say, as `repair.safetensors`."""
        path = run / "repair.safetensors"
        notes = notes if self.best.figure is None else {**notes, "gain": self.best.figure}
        notes = {**notes, "caution": self.config.caution}
        config = self.network.config
        cautious = Detector(config)
        cautious.load_state_dict(self.best.or_last(self.average))
        cautious.shift(-self.config.caution)
        tensors = copy_weights(cautious)
        save_weights(path, tensors, kind=KIND, role="repair", config=config.as_dict(), training=notes)
        return [path]
