"""Grey and transparent frames for a network that knows opaque colour.

    colour, alpha ── laid over a backdrop ── network ── made, still over the backdrop ───┐
            alpha ── moved by the same flows, blended by the same weights ── made alpha ─┴── backdrop off ── colour

What is laid over a backdrop is linear in alpha times colour, so the colour that hides under full transparency never
bleeds into a rim. The backdrop is black or white in each channel, whichever is further from what the frames show: over
grey, a grey shape would be invisible, and its alpha would cross-fade instead of moving.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restore.images.samples import peak, to_unit
from restore.models.interpolate.network import Rendered
from restore.models.interpolate.stillness import hold_still

FAINT = 0.5 / 255
"""Up to this alpha a pixel's colour is lost in it, and the hidden colours of both frames are blended in place."""


def full_alpha(frame: NDArray[Any]) -> bool:
    """Whether a frame `(H, W, 2)` or `(H, W, 4)`, alpha last, is opaque everywhere."""
    return bool((frame[..., -1] >= peak(frame.dtype)).all())


def backdrop_for(frame0: NDArray[Any], frame1: NDArray[Any]) -> NDArray[np.float32]:
    """The backdrop that two frames stand out from.

    Args:
        frame0: `(H, W, 2)` or `(H, W, 4)`, alpha last: uint8, uint16 or float 0..1.
        frame1: of the same shape and type.

    Returns:
        `(3,)`, each 0 or 1.
    """
    shown, seen = np.zeros(3), 0.0
    for frame in (frame0, frame1):
        shown += np.einsum("hwc,hw->c", frame[..., :-1], frame[..., -1], dtype=np.float64, casting="unsafe")
        seen += float(frame[..., -1].sum(dtype=np.float64))
    return (2 * shown < peak(frame0.dtype) * seen).astype(np.float32)


@dataclass(frozen=True)
class Layers:
    """A frame, or a tile of one, as the network takes it."""

    colour: Tensor
    """`(1, 3, H, W)`, range 0..1, as its file holds it."""
    alpha: Tensor | None
    """`(1, 1, H, W)`, range 0..1."""
    grey: bool
    """The three channels are one."""

    @classmethod
    def of(cls, frame: NDArray[Any], device: torch.device) -> "Layers":
        """Look at `(H, W, C)` samples; C is 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha."""
        planes = torch.from_numpy(np.ascontiguousarray(to_unit(frame).transpose(2, 0, 1)))[None].to(device)
        channels = planes.shape[1]
        colour = planes[:, :3] if channels >= 3 else planes[:, :1].expand(-1, 3, -1, -1)
        return cls(colour, planes[:, -1:] if channels in (2, 4) else None, channels < 3)

    def over(self, backdrop: Tensor) -> Tensor:
        """What is seen of it over a backdrop `(1, 3, 1, 1)`: `(1, 3, H, W)`."""
        return self.colour if self.alpha is None else torch.lerp(backdrop, self.colour, self.alpha)


def made_layers(first: Layers, second: Layers, rendered: Rendered, t: Tensor, backdrop: Tensor) -> Layers:
    """What the network rendered, as layers like those of the two frames.

    Args:
        first: frame 0.
        second: frame 1, with alpha if frame 0 has it.
        rendered: of both frames over the backdrop.
        t: `(1,)`, 0..1.
        backdrop: `(1, 3, 1, 1)`, range 0..1.
    """
    seen0, seen1 = first.over(backdrop), second.over(backdrop)
    if first.alpha is None or second.alpha is None:
        return Layers(hold_still(seen0, seen1, rendered, t), None, first.grey)
    with_alpha = rendered.carrying(first.alpha, second.alpha)
    whole0, whole1 = torch.cat([seen0, first.alpha], dim=1), torch.cat([seen1, second.alpha], dim=1)
    made = hold_still(whole0, whole1, with_alpha, t)
    alpha = made[:, 3:].clamp(0, 1)
    colour = backdrop + (made[:, :3] - backdrop) / alpha.clamp_min(FAINT)
    hidden = torch.lerp(first.colour, second.colour, t[:, None, None, None])
    return Layers(torch.where(alpha > FAINT, colour, hidden), alpha, first.grey)


def samples_of(layers: Layers) -> NDArray[np.float32]:
    """Layers as `(H, W, C)` samples in 0..1, of the channels that `Layers.of` took."""
    colour = layers.colour.mean(1, keepdim=True) if layers.grey else layers.colour
    planes = colour if layers.alpha is None else torch.cat([colour, layers.alpha], dim=1)
    samples: NDArray[np.float32] = planes[0].permute(1, 2, 0).clamp(0, 1).cpu().numpy()
    return samples
