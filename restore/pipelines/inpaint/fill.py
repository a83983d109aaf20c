"""Computes what a plan asks for: prefill and network crop by crop, coarse regions first, exemplar regions last.

    colours, plan ── coarse regions ── the same at a smaller scale ── constraints
                       │                                                 │
                       └── crops ── sparse prefill of each, held by the constraints ── network ── weighted sum
                       │                                                                              │
                       └── exemplar regions ── pieces of the picture, laid over ──────────────────────┘

Each crop reads the picture as it came, never another crop's result, and is a batch of one. The sums are made in the
order of the plan. So neither the number of crops at once nor the order in which they finish can change a bit. Each
exemplar region reads what the network made, never another region's pieces.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from restore.callbacks import Notify
from restore.devices import MemoryFallback, autocast
from restore.errors import WeightsError
from restore.images.samples import to_unit
from restore.models.inpaint.exemplar import exemplar_fill
from restore.models.inpaint.sparse import sparse_fill
from restore.pipelines.inpaint.cells import Box, at_pixels
from restore.pipelines.inpaint.compose import HoleColours
from restore.pipelines.inpaint.distance import squared_distance
from restore.pipelines.inpaint.plan import Crop, ExemplarRegion, Plan
from restore.pipelines.inpaint.scales import enlarge, shrink_colour
from restore.tiling import pad_to_multiple

Network = Callable[[torch.device], nn.Module | None]
"""Gives the generator on a device, or None for the sparse fill alone."""
CoarseFills = Mapping[int, NDArray[np.float32]]
"""By number of the coarse region: its picture `(h, w, 3)` at the smaller scale, filled, range 0..1."""
RIM = 2
"""Coarse pixels from the rim that constraints leave to the prefill."""


def fill_planned(
    colour: NDArray[Any],
    plan: Plan,
    network: Network,
    fallback: MemoryFallback,
    *,
    notify: Notify,
    advance: Callable[[], None],
    at_once: int | None = None,
) -> NDArray[np.float32]:
    """Fill all wanted pixels.

    Args:
        colour: `(H, W, 3)`, 8 or 16 bit or float.
        plan: what to fill and how.
        network: gives the generator on a device.
        fallback: where crops run and how many at once.
        notify: is called with a line when memory runs out.
        advance: is called after each crop and each exemplar region.
        at_once: most crops side by side, where fewer than `fallback` allows are wanted.

    Returns:
        `(N, 3)`, range 0..1: the colours of the N wanted pixels in reading order.

    Raises:
        RestoreError: not enough memory for a single crop.
        WeightsError: the network gives values that are not finite.
    """
    coarse = {}
    for region in plan.coarse:
        smaller = shrink_colour(colour, plan.unknown, region.box, region.factor, region.plan.unknown)
        values = fill_planned(smaller, region.plan, network, fallback, notify=notify, advance=advance, at_once=at_once)
        coarse[region.number] = to_unit(smaller)
        coarse[region.number][region.plan.wanted] = values

    def work(crop: Crop, device: torch.device) -> NDArray[np.float32]:
        return fill_crop(colour, plan, crop, coarse, network(device), device)

    result = HoleColours(plan.wanted)
    filled = fallback.run(work, plan.crops, notify=notify, at_once=at_once)
    for crop, colours in zip(plan.crops, filled, strict=True):
        result.add(*crop.keep.slices, colours, plan.weights(crop))
        advance()
    lay_pieces(colour, plan.unknown, result, plan.exemplar, advance)
    return result.values


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
        filled = sparse_fill(_tensor(image, device), _tensor(to_prefill[..., None], device))
        if generator is not None:
            filled = _apply(generator, filled, _tensor(unknown[..., None], device), plan.config.stride)
        kept = filled[0][:, *crop.keep.relative_to(crop.box).slices]
        values: NDArray[np.float32] = kept.float().permute(1, 2, 0).cpu().numpy()
    if not np.isfinite(values).all():
        raise WeightsError("the network gave values that are no numbers: its weights do not fit; install them anew")
    return np.clip(values, 0.0, 1.0)


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


def lay_pieces(
    colour: NDArray[Any],
    unknown: NDArray[np.bool_],
    filled: HoleColours,
    regions: Sequence[ExemplarRegion],
    advance: Callable[[], None],
) -> None:
    """Put pieces of the picture in the place of what a filled hole has in its exemplar regions.

    Args:
        colour: `(H, W, 3)`, 8 or 16 bit or float.
        unknown: `(H, W)`, pixels whose colour is not known.
        filled: the colours of the wanted pixels; overwritten.
        regions: where.
        advance: is called after each region.
    """
    changes = []
    for region in regions:
        smooth = to_unit(colour[region.box.slices])
        inside = unknown[region.box.slices]
        smooth[inside] = smooth[~inside].mean(axis=0) if not inside.all() else 0.5
        filled.read(*region.box.slices, into=smooth)
        picture = torch.from_numpy(smooth.transpose(2, 0, 1)[None])
        pieces = exemplar_fill(picture, torch.from_numpy(inside[None, None].astype(np.float32)))
        share = region.share[..., None]
        changes.append((1 - share) * smooth + share * pieces[0].permute(1, 2, 0).numpy())
        advance()
    for region, change in zip(regions, changes, strict=True):
        filled.write(*region.box.slices, change, region.share > 0)


def _apply(generator: nn.Module, prefill: Tensor, hole: Tensor, stride: int) -> Tensor:
    padded, undo = pad_to_multiple(prefill, stride)
    padded_hole, _ = pad_to_multiple(hole, stride)
    with autocast(prefill.device):
        filled: Tensor = generator(padded.contiguous(memory_format=torch.channels_last), padded_hole)
    return undo(filled)


def _tensor(array: NDArray[Any], device: torch.device) -> Tensor:
    """`(h, w, C)` to `(1, C, h, w)` float32 on the device."""
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)[None], dtype=np.float32)).to(device)
