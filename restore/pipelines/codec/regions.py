"""A part of a picture as a caller names it. No torch: a wrong one is refused before a model is loaded."""

from restore.codecs.bitstream.header import Header, Rect
from restore.errors import UsageError

Region = tuple[int, int, int, int]
"""x, y, width and height in pixels of the picture as it is looked at."""


def region_in(region: Region, header: Header) -> Rect:
    """Check a region against the picture it is of.

    Raises:
        UsageError: it is empty or not wholly inside.
    """
    left, top, width, height = region
    inside = min(left, top) >= 0 and left + width <= header.width and top + height <= header.height
    if not inside or min(width, height) < 1:
        raise UsageError(
            f"the region {left},{top},{width},{height} (x, y, width, height) does not lie in the picture, which has "
            f"{header.width} x {header.height} px"
        )
    return Rect(left, top, width, height)
