"""Between Pillow's images and `Picture`, both ways: pixels, transparency and metadata.

A Pillow image holds its pixels as the file stored them, and an EXIF block with their orientation; a `Picture` holds
them upright. An image that is converted and converted back has the orientation it had.
"""

import numpy as np
from PIL import Image

from restore.errors import InputError, UsageError
from restore.images.metadata import source_metadata
from restore.images.picture import Picture, StoredPicture
from restore.images.pillow_arrays import array_from_image, image_from_array

__all__ = ["image_from_picture", "picture_from_image"]

_EXIF_PREFIX = b"Exif\0\0"
_GREY_MODES = frozenset({"1", "L", "LA", "La"})
_DEEP_MODES = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})


def picture_from_image(image: Image.Image) -> Picture:
    """A picture of a Pillow image, with the profile, EXIF, XMP and resolution in its `info`.

    Raises:
        UsageError: a mode that is not supported, such as F, or 32-bit values that do not fit 16 bits.
    """
    image.load()
    info = image.info
    profile = info.get("icc_profile")
    exif, xmp, dpi = info.get("exif"), info.get("xmp") or info.get("XML:com.adobe.xmp"), info.get("dpi")
    if image.mode in _DEEP_MODES:
        samples, converted = _deep_samples(image), False
    else:
        try:
            samples, converted = array_from_image(image, profile)
        except InputError as error:
            raise UsageError(
                f"a PIL image of mode {image.mode} is not supported: convert it to RGB or L first"
            ) from error
    metadata = source_metadata(
        icc=profile if isinstance(profile, bytes) and not converted else None,
        exif=exif if isinstance(exif, bytes) else None,
        xmp=xmp if isinstance(xmp, bytes | str) else None,
        dpi=(float(dpi[0]), float(dpi[1])) if isinstance(dpi, tuple) and len(dpi) == 2 else None,
    )
    grey = image.mode in _GREY_MODES or image.mode in _DEEP_MODES
    return StoredPicture(samples, metadata, grey).as_picture(image.format or "PNG")


def image_from_picture(picture: Picture) -> Image.Image:
    """A Pillow image of a picture, as its file would store it.

    Modes are L, LA, RGB and RGBA, where 16 bits are rounded to 8, because Pillow holds no more; only grey of 16 bits
    without transparency stays what it is, in mode I;16.
    """
    metadata = picture.metadata
    stored = picture.stored_pixels(1 if picture.grey else 3, metadata.orientation)
    deep_grey = stored.ndim == 2 and picture.depth == 16
    image = Image.fromarray(np.ascontiguousarray(stored)) if deep_grey else image_from_array(stored)
    parts = {
        "icc_profile": metadata.icc,
        "exif": _EXIF_PREFIX + metadata.exif if metadata.exif else None,
        "xmp": metadata.xmp,
        "dpi": metadata.dpi,
    }
    image.info = {name: part for name, part in parts.items() if part}
    return image


def _deep_samples(image: Image.Image) -> np.ndarray:
    samples = np.asarray(image)
    if samples.min() < 0 or samples.max() > 65535:
        raise UsageError(
            "a PIL image of mode I with values beyond 0..65535 is not supported: scale it to 16 bits first"
        )
    return samples.astype(np.uint16)
