"""Latents of one picture that cost fewer bits: stochastic Gumbel annealing (Yang et al., NeurIPS 2020).

    analysis ──► y ──► sampled between its two neighbours ──► rate and distortion ──► gradient ──► y ──► …
                       the lower the temperature, the nearer to rounding

The analysis gives latents that are best on average over many pictures; here the latents of one picture are optimised
until its rate and distortion, weighed as in training, no longer fall. Only the encoder needs the time: the format of
the file and its decoder do not change.

Straight-through rounding or uniform noise in place of the sampling made results worse by 2 to 25 %. A gradient through
the hyper-latents, which are computed from the latents in every step, cost half of the gain.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from restore.codecs.network.entropy import gaussian_bits
from restore.codecs.network.vae import STRIDE, VAE, lambda_of

FIRST_TEMPERATURE, COOLING = 0.5, 2.0
"""Temperature of the first step, and the logarithm of the factor by which it falls until the end."""
SEED = 0
"""Seed of the sampling, so that one machine always makes the same file of a picture."""
NEAREST = 1e-4
"""Smallest distance to a whole number that the sampling assumes, because its logits are infinite at 0."""

StepCallback = Callable[[int], None]
"""Called with the number of steps done."""


@dataclass(frozen=True)
class Effort:
    """How long to anneal. A step on a megapixel takes two cores a third of a second."""

    steps: int
    """Gradient steps per tile; 0 keeps the analysis' latents."""
    rate: float = 0.006
    """Adam's first learning rate in quantisation steps; it falls along a half cosine."""


NO_EFFORT = Effort(0)
EFFORTS = {1: NO_EFFORT, 2: Effort(60, 0.01), 3: Effort(240)}
"""By the number that users give."""


@dataclass(frozen=True)
class AnnealedTile:
    """A tile, and the latents around it that its synthesis depends on."""

    y: Tensor
    """`(1, M, H, W)` latents before their gain, of the tile and its surroundings."""
    rows: slice
    """Rows of `y` that belong to the tile."""
    columns: slice
    """Columns of `y` that belong to the tile."""
    x: Tensor
    """`(1, 3, h, w)` the tile's pixels, range 0..1."""


@torch.inference_mode(False)
@torch.enable_grad()
def anneal(vae: VAE, tile: AnnealedTile, quality: float, effort: Effort, on_step: StepCallback | None = None) -> Tensor:
    """Latents of a tile whose rate and distortion together are lower than those of the analysis, before their gain.

    Args:
        vae: the network, in evaluation mode; its parameters require no gradient.
        tile: the tile and its surroundings.
        quality: 0..100.
        effort: number and size of the steps.
        on_step: called after every step.

    Returns:
        `(1, M, h, w)`.
    """
    device, exact_device = tile.y.device, next(vae.entropy.parameters()).device
    at = torch.tensor([quality], device=device)
    gain = torch.exp(vae.log_gains(at))
    around, x = tile.y.clone() * gain, tile.x.clone()  # copies, because tensors made in inference mode have no gradient
    y = around[..., tile.rows, tile.columns].clone().requires_grad_(True)
    around = torch.round(around)
    weight = distortion_weight(quality) * x[0, 0].numel()
    random = torch.Generator(device).manual_seed(SEED)
    optimiser = torch.optim.Adam([y], lr=effort.rate, betas=(0.9, 0.99))
    for step in range(effort.steps):
        share = step / effort.steps
        learning_rate = effort.rate * (0.02 + 0.5 * (1 + math.cos(math.pi * share)))
        for group in optimiser.param_groups:
            group["lr"] = learning_rate
        temperature = FIRST_TEMPERATURE * math.exp(-COOLING * share)
        z = torch.round(vae.hyper_analyse(y.detach()))
        features = vae.entropy.features(z.to(exact_device), at.to(exact_device), (y.shape[-2], y.shape[-1]))
        prediction = vae.entropy.predict(y.to(exact_device), features, at.to(exact_device))
        mean, table = prediction.mean.to(device), prediction.table.to(device)
        sampled = sample_neighbours(y - mean, temperature, random)
        bits = gaussian_bits(sampled, table).sum()
        x_hat = _synthesise_tile(vae, around, tile, mean + sampled, at)
        loss = bits + weight * (x_hat - x).square().mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        if on_step is not None:
            on_step(step + 1)
    annealed: Tensor = y.detach() / gain
    return annealed


def distortion_weight(quality: float) -> float:
    """Bits per pixel that a mean squared error of 1, over pixels of range 0..1, is worth at a quality 0..100."""
    return float(lambda_of(torch.tensor(quality))) * 255**2


def sample_neighbours(x: Tensor, temperature: float, random: torch.Generator) -> Tensor:
    """A random value between the two whole numbers around each value, with gradients.

    It is a sample of the relaxed categorical distribution (Jang et al., ICLR 2017; Maddison et al., ICLR 2017) whose
    logits are `-atanh(distance) / temperature`, so that the nearer number is the likelier one.

    Args:
        x: any shape.
        temperature: above 0; towards 0 the sample becomes `round(x)`.
        random: source of the random numbers.

    Returns:
        The shape of `x`.
    """
    below = x.detach().floor()
    place = (x - below).clamp(NEAREST, 1 - NEAREST)
    chance = torch.rand(x.shape, generator=random, device=x.device).clamp(1e-6, 1 - 1e-6)
    logit = (torch.atanh(place) - torch.atanh(1 - place)) / temperature  # of the upper one against the lower
    return below + torch.sigmoid((logit + torch.logit(chance)) / temperature)


def _synthesise_tile(vae: VAE, around: Tensor, tile: AnnealedTile, y_hat: Tensor, quality: Tensor) -> Tensor:
    """The tile's pixels `(1, 3, h, w)`, synthesised together with its surroundings."""
    whole = around.clone()
    whole[..., tile.rows, tile.columns] = y_hat
    x_hat = vae.synthesise(whole, quality)
    height, width = tile.x.shape[-2:]
    top, left = tile.rows.start * STRIDE, tile.columns.start * STRIDE
    return x_hat[..., top : top + height, left : left + width]
