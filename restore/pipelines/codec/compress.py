"""`restore.compress` and `restore.decompress`: images to bytes and back, with the released codec.

    image ── Picture ── tiles ── latents ── symbols ── .ric file ── … and back

The rooms below do the work: `restore.codecs` knows the file and the model, `restore.pipelines.codec.image_codec` holds
a model for many pictures. Nothing heavy is imported here: a file that claims an impossible size, or is damaged, is
refused before torch is loaded.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restore.codecs.bitstream.file import read_file
from restore.codecs.bitstream.header import MAX_PIXELS
from restore.codecs.loading import weights_for
from restore.pipelines.codec.regions import Region, region_in

if TYPE_CHECKING:
    from restore.codecs.model import Part
    from restore.pipelines.codec.exchange import Form
    from restore.pipelines.codec.image_codec import ImageCodec

__all__ = ["compress", "decompress", "load_codec"]


def compress(
    image: Any, quality: float = 60.0, *, weights: str | Path = "codec", device: str = "auto", **options: Any
) -> bytes:
    """Compress an image to the bytes of a `.ric` file; see `ImageCodec.encode`.

    The weights are loaded at the first call and kept.

    Args:
        image: PIL image (its profile, EXIF, XMP and resolution are kept), NumPy array or tensor.
        quality: 0 (smallest) to 100 (best).
        weights: a released model's name, a `.safetensors` file, or a folder that holds one.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        **options: `effort` (1, 2 or 3: 1 unless given; more takes far longer and saves bits), `strip` (`none`,
            `location`, `all`), `verify` (decode the file before giving it away; True), `progress` and `notify`.

    Raises:
        UsageError: an image that is not supported, or a quality out of range.
        WeightsError: weights are missing or damaged.
    """
    return _load_once(weights, device).compress(image, quality, **options)


def decompress(
    data: bytes,
    region: Region | None = None,
    *,
    form: "Form" = "pillow",
    salvage: bool = False,
    max_pixels: int = MAX_PIXELS,
    weights: str | Path = "codec",
    device: str = "auto",
    **told: Any,
) -> Any:
    """Decompress a `.ric` file.

    Args:
        data: the file.
        region: x, y, width and height in pixels of the part that is wanted; only its tiles are decoded.
        form: `pillow`, an image with the file's metadata, turned as its EXIF says; `array`, `(H, W, 3)` upright, uint8
            or uint16, with one channel less if grey and one more with transparency; or `tensor`, `(C, H, W)`,
            float32 0..1.
        salvage: fill what is lost with grey and tell `notify` where, instead of refusing a damaged file.
        max_pixels: limit on width times height, checked from the header before anything else.
        weights: by default the released model that wrote the file; or a model's name, a `.safetensors` file, or a
            folder that holds one.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        **told: `progress`, called with the tiles done and the tiles in all; and `notify`, told what is lost, which goes
            to `logging` if left out.

    Raises:
        ContainerError: the file is damaged, of a newer version or too large.
        WeightsError: weights are missing or damaged, or the file was written by another model.
        UsageError: the region lies outside the picture, or the form is unknown.
    """
    file = read_file(data, salvage=salvage, max_pixels=max_pixels)
    if region is not None:
        region_in(region, file.header)
    codec = _load_once(weights_for(file.header, weights), device)
    from restore.pipelines.codec.exchange import from_picture

    picture = codec.decode(file, region, salvage=salvage, **told)
    return from_picture(picture, form)


def load_codec(weights: str | Path = "codec", device: str = "auto", part: "Part" = "all") -> "ImageCodec":
    """Load a codec, once for many pictures; see `restore.pipelines.codec.image_codec.load_codec`."""
    from restore.pipelines.codec.image_codec import load_codec as load

    return load(weights, device, part)


@lru_cache(maxsize=2)
def _load_once(weights: str | Path, device: str) -> "ImageCodec":
    from restore.codecs.loading import open_codec_once
    from restore.pipelines.codec.image_codec import ImageCodec

    return ImageCodec(open_codec_once(weights, device))
