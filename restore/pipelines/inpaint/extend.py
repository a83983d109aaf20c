"""Paints on beyond the edges of a picture: what `restore.extend` and `restore extend` do.

    request   Extension: lengths and an aspect
    plan      Extension.margins: whole pixels on each side, for a picture of this size
    canvas    canvas, with_margins: the picture on a larger ground, whose new part is the hole
    fill      Inpainter, with a hole that is not grown: nothing of the picture itself is changed

The new part is a hole like any other, except that it has known pixels on one side only. So it is as good as the hole
is narrow beside the picture: a side may grow by its own length at most, and by a tenth of it with more success.
"""

import re
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restore.errors import UsageError
from restore.images.metadata import resized_metadata
from restore.images.orientation import swaps_sides
from restore.images.picture import Picture

if TYPE_CHECKING:
    import torch

    from restore.pipelines.inpaint.inpainter import Inpainter

Length = int | str
"""Pixels as a number or as text (`300`, `300px`), or a part of the picture's side (`20%`)."""

_OWN_MASK = ("threshold", "invert", "dilate", "feather")
"""Fields of `InpaintOptions` that say what a mask means; here there is none."""


@dataclass(frozen=True, slots=True)
class Margins:
    """What is added on each side of a picture as it is looked at, in pixels."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def around(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of a picture with the margins."""
        return self.left + width + self.right, self.top + height + self.bottom

    def new_part(self, width: int, height: int) -> NDArray[np.bool_]:
        """The pixels that a picture of this size gains: `(H, W)` with the margins, True outside the picture."""
        larger = self.around(width, height)
        new = np.ones(larger[::-1], dtype=np.bool_)
        new[self.top : self.top + height, self.left : self.left + width] = False
        return new


@dataclass(frozen=True, slots=True)
class Extension:
    """How far a picture is to reach beyond its edges.

    Each side takes a length: a number of pixels, the same as text (`300`, `300px`), or a part of the picture's width
    (left, right) or height (top, bottom) as `20%`. `aspect`, as `16:9`, then widens or heightens the result until its
    sides stand in this ratio, to the nearest pixel: by equal parts on both sides, or, where one of the two has a length
    of its own (0 counts), on the other alone.

    Raises:
        UsageError: a length or the aspect is not understood, or nothing is asked for.
    """

    left: Length | None = None
    top: Length | None = None
    right: Length | None = None
    bottom: Length | None = None
    aspect: str | None = None

    def __post_init__(self) -> None:
        given = [(side, getattr(self, side)) for side in _SIDES]
        numbers = [_parsed(side, length)[0] for side, length in given if length is not None]
        if self.aspect is None and not any(numbers):
            raise UsageError("nothing to add: give left, top, right or bottom a length above 0, or an aspect")
        _ratio(self.aspect)

    def margins(self, width: int, height: int) -> Margins:
        """The pixels to add to a picture of this size.

        Args:
            width: in pixels, as the picture is looked at.
            height: in pixels.

        Raises:
            UsageError: nothing is left to add, a side is longer than the picture's own, or both sides that `aspect`
                would need have a length of their own.
        """
        own = {"left": width, "top": height, "right": width, "bottom": height}
        added = {side: _pixels(side, getattr(self, side), own[side]) for side in _SIDES}
        ratio = _ratio(self.aspect)
        if ratio is not None:
            wide, high = width + added["left"] + added["right"], height + added["top"] + added["bottom"]
            self._share_out(added, ("left", "right"), round(ratio * high) - wide)
            self._share_out(added, ("top", "bottom"), round(wide / ratio) - high)
        for side, length in added.items():
            if length > own[side]:
                raise UsageError(
                    f"{side}: {length} pixels are more than the picture has there ({own[side]}); "
                    "a side can grow by 100% at once, and the result can be extended again"
                )
        if not any(added.values()):
            already = f": {width}x{height} is {self.aspect} already" if self.aspect else " to a picture of this size"
            raise UsageError(f"nothing to add{already}")
        return Margins(**added)

    def _share_out(self, added: dict[str, int], sides: tuple[str, str], missing: int) -> None:
        """Add what a dimension lacks to its two sides, or to the one that has no length of its own."""
        if missing <= 0:
            return
        free = [side for side in sides if getattr(self, side) is None]
        if not free:
            raise UsageError(
                f"aspect {self.aspect} needs {missing} more pixels, but {sides[0]} and {sides[1]} are both given: "
                "leave one of them out"
            )
        for index, side in enumerate(free):
            added[side] += (missing + index) // len(free)


_SIDES = tuple(field.name for field in fields(Extension) if field.name != "aspect")


def canvas(picture: Picture, margins: Margins) -> Picture:
    """The picture on a larger ground, black and opaque where it is new, with the metadata of its new size."""
    width, height = margins.around(picture.width, picture.height)
    rows, columns = (
        slice(margins.top, margins.top + picture.height),
        slice(margins.left, margins.left + picture.width),
    )
    colour = np.zeros((height, width, 3), picture.colour.dtype)
    colour[rows, columns] = picture.colour
    alpha = None
    if picture.alpha is not None:
        alpha = np.full((height, width), np.iinfo(picture.alpha.dtype).max, picture.alpha.dtype)
        alpha[rows, columns] = picture.alpha
    stored = (height, width) if swaps_sides(picture.metadata.orientation) else (width, height)
    return replace(picture, colour=colour, alpha=alpha, metadata=resized_metadata(picture.metadata, stored))


def extend(
    image: Any,
    *,
    left: Length | None = None,
    top: Length | None = None,
    right: Length | None = None,
    bottom: Length | None = None,
    aspect: str | None = None,
    device: "str | torch.device" = "auto",
    inpainter: "Inpainter | None" = None,
    **options: Any,
) -> Any:
    """Paint on beyond the edges of an image.

    Args:
        image: RGB or grey, with or without alpha, as `inpaint` takes it; sides are those of its pixels, whatever
            orientation an EXIF block of a PIL image names.
        left: what is added there: pixels (`300`, `"300px"`) or a part of the width (`"20%"`), at most all of it.
        top: likewise, of the height.
        right: as `left`.
        bottom: as `top`.
        aspect: width to height of the result, as `"16:9"`: what is missing is added on both sides alike, or on the
            one that has no length of its own.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        inpainter: a loaded model, for many images; left out, the released weights on `device`.
        **options: `fill`, `detail`, `seed`, `max_memory` of `InpaintOptions`, and `variants`, `on_progress` and
            `notify` of a loaded model.

    Returns:
        A larger image of the same type and dtype; the input's pixels are in it to the bit, and the new ones are opaque.
        With `variants` a list of them.

    Raises:
        UsageError: a length or aspect that is not understood or too long, nothing to add, an image that is not
            supported.
        WeightsError: weights are missing or damaged.
    """
    from restore.pipelines.conversions import open_image, with_margins
    from restore.pipelines.inpaint.inpainter import load_once

    extension = Extension(left, top, right, bottom, aspect)
    misplaced = sorted(set(_OWN_MASK) & set(options))
    if misplaced:
        raise UsageError(f"{' and '.join(misplaced)}: of no use here, because no mask says what is filled")
    height, width = open_image(image).images[0].colour.shape[:2]
    margins = extension.margins(width, height)
    larger = with_margins(image, margins.left, margins.top, margins.right, margins.bottom)
    model = inpainter or load_once("inpaint", device=device)
    return model(larger, margins.new_part(width, height), dilate=0, **options)


def _parsed(side: str, length: Length) -> tuple[Fraction, bool]:
    """A length's number, and whether it is a part of the side, in percent."""
    match = re.fullmatch(r"(\d+)(?:px)?|(\d+(?:\.\d+)?)%", str(length).strip().lower())
    if match is None or isinstance(length, bool):
        raise UsageError(
            f"{side} {length}: not a length; write pixels, as 300 or 300px, or a part of the picture's side, as 20%"
        )
    return Fraction(match[1] or match[2]), match[1] is None


def _pixels(side: str, length: Length | None, own: int) -> int:
    """Pixels of a length on a side of `own` pixels."""
    if length is None:
        return 0
    number, is_part = _parsed(side, length)
    return round(number * own / 100 if is_part else number)


def _ratio(aspect: str | None) -> Fraction | None:
    if aspect is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)[:x/](\d+(?:\.\d+)?)", str(aspect).strip())
    parts = [Fraction(part) for part in match.groups()] if match else []
    if not parts or 0 in parts:
        raise UsageError(f"aspect {aspect}: not understood; write width and height of the result as 16:9")
    return parts[0] / parts[1]
