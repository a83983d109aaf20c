"""A perceptual distance on SqueezeNet features, for losses and for the bench.

The distance of Zhang et al. (CVPR 2018) without learned weights: unit-normalised features of seven layers, squared
difference summed over channels, mean over space and layers. The network is torchvision's SqueezeNet v1.0; its weights
are never part of a release: `--perceptual FILE` names a safetensors file of them, `--perceptual torchvision` lets
torchvision fetch its own. torchvision is imported only when a network is made, because it takes seconds.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from restore.errors import WeightsError

LEAST_SIDE = 35
"""Smallest picture side in pixels that the network can work on."""


class SqueezeFeatures(nn.Module):
    """Features of torchvision's SqueezeNet v1.0 after relu1, fire3 and fire5 to fire9, of unit length per position."""

    TAPS = (1, 4, 7, 8, 9, 10, 12)
    """Indices of those layers in torchvision's `features`."""

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models import squeezenet1_0

        self.features: nn.Sequential = squeezenet1_0().features
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[None, :, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225])[None, :, None, None], persistent=False)
        self.mean: Tensor
        self.deviation: Tensor

    def forward(self, x: Tensor) -> list[Tensor]:
        """Args: `(B, 3, H, W)`, range 0..1, at least `LEAST_SIDE` px a side. Returns seven maps `(B, C, h, w)`."""
        x = (x - self.mean) / self.deviation
        taps = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.TAPS:
                taps.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10) if not x.requires_grad else _unit(x))
        return taps


class PerceptualReference:
    """Distances from one original after another, whose features are taken once and not once per method.

    Args:
        source: file of the perceptual network, or `torchvision`.
        device: where it runs.

    Raises:
        WeightsError: the network cannot be loaded.
    """

    def __init__(self, source: str, device: torch.device) -> None:
        self._network = load_perceptual(source).to(device)
        self._device = device
        self._original: list[Tensor] = []

    def set_original(self, original: npt.NDArray[np.uint8]) -> None:
        """Take the features of `(H, W, 3)`, range 0..255, that the following distances are from."""
        self._original = self._features(original)

    def distance(self, picture: npt.NDArray[np.uint8]) -> float:
        """The perceptual distance of a picture of the original's shape; 0 for an equal one."""
        with torch.inference_mode():
            return float(feature_distance(self._original, self._features(picture)))

    def _features(self, picture: npt.NDArray[np.uint8]) -> list[Tensor]:
        with torch.inference_mode():
            batch = torch.tensor(picture, device=self._device).permute(2, 0, 1)[None].float() / 255
            features: list[Tensor] = self._network(batch)
            return features


def _unit(x: Tensor) -> Tensor:
    """Unit length per position, with a gradient that stays finite where all channels are zero."""
    return x * torch.rsqrt(x.square().sum(1, keepdim=True) + 1e-8)


def perceptual_distance(network: SqueezeFeatures, first: Tensor, second: Tensor) -> Tensor:
    """Distance per sample: two `(B, 3, H, W)` in 0..1 to `(B,)`; 0 for equal pictures."""
    return feature_distance(network(first), network(second))


def feature_distance(first: list[Tensor], second: list[Tensor]) -> Tensor:
    """The distance on features already taken, `(B,)`."""
    terms = [(a - b).square().sum(1).mean((1, 2)) for a, b in zip(first, second, strict=True)]
    return torch.stack(terms).mean(0)


def load_perceptual(source: str | Path) -> SqueezeFeatures:
    """Load the perceptual network.

    Args:
        source: a safetensors file with torchvision's names of SqueezeNet v1.0, or `"torchvision"`.

    Raises:
        WeightsError: the file is missing, damaged or holds another network.
    """
    network = SqueezeFeatures()
    tensors = _from_torchvision() if str(source) == "torchvision" else _from_file(Path(source))
    wanted = {name: tensor.float() for name, tensor in tensors.items() if name.startswith("features")}
    try:
        network.load_state_dict(wanted, strict=True)
    except RuntimeError as error:
        raise WeightsError(
            f"{source} does not hold SqueezeNet v1.0 with torchvision's names; name another file"
        ) from error
    return network.eval().requires_grad_(False)


def _from_file(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except OSError as error:
        raise WeightsError(f"cannot read the perceptual network {path}: {error.strerror or error}") from error
    except SafetensorError as error:
        raise WeightsError(
            f"{path} is not a whole safetensors file ({error}); name another with --perceptual"
        ) from error


def _from_torchvision() -> dict[str, Tensor]:
    from torchvision.models import SqueezeNet1_0_Weights, squeezenet1_0

    try:
        return dict(squeezenet1_0(weights=SqueezeNet1_0_Weights.IMAGENET1K_V1).state_dict())
    except OSError as error:
        raise WeightsError(
            f"torchvision could not fetch SqueezeNet ({error}); name a file with --perceptual FILE"
        ) from error
