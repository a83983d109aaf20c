"""Before, mask and after, side by side in one picture: the quickest way to see what a run did.

Panels of large photographs are made smaller, because a preview is to be looked at and not kept. It is a new picture:
colour profile apart, none of the photograph's metadata goes into it.
"""

from typing import TYPE_CHECKING

from restore.images.metadata import Metadata
from restore.images.picture import Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PANEL = 1600
"""Longest side of one panel, in pixels."""
GAP = 8
"""White between panels, in pixels."""
CHECKER = 8
"""Side of the grey squares that show transparency, in pixels."""


def side_by_side(before: Picture, hole: "NDArray[np.bool_]", after: Picture) -> Picture:
    """Return the three panels as one 8-bit picture.

    Args:
        before: the picture as it came.
        hole: (H, W), True where it was filled.
        after: the result, of the same size.
    """
    import numpy as np

    mask = np.repeat(hole[:, :, None], 3, axis=2).astype(np.uint8) * 255
    panels = [_fitted(panel) for panel in (_flattened(before), mask, _flattened(after))]
    height, width = panels[0].shape[:2]
    sheet = np.full((height, 3 * width + 2 * GAP, 3), 255, np.uint8)
    for index, panel in enumerate(panels):
        left = index * (width + GAP)
        sheet[:, left : left + width] = panel
    icc = None if before.grey else before.metadata.icc
    return Picture(colour=sheet, alpha=None, grey=False, metadata=Metadata(icc=icc), format="PNG")


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


def _fitted(panel: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    import numpy as np
    from PIL import Image

    height, width = panel.shape[:2]
    if max(height, width) <= PANEL:
        return panel
    scale = PANEL / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted: NDArray[np.uint8] = np.asarray(Image.fromarray(panel).resize(size, Image.Resampling.BOX))
    return fitted
