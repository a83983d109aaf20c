"""A contact sheet of an inpainting bench: figures say how far, only eyes say what went wrong.

    caption: which case, and why it is here
    original | damaged | method | method | …     the whole crop
    original | damaged | method | method | …     a window of it at one screen pixel per picture pixel

The window sits where holes and known pixels are most evenly mixed, because seams and broken lines show there. It is
left out where the whole crop already fits a tile.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from restore.errors import UsageError
from restore.evaluation.inpaint.gallery import Case
from restore.evaluation.inpaint.report import Row
from restore.evaluation.sheets import BACKGROUND, CAPTION, GAP, HEAD, INK, QUIET, WARNING, format_of, write_blocks

TILE = 256
"""Side of a tile in pixels."""
HOLE_COLOUR = (255, 0, 255)
"""How a hole looks in the damaged column; a colour photographs rarely hold."""
Samples = npt.NDArray[np.uint8]


def write_sheet(cases: Sequence[tuple[str, Case]], methods: Sequence[str], path: Path) -> None:
    """Draw the cases one below the other and save the sheet.

    Args:
        cases: a note (may be empty) and the case, as `Gallery.select` gives them.
        methods: which methods to show, left to right.
        path: a `.png` file, or `.jpg` or `.webp` for a smaller one.

    Raises:
        UsageError: there is no case to show, or the suffix names no format of a sheet.
        OutputError: the file cannot be written.
    """
    form = format_of(path)
    if not cases:
        raise UsageError("the bench kept no case to show; run it on at least one picture")
    blocks = [_block(note, case, methods) for note, case in cases]
    write_blocks(blocks, path, form, quality=90)


def close_up(hole: npt.NDArray[np.bool_], side: int = TILE) -> tuple[int, int]:
    """Top and left of the window of `side` px, on a grid of 32 px, whose share of hole is nearest to one half."""
    height, width = hole.shape
    total = np.zeros((height + 1, width + 1))
    total[1:, 1:] = hole.cumsum(0).cumsum(1)
    corners = [
        (top, left)
        for top in [*range(0, height - side, 32), height - side]
        for left in [*range(0, width - side, 32), width - side]
    ]

    def imbalance(corner: tuple[int, int]) -> float:
        top, left = corner
        bottom, right = top + side, left + side
        inside = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
        return float(abs(inside / side**2 - 0.5))

    return min(corners, key=imbalance)


def _block(note: str, case: Case, methods: Sequence[str]) -> Image.Image:
    """One case: caption, heads, whole crops, close-ups."""
    shown = [method for method in methods if method in case.fills]
    damaged = case.original.copy()
    damaged[case.hole] = HOLE_COLOUR
    columns: list[tuple[str, str, Samples]] = [("original", "", case.original), ("damaged", "", damaged)]
    columns += [(method, _figures(case.rows[method]), case.filled(method)) for method in shown]
    side = case.hole.shape[0]
    strips = 2 if side > TILE else 1
    width = GAP + len(columns) * (TILE + GAP)
    block = Image.new("RGB", (width, CAPTION + HEAD + strips * (TILE + GAP) + GAP), BACKGROUND)
    pen = ImageDraw.Draw(block)
    caption = case.label if not note else f"{case.label} ({note})"
    pen.text((GAP, 8), caption, fill=WARNING if note else INK, font=ImageFont.load_default(size=18))
    for index, (name, figures, picture) in enumerate(columns):
        left, top = GAP + index * (TILE + GAP), CAPTION + HEAD
        pen.text((left, CAPTION + 4), name, fill=INK, font=ImageFont.load_default(size=16))
        pen.text((left, CAPTION + 23), figures, fill=QUIET, font=ImageFont.load_default(size=13))
        block.paste(_whole(picture), (left, top))
        if strips == 2:
            y, x = close_up(case.hole)
            block.paste(Image.fromarray(picture[y : y + TILE, x : x + TILE]), (left, top + TILE + GAP))
    return block


def _whole(picture: Samples) -> Image.Image:
    image = Image.fromarray(picture)
    enlarge = picture.shape[0] < TILE
    return image.resize((TILE, TILE), Image.Resampling.NEAREST if enlarge else Image.Resampling.LANCZOS)


def _figures(row: Row) -> str:
    parts = [f"{row.psnr:.2f} dB", f"SSIM {row.ssim:.4f}"]
    if row.perceptual is not None:
        parts.append(f"perc. {row.perceptual:.4f}")
    return "   ".join(parts)
