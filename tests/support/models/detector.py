"""Small networks that find damage, pictures with a scratch and a spot, and marks grown by looking at every pixel."""

import numpy as np
import torch
from numpy.typing import NDArray

from restore.models.repair.detector import Detector, DetectorConfig

TINY = DetectorConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))
GROUND, LIGHT = 90, 230


def tiny_detector() -> Detector:
    """An untrained network, which marks what a top-hat finds."""
    return Detector(TINY)


def random_detector(seed: int = 0) -> Detector:
    """A network whose learned part looks at everything it can see."""
    network = Detector(TINY)
    draw = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draw) * 0.5 / max(1, parameter[0].numel()) ** 0.5
    network.head.bias.data.fill_(-2.0)
    network.head.weight.data *= 4
    return network


def damaged(height: int = 60, width: int = 80, dtype: type = np.uint8) -> NDArray[np.generic]:
    """A flat ground with a light scratch of 2 x 40 px at row 10 and column 20, and a spot of 3 x 3 px at (40, 60)."""
    scale = np.iinfo(dtype).max // 255
    picture = np.full((height, width, 3), GROUND * scale, dtype)
    picture[10:12, 20:60] = LIGHT * scale
    picture[40:43, 60:63] = LIGHT * scale
    return picture


def light(picture: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Where `damaged` is damaged."""
    found: NDArray[np.bool_] = picture[..., 0] > 150 * (np.iinfo(picture.dtype).max // 255)
    return found


def near(marked: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Pixels within `radius` and a half of a marked one, found by measuring every distance."""
    rows, columns = np.nonzero(marked)
    down = np.arange(marked.shape[0])[:, None, None] - rows
    across = np.arange(marked.shape[1])[None, :, None] - columns
    found: NDArray[np.bool_] = (down**2 + across**2 <= (radius + 0.5) ** 2).any(axis=2)
    return found
