"""A contact sheet of a repair bench: what was found over the picture, and the picture repaired with it.

    damaged  | true marks    | found, method | found, method | …    a window at one screen pixel per picture pixel
    original | repaired with | repaired with | repaired with | …

    undamaged | marked, method | marked, method | …                 where most is marked that should not be

The window lies where most is damaged, or wrongly marked. Where the picture was resized or nothing was repaired, the
second row is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import binary_dilation

from restore.evaluation.repair.rows import TRUE_MASK, UNREPAIRED, FoundRow, RepairedRow
from restore.evaluation.sheets import (
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
from restore.synthetic.agreement import TOLERANCE
from restore.synthetic.damage import Damaged

Marks = npt.NDArray[np.bool_]

TILE = 320
"""Side of a tile in pixels."""
GRID = 32
"""Pixels between two places that are tried for the window."""
KEPT = 12
"""How many typical and how many worst cases a report keeps for its sheet."""
RIGHT, WRONG, MISSED = (0, 220, 60), (255, 40, 40), (60, 120, 255)
"""Colours of marks at damage, of others, and of damage without a mark."""
LEGEND = "green: right   red: wrong   blue: missed"


@dataclass(frozen=True, slots=True)
class DamagedCase:
    """One damaged picture at one scale, and what each method made of it."""

    original: Samples
    """`(H, W, 3)` RGB, at its own scale."""
    damaged: Damaged
    marks: dict[str, Marks]
    """Method to `(H, W)`."""
    repaired: dict[str, Samples]
    """Method, `UNREPAIRED` or `TRUE_MASK` to `(H, W, 3)`; empty where nothing was repaired."""
    rows: dict[str, FoundRow]
    repaired_rows: dict[str, RepairedRow]

    @property
    def f1(self) -> float:
        """Of the method whose worst cases are shown: the first."""
        return next(iter(self.rows.values())).total.f1


@dataclass(frozen=True, slots=True)
class CleanCase:
    """One undamaged picture at one scale, and what each method marked in it."""

    picture: Samples
    """`(H, W, 3)` RGB."""
    marks: dict[str, Marks]
    rows: dict[str, FoundRow]

    @property
    def false_percent(self) -> float:
        """Of the method whose worst cases are shown: the first."""
        return next(iter(self.rows.values())).false_percent


def sheet_cases(pictures: int, kept: int = KEPT) -> tuple[SheetCases[DamagedCase], SheetCases[CleanCase]]:
    """The cases a report keeps: of damaged pictures typical ones, by position, and the worst; the worst undamaged ones.

    Args:
        pictures: how many pictures the bench goes through.
        kept: how many cases of each sort to keep.
    """
    lowest: Criterion[DamagedCase] = Criterion(
        lambda case: case.f1, lambda rank, f1: f"lowest F1, place {rank}: {f1:.3f}"
    )
    most: Criterion[CleanCase] = Criterion(
        lambda case: -case.false_percent or None, lambda rank, value: f"most false marks, place {rank}: {-value:.3f} %"
    )
    typical = SheetCases(evenly_spaced(pictures, kept), kept, [lowest], worst_last=True)
    return typical, SheetCases([], 2, [most])


def write_cases(
    cases: Iterable[tuple[str, DamagedCase] | tuple[str, CleanCase]], methods: Sequence[str], path: Path
) -> None:
    """Draw the cases one below the other and save the sheet.

    Args:
        cases: a note (may be empty) and the case, as `SheetCases.select` gives them.
        methods: which methods to show, left to right.
        path: a `.png` file, or `.jpg` or `.webp` for a smaller one.

    Raises:
        UsageError: there is no case to show, or the suffix names no format of a sheet.
        OutputError: the file cannot be written.
    """
    blocks = (
        draw_block(
            _label(case.rows),
            note,
            _damaged_columns(case, methods) if isinstance(case, DamagedCase) else _clean_columns(case, methods),
            TILE,
        )
        for note, case in cases
    )
    write_sheet(blocks, path, quality=90)


def overlaid(picture: Samples, marks: Marks, damage: Marks) -> Samples:
    """A picture `(H, W, 3)` in grey with marks over it in the colours of `LEGEND`; what lies 2 px apart is right."""
    grey = np.asarray(Image.fromarray(picture).convert("L").convert("RGB"), dtype=np.uint8).copy()
    near = np.ones((2 * TOLERANCE + 1, 2 * TOLERANCE + 1), np.bool_)
    at_damage = binary_dilation(damage, near)
    grey[damage & ~binary_dilation(marks, near)] = MISSED
    grey[marks & at_damage] = RIGHT
    grey[marks & ~at_damage] = WRONG
    return grey


def _damaged_columns(case: DamagedCase, methods: Sequence[str]) -> list[Column]:
    truth = case.damaged.kinds > 0
    window = _window(truth)
    seen = inside(case.damaged.picture, window)
    under = bool(case.repaired)

    def column(heading: str, figures: str, above: Samples, name: str) -> Column:
        below = (inside(case.original if name == UNREPAIRED else case.repaired[name], window),) if under else ()
        row = case.repaired_rows.get(name)
        told = "" if row is None else figures_of(row.psnr, row.ssim, row.perceptual)
        label = f"original   (damaged: {told})" if name == UNREPAIRED else f"repaired   {told}"
        return Column(heading, figures, (above, *below), label=label if under else "")

    inner = truth[_slices(window)]
    columns = [
        column("damaged", f"{truth.mean():.2%} of it", seen, UNREPAIRED),
        column("true marks", LEGEND, overlaid(seen, inner, inner), TRUE_MASK),
    ]
    for name in methods:
        total = case.rows[name].total
        figures = f"F1 {total.f1:.3f}   precision {total.precision:.3f}   recall {total.recall:.3f}"
        columns.append(column(name, figures, overlaid(seen, case.marks[name][_slices(window)], inner), name))
    return columns


def _clean_columns(case: CleanCase, methods: Sequence[str]) -> list[Column]:
    window = _window(next(iter(case.marks.values())))
    seen = inside(case.picture, window)
    nothing = np.zeros(seen.shape[:2], np.bool_)
    columns = [Column("undamaged", "", (seen,))]
    for name in methods:
        figures = f"{case.rows[name].false_percent:.3f} % marked"
        columns.append(Column(name, figures, (overlaid(seen, case.marks[name][_slices(window)], nothing),)))
    return columns


def _window(marks: Marks) -> Window:
    return heaviest_window(marks.astype(np.float64), TILE, GRID)


def _slices(window: Window) -> tuple[slice, slice]:
    top, left, height, width = window
    return slice(top, top + height), slice(left, left + width)


def _label(rows: dict[str, FoundRow]) -> str:
    row = next(iter(rows.values()))
    return f"{row.picture}, seed {row.seed}" + ("" if row.scale == 1 else f", resized by {row.scale:g}")
