"""What a hole takes to fill: the crops the network works on, and the regions that need more than one look.

    hole ── cells of 16 px ── groups: holes whose gap is below the context
                                 │
                small group ─────┼───── large group
            one crop around it   │   tiles of a fixed grid, each trimmed to
            with its context     │   the hole inside it, fading into each other

The plan is a function of the masks and of the model, never of colours, memory or the device, so a result is the same
wherever and however it is computed. And it is local: a group's crops depend on that group alone, tiles stand on a grid
that is anchored at the picture's corner, so a second hole far away changes no pixel of the first one's fill. "Far" is
beyond the crop, which reaches 64 to 192 px past the hole (more, in proportion, for a hole wider than the network's
reach). A crop that happens to look at another group's hole treats it as a hole.

Crops never feed each other, so they can run in any number at once. The number of crops is bounded by the area: lone
specks have at least a context's width between them, and tiles do not grow with the number of scratches.

Coarse regions: where the hole's half-width exceeds `reach`, the network cannot see the known pixels. Such a region is
first filled on a picture made smaller by a power of two, which has a plan of its own; that fill then constrains the
deep part of the prefill at full scale.

Wide regions, if asked for: where the hole is wide, its inside is put together from pieces of the picture. They are
looked for around a region as a whole, or the middle of a large hole would lie in a crop that shows nothing but hole.
Regions that see much of the same are searched together.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from restore.pipelines.inpaint.cells import (
    CELL,
    Box,
    all_cell,
    any_cell,
    at_pixels,
    cell_depth,
    compact_labels,
    dilate_cells,
    label_components,
)
from restore.pipelines.inpaint.regions import WideRegion, wide_regions
from restore.pipelines.inpaint.scales import shrink_mask
from restore.tiling import cross_fade


@dataclass(frozen=True, slots=True)
class PlanConfig:
    """How crops are cut, all lengths in pixels; belongs to the model, not to the machine."""

    stride: int = 16
    """Crop sides are multiples of this where the picture is large enough."""
    context: int = 64
    """Least distance the network sees around a hole, and the gap below which holes are filled together."""
    widest_context: int = 192
    """Most of it: around a hole of at least twice this size."""
    core: int = 448
    """Side of a tile's core in a large group, a multiple of `CELL`; decides the memory a crop takes."""
    fade: int = 32
    """Length over which neighbouring tiles blend, twice `CELL` or less."""
    longest: int = 1024
    """Longest side of a crop that is not a tile."""
    reach: int | None = 80
    """Half-width of the widest hole the network fills at full scale; None is half a core, a crop's span."""

    def __post_init__(self) -> None:
        if self.core % CELL or self.core < self.fade:
            raise ValueError("core must be a multiple of 16 and no less than fade")
        if not 0 < self.fade <= 2 * CELL or self.fade % 2:
            raise ValueError("fade must be even and from 2 to 32")
        if min(self.stride, self.context) < 1 or (self.reach is not None and self.reach < CELL):
            raise ValueError("stride and context must be positive, reach no less than 16")

    @property
    def side(self) -> int:
        """Side of the largest square crop."""
        return self.core + 2 * CELL + 2 * self.context

    @property
    def widest(self) -> int:
        """Half-width above which a hole is first filled at a smaller scale."""
        return self.core // 2 if self.reach is None else self.reach


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of the picture that the network fills in one go."""

    box: Box
    """What the network sees, inside the picture."""
    keep: Box
    """Where its group's hole is kept, inside `box`."""
    group: int
    """Which group of `Plan.groups` it fills."""
    tile: tuple[int | None, int | None, int | None, int | None] | None = None
    """Borders (top, left, bottom, right) it shares with neighbouring tiles; None for a crop that stands alone."""


@dataclass(frozen=True, slots=True)
class CoarseRegion:
    """A part of the hole too wide to be filled at full scale, which is filled at a smaller one first."""

    box: Box
    """What is made smaller and filled; top and left are multiples of `factor`."""
    keep: Box
    """Where the fill at the smaller scale is needed, inside `box`."""
    factor: int
    """How many times smaller, a power of two."""
    number: int
    """Its cells in `Plan.coarse_cells`."""
    plan: "Plan"
    """How the smaller picture is filled."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What it takes to fill a hole; crops are in the order in which their results are put together."""

    wanted: NDArray[np.bool_]
    """`(H, W)`, pixels to fill."""
    unknown: NDArray[np.bool_]
    """`(H, W)`, pixels whose colour is not known; all wanted ones are among them."""
    crops: tuple[Crop, ...]
    coarse: tuple[CoarseRegion, ...]
    wide: tuple[WideRegion, ...]
    groups: NDArray[np.int32]
    """`(ceil(H / 16), ceil(W / 16))`: the group of each cell, -1 where there is no hole."""
    coarse_cells: NDArray[np.int32]
    """`(ceil(H / 16), ceil(W / 16))`: the coarse region of each cell, -1 where there is none."""
    config: PlanConfig

    @property
    def steps(self) -> int:
        """How many crops and wide regions are filled or mended in all, those at smaller scales included."""
        here = len(self.crops) + len(self.wide) + len(self.mended)
        return here + sum(region.plan.steps for region in self.coarse)

    @property
    def mended(self) -> tuple[Crop, ...]:
        """The crops whose part of the hole meets a wide region: a second pass mends what pieces made of it."""
        return tuple(crop for crop in self.crops if any(self._meet(crop, region) for region in self.wide))

    @property
    def wide_pixels(self) -> NDArray[np.bool_]:
        """`(H, W)`: the wanted pixels that pieces have a share of."""
        marked = np.zeros_like(self.wanted)
        for region in self.wide:
            marked[region.box.slices] |= region.share > 0
        return marked & self.wanted

    def _meet(self, crop: Crop, region: WideRegion) -> bool:
        shared = crop.keep.shared(region.box)
        return bool((region.share[shared.relative_to(region.box).slices] > 0).any())

    @property
    def largest(self) -> int:
        """Area of the largest crop in pixels, at any scale; 0 without any."""
        here = max((crop.box.area for crop in self.crops), default=0)
        return max([here, *(region.plan.largest for region in self.coarse)])

    def weights(self, crop: Crop) -> NDArray[np.float32]:
        """How much of each pixel of `crop.keep` this crop contributes: `(h, w)`, 0 outside its group."""
        mine = at_pixels(self.groups == crop.group, crop.keep)
        if crop.tile is None:
            return mine.astype(np.float32)
        top, left, bottom, right = crop.tile
        rows = cross_fade(crop.keep.top, crop.keep.bottom, top, bottom, self.config.fade)
        columns = cross_fade(crop.keep.left, crop.keep.right, left, right, self.config.fade)
        return np.where(mine, rows[:, None] * columns, np.float32(0))


def plan_fill(
    wanted: NDArray[np.bool_],
    unknown: NDArray[np.bool_] | None = None,
    config: PlanConfig | None = None,
    *,
    wide: bool = False,
) -> Plan:
    """Plan how a hole is filled.

    Args:
        wanted: `(H, W)`, pixels to fill; any size from 1x1.
        unknown: `(H, W)`, pixels whose colour is not known, all wanted ones among them; left out, the wanted
            ones.
        config: how crops are cut.
        wide: put wide parts of the hole together from pieces of the picture.

    Returns:
        The plan; every wanted pixel gets weights that add up to one.
    """
    config = config or PlanConfig()
    unknown = wanted if unknown is None else unknown
    occupied = any_cell(wanted)
    joined = dilate_cells(occupied, -(-config.context // (2 * CELL)))
    groups, boxes = compact_labels(np.where(occupied, label_components(joined), np.int32(-1)))
    crops: list[Crop] = []
    for group, box in enumerate(boxes):
        crops.extend(_group_crops(groups, group, box, wanted.shape, config))
    coarse_cells, coarse = _coarse_regions(wanted, unknown, occupied, config)
    regions = wide_regions(unknown) if wide else []
    regions = [region for region in regions if (wanted[region.box.slices] & (region.share > 0)).any()]
    return Plan(wanted, unknown, tuple(crops), coarse, tuple(regions), groups, coarse_cells, config)


def _group_crops(
    groups: NDArray[np.int32], group: int, box: Box, size: tuple[int, ...], config: PlanConfig
) -> list[Crop]:
    height, width = size
    hole = box.scaled(CELL).clipped(height, width)
    seen = _with_context(hole, config, height, width)
    small = seen.area <= config.side**2 and max(seen.height, seen.width) <= max(config.longest, config.side)
    if small:
        return [Crop(seen, hole, group)]
    return _tiles(groups, group, box, size, config)


def _tiles(groups: NDArray[np.int32], group: int, box: Box, size: tuple[int, ...], config: PlanConfig) -> list[Crop]:
    """Tiles of the fixed grid that hold cells of the group, each trimmed to them."""
    height, width = size
    core = config.core // CELL
    last_row, last_column = (height - 1) // config.core, (width - 1) // config.core
    crops = []
    for row in range(max(0, box.top - 1) // core, min(box.bottom // core, last_row) + 1):
        for column in range(max(0, box.left - 1) // core, min(box.right // core, last_column) + 1):
            area = Box(row * core - 1, column * core - 1, (row + 1) * core + 1, (column + 1) * core + 1)
            area = area.clipped(*groups.shape)
            found = np.argwhere(groups[area.slices] == group)
            if found.size == 0:
                continue
            (top, left), (bottom, right) = found.min(axis=0), found.max(axis=0) + 1
            cells = Box(area.top + int(top), area.left + int(left), area.top + int(bottom), area.left + int(right))
            keep = cells.scaled(CELL).clipped(height, width)
            borders = (
                row * config.core or None,
                column * config.core or None,
                (row + 1) * config.core if (row + 1) * config.core < height else None,
                (column + 1) * config.core if (column + 1) * config.core < width else None,
            )
            crops.append(Crop(_expanded(keep, config.context, config.stride, height, width), keep, group, borders))
    return crops


def _with_context(hole: Box, config: PlanConfig, height: int, width: int) -> Box:
    """A rectangle around a hole that shows half its size of context, more than the least where the crop stays small."""
    longest = max(hole.height, hole.width)
    context = min(longest // 2, config.widest_context, (config.side - longest) // 2)
    return _expanded(hole, max(config.context, context), config.stride, height, width)


def _expanded(box: Box, context: int, stride: int, height: int, width: int) -> Box:
    top, bottom = _interval(box.top, box.bottom, context, stride, height)
    left, right = _interval(box.left, box.right, context, stride, width)
    return Box(top, left, bottom, right)


def _interval(start: int, stop: int, context: int, stride: int, length: int) -> tuple[int, int]:
    """Widen an interval by the context, inside 0..length, to a multiple of the stride where there is room."""
    start, stop = max(0, start - context), min(length, stop + context)
    size = -(-(stop - start) // stride) * stride
    if size >= length:
        return 0, length
    start = max(0, min(start - (size - (stop - start)) // 2, length - size))
    return start, start + size


def _coarse_regions(
    wanted: NDArray[np.bool_],
    unknown: NDArray[np.bool_],
    occupied: NDArray[np.bool_],
    config: PlanConfig,
) -> tuple[NDArray[np.int32], tuple[CoarseRegion, ...]]:
    """Parts of the hole whose half-width exceeds the reach, each with the scale at which it does not."""
    height, width = wanted.shape
    full = all_cell(wanted)
    nothing = np.full(full.shape, -1, dtype=np.int32)
    steps = config.widest // CELL
    depth = cell_depth(full)
    deep = depth > steps
    if not deep.any() or full.all():
        return nothing, ()
    around = label_components(dilate_cells(deep, steps + 1))
    numbers, boxes = compact_labels(np.where(occupied, around, np.int32(-1)))
    regions = []
    for number, box in enumerate(boxes):
        half_width = CELL * int(depth[box.slices][numbers[box.slices] == number].max())
        factor = 2
        while half_width > factor * config.widest:
            factor *= 2
        keep = box.scaled(CELL).clipped(height, width)
        seen = _expanded(keep, config.context * factor, config.stride * factor, height, width)
        seen = replace(seen, top=seen.top - seen.top % factor, left=seen.left - seen.left % factor)
        smaller = shrink_mask(unknown, seen, factor)
        needed = np.zeros_like(smaller)
        inner = keep.relative_to(seen)
        rows = slice(max(0, inner.top // factor - 1), -(-inner.bottom // factor) + 1)
        columns = slice(max(0, inner.left // factor - 1), -(-inner.right // factor) + 1)
        needed[rows, columns] = True
        plan = plan_fill(smaller & needed, smaller, config)
        regions.append(CoarseRegion(seen, keep, factor, number, plan))
    return numbers, tuple(regions)
