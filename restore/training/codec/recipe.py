"""The recipe of the codec: rate and distortion weighed against each other, at a quality drawn anew for every sample.

    loss = (bits per pixel + lambda * 255^2 * mean squared error) / lambda^levelling

One stage. At birth the network is a principal-component transform with fixed scales; everything else is learned at
once by AdamW, the components themselves slowly. (Muon, which serves the inpainter, did worse here: after as much time
on a CPU it had come less than half as far.)
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from restore.codecs.model import ENCODER_PREFIXES, save_model
from restore.codecs.network.vae import VAE, VAEConfig, lambda_of, principal_components
from restore.devices import autocast
from restore.errors import UsageError, WeightsError
from restore.training.codec.config import CodecTraining
from restore.training.codec.data import CodecData
from restore.training.codec.growth import grow
from restore.training.codec.validation import CodecValidation
from restore.training.engine.averages import Average
from restore.training.engine.feeding import Fed
from restore.training.engine.judgement import LEARNED
from restore.training.engine.processes import ALONE, Processes
from restore.training.engine.schedule import cosine, learning_rate
from restore.training.photos import some_of

BLOCKS = 60_000
"""Blocks the principal components are taken of."""
LINEAR = ("components", "patterns")
LEARNED_SHOWN = 4
"""Photographs to learn from that are validated on, beside the held-out ones."""
COLLAPSE_DB = 30.0
"""A validation below this at the best quality is a collapse: at birth it stands above 40."""
REFERENCE_LAMBDA = 0.01
"""Where `levelling` changes nothing."""


class CodecRecipe(Fed[Tensor]):
    """The codec's network, its optimisers and its data; see the module's docstring.

    Args:
        config: settings.
        train_photos: photographs to learn from.
        held_out: photographs to validate on.
        device: where to train.
        start: weights to start from; without them components are taken of `train_photos`.
        processes: those that share the run.
    """

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
        processes.demand_whole_shares(config.batch, config.large_batch)
        super().__init__(
            config, CodecData(train_photos, seed=config.seed, largest_scale=config.largest_scale), processes
        )
        self.device = device
        self.shape = VAEConfig(
            width=config.width,
            features=config.features,
            context=config.features,
            analysis=config.analysis,
            synthesis=config.synthesis,
            leading=config.leading,
            model=config.model,
        )
        self.vae = self._newborn(start).to(device).to(memory_format=torch.channels_last)
        self.vae.uniform_like = processes.uniform_like
        self.average = Average(self.vae, config.average)
        self.validation = CodecValidation(held_out)
        self.validation_learned = CodecValidation(some_of(train_photos, LEARNED_SHOWN))
        named = dict(self.vae.named_parameters())
        linear = [named.pop(name) for name in LINEAR]
        self.linear_optimiser = torch.optim.AdamW(linear, lr=config.rate, weight_decay=0.0, fused=True)
        self.optimiser = torch.optim.AdamW(named.values(), lr=config.rate, weight_decay=0.0, fused=True)
        self.ease = 1.0
        self.headline, self.one_aim = "psnr@0.5", True

    def _newborn(self, start: dict[str, Tensor] | None) -> VAE:
        if start is None:
            return VAE(self.shape, *principal_components(self.data.blocks(BLOCKS), self.shape.latents))
        if not any(name.startswith(ENCODER_PREFIXES) for name in start):
            raise WeightsError("the starting weights are a decoder alone, kept to read older files; start from codec")
        vae = VAE(self.shape)
        try:
            vae.load_state_dict(grow(vae, start), strict=True)
        except RuntimeError as error:
            raise WeightsError(
                "the starting weights are of another shape; choose it with --set width=…, features=…, leading=…, and"
                " no fewer blocks than they have"
            ) from error
        return vae

    def stage(self, share: float) -> str:
        """ "small" or "large": what crops are trained on."""
        return "small" if share < 1 - self.config.large_share else "large"

    def _next_batch(self, step: int, share: float) -> Tensor:
        large = self.stage(share) == "large"
        size = (self.config.large_batch, self.config.large_crop) if large else (self.config.batch, self.config.crop)
        return self.next_batch(step, *size)

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """One optimiser step."""
        config = self.config
        torch.manual_seed(config.seed * 1_000_003 + step)
        crops = self._next_batch(step, share).to(self.device, non_blocking=True)
        x = (crops.float() / 255).contiguous(memory_format=torch.channels_last)
        quality = self.processes.uniform_like(x[:, 0, 0, 0]) * 100
        rate = self.ease * cosine(share, config.rate, config.last_rate, config.warmup)
        learning_rate([self.optimiser], rate)
        learning_rate([self.linear_optimiser], rate * config.linear_rate)

        self.vae.train()
        with autocast(self.device):
            coded = self.vae(x, quality)
        bpp = coded.bits / x[0, 0].numel()
        mse = (coded.x_hat - x).square().mean((1, 2, 3))
        weight = lambda_of(quality)
        loss = ((bpp + weight * 255**2 * mse) / (weight / REFERENCE_LAMBDA) ** config.levelling).mean()
        self.vae.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.processes.average_gradients(self.vae.parameters())
        norm = nn.utils.clip_grad_norm_(self.vae.parameters(), config.clip)
        for optimiser in (self.optimiser, self.linear_optimiser):
            optimiser.step()
        self.average.update(self.vae)
        z_bpp = coded.z_bits.detach().mean() / x[0, 0].numel()
        psnr = -10 * torch.log10(mse.detach()).mean()
        return {"loss": loss.detach(), "bpp": bpp.detach().mean(), "z_bpp": z_bpp, "psnr": psnr, "slope": norm}

    def validate(self, folder: Path, step: int) -> dict[str, float]:
        """The averaged weights' curve on held-out crops, beside WebP's, and one point of it on learned ones."""
        with self.average.applied(self.vae):
            figures = self.validation.run(self.vae, self.device, folder / f"step-{step:08d}.png")
            learned = self.validation_learned.run(self.vae, self.device)
        return figures | {LEARNED + self.headline: learned[self.headline]}

    def collapsed(self, figures: dict[str, float]) -> str | None:
        """A codec whose best quality is poor has lost even the linear transform it was born with."""
        if figures["best"] < COLLAPSE_DB:
            return f"its best quality has {figures['best']:.1f} dB"
        return None

    def state(self) -> dict[str, Any]:
        """Weights, averages and optimisers."""
        return {
            "vae": self.vae.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "linear_optimiser": self.linear_optimiser.state_dict(),
            "shape": self.shape.as_dict(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take up `state`.

        Raises:
            UsageError: it belongs to a network of another shape.
        """
        if state["shape"] != self.shape.as_dict():
            raise UsageError(f"the run trained a codec of the shape {state['shape']}; resume it with the same settings")
        self.vae.load_state_dict(state["vae"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.linear_optimiser.load_state_dict(state["linear_optimiser"])
        for group in (*self.optimiser.param_groups, *self.linear_optimiser.param_groups):
            group["fused"] = True
        self.feed = None

    def release(self, run: Path, notes: dict[str, Any]) -> list[Path]:
        """Write the averaged weights as `codec.safetensors`."""
        path = run / "codec.safetensors"
        save_model(path, self.average.snapshot(), self.shape, notes)
        return [path]
