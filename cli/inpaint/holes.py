"""Which pixels of a picture `restore inpaint` fills: read from a mask file, or taken from the picture itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from restore.cli.inpaint.pairs import AlphaRule, ColourRule, MaskSource
from restore.cli.pictures import read
from restore.images.picture import Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restore.pipelines.inpaint.options import InpaintOptions

Notify = Callable[[str], None]


@dataclass
class MaskReader:
    """Reads masks; one that serves several pictures is kept after its first reading.

    Attributes:
        shared: the mask that serves several pictures, or None.
        max_pixels: largest mask to open.
    """

    shared: Path | None
    max_pixels: int
    _kept: Picture | None = None

    def read(self, path: Path) -> Picture:
        """Return the mask at `path`.

        Raises:
            InputError: it is damaged, too large or no picture.
        """
        if path == self.shared and self._kept is not None:
            return self._kept
        mask = read(path, self.max_pixels)
        if path == self.shared:
            self._kept = mask
        return mask


def find_hole(
    source: MaskSource, picture: Picture, masks: MaskReader, settings: "InpaintOptions", notify: Notify
) -> "NDArray[np.bool_]":
    """Return what is to be filled, (H, W), from a mask file or from the picture itself.

    Raises:
        InputError: the mask cannot be read.
        UsageError: the mask's size is not the picture's, or the picture has no alpha where that was asked for.
    """
    from restore.pipelines.inpaint.holes import hole_from_alpha, hole_from_colour, hole_from_mask

    hole: NDArray[np.bool_]
    if isinstance(source, AlphaRule):
        hole = hole_from_alpha(picture, settings)
    elif isinstance(source, ColourRule):
        hole = hole_from_colour(picture, source.rgb, source.tolerance, settings)
    else:
        hole = hole_from_mask(masks.read(source), picture, settings, notify)
    if not hole.any():
        notify("the mask marks nothing to fill; the picture is written as it is")
    return hole


def opaque_in(picture: Picture, hole: "NDArray[np.bool_]") -> Picture:
    """Return the picture with its hole opaque: what was marked by transparency is to be seen once it is filled."""
    import numpy as np

    if picture.alpha is None:
        return picture
    alpha = picture.alpha.copy()
    alpha[hole] = np.iinfo(alpha.dtype).max
    return replace(picture, alpha=alpha)
