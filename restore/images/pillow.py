"""Between Pillow's images and `Picture`: pixels, transparency and metadata, both ways.

A Pillow image holds its pixels as the file stored them, beside an EXIF that says how to turn them; a `Picture` holds
them upright. Both functions keep to that, so an image comes back the way up it was.
"""

import numpy as np
from PIL import Image

from restore.errors import InputError, UsageError
from restore.images.metadata import source_metadata
from restore.images.orientation import as_stored, upright
from restore.images.picture import Picture
from restore.images.pillow_pixels import array_from_image, image_from_array

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
    samples = upright(samples, metadata.orientation)
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    alpha = np.ascontiguousarray(samples[..., -1]) if channels in (2, 4) else None
    planes = samples[..., None] if samples.ndim == 2 else samples
    colour = np.ascontiguousarray(planes[..., :3]) if channels >= 3 else np.repeat(planes[..., :1], 3, axis=2)
    grey = image.mode in _GREY_MODES or image.mode in _DEEP_MODES
    return Picture(colour, alpha, grey, metadata, image.format or "PNG")


def image_from_picture(picture: Picture) -> Image.Image:
    """A Pillow image of a picture, as its file would store it.

    Modes are L, LA, RGB and RGBA, where 16 bits are rounded to 8, because Pillow holds no more; only grey of 16 bits
    without transparency stays what it is, in mode I;16.
    """
    metadata = picture.metadata
    colour = as_stored(picture.colour, metadata.orientation)
    planes = colour[..., :1] if picture.grey else colour
    if picture.alpha is not None:
        planes = np.concatenate([planes, as_stored(picture.alpha, metadata.orientation)[..., None]], axis=2)
    if planes.shape[2] == 1 and picture.depth == 16:
        image = Image.fromarray(np.ascontiguousarray(planes[..., 0]))
    else:
        image = image_from_array(planes[..., 0] if planes.shape[2] == 1 else planes)
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
