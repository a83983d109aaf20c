"""One tile of a pair of frames through the network: grey and transparent samples in, made samples out.

    colour, alpha ── laid over a backdrop ── network ── made colour over the backdrop ──┐
            alpha ── moved by the same flows, blended by the same weights ── made alpha ┴─ backdrop taken off ─ samples

The network takes opaque RGB. What is laid over a backdrop is linear in alpha times colour, so the colour that hides
under full transparency never bleeds into a rim. The backdrop is black or white in each channel, whichever is further
from what the frames show: over grey, a grey shape would be invisible, and its alpha would cross-fade instead of moving.

What stands still in both frames (subtitles, logos, black bars) is put back last: a flow drags the rim of a logo along
with the ground. Where both frames are equal, their common value is taken, unless something that both frames show passes
through there at t: then the two fetched candidates agree although the flow is large. (A ball in front of an even sky
must not vanish because the sky is equal before and after it.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from restore.images.samples import peak, to_unit
from restore.models.interpolate.flow import Effort
from restore.models.interpolate.network import Interpolator, Rendered
from restore.pipelines.interpolate.tiles import CoarseMotion, reduced, reduction

FAINT_ALPHA = 0.5 / 255
"""Up to this alpha a pixel's colour is lost in it, and the hidden colours of both frames are blended in place."""
EQUAL = 1.5 / 255
"""Largest difference in any channel of pixels that count as equal."""
STILL_RADIUS = 2
"""Half a side, in pixels, of the square that must be equal as a whole to count as still."""
MOVING = 1.0
"""Least length in pixels of a flow that counts as motion."""
AGREEING = 4 / 255
"""Candidates that differ by less show the same content."""


class FramePair:
    """Two frames and the network that makes what lies between them.

    Args:
        network: on the device where it is to work.
        device: that device.
        frame0: `(H, W, C)`, uint8, uint16 or float 0..1; C is 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
        frame1: of the same shape and type.
    """

    def __init__(self, network: Interpolator, device: torch.device, frame0: NDArray[Any], frame1: NDArray[Any]) -> None:
        self._network, self._device, self._frames = network, device, (frame0, frame1)
        backdrop = backdrop_for(frame0, frame1) if frame0.shape[2] in (2, 4) else np.zeros(3, np.float32)
        self._backdrop = torch.from_numpy(backdrop).to(device)[None, :, None, None]

    @torch.inference_mode()
    def coarse_motion(self, pixels: int, effort: Effort) -> CoarseMotion:
        """The flows between the whole frames, found on reduced copies of at most so many pixels."""
        height, width = self._frames[0].shape[:2]
        scale = reduction(height, width, pixels)
        small0, small1 = (Layers.of(reduced(frame, scale), self._device) for frame in self._frames)
        motion = self._network.motion(small0.over(self._backdrop), small1.over(self._backdrop), effort)
        return CoarseMotion(motion.flow, scale)

    @torch.inference_mode()
    def render(
        self, coarse: CoarseMotion | None, times: Sequence[float], effort: Effort, rows: slice, columns: slice
    ) -> list[NDArray[np.float32]]:
        """One tile of the frames at several times; the flows are found once for all of them.

        Args:
            coarse: flows to start from; None where the tile is the whole frame.
            times: between 0 and 1.
            effort: how much work is spent on the motion.
            rows: of the tile.
            columns: of the tile.

        Returns:
            `(h, w, C)` per time, range 0..1.
        """
        first, second = (Layers.of(frame[rows, columns], self._device) for frame in self._frames)
        visible0, visible1 = first.over(self._backdrop), second.over(self._backdrop)
        start = None if coarse is None else coarse.inside(rows, columns)
        motion = self._network.motion(visible0, visible1, effort, start)
        made = []
        for time in times:
            t = torch.tensor([time], dtype=torch.float32, device=self._device)
            rendered = self._network.render(visible0, visible1, motion, t)
            made.append(compose_layers(first, second, rendered, t, self._backdrop).samples())
        return made


@dataclass(frozen=True)
class Layers:
    """Colour and alpha of a frame, or of a tile of one, on the network's device."""

    colour: Tensor
    """`(1, 3, H, W)`, range 0..1, not premultiplied."""
    alpha: Tensor | None
    """`(1, 1, H, W)`, range 0..1; None where the frame has none."""
    grey: bool
    """Whether the three channels are one."""

    @classmethod
    def of(cls, frame: NDArray[Any], device: torch.device) -> "Layers":
        """The layers of `(H, W, C)` samples; C is 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha."""
        planes = torch.from_numpy(np.ascontiguousarray(to_unit(frame).transpose(2, 0, 1)))[None].to(device)
        channels = planes.shape[1]
        colour = planes[:, :3] if channels >= 3 else planes[:, :1].expand(-1, 3, -1, -1)
        return cls(colour, planes[:, -1:] if channels in (2, 4) else None, channels < 3)

    def over(self, backdrop: Tensor) -> Tensor:
        """The layers laid over a backdrop `(1, 3, 1, 1)`: `(1, 3, H, W)`."""
        return self.colour if self.alpha is None else torch.lerp(backdrop, self.colour, self.alpha)

    def samples(self) -> NDArray[np.float32]:
        """The inverse of `of`: `(H, W, C)` samples in 0..1."""
        colour = self.colour.mean(1, keepdim=True) if self.grey else self.colour
        planes = colour if self.alpha is None else torch.cat([colour, self.alpha], dim=1)
        samples: NDArray[np.float32] = planes[0].permute(1, 2, 0).clamp(0, 1).cpu().numpy()
        return samples


def is_opaque(frame: NDArray[Any]) -> bool:
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
    colour, alpha = np.zeros(3), 0.0
    for frame in (frame0, frame1):
        colour += np.einsum("hwc,hw->c", frame[..., :-1], frame[..., -1], dtype=np.float64, casting="unsafe")
        alpha += float(frame[..., -1].sum(dtype=np.float64))
    return (2 * colour < peak(frame0.dtype) * alpha).astype(np.float32)


def compose_layers(first: Layers, second: Layers, rendered: Rendered, t: Tensor, backdrop: Tensor) -> Layers:
    """The rendered frame as layers like those of the two frames.

    Args:
        first: frame 0.
        second: frame 1, with alpha if frame 0 has it.
        rendered: made of both frames over the backdrop.
        t: `(1,)`, 0..1.
        backdrop: `(1, 3, 1, 1)`, range 0..1.
    """
    visible0, visible1 = first.over(backdrop), second.over(backdrop)
    if first.alpha is None or second.alpha is None:
        return Layers(hold_still(visible0, visible1, rendered, t), None, first.grey)
    with_alpha = rendered.carrying(first.alpha, second.alpha)
    whole0, whole1 = torch.cat([visible0, first.alpha], dim=1), torch.cat([visible1, second.alpha], dim=1)
    made = hold_still(whole0, whole1, with_alpha, t)
    alpha = made[:, 3:].clamp(0, 1)
    colour = backdrop + (made[:, :3] - backdrop) / alpha.clamp_min(FAINT_ALPHA)
    hidden = torch.lerp(first.colour, second.colour, t[:, None, None, None])
    return Layers(torch.where(alpha > FAINT_ALPHA, colour, hidden), alpha, first.grey)


def hold_still(frame0: Tensor, frame1: Tensor, rendered: Rendered, t: Tensor) -> Tensor:
    """The made frame with still parts put back.

    Args:
        frame0: `(B, C, H, W)`, range 0..1.
        frame1: of the same shape.
        rendered: from `Interpolator.render`.
        t: `(B,)`, 0..1.

    Returns:
        `(B, C, H, W)`.
    """
    still = _opened((frame1 - frame0).abs().amax(1, keepdim=True) <= EQUAL)
    first, second = rendered.candidates.chunk(2)
    same = (first - second).abs().amax(1, keepdim=True) <= AGREEING
    length = rendered.flow.norm(dim=1, keepdim=True)
    moving = torch.maximum(*length.chunk(2)) >= MOVING
    held = torch.lerp(frame0, frame1, t[:, None, None, None])
    return torch.where(still & ~(same & moving), held, rendered.frame)


def _opened(mask: Tensor) -> Tensor:
    """The morphological opening of a mask by a square: specks are gone, straight rims are as they were."""
    side = 2 * STILL_RADIUS + 1
    outside = F.max_pool2d((~mask).float(), side, stride=1, padding=STILL_RADIUS)
    return F.max_pool2d(1 - outside, side, stride=1, padding=STILL_RADIUS) > 0
