"""Contact sheets: which cases and which part of a picture a bench shows, and how they are drawn.

    caption: which case, and why it is here
    heading | heading | …      a column per method, and the original before them
    figures | figures | …
    picture | picture | …      one row of tiles, or two

A bench measures hundreds of cases; keeping every output would take gigabytes, making the chosen ones again would take
minutes. So the typical cases are chosen before the first one runs, spread evenly, and the worst are kept as they come.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from restore.errors import UsageError
from restore.files import atomic_write

GAP = 8
CAPTION = 30
HEAD = 42
"""Height in pixels of the two lines above the first row of tiles."""
LABEL = 20
"""Height in pixels of the words above the second row of tiles, where there are any."""
BACKGROUND, INK, DIM, WARNING = (24, 24, 24), (240, 240, 240), (170, 170, 170), (255, 150, 90)
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}

Window = tuple[int, int, int, int]
"""Top, left, height and width, pixels."""
Samples = npt.NDArray[np.uint8]
Case = TypeVar("Case")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a block: two lines of words, and one or two pictures below them."""

    heading: str
    figures: str
    pictures: tuple[Samples, ...]
    """`(h, w, 3)` or `(h, w)`, from top to bottom, as many in every column of a block."""
    label: str = ""
    """Words above the second picture."""
    heading_colour: tuple[int, int, int] = INK
    figures_colour: tuple[int, int, int] = DIM


@dataclass(frozen=True, slots=True)
class Criterion(Generic[Case]):
    """What makes a case one of the worst."""

    value: Callable[[Case], float | None]
    """The lower, the worse; None where it does not count for this case."""
    note: Callable[[int, float], str]
    """Rank from 1 and value to the note in the caption."""


class SheetCases(Generic[Case]):
    """Keeps the typical cases of a bench and the worst ones by each criterion while it runs.

    Args:
        typical: the places of the typical cases, such as picture and mask class; the first case of each is kept.
        most: how many worst cases to keep per criterion.
        criteria: what makes a case one of the worst.
        worst_last: whether the worst cases end with the very worst instead of beginning with it.
    """

    def __init__(
        self,
        typical: Iterable[Hashable],
        most: int,
        criteria: Sequence[Criterion[Case]],
        *,
        worst_last: bool = False,
    ) -> None:
        self._awaited = set(typical)
        self._most = most
        self._criteria = criteria
        self._worst_last = worst_last
        self._typical: list[Case] = []
        self._worst: list[list[tuple[float, Case]]] = [[] for _ in criteria]

    def add(self, place: Hashable, case: Case) -> None:
        """Offer a case."""
        if place in self._awaited:
            self._awaited.remove(place)
            self._typical.append(case)
        for number, criterion in enumerate(self._criteria):
            value = criterion.value(case)
            if value is not None:
                ranked = sorted([*self._worst[number], (value, case)], key=lambda pair: pair[0])
                self._worst[number] = ranked[: self._most]

    def select(self, count: int, worst: int) -> list[tuple[str, Case]]:
        """Up to `count` different cases with a note each: typical ones, then up to `worst` of the worst.

        The criteria have equal shares of the worst ones.
        """
        worst = min(worst, count)
        bad: list[tuple[str, Case]] = []
        for number, criterion in enumerate(self._criteria):
            share = worst * (number + 1) // len(self._criteria)
            for rank, (value, case) in enumerate(self._worst[number], start=1):
                if len(bad) < share and all(case is not other for _, other in bad):
                    bad.append((criterion.note(rank, value), case))
        others = [case for case in self._typical if all(case is not other for _, other in bad)]
        typical = [others[place] for place in evenly_spaced(len(others), count - len(bad))]
        return [("", case) for case in typical] + (bad[::-1] if self._worst_last else bad)


def spread(pictures: int, classes: int, count: int) -> set[tuple[int, int]]:
    """Up to `count` pairs of picture and class: pictures evenly spaced, classes in turn."""
    chosen = evenly_spaced(pictures, count)
    pairs = [(picture, (place + turn) % classes) for turn in range(classes) for place, picture in enumerate(chosen)]
    return set(pairs[:count])


def evenly_spaced(length: int, count: int) -> list[int]:
    """Up to `count` different positions of a list of `length`, evenly spaced."""
    if count >= length:
        return list(range(length))
    return [index * length // count for index in range(count)]


def heaviest_window(weight: npt.NDArray[np.float64], side: int, grid: int) -> Window:
    """The window with the largest sum.

    Args:
        weight: `(H, W)`, not negative.
        side: of the window in pixels; a smaller picture is taken whole.
        grid: pixels between two places that are tried.
    """
    return best_window(weight, side, grid, lambda total: total)


def best_window(weight: npt.NDArray[np.float64], side: int, grid: int, merit: Callable[[float], float]) -> Window:
    """The first window whose sum has the largest merit; arguments as for `heaviest_window`."""
    height, width = min(side, weight.shape[0]), min(side, weight.shape[1])
    total = np.zeros((weight.shape[0] + 1, weight.shape[1] + 1))
    total[1:, 1:] = weight.cumsum(0).cumsum(1)

    def merit_at(corner: tuple[int, int]) -> float:
        top, left = corner
        bottom, right = top + height, left + width
        return merit(float(total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]))

    tops = [*range(0, weight.shape[0] - height, grid), weight.shape[0] - height]
    lefts = [*range(0, weight.shape[1] - width, grid), weight.shape[1] - width]
    top, left = max(((top, left) for top in tops for left in lefts), key=merit_at)
    return top, left, height, width


def inside(picture: Samples, window: Window) -> Samples:
    """A copy of a picture's part in a window."""
    top, left, height, width = window
    return picture[top : top + height, left : left + width].copy()


def figures_of(psnr: float, ssim: float, perceptual: float | None) -> str:
    """The figures below a heading: dB, SSIM, and the perceptual distance where it was measured."""
    parts = [f"{psnr:.2f} dB", f"SSIM {ssim:.4f}"]
    if perceptual is not None:
        parts.append(f"perc. {perceptual:.4f}")
    return "   ".join(parts)


def draw_block(caption: str, note: str, columns: Sequence[Column], tile: int) -> Image.Image:
    """Draw one case: its caption and its columns side by side.

    Args:
        caption: which case.
        note: why a worst case is here, in the colour of a warning; empty for the others.
        columns: from left to right.
        tile: width of a column in pixels; no picture is wider.
    """
    rows = len(columns[0].pictures)
    heights = [max(column.pictures[row].shape[0] for column in columns) for row in range(rows)]
    between = LABEL if any(column.label for column in columns) else GAP
    tops = [CAPTION + HEAD + sum(heights[:row]) + between * row for row in range(rows)]
    block = Image.new("RGB", (GAP + len(columns) * (tile + GAP), tops[-1] + heights[-1] + 2 * GAP), BACKGROUND)
    pen = ImageDraw.Draw(block)
    words = f"{caption} ({note})" if note else caption
    pen.text((GAP, 8), words, fill=WARNING if note else INK, font=ImageFont.load_default(size=18))
    for place, column in enumerate(columns):
        left = GAP + place * (tile + GAP)
        pen.text((left, CAPTION + 4), column.heading, fill=column.heading_colour, font=ImageFont.load_default(size=16))
        pen.text((left, CAPTION + 23), column.figures, fill=column.figures_colour, font=ImageFont.load_default(size=13))
        for top, picture in zip(tops, column.pictures, strict=True):
            block.paste(Image.fromarray(picture), (left, top))
        if column.label:
            pen.text((left, tops[1] - LABEL + 2), column.label, fill=DIM, font=ImageFont.load_default(size=12))
    return block


def write_sheet(blocks: Iterable[Image.Image], path: Path, *, quality: int) -> None:
    """Write blocks one below the other; they are drawn only once the format is known to be one of `FORMATS`.

    Args:
        blocks: as `draw_block` gives them.
        path: a `.png` file, or `.jpg` or `.webp` for a smaller one.
        quality: of the lossy formats, 0..100.

    Raises:
        UsageError: there is nothing to show, or the suffix names no format of a sheet.
        OutputError: the file cannot be written.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"a sheet is a .png, .jpg or .webp file, not {path.name}")
    drawn = list(blocks)
    if not drawn:
        raise UsageError("the bench kept no case to show; run it on at least one picture or triplet")
    sheet = Image.new("RGB", (max(block.width for block in drawn), sum(block.height for block in drawn)), BACKGROUND)
    top = 0
    for block in drawn:
        sheet.paste(block, (0, top))
        top += block.height
    with atomic_write(path) as file:
        sheet.save(file, format=form, quality=quality)
