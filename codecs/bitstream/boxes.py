"""Rectangles of a picture, and the tiles it is cut into. No torch and no NumPy."""

from dataclasses import dataclass

from restore.errors import UsageError

TILE_SIDE = 1024
"""Side of a tile in pixels; those at the right and lower border are smaller."""
Region = tuple[int, int, int, int]
"""x, y, width and height in pixels of the upright picture: how a caller names a part of it."""


@dataclass(frozen=True)
class Box:
    """A rectangle on a grid of pixels, or of latents where a docstring names them."""

    left: int
    """First column, from 0."""
    top: int
    """First row, from 0."""
    width: int
    """Columns."""
    height: int
    """Rows."""

    @property
    def right(self) -> int:
        """First column to the right of it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row below it."""
        return self.top + self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns that it covers in an array of the whole grid."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def slices_in(self, outer: "Box") -> tuple[slice, slice]:
        """Rows and columns that it covers in an array that shows `outer` alone."""
        top, left = self.top - outer.top, self.left - outer.left
        return slice(top, top + self.height), slice(left, left + self.width)

    def overlap(self, other: "Box") -> "Box | None":
        """What both share; None where that is nothing."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        width, height = min(self.right, other.right) - left, min(self.bottom, other.bottom) - top
        return Box(left, top, width, height) if width > 0 and height > 0 else None

    def grown(self, margin: int, width: int, height: int) -> "Box":
        """The box with a margin on each side, cut at the borders of a grid of `width` times `height`."""
        left, top = max(0, self.left - margin), max(0, self.top - margin)
        return Box(left, top, min(width, self.right + margin) - left, min(height, self.bottom + margin) - top)

    def finer(self, step: int) -> "Box":
        """The box on a grid with `step` places for each of this one."""
        return Box(self.left * step, self.top * step, self.width * step, self.height * step)

    def coarser(self, step: int) -> "Box":
        """The box on a grid with one place per `step` of this one: every place that it touches."""
        left, top = self.left // step, self.top // step
        return Box(left, top, -(-self.right // step) - left, -(-self.bottom // step) - top)


def tile_grid(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of tiles in a picture of `width` times `height` px."""
    return -(-width // TILE_SIDE), -(-height // TILE_SIDE)


def tile_boxes(width: int, height: int) -> list[Box]:
    """A picture cut into tiles, row by row; a tile's number is its place in this list."""
    return [
        Box(left, top, min(TILE_SIDE, width - left), min(TILE_SIDE, height - top))
        for top in range(0, height, TILE_SIDE)
        for left in range(0, width, TILE_SIDE)
    ]


def box_of_region(region: Region, width: int, height: int) -> Box:
    """Check a caller's region against the picture of `width` times `height` px.

    Raises:
        UsageError: it is empty or not wholly inside, or has not four numbers.
    """
    if len(region) != 4:
        raise UsageError(f"a region has four numbers, x, y, width and height, not {len(region)}")
    box = Box(*region)
    inside = min(box.left, box.top) >= 0 and box.right <= width and box.bottom <= height
    if not inside or min(box.width, box.height) < 1:
        named = ",".join(map(str, region))
        raise UsageError(
            f"the region {named} (x, y, width, height) does not lie in the picture, which has {width} x {height} px"
        )
    return box
