"""Layers of the entropy networks in two forms: float for training, fixed point for coding.

If a decoder computes a scale that differs in its last bit, it picks another probability table, and the rest of the file
decodes to noise. Floating-point sums depend on their order, and so on the machine; integer sums do not. So every
computation on which the choice of a table depends is fixed-point arithmetic: activations are integers in units of
1/256, weights integers in units of 1/4096, and every result is rounded half up and clamped to 16 bits.

The integers are carried in float64. It holds every integer up to 2^53 exactly, the largest sum here stays below 2^41
(`FAN_IN` products of two 16-bit numbers), and so additions in any order, fused or not, on any device, give the same
number; dividing by a power of two and `floor` are exact as well. Integers of 8 bits in float32 would be twice as fast
and need quantisation-aware training; with 16 bits the trained float weights can simply be rounded, and these networks
are the smaller part of the work. No convolution of cuDNN or oneDNN is called: they may transform their input
(Winograd) and lose exactness. MPS has no float64: there these layers run on the CPU.

Every layer has `forward` (float) and `exact` (integers in, integers out, `(B, C, H, W)`).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restore.errors import WeightsError
from restore.models.layers import RESIDUAL_START

ACTIVATION = 1 << 8
"""Integer steps per unit of an activation."""
WEIGHT = 1 << 12
"""Integer steps per unit of a weight."""
LIMIT = (1 << 15) - 1
"""Largest magnitude of a stored activation or weight, in steps."""
FAN_IN = 1 << 10
"""Most products in one sum."""
LEAK = 8
"""The leaky activation divides negative values by this."""
GATE = 4
"""A gate rises linearly from 0 at minus half of this to 1 at half of this."""


def round_and_clamp(x: Tensor) -> Tensor:
    """Round half up and clamp to 16 bits."""
    return torch.floor(x + 0.5).clamp(-LIMIT, LIMIT)


def leaky(x: Tensor) -> Tensor:
    """The leaky activation in floats."""
    return torch.maximum(x, x / LEAK)


def exact_leaky(x: Tensor) -> Tensor:
    """The leaky activation on integers; divided values are rounded down."""
    return torch.maximum(x, torch.floor(x / LEAK))


class Pointwise(nn.Conv2d):
    """A 1x1 convolution.

    Args:
        inputs: channels in, at most `FAN_IN`.
        outputs: channels out.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        if inputs > FAN_IN:
            raise ValueError(f"{inputs} inputs; sums stay exact up to {FAN_IN}")
        super().__init__(inputs, outputs, 1)

    def exact(self, x: Tensor) -> Tensor:
        """On integers; equal on every device."""
        weight, bias = _whole(self)
        batch, _, height, width = x.shape
        summed = weight.flatten(1) @ x.flatten(2) + bias[:, None]
        return round_and_clamp(summed / WEIGHT).reshape(batch, -1, height, width)


class Depthwise(nn.Conv2d):
    """A 3x3 convolution of each channel by itself, with zeros beyond the border.

    Args:
        channels: channels in and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, 3, padding=1, groups=channels)

    def exact(self, x: Tensor) -> Tensor:
        """On integers, as nine shifted products; equal on every device."""
        weight, bias = _whole(self)
        height, width = x.shape[-2:]
        padded = F.pad(x, (1, 1, 1, 1))
        summed = bias[:, None, None].expand_as(x).clone()
        for row in range(3):
            for column in range(3):
                shifted = padded[..., row : row + height, column : column + width]
                summed += weight[:, :, row, column, None] * shifted
        return round_and_clamp(summed / WEIGHT)


class ExactBlock(nn.Module):
    """1x1, leak, depthwise 3x3, 1x1; then a gated 1x1 pair; both residual, as `restore.models.layers.GatedBlock`.

    Args:
        channels: channels in and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.enter = Pointwise(channels, channels)
        self.depthwise = Depthwise(channels)
        self.leave = Pointwise(channels, channels)
        self.expand = Pointwise(channels, 2 * channels)
        self.contract = Pointwise(channels, channels)
        with torch.no_grad():
            self.leave.weight.mul_(RESIDUAL_START)
            self.contract.weight.mul_(RESIDUAL_START)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.leave(self.depthwise(leaky(self.enter(x))))
        gate, value = self.expand(x).chunk(2, dim=1)
        changed: Tensor = x + self.contract((gate / GATE + 0.5).clamp(0, 1) * value)
        return changed

    def exact(self, x: Tensor) -> Tensor:
        """On integers; equal on every device."""
        x = round_and_clamp(x + self.leave.exact(self.depthwise.exact(exact_leaky(self.enter.exact(x)))))
        gate, value = self.expand.exact(x).chunk(2, dim=1)
        opened = torch.floor(gate / GATE + ACTIVATION / 2).clamp(0, ACTIVATION)
        product = round_and_clamp(opened * value / ACTIVATION)
        return round_and_clamp(x + self.contract.exact(product))


class ExactSequence(nn.Sequential):
    """Layers one after another; those without `exact` must only move values, as `nn.PixelShuffle` does."""

    def exact(self, x: Tensor) -> Tensor:
        """On integers; equal on every device."""
        for layer in self:
            x = layer.exact(x) if isinstance(layer, Pointwise | Depthwise | ExactBlock) else layer(x)
        return x


def exact_device(device: torch.device) -> torch.device:
    """Where the integers of a model on `device` are computed: on the CPU if the device has no float64."""
    return torch.device("cpu") if device.type == "mps" else device


def _whole(layer: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of a layer as integers: in units of `1 / WEIGHT` and of `1 / (WEIGHT * ACTIVATION)`.

    Raises:
        WeightsError: one is not finite or too large.
    """
    if layer.bias is None:
        raise WeightsError("a layer of the entropy networks has no bias")
    weight = torch.floor(layer.weight.double() * WEIGHT + 0.5)
    bias = torch.floor(layer.bias.double() * (WEIGHT * ACTIVATION) + 0.5)
    if not (weight.abs() <= LIMIT).all() or not (bias.abs() <= LIMIT * WEIGHT).all():
        raise WeightsError("weights of the entropy networks are not finite or too large for fixed point")
    return weight, bias
