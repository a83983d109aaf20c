"""The recurrent network that makes the frame at any time between two.

    frames ── recurrence ── two flows, independent of t
                               │ splatted to t, gaps filled
          states ── warped  ── ├── frames, warped along them ── fusion network ── shifts, blend, residual
                               └── + shifts ── frames, warped again ── blended by visibility ── + ── frame at t

The layers that give corrections, visibility, shifts, blend and residual are zero-initialised. Untrained, the network is
an unrolled robust Lucas-Kanade solver whose flows are splatted to t and whose candidates are blended by how much
arrived there. The shifts are small corrections of the flows as seen at t, which can be learned from the made frame's
error alone (after IFRNet: Kong et al., CVPR 2022). The fusion network also sees the recurrence's states of both frames,
warped to t.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restore.devices import autocast
from restore.errors import WeightsError
from restore.models.filters import blur
from restore.models.interpolate.flow import EFFORTS, Effort, Motion, estimate_motion, resized
from restore.models.interpolate.recurrence import DISPLACEMENT_SCALE, Recurrence
from restore.models.interpolate.warping import resize_flow, splat, stays_inside, warp
from restore.models.layers import GatedBlock
from restore.tiling import pad_to_multiple

ERROR = 12 / 255
"""A pixel whose warp error is this large has a weight smaller by a factor of e."""
FAINT = 1e-3
"""Least weight of a pixel."""
ARRIVED = 0.05
"""A place where less than this weight arrived is filled from its surroundings."""
FILL = (18, 6.0)
"""Radius and deviation in pixels of the blur that fills gaps."""
UNSEEN = 0.02
"""Weight of a candidate that nothing arrived at."""
LEARNED = 0.1
"""Scale of the residual."""
SHIFT = 2.0
"""Scale of the shifts, in pixels."""
FUSED = 3 + 3 + 3 + 2 + 4 + 1
"""Input channels of the fusion network: candidates, their difference, arrived weights, flows, time."""


@dataclass(frozen=True)
class InterpolatorConfig:
    """Shape of the network. `SMALL` trains on two CPU cores, `BASE` wants a GPU."""

    hidden: int = 64
    """Channels of the recurrent state."""
    features: int = 24
    """Channels of the pictures' learned features."""
    fusion: tuple[int, ...] = (32, 64, 96)
    """Channels of the fusion network at 1/2, 1/4, 1/8, … of the resolution."""
    blocks: tuple[int, ...] = (1, 2, 2)
    """Blocks per level of the fusion network, on the way down and again on the way up."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fusion", tuple(self.fusion))
        object.__setattr__(self, "blocks", tuple(self.blocks))
        sizes: tuple[object, ...] = (self.hidden, self.features, *self.fusion, *self.blocks)
        if not self.fusion or not all(isinstance(size, int) and 1 <= size <= 1024 for size in sizes):
            raise WeightsError("the interpolator's configuration has an impossible width")
        if len(self.fusion) != len(self.blocks):
            raise WeightsError("the interpolator's fusion network needs one number of blocks per level")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the metadata of a weight file."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


SMALL = InterpolatorConfig()
BASE = InterpolatorConfig(hidden=128, features=48, fusion=(64, 128, 192), blocks=(2, 2, 3))
VARIANTS = {"small": SMALL, "base": BASE}


@dataclass(frozen=True)
class Rendered:
    """A made frame with its candidates and flows, each in one batch, those of frame 0 first."""

    frame: Tensor
    """`(B, 3, H, W)`, range about 0..1, not clamped."""
    candidates: Tensor
    """`(2B, 3, H, W)`: frame 0 and frame 1, warped to t."""
    flow: Tensor
    """`(2B, 2, H, W)`: the flows to the other frame, in pixels, as seen at t, shifts included."""
    share: Tensor
    """`(2B, 1, 1, 1)`: the part of each frame's flow that lies between the frame and t, 0..1."""
    weights: tuple[Tensor, Tensor]
    """`(B, 1, H, W)` each: weights of the two candidates, positive, of any sum."""

    def carrying(self, planes0: Tensor, planes1: Tensor) -> "Rendered":
        """Carry more channels along: they move and blend as the colours do; no residual is added to them.

        Args:
            planes0: `(B, C, H, W)`, further channels of frame 0, such as its alpha.
            planes1: those of frame 1.

        Returns:
            Frame and candidates of 3 + C channels.
        """
        fetched = warp(torch.cat([planes0, planes1]), -self.share * self.flow)
        first, second = fetched.chunk(2)
        blended = _blended(first, second, *self.weights)
        return replace(
            self, frame=torch.cat([self.frame, blended], dim=1), candidates=torch.cat([self.candidates, fetched], dim=1)
        )


class Fusion(nn.Module):
    """A U-Net from 1/2 of the resolution down: how to blend the candidates, and what to add.

    Args:
        widths: channels at 1/2, 1/4, … of the resolution.
        blocks: blocks per level.
        context: channels of the recurrence's state.
    """

    def __init__(self, widths: Sequence[int], blocks: Sequence[int], context: int) -> None:
        super().__init__()
        self.context_level = min(1, len(widths) - 1)
        self.remember = nn.Conv2d(2 * context, widths[self.context_level], 1)
        self.stride = 1 << len(widths)
        self.stem = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * FUSED, widths[0], 1))
        self.down = nn.ModuleList(_blocks(width, count) for width, count in zip(widths, blocks, strict=True))
        self.coarser = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in pairwise(widths))
        self.finer = nn.ModuleList(
            nn.Sequential(nn.Conv2d(coarse, 4 * fine, 1), nn.PixelShuffle(2)) for fine, coarse in pairwise(widths)
        )
        self.up = nn.ModuleList(_blocks(width, count) for width, count in zip(widths[:-1], blocks[:-1], strict=True))
        self.head = nn.Conv2d(widths[0], 4 * 4 + 4, 1)
        self.to_pixels = nn.PixelShuffle(2)
        for parameter in [*self.head.parameters(), *self.remember.parameters()]:
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """How to shift and blend the candidates, and what to add.

        Args:
            x: `(B, FUSED, H, W)`, any size.
            context: `(B, 2 * context, h, w)`, the recurrence's states of both frames, warped to t.

        Returns:
            `(B, 8, H, W)`: residual, blend, shifts of both flows.
        """
        height, width = x.shape[-2:]
        padded, undo = pad_to_multiple(x, self.stride)
        x = self.stem(padded)
        passed = []
        for level, blocks in enumerate(self.down):
            x = x if level == 0 else self.coarser[level - 1](x)
            if level == self.context_level:
                x = x + self._context_map(context, (height, width), (x.shape[-2], x.shape[-1]))
            x = blocks(x)
            passed.append(x)
        for level in range(len(self.up) - 1, -1, -1):
            x = self.up[level](passed[level] + self.finer[level](x))
        output = self.head(x)
        shifts = F.interpolate(output[:, 16:], scale_factor=2, mode="bilinear", align_corners=False)
        return undo(torch.cat([self.to_pixels(output[:, :16]), shifts], dim=1))

    def _context_map(self, context: Tensor, picture: tuple[int, int], size: tuple[int, int]) -> Tensor:
        """The context of a picture of this size, for a padded map of the other size."""
        stride = 2 << self.context_level
        covered = (-(-picture[0] // stride), -(-picture[1] // stride))
        features = resized(self.remember(context), covered)
        return F.pad(features, (0, size[1] - covered[1], 0, size[0] - covered[0]), mode="replicate")


class Interpolator(nn.Module):
    """The whole network.

    Args:
        config: its shape.

    Examples:
        >>> network = Interpolator(InterpolatorConfig(hidden=4, features=4, fusion=(4,), blocks=(1,)))
        >>> frame = torch.rand(1, 3, 20, 30)
        >>> made = network(frame, frame, torch.tensor([0.5]))
        >>> bool((made - frame).abs().max() < 1e-4)
        True
    """

    def __init__(self, config: InterpolatorConfig = SMALL) -> None:
        super().__init__()
        self.config = config
        self.recurrence = Recurrence(config.hidden, config.features)
        self.fusion = Fusion(config.fusion, config.blocks, config.hidden)

    def motion(
        self, frame0: Tensor, frame1: Tensor, effort: Effort = EFFORTS[2], start: Tensor | None = None
    ) -> Motion:
        """Both flows between two frames.

        Args:
            frame0: `(B, 3, H, W)`, range 0..1, any size from 1x1.
            frame1: of the same shape.
            effort: how much work to spend.
            start: `(2B, 2, H, W)`, the flows as far as they are known, in pixels; None is no motion.
        """
        return estimate_motion(self.recurrence, frame0, frame1, effort, start)

    def render(self, frame0: Tensor, frame1: Tensor, motion: Motion, t: Tensor) -> "Rendered":
        """Make the frame at t.

        Args:
            frame0: `(B, 3, H, W)`, range 0..1.
            frame1: of the same shape.
            motion: from `motion`.
            t: `(B,)`, 0..1.
        """
        time = t[:, None, None, None]
        share = torch.cat([time, 1 - time])
        frames, others = torch.cat([frame0, frame1]), torch.cat([frame1, frame0])
        error = (warp(others, motion.flow) - frames).abs().mean(1, keepdim=True)
        weight = torch.exp(-error / ERROR + motion.visibility) + FAINT
        moved, arrived = splat(motion.flow, share * motion.flow, weight)
        filled = blur(torch.cat([moved, arrived], dim=1), *FILL)
        flow = torch.where(arrived > ARRIVED, moved / (arrived + 1e-6), filled[:, :2] / (filled[:, 2:] + 1e-6))
        with autocast(frame0.device):
            seen = _fusion_input(warp(frames, -share * flow), arrived, share * flow, time)
            fused = self.fusion(seen, _states_at(motion.state, -share * flow))
        fused = fused.float()
        flow = flow + SHIFT * torch.cat([fused[:, 4:6], fused[:, 6:]])
        candidates = warp(frames, -share * flow)

        shown = (arrived.clamp(0, 1) * stays_inside(-share * flow) + UNSEEN) * (1 - share)
        first, second = candidates.chunk(2)
        shown0, shown1 = shown.chunk(2)
        weight0, weight1 = shown0 * torch.exp(fused[:, 3:4]), shown1 * torch.exp(-fused[:, 3:4])
        made = _blended(first, second, weight0, weight1) + 4 * time * (1 - time) * LEARNED * fused[:, :3]
        return Rendered(made, candidates, flow, share, (weight0, weight1))

    @torch.no_grad()
    def scale_fusion(self, scale: float) -> None:
        """Multiply the fusion network's output; 0 leaves the classical blend of the warped frames."""
        for parameter in self.fusion.head.parameters():
            parameter.mul_(scale)

    def forward(self, frame0: Tensor, frame1: Tensor, t: Tensor, effort: Effort = EFFORTS[2]) -> Tensor:
        """The frame at t in one go, `(B, 3, H, W)`; see `motion` and `render`."""
        return self.render(frame0, frame1, self.motion(frame0, frame1, effort), t).frame


def _fusion_input(candidates: Tensor, arrived: Tensor, flow: Tensor, time: Tensor) -> Tensor:
    """The input of the fusion network, `(B, FUSED, H, W)`."""
    first, second = candidates.chunk(2)
    return torch.cat(
        [
            4 * (first - 0.5),
            4 * (second - 0.5),
            10 * (first - second),
            *torch.log(arrived + UNSEEN).chunk(2),
            *torch.asinh(flow / DISPLACEMENT_SCALE).chunk(2),
            time.expand_as(first[:, :1]),
        ],
        dim=1,
    )


def _states_at(state: Tensor, flow: Tensor) -> Tensor:
    """The recurrence's states of both frames, warped to t along a flow: `(B, 2 hidden, h, w)`."""
    size = (state.shape[-2], state.shape[-1])
    return torch.cat(warp(state, resize_flow(flow, size)).chunk(2), dim=1)


def _blended(first: Tensor, second: Tensor, weight0: Tensor, weight1: Tensor) -> Tensor:
    return (weight0 * first + weight1 * second) / (weight0 + weight1)


def _blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(GatedBlock(width) for _ in range(count)))
