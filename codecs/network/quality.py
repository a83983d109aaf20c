"""Parameters that depend on the quality: one value per channel at a few nodes of the quality scale, interpolated.

One model serves every rate (Cui et al., "Asymmetric gained deep image compression", CVPR 2021): only its gains and some
scales and biases of its networks depend on the quality. The entropy networks interpolate them in integers, so that a
quality of 37.25 gives the same values on every machine.
"""

import torch
from torch import Tensor, nn

from restore.codecs.bitstream.header import HIGHEST_QUALITY, QUALITY_STEPS
from restore.codecs.network.exact import ACTIVATION, LIMIT
from restore.errors import WeightsError

NODES = 9
"""Qualities that have a row of their own: 0, 12.5, … 100."""
NODE_DISTANCE = HIGHEST_QUALITY // (NODES - 1)
"""Steps of the stored quality from one node to the next."""


class QualityRows(nn.Module):
    """One row of values per node.

    Args:
        start: `(NODES, channels)`, the values at initialisation.
    """

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        self.values = nn.Parameter(start.clone())

    def forward(self, quality: Tensor) -> Tensor:
        """Interpolate.

        Args:
            quality: `(B,)`, 0..100.

        Returns:
            `(B, channels, 1, 1)`.
        """
        place = quality.to(self.values.dtype) * (QUALITY_STEPS / NODE_DISTANCE)
        node = place.floor().clamp(0, NODES - 2)
        rest = (place - node)[:, None]
        row = torch.lerp(self.values[node.long()], self.values[node.long() + 1], rest)
        return row[:, :, None, None]

    def exact(self, quality: int, device: torch.device) -> Tensor:
        """Interpolate in integers.

        Args:
            quality: 0..25600, as the header has it.
            device: of the result.

        Returns:
            `(channels, 1, 1)`, integers in units of `1 / ACTIVATION`, float64; equal on every device.

        Raises:
            WeightsError: a value is not finite or too large.
        """
        node = min(quality // NODE_DISTANCE, NODES - 2)
        rest = quality - node * NODE_DISTANCE
        pair = torch.floor(self.values[node : node + 2].detach().cpu().double() * ACTIVATION + 0.5)
        if not (pair.abs() <= LIMIT).all():
            raise WeightsError("the quality rows of the entropy networks are not finite or too large for fixed point")
        low, high = pair.long()
        mixed = (low * (NODE_DISTANCE - rest) + high * rest + NODE_DISTANCE // 2).div(
            NODE_DISTANCE, rounding_mode="floor"
        )
        row: Tensor = mixed.to(device).double()[:, None, None]
        return row


def zero_rows(channels: int) -> QualityRows:
    """Rows of zeros."""
    return QualityRows(torch.zeros(NODES, channels))
