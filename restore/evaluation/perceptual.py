"""The perceptual network as a bench uses it: it looks at each original once and not once per method."""

import numpy as np
import numpy.typing as npt
import torch

from restore.models.perceptual import feature_distance, load_perceptual

LEAST_SIDE = 35
"""Smallest picture side in pixels that the network can look at."""

Samples = npt.NDArray[np.uint8]


class Judge:
    """Distances from one original after another.

    Args:
        source: file of the perceptual network, or `torchvision`.
        device: where it runs.

    Raises:
        WeightsError: the network cannot be loaded.
    """

    def __init__(self, source: str, device: torch.device) -> None:
        self._network = load_perceptual(source).to(device)
        self._device = device
        self._original: list[torch.Tensor] = []

    def look_at(self, original: Samples) -> None:
        """Take the features that the following distances are from: `(H, W, 3)`, range 0..255."""
        self._original = self._features(original)

    def distance(self, picture: Samples) -> float:
        """The perceptual distance of a picture of the same shape; 0 for an equal one."""
        with torch.inference_mode():
            return float(feature_distance(self._original, self._features(picture)))

    def _features(self, picture: Samples) -> list[torch.Tensor]:
        with torch.inference_mode():
            batch = torch.tensor(picture, device=self._device).permute(2, 0, 1)[None].float() / 255
            features: list[torch.Tensor] = self._network(batch)
            return features
