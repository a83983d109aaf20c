"""A sheet of crops at one size: what each codec makes of the same picture with the same number of bytes.

    caption: the picture, and the size that all were asked for
    original | codec | codec | …     a window at one screen pixel per picture pixel

Each codec is asked for the quality whose whole file comes nearest to that size on that picture, so steps that lie
apart do not favour one. The window is where the original has most detail, because bits run out there first; it is
found on the original alone, so that nobody picks what flatters.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from restore.errors import UsageError
from restore.evaluation.codec.rivals import Contestant
from restore.evaluation.metrics import psnr
from restore.evaluation.ms_ssim import ms_ssim
from restore.evaluation.selection import Window, heaviest_window
from restore.evaluation.sheets import BACKGROUND, CAPTION, GAP, HEAD, INK, QUIET, WARNING, format_of, write_blocks

TILE = 288
"""Side of a crop in pixels."""
GRID = 32
"""Pixels between two places that are tried for it."""
TRIES = 9
"""How often the search for a size may halve a codec's scale: 512th parts of it."""
NEAR = 0.02
"""Relative distance to the wanted size that ends the search."""
FAR = 0.1
"""Relative distance to the wanted size from which on a crop's heading is in the colour of a warning."""

Samples = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Crop:
    """One codec's picture at about the wanted size."""

    quality: float
    bpp: float
    decoded: Samples
    """The whole picture, `(H, W, 3)`."""


def write_sheet(pictures: Sequence[tuple[str, Samples]], codecs: Sequence[Contestant], bpp: float, path: Path) -> None:
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
    form = format_of(path)
    if not pictures or not codecs:
        raise UsageError("the bench kept no picture to show; run it on at least one picture")
    blocks = [_block(name, original, codecs, bpp) for name, original in pictures]
    write_blocks(blocks, path, form, quality=95)


def encode_near(codec: Contestant, image: Samples, bpp: float) -> Crop:
    """Encode at the quality whose file comes nearest to a size, found by halving the codec's ladder.

    Sizes rise with quality but for small steps back, so the nearest of all that were tried is taken.
    """
    pixels = image.shape[0] * image.shape[1]
    files: dict[float, bytes] = {}

    def size_at(quality: float) -> float:
        files[quality] = codec.encode(image, quality)
        return float(len(files[quality]) * 8 / pixels)

    low, high = codec.ladder[0], codec.ladder[-1]
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


def _block(name: str, original: Samples, codecs: Sequence[Contestant], bpp: float) -> Image.Image:
    """One picture: caption, headings, crops."""
    top, left, height, width = detailed_window(original)
    block = Image.new("RGB", (GAP + (len(codecs) + 1) * (TILE + GAP), CAPTION + HEAD + height + 2 * GAP), BACKGROUND)
    pen = ImageDraw.Draw(block)
    caption = f"{name}, {original.shape[1]} x {original.shape[0]} px, every file near {bpp:g} bits per pixel"
    pen.text((GAP, 8), caption, fill=INK, font=ImageFont.load_default(size=18))
    for place in range(len(codecs) + 1):
        heading, figures, picture, colour = "original", "", original, INK
        if place:
            codec = codecs[place - 1]
            crop = encode_near(codec, original, bpp)
            picture = crop.decoded
            heading = f"{codec.name}   {crop.bpp:.3f} bpp"
            figures = f"{psnr(original, picture):.2f} dB   MS-SSIM {ms_ssim(original, picture):.4f}"
            colour = WARNING if abs(crop.bpp / bpp - 1) > FAR else INK
        x = GAP + place * (TILE + GAP)
        pen.text((x, CAPTION + 4), heading, fill=colour, font=ImageFont.load_default(size=16))
        pen.text((x, CAPTION + 23), figures, fill=QUIET, font=ImageFont.load_default(size=13))
        block.paste(Image.fromarray(picture[top : top + height, left : left + width]), (x, CAPTION + HEAD))
    return block
