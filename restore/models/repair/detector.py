"""The network that marks damage, pixel by pixel.

    picture ── grey ── top-hats, lines ──┬────────────────────── best threshold ──── + ── logits
         └── colours in bands ───────────┴── 1/2 ─────────────── + ── 1/2 ── head ──┘
                                              └─ 1/4 ─── + ── 1/4 ─┘
                                                  └─ …  ──┘

The head is zero-initialised, so the untrained network marks what lies above the best threshold on a top-hat, the
classical detector, and learns what that gets wrong: which hairs, wires and highlights belong to the picture. The finest
features hold the pixels of a 2x2 square side by side: at half the resolution a scratch one pixel wide is still there,
at a quarter of the cost. Features are normalised pixel by pixel: over a
whole tile it would make a mark depend on the rest of it.
"""

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restore.models.filters import FREQUENCY_BANDS, in_frequency_bands
from restore.models.layers import GatedBlock, Pointwise
from restore.models.repair.responses import RESPONSES, SIDES, damage_responses

KIND = "repair.detector"
"""What weight files of the detector call themselves."""
RESPONSE_GAIN = 6.0
"""What brings responses to about unit deviation where there is damage."""
INPUTS = 3 * (len(FREQUENCY_BANDS) + 1) + RESPONSES
"""Channels the network sees: the colours in bands, and the responses."""
DECIDING = SIDES.index(11), len(SIDES) + SIDES.index(11)
"""The responses that the classical detector looks at: top-hats of one side, light and dark."""
THRESHOLD = 0.2
"""Its threshold, range 0..1."""
SLOPE, STEEPEST = 40.0, 4.0
"""Logits per unit of the top-hat at initialisation, and the largest logit that it gives."""


@dataclass(frozen=True)
class DetectorConfig:
    """Shape of the detector."""

    widths: tuple[int, ...] = (40, 64, 128, 192)
    """Channels at 1/2, 1/4, 1/8, … of the picture's resolution."""
    encoder: tuple[int, ...] = (1, 1, 2)
    """Blocks per level on the way down, all levels but the last."""
    middle: int = 3
    """Blocks at the coarsest level."""
    decoder: tuple[int, ...] = (1, 2, 2)
    """Blocks per level on the way up, finest level first."""

    def __post_init__(self) -> None:
        for name in ("widths", "encoder", "decoder"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        levels = len(self.widths)
        if levels < 2 or len(self.encoder) != levels - 1 or len(self.decoder) != levels - 1:
            raise ValueError("encoder and decoder need one entry per level but the coarsest")
        if min(self.widths) < 2 or min(*self.encoder, *self.decoder, self.middle) < 0:
            raise ValueError("widths must be at least 2, block counts not negative")

    @property
    def stride(self) -> int:
        """Height and width of the input must be multiples of this many pixels."""
        return 1 << len(self.widths)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the metadata of a weight file."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


class Detector(nn.Module):
    """Marks damage in a picture.

    Examples:
        >>> detector = Detector(DetectorConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,)))
        >>> picture = torch.full((1, 3, 16, 16), 0.5)
        >>> picture[..., 8] = 1.0
        >>> torch.equal(detector(picture)[0, 0] > 0, picture[0, 0] == 1)
        True
    """

    def __init__(self, config: DetectorConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or DetectorConfig()
        widths = config.widths
        self.stem = nn.Sequential(nn.PixelUnshuffle(2), Pointwise(4 * INPUTS, widths[0]))
        self.encoder = nn.ModuleList(
            _blocks(width, count) for width, count in zip(widths, config.encoder, strict=False)
        )
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in pairwise(widths))
        self.middle = _blocks(widths[-1], config.middle)
        self.up = nn.ModuleList(
            nn.Sequential(Pointwise(coarse, 4 * fine), nn.PixelShuffle(2)) for fine, coarse in pairwise(widths)
        )
        self.merge = nn.ModuleList(Pointwise(2 * width, width) for width in widths[:-1])
        self.decoder = nn.ModuleList(
            _blocks(width, count) for width, count in zip(widths, config.decoder, strict=False)
        )
        self.head = nn.Conv2d(widths[0], 4, 3, padding=1)
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)

    @torch.no_grad()
    def shift(self, logits: float) -> None:
        """Add a constant to what it says of every pixel."""
        if self.head.bias is not None:
            self.head.bias += logits

    def forward(self, picture: Tensor) -> Tensor:
        """How likely each pixel is damage.

        Args:
            picture: `(B, 3, H, W)`, range 0..1; H and W are multiples of `config.stride`.

        Returns:
            Logits, `(B, 1, H, W)`; above 0 damage is the likelier.

        Raises:
            ValueError: H or W is no multiple of the stride.
        """
        if picture.shape[-2] % self.config.stride or picture.shape[-1] % self.config.stride:
            raise ValueError(
                f"height and width must be multiples of {self.config.stride}, got {tuple(picture.shape[-2:])}"
            )
        responses = damage_responses(picture.mean(1, keepdim=True))
        inputs = torch.cat([*in_frequency_bands(picture), RESPONSE_GAIN * responses], dim=1)
        x = self.encoder[0](self.stem(inputs.contiguous(memory_format=torch.channels_last)))
        skips = [x]
        for blocks, down in zip(self.encoder[1:], self.down[:-1], strict=True):
            x = blocks(down(x))
            skips.append(x)
        x = self.middle(self.down[-1](x))
        for level in reversed(range(len(skips))):
            x = self.merge[level](torch.cat([self.up[level](x), skips.pop()], dim=1))
            x = self.decoder[level](x)
        learned: Tensor = F.pixel_shuffle(self.head(x), 2)
        return threshold_logits(responses) + learned


def threshold_logits(responses: Tensor) -> Tensor:
    """What the classical detector says, `(B, 1, H, W)`, above 0 where a top-hat is above its threshold.

    Args:
        responses: of `damage_responses`, `(B, RESPONSES, H, W)`.
    """
    light, dark = DECIDING
    return top_hat_logits(torch.maximum(responses[:, light, None], responses[:, dark, None]))


def top_hat_logits(strongest: Tensor) -> Tensor:
    """The same of the stronger of the two responses that are numbered in `DECIDING`, any shape."""
    return (SLOPE * (strongest - THRESHOLD)).clamp(-STEEPEST, STEEPEST)


def _blocks(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(GatedBlock(channels, normalised=True) for _ in range(count)))
