"""Frames between two frames: arrays in, arrays out, with a network that was loaded once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restore.devices import pick_device
from restore.errors import UsageError, WeightsError
from restore.models.interpolator import Interpolator, InterpolatorConfig
from restore.models.motion import EFFORTS, Effort
from restore.models.stillness import hold_still
from restore.pipelines.samples import from_unit, to_unit
from restore.pretrained import Weights, load_weights

KIND = "interpolate.rnn"
"""What a weight file of this model calls itself."""
NAME = "interpolate"
"""Name of the released model, and role of its weights."""
DEFAULT_EFFORT = 2

Part = Literal["all", "newborn", "nostate", "onelevel", "fewsteps"]
"""What of the network works, to measure what a part earns: everything; the network as it is born; the recurrence with
its state forgotten before each step; the finest pyramid level alone; one step per level."""


class FrameInterpolator:
    """Makes frames between two.

    Args:
        network: on the CPU; it is moved.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        part: what of the network works.

    Raises:
        UsageError: the device is not available, or the part unknown.
    """

    def __init__(self, network: Interpolator, device: str | torch.device = "auto", *, part: Part = "all") -> None:
        if part not in get_args(Part):
            raise UsageError(f"part {part!r} is unknown; use one of {', '.join(get_args(Part))}")
        self.device = pick_device(device)
        self._part = part
        chosen = Interpolator(network.config) if part == "newborn" else network
        self._network = chosen.to(self.device).to(memory_format=torch.channels_last).eval().requires_grad_(False)

    def between(
        self, frame0: NDArray[Any], frame1: NDArray[Any], times: Sequence[float], *, effort: int | None = None
    ) -> list[NDArray[Any]]:
        """Frames at several times between two.

        Args:
            frame0: `(H, W, 3)` RGB, uint8 or uint16, any size.
            frame1: of the same shape and type.
            times: 0 is frame 0, 1 is frame 1.
            effort: 1, 2 or 3: how much work is spent on the motion; 2 unless given.

        Returns:
            One array per time, of the frames' shape and type.

        Raises:
            UsageError: frames that do not fit each other, a time outside 0..1, an unknown effort.
        """
        spent = self._effort(DEFAULT_EFFORT if effort is None else effort)
        if frame0.shape != frame1.shape or frame0.dtype != frame1.dtype or frame0.ndim != 3 or frame0.shape[2] != 3:
            raise UsageError(f"two frames of one size and depth are needed, not {frame0.shape} and {frame1.shape}")
        if not all(0 <= time <= 1 for time in times):
            raise UsageError(f"times lie between 0 and 1, not {', '.join(f'{time:g}' for time in times)}")
        ends = {0.0: frame0, 1.0: frame1}
        if np.array_equal(frame0, frame1):
            return [frame0.copy() for _ in times]
        made = iter(self._made(frame0, frame1, [time for time in times if time not in ends], spent))
        return [ends[time].copy() if time in ends else next(made) for time in times]

    @torch.inference_mode()
    def _made(
        self, frame0: NDArray[Any], frame1: NDArray[Any], times: Sequence[float], effort: Effort
    ) -> list[NDArray[Any]]:
        if not times:
            return []
        first, second = (self._tensor(frame) for frame in (frame0, frame1))
        motion = self._network.motion(first, second, effort)
        made = []
        for time in times:
            t = torch.tensor([time], dtype=torch.float32, device=self.device)
            frame = hold_still(first, second, self._network.render(first, second, motion, t), t)
            unit = frame[0].permute(1, 2, 0).clamp(0, 1).cpu().numpy()
            made.append(from_unit(unit, frame0.dtype))
        return made

    def _tensor(self, frame: NDArray[Any]) -> Tensor:
        unit = np.ascontiguousarray(to_unit(frame).transpose(2, 0, 1))
        return torch.from_numpy(unit)[None].to(self.device)

    def _effort(self, number: int) -> Effort:
        if number not in EFFORTS:
            raise UsageError(f"effort {number} is unknown: choose {', '.join(map(str, EFFORTS))}")
        chosen = EFFORTS[number]
        changed = {
            "nostate": replace(chosen, stateless=True),
            "onelevel": replace(chosen, levels=1),
            "fewsteps": replace(chosen, steps=1, finest_steps=1),
        }
        return changed.get(self._part, chosen)


def load_interpolator(weights: str | Path = NAME, device: str = "auto", *, part: Part = "all") -> FrameInterpolator:
    """Load an interpolator, once for many frames.

    Args:
        weights: a released model's name, a `.safetensors` file, or a folder that holds one, such as a training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        part: what of the network works.

    Raises:
        UsageError: the device is not available, or the part unknown.
        WeightsError: no such weights, damaged ones, or those of another model.
    """
    found = load_weights(weights)
    fitting = [one for one in found.values() if one.kind == KIND]
    if len(fitting) != 1:
        kinds = ", ".join(sorted({one.kind for one in found.values()}))
        raise WeightsError(
            f"{weights}: {len(fitting)} sets of weights of the interpolator there (found: {kinds}); name one file"
        )
    return FrameInterpolator(network_of(fitting[0]), device, part=part)


def network_of(weights: Weights) -> Interpolator:
    """The network of a weight file.

    Raises:
        WeightsError: its tensors do not fit its configuration.
    """
    try:
        network = Interpolator(InterpolatorConfig(**weights.config))
        network.load_state_dict(weights.tensors, strict=True)
    except (TypeError, RuntimeError) as error:
        raise WeightsError(
            f"the interpolator's weights do not fit its configuration ({error}): install restore anew"
        ) from error
    return network
