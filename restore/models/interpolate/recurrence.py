"""The recurrence of the interpolator: a ConvGRU that corrects Lucas-Kanade steps.

    described pictures ── warp ── Gauss-Newton step ── increment ── trust ───┐
                                       │                                     + ── flow, the prior of later steps
    features, consistency, state ── motion ── ConvGRU ── state ── correction ┘

One set of weights for every step and every level of the pyramid (UPR-Net: Jin et al., CVPR 2023; the recurrence itself
after RAFT: Teed and Deng, ECCV 2020). The last layer is zero-initialised, so the untrained network is the classical
solver. The forward and the backward flow go through it side by side; their consistency is an input of each, because
occlusions show in it.
"""

import torch
from torch import Tensor, nn

from restore.models.interpolate.lucas_kanade import Step
from restore.models.interpolate.warping import warp
from restore.models.layers import GatedBlock

COMPARE_RADIUS = 1
"""Features are compared with those of the pixels up to so far away, in pixels of the level."""
STIFFNESS_LEVELS = 3
"""Stiffnesses in the output: for the level itself, the next finer one, and those below."""
FLOW_CHANNELS, TRUST_CHANNEL, VISIBILITY_CHANNEL, STIFFNESS_CHANNELS = (
    slice(0, 2),
    slice(2, 3),
    slice(3, 4),
    slice(4, 4 + STIFFNESS_LEVELS),
)
"""Channels of the output: flow correction, trust in the increment, visibility, stiffnesses of the prior."""
HEAD_CHANNELS = 4 + STIFFNESS_LEVELS
"""Number of channels of the output."""
STEP_INPUTS = 2 + 6 + 1 + 4 + 2 + 2
"""Channels of a step: increment, differences, weight, structure, consistency, flow."""
CORRECTION_SCALE = 0.25
"""Scale of the flow correction, in pixels of the level."""
DISPLACEMENT_SCALE = 4.0
"""Displacements are fed to the network as asinh of them divided by this many pixels."""


class Separable(nn.Module):
    """A 1x1 layer and a depthwise 3x3 one.

    Args:
        inputs: channels in.
        outputs: channels out.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.pointwise = nn.Conv2d(inputs, outputs, 1)
        self.depthwise = nn.Conv2d(outputs, outputs, 3, padding=1, groups=outputs)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.depthwise(self.pointwise(x))
        return mixed


class ConvGRU(nn.Module):
    """A gated recurrent unit over a map (Ballas et al., ICLR 2016), its convolutions separable.

    Args:
        hidden: channels of the state.
        inputs: channels of the input of each step.
    """

    def __init__(self, hidden: int, inputs: int) -> None:
        super().__init__()
        self.gates = Separable(hidden + inputs, 2 * hidden)
        self.candidate = Separable(hidden + inputs, hidden)

    def forward(self, state: Tensor, x: Tensor) -> Tensor:
        """The next state, `(B, hidden, H, W)`, range -1..1."""
        keep, reset = torch.sigmoid(self.gates(torch.cat([state, x], dim=1))).chunk(2, dim=1)
        candidate = torch.tanh(self.candidate(torch.cat([reset * state, x], dim=1)))
        return torch.lerp(candidate, state, keep)


class Recurrence(nn.Module):
    """The corrections of all steps, with one set of weights.

    Args:
        hidden: channels of the state.
        features: channels of the pictures' learned features.
    """

    def __init__(self, hidden: int, features: int) -> None:
        super().__init__()
        self.hidden, self.features = hidden, features
        self.encoder = nn.Sequential(nn.Conv2d(3, features, 3, padding=1), GatedBlock(features), GatedBlock(features))
        compared = (2 * COMPARE_RADIUS + 1) ** 2
        self.motion = nn.Sequential(
            nn.Conv2d(STEP_INPUTS + compared + 2 * features, hidden, 1), nn.LeakyReLU(0.1), Separable(hidden, hidden)
        )
        self.gru = ConvGRU(hidden, hidden)
        self.head = nn.Sequential(nn.Conv2d(hidden, hidden, 1), nn.LeakyReLU(0.1), nn.Conv2d(hidden, HEAD_CHANNELS, 1))
        for parameter in self.head[-1].parameters():
            nn.init.zeros_(parameter)

    def start(self, x: Tensor) -> Tensor:
        """The state before the first step for pictures `(B, C, H, W)`."""
        return x.new_zeros(len(x), self.hidden, *x.shape[-2:])

    def encode(self, picture: Tensor) -> Tensor:
        """Learned features of a level of the pyramid.

        Args:
            picture: `(B, 3, H, W)`, range 0..1.

        Returns:
            `(B, features, H, W)`.
        """
        found: Tensor = self.encoder(4 * (picture - 0.5))
        return found

    def forward(
        self, state: Tensor, step: Step, flow: Tensor, fixed: Tensor, moved: Tensor, other_flow: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The correction of a step.

        Args:
            state: `(B, hidden, H, W)`.
            step: the classical step at this flow.
            flow: `(B, 2, H, W)` in pixels of this level.
            fixed: features of the pictures whose pixels the flow belongs to.
            moved: features of the other ones, warped by the flow.
            other_flow: the opposite flow.

        Returns:
            The next state, and `(B, HEAD_CHANNELS, H, W)`: flow correction, trust, visibility, stiffnesses.
        """
        consistency = flow + warp(other_flow, flow)
        seen = torch.cat(
            [
                step.increment,
                10 * step.difference,
                step.weight,
                _shape_of(step.structure),
                torch.asinh(consistency / DISPLACEMENT_SCALE),
                torch.asinh(flow / DISPLACEMENT_SCALE),
                _compare(fixed, moved),
                fixed,
                moved,
            ],
            dim=1,
        )
        state = self.gru(state, self.motion(seen))
        output: Tensor = self.head(state)
        return state, output


def _shape_of(structure: Tensor) -> Tensor:
    """How much texture there is, in logarithms, and which way it runs: `(B, 4, H, W)`."""
    xx, xy, yy = structure.chunk(3, dim=1)
    trace = xx + yy
    coherence = torch.cat([xx - yy, 2 * xy], dim=1) / trace
    return torch.cat([torch.log(trace) / 4, coherence, coherence.square().sum(1, keepdim=True)], dim=1)


def _compare(fixed: Tensor, moved: Tensor) -> Tensor:
    """Products of features with those of the pixels around, `(B, (2 COMPARE_RADIUS + 1)², H, W)`."""
    height, width = fixed.shape[-2:]
    padded = nn.functional.pad(moved, (COMPARE_RADIUS,) * 4, mode="replicate")
    places = [(row, column) for row in range(2 * COMPARE_RADIUS + 1) for column in range(2 * COMPARE_RADIUS + 1)]
    return torch.cat(
        [(fixed * padded[..., r : r + height, c : c + width]).mean(1, keepdim=True) for r, c in places], dim=1
    )
