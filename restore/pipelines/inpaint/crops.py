"""Which pieces of a picture the network looks at: the crop plan.

    hole ── cells of 16 px ── groups: holes whose gap is below the context
                                 │
                small group ─────┼───── large group
            one crop around it   │   tiles of a fixed grid, each trimmed to
            with its context     │   the hole inside it, fading into each other

The plan is a function of the hole and of the constants here, never of memory or of the device, so a result is the
same wherever and however it is computed. And it is local: a group's crops depend on that group alone, tiles stand on
a grid that is anchored at the picture's corner, so a second hole far away changes no pixel of the first one's fill.
"Far" is beyond the crop, which reaches 64 to 192 px past the hole (more, in proportion, for a hole wider than the
network's reach). A crop that happens to look at another group's hole knows it as a hole.

Crops never feed each other, so they can run in any number at once. The number of crops is bounded by the area: lone
specks have at least a context's width between them, and tiles do not grow with the number of scratches.

Wide holes: where the hole's half-width exceeds `reach`, the network cannot see the known pixels. Such a blob is first
filled on a picture made smaller by a power of two (`Blob`), which pins the deep part of the prefill.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from restore.pipelines.inpaint.components import label_components
from restore.tiling import cross_fade

CELL = 16
"""Side of a planning cell in pixels."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of pixels, bottom and right exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def area(self) -> int:
        return self.height * self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index an `(H, W, ..)` array with it."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def scaled(self, factor: int) -> "Rect":
        """The same rectangle in units `factor` times smaller."""
        return Rect(self.top * factor, self.left * factor, self.bottom * factor, self.right * factor)

    def clipped(self, height: int, width: int) -> "Rect":
        """The part inside a picture of `height` x `width`."""
        return Rect(max(0, self.top), max(0, self.left), min(height, self.bottom), min(width, self.right))

    def meets(self, other: "Rect") -> bool:
        """Whether the two share a pixel."""
        rows = self.top < other.bottom and other.top < self.bottom
        return rows and self.left < other.right and other.left < self.right


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
    """Half-width of the widest hole the network fills at full scale; None is half a core, what one crop can span."""

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
    """One piece: what the network sees, and what is kept of it."""

    rect: Rect
    """What the network sees, inside the picture."""
    keep: Rect
    """Where its group's hole is kept, inside `rect`."""
    group: int
    """Which group of `Plan.groups` it fills."""
    tile: tuple[int | None, int | None, int | None, int | None] | None = None
    """Borders (top, left, bottom, right) it shares with neighbouring tiles; None for a crop that stands alone."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A part of the hole too wide to be filled at full scale."""

    rect: Rect
    """What is made smaller and filled; top and left are multiples of `factor`."""
    keep: Rect
    """Where the fill at the smaller scale is needed, inside `rect`."""
    factor: int
    """How many times smaller, a power of two."""
    number: int
    """Its cells in `Plan.blob_cells`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All crops of a hole, in the order in which their results are put together."""

    crops: tuple[Crop, ...]
    blobs: tuple[Blob, ...]
    groups: NDArray[np.int32]
    """`(ceil(H / 16), ceil(W / 16))`: the group of each cell, -1 where there is no hole."""
    blob_cells: NDArray[np.int32]
    """The same for blobs."""
    config: PlanConfig

    @property
    def largest(self) -> int:
        """Area of the largest crop in pixels, 0 without any."""
        return max((crop.rect.area for crop in self.crops), default=0)

    def weights(self, crop: Crop) -> NDArray[np.float32]:
        """How much of each pixel of `crop.keep` this crop contributes: `(h, w)`, 0 outside its group."""
        mine = at_pixels(self.groups == crop.group, crop.keep)
        if crop.tile is None:
            return mine.astype(np.float32)
        top, left, bottom, right = crop.tile
        rows = cross_fade(crop.keep.top, crop.keep.bottom, top, bottom, self.config.fade)
        columns = cross_fade(crop.keep.left, crop.keep.right, left, right, self.config.fade)
        return np.where(mine, rows[:, None] * columns, np.float32(0))


def plan_crops(hole: NDArray[np.bool_], config: PlanConfig | None = None) -> Plan:
    """Plan the crops that fill a hole.

    Args:
        hole: `(H, W)`, any size from 1x1.
        config: how crops are cut.

    Returns:
        The plan; every pixel of the hole gets weights that add up to one.
    """
    config = config or PlanConfig()
    occupied = any_cell(hole)
    joined = dilate_cells(occupied, -(-config.context // (2 * CELL)))
    groups = np.where(occupied, label_components(joined), np.int32(-1))
    groups, boxes = _compact(groups)
    crops: list[Crop] = []
    for group, box in enumerate(boxes):
        crops.extend(_group_crops(groups, group, box, hole.shape, config))
    blob_cells, blobs = _wide_blobs(hole, occupied, config)
    return Plan(tuple(crops), blobs, groups, blob_cells, config)


def at_pixels(cells: NDArray[np.bool_], rect: Rect) -> NDArray[np.bool_]:
    """Look up each pixel of a rectangle in a map of cells: `(h, w)`."""
    rows = np.arange(rect.top, rect.bottom) // CELL
    columns = np.arange(rect.left, rect.right) // CELL
    part = cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    found: NDArray[np.bool_] = part[rows - rows[0]][:, columns - columns[0]]
    return found


def _group_crops(
    groups: NDArray[np.int32], group: int, box: Rect, size: tuple[int, ...], config: PlanConfig
) -> list[Crop]:
    height, width = size
    hole = box.scaled(CELL).clipped(height, width)
    rect = _with_context(hole, config, height, width)
    small = rect.area <= config.side**2 and max(rect.height, rect.width) <= max(config.longest, config.side)
    if small:
        return [Crop(rect, hole, group)]
    return _tiles(groups, group, box, size, config)


def _tiles(groups: NDArray[np.int32], group: int, box: Rect, size: tuple[int, ...], config: PlanConfig) -> list[Crop]:
    """Tiles of the fixed grid that hold cells of the group, each trimmed to them."""
    height, width = size
    core = config.core // CELL
    last_row, last_column = (height - 1) // config.core, (width - 1) // config.core
    crops = []
    for row in range(max(0, box.top - 1) // core, min(box.bottom // core, last_row) + 1):
        for column in range(max(0, box.left - 1) // core, min(box.right // core, last_column) + 1):
            area = Rect(row * core - 1, column * core - 1, (row + 1) * core + 1, (column + 1) * core + 1)
            area = area.clipped(*groups.shape)
            found = np.argwhere(groups[area.slices] == group)
            if found.size == 0:
                continue
            (top, left), (bottom, right) = found.min(axis=0), found.max(axis=0) + 1
            cells = Rect(area.top + int(top), area.left + int(left), area.top + int(bottom), area.left + int(right))
            keep = cells.scaled(CELL).clipped(height, width)
            borders = (
                row * config.core or None,
                column * config.core or None,
                (row + 1) * config.core if (row + 1) * config.core < height else None,
                (column + 1) * config.core if (column + 1) * config.core < width else None,
            )
            crops.append(Crop(_expanded(keep, config.context, config.stride, height, width), keep, group, borders))
    return crops


def _with_context(hole: Rect, config: PlanConfig, height: int, width: int) -> Rect:
    """A rectangle around a hole that shows half its size of context, more than the least where the crop stays small."""
    longest = max(hole.height, hole.width)
    context = min(longest // 2, config.widest_context, (config.side - longest) // 2)
    return _expanded(hole, max(config.context, context), config.stride, height, width)


def _expanded(rect: Rect, context: int, stride: int, height: int, width: int) -> Rect:
    top, bottom = _interval(rect.top, rect.bottom, context, stride, height)
    left, right = _interval(rect.left, rect.right, context, stride, width)
    return Rect(top, left, bottom, right)


def _interval(start: int, stop: int, context: int, stride: int, length: int) -> tuple[int, int]:
    """Widen an interval by the context, inside 0..length, to a multiple of the stride where there is room."""
    start, stop = max(0, start - context), min(length, stop + context)
    size = -(-(stop - start) // stride) * stride
    if size >= length:
        return 0, length
    start = max(0, min(start - (size - (stop - start)) // 2, length - size))
    return start, start + size


def _wide_blobs(
    hole: NDArray[np.bool_], occupied: NDArray[np.bool_], config: PlanConfig
) -> tuple[NDArray[np.int32], tuple[Blob, ...]]:
    """Parts of the hole whose half-width exceeds the reach, each with the scale at which it does not."""
    height, width = hole.shape
    full = _all_cell(hole)
    nothing = np.full(full.shape, -1, dtype=np.int32)
    steps = config.widest // CELL
    depth = _depth(full)
    deep = depth > steps
    if not deep.any() or full.all():
        return nothing, ()
    around = label_components(dilate_cells(deep, steps + 1))
    numbers, boxes = _compact(np.where(occupied, around, np.int32(-1)))
    blobs = []
    for number, box in enumerate(boxes):
        half_width = CELL * int(depth[box.slices][numbers[box.slices] == number].max())
        factor = 2
        while half_width > factor * config.widest:
            factor *= 2
        keep = box.scaled(CELL).clipped(height, width)
        context = config.context * factor
        rect = _expanded(keep, context, config.stride * factor, height, width)
        aligned = replace(rect, top=rect.top - rect.top % factor, left=rect.left - rect.left % factor)
        blobs.append(Blob(aligned, keep, factor, number))
    return numbers, tuple(blobs)


def _depth(full: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How many cells deep each cell lies inside the hole, by chessboard steps; the picture's edge is no rim."""
    depth = full.astype(np.int32)
    inside = full
    while inside.any() and not inside.all():
        inside = ~dilate_cells(~inside, 1)
        depth += inside
    return depth


def _compact(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], list[Rect]]:
    """Renumber labels without gaps, and the bounding box of each, in cells."""
    rows, columns = np.nonzero(labels >= 0)
    used, numbers = np.unique(labels[rows, columns], return_inverse=True)
    compact = np.full_like(labels, -1)
    compact[rows, columns] = numbers
    low = np.full((used.size, 2), np.iinfo(np.int64).max)
    high = np.zeros((used.size, 2), dtype=np.int64)
    for axis, position in enumerate((rows, columns)):
        np.minimum.at(low[:, axis], numbers, position)
        np.maximum.at(high[:, axis], numbers, position + 1)
    boxes = [Rect(*map(int, (a[0], a[1], b[0], b[1]))) for a, b in zip(low, high, strict=True)]
    return compact, boxes


def any_cell(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells that hold a pixel of the hole."""
    rows = np.logical_or.reduceat(hole, np.arange(0, hole.shape[0], CELL), axis=0)
    return np.logical_or.reduceat(rows, np.arange(0, hole.shape[1], CELL), axis=1)


def _all_cell(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells that hold nothing else."""
    rows = np.logical_and.reduceat(hole, np.arange(0, hole.shape[0], CELL), axis=0)
    return np.logical_and.reduceat(rows, np.arange(0, hole.shape[1], CELL), axis=1)


def dilate_cells(cells: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Grow a map of cells by a square of `steps` cells on each side."""
    grown = cells.copy()
    for _ in range(steps):
        rows = grown.copy()
        rows[1:] |= grown[:-1]
        rows[:-1] |= grown[1:]
        grown = rows.copy()
        grown[:, 1:] |= rows[:, :-1]
        grown[:, :-1] |= rows[:, 1:]
    return grown
