"""Latents chosen by what their symbols cost and bring: stochastic Gumbel annealing (Yang et al., NeurIPS 2020).

    analysis ──► y ──► drawn to one of its two neighbours ──► rate and distortion ──► gradient ──► y ──► …
                               the colder, the surer

The analysis gives every picture what is best on average; here the latents of one picture are moved until rate and
distortion of that picture, weighed as in training, no longer fall. Only the encoder takes the time: the file and its
decoder are as ever.

Straight-through rounding or uniform noise in place of the drawing made things worse by 2 to 25 %, and a gradient
through the hyper-latents, which follow the latents as they do in any file, cost half of the gain.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from restore.codecs.network.rate import gaussian_bits
from restore.codecs.network.vae import STRIDE, VAE, lambda_of

WARMEST, COOLING = 0.5, 2.0
"""Temperature at the beginning, and the logarithm of what it is divided by at the end."""
SEED = 0
"""Of the drawing: the same picture gives the same file again on the same machine."""
NEAREST = 1e-4
"""How far a latent is taken to be from both its neighbours at least."""

Told = Callable[[int], None]
"""Told how many steps are done."""


@dataclass(frozen=True)
class Effort:
    """How much annealing. A step on a megapixel takes two cores a third of a second."""

    steps: int
    rate: float = 0.006
    """Adam's learning rate in quantisation steps, falling along a half cosine."""


NO_EFFORT = Effort(0)
EFFORTS = {1: NO_EFFORT, 2: Effort(60, 0.01), 3: Effort(240)}
"""By the number that users give; the first takes what the analysis says."""


@dataclass(frozen=True)
class Scene:
    """What is annealed: a tile, and what its synthesis sees around it."""

    y: Tensor
    """`(1, M, H, W)` latents before their gain, of tile and surroundings."""
    rows: slice
    """Of them, those of the tile."""
    columns: slice
    """Likewise."""
    x: Tensor
    """`(1, 3, h, w)` the tile's pixels, range 0..1."""


@torch.inference_mode(False)
@torch.enable_grad()
def anneal(vae: VAE, scene: Scene, quality: float, effort: Effort, told: Told | None = None) -> Tensor:
    """Latents of a tile that give less rate and distortion together than those of the analysis, before their gain.

    Args:
        vae: the network, in evaluation mode; its parameters want no gradient.
        scene: the tile.
        quality: 0..100.
        effort: how often the latents are moved, and how fast.
        told: called after every step.

    Returns:
        `(1, M, h, w)`.
    """
    device, place = scene.y.device, next(vae.entropy.parameters()).device
    at = torch.tensor([quality], device=device)
    gain = torch.exp(vae.log_gains(at))
    around, x = scene.y.clone() * gain, scene.x.clone()  # copies, because what was made in inference has no gradient
    y = around[..., scene.rows, scene.columns].clone().requires_grad_(True)
    around = torch.round(around)
    weight = distortion_weight(quality) * x[0, 0].numel()
    random = torch.Generator(device).manual_seed(SEED)
    optimiser = torch.optim.Adam([y], lr=effort.rate, betas=(0.9, 0.99))
    for step in range(effort.steps):
        share = step / effort.steps
        learning_rate = effort.rate * (0.02 + 0.5 * (1 + math.cos(math.pi * share)))
        for group in optimiser.param_groups:
            group["lr"] = learning_rate
        temperature = WARMEST * math.exp(-COOLING * share)
        z = torch.round(vae.hyper_analyse(y.detach()))
        features = vae.entropy.features(z.to(place), at.to(place), (y.shape[-2], y.shape[-1]))
        expected = vae.entropy.expect(y.to(place), features, at.to(place))
        mean, table = expected.mean.to(device), expected.table.to(device)
        drawn = draw(y - mean, temperature, random)
        bits = gaussian_bits(drawn, table).sum()
        shown = _synthesised(vae, around, scene, mean + drawn, at)
        loss = bits + weight * (shown - x).square().mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        if told is not None:
            told(step + 1)
    found: Tensor = y.detach() / gain
    return found


def distortion_weight(quality: float) -> float:
    """Bits per pixel that a mean squared error of 1, over pixels of range 0..1, is worth at a quality."""
    return float(lambda_of(torch.tensor(quality))) * 255**2


def draw(x: Tensor, temperature: float, random: torch.Generator) -> Tensor:
    """Each value drawn to one of the two whole numbers around it, the nearer the likelier.

    A sample of the relaxed categorical distribution (Jang et al., ICLR 2017; Maddison et al., ICLR 2017) whose logits
    are `-atanh(distance) / temperature`; it lies between the two, and its gradient moves `x`.

    Args:
        x: any shape.
        temperature: above 0; at 0 this would be rounding.
        random: where chance comes from.
    """
    below = x.detach().floor()
    place = (x - below).clamp(NEAREST, 1 - NEAREST)
    chance = torch.rand(x.shape, generator=random, device=x.device).clamp(1e-6, 1 - 1e-6)
    logit = (torch.atanh(place) - torch.atanh(1 - place)) / temperature  # of the upper one against the lower
    return below + torch.sigmoid((logit + torch.logit(chance)) / temperature)


def _synthesised(vae: VAE, around: Tensor, scene: Scene, y_hat: Tensor, quality: Tensor) -> Tensor:
    """The tile's pixels, drawn with its surroundings."""
    whole = around.clone()
    whole[..., scene.rows, scene.columns] = y_hat
    shown = vae.synthesise(whole, quality)
    height, width = scene.x.shape[-2:]
    top, left = scene.rows.start * STRIDE, scene.columns.start * STRIDE
    return shown[..., top : top + height, left : left + width]
