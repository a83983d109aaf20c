"""Two frames and the network: a tile of what lies between them at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from restore.models.interpolate.flow import Effort
from restore.models.interpolate.network import Interpolator
from restore.pipelines.interpolate.layers import Layers, backdrop_for, made_layers, samples_of
from restore.pipelines.interpolate.overview import Overview, factors, reduced


class Pair:
    """Two frames on their way through the network.

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
    def overview(self, pixels: int, effort: Effort) -> Overview:
        """The flows between the whole frames, found on copies of at most so many pixels."""
        height, width = self._frames[0].shape[:2]
        scale = factors(height, width, pixels)
        small0, small1 = (Layers.of(reduced(frame, scale), self._device) for frame in self._frames)
        motion = self._network.motion(small0.over(self._backdrop), small1.over(self._backdrop), effort)
        return Overview(motion.flow, scale)

    @torch.inference_mode()
    def tile(
        self, overview: Overview | None, times: Sequence[float], effort: Effort, rows: slice, columns: slice
    ) -> list[NDArray[np.float32]]:
        """One tile of the frames at several times.

        Args:
            overview: where the motion starts from; None where the tile is the whole.
            times: between 0 and 1.
            effort: how much work is spent on the motion.
            rows: of the tile.
            columns: of the tile.

        Returns:
            `(h, w, C)` per time, range 0..1.
        """
        first, second = (Layers.of(frame[rows, columns], self._device) for frame in self._frames)
        seen0, seen1 = first.over(self._backdrop), second.over(self._backdrop)
        start = None if overview is None else overview.inside(rows, columns)
        motion = self._network.motion(seen0, seen1, effort, start)

        def at(time: float) -> NDArray[np.float32]:
            t = torch.tensor([time], dtype=torch.float32, device=self._device)
            rendered = self._network.render(seen0, seen1, motion, t)
            return samples_of(made_layers(first, second, rendered, t, self._backdrop))

        return [at(time) for time in times]
