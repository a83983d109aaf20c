"""Between Pillow's images and arrays, both ways, a strip of rows at a time.

Pillow keeps four bytes per RGB pixel, and ``numpy.asarray`` of an image makes a second copy as bytes before the array:
for a 24-megapixel photograph that alone is 170 MB above the picture. Strips keep it to the image and the array.
"""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms, ImageFile

from restore.errors import InputError
from restore.images.metadata import icc_space
from restore.images.samples import laid_on, to_eight_bits

__all__ = ["array_from_image", "image_from_array", "pillow_rules"]

_ROWS = 256  # per strip
_lock = threading.Lock()
_users = 0
_settings_before: tuple[int | None, bool] = (None, False)


@contextlib.contextmanager
def pillow_rules() -> Iterator[None]:
    """Use this library's size limit instead of Pillow's warning, and never Pillow's tolerance of truncated files.

    Both are global in Pillow; they are put back when the last thread leaves.
    """
    global _users, _settings_before  # noqa: PLW0603
    with _lock:
        if not _users:
            _settings_before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
        _users += 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = _settings_before


def array_from_image(image: Image.Image, profile: bytes | None) -> tuple[np.ndarray, bool]:
    """The pixels of an opened Pillow image.

    Args:
        image: any 8-bit mode; it is decoded here.
        profile: the ICC profile of the file; CMYK goes through it to sRGB.

    Returns:
        uint8 (H, W), (H, W, 2), (H, W, 3) or (H, W, 4); and whether the profile was used up by a conversion and must
        not be kept.

    Raises:
        InputError: a mode that is not supported.
    """
    image.load()
    mode = image.mode
    target = {"1": "L", "L": "L", "LA": "LA", "La": "LA", "P": "RGB", "PA": "RGBA", "RGB": "RGB", "RGBX": "RGB",
              "RGBA": "RGBA", "RGBa": "RGBA", "CMYK": "RGB", "YCbCr": "RGB"}.get(mode)  # fmt: skip
    if target is None:
        raise InputError(f"has pixels of a kind that is not supported ({mode}); save it as 8- or 16-bit RGB or grey")
    if "transparency" in image.info:
        target = {"L": "LA", "RGB": "RGBA"}.get(target, target)
    transform = _cmyk_transform(profile) if mode == "CMYK" else None
    channels = len(target)
    width, height = image.size
    array = np.empty((height, width, channels), np.uint8)
    for top in range(0, height, _ROWS):
        strip = image.crop((0, top, width, min(top + _ROWS, height)))
        if transform is not None:
            strip = ImageCms.applyTransform(strip, transform) or strip
        elif mode == "La":
            strip = strip.convert("LA")
        elif mode != target:
            strip = _converted(strip, target)
        array[top : top + _ROWS] = np.asarray(strip).reshape(-1, width, channels)
    return (array[..., 0] if channels == 1 else array), mode == "CMYK"


def image_from_array(stored: np.ndarray, *, background: int | None = None) -> Image.Image:
    """A Pillow image of pixels as they are to be stored.

    Args:
        stored: uint8 or uint16 (H, W), (H, W, 2), (H, W, 3) or (H, W, 4), any strides; 16 bits are rounded to 8.
        background: 0..255; if given, alpha is laid on this grey and left out.
    """
    channels = 1 if stored.ndim == 2 else stored.shape[2]
    flat = background is not None and channels in (2, 4)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels - 1 if flat else channels]
    height, width = stored.shape[:2]
    image = Image.new(mode, (width, height))
    for top in range(0, height, _ROWS):
        strip = stored[top : top + _ROWS]
        if flat and background is not None:
            strip = laid_on(strip, background)
        strip = np.ascontiguousarray(to_eight_bits(strip))
        image.paste(Image.fromarray(strip[..., 0] if strip.ndim == 3 and strip.shape[2] == 1 else strip), (0, top))
    return image


def _converted(strip: Image.Image, target: str) -> Image.Image:
    if strip.mode == "L" and target == "LA":  # one grey level is transparent: Pillow converts that only by way of RGBA
        return strip.convert("RGBA").convert("LA")
    return strip.convert(target)


def _cmyk_transform(profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    """The conversion from the file's CMYK to sRGB; None where the profile is missing or not one of CMYK."""
    if profile is None or icc_space(profile) != "CMYK":
        return None
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            "CMYK",
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError):
        return None
