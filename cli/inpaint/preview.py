"""Before, mask and after, or several variants, side by side in one picture: the quickest way to see what a run did.

Panels of large photographs are made smaller, because a preview is to be looked at and not kept. It is a new picture:
colour profile apart, none of the photograph's metadata goes into it.
"""

import math
from typing import TYPE_CHECKING

from restore.images.metadata import Metadata
from restore.images.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

PANEL = 1600
"""Longest side of one panel, in pixels."""
CAPTION = 24
"""Height of the line that numbers a variant, in pixels."""
GAP = 8
"""White between panels, in pixels."""
CHECKER = 8
"""Side of the grey squares that show transparency, in pixels."""


def panel(picture: Picture, *, several: bool = False) -> "NDArray[np.uint8]":
    """Return a picture as a sheet shows it: (H, W, 3) in 8 bit, its longest side at most a panel's.

    Args:
        picture: before or after.
        several: it is one of several variants, which are shown at half the size.
    """
    return _fitted(_flattened(picture), PANEL // 2 if several else PANEL)


def contact_sheet(
    before: Picture,
    hole: "NDArray[np.bool_]",
    fills: "Sequence[NDArray[np.uint8]]",
    *,
    several: bool = False,
    shown: "NDArray[np.uint8] | None" = None,
) -> Picture:
    """Return the picture before, its mask and what came out as one 8-bit picture.

    Args:
        before: the picture as it came.
        hole: (H, W), True where it was filled.
        fills: the result, or each variant, as `panel` gives it.
        several: variants were asked for: panels are numbered, and stand in rows where they are more than four.
        shown: a panel to show in place of the mask, of the size of the others.
    """
    import numpy as np

    mask = shown
    if mask is None:
        mask = _fitted(np.repeat(hole[:, :, None], 3, axis=2).astype(np.uint8) * 255, PANEL // 2 if several else PANEL)
    panels = [panel(before, several=several), mask, *fills]
    names = ["before", "mask" if shown is None else "found", *map(str, range(1, len(fills) + 1))]
    columns = len(panels) if len(panels) <= 4 else math.ceil(math.sqrt(len(panels)))
    height, width = panels[0].shape[:2]
    line = CAPTION if several else 0
    rows = -(-len(panels) // columns)
    sheet = np.full((rows * (height + line + GAP) - GAP, columns * (width + GAP) - GAP, 3), 255, np.uint8)
    for index, (content, name) in enumerate(zip(panels, names, strict=True)):
        top, left = index // columns * (height + line + GAP), index % columns * (width + GAP)
        if several:
            sheet[top : top + line, left : left + width] = _caption(name, width)
        sheet[top + line : top + line + height, left : left + width] = content
    icc = None if before.grey else before.metadata.icc
    return Picture(colour=sheet, alpha=None, grey=False, metadata=Metadata(icc=icc), format="PNG")


def _caption(text: str, width: int) -> "NDArray[np.uint8]":
    """Black on white, (CAPTION, width, 3)."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    strip = Image.new("RGB", (width, CAPTION), "white")
    ImageDraw.Draw(strip).text((2, 1), text, fill="black", font=ImageFont.load_default(CAPTION - 6))
    made: NDArray[np.uint8] = np.asarray(strip)
    return made


def _flattened(picture: Picture) -> "NDArray[np.uint8]":
    """Return (H, W, 3) in 8 bit, with transparency shown over a chequered ground."""
    import numpy as np

    colour = (picture.colour >> 8 if picture.depth == 16 else picture.colour).astype(np.uint8)
    if picture.alpha is None:
        return colour
    rows, columns = np.arange(colour.shape[0])[:, None], np.arange(colour.shape[1])
    ground = np.where((rows // CHECKER + columns // CHECKER) % 2, 153, 204)[:, :, None]
    weight = picture.alpha[:, :, None].astype(np.float32) / np.iinfo(picture.alpha.dtype).max
    flat: NDArray[np.uint8] = np.rint(colour * weight + ground * (1 - weight)).astype(np.uint8)
    return flat


def _fitted(pixels: "NDArray[np.uint8]", longest: int) -> "NDArray[np.uint8]":
    import numpy as np
    from PIL import Image

    height, width = pixels.shape[:2]
    if max(height, width) <= longest:
        return pixels
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted: NDArray[np.uint8] = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
    return fitted
