"""`restore.compress` and `restore.decompress`: images to bytes and back, with the released codec.

    compress      image ── to_picture ──► Picture ── ImageCodec.compress_picture ──► bytes of a .ric file
    decompress    bytes ── read_file ──► RicFile ── ImageCodec.decompress_file ──► Picture ── from_picture ──► image

torch and NumPy are not imported here: a file that is damaged or claims an impossible size, and a region outside of the
picture, are refused before they are loaded.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from restore.codecs.bitstream.boxes import Region, box_of_region
from restore.codecs.bitstream.file import read_file
from restore.codecs.bitstream.header import MAX_PIXELS
from restore.codecs.loading import NEWEST, cached_codec, weights_for

if TYPE_CHECKING:
    from restore.pipelines.codec.exchange import Form

__all__ = ["compress", "decompress"]


def compress(
    image: Any, quality: float = 60.0, *, weights: str | Path = NEWEST, device: str = "auto", **options: Any
) -> bytes:
    """Compress an image to the bytes of a `.ric` file; see `ImageCodec.compress_picture`.

    The weights are loaded at the first call and kept.

    Args:
        image: PIL image (its profile, EXIF, XMP and resolution are kept), NumPy array or tensor.
        quality: 0 (smallest) to 100 (best).
        weights: a released model's name, a `.safetensors` file, or a folder that holds one.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        **options: `effort` (1, 2 or 3: 1 unless given; more takes far longer and saves bits), `strip` (`none`,
            `location`, `all`), `verify` (decode the file before returning it; True), `on_progress` and `notify`.

    Raises:
        UsageError: an image that is not supported, or a quality out of range.
        WeightsError: weights are missing or damaged.
    """
    from restore.pipelines.codec.image_codec import ImageCodec

    return ImageCodec(cached_codec(weights, device)).compress(image, quality, **options)


def decompress(
    data: bytes,
    region: Region | None = None,
    *,
    form: "Form" = "pillow",
    salvage: bool = False,
    max_pixels: int = MAX_PIXELS,
    weights: str | Path = NEWEST,
    device: str = "auto",
    **callbacks: Any,
) -> Any:
    """Decompress a `.ric` file.

    Args:
        data: the file.
        region: x, y, width and height in pixels of the part that is wanted; only its tiles are decoded.
        form: `pillow`, an image with the file's metadata, turned as its EXIF says; `array`, `(H, W, 3)` upright, uint8
            or uint16, with one channel less if grey and one more with transparency; or `tensor`, `(C, H, W)`,
            float32 0..1.
        salvage: fill what is lost with grey and name it to `notify`, instead of refusing a damaged file.
        max_pixels: limit on width times height, checked from the header before anything else.
        weights: by default the released model that wrote the file; or a model's name, a `.safetensors` file, or a
            folder that holds one.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        **callbacks: `on_progress`, called with the tiles done and the tiles in all; and `notify`, called with a line
            for each part that is lost, which goes to `logging` if left out.

    Raises:
        ContainerError: the file is damaged, of a newer version or too large.
        WeightsError: weights are missing or damaged, or the file was written by another model.
        UsageError: the region lies outside the picture, or the form is unknown.
    """
    file = read_file(data, salvage=salvage, max_pixels=max_pixels)
    if region is not None:
        box_of_region(region, file.header.width, file.header.height)
    from restore.pipelines.codec.exchange import from_picture, require_form

    require_form(form)
    from restore.pipelines.codec.image_codec import ImageCodec

    codec = ImageCodec(cached_codec(weights_for(file.header, weights), device))
    return from_picture(codec.decompress_file(file, region, salvage=salvage, **callbacks), form)
