"""The kinds of image that `restore.interpolate` takes and gives back: Pillow images, arrays and tensors.

    two images ── open_image ── (H, W, C) arrays ── between ── (H, W, C) arrays ── written into copies of image 0

Images are opened and closed as for inpainting: a made frame is frame 0 with every pixel written, so metadata, mode,
dtype and device are frame 0's. A frame at 0 or 1 is the input with no pixel written: a copy to the bit.
"""

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.errors import UsageError
from restore.images.samples import to_unit
from restore.images.tags import exif
from restore.pipelines.conversions import ImageArrays, OpenedImage, open_image

Between = Callable[[NDArray[Any], NDArray[Any], Sequence[float]], list[NDArray[Any]]]
"""Makes a frame per time of two frames `(H, W, C)`, as `FrameInterpolator.between`."""


def between_images(between: Between, image0: Any, image1: Any, t: Any) -> Any:
    """Make images between two, of their kind.

    Args:
        between: makes frames of two arrays.
        image0: a PIL image of any mode; a NumPy array `(H, W)`, `(H, W, 1)` to `(H, W, 4)` of uint8, uint16 or float
            0..1; or a tensor `(C, H, W)` or `(B, C, H, W)` with C of 1, 3 or 4, of uint8 or float 0..1.
        image1: of the same kind, type and size.
        t: a time from 0, image 0, to 1, image 1; or several.

    Returns:
        One image for a number, a list for several; see `restore.interpolate`.

    Raises:
        UsageError: images of a kind that is not supported or that do not fit each other, or times out of range.
    """
    alone = isinstance(t, Real)
    try:
        times = [float(time) for time in ([t] if alone else t)]
    except (TypeError, ValueError) as error:
        raise UsageError(f"t is a number from 0 to 1, or a list of them, not {t!r}") from error
    opened = open_image(image0), open_image(image1)
    _require_alike((image0, image1), opened)
    pairs = zip(*(map(_planes, image.images) for image in opened), strict=True)
    made = list(zip(*(between(first, second, times) for first, second in pairs), strict=True))
    ends = {0.0: opened[0], 1.0: opened[1]}
    images = [
        _untouched(ends[time]) if time in ends else _written(opened[0], frames)
        for time, frames in zip(times, made, strict=True)
    ]
    return images[0] if alone else images


def _require_alike(images: tuple[Any, Any], opened: tuple[OpenedImage, OpenedImage]) -> None:
    kinds = [_kind(image, one.images[0]) for image, one in zip(images, opened, strict=True)]
    if kinds[0] != kinds[1]:
        raise UsageError(f"two frames of one kind and size are needed, not {kinds[0]} and {kinds[1]}")
    if not isinstance(images[0], Image.Image):
        return
    if images[0].info.get("icc_profile") != images[1].info.get("icc_profile"):
        raise UsageError("the frames have different colour profiles: convert one to the profile of the other first")
    if _orientation(images[0]) != _orientation(images[1]):
        raise UsageError(
            "the frames are turned differently by their EXIF: apply it first (PIL.ImageOps.exif_transpose)"
        )


def _kind(image: Any, frame: ImageArrays) -> str:
    """The kind that two images must share, in words; that of a palette image is that of its colours."""
    if isinstance(image, Image.Image):
        unpaletted = "RGB" if frame.alpha is None else "RGBA"
        mode = unpaletted if image.mode in ("P", "PA") else image.mode
        return f"a PIL image of mode {mode} and {image.width}x{image.height}"
    if isinstance(image, Tensor):
        return f"a tensor {tuple(image.shape)} of {image.dtype} on {image.device}"
    return f"an array {image.shape} of {image.dtype}"


def _orientation(image: Image.Image) -> int:
    block = image.info.get("exif")
    return exif.orientation_of(exif.tiff_block(block)) if isinstance(block, bytes) else 1


def _planes(frame: ImageArrays) -> NDArray[Any]:
    """A frame as `(H, W, C)`: grey is one channel, alpha the last."""
    colour = frame.colour[..., :1] if frame.grey else frame.colour
    return colour if frame.alpha is None else np.concatenate([colour, frame.alpha[..., None]], axis=2)


def _untouched(opened: OpenedImage) -> Any:
    """A copy of an image."""
    nothing = [(np.zeros(frame.colour.shape[:2], bool), np.zeros((0, 3), np.float32)) for frame in opened.images]
    return opened.rebuild(nothing)


def _written(opened: OpenedImage, made: Sequence[NDArray[Any]]) -> Any:
    """A copy of an image with every pixel replaced; `made` is `(H, W, C)` for each of its frames."""
    filled = []
    for planes in made:
        colour = np.broadcast_to(planes[..., :3] if planes.shape[2] >= 3 else planes[..., :1], (*planes.shape[:2], 3))
        filled.append((np.ones(planes.shape[:2], bool), to_unit(colour).reshape(-1, 3)))
    image = opened.rebuild(filled)
    if opened.images[0].alpha is not None:
        _write_alpha(image, [planes[..., -1] for planes in made])
    return image


def _write_alpha(image: Any, alphas: Sequence[NDArray[Any]]) -> None:
    if isinstance(image, Image.Image):
        image.putalpha(Image.fromarray(alphas[0]))
    elif isinstance(image, Tensor):
        for item, alpha in zip(image if image.ndim == 4 else image[None], alphas, strict=True):
            item[-1] = torch.from_numpy(np.ascontiguousarray(alpha)).to(device=image.device, dtype=image.dtype)
    else:
        image[..., -1] = alphas[0]
