"""A sheet of an interpolation bench: the frames of each method for typical and for the worst triplets.

    whole truth | truth | method     | method     | …     a window at one screen pixel per picture pixel
    first       | last  | difference | difference | …     the two given frames, and what each method got wrong

The rectangle in the first picture shows where the window lies: where the methods that follow motion differ most from
the truth. Only that window of a triplet is kept. Differences are drawn four times as bright as they are, since a ghost
of ten levels is seen in motion and hardly on a page. The best PSNR of a triplet is in bright letters.

The worst triplets are of two kinds: where the judged method gains least over its reference (among frames whose errors
can be seen), and where its PSNR is lowest, which is where every method fails.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from restore.evaluation.interpolate.methods import STILL_METHODS
from restore.evaluation.interpolate.rows import InterpolateRow
from restore.evaluation.interpolate.sources import Triplet
from restore.evaluation.sheets import (
    DIM,
    INK,
    WARNING,
    Column,
    Criterion,
    Samples,
    SheetCases,
    Window,
    draw_block,
    evenly_spaced,
    figures_of,
    heaviest_window,
    inside,
    write_sheet,
)

TILE = 240
"""Side of a window in pixels."""
GRID = 16
"""Pixels between two places that are tried for it."""
VISIBLE = 40.0
"""PSNR in dB from which on errors are invisible, so that a low margin does not make a worst case."""
GAIN = 4
"""How many times brighter a difference is drawn."""
KEPT = 12
"""How many triplets of each kind a report keeps for its sheet."""


@dataclass(frozen=True, slots=True)
class TripletCase:
    """One triplet at the place where the methods differ most from the truth."""

    label: str
    """Set, name and size."""
    window: Window
    view: Samples
    """The whole truth, at most `TILE` px a side."""
    share: float
    """The view's size as a share of the frame's."""
    truth: Samples
    """The window of the truth, `(h, w, 3)`."""
    given: tuple[Samples, Samples]
    """The window of the first and of the last frame."""
    made: dict[str, Samples]
    """Method to the window of its frame."""
    rows: dict[str, InterpolateRow]
    """Method to its figures."""
    margin: float | None
    """PSNR of the judged method over its reference, dB; None without a reference."""
    psnr: float
    """PSNR of the judged method, dB."""


def sheet_cases(sources: int, judged: tuple[str, str | None], kept: int = KEPT) -> SheetCases[TripletCase]:
    """The cases a report keeps: the first of evenly spaced sources, and the worst of either kind.

    Args:
        sources: how many sources the bench goes through.
        judged: the method whose worst cases are shown, and the one its margin is taken over.
        kept: how many cases of each kind to keep.
    """
    method, reference = judged
    lowest_margin: Criterion[TripletCase] = Criterion(
        lambda case: case.margin if case.psnr < VISIBLE else None,
        lambda _, margin: f"{method} {margin:+.2f} dB over {reference}, among the least",
    )
    lowest_psnr: Criterion[TripletCase] = Criterion(lambda case: case.psnr, lambda *_: f"lowest PSNR of {method}")
    return SheetCases(evenly_spaced(sources, kept), kept, [lowest_margin, lowest_psnr])


def case_of(
    triplet: Triplet, made: dict[str, Samples], rows: dict[str, InterpolateRow], judged: tuple[str, str | None]
) -> TripletCase:
    """Cut a case out of a triplet and the frames that were made of it.

    Args:
        triplet: the two given frames and the held-back one.
        made: method to what it made of the two.
        rows: method to its figures.
        judged: the method whose worst cases are shown, and the one its margin is taken over.
    """
    method, reference = judged
    truth, row = triplet.truth, rows[method]
    moving = [frame for name, frame in made.items() if name not in STILL_METHODS]
    window = worst_window(truth, moving or list(made.values()))
    share = min(1.0, TILE / max(truth.shape[:2]))
    size = max(1, round(truth.shape[1] * share)), max(1, round(truth.shape[0] * share))
    moved = "" if row.motion is None else f", median motion {row.motion:.1f} px, a tenth from {row.motion_90:.1f} px"
    return TripletCase(
        label=f"{triplet.label}, {row.width} x {row.height} px{moved}",
        window=window,
        view=np.asarray(Image.fromarray(truth).resize(size, Image.Resampling.LANCZOS)),
        share=share,
        truth=inside(truth, window),
        given=(inside(triplet.first, window), inside(triplet.last, window)),
        made={name: inside(frame, window) for name, frame in made.items()},
        rows=rows,
        margin=None if reference is None else row.psnr - rows[reference].psnr,
        psnr=row.psnr,
    )


def worst_window(truth: Samples, frames: Sequence[Samples], side: int = TILE) -> Window:
    """The window of `side` px (or what the picture has) with the largest squared difference, summed over the frames."""
    apart = np.zeros((truth.shape[0], truth.shape[1]))
    for frame in frames:
        apart += np.square(frame.astype(np.float64) - truth).mean(axis=2)
    return heaviest_window(apart, side, GRID)


def write_cases(cases: Iterable[tuple[str, TripletCase]], methods: Sequence[str], path: Path) -> None:
    """Draw the cases one below the other and save the sheet.

    Args:
        cases: a note (may be empty) and the case, as `SheetCases.select` gives them.
        methods: which to show, left to right.
        path: a `.png` file, or `.jpg` or `.webp` for a smaller one.

    Raises:
        UsageError: there is nothing to show, or the suffix names no format of a sheet.
        OutputError: the file cannot be written.
    """
    blocks = (draw_block(case.label, note, _columns(case, methods), TILE) for note, case in cases)
    write_sheet(blocks, path, quality=95)


def difference(truth: Samples, made: Samples) -> Samples:
    """The mean difference over the channels, brightened: two `(H, W, 3)` to `(H, W)`."""
    apart = np.abs(made.astype(np.float64) - truth).mean(axis=2)
    return np.asarray(np.minimum(np.rint(GAIN * apart), 255), dtype=np.uint8)


def _columns(case: TripletCase, methods: Sequence[str]) -> list[Column]:
    best = max(case.rows[name].psnr for name in methods)
    columns = [
        Column("whole truth", "", (_marked(case), case.given[0]), "first"),
        Column("truth", "", (case.truth, case.given[1]), "last"),
    ]
    for name in methods:
        row, made = case.rows[name], case.made[name]
        columns.append(
            Column(
                name,
                figures_of(row.psnr, row.ssim, row.perceptual),
                (made, difference(case.truth, made)),
                f"difference x{GAIN}",
                figures_colour=INK if row.psnr == best else DIM,
            )
        )
    return columns


def _marked(case: TripletCase) -> Samples:
    """The whole truth with a rectangle around the window."""
    view = Image.fromarray(case.view)
    top, left, height, width = (round(length * case.share) for length in case.window)
    ImageDraw.Draw(view).rectangle((left, top, left + width - 1, top + height - 1), outline=WARNING, width=2)
    return np.asarray(view, dtype=np.uint8)
