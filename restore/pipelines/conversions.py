"""The kinds of image a Python caller may hand in: each is opened to arrays, and its result is of the same kind.

`with_margins` gives an image of the same kind that is larger, for what is to be painted beyond the edges.

Rebuilding copies the input and writes the changed pixels in the input's own type, so the rest never passes through a
conversion.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from restore.errors import UsageError
from restore.images.samples import from_unit, peak
from restore.images.tags import exif, xmp

HoleFill = tuple[NDArray[np.bool_], NDArray[np.float32]]
"""The pixels to change `(H, W)`, and their colours `(N, 3)`, range 0..1, in reading order."""

_ARRAY_MODES = ("L", "LA", "RGB", "RGBA", "I;16")
_CONVERTED_MODES = ("1", "CMYK", "YCbCr", "HSV", "RGBX")


@dataclass(frozen=True, slots=True)
class ImageArrays:
    """One image as arrays."""

    colour: NDArray[Any]
    """`(H, W, 3)`, uint8, uint16 or float 0..1."""
    alpha: NDArray[Any] | None
    """`(H, W)`."""
    grey: bool
    """The three channels are equal."""


class OpenedImage(Protocol):
    """An image of some kind, opened."""

    images: list[ImageArrays]

    @abstractmethod
    def rebuild(self, filled: Sequence[HoleFill]) -> Any:
        """Make a new image of the same kind, with one set of changed pixels per image of a batch."""


def open_image(image: Any) -> OpenedImage:
    """Open a PIL image, a NumPy array or a tensor.

    Raises:
        UsageError: another kind, shape or dtype, or floats that are not in 0..1.
    """
    if isinstance(image, Image.Image):
        return _OpenedPillow(image)
    if isinstance(image, np.ndarray):
        return _OpenedArray(image)
    if isinstance(image, Tensor):
        return _OpenedTensor(image)
    raise UsageError(
        f"an image of type {type(image).__name__} is not supported: give a PIL image, an array or a tensor"
    )


def with_margins(image: Any, left: int, top: int, right: int, bottom: int) -> Any:
    """The image with so many more pixels on each side, black and opaque.

    Args:
        image: what `open_image` opens; a palette image becomes RGB or RGBA.
        left: in pixels, as the other three, from 0.
        top: see `left`.
        right: see `left`.
        bottom: see `left`.

    Returns:
        An image of the same kind. A PIL image's EXIF and XMP are those of its new size.
    """
    if isinstance(image, Image.Image):
        return _pillow_with_margins(image, left, top, right, bottom)
    is_tensor = isinstance(image, Tensor)
    rows, columns = (-2, -1) if is_tensor else (0, 1)
    height, width = image.shape[rows], image.shape[columns]
    shape = list(image.shape)
    shape[rows], shape[columns] = height + top + bottom, width + left + right
    larger: Any = image.new_zeros(shape) if is_tensor else np.zeros(shape, image.dtype)
    inside = (slice(top, top + height), slice(left, left + width))
    if is_tensor:
        if image.shape[-3] == 4:
            larger[..., 3, :, :] = 255 if image.dtype == torch.uint8 else 1
        larger[..., *inside] = image.detach()
        return larger
    if image.ndim == 3 and image.shape[2] in (2, 4):
        larger[..., -1] = peak(image.dtype)
    larger[inside] = image
    return larger


def _arrays(array: NDArray[Any], what: str) -> ImageArrays:
    """Look at an array `(H, W)` or `(H, W, C)` as an image."""
    planes = array[..., None] if array.ndim == 2 else array
    if planes.ndim != 3 or planes.shape[2] not in (1, 2, 3, 4) or 0 in planes.shape:
        raise UsageError(f"{what} of shape {array.shape} is not supported: one, three or four channels of at least 1x1")
    if array.dtype not in (np.uint8, np.uint16) and not np.issubdtype(array.dtype, np.floating):
        raise UsageError(f"{what} of dtype {array.dtype} is not supported: give uint8, uint16 or floats 0..1")
    channels = planes.shape[2]
    colour = planes[..., :3] if channels >= 3 else np.broadcast_to(planes[..., :1], (*planes.shape[:2], 3))
    if np.issubdtype(array.dtype, np.floating) and float(np.nanmax(np.abs(colour), initial=0.0)) > 2.0:
        raise UsageError(f"{what} has floats beyond 0..1: divide by 255 or 65535 first")
    return ImageArrays(colour, planes[..., -1] if channels in (2, 4) else None, channels < 3)


class _OpenedArray:
    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.images = [_arrays(array, "an array")]

    def rebuild(self, filled: Sequence[HoleFill]) -> NDArray[Any]:
        (hole, values) = filled[0]
        out = self.array.copy()
        planes = out[..., None] if out.ndim == 2 else out
        count = 3 if planes.shape[2] >= 3 else 1
        planes[..., :count][hole] = from_unit(values[:, :count], out.dtype)
        return out


class _OpenedTensor:
    def __init__(self, tensor: Tensor) -> None:
        if tensor.ndim not in (3, 4) or tensor.shape[-3] not in (1, 3, 4) or 0 in tensor.shape:
            raise UsageError(
                f"a tensor of shape {tuple(tensor.shape)} is not supported: give (3, H, W) or (B, 3, H, W)"
            )
        if not (tensor.is_floating_point() or tensor.dtype == torch.uint8):
            raise UsageError(f"a tensor of {tensor.dtype} is not supported: give uint8 or floats 0..1")
        self.tensor = tensor.detach()
        batch = self.tensor if tensor.ndim == 4 else self.tensor[None]
        small = batch.float() if batch.is_floating_point() else batch
        self.images = [_arrays(item.permute(1, 2, 0).cpu().numpy(), "a tensor") for item in small]

    def rebuild(self, filled: Sequence[HoleFill]) -> Tensor:
        out = self.tensor.clone()
        for item, (hole, values) in zip(out if out.ndim == 4 else out[None], filled, strict=True):
            where = torch.from_numpy(hole).to(out.device)
            count = min(3, item.shape[0])
            dtype = np.dtype(np.uint8 if out.dtype == torch.uint8 else np.float32)
            samples = torch.from_numpy(from_unit(values[:, :count], dtype))
            item[:count, where] = samples.T.to(device=out.device, dtype=out.dtype)
        return out


class _OpenedPillow:
    def __init__(self, image: Image.Image) -> None:
        if image.mode in ("P", "PA"):
            image = _unpaletted(image)
        self.image = image
        if image.mode in _ARRAY_MODES:
            self.samples = np.array(image)
        elif image.mode in _CONVERTED_MODES:
            self.samples = np.array(image.convert("L" if image.mode == "1" else "RGB"))
        elif image.mode == "I" and _fits_16_bit(np.asarray(image)):
            self.samples = np.array(image).astype(np.uint16)
        else:
            raise UsageError(f"a PIL image of mode {image.mode} is not supported: convert it to RGB or L first")
        self.images = [_arrays(self.samples, "an image")]

    def rebuild(self, filled: Sequence[HoleFill]) -> Image.Image:
        mode = self.image.mode
        opened = _OpenedArray(self.samples).rebuild(filled)
        if mode in _ARRAY_MODES:
            result = Image.fromarray(opened)
        elif mode == "I":
            result = Image.fromarray(opened.astype(np.int32))
        else:
            patch = Image.fromarray(opened)
            patch = patch.convert("1", dither=Image.Dither.NONE) if mode == "1" else patch.convert(mode)
            result = self.image.copy()
            result.paste(patch, mask=Image.fromarray(filled[0][0]))
        result.info = dict(self.image.info)
        if isinstance(result.info.get("exif"), bytes):
            result.info["exif"] = _without_previews(result.info["exif"])
        return result


def _pillow_with_margins(image: Image.Image, left: int, top: int, right: int, bottom: int) -> Image.Image:
    if image.mode in ("P", "PA"):
        image = _unpaletted(image)
    size = (left + image.width + right, top + image.height + bottom)
    opaque = tuple(255 if band == "A" else 0 for band in image.getbands())
    larger = Image.new(image.mode, size, opaque if len(opaque) > 1 else 0)
    larger.paste(image, (left, top))
    larger.info = dict(image.info)
    if isinstance(larger.info.get("exif"), bytes):
        bare = exif.tiff_block(larger.info["exif"])
        larger.info["exif"] = b"Exif\x00\x00" + exif.with_size(bare, size) if bare else b""
    for key in ("xmp", "XML:com.adobe.xmp"):
        packet = larger.info.pop(key, None)
        kept = xmp.without_size(packet.encode() if isinstance(packet, str) else packet) if packet else None
        if kept is not None:
            larger.info[key] = kept.decode() if isinstance(packet, str) else kept
    return larger


def _fits_16_bit(samples: NDArray[Any]) -> bool:
    return bool(samples.min() >= 0 and samples.max() <= 65535)


def _unpaletted(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if image.mode == "PA" or image.has_transparency_data else "RGB")


def _without_previews(block: bytes) -> bytes:
    """EXIF without its thumbnail, which still shows what was painted out."""
    bare = exif.tiff_block(block)
    kept = exif.without_previews(bare) if bare else None
    return b"Exif\x00\x00" + kept if kept else b""
