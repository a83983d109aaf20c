"""From a mask, an alpha channel or a colour to the pixels that are to be filled.

A hole is grown a little by default, because the rim of an anti-aliased or JPEG mask holds pixels that are half
damage, and filled ones beside them would show. Everything works in bands of rows, so that a large picture needs
little more memory than its own.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restore.callbacks import Notify
from restore.errors import UsageError
from restore.images.orientation import upright
from restore.images.samples import peak
from restore.pipelines.inpaint.distance import bands, grow
from restore.pipelines.inpaint.options import InpaintOptions

if TYPE_CHECKING:
    from restore.images.picture import Picture

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601), as Pillow weighs them."""


def hole_from_mask(
    mask: "Picture",
    picture: "Picture",
    options: InpaintOptions,
    notify: Notify = lambda line: None,
    name: str = "the mask",
) -> NDArray[np.bool_]:
    """Read the hole off a mask: its bright pixels, grown by `options.dilate`.

    Args:
        mask: of the picture's size as it is shown; a mask drawn on the stored, rotated pixels is turned, with a note.
            Transparent pixels are no hole.
        picture: what is to be repaired.
        options: threshold, inversion and growth.
        notify: is called with a note when the mask is turned.
        name: what messages call it.

    Returns:
        `(H, W)`, True to fill.

    Raises:
        UsageError: the sizes differ.
    """
    bright = np.empty((mask.height, mask.width), dtype=np.bool_)
    for rows in bands(mask.height, mask.width):
        alpha = None if mask.alpha is None else mask.alpha[rows]
        bright[rows] = bright_pixels(mask.colour[rows], alpha, options.threshold)
    if bright.shape != (picture.height, picture.width):
        if (mask.width, mask.height) != picture.stored_size:
            raise UsageError(
                f"{name} is {mask.width}x{mask.height} but the picture is {picture.width}x{picture.height}: "
                "give a mask of the picture's size"
            )
        bright = np.ascontiguousarray(upright(bright, picture.metadata.orientation))
        notify(f"{name} has the size of the stored, rotated pixels: it is turned as the picture is")
    return finish_hole(bright, options)


def hole_from_alpha(picture: "Picture", options: InpaintOptions) -> NDArray[np.bool_]:
    """Take the pixels less opaque than the threshold as the hole, grown by `options.dilate`.

    Returns:
        `(H, W)`, True to fill.

    Raises:
        UsageError: the picture has no alpha channel.
    """
    if picture.alpha is None:
        raise UsageError("the picture has no alpha channel to take the hole from: give a mask")
    return finish_hole(picture.alpha < options.threshold * peak(picture.alpha.dtype), options)


def hole_from_colour(
    picture: "Picture", rgb: tuple[int, int, int], tolerance: int, options: InpaintOptions
) -> NDArray[np.bool_]:
    """Take the pixels of one colour as the hole, grown by `options.dilate`.

    Args:
        picture: 8 or 16 bit.
        rgb: the colour, 0..255 each.
        tolerance: largest difference in each channel, 0..255.
        options: inversion and growth.

    Returns:
        `(H, W)`, True to fill.
    """
    scale = int(peak(picture.colour.dtype)) // 255
    low = [max(0, value - tolerance) * scale for value in rgb]
    high = [min(255, value + tolerance) * scale for value in rgb]
    match = np.empty((picture.height, picture.width), dtype=np.bool_)
    for rows in bands(picture.height, picture.width):
        part = picture.colour[rows]
        match[rows] = ((part >= low) & (part <= high)).all(axis=2)
    return finish_hole(match, options)


def bright_pixels(colour: NDArray[Any], alpha: NDArray[Any] | None, threshold: float) -> NDArray[np.bool_]:
    """Where a mask's luma, times its opacity, reaches the threshold.

    Args:
        colour: `(H, W, 3)`, 8 or 16 bit or float 0..1.
        alpha: `(H, W)` of the same kind, or None.
        threshold: 0..1.

    Returns:
        `(H, W)`.
    """
    top = peak(colour.dtype)
    luma = colour[..., 0] * LUMA[0] + colour[..., 1] * LUMA[1] + colour[..., 2] * LUMA[2]
    if alpha is not None:
        luma = luma * (alpha / top)
    bright: NDArray[np.bool_] = luma >= threshold * top * (1 - 1e-9)
    return bright


def finish_hole(marked: NDArray[np.bool_], options: InpaintOptions) -> NDArray[np.bool_]:
    """Invert and grow marked pixels as the options ask."""
    return grow(~marked if options.invert else marked, options.dilate)


def unknown_pixels(hole: NDArray[np.bool_], alpha: NDArray[Any] | None) -> NDArray[np.bool_]:
    """The hole and what is transparent: its hidden colour, often black, must not run into a fill."""
    if alpha is None:
        return hole
    unknown = hole | (alpha == 0)
    return hole if unknown.all() else unknown
