"""The entropy networks: they predict each latent before it is decoded, and so choose its probability table.

    z ── h_s ── features ─┬─ first ───────────── mean, scale of the anchors
                          │                       │
                          │    anchors decoded ── y_hat
                          │                       │
                          └── context ── second ─ mean, scale of the others

The latents form a checkerboard (He et al., "Checkerboard context model", CVPR 2021). Anchors, the half whose row and
column add up to an even number, are predicted from the hyper-latents; the other half also from its four decoded
neighbours. The anchors of the leading channels are coded in several groups, from coarse to fine (`refinement.py`).
Means are integers in 1/16 of a quantisation step, scales are numbers of tables: both come from fixed-point layers
(`exact.py`), so no floating-point value decides which symbols a file holds.

At initialisation the last layers are zero, and each channel has the scale that its principal component has over many
photographs, at the gain of the quality: the row `start`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from restore.codecs.bitstream.tables import RATIO, SMALLEST_SCALE, TABLES
from restore.codecs.network.exact import ACTIVATION, Depthwise, ExactBlock, ExactSequence, Pointwise, round_and_clamp
from restore.codecs.network.quality import QualityRows, zero_rows
from restore.codecs.network.refinement import PASSES, Pass, Refinement, first_positions

STEP = 16
"""Parts of a quantisation step: means and `y_hat` are integers in these."""
PER_UNIT = 16
"""Tables per unit of an activation, and quantisation steps per unit where `y_hat` is one."""


@dataclass(frozen=True)
class Prediction:
    """Means and scales of latents, each `(B, M, h, w)`: floats in training, integers in float64 when coding."""

    mean: Tensor
    """In quantisation steps in training, in 1/16 of them when coding."""
    table: Tensor
    """Number of the probability table, 0..63, which stands for the scale; in training also between two tables."""


@dataclass(frozen=True)
class Group:
    """Latents that are coded together, and their prediction."""

    channels: slice
    """Which of the M channels."""
    positions: Tensor
    """`(h, w)` bool: at which positions."""
    prediction: Prediction
    """Of these channels, `(1, channels, h, w)`; values at other positions are unused."""


class EntropyNetworks(nn.Module):
    """h_s, the two heads and the context network.

    Args:
        latents: channels M of y.
        hyper: channels Z of z.
        features: width of h_s.
        context: width of the context network.
        deviations: `(M,)`, standard deviation of each channel before its gain, at initialisation.
        log_gains: `(NODES, M)`, logarithms of the gains at initialisation.
        leading: channels whose anchors are coded from coarse to fine; with 0, all anchors are coded at once.
        refined: width of the networks that predict them.
    """

    def __init__(
        self,
        latents: int,
        hyper: int,
        features: int,
        context: int,
        deviations: Tensor,
        log_gains: Tensor,
        leading: int = 0,
        refined: int = 64,
    ) -> None:
        super().__init__()
        self.leading = leading
        self.h_s = ExactSequence(
            Pointwise(hyper, features),
            ExactBlock(features),
            Pointwise(features, 4 * features),
            nn.PixelShuffle(2),
            ExactBlock(features),
            Pointwise(features, 4 * features),
            nn.PixelShuffle(2),
        )
        self.rate = zero_rows(features)
        self.first = ExactSequence(ExactBlock(features), Pointwise(features, 2 * latents))
        self.near = ExactSequence(Pointwise(2 * latents, context), Depthwise(context))
        self.second = ExactSequence(
            Pointwise(features + context, context), ExactBlock(context), Pointwise(context, 2 * latents)
        )
        self.beside = Depthwise(latents)
        numbers = (log_gains + torch.log(deviations) - math.log(SMALLEST_SCALE)) / RATIO
        self.start = QualityRows(numbers.clamp(0, TABLES - 1) / PER_UNIT)
        self.z_tables = QualityRows(torch.full_like(log_gains[:, :1], 1.25).expand(-1, hyper))
        for layer in (self.first[-1], self.second[-1], self.beside):
            _zero(layer)
        passes = PASSES if leading else ()
        self.refinements = nn.ModuleList(Refinement(leading, features, refined) for _ in passes)

    @property
    def passes(self) -> list[tuple[Pass, Refinement]]:
        """The passes of the leading channels in their order, each with its network."""
        networks = [network for network in self.refinements if isinstance(network, Refinement)]
        return list(zip(PASSES, networks, strict=False))

    # ---- training: floats

    def z_table(self, quality: Tensor) -> Tensor:
        """Number of the table of each channel of z, `(B, Z, 1, 1)`; its mean is zero."""
        tables: Tensor = PER_UNIT * self.z_tables(quality)
        return tables

    def features(self, z: Tensor, quality: Tensor, size: tuple[int, int]) -> Tensor:
        """Features from the hyper-latents, `(B, features, h, w)`, for latents of `size`."""
        decoded: Tensor = self.h_s(z)
        features: Tensor = decoded[..., : size[0], : size[1]] + self.rate(quality)
        return features

    def predict(self, y: Tensor, features: Tensor, quality: Tensor) -> Prediction:
        """Predict all latents, each from those that are decoded before it.

        Args:
            y: latents after their gain, `(B, M, h, w)`.
            features: from `features`.
            quality: `(B,)`, 0..100.
        """
        mean, scale = self.first(features).chunk(2, dim=1)
        first = Prediction(PER_UNIT * mean, PER_UNIT * (scale + self.start(quality)))
        anchors = anchor_positions(y.shape[-2], y.shape[-1], y.device)
        at_anchors = self._predict_leading(y, features, first) if self.leading else first
        decoded = torch.where(anchors, at_anchors.mean + straight_round(y - at_anchors.mean), 0) / PER_UNIT
        near = self.near(torch.cat([decoded, decoded.abs()], dim=1))
        mean, scale = self.second(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        mean = first.mean + PER_UNIT * (mean + self.beside(decoded))
        table = first.table + PER_UNIT * scale
        return Prediction(torch.where(anchors, at_anchors.mean, mean), torch.where(anchors, at_anchors.table, table))

    def _predict_leading(self, y: Tensor, features: Tensor, first: Prediction) -> Prediction:
        """`first`, refined by the passes at the anchors of the leading channels."""
        mean, table = first.mean.clone(), first.table.clone()
        for step, network in self.passes:
            y_here, m, t = (step.on(x[:, : self.leading]) for x in (y, mean, table))
            size = (y_here.shape[-2], y_here.shape[-1])
            known, coded = step.known(*size, y.device), step.coded(*size, y.device)
            decoded = torch.where(known, m + straight_round(y_here - m), 0) / PER_UNIT
            more_mean, more_scale = network(step.on(features), decoded)
            refined = (
                torch.where(coded, m + PER_UNIT * more_mean, m),
                torch.where(coded, t + PER_UNIT * more_scale, t),
            )
            mean, table = mean.clone(), table.clone()
            for whole, lattice in zip((mean, table), refined, strict=True):
                step.on(whole[:, : self.leading]).copy_(lattice)
        return Prediction(mean, table)

    # ---- coding: integers

    def exact_features(self, z: Tensor, quality: int, size: tuple[int, int]) -> Tensor:
        """`features` in integers.

        Args:
            z: `(B, Z, h/4, w/4)`, integers, float64.
            quality: as the header has it.
            size: height and width of the latents.
        """
        decoded = self.h_s.exact(round_and_clamp(z * ACTIVATION))[..., : size[0], : size[1]]
        return round_and_clamp(decoded + self.rate.exact(quality, z.device))

    def exact_groups(self, features: Tensor, quality: int, y_hat: Tensor) -> Iterator[Group]:
        """The groups of a tile's latents in the order in which they are coded.

        Args:
            features: from `exact_features`.
            quality: as the header has it.
            y_hat: `(1, M, h, w)`, float64, zeros. The caller writes the decoded latents of each group into it, in 1/16
                of a quantisation step, before it asks for the next group.
        """
        size, device = (y_hat.shape[-2], y_hat.shape[-1]), y_hat.device
        anchors, leading = anchor_positions(*size, device), slice(0, self.leading)
        mean, scale = self.first.exact(features).chunk(2, dim=1)
        raw = round_and_clamp(scale + self.start.exact(quality, device))
        if self.leading:
            yield Group(leading, first_positions(*size, device), Prediction(mean[:, leading], _table(raw[:, leading])))
        for step, network in self.passes:
            m, r, decoded = (step.on(x[:, leading]).contiguous() for x in (mean, raw, round_and_clamp(y_hat)))
            more_mean, more_scale = network.exact(step.on(features).contiguous(), decoded)
            refined = Prediction(torch.zeros_like(mean[:, leading]), torch.zeros_like(mean[:, leading]))
            step.on(refined.mean).copy_(round_and_clamp(m + more_mean))
            step.on(refined.table).copy_(_table(round_and_clamp(r + more_scale)))
            yield Group(leading, step.positions(*size, device), refined)
        rest = slice(self.leading, None)
        yield Group(rest, anchors, Prediction(mean[:, rest], _table(raw[:, rest])))

        decoded = round_and_clamp(y_hat)
        near = self.near.exact(torch.cat([decoded, decoded.abs()], dim=1))
        more_mean, more_scale = self.second.exact(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        mean = round_and_clamp(mean + more_mean + self.beside.exact(decoded))
        yield Group(slice(None), ~anchors, Prediction(mean, _table(round_and_clamp(raw + more_scale))))

    def exact_z_table(self, quality: int, device: torch.device) -> Tensor:
        """Number of the table of each channel of z, `(Z, 1, 1)`."""
        return _table(self.z_tables.exact(quality, device))


def anchor_positions(height: int, width: int, device: torch.device) -> Tensor:
    """`(height, width)` bool: the anchors, whose row and column add up to an even number."""
    rows = torch.arange(height, device=device)[:, None]
    return (rows + torch.arange(width, device=device)) % 2 == 0


def _table(raw: Tensor) -> Tensor:
    """Integers in units of `1 / ACTIVATION` to the number of a table."""
    return torch.floor(raw * (PER_UNIT / ACTIVATION) + 0.5).clamp(0, TABLES - 1)


def _zero(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def gaussian_bits(residual: Tensor, table: Tensor) -> Tensor:
    """Bits of each value under a zero-mean Gaussian integrated over a quantisation step.

    This is the training graph's estimate of what the range coder writes. It is computed in logarithms, so that the
    gradient does not vanish however far off the scale is.

    Args:
        residual: values minus their means in quantisation steps; in training with uniform noise in place of rounding.
        table: number of the table, broadcast over `residual`; fractions lie between two tables' scales.

    Returns:
        The shape of `residual`.
    """
    scale = SMALLEST_SCALE * torch.exp(RATIO * table.clamp(0, TABLES - 1))
    magnitude = residual.abs()
    upper = torch.special.log_ndtr((0.5 - magnitude) / scale)
    lower = torch.special.log_ndtr((-0.5 - magnitude) / scale)
    share = upper + torch.log1p(-torch.exp((lower - upper).clamp(max=-1e-6)))
    bits: Tensor = -share / math.log(2)
    return bits


def straight_round(x: Tensor) -> Tensor:
    """Round, and let the gradient pass as if nothing had been done (Theis et al., ICLR 2017)."""
    return x + (torch.round(x) - x).detach()
