"""The codecs ours is compared with, each at the settings that serve it best in this comparison.

Each encodes an 8-bit RGB picture to the bytes of a whole file, as it would be stored on disk, and decodes them. JPEG
has optimised Huffman tables and the 4:2:0 chroma everybody uses; WebP its slowest method; JPEG 2000 the irreversible
wavelet *and* the colour transform, which Pillow leaves out unless it is asked (2 dB on photographs); AVIF
full-resolution chroma at its default speed; JPEG XL its default effort. AVIF and JPEG XL are tuned for eyes and not for
PSNR, so MS-SSIM and a perceptual distance belong beside it.

JPEG 2000 has no quality scale but a rate: its steps are bits per pixel, equal for every picture, where the others
spend more on a harder one.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import Image, features

Samples = npt.NDArray[np.uint8]
BITS = 24
"""Bits per pixel of an 8-bit RGB picture."""


@dataclass(frozen=True, slots=True)
class CodecMethod:
    """A codec as the bench calls it."""

    name: str
    qualities: tuple[float, ...]
    """Qualities that cover the rates of interest on photographs, rising, a little further apart at the ends."""
    encode: Callable[[Samples, float], bytes]
    """`(H, W, 3)` RGB and a quality to a file's bytes."""
    decode: Callable[[bytes], Samples]
    """A file's bytes to `(H, W, 3)`."""
    settings: str
    """What was chosen besides quality, for the head of a report."""
    whole: bool = True
    """Whether its qualities are whole numbers."""

    def steps(self, count: int) -> list[float]:
        """So many different qualities, evenly spaced along `qualities`, rising."""
        places = np.linspace(0, len(self.qualities) - 1, count)
        chosen = [float(quality) for quality in np.interp(places, np.arange(len(self.qualities)), self.qualities)]
        return sorted({float(round(quality)) if self.whole else quality for quality in chosen})


def jpeg() -> CodecMethod:
    """Baseline JPEG with optimised tables."""
    qualities = (3, 6, 10, 16, 26, 40, 54, 67, 78, 86, 92)
    return _pillow("jpeg", "JPEG", qualities, "4:2:0, optimised", optimize=True)


def webp() -> CodecMethod:
    """Lossy WebP at its slowest method."""
    return _pillow("webp", "WEBP", (0, 3, 8, 17, 31, 48, 63, 76, 85, 92, 97), "method 6", method=6)


def jpeg2000() -> CodecMethod:
    """JPEG 2000 through OpenJPEG; quality is the rate in bits per pixel."""
    return CodecMethod(
        "jpeg2000",
        (0.08, 0.12, 0.18, 0.26, 0.38, 0.55, 0.78, 1.1, 1.5, 2.0, 2.7),
        lambda image, rate: _save(
            image, "JPEG2000", quality_mode="rates", quality_layers=[BITS / rate], irreversible=True, mct=1
        ),
        lambda data: _open(data, "JPEG2000"),
        "9/7 wavelet, colour transform",
        whole=False,
    )


def avif() -> CodecMethod:
    """AVIF with full-resolution chroma."""
    qualities = (5, 13, 21, 30, 39, 48, 57, 66, 75, 84, 92)
    return _pillow("avif", "AVIF", qualities, "4:4:4, speed 6", speed=6, subsampling="4:4:4")


def jpegxl() -> CodecMethod:
    """Lossy JPEG XL; quality as its own encoder `cjxl` counts it."""
    return CodecMethod(
        "jpegxl",
        (5, 14, 25, 38, 51, 63, 73, 81, 87, 92, 96),
        lambda image, quality: bytes(
            imagecodecs.jpegxl_encode(image, distance=butteraugli_distance(quality), effort=7)
        ),
        lambda data: np.asarray(imagecodecs.jpegxl_decode(data), dtype=np.uint8),
        "effort 7",
    )


BASELINES: dict[str, Callable[[], CodecMethod]] = {
    "jpeg": jpeg,
    "webp": webp,
    "jpeg2000": jpeg2000,
    "avif": avif,
    "jpegxl": jpegxl,
}
"""By the names the command line and the reports use, in their order."""


def missing(name: str) -> str | None:
    """What an install lacks to run a baseline, for a message; None where it runs."""
    parts: dict[str, tuple[str, str]] = {
        "webp": ("webp", "this Pillow was built without WebP"),
        "jpeg2000": ("jpg_2000", "this Pillow was built without OpenJPEG"),
        "avif": ("avif", "this Pillow was built without AVIF"),
    }
    if name == "jpegxl":
        return None if imagecodecs.JPEGXL.available else "this imagecodecs was built without JPEG XL"
    feature, reason = parts.get(name, ("jpg", "this Pillow was built without JPEG"))
    return None if features.check(feature) else reason


def butteraugli_distance(quality: float) -> float:
    """The distance libjxl sets for a quality of 0..100, from `JxlEncoderDistanceFromQuality`."""
    if quality >= 100:
        return 0.0
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality**2 - 23 / 20 * quality + 25


def library_versions(names: Sequence[str]) -> dict[str, str]:
    """Versions of the libraries behind the baselines that ran: figures depend on the encoder, not on Pillow."""
    found = {"pillow": features.version("pil")}
    for name, feature, library in (
        ("jpeg", "libjpeg_turbo", "libjpeg-turbo"),
        ("webp", "webp", "libwebp"),
        ("jpeg2000", "jpg_2000", "openjpeg"),
        ("avif", "avif", "libavif"),
    ):
        if name in names:
            found[library] = features.version(feature)
    if "jpegxl" in names:
        found["libjxl"] = str(imagecodecs.jpegxl_version()).rpartition(" ")[2]
    return {library: str(version) for library, version in found.items() if version is not None}


def _pillow(name: str, format: str, qualities: tuple[float, ...], settings: str, **options: Any) -> CodecMethod:
    """A codec of Pillow's with whole qualities; `options` are those of Pillow's `save`."""
    return CodecMethod(
        name,
        qualities,
        lambda image, quality: _save(image, format, quality=int(quality), **options),
        lambda data: _open(data, format),
        settings,
    )


def _save(image: Samples, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, format=format, **options)
    return file.getvalue()


def _open(data: bytes, format: str) -> Samples:
    with Image.open(io.BytesIO(data), formats=[format]) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)
