"""A sheet of crops at one file size: the same picture from every codec with the same number of bytes.

    original | codec | codec | …     a window at one screen pixel per picture pixel

Each codec is asked for the quality whose whole file comes nearest to that size on that picture, so steps that lie
apart do not favour one. The window is where the original has most detail, because bits run out there first; it is
chosen from the original alone, so that it favours no codec.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from restore.evaluation.codec.baselines import CodecMethod
from restore.evaluation.metrics import psnr
from restore.evaluation.ms_ssim import ms_ssim
from restore.evaluation.sheets import (
    INK,
    WARNING,
    Column,
    Samples,
    Window,
    draw_block,
    heaviest_window,
    inside,
    write_sheet,
)

TILE = 288
"""Side of a crop in pixels."""
GRID = 32
"""Pixels between two places that are tried for it."""
TRIES = 9
"""How often the search for a size may halve a codec's scale, down to 512th parts of it."""
NEAR = 0.02
"""Relative distance to the wanted size that ends the search."""
FAR = 0.1
"""Relative distance to the wanted size from which on a crop's heading is in the colour of a warning."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One codec's picture at about the wanted size."""

    quality: float
    bpp: float
    decoded: Samples
    """The whole picture, `(H, W, 3)`."""


def write_crops(pictures: Sequence[tuple[str, Samples]], codecs: Sequence[CodecMethod], bpp: float, path: Path) -> None:
    """Encode the pictures, draw the crops and save the sheet.

    Args:
        pictures: names and originals `(H, W, 3)`.
        codecs: which to show, left to right.
        bpp: size of every file, bits per pixel.
        path: a `.png` file, or `.jpg` or `.webp` for a smaller one.

    Raises:
        UsageError: there is nothing to show, or the suffix names no format of a sheet.
        OutputError: the file cannot be written.
    """
    blocks = (
        draw_block(
            f"{name}, {original.shape[1]} x {original.shape[0]} px, every file near {bpp:g} bits per pixel",
            "",
            list(_columns(original, codecs, bpp)),
            TILE,
        )
        for name, original in pictures
    )
    write_sheet(blocks, path, quality=95)


def encode_near(codec: CodecMethod, image: Samples, bpp: float) -> Crop:
    """Encode at the quality whose file comes nearest to a size, found by halving the codec's scale.

    Sizes rise with quality but for small steps back, so the nearest of all that were tried is taken.
    """
    pixels = image.shape[0] * image.shape[1]
    files: dict[float, bytes] = {}

    def size_at(quality: float) -> float:
        files[quality] = codec.encode(image, quality)
        return float(len(files[quality]) * 8 / pixels)

    low, high = codec.qualities[0], codec.qualities[-1]
    if size_at(low) < bpp < size_at(high):
        for _ in range(TRIES):
            middle = (low + high) / 2
            quality = float(round(middle)) if codec.whole else middle
            if quality in files:
                break
            size = size_at(quality)
            if abs(size / bpp - 1) <= NEAR:
                break
            low, high = (quality, high) if size < bpp else (low, quality)
    best = min(files, key=lambda quality: float(abs(math.log(len(files[quality]) * 8 / pixels / bpp))))
    return Crop(best, len(files[best]) * 8 / pixels, codec.decode(files[best]))


def detailed_window(image: Samples, side: int = TILE) -> Window:
    """The window of `side` px (or what the picture has) with the largest mean gradient: top, left, height, width."""
    luma = image.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    detail = np.zeros_like(luma)
    detail[1:] += np.abs(np.diff(luma, axis=0))
    detail[:, 1:] += np.abs(np.diff(luma, axis=1))
    return heaviest_window(detail, side, GRID)


def _columns(original: Samples, codecs: Sequence[CodecMethod], bpp: float) -> Iterator[Column]:
    window = detailed_window(original)
    yield Column("original", "", (inside(original, window),))
    for codec in codecs:
        crop = encode_near(codec, original, bpp)
        yield Column(
            f"{codec.name}   {crop.bpp:.3f} bpp",
            f"{psnr(original, crop.decoded):.2f} dB   MS-SSIM {ms_ssim(original, crop.decoded):.4f}",
            (inside(crop.decoded, window),),
            heading_colour=WARNING if abs(crop.bpp / bpp - 1) > FAR else INK,
        )
