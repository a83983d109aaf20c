"""Pillow images, arrays and tensors to a `Picture`, and back. torch is imported only where it is needed."""

from typing import Any, Literal, get_args

import numpy as np
from PIL import Image

from restore.errors import UsageError
from restore.images.picture import Picture
from restore.images.pillow_pictures import image_from_picture, picture_from_image
from restore.images.samples import from_unit, to_unit

Form = Literal["pillow", "array", "tensor"]
"""The kinds of image that `restore.decompress` can return."""


def require_form(form: str) -> None:
    """Refuse an unknown form.

    Raises:
        UsageError: it is not one of `Form`.
    """
    if form not in get_args(Form):
        raise UsageError(f"form {form!r} is unknown; use one of {', '.join(get_args(Form))}")


def to_picture(image: Any) -> Picture:
    """The picture of an image; floats become 16 bits, so that they lose no detail before they are coded.

    Args:
        image: a `Picture`; a PIL image; an array `(H, W)`, `(H, W, 1)`, `(H, W, 3)` or `(H, W, 4)` of uint8, uint16 or
            float 0..1; or a tensor `(C, H, W)` or `(1, C, H, W)` of uint8 or float 0..1. With one or two channels it
            is grey.

    Raises:
        UsageError: another kind, shape or dtype, several images, or floats that are not finite or not in 0..1.
    """
    if isinstance(image, Picture):
        return image
    if isinstance(image, Image.Image):
        return picture_from_image(image)
    from restore.pipelines.conversions import open_image

    frames = open_image(image).images
    if len(frames) != 1:
        raise UsageError(f"a batch of {len(frames)} images is not supported: give them one by one")
    frame = frames[0]
    alpha = None if frame.alpha is None else np.ascontiguousarray(_whole_numbers(frame.alpha))
    return Picture(np.ascontiguousarray(_whole_numbers(frame.colour)), alpha, frame.grey)


def from_picture(picture: Picture, form: Form) -> Any:
    """A picture as another kind of image.

    Args:
        picture: what was decoded.
        form: `pillow`: an image with its metadata, its pixels turned as the file stored them. `array`: upright,
            `(H, W)` or `(H, W, 2)` if grey, else `(H, W, 3)` or `(H, W, 4)`, uint8 or uint16. `tensor`: upright,
            `(C, H, W)`, float32 0..1, C of 1 to 4.

    Raises:
        UsageError: the form is unknown.
    """
    require_form(form)
    if form == "pillow":
        return image_from_picture(picture)
    planes = picture.colour[..., :1] if picture.grey else picture.colour
    if picture.alpha is not None:
        planes = np.concatenate([planes, picture.alpha[..., None]], axis=2)
    if form == "tensor":
        import torch

        return torch.from_numpy(np.ascontiguousarray(to_unit(planes).transpose(2, 0, 1)))
    return np.ascontiguousarray(planes[..., 0]) if planes.shape[2] == 1 else planes


def _whole_numbers(samples: np.ndarray) -> np.ndarray:
    if np.issubdtype(samples.dtype, np.integer):
        return samples
    if not np.isfinite(samples).all():
        raise UsageError("the image holds values that are not finite: replace them first")
    return from_unit(to_unit(samples), np.dtype(np.uint16))
