"""The entropy networks: what the decoder expects of each latent before it reads it.

    z ── h_s ── features ─┬─ first ───────────── mean, scale of the anchors
                          │                       │
                          │    anchors decoded ── y_hat
                          │                       │
                          └── context ── second ─ mean, scale of the others

Half of the latents, those on the black fields of a chess-board, are coded with what the hyper-latents tell; the other
half also sees its four decoded neighbours (He et al., "Checkerboard context model", CVPR 2021). Means are integers in
1/16 of a quantisation step, scales are the number of a table: both come from fixed-point layers (`exact.py`), so no
float stands between a file and its symbols.

Born classical: the last layers start at zero, and each channel then has the scale its principal component has over many
photographs, at the gain of the quality: that is the row `start`.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from restore.codecs.exact import ACTIVATION, Depthwise, ExactBlock, ExactSequence, Pointwise, settle
from restore.codecs.rows import QualityRows, zero_rows
from restore.codecs.tables import LARGEST_SCALE, SMALLEST_SCALE, TABLES

STEP = 16
"""Parts of a quantisation step: means and `y_hat` are integers in these."""
PER_UNIT = 16
"""Tables per unit of an activation, and quantisation steps per unit where `y_hat` is one."""
RATIO = math.log(LARGEST_SCALE / SMALLEST_SCALE) / (TABLES - 1)
"""Logarithm of the ratio of two neighbouring tables' scales."""


@dataclass(frozen=True)
class Expected:
    """What is expected of latents: floats in training, integers (float64) when coding; each `(B, M, h, w)`."""

    mean: Tensor
    """In training quantisation steps; coding, 1/16 of them."""
    table: Tensor
    """Number of the table, 0..63; in training anything between."""


class EntropyNetworks(nn.Module):
    """h_s, the two heads and the context network.

    Args:
        latents: channels M of y.
        hyper: channels Z of z.
        features: width of h_s.
        context: width of the context network.
        deviations: `(M,)`, standard deviation of each channel before its gain, at birth.
        log_gains: `(NODES, M)`, logarithms of the gains at birth.
    """

    def __init__(
        self, latents: int, hyper: int, features: int, context: int, deviations: Tensor, log_gains: Tensor
    ) -> None:
        super().__init__()
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

    def expect_anchors(self, features: Tensor, quality: Tensor) -> Expected:
        """Of the black fields; the others' values mean nothing yet."""
        mean, scale = self.first(features).chunk(2, dim=1)
        return Expected(PER_UNIT * mean, PER_UNIT * (scale + self.start(quality)))

    def expect_others(self, features: Tensor, anchors: Tensor, before: Expected) -> Expected:
        """Of the white fields.

        Args:
            features: from `features`.
            anchors: y_hat in quantisation steps, zero on the white fields.
            before: what `expect_anchors` gave.
        """
        seen = anchors / PER_UNIT
        near = self.near(torch.cat([seen, seen.abs()], dim=1))
        mean, scale = self.second(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        return Expected(before.mean + PER_UNIT * (mean + self.beside(seen)), before.table + PER_UNIT * scale)

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

    def exact_anchors(self, features: Tensor, quality: int) -> tuple[Expected, Tensor]:
        """`expect_anchors` in integers, and its raw scales, which `exact_others` wants."""
        mean, scale = self.first.exact(features).chunk(2, dim=1)
        raw = settle(scale + self.start.exact(quality, features.device))
        return Expected(mean, _table(raw)), raw

    def exact_others(self, features: Tensor, anchors: Tensor, mean: Tensor, raw: Tensor) -> Expected:
        """`expect_others` in integers.

        Args:
            features: from `exact_features`.
            anchors: y_hat in 1/16 of a quantisation step, zero on the white fields.
            mean: of `exact_anchors`.
            raw: from `exact_anchors`.
        """
        seen = settle(anchors)
        near = self.near.exact(torch.cat([seen, seen.abs()], dim=1))
        more_mean, more_scale = self.second.exact(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        return Expected(settle(mean + more_mean + self.beside.exact(seen)), _table(settle(raw + more_scale)))

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
