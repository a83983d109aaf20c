"""The recipe of the role `wide`: one adversarial stage on kept start fills.

    photographs, wide holes ── start fills, kept on disk ── parts of them ── generator ── output
                                                                                  │
    perceptual distance, strong; hinge and feature matching at two scales; tone as the start fill's; grain as the
    truth's; L1 and SSIM, weak                                              -> averaged weights "wide"

The generator starts as the start fill, to the bit, with the features of the weights that the run starts from. The best
averaged weights are released, beside the sets that the fills were made with, so that the run's folder is a whole model.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from restore.callbacks import Notify
from restore.devices import autocast
from restore.errors import UsageError, WeightsError
from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.models.inpaint.harmonic import hole_depth
from restore.models.inpaint.start import VERSION
from restore.models.perceptual import SqueezeFeatures, load_perceptual
from restore.pipelines.inpaint.networks import ADVERSARIAL, REGRESSION, WIDE
from restore.pretrained import Weights, load_weights, save_weights
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.request import Setup
from restore.training.engine.schedule import cosine
from restore.training.inpaint.config import InpaintTraining
from restore.training.inpaint.gan import KIND, GanRecipe, generator_of
from restore.training.inpaint.losses import grain_difference, low_difference, relative_l1
from restore.training.inpaint.wide.cases import WideCases, WideSamples
from restore.training.inpaint.wide.data import WideBatch, WideData
from restore.training.inpaint.wide.fills import KeptFills, unpack
from restore.training.inpaint.wide.validation import WideValidation
from restore.training.leaks import without_leaks
from restore.training.losses import hole_ssim
from restore.training.photos import PhotoSplit, split_photos, strided

RELEASED = "inpaint"
"""The model whose weights fills are made with where the run starts from none."""
MOST_HELD_OUT = 36
"""Held-out photographs that are validated on."""
LEARNED_SHOWN = 8
"""Samples to learn from that are validated on, beside the held-out ones."""
COLLAPSE_DB = -2.0
"""A perceptual distance this many dB above that of the start fill is a collapse."""
RAMP = 0.05
"""Part of the run over which the adversarial terms and that of grain rise to their weights."""


@dataclass(frozen=True)
class WideFills:
    """What a run learns from and is validated on."""

    learned: KeptFills
    held_out: KeptFills
    kinds: list[str]
    """Kind of each held-out hole."""


def build_wide(setup: Setup[InpaintTraining], perceptual: str | None = None) -> tuple["WideRecipe", dict[str, Any]]:
    """The recipe of the role `wide`; start fills that are not kept yet are made.

    Args:
        setup: what the user asks for, and where to train.
        perceptual: source of the perceptual network, as for `load_perceptual`.

    Returns:
        The recipe, and notes for the released weights.

    Raises:
        UsageError: there is no perceptual network.
        InputError: no photographs, damaged ones or damaged fills, or the same one to learn from and held out.
        OutputError: the fills cannot be kept.
        WeightsError: the weights to start from do not fit.
    """
    if perceptual is None:
        raise UsageError("start=pieces needs the perceptual network, which it is judged by: name one with --perceptual")
    settings, features = setup.request.settings, load_perceptual(perceptual)
    split = without_leaks(split_photos(setup.request.data), setup.notify)
    torch.manual_seed(settings.seed)
    given = setup.start or {}
    if any(weights.kind != KIND for weights in given.values()):
        raise WeightsError(f"{setup.request.start_from}: these are weights of another network, not of the inpainter")
    beside = {role: weights for role, weights in given.items() if role != WIDE} or load_weights(RELEASED)
    smooth = beside.get(REGRESSION, next(iter(beside.values())))
    fills = setup.processes.main_first(lambda: prepare_fills(setup, split, smooth))
    first = next((given[role].tensors for role in (WIDE, ADVERSARIAL, REGRESSION) if role in given), None)
    network = generator_of(settings.variant, first)
    if WIDE not in given:
        network.scale_residual(0.0)
    recipe = WideRecipe(settings, fills, network, setup.device, features, beside, setup.notify, setup.processes)
    return recipe, {"photographs": len(split.learned), "perceptual": True}


def prepare_fills(setup: Setup[InpaintTraining], split: PhotoSplit, smooth: Weights) -> WideFills:
    """The kept fills of a run; those that are missing are made.

    Args:
        setup: what the user asks for.
        split: photographs to learn from and held-out ones.
        smooth: weights of the generator whose answer the fills start from.
    """
    settings = setup.request.settings
    side, folder = settings.wide_side, Path(settings.fills) if settings.fills else setup.request.run / "fills"
    generator = Generator(InpainterConfig(**smooth.config)).eval().requires_grad_(False)
    generator.load_state_dict(smooth.tensors)
    generator = generator.to(memory_format=torch.channels_last)
    about: dict[str, Any] = {"smooth": _sum_of_weights(smooth)}

    cases = WideCases(strided(split.held_out, MOST_HELD_OUT), side)
    about |= {"photos": _sum_of_files(cases.photos)}
    held_out = KeptFills(folder, {"part": "held out", **about}, len(cases.photos), side)
    held_out.complete(cases, generator, setup.notify)

    about |= {"photos": _sum_of_files(split.learned), "seed": settings.seed, "augment": asdict(settings.augmentation)}
    learned = KeptFills(folder, {"part": "learned", **about}, settings.wide_samples, side)
    if learned.missing():
        samples = WideSamples(split.learned, side=side, seed=settings.seed, augment=settings.augmentation)
        learned.complete(samples, generator, setup.notify)
    return WideFills(learned, held_out, cases.kinds)


class WideRecipe(GanRecipe[WideBatch]):
    """One adversarial stage on start fills; see the module's docstring.

    Args:
        config: settings.
        fills: what is learned from and validated on.
        network: the generator, equal to the start fill or trained already.
        device: where to train.
        features: the perceptual network.
        beside: sets that are released beside the trained one, by role.
        notify: called with what is worth knowing about the release.
        processes: those that share the run.
    """

    headline = "gain"

    def __init__(
        self,
        config: InpaintTraining,
        fills: WideFills,
        network: Generator,
        device: torch.device,
        features: SqueezeFeatures,
        beside: Mapping[str, Weights],
        notify: Notify,
        processes: Processes = ALONE,
    ) -> None:
        data = WideData(fills.learned, config.seed)
        super().__init__(config, data, network, device, features, processes, varied=True)
        self.beside, self.notify = dict(beside), notify
        held_out = [fills.held_out[number] for number in range(len(fills.held_out))]
        learned = [fills.learned[number] for number in range(min(LEARNED_SHOWN, len(fills.learned)))]
        self.validation: WideValidation = WideValidation(held_out, fills.kinds, features)
        self.validation_learned = WideValidation(learned, len(learned) * ["learned"], features)

    @property
    def crops(self) -> tuple[int, int]:
        """Side of a step's crops in pixels, and how many of them are this process's own."""
        return self.config.wide_crop, self.config.wide_batch // self.processes.count

    def change_crops(self, side: int, batch: int) -> None:
        """Train on other crops from now on, at most as large as the kept ones."""
        side = min(side, self.config.wide_side)
        self.config, self.feed = replace(self.config, wide_crop=side, wide_batch=batch), None

    def stage(self, share: float) -> str:
        """ "wide" throughout."""
        return "wide"

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """One step of the discriminator and one of the generator."""
        config = self.config
        batch = self.next_batch(step, config.wide_batch, config.wide_crop)
        picture, hole, fill, texture = unpack(batch.samples, self.device)
        rate = self.backoff * cosine(share, config.adversarial_rate, config.last_rate, config.warmup)
        self._set_rates(rate)
        with autocast(self.device):
            output = self.network(fill, hole, texture)
        judged = self.adversary.train(step, rate, picture, output, fill, hole)
        hinge, matching = self.adversary.judge(step, picture, output, fill, hole)
        l1 = relative_l1(output, fill, picture, hole, hole_depth(hole)).mean()
        ssim = hole_ssim(output, picture, hole).mean()
        tone = low_difference(output, fill, hole).mean()
        grain = grain_difference(output, picture, hole).mean()
        terms = {"l1": l1, "ssim": ssim, "tone": tone, "grain": grain, "generator": hinge, "matching": matching}
        perceptual = self._perceptual(output, picture, hole, self._shown(step, len(hole), 1))
        loss = config.wide_fidelity * (l1 + config.ssim * ssim) + config.tone * tone
        looks = config.wide_hinge * hinge + config.matching * matching + config.grain * grain
        loss = loss + min(1.0, share / RAMP) * looks
        if perceptual is not None:
            loss, terms["perceptual"] = loss + config.wide_perceptual * perceptual, perceptual
        self.descend(loss, (self.generator_optimiser, self.matrix_optimiser))
        return {"discriminator": judged} | {name: term.detach() for name, term in terms.items()}

    def goodness(self, figures: dict[str, float]) -> float | None:
        """The perceptual distance that was gained on the start fill."""
        return figures["gain"]

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """A generator that makes the start fill far worse has collapsed."""
        if figures["gain"] < COLLAPSE_DB:
            return f"the perceptual distance of its output is {-figures['gain']:.1f} dB above that of the start fill"
        return None

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the best averaged weights as `inpaint-wide.safetensors`, and the sets beside them."""
        notes = {**notes, "fill": VERSION}
        if self.best.figure is not None:
            notes["gain"] = self.best.figure
            if self.best.figure <= 0:
                self.notify(
                    "warning: the best weights of the run do not beat the start fill "
                    f"(its perceptual distance is {-self.best.figure:.2f} dB lower); do not use inpaint-wide"
                )
        written = []
        for role, weights in self.beside.items():
            path = run / f"inpaint-{role}.safetensors"
            save_weights(
                path, weights.tensors, kind=weights.kind, role=role, config=weights.config, training=weights.training
            )
            written.append(path)
        return [*written, self.write(run, WIDE, self.best.or_last(self.average), notes)]


def _sum_of_weights(weights: Weights) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.tensors.items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _sum_of_files(paths: list[Path]) -> str:
    """A hash of names and sizes in bytes."""
    return hashlib.sha256("\n".join(f"{path.name} {path.stat().st_size}" for path in paths).encode()).hexdigest()
