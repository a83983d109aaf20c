"""Which pixels a mask marks, when a Python caller hands it in as a Pillow image, an array or a tensor."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.errors import UsageError
from restore.pipelines.inpaint.holes import bright_pixels


def marked_pixels(mask: Any, threshold: float, count: int) -> list[NDArray[np.bool_]]:
    """Read which pixels a mask marks.

    Args:
        mask: PIL image, array `(H, W)`, `(H, W, 1)` or `(H, W, 3)`, or tensor `(H, W)`, `(1, H, W)` or `(B, 1, H, W)`.
        threshold: luma from which a pixel is marked.
        count: how many images it is for.

    Returns:
        One `(H, W)` per image.

    Raises:
        UsageError: another kind or shape, or a batch of another length.
    """
    if isinstance(mask, Image.Image):
        marks = [_marked(_pillow_mask(mask), threshold)]
    elif isinstance(mask, np.ndarray):
        marks = [_marked(mask, threshold)]
    elif isinstance(mask, Tensor):
        array = mask.detach().cpu()
        array = array.float() if array.is_floating_point() else array
        planes = array[None] if array.ndim == 2 else array[:, 0] if array.ndim == 4 and array.shape[1] == 1 else array
        if planes.ndim != 3 or (array.ndim == 3 and len(planes) not in (1, count)):
            raise UsageError(
                f"a mask tensor of shape {tuple(mask.shape)} is not supported: give (H, W) or (B, 1, H, W)"
            )
        marks = [_marked(plane.numpy(), threshold) for plane in planes]
    else:
        raise UsageError(
            f"a mask of type {type(mask).__name__} is not supported: give a PIL image, an array or a tensor"
        )
    if len(marks) not in (1, count):
        raise UsageError(f"{len(marks)} masks for {count} images: give one for all, or one each")
    return marks * (count // len(marks))


def _marked(mask: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    plane = mask[..., 0] if mask.ndim == 3 and mask.shape[2] == 1 else mask
    if plane.ndim not in (2, 3) or (plane.ndim == 3 and plane.shape[2] not in (3, 4)):
        raise UsageError(f"a mask of shape {mask.shape} is not supported: give (H, W), or one or three channels")
    if plane.dtype == np.bool_:
        return np.array(plane if plane.ndim == 2 else plane[..., :3].any(axis=2))
    if not (np.issubdtype(plane.dtype, np.integer) or np.issubdtype(plane.dtype, np.floating)):
        raise UsageError(f"a mask of dtype {plane.dtype} is not supported: give bool, integers or floats 0..1")
    alpha = plane[..., 3] if plane.ndim == 3 and plane.shape[2] == 4 else None
    colour = plane[..., :3] if plane.ndim == 3 else np.broadcast_to(plane[..., None], (*plane.shape, 3))
    if np.issubdtype(plane.dtype, np.integer):
        if plane.size and plane.max() <= 1 and alpha is None:
            return np.array(colour.any(axis=2))
        if plane.dtype not in (np.uint8, np.uint16):
            colour, alpha = (
                colour.clip(0, 255).astype(np.uint8),
                None if alpha is None else alpha.clip(0, 255).astype(np.uint8),
            )
    return bright_pixels(colour, alpha, threshold)


def _pillow_mask(mask: Image.Image) -> NDArray[Any]:
    if mask.mode in ("L", "RGB", "RGBA", "I;16", "F"):
        return np.asarray(mask)
    if mask.mode == "I":
        return np.asarray(mask).clip(0, 65535).astype(np.uint16)
    return np.asarray(mask.convert("RGBA" if mask.has_transparency_data else "L"))
