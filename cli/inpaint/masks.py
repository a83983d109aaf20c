"""Which pixels of a picture `restore inpaint` fills: read from a mask file, or taken from the picture itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from restore.callbacks import Notify
from restore.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restore.images.picture import Picture
    from restore.pipelines.inpaint.options import InpaintOptions


@dataclass(frozen=True, slots=True)
class AlphaRule:
    """The hole is where the picture is transparent."""

    def __str__(self) -> str:
        return "its alpha"


@dataclass(frozen=True, slots=True)
class ColourRule:
    """The hole is where the picture has a colour.

    Attributes:
        rgb: the colour, 0..255 each.
        tolerance: how far each channel may be from it, 0..255.
    """

    rgb: tuple[int, int, int]
    tolerance: int = 0

    def __str__(self) -> str:
        return "its pixels of colour " + "".join(f"{channel:02x}" for channel in self.rgb)


MaskSource = Path | AlphaRule | ColourRule


def parse_mask_rule(text: str) -> AlphaRule | ColourRule:
    """Read the argument of `--mask-from`: `alpha`, `ff00ff` or `ff00ff~12`, with or without a leading `#`.

    Raises:
        UsageError: it is none of these.
    """
    if text.lower() == "alpha":
        return AlphaRule()
    match = re.fullmatch(r"#?([0-9a-fA-F]{6})(?:~(\d{1,3}))?", text)
    tolerance = int(match[2] or 0) if match else 256
    if match is None or tolerance > 255:
        raise UsageError(
            f"--mask-from {text}: not understood; write alpha, or a colour such as ff00ff, or with a tolerance of "
            "0..255, ff00ff~12"
        )
    red, green, blue = bytes.fromhex(match[1])
    return ColourRule((red, green, blue), tolerance)


@dataclass
class MaskReader:
    """Reads masks; one that serves several pictures is kept after its first reading.

    Attributes:
        shared: the mask that serves several pictures, or None.
        max_pixels: largest mask to open.
    """

    shared: Path | None
    max_pixels: int
    _kept: "Picture | None" = None

    @classmethod
    def of(cls, masks: Sequence[MaskSource | None], max_pixels: int) -> "MaskReader":
        """A reader for the masks of a run."""
        files = [mask for mask in masks if isinstance(mask, Path)]
        return cls(files[0] if len(files) > 1 and len(set(files)) == 1 else None, max_pixels)

    def read(self, path: Path) -> "Picture":
        """Return the mask at `path`.

        Raises:
            InputError: it is damaged, too large or no picture.
        """
        if path == self.shared and self._kept is not None:
            return self._kept
        from restore.cli.pictures import read

        mask = read(path, self.max_pixels)
        if path == self.shared:
            self._kept = mask
        return mask


def find_hole(
    source: MaskSource, picture: "Picture", masks: MaskReader, options: "InpaintOptions", notify: Notify
) -> "NDArray[np.bool_]":
    """Return what is to be filled, (H, W), from a mask file or from the picture itself.

    Raises:
        InputError: the mask cannot be read.
        UsageError: the mask's size is not the picture's, or the picture has no alpha where that was asked for.
    """
    from restore.pipelines.inpaint.holes import hole_from_alpha, hole_from_colour, hole_from_mask

    hole: NDArray[np.bool_]
    if isinstance(source, AlphaRule):
        hole = hole_from_alpha(picture, options)
    elif isinstance(source, ColourRule):
        hole = hole_from_colour(picture, source.rgb, source.tolerance, options)
    else:
        hole = hole_from_mask(masks.read(source), picture, options, notify)
    if not hole.any():
        notify("the mask marks nothing to fill; the picture is written as it is")
    return hole


def opaque_in(picture: "Picture", hole: "NDArray[np.bool_]") -> "Picture":
    """Return the picture with its hole opaque: what was marked by transparency is to be seen once it is filled."""
    return picture if picture.alpha is None else _with_alpha(picture, hole, opaque=True)


def transparent_in(picture: "Picture", hole: "NDArray[np.bool_]") -> "Picture":
    """Return the picture with its hole transparent, for a look at a picture that has none of its own there."""
    return _with_alpha(picture, hole, opaque=False)


def _with_alpha(picture: "Picture", hole: "NDArray[np.bool_]", *, opaque: bool) -> "Picture":
    import numpy as np

    top, dtype = np.iinfo(picture.colour.dtype).max, picture.colour.dtype
    alpha = np.full(hole.shape, top, dtype) if picture.alpha is None else picture.alpha.copy()
    alpha[hole] = top if opaque else 0
    return replace(picture, alpha=alpha)
