"""`restore.interpolate`: frames between two frames, with a network that was loaded once.

    images ── arrays ── plan: whole, or tiles ── FramePair.render, tile by tile ── compose_tiles ── arrays ── images

A frame goes through the network whole where it fits. Where memory runs out, or `max_memory` is small, it goes in tiles,
and the size that fitted is kept for the frames that follow. The flows are found once for all times between two frames.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from restore.devices import is_out_of_memory, pick_device
from restore.errors import RestoreError, UsageError, WeightsError
from restore.images.samples import from_unit, peak
from restore.models.interpolate.flow import EFFORTS, Effort
from restore.models.interpolate.network import Interpolator, InterpolatorConfig
from restore.pipelines.interpolate.images import between_images
from restore.pipelines.interpolate.rendering import FramePair, is_opaque
from restore.pipelines.interpolate.tiles import SMALLEST, TilePlan, compose_tiles, plan_tiles
from restore.pretrained import Weights, load_kind

KIND = "interpolate.rnn"
"""The model's kind in a weight file's metadata."""
NAME = "interpolate"
"""Name of the released model, and role of its weights."""
DEFAULT_EFFORT = 2
BYTES_PER_PIXEL = 1800
"""Memory that a tile of a frame takes at its peak, per pixel, measured on a CPU at every effort, also with alpha:
1050 to 1300 with the small network, up to 1800 with the large one and several times."""

Part = Literal["all", "untrained", "nostate", "onelevel", "fewsteps"]
"""Which parts of the network are used, to measure what a part earns: all; the network at initialisation; the recurrence
with its state reset before each step; the finest pyramid level alone; one step per level."""

_log = logging.getLogger(__name__)


class FrameInterpolator:
    """Makes frames between two.

    Args:
        network: on the CPU; it is moved.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        part: which parts of the network are used; see `Part`.
        max_memory: bytes that the network's work may take beside the weights and the frames themselves; None is what
            there is. It decides into which tiles a frame is cut, so it can change the result a little.

    Attributes:
        device: where the frames are made.

    Raises:
        UsageError: the device is not available, the part unknown, or the memory too little for the smallest tile.

    Examples:
        >>> network = Interpolator(InterpolatorConfig(hidden=4, features=4, fusion=(4,), blocks=(1,)))
        >>> black, white = np.zeros((20, 30, 3), np.uint8), np.full((20, 30, 3), 255, np.uint8)
        >>> FrameInterpolator(network, "cpu").between(black, white, [0.25])[0].shape
        (20, 30, 3)
    """

    def __init__(
        self,
        network: Interpolator,
        device: str | torch.device = "auto",
        *,
        part: Part = "all",
        max_memory: int | None = None,
    ) -> None:
        if part not in get_args(Part):
            raise UsageError(f"part {part!r} is unknown; use one of {', '.join(get_args(Part))}")
        if max_memory is not None and max_memory < SMALLEST * BYTES_PER_PIXEL:
            raise UsageError(
                f"max_memory {max_memory} is too little: the smallest tile takes {SMALLEST * BYTES_PER_PIXEL} bytes"
            )
        self.device = pick_device(device)
        self._part = part
        self._largest_tile = None if max_memory is None else max_memory // BYTES_PER_PIXEL  # pixels
        used = Interpolator(network.config) if part == "untrained" else network
        self._network = used.to(self.device).to(memory_format=torch.channels_last).eval().requires_grad_(False)

    def __call__(self, frame0: Any, frame1: Any, t: float | Sequence[float] = 0.5, *, effort: int | None = None) -> Any:
        """Frames between two images of any kind; see `restore.interpolate`."""

        def between(first: NDArray[Any], second: NDArray[Any], times: Sequence[float]) -> list[NDArray[Any]]:
            return self.between(first, second, times, effort=effort)

        return between_images(between, frame0, frame1, t)

    def between(
        self, frame0: NDArray[Any], frame1: NDArray[Any], times: Sequence[float], *, effort: int | None = None
    ) -> list[NDArray[Any]]:
        """Frames at several times between two.

        Args:
            frame0: `(H, W, 3)` RGB or `(H, W, 4)` RGB and alpha, not premultiplied; `(H, W)` or `(H, W, 1)` grey, or
                `(H, W, 2)` grey and alpha. uint8, uint16 or float 0..1, any size from 1x1.
            frame1: of the same shape and type.
            times: 0 is frame 0, 1 is frame 1.
            effort: 1, 2 or 3: how much work is spent on the motion; 2 unless given.

        Returns:
            One array per time, of the frames' shape and type; copies of the frames themselves at 0 and 1.

        Raises:
            UsageError: frames that do not fit each other, a time outside 0..1, an unknown effort.
            RestoreError: memory runs out even for the smallest tile.
        """
        work = self._effort(DEFAULT_EFFORT if effort is None else effort)
        _require_alike(frame0, frame1)
        if not all(0 <= time <= 1 for time in times):
            raise UsageError(f"times lie between 0 and 1, not {', '.join(f'{time:g}' for time in times)}")
        ends = {0.0: frame0, 1.0: frame1}
        if np.array_equal(frame0, frame1):
            return [frame0.copy() for _ in times]
        made = iter(self._make(frame0, frame1, [time for time in times if time not in ends], work))
        return [ends[time].copy() if time in ends else next(made) for time in times]

    def _make(
        self, frame0: NDArray[Any], frame1: NDArray[Any], times: Sequence[float], effort: Effort
    ) -> list[NDArray[Any]]:
        """Frames at times that are not 0 or 1; alpha goes through the network only where it is not full."""
        if not times:
            return []
        first, second = (frame[..., None] if frame.ndim == 2 else frame for frame in (frame0, frame1))
        opaque = first.shape[2] in (2, 4) and is_opaque(first) and is_opaque(second)
        if opaque:
            first, second = first[..., :-1], second[..., :-1]
        made = self._render(FramePair(self._network, self.device, first, second), first, times, effort)
        if opaque:
            alpha = np.full((*frame0.shape[:2], 1), peak(frame0.dtype), frame0.dtype)
            made = [np.concatenate([colour, alpha], axis=2) for colour in made]
        return [one.reshape(frame0.shape) for one in made]

    def _render(
        self, pair: FramePair, frame: NDArray[Any], times: Sequence[float], effort: Effort
    ) -> list[NDArray[Any]]:
        """Frames `(H, W, C)` like `frame`, in smaller and smaller tiles until they fit into memory."""
        height, width = frame.shape[:2]
        while True:
            plan = plan_tiles(height, width, self._largest_tile)
            try:
                coarse = None if plan.whole else pair.coarse_motion(plan.pixels, effort)
                made = compose_tiles(plan, frame.shape, len(times), partial(pair.render, coarse, times, effort))
                return [from_unit(one, frame.dtype) for one in made]
            except (RuntimeError, MemoryError) as error:
                self._halve_tiles(plan, error)

    def _halve_tiles(self, plan: TilePlan, error: Exception) -> None:
        """Allow half the pixels from now on, or raise where that is too few or the error has another cause."""
        if not is_out_of_memory(error):
            raise error
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        height, width = plan.side
        if plan.pixels // 2 < SMALLEST:
            raise RestoreError(
                f"not enough memory on {self.device} even for {width}x{height} pixels of a frame: close other "
                "programs, choose another device, or use a machine with more memory"
            ) from error
        self._largest_tile = plan.pixels // 2
        _log.info("%s ran out of memory with %dx%d pixels at once: going on in tiles", self.device, width, height)

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


def interpolate(
    frame0: Any,
    frame1: Any,
    t: float | Sequence[float] = 0.5,
    *,
    effort: int | None = None,
    weights: str | Path = NAME,
    device: str | torch.device = "auto",
    max_memory: int | None = None,
) -> Any:
    """Make the frames between two.

    The weights are loaded at the first call and kept.

    Args:
        frame0: a PIL image of any mode; a NumPy array `(H, W)`, `(H, W, 1)` or `(H, W, 2)` grey, `(H, W, 3)` or
            `(H, W, 4)` of uint8, uint16 or float 0..1; or a tensor `(C, H, W)` or `(B, C, H, W)` with C of 1, 3 or 4,
            of uint8 or float 0..1. The last of 2 or 4 channels is alpha, not premultiplied.
        frame1: of the same kind, type and size; PIL images also of the same colour profile.
        t: a time from 0, frame 0, to 1, frame 1; or several, which share the work on the motion.
        effort: 1, 2 or 3: how much work is spent on the motion; 2 unless given.
        weights: a released model's name, a `.safetensors` file, or a folder that holds one, such as a training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        max_memory: bytes that the work may take beside the weights and the frames; see `FrameInterpolator`.

    Returns:
        For a number one image of the same type, dtype and shape, for several a list of them. A made PIL image has the
        metadata of frame 0, without an embedded preview; a palette image comes back as RGB or RGBA. At 0 and 1 the
        pixels are those of the frame, to the bit.

    Raises:
        UsageError: images that are not supported or do not fit each other, a time outside 0..1, an unknown effort, an
            unavailable device.
        WeightsError: weights are missing or damaged.
        RestoreError: memory runs out even for the smallest tile.
    """
    return _load_once(weights, device, max_memory)(frame0, frame1, t, effort=effort)


def load_interpolator(
    weights: str | Path = NAME,
    device: str | torch.device = "auto",
    *,
    part: Part = "all",
    max_memory: int | None = None,
) -> FrameInterpolator:
    """Load an interpolator, once for many frames.

    Args:
        weights: a released model's name, a `.safetensors` file, or a folder that holds one, such as a training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        part: which parts of the network are used; see `Part`.
        max_memory: bytes that the work may take beside the weights and the frames; see `FrameInterpolator`.

    Raises:
        UsageError: the device is not available, the part unknown, or the memory too little for the smallest tile.
        WeightsError: no such weights, damaged ones, or those of another model.
    """
    network = network_of(load_kind(weights, KIND, "interpolator"))
    return FrameInterpolator(network, device, part=part, max_memory=max_memory)


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


@lru_cache(maxsize=2)
def _load_once(weights: str | Path, device: str | torch.device, max_memory: int | None) -> FrameInterpolator:
    return load_interpolator(weights, device, max_memory=max_memory)


def _require_alike(frame0: NDArray[Any], frame1: NDArray[Any]) -> None:
    if frame0.shape != frame1.shape or frame0.dtype != frame1.dtype:
        raise UsageError(
            f"two frames of one size and depth are needed, not {frame0.shape} of {frame0.dtype} and {frame1.shape} of "
            f"{frame1.dtype}"
        )
    channels = 1 if frame0.ndim == 2 else frame0.shape[-1]
    if frame0.ndim not in (2, 3) or channels > 4 or 0 in frame0.shape:
        raise UsageError(f"frames of shape {frame0.shape} are not supported: give (H, W) or (H, W, C) with C up to 4")
    if frame0.dtype not in (np.uint8, np.uint16) and not np.issubdtype(frame0.dtype, np.floating):
        raise UsageError(f"frames of {frame0.dtype} are not supported: give uint8, uint16 or floats 0..1")
