"""What `restore repair` found, in colour over the picture."""

from typing import TYPE_CHECKING

from restore.cli.inpaint.preview import panel
from restore.images.picture import Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLOURS = ((255, 40, 40), (255, 210, 0), (40, 120, 255), (0, 220, 110))
"""Of lines, spots, areas, and what `--also` marks."""
OPACITY = 0.75
"""Of the colour over the picture."""


def found_panel(before: Picture, kinds: "NDArray[np.uint8]", *, several: bool = False) -> "NDArray[np.uint8]":
    """Return the panel of a preview that shows what was found.

    Marks are made smaller by their largest number, so that a thin line is still seen where the panel is small.

    Args:
        before: the picture as it came.
        kinds: `(H, W)`, 0 where nothing was found, else a number from 1 on, as `Marks.kinds`.
        several: panels are half as large, as for variants.
    """
    import numpy as np

    ground = panel(before, several=several)
    (height, width), (rows, columns) = kinds.shape, ground.shape[:2]
    fewer = np.maximum.reduceat(kinds, np.arange(rows) * height // rows, axis=0)
    small = np.maximum.reduceat(fewer, np.arange(columns) * width // columns, axis=1)
    colours = np.array([(0, 0, 0), *COLOURS], np.float32)[small]
    shown: NDArray[np.uint8] = np.where(
        small[..., None] > 0, np.rint(ground * (1 - OPACITY) + colours * OPACITY), ground
    ).astype(np.uint8)
    return shown
