"""Layers that more than one network is built of."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RESIDUAL_START = 0.25
"""Scale of a block's residual branches at initialisation, in place of a normalisation layer."""


class GatedBlock(nn.Module):
    """Depthwise 3x3 between 1x1 layers, then a gated 1x1 pair; both are residual (after NAFNet, ECCV 2022).

    The gate is bounded: a product of two unbounded halves grew without bound at this learning rate.
    Input and output `(B, channels, H, W)`.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(channels, channels, 1)
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.leave = nn.Conv2d(channels, channels, 1)
        self.expand = nn.Conv2d(channels, 2 * channels, 1)
        self.contract = nn.Conv2d(channels, channels, 1)
        with torch.no_grad():
            self.leave.weight.mul_(RESIDUAL_START)
            self.contract.weight.mul_(RESIDUAL_START)

    @torch.no_grad()
    def make_identity(self) -> None:
        """Zero both residual branches, so that the output is the input; the block can still learn."""
        for layer in (self.leave, self.contract):
            for parameter in layer.parameters():
                parameter.zero_()

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.leave(self.depthwise(F.leaky_relu(self.enter(x), 0.1)))
        gate, value = self.expand(x).chunk(2, dim=1)
        contracted: Tensor = self.contract(F.hardsigmoid(gate) * value)
        return x + contracted
