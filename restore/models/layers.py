"""Layers that more than one network is built of."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RESIDUAL_START = 0.25
"""Scale of a block's residual branches at initialisation, in place of a normalisation layer."""
NORM_FLOOR = 1e-4
"""What is added to a pixel's mean square before it is divided by its root."""
LEAK = 0.1
"""Slope of a block's activation below zero."""


class Pointwise(nn.Conv2d):
    """A 1x1 convolution that one CPU thread computes with oneDNN too, in half the time.

    torch gives a 1x1 convolution to oneDNN where several threads share it, and else to a matrix product that reaches 40
    to 50 % of its rate on a processor with AVX-512. Dilated ones always go to oneDNN, and to a single pixel a dilation
    means nothing. Only where channels lie innermost, or oneDNN would have to reorder them first.

    Args:
        enter: channels in.
        leave: channels out.
    """

    def __init__(self, enter: int, leave: int) -> None:
        super().__init__(enter, leave, 1)

    def forward(self, x: Tensor) -> Tensor:
        dilated = x.device.type == "cpu" and x.stride(1) == 1
        return F.conv2d(x, self.weight, self.bias, dilation=2 if dilated else 1)


class PixelNorm(nn.Module):
    """Each pixel's features over their root mean square, times a learned gain per channel (Zhang and Sennrich, 2019).

    It looks at one pixel at a time, so what is made of a pixel does not depend on the rest of the picture.
    Input and output `(B, channels, H, W)`.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        innermost = x.permute(0, 2, 3, 1)
        return F.rms_norm(innermost, self.gain.shape, self.gain, eps=NORM_FLOOR).permute(0, 3, 1, 2)


class GatedBlock(nn.Module):
    """Depthwise 3x3 between 1x1 layers, then a gated 1x1 pair; both are residual (after NAFNet, ECCV 2022).

    The gate is bounded: a product of two unbounded halves grew without bound at this learning rate.
    Input and output `(B, channels, H, W)`.

    Args:
        channels: of input and output.
        normalised: whether both branches see pixels of unit size. Without it a deep stack of blocks may let features
            grow from block to block until training breaks down.
    """

    def __init__(self, channels: int, *, normalised: bool = False) -> None:
        super().__init__()
        self.norm = PixelNorm(channels) if normalised else nn.Identity()
        self.gate_norm = PixelNorm(channels) if normalised else nn.Identity()
        self.enter = Pointwise(channels, channels)
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.leave = Pointwise(channels, channels)
        self.expand = Pointwise(channels, 2 * channels)
        self.contract = Pointwise(channels, channels)
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
        left: Tensor = self.leave(self.depthwise(F.leaky_relu(self.enter(self.norm(x)), LEAK, inplace=True)))
        x = left.add_(x)
        gate, value = self.expand(self.gate_norm(x)).chunk(2, dim=1)
        contracted: Tensor = self.contract(F.hardsigmoid(gate) * value)
        return contracted.add_(x)
