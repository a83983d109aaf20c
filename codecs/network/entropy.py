"""The entropy networks: what the decoder expects of each latent before it reads it.

    z ── h_s ── features ─┬─ first ───────────── mean, scale of the anchors
                          │                       │
                          │    anchors decoded ── y_hat
                          │                       │
                          └── context ── second ─ mean, scale of the others

Half of the latents, those on the black fields of a chess-board, are coded with what the hyper-latents tell; the other
half also sees its four decoded neighbours (He et al., "Checkerboard context model", CVPR 2021). Of the leading channels
the black fields too are coded in several groups, from coarse to fine (`refinement.py`). Means are integers in
1/16 of a quantisation step, scales are the number of a table: both come from fixed-point layers (`exact.py`), so no
float stands between a file and its symbols.

Born classical: the last layers start at zero, and each channel then has the scale its principal component has over many
photographs, at the gain of the quality: that is the row `start`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from restore.codecs.bitstream.tables import RATIO, SMALLEST_SCALE, TABLES
from restore.codecs.network.exact import ACTIVATION, Depthwise, ExactBlock, ExactSequence, Pointwise, settle
from restore.codecs.network.quality import QualityRows, zero_rows
from restore.codecs.network.rate import straight_round
from restore.codecs.network.refinement import PASSES, Pass, Refinement, seeds

STEP = 16
"""Parts of a quantisation step: means and `y_hat` are integers in these."""
PER_UNIT = 16
"""Tables per unit of an activation, and quantisation steps per unit where `y_hat` is one."""


@dataclass(frozen=True)
class Expected:
    """What is expected of latents: floats in training, integers (float64) when coding; each `(B, M, h, w)`."""

    mean: Tensor
    """In training quantisation steps; coding, 1/16 of them."""
    table: Tensor
    """Number of the table, 0..63; in training anything between."""


@dataclass(frozen=True)
class Group:
    """Latents that are coded together, and what is expected of them."""

    channels: slice
    """Which of the M."""
    field: Tensor
    """`(h, w)` bool: at which places."""
    expected: Expected
    """Of these channels, `(1, channels, h, w)`; what stands at other places means nothing."""


class EntropyNetworks(nn.Module):
    """h_s, the two heads and the context network.

    Args:
        latents: channels M of y.
        hyper: channels Z of z.
        features: width of h_s.
        context: width of the context network.
        deviations: `(M,)`, standard deviation of each channel before its gain, at birth.
        log_gains: `(NODES, M)`, logarithms of the gains at birth.
        leading: channels whose black fields are coded from coarse to fine; 0 codes all of them at once.
        refined: width of the networks that do so.
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
            _silence(layer)
        passes = PASSES if leading else ()
        self.refinements = nn.ModuleList(Refinement(leading, features, refined) for _ in passes)

    @property
    def passes(self) -> list[tuple[Pass, Refinement]]:
        """What is coded from coarse to fine, in its order: where, and the network."""
        networks = [network for network in self.refinements if isinstance(network, Refinement)]
        return list(zip(PASSES, networks, strict=False))

    # ---- training: floats

    def expect_z(self, quality: Tensor) -> Tensor:
        """Number of the table of each channel of z, `(B, Z, 1, 1)`; its mean is zero."""
        tables: Tensor = PER_UNIT * self.z_tables(quality)
        return tables

    def features(self, z: Tensor, quality: Tensor, size: tuple[int, int]) -> Tensor:
        """What z tells, `(B, features, h, w)`, for latents of `size`."""
        told: Tensor = self.h_s(z)
        features: Tensor = told[..., : size[0], : size[1]] + self.rate(quality)
        return features

    def expect(self, y: Tensor, features: Tensor, quality: Tensor) -> Expected:
        """Of all latents, each from what will have been decoded before it.

        Args:
            y: latents after their gain, `(B, M, h, w)`.
            features: from `features`.
            quality: `(B,)`, 0..100.
        """
        mean, scale = self.first(features).chunk(2, dim=1)
        first = Expected(PER_UNIT * mean, PER_UNIT * (scale + self.start(quality)))
        black = black_fields(y.shape[-2], y.shape[-1], y.device)
        anchors = self._expect_leading(y, features, first) if self.leading else first
        seen = torch.where(black, anchors.mean + straight_round(y - anchors.mean), 0) / PER_UNIT
        near = self.near(torch.cat([seen, seen.abs()], dim=1))
        mean, scale = self.second(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        mean = first.mean + PER_UNIT * (mean + self.beside(seen))
        table = first.table + PER_UNIT * scale
        return Expected(torch.where(black, anchors.mean, mean), torch.where(black, anchors.table, table))

    def _expect_leading(self, y: Tensor, features: Tensor, first: Expected) -> Expected:
        """What the passes make of `first` on the black fields of the leading channels."""
        mean, table = first.mean.clone(), first.table.clone()
        for step, network in self.passes:
            y_here, m, t = (step.on(x[:, : self.leading]) for x in (y, mean, table))
            size = (y_here.shape[-2], y_here.shape[-1])
            known, filled = step.known(*size, y.device), step.filled(*size, y.device)
            seen = torch.where(known, m + straight_round(y_here - m), 0) / PER_UNIT
            more_mean, more_scale = network(step.on(features), seen)
            refined = (
                torch.where(filled, m + PER_UNIT * more_mean, m),
                torch.where(filled, t + PER_UNIT * more_scale, t),
            )
            mean, table = mean.clone(), table.clone()
            for whole, lattice in zip((mean, table), refined, strict=True):
                step.on(whole[:, : self.leading]).copy_(lattice)
        return Expected(mean, table)

    # ---- coding: integers

    def exact_features(self, z: Tensor, quality: int, size: tuple[int, int]) -> Tensor:
        """`features` in integers.

        Args:
            z: `(B, Z, h/4, w/4)`, integers, float64.
            quality: as the header has it.
            size: height and width of the latents.
        """
        told = self.h_s.exact(settle(z * ACTIVATION))[..., : size[0], : size[1]]
        return settle(told + self.rate.exact(quality, z.device))

    def exact_groups(self, features: Tensor, quality: int, y_hat: Tensor) -> Iterator[Group]:
        """The groups of a tile's latents in the order in which they are coded.

        Args:
            features: from `exact_features`.
            quality: as the header has it.
            y_hat: `(1, M, h, w)`, float64, zeros. What became of a group, in 1/16 of a quantisation step, must stand
                here before the next one is asked for.
        """
        size, device = (y_hat.shape[-2], y_hat.shape[-1]), y_hat.device
        black, leading = black_fields(*size, device), slice(0, self.leading)
        mean, scale = self.first.exact(features).chunk(2, dim=1)
        raw = settle(scale + self.start.exact(quality, device))
        if self.leading:
            yield Group(leading, seeds(*size, device), Expected(mean[:, leading], _table(raw[:, leading])))
        for step, network in self.passes:
            m, r, seen = (step.on(x[:, leading]).contiguous() for x in (mean, raw, settle(y_hat)))
            more_mean, more_scale = network.exact(step.on(features).contiguous(), seen)
            refined = Expected(torch.zeros_like(mean[:, leading]), torch.zeros_like(mean[:, leading]))
            step.on(refined.mean).copy_(settle(m + more_mean))
            step.on(refined.table).copy_(_table(settle(r + more_scale)))
            yield Group(leading, step.field(*size, device), refined)
        yield Group(slice(self.leading, None), black, Expected(mean[:, self.leading :], _table(raw[:, self.leading :])))

        seen = settle(y_hat)
        near = self.near.exact(torch.cat([seen, seen.abs()], dim=1))
        more_mean, more_scale = self.second.exact(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        mean = settle(mean + more_mean + self.beside.exact(seen))
        yield Group(slice(None), ~black, Expected(mean, _table(settle(raw + more_scale))))

    def exact_z_tables(self, quality: int, device: torch.device) -> Tensor:
        """Number of the table of each channel of z, `(Z, 1, 1)`."""
        return _table(self.z_tables.exact(quality, device))


def black_fields(height: int, width: int, device: torch.device) -> Tensor:
    """`(height, width)` bool: which latents are anchors."""
    rows = torch.arange(height, device=device)[:, None]
    return (rows + torch.arange(width, device=device)) % 2 == 0


def _table(raw: Tensor) -> Tensor:
    """Integers in units of `1 / ACTIVATION` to the number of a table."""
    return torch.floor(raw * (PER_UNIT / ACTIVATION) + 0.5).clamp(0, TABLES - 1)


def _silence(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
