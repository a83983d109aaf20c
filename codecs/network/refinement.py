"""The leading latents from coarse to fine: what neighbours tell of them, before the chess-board does.

At low rates most bits go to the means of the blocks and their slowest waves, a small picture of its own. Of this, a
sixteenth of the places is coded with what the hyper-latents tell; three passes then fill in the other black fields,
each from the places around that are there already:

    0 . . . 0       0 . . . 0       0 . 2 . 0       0 . 2 . 0
    . . . . .       . . . . .       . . . . .       . 3 . 3 .
    . . . . .  ───  . . 1 . .  ───  2 . 1 . 2  ───  2 . 1 . 2  ───  the white fields, all channels
    . . . . .       . . . . .       . . . . .       . 3 . 3 .
    0 . . . 0       0 . . . 0       0 . 2 . 0       0 . 2 . 0

A pass works on the lattice of every `stride`-th row and column and is a network of the entropy networks' kind: float in
training, fixed point when coding. Its last layers start at zero.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from restore.codecs.network.exact import Depthwise, ExactBlock, ExactSequence, Pointwise


@dataclass(frozen=True)
class Pass:
    """One of the passes, on a lattice of its own."""

    stride: int
    """Latents from one row or column of the lattice to the next."""
    centres: bool
    """Whether it fills in places between rows and columns, from diagonal neighbours; else those between two places of
    a row or a column."""

    def known(self, height: int, width: int, device: torch.device) -> Tensor:
        """`(height, width)` bool: places of the lattice that are there before it."""
        rows, columns = _odd(height, width, device)
        return ~rows & ~columns if self.centres else rows == columns

    def filled(self, height: int, width: int, device: torch.device) -> Tensor:
        """`(height, width)` bool: places of the lattice that it fills in."""
        rows, columns = _odd(height, width, device)
        return rows & columns if self.centres else rows != columns

    def on(self, x: Tensor) -> Tensor:
        """The lattice of `(…, h, w)`, a view."""
        return x[..., :: self.stride, :: self.stride]

    def field(self, height: int, width: int, device: torch.device) -> Tensor:
        """`filled` among all latents of a tile of this size."""
        field = torch.zeros(height, width, dtype=torch.bool, device=device)
        lattice = self.on(field)
        lattice.copy_(self.filled(lattice.shape[0], lattice.shape[1], device))
        return field


PASSES = (Pass(2, centres=True), Pass(2, centres=False), Pass(1, centres=True))
"""In their order."""


def seeds(height: int, width: int, device: torch.device) -> Tensor:
    """`(height, width)` bool: the places that are coded before all passes."""
    field = torch.zeros(height, width, dtype=torch.bool, device=device)
    field[::4, ::4] = True
    return field


class Refinement(nn.Module):
    """The network of one pass.

    Args:
        leading: channels it tells of.
        features: channels of what the hyper-latents tell.
        width: its own channels.
    """

    def __init__(self, leading: int, features: int, width: int) -> None:
        super().__init__()
        self.near = ExactSequence(Pointwise(2 * leading, width), Depthwise(width))
        self.second = ExactSequence(
            Pointwise(features + width, width), ExactBlock(width), Pointwise(width, 2 * leading)
        )
        self.beside = Depthwise(leading)
        for layer in (self.second[-1], self.beside):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)

    def forward(self, features: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """What to add to mean and scale, `(B, leading, h, w)` both, as activations.

        Args:
            features: what the hyper-latents tell, `(B, features, h, w)`, of the lattice.
            seen: y_hat of the leading channels as an activation, zero where it is not known yet.
        """
        near = self.near(torch.cat([seen, seen.abs()], dim=1))
        mean, scale = self.second(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        return mean + self.beside(seen), scale

    def exact(self, features: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """`forward` on integers; equal on every device."""
        near = self.near.exact(torch.cat([seen, seen.abs()], dim=1))
        mean, scale = self.second.exact(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        return mean + self.beside.exact(seen), scale


def _odd(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    rows = torch.arange(height, device=device)[:, None] % 2 == 1
    columns = torch.arange(width, device=device) % 2 == 1
    return rows, columns
