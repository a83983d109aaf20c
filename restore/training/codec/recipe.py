"""The recipe of the codec: rate and distortion weighed against each other, at a quality drawn anew for every sample.

    loss = (bits per pixel + lambda * 255^2 * mean squared error) / lambda^levelling

One stage. At initialisation the network is a principal-component transform with fixed scales; everything else is
learned at once by AdamW, the components themselves slowly. (Muon, which serves the inpainter, did worse here: after as
much time on a CPU it had come less than half as far.)
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from restore.codecs.model import COUNTS, ENCODER_PREFIXES, KIND, SIZES, save_model
from restore.codecs.network.vae import VAE, VAEConfig, lambda_of, principal_components
from restore.devices import autocast
from restore.errors import UsageError, WeightsError
from restore.training.codec.config import CodecTraining
from restore.training.codec.data import CodecData
from restore.training.codec.growth import grow
from restore.training.codec.validation import CodecValidation
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.recipe import BatchRecipe, Stateful
from restore.training.engine.request import Setup
from restore.training.engine.schedule import cosine, set_learning_rate
from restore.training.leaks import without_leaks
from restore.training.photos import split_photos, strided

BLOCKS = 60_000
"""Blocks the principal components are taken of."""
LINEAR = ("components", "patterns")
"""Names of the principal components' parameters, which learn slowly."""
LEARNED_SHOWN = 4
"""Photographs to learn from that are validated on, beside the held-out ones."""
COLLAPSE_DB = 30.0
"""A validation below this at the best quality is a collapse: at initialisation it stands above 40."""
REFERENCE_LAMBDA = 0.01
"""Where `levelling` changes nothing."""


def build_codec(setup: Setup[CodecTraining]) -> tuple["CodecRecipe", dict[str, Any]]:
    """The codec's recipe for a folder with `train/` and `val/` inside, or any folder of photographs.

    Args:
        setup: what the user asks for, and where to train.

    Returns:
        The recipe, and notes for the released weights.

    Raises:
        InputError: no photographs, damaged ones, or the same one to learn from and held out.
        WeightsError: the weights to start from do not fit.
    """
    split = without_leaks(split_photos(setup.request.data), setup.notify)
    weights = setup.start_of(KIND, "codec")
    start = None
    if weights is not None:
        start = {name: tensor for name, tensor in weights.tensors.items() if name not in (COUNTS, SIZES)}
    recipe = CodecRecipe(
        setup.request.settings, split.learned, split.held_out, setup.device, start=start, processes=setup.processes
    )
    return recipe, {"photographs": len(split.learned)}


class CodecRecipe(BatchRecipe[Tensor, VAE]):
    """The codec's network, its optimisers and its data; see the module's docstring.

    Args:
        config: settings.
        train_photos: photographs to learn from.
        held_out: photographs to validate on.
        device: where to train.
        start: weights to start from; without them components are taken of `train_photos`.
        processes: those that share the run.
    """

    headline = "psnr@0.5"
    config: CodecTraining
    data: CodecData

    def __init__(
        self,
        config: CodecTraining,
        train_photos: list[Path],
        held_out: list[Path],
        device: torch.device,
        start: dict[str, Tensor] | None = None,
        processes: Processes = ALONE,
    ) -> None:
        torch.manual_seed(config.seed)
        data = CodecData(
            train_photos, seed=config.seed, largest_scale=config.largest_scale, augment=config.augmentation
        )
        self.shape = VAEConfig(
            width=config.width,
            features=config.features,
            context=config.features,
            analysis=config.analysis,
            synthesis=config.synthesis,
            leading=config.leading,
            model=config.model,
        )
        network = _with_components(self.shape, data) if start is None else _from_weights(self.shape, start)
        super().__init__(config, data, network, device, processes)
        self.network.uniform_like = processes.uniform_like
        self.validation = CodecValidation(held_out)
        self.validation_learned = CodecValidation(strided(train_photos, LEARNED_SHOWN))
        named = dict(self.network.named_parameters())
        linear = [named.pop(name) for name in LINEAR]
        self.linear_optimiser = torch.optim.AdamW(linear, lr=config.rate, weight_decay=0.0, fused=True)
        self.optimiser = torch.optim.AdamW(named.values(), lr=config.rate, weight_decay=0.0, fused=True)

    def stage(self, share: float) -> str:
        """ "small" or "large": what crops are trained on."""
        return "small" if share < 1 - self.config.large_share else "large"

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """One optimiser step."""
        config = self.config
        torch.manual_seed(config.seed * 1_000_003 + step)
        crops = self.next_batch(step, *config.crops(share)).to(self.device, non_blocking=True)
        x = (crops.float() / 255).contiguous(memory_format=torch.channels_last)
        quality = self.processes.uniform_like(x[:, 0, 0, 0]) * 100
        rate = self.backoff * cosine(share, config.rate, config.last_rate, config.warmup)
        set_learning_rate(self.optimiser, rate)
        set_learning_rate(self.linear_optimiser, rate * config.linear_rate)

        self.network.train()
        with autocast(self.device):
            coded = self.network(x, quality)
        bpp = coded.bits / x[0, 0].numel()
        mse = (coded.x_hat - x).square().mean((1, 2, 3))
        weight = lambda_of(quality)
        loss = ((bpp + weight * 255**2 * mse) / (weight / REFERENCE_LAMBDA) ** config.levelling).mean()
        norm = self.descend(loss, (self.optimiser, self.linear_optimiser))
        z_bpp = coded.z_bits.detach().mean() / x[0, 0].numel()
        psnr = -10 * torch.log10(mse.detach()).mean()
        return {"loss": loss.detach(), "bpp": bpp.detach().mean(), "z_bpp": z_bpp, "psnr": psnr, "slope": norm}

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """A codec whose best quality is poor has lost even the linear transform that it started as."""
        if figures["best"] < COLLAPSE_DB:
            return f"its best quality has {figures['best']:.1f} dB"
        return None

    def parts(self) -> dict[str, Stateful]:
        """Network, average and optimisers."""
        return {
            "vae": self.network,
            "average": self.average,
            "optimiser": self.optimiser,
            "linear_optimiser": self.linear_optimiser,
        }

    def state(self) -> dict[str, Any]:
        """Weights, averages, optimisers and the network's shape."""
        return {**super().state(), "shape": self.shape.as_dict()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up `state`.

        Raises:
            UsageError: it belongs to a network of another shape.
        """
        if state["shape"] != self.shape.as_dict():
            raise UsageError(f"the run trained a codec of the shape {state['shape']}; resume it with the same settings")
        super().restore_state(state)
        for group in (*self.optimiser.param_groups, *self.linear_optimiser.param_groups):
            group["fused"] = True

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the averaged weights as `codec.safetensors`."""
        path = run / "codec.safetensors"
        save_model(path, self.average.snapshot(), self.shape, notes)
        return [path]


def _with_components(shape: VAEConfig, data: CodecData) -> VAE:
    """The network at initialisation: a principal-component transform of the photographs to learn from."""
    return VAE(shape, *principal_components(data.blocks(BLOCKS), shape.latents))


def _from_weights(shape: VAEConfig, start: dict[str, Tensor]) -> VAE:
    """The network with the weights of another that has as many blocks or fewer."""
    if not any(name.startswith(ENCODER_PREFIXES) for name in start):
        raise WeightsError("the starting weights are a decoder alone, kept to read older files; start from codec")
    vae = VAE(shape)
    try:
        vae.load_state_dict(grow(vae, start), strict=True)
    except RuntimeError as error:
        raise WeightsError(
            "the starting weights are of another shape; choose it with --set width=…, features=…, leading=…, and"
            " no fewer blocks than they have"
        ) from error
    return vae
