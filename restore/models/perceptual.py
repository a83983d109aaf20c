"""A perceptual distance on SqueezeNet features, for losses and for the bench.

The distance of Zhang et al. (CVPR 2018) without learned weights: unit-normalised features of seven layers, squared
difference summed over channels, mean over space and layers. The network is never part of a release: `--perceptual FILE`
names a safetensors file of SqueezeNet v1.0, `--perceptual torchvision` lets torchvision fetch its own.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restore.errors import WeightsError


class Fire(nn.Module):
    """SqueezeNet's building block: squeeze by 1x1, expand by 1x1 and 3x3 (names as in torchvision)."""

    def __init__(self, channels: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return F.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], dim=1))


class SqueezeFeatures(nn.Module):
    """Features of SqueezeNet v1.0 after relu1, fire3 and fire5 to fire9, each of unit length per position."""

    TAPS = (1, 4, 7, 8, 9, 10, 12)

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 96, 7, stride=2),
            nn.ReLU(),
            _pool(),
            Fire(96, 16, 64),
            Fire(128, 16, 64),
            Fire(128, 32, 128),
            _pool(),
            Fire(256, 32, 128),
            Fire(256, 48, 192),
            Fire(384, 48, 192),
            Fire(384, 64, 256),
            _pool(),
            Fire(512, 64, 256),
        )
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[None, :, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225])[None, :, None, None], persistent=False)
        self.mean: Tensor
        self.deviation: Tensor

    def forward(self, x: Tensor) -> list[Tensor]:
        """Args: `(B, 3, H, W)`, range 0..1, at least 35 px a side. Returns seven maps `(B, C, h, w)`."""
        x = (x - self.mean) / self.deviation
        taps = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.TAPS:
                taps.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10) if not x.requires_grad else _unit(x))
        return taps


def _unit(x: Tensor) -> Tensor:
    """Unit length per position, with a gradient that stays finite where all channels are zero."""
    return x * torch.rsqrt(x.square().sum(1, keepdim=True) + 1e-8)


def _pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, 2, ceil_mode=True)


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
    try:
        from torchvision.models import SqueezeNet1_0_Weights, squeezenet1_0
    except ImportError as error:
        raise WeightsError("torchvision is not installed; run: pip install torchvision") from error
    try:
        return dict(squeezenet1_0(weights=SqueezeNet1_0_Weights.IMAGENET1K_V1).state_dict())
    except OSError as error:
        raise WeightsError(
            f"torchvision could not fetch SqueezeNet ({error}); name a file with --perceptual FILE"
        ) from error
