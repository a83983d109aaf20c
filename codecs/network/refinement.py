"""The leading channels from coarse to fine: their anchors are coded in four groups, each seeing the ones before.

At low rates most bits go to the means of the blocks and their slowest waves, which form a small picture of their own.
Of these leading channels a sixteenth of the positions (0) is coded from the hyper-latents alone; three passes then add
the other anchors of the checkerboard, each predicted from decoded positions around it:

    0 . . . 0       0 . . . 0       0 . 2 . 0       0 . 2 . 0
    . . . . .       . . . . .       . . . . .       . 3 . 3 .
    . . . . .  ───  . . 1 . .  ───  2 . 1 . 2  ───  2 . 1 . 2  ───  non-anchors, all channels
    . . . . .       . . . . .       . . . . .       . 3 . 3 .
    0 . . . 0       0 . . . 0       0 . 2 . 0       0 . 2 . 0

A pass works on the lattice of every `stride`-th row and column. Its network has a float form for training and a
fixed-point form for coding (`exact.py`), and its last layers are zero-initialised.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from restore.codecs.network.exact import Depthwise, ExactBlock, ExactSequence, Pointwise


@dataclass(frozen=True)
class Pass:
    """One pass and its lattice."""

    stride: int
    """Latents from one row or column of the lattice to the next."""
    centres: bool
    """True: the pass codes positions in odd rows and odd columns of the lattice, from their diagonal neighbours. False:
    positions where only the row or only the column is odd, from their direct neighbours."""

    def known(self, height: int, width: int, device: torch.device) -> Tensor:
        """`(height, width)` bool: positions of the lattice that are decoded before this pass."""
        rows, columns = _odd(height, width, device)
        return ~rows & ~columns if self.centres else rows == columns

    def coded(self, height: int, width: int, device: torch.device) -> Tensor:
        """`(height, width)` bool: positions of the lattice that this pass codes."""
        rows, columns = _odd(height, width, device)
        return rows & columns if self.centres else rows != columns

    def on(self, x: Tensor) -> Tensor:
        """The lattice of `(…, h, w)`, a view."""
        return x[..., :: self.stride, :: self.stride]

    def positions(self, height: int, width: int, device: torch.device) -> Tensor:
        """`(height, width)` bool: what this pass codes, among all latents of a tile of this size."""
        positions = torch.zeros(height, width, dtype=torch.bool, device=device)
        lattice = self.on(positions)
        lattice.copy_(self.coded(lattice.shape[0], lattice.shape[1], device))
        return positions


PASSES = (Pass(2, centres=True), Pass(2, centres=False), Pass(1, centres=True))
"""The passes in their order."""


def first_positions(height: int, width: int, device: torch.device) -> Tensor:
    """`(height, width)` bool: the positions that are coded before all passes."""
    positions = torch.zeros(height, width, dtype=torch.bool, device=device)
    positions[::4, ::4] = True
    return positions


class Refinement(nn.Module):
    """The network of one pass.

    Args:
        leading: channels that it predicts.
        features: channels of the features from the hyper-latents.
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

    def forward(self, features: Tensor, decoded: Tensor) -> tuple[Tensor, Tensor]:
        """What to add to mean and scale, `(B, leading, h, w)` both, as activations.

        Args:
            features: from the hyper-latents, `(B, features, h, w)`, on the lattice.
            decoded: y_hat of the leading channels as an activation, zero where it is not decoded yet.
        """
        near = self.near(torch.cat([decoded, decoded.abs()], dim=1))
        mean, scale = self.second(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        return mean + self.beside(decoded), scale

    def exact(self, features: Tensor, decoded: Tensor) -> tuple[Tensor, Tensor]:
        """`forward` on integers; equal on every device."""
        near = self.near.exact(torch.cat([decoded, decoded.abs()], dim=1))
        mean, scale = self.second.exact(torch.cat([features, near], dim=1)).chunk(2, dim=1)
        return mean + self.beside.exact(decoded), scale


def _odd(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    rows = torch.arange(height, device=device)[:, None] % 2 == 1
    columns = torch.arange(width, device=device) % 2 == 1
    return rows, columns
