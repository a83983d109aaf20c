"""Fills the wide parts of a hole: pieces of the picture over the network's smooth answer, mended by a second pass.

    smooth answer ── region by region ── start fill, texture ── crop by crop ── network of the role `wide` ── shares
          └──────────────────────────────────────────────────────────────────────────────────────────────────┘

Each region reads the smooth answer and never another region's pieces; each crop reads what the pieces made of the whole
picture. The second pass goes through the crops of the first, so it needs no more memory.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from restore.images.samples import to_unit
from restore.models.inpaint.harmonic import harmonic_fill
from restore.models.inpaint.start import final_fill, start_fill
from restore.pipelines.inpaint.compose import Filled, HoleColours
from restore.pipelines.inpaint.fill import Filling, Network, apply_network, as_tensor, kept_part
from restore.pipelines.inpaint.options import PIECES, InpaintOptions
from restore.pipelines.inpaint.plan import Crop, Plan
from restore.pipelines.inpaint.regions import WideRegion

CPU = torch.device("cpu")
WHOLE_FROM = 0.5
"""Detail from which pieces count in full; below it the network's smooth answer comes up."""


def wide_fills(
    filling: Filling, smooth: HoleColours, network: Network | None, options: InpaintOptions, variants: int
) -> list[Filled]:
    """Fill the wide regions of a plan in several ways; other arguments and errors as `fill_wide`.

    Args:
        variants: how many ways to look for: the options' seed and the following ones.

    Returns:
        Different fills of the whole hole, by cost, then seed; at least one.
    """
    fills: list[Filled] = []
    last = options.seed + variants - 1
    for seed in range(options.seed, last + 1):
        own = smooth if seed == last else smooth.copy()
        cost = fill_wide(filling, own, network, replace(options, seed=seed))
        if not any(np.array_equal(own.values, other.values) for other in fills):
            fills.append(Filled(own.values, cost))
    return sorted(fills, key=lambda filled: filled.cost)


def fill_wide(filling: Filling, smooth: HoleColours, network: Network | None, options: InpaintOptions) -> float:
    """Put the wide regions of a plan together from pieces of the picture.

    Args:
        filling: the picture and its plan, which has wide regions.
        smooth: the network's answer for the whole hole; overwritten in the wide regions.
        network: gives the generator that mends what pieces made; None: nothing does.
        options: fill, detail and seed.

    Returns:
        How little the pieces agree, at least 0, the mean over the regions: compares fills of one hole.

    Raises:
        RestoreError: not enough memory for a single crop.
        WeightsError: the network gives values that are not finite.
    """
    plan = filling.plan
    laid, share = smooth.copy(), HoleColours(smooth.hole, 1)
    texture = None if network is None else HoleColours(smooth.hole)
    amount = 1.0 if options.detail is None else min(1.0, options.detail / WHOLE_FROM)
    passage, at_once = options.fill != PIECES, filling.budget.distances
    costs = []
    for region in plan.wide:
        start, inside = _start(filling, smooth, region)
        here = region.share > 0
        if texture is None:
            final = final_fill(start, inside, options.seed, passage=passage, at_once=at_once)
            fill, cost = final.picture, final.cost
        else:
            made = start_fill(start, inside, options.seed, passage=passage, at_once=at_once)
            fill, cost = made.fill, made.cost
            texture.write(*region.box.slices, _array(made.texture), here)
        laid.write(*region.box.slices, _array(fill), here)
        share.write(*region.box.slices, amount * region.share[..., None], here)
        costs.append(cost)
        filling.advance()
    result = laid if network is None or texture is None else _mended(filling, laid, texture, network)
    result.values -= smooth.values
    result.values *= share.values
    smooth.values += result.values
    return float(np.mean(costs))


def _start(filling: Filling, smooth: HoleColours, region: WideRegion) -> tuple[Tensor, Tensor]:
    """A region as pieces are looked for in it: `(1, 3, h, w)` with the smooth answer, and its hole `(1, 1, h, w)`."""
    plan, where = filling.plan, region.box.slices
    start, inside = to_unit(filling.colour[where]), plan.unknown[where]
    if (inside & ~plan.wanted[where]).any():
        start[inside] = start[~inside].mean(axis=0) if not inside.all() else 0.5
    smooth.read(*where, into=start)
    return as_tensor(start, CPU), as_tensor(inside[..., None], CPU)


def _mended(filling: Filling, laid: HoleColours, texture: HoleColours, network: Network) -> HoleColours:
    """What the second pass makes of pieces."""

    def work(crop: Crop, device: torch.device) -> NDArray[np.float32]:
        return mend_crop(filling.colour, filling.plan, crop, laid, texture, network(device), device)

    result = HoleColours(laid.hole)
    filling.run(work, filling.plan.mended, result)
    return result


def mend_crop(
    colour: NDArray[Any],
    plan: Plan,
    crop: Crop,
    laid: HoleColours,
    texture: HoleColours,
    generator: nn.Module | None,
    device: torch.device,
) -> NDArray[np.float32]:
    """What the second pass makes of one crop: `(h, w, 3)` of `crop.keep`, range 0..1."""
    unknown, wanted = plan.unknown[crop.box.slices], plan.wanted[crop.box.slices]
    start, grain = to_unit(colour[crop.box.slices]), np.zeros((crop.box.height, crop.box.width, 3), np.float32)
    laid.read(*crop.box.slices, into=start)
    texture.read(*crop.box.slices, into=grain)
    with torch.inference_mode():
        filled = as_tensor(start, device)
        if (unknown & ~wanted).any():
            filled = harmonic_fill(filled, as_tensor((unknown & ~wanted)[..., None], device))
        if generator is not None:
            inputs = filled, as_tensor(unknown[..., None], device), as_tensor(grain, device)
            filled = apply_network(generator, plan.config.stride, *inputs)
        return kept_part(filled, crop)


def _array(picture: Tensor) -> NDArray[np.float32]:
    """`(1, 3, h, w)` to `(h, w, 3)`."""
    found: NDArray[np.float32] = picture[0].permute(1, 2, 0).numpy()
    return found
