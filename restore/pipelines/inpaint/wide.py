"""Fills the wide parts of a hole: pieces of the picture over the network's smooth answer, mended by a second pass.

    smooth answer ── region by region ── start fill, texture ── crop by crop ── network of the role `wide` ── shares
          └──────────────────────────────────────────────────────────────────────────────────────────────────┘

Each region reads the smooth answer and never another region's pieces; each crop reads what the pieces made of the whole
picture. The second pass goes through the crops of the first, so it needs no more memory.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from restore.callbacks import Notify
from restore.devices import MemoryFallback
from restore.images.samples import to_unit
from restore.models.inpaint.harmonic import harmonic_fill
from restore.models.inpaint.start import start_fill
from restore.pipelines.inpaint.compose import Filled, HoleColours
from restore.pipelines.inpaint.fill import Network, apply_network, as_tensor, kept_part
from restore.pipelines.inpaint.options import PIECES, InpaintOptions
from restore.pipelines.inpaint.plan import Crop, Plan

CPU = torch.device("cpu")
WHOLE_FROM = 0.5
"""Detail from which pieces count in full; below it the network's smooth answer comes up."""


def wide_fills(  # noqa: PLR0913 - as `fill_wide`
    colour: NDArray[Any],
    plan: Plan,
    smooth: HoleColours,
    network: Network | None,
    fallback: MemoryFallback,
    *,
    options: InpaintOptions,
    variants: int,
    notify: Notify,
    advance: Callable[[], None],
    at_once: int | None = None,
) -> list[Filled]:
    """Fill the wide regions of a plan in several ways; arguments and errors as `fill_wide`.

    Args:
        variants: how many ways to look for: the options' seed and the following ones.

    Returns:
        Different fills of the whole hole, by cost, then seed; at least one.
    """
    fills: list[Filled] = []
    for seed in range(options.seed, options.seed + variants):
        own, one = smooth.copy(), replace(options, seed=seed)
        cost = fill_wide(
            colour, plan, own, network, fallback, options=one, notify=notify, advance=advance, at_once=at_once
        )
        if not any(np.array_equal(own.values, other.values) for other in fills):
            fills.append(Filled(own.values, cost))
    return sorted(fills, key=lambda filled: filled.cost)


def fill_wide(  # noqa: PLR0913 - the request, the plan, and where it is computed
    colour: NDArray[Any],
    plan: Plan,
    smooth: HoleColours,
    network: Network | None,
    fallback: MemoryFallback,
    *,
    options: InpaintOptions,
    notify: Notify,
    advance: Callable[[], None],
    at_once: int | None = None,
) -> float:
    """Put the wide regions of a plan together from pieces of the picture.

    Args:
        colour: `(H, W, 3)`, 8 or 16 bit or float.
        plan: what to fill; has wide regions.
        smooth: the network's answer for the whole hole; overwritten in the wide regions.
        network: gives the generator that mends what pieces made; None: nothing does.
        fallback: where crops run and how many at once.
        options: fill, detail and seed.
        notify: is called with a line when memory runs out.
        advance: is called after each region and each crop.
        at_once: most crops side by side, where fewer than `fallback` allows are wanted.

    Returns:
        How little the pieces agree, at least 0, the mean over the regions: compares fills of one hole.

    Raises:
        RestoreError: not enough memory for a single crop.
        WeightsError: the network gives values that are not finite.
    """
    laid, texture, share = smooth.copy(), smooth.copy(), HoleColours(smooth.hole)
    texture.values[:] = 0
    amount = 1.0 if options.detail is None else min(1.0, options.detail / WHOLE_FROM)
    costs = []
    for region in plan.wide:
        start = to_unit(colour[region.box.slices])
        inside = plan.unknown[region.box.slices]
        start[inside] = start[~inside].mean(axis=0) if not inside.all() else 0.5
        smooth.read(*region.box.slices, into=start)
        cpu = torch.device("cpu")
        made = start_fill(
            as_tensor(start, cpu), as_tensor(inside[..., None], cpu), options.seed, passage=options.fill != PIECES
        )
        here = region.share > 0
        laid.write(*region.box.slices, _array(made.fill), here)
        texture.write(*region.box.slices, _array(made.texture), here)
        share.write(*region.box.slices, np.repeat(amount * region.share[..., None], 3, axis=2), here)
        costs.append(made.cost)
        advance()

    def work(crop: Crop, device: torch.device) -> NDArray[np.float32]:
        generator = None if network is None else network(device)
        return mend_crop(colour, plan, crop, laid, texture, generator, device)

    if network is None:
        result = laid
    else:
        result = HoleColours(smooth.hole)
        parts = fallback.run(work, plan.mended, notify=notify, at_once=at_once)
        for crop, colours in zip(plan.mended, parts, strict=True):
            result.add(*crop.keep.slices, colours, plan.weights(crop))
            advance()
    smooth.values += share.values * (result.values - smooth.values)
    return float(np.mean(costs))


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


def _array(picture: torch.Tensor) -> NDArray[np.float32]:
    """`(1, 3, h, w)` to `(h, w, 3)`."""
    found: NDArray[np.float32] = picture[0].permute(1, 2, 0).numpy()
    return found
