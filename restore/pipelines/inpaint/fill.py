"""Computes what a plan asks for: prefill and network crop by crop, coarse regions first, wide regions last.

    colours, plan ── coarse regions ── the same at a smaller scale ── constraints
                       │                                                 │
                       ├── crops ── sparse prefill of each, held by the constraints ── network ── weighted sum
                       │                                                                              │
                       └── wide regions (`wide.py`) ── pieces of the picture, mended by a second pass ┘

Each crop reads the picture as it came, never another crop's result, and is a batch of one. The sums are made in the
order of the plan. So neither the number of crops at once nor the order in which they finish can change a bit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from restore.callbacks import Notify
from restore.devices import MemoryFallback, autocast
from restore.errors import WeightsError
from restore.images.samples import to_unit
from restore.models.inpaint.sparse import sparse_fill
from restore.pipelines.inpaint.budget import Budget
from restore.pipelines.inpaint.cells import Box, at_pixels
from restore.pipelines.inpaint.compose import HoleColours
from restore.pipelines.inpaint.distance import squared_distance
from restore.pipelines.inpaint.plan import Crop, Plan
from restore.pipelines.inpaint.scales import enlarge, shrink_colour
from restore.tiling import pad_to_multiple

Network = Callable[[torch.device], nn.Module | None]
"""Gives a generator on a device, or None where there is none."""
CoarseFills = Mapping[int, NDArray[np.float32]]
"""By number of the coarse region: its picture `(h, w, 3)` at the smaller scale, filled, range 0..1."""
RIM = 2
"""Coarse pixels from the rim that constraints leave to the prefill."""


@dataclass(frozen=True)
class Filling:
    """A hole that is being filled: what is known, what is to be done, and where it is computed."""

    colour: NDArray[Any]
    """`(H, W, 3)`, 8 or 16 bit or float."""
    plan: Plan
    """What to fill and how."""
    fallback: MemoryFallback
    """Where crops run and how many at once."""
    notify: Notify
    """Is called with a line when memory runs out."""
    advance: Callable[[], None]
    """Is called after each crop and each wide region."""
    budget: Budget = field(default_factory=Budget)
    """How much is worked on at once."""

    def run(
        self, work: Callable[[Crop, torch.device], NDArray[np.float32]], crops: Sequence[Crop], into: HoleColours
    ) -> None:
        """Do some work for each of the crops and add what it makes of `crop.keep` up.

        Raises:
            RestoreError: not enough memory for a single crop.
        """
        parts = self.fallback.run(work, crops, notify=self.notify, at_once=self.budget.crops)
        for crop, colours in zip(crops, parts, strict=True):
            into.add(*crop.keep.slices, colours, self.plan.weights(crop))
            self.advance()


def fill_planned(filling: Filling, network: Network) -> HoleColours:
    """Fill all wanted pixels by the network.

    Args:
        filling: the picture and its plan.
        network: gives the generator on a device.

    Returns:
        The colours of the wanted pixels, range 0..1.

    Raises:
        RestoreError: not enough memory for a single crop.
        WeightsError: the network gives values that are not finite.
    """
    colour, plan = filling.colour, filling.plan
    coarse = {}
    for region in plan.coarse:
        smaller = shrink_colour(colour, plan.unknown, region.box, region.factor, region.plan.unknown)
        filled = fill_planned(replace(filling, colour=smaller, plan=region.plan), network)
        coarse[region.number] = to_unit(smaller)
        coarse[region.number][region.plan.wanted] = filled.values

    def work(crop: Crop, device: torch.device) -> NDArray[np.float32]:
        return fill_crop(colour, plan, crop, coarse, network(device), device)

    result = HoleColours(plan.wanted)
    filling.run(work, plan.crops, result)
    return result


def fill_crop(
    colour: NDArray[Any],
    plan: Plan,
    crop: Crop,
    coarse: CoarseFills,
    generator: nn.Module | None,
    device: torch.device,
) -> NDArray[np.float32]:
    """Fill one crop: `(h, w, 3)` of `crop.keep`, range 0..1."""
    unknown = plan.unknown[crop.box.slices]
    image = to_unit(colour[crop.box.slices])
    image[unknown] = 0
    to_prefill = unknown
    constrained = constraints(plan, coarse, crop.box)
    if constrained is not None:
        colours, where = constrained
        image[where] = colours[where]
        to_prefill = unknown & ~where
    if to_prefill.all():
        to_prefill = unknown = plan.wanted[crop.box.slices]
        image = to_unit(colour[crop.box.slices])
    with torch.inference_mode():
        filled = sparse_fill(as_tensor(image, device), as_tensor(to_prefill[..., None], device))
        if generator is not None:
            filled = apply_network(generator, plan.config.stride, filled, as_tensor(unknown[..., None], device))
        return kept_part(filled, crop)


def constraints(plan: Plan, coarse: CoarseFills, box: Box) -> tuple[NDArray[np.float32], NDArray[np.bool_]] | None:
    """Colours that the fills at smaller scales prescribe for a crop.

    They hold deeper than `RIM` coarse pixels inside the hole. Nearer to the rim the prefill is better, because it
    starts from the true pixels, and between the rim and the constraints it joins the two without a step.

    Args:
        plan: the plan that the fills belong to.
        coarse: the fills.
        box: what the crop sees.

    Returns:
        Colours `(h, w, 3)`, range 0..1, and where they hold `(h, w)`; None where no coarse region meets the crop.
    """
    met = [region for region in plan.coarse if region.keep.meets(box)]
    if not met:
        return None
    colours = np.zeros((box.height, box.width, 3), dtype=np.float32)
    held = np.zeros((box.height, box.width), dtype=np.bool_)
    for region in met:
        margin = RIM * region.factor
        wider = box.grown(margin).clipped(*plan.unknown.shape)
        depth = squared_distance(~plan.unknown[wider.slices], margin)[box.relative_to(wider).slices]
        deep = (depth > margin * margin) & at_pixels(plan.coarse_cells == region.number, box)
        colours[deep] = enlarge(coarse[region.number], region.box, region.factor, box)[deep]
        held |= deep
    return colours, held


def apply_network(generator: nn.Module, stride: int, *inputs: Tensor) -> Tensor:
    """What a generator makes of its inputs `(1, C, h, w)`, whose sizes need not be multiples of its stride."""
    padded, undo = pad_to_multiple(inputs[0], stride)
    others = [pad_to_multiple(other, stride)[0] for other in inputs[1:]]
    with autocast(padded.device):
        filled: Tensor = generator(padded.contiguous(memory_format=torch.channels_last), *others)
    return undo(filled)


def kept_part(filled: Tensor, crop: Crop) -> NDArray[np.float32]:
    """`(h, w, 3)` of `crop.keep`, range 0..1, of a filled crop `(1, 3, h, w)`.

    Raises:
        WeightsError: there are values that are not finite.
    """
    kept = filled[0][:, *crop.keep.relative_to(crop.box).slices]
    values: NDArray[np.float32] = kept.float().permute(1, 2, 0).cpu().numpy()
    if not np.isfinite(values).all():
        raise WeightsError("the network gave values that are no numbers: its weights do not fit; install them anew")
    return np.clip(values, 0.0, 1.0)


def as_tensor(array: NDArray[Any], device: torch.device) -> Tensor:
    """`(h, w, C)` to `(1, C, h, w)` float32 on the device."""
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)[None], dtype=np.float32)).to(device)
