"""Runs a crop plan: prefill, network, and the pieces put together.

    picture, hole ── plan ── wide blobs ── the same at a smaller scale ── pins
                       │                                                    │
                       └── crops ── sparse prefill of each, held by the pins ── network ── weighted sum ── pieces

Each crop reads the picture as it came, never another crop's result, and is a batch of one. The sums are made in the
order of the plan. So neither the number of crops at once nor the order in which they finish can change a bit. Where
pieces of the picture are asked for (`pieces.py`), they take the place of what the network made of a wide hole's inside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from restore.callbacks import Notify
from restore.devices import Ladder, autocast
from restore.errors import WeightsError
from restore.models.inpaint.sparse import sparse_fill
from restore.pipelines.inpaint.crops import Blob, Crop, Plan, PlanConfig, plan_crops
from restore.pipelines.inpaint.guide import pins, shrink
from restore.pipelines.inpaint.pieces import WidePart, lay_pieces, wide_parts
from restore.pipelines.samples import HoleValues, to_unit
from restore.tiling import pad_to_multiple

Network = Callable[[torch.device], nn.Module | None]
"""Gives the generator on a device, or None for the sparse fill alone."""


@dataclass(slots=True)
class Scene:
    """A picture at one scale with what is to be filled, and its wide blobs at smaller scales."""

    colour: NDArray[Any]
    """`(H, W, 3)`, 8 or 16 bit or float."""
    wanted: NDArray[np.bool_]
    """`(H, W)`, pixels to fill."""
    unknown: NDArray[np.bool_]
    """`(H, W)`, pixels that say nothing about the picture; all wanted ones are among them."""
    plan: Plan
    blobs: list[tuple[Blob, "Scene"]]
    parts: list[WidePart]
    """What is to be put together from pieces of the picture."""

    @property
    def crops(self) -> int:
        """How many crops and wide parts it takes, those at smaller scales included."""
        return len(self.plan.crops) + len(self.parts) + sum(scene.crops for _, scene in self.blobs)

    @property
    def largest(self) -> int:
        """Area of the largest crop in pixels."""
        return max([self.plan.largest, *(scene.largest for _, scene in self.blobs)])


def plan_scene(
    colour: NDArray[Any],
    wanted: NDArray[np.bool_],
    unknown: NDArray[np.bool_],
    config: PlanConfig,
    *,
    exemplar: bool = False,
) -> Scene:
    """Plan a picture and, where the hole is too wide, the smaller ones that guide it.

    Args:
        colour, wanted, unknown: as in `Scene`.
        config: how crops are cut.
        exemplar: put the wide parts of the hole together from pieces of the picture.
    """
    plan = plan_crops(wanted, config)
    blobs = []
    for blob in plan.blobs:
        coarse, hole = shrink(colour, unknown, blob.rect, blob.factor)
        needed = np.zeros_like(hole)
        top, left = ((blob.keep.top - blob.rect.top) // blob.factor, (blob.keep.left - blob.rect.left) // blob.factor)
        bottom, right = (
            -(-(blob.keep.bottom - blob.rect.top) // blob.factor),
            -(-(blob.keep.right - blob.rect.left) // blob.factor),
        )
        needed[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = True
        blobs.append((blob, plan_scene(coarse, hole & needed, hole, config, exemplar=exemplar)))
    parts = wide_parts(unknown) if exemplar else []
    parts = [part for part in parts if (wanted[part.rect.slices] & (part.share > 0)).any()]
    return Scene(colour, wanted, unknown, plan, blobs, parts)


def fill_scene(
    scene: Scene,
    network: Network,
    ladder: Ladder,
    *,
    notify: Notify,
    advance: Callable[[], None],
    at_once: int | None = None,
) -> NDArray[np.float32]:
    """Fill all wanted pixels.

    Args:
        scene: what to fill.
        network: gives the generator on a device.
        ladder: where crops run and how many at once.
        notify: is told when memory runs out.
        advance: is called after each crop.
        at_once: crops side by side, where fewer than the ladder allows are wanted.

    Returns:
        `(N, 3)`, range 0..1: the colours of the N wanted pixels in reading order.

    Raises:
        RestoreError: not enough memory for a single crop.
        WeightsError: the network gives values that are not finite.
    """
    guides = {}
    for blob, smaller in scene.blobs:
        values = fill_scene(smaller, network, ladder, notify=notify, advance=advance, at_once=at_once)
        guide = to_unit(smaller.colour)
        guide[smaller.wanted] = values
        guides[blob.number] = guide

    def work(crop: Crop, device: torch.device) -> NDArray[np.float32]:
        return fill_crop(scene, guides, crop, network(device), device)

    result = HoleValues(scene.wanted)
    crops = scene.plan.crops
    for crop, colours in zip(crops, ladder.run(work, crops, notify=notify, at_once=at_once), strict=True):
        result.add(*crop.keep.slices, colours, scene.plan.weights(crop))
        advance()
    lay_pieces(scene.colour, scene.unknown, result, scene.parts, advance)
    return result.values


def fill_crop(
    scene: Scene, guides: dict[int, NDArray[np.float32]], crop: Crop, generator: nn.Module | None, device: torch.device
) -> NDArray[np.float32]:
    """Fill one crop: `(h, w, 3)` of `crop.keep`, range 0..1."""
    rect, keep = crop.rect, crop.keep
    unknown = scene.unknown[rect.slices]
    image = to_unit(scene.colour[rect.slices])
    image[unknown] = 0
    open_hole = unknown
    pinned = pins(scene.plan, guides, scene.unknown, rect)
    if pinned is not None:
        colours, where = pinned
        image[where] = colours[where]
        open_hole = unknown & ~where
    if open_hole.all():
        open_hole = unknown = scene.wanted[rect.slices]
        image = to_unit(scene.colour[rect.slices])
    with torch.inference_mode():
        prefill = sparse_fill(_tensor(image, device), _tensor(open_hole[..., None], device))
        if generator is not None:
            prefill = _apply(generator, prefill, _tensor(unknown[..., None], device), scene.plan.config.stride)
        filled = prefill[
            0, :, keep.top - rect.top : keep.bottom - rect.top, keep.left - rect.left : keep.right - rect.left
        ]
        values: NDArray[np.float32] = filled.float().permute(1, 2, 0).cpu().numpy()
    if not np.isfinite(values).all():
        raise WeightsError("the network gave values that are no numbers: its weights do not fit; install them anew")
    return np.clip(values, 0.0, 1.0)


def _apply(generator: nn.Module, prefill: Tensor, hole: Tensor, stride: int) -> Tensor:
    padded, undo = pad_to_multiple(prefill, stride)
    padded_hole, _ = pad_to_multiple(hole, stride)
    with autocast(prefill.device):
        filled: Tensor = generator(padded.contiguous(memory_format=torch.channels_last), padded_hole)
    return undo(filled)


def _tensor(array: NDArray[Any], device: torch.device) -> Tensor:
    """`(h, w, C)` to `(1, C, h, w)` float32 on the device."""
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)[None], dtype=np.float32)).to(device)
