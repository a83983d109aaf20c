"""A contact sheet of an inpainting bench: figures tell how far off a fill is, the sheet shows what is wrong with it.

    original | damaged | method | method | …     the whole crop
    original | damaged | method | method | …     a window of it at one screen pixel per picture pixel

The window lies where holes and known pixels are most evenly mixed, because seams and broken lines show there. It is
left out where the whole crop already fits a tile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from restore.evaluation.inpaint.rows import InpaintRow
from restore.evaluation.sheets import (
    Column,
    Criterion,
    Samples,
    SheetCases,
    Window,
    best_window,
    draw_block,
    figures_of,
    inside,
    spread,
    write_sheet,
)

TILE = 256
"""Side of a tile in pixels."""
GRID = 32
"""Pixels between two places that are tried for the window."""
KEPT = 16
"""How many typical and how many worst cases a report keeps for its sheet."""
HOLE_COLOUR = (255, 0, 255)
"""How a hole looks in the damaged column; a colour photographs rarely hold."""


@dataclass(frozen=True, slots=True)
class InpaintCase:
    """One picture with one mask, and what each method made of it."""

    original: Samples
    """`(H, W, 3)` RGB."""
    hole: npt.NDArray[np.bool_]
    """`(H, W)`, True inside."""
    fills: dict[str, Samples]
    """Method to the hole's pixels `(N, 3)`, in the order of `original[hole]`: the rest is the original."""
    rows: dict[str, InpaintRow]
    """Method to its figures."""
    margin: float | None
    """PSNR margin over the harmonic fill of the method whose worst cases are shown, dB."""

    @property
    def label(self) -> str:
        """The case in words: class, picture, seed and hole."""
        row = next(iter(self.rows.values()))
        return f"{row.mask}, {row.picture}, seed {row.seed}, hole {row.hole:.1%}"

    def filled(self, method: str) -> Samples:
        """The picture as a method left it, `(H, W, 3)`."""
        picture = self.original.copy()
        picture[self.hole] = self.fills[method]
        return picture


def sheet_cases(pictures: int, classes: int, kept: int = KEPT) -> SheetCases[InpaintCase]:
    """The cases a report keeps: typical ones by places (picture, class), and those of the lowest margin.

    Args:
        pictures: how many pictures the bench goes through.
        classes: how many mask classes each of them gets.
        kept: how many cases of either kind to keep.
    """
    lowest: Criterion[InpaintCase] = Criterion(
        lambda case: case.margin, lambda rank, margin: f"lowest margin, place {rank}: {margin:+.2f} dB"
    )
    return SheetCases(spread(pictures, classes, kept), kept, [lowest], worst_last=True)


def write_cases(cases: Iterable[tuple[str, InpaintCase]], methods: Sequence[str], path: Path) -> None:
    """Draw the cases one below the other and save the sheet.

    Args:
        cases: a note (may be empty) and the case, as `SheetCases.select` gives them.
        methods: which methods to show, left to right.
        path: a `.png` file, or `.jpg` or `.webp` for a smaller one.

    Raises:
        UsageError: there is no case to show, or the suffix names no format of a sheet.
        OutputError: the file cannot be written.
    """
    blocks = (draw_block(case.label, note, _columns(case, methods), TILE) for note, case in cases)
    write_sheet(blocks, path, quality=90)


def close_up(hole: npt.NDArray[np.bool_], side: int = TILE) -> Window:
    """The window of `side` px whose share of hole is nearest to one half."""
    return best_window(hole.astype(np.float64), side, GRID, lambda pixels: -abs(pixels / side**2 - 0.5))


def _columns(case: InpaintCase, methods: Sequence[str]) -> list[Column]:
    damaged = case.original.copy()
    damaged[case.hole] = HOLE_COLOUR
    shown = [("original", "", case.original), ("damaged", "", damaged)]
    for method in methods:
        if method in case.fills:
            row = case.rows[method]
            shown.append((method, figures_of(row.psnr, row.ssim, row.perceptual), case.filled(method)))
    window = close_up(case.hole) if case.hole.shape[0] > TILE else None
    return [
        Column(heading, figures, (_whole(picture),) if window is None else (_whole(picture), inside(picture, window)))
        for heading, figures, picture in shown
    ]


def _whole(picture: Samples) -> Samples:
    resampling = Image.Resampling.NEAREST if picture.shape[0] < TILE else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(picture).resize((TILE, TILE), resampling), dtype=np.uint8)
