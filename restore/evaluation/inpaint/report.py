"""The report of an inpainting bench: a table for a terminal, CSV, JSON, and a sheet of cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from restore.evaluation.conditions import Conditions
from restore.evaluation.inpaint.rows import REFERENCE, InpaintMean, InpaintRow, aggregate, write_rows
from restore.evaluation.inpaint.sheet import InpaintCase, write_cases
from restore.evaluation.methods import among
from restore.evaluation.sheets import SheetCases
from restore.evaluation.tables import cell, counted, groups_of, line, plain, widths_of

TRUTH = "(undamaged)"
"""Stands for a method in the row of the undamaged pictures' own figures."""
FOOT = (
    f"margin: over {REFERENCE}, same picture and mask; hole: in the hole; perc.: perceptual distance",
    "sharp: gradient in the hole over that around it, then its least; patch: distance to the nearest patch outside",
    "net: seconds in the network; MiB: peak memory above the state before the call",
)
"""What the heads of the table mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InpaintConditions(Conditions):
    """The conditions of an inpainting bench; the harmonic fill and the prefill run on our network's device."""

    pictures: int
    size: int
    """Largest side of the square crops, px."""
    seed: int
    """Added to each picture's position to seed its masks."""


@dataclass(frozen=True, slots=True)
class InpaintReport:
    """Everything an inpainting bench measured."""

    rows: list[InpaintRow]
    conditions: InpaintConditions
    methods: list[str]
    cases: SheetCases[InpaintCase]
    """Cases kept for the sheet."""
    notes: list[str]
    """Facts a reader needs, such as pictures smaller than the crop."""

    def means(self) -> list[InpaintMean]:
        """Means per mask class and method."""
        return aggregate(self.rows)

    def text(self) -> str:
        """The table for a terminal, with the conditions above it and the notes below."""
        facts = self.conditions
        head = facts.head(f"{counted(facts.pictures, 'picture')}, centre {facts.size} px, masks from seed {facts.seed}")
        return "\n".join([head, "", format_table(self.means()), "", *FOOT, *self.notes])

    def to_json(self) -> dict[str, Any]:
        """Conditions, means and rows as plain values."""
        return plain(conditions=self.conditions, means=self.means(), rows=self.rows, notes=self.notes)

    def write_csv(self, path: Path) -> None:
        """One line per picture, class and method, then the means. Raises OutputError."""
        write_rows(self.rows, path)

    def write_sheet(self, path: Path, n: int = 10, worst: int = 3, methods: Sequence[str] | None = None) -> None:
        """A sheet of `n` cases, the `worst` by PSNR margin over the harmonic fill among them.

        The worst are those of `restore`, or of the first of our methods if it did not run. A report keeps 16 cases
        of either kind.

        Raises:
            UsageError: a method that did not run, or a suffix that is no picture's.
            OutputError: the file cannot be written.
        """
        chosen = among(methods, self.methods)
        write_cases(self.cases.select(n, worst), chosen, path)


def format_table(means: Sequence[InpaintMean]) -> str:
    """A table for the terminal, one block per mask class; a dash stands for what was not measured.

    The last row of a block has the undamaged pictures' own figures, where they have any.
    """
    on_cuda = any(mean.device_memory is not None for mean in means)
    heads = ["method", "PSNR", "margin", "hole", "SSIM", "margin", "hole", "perc.", "margin"]
    heads += ["sharp", "least", "patch", "seconds", "net", "MiB", *(["GPU MiB"] if on_cuda else [])]
    groups = groups_of(means, lambda mean: mean.mask)
    tables = [
        [*(_cells(mean, on_cuda=on_cuda) for mean in group), _truth_cells(group[0], on_cuda=on_cuda)]
        for group in groups.values()
    ]
    widths = widths_of([heads, *chain(*tables)])
    blocks = []
    for (mask, (first, *_)), table in zip(groups.items(), tables, strict=True):
        title = f"{mask}: {counted(first.pictures, 'picture')}, hole {first.hole:.1%}"
        blocks.append("\n".join([title, line(heads, widths), *(line(cells, widths) for cells in table)]))
    return "\n\n".join(blocks)


def _cells(mean: InpaintMean, *, on_cuda: bool) -> list[str]:
    cells = [
        mean.method,
        cell(mean.psnr, ".2f"),
        cell(mean.psnr_margin, "+.2f"),
        cell(mean.psnr_hole, ".2f"),
        cell(mean.ssim, ".4f"),
        cell(mean.ssim_margin, "+.4f"),
        cell(mean.ssim_hole, ".4f"),
        cell(mean.perceptual, ".4f"),
        cell(mean.perceptual_margin, "+.4f"),
        cell(mean.sharpness, ".2f"),
        cell(mean.sharpness_worst, ".2f"),
        cell(mean.patch_distance, ".2f"),
        cell(mean.seconds, ".3f"),
        cell(mean.network_seconds or None, ".3f"),
        cell(mean.memory, ".0f"),
    ]
    return cells + ([cell(mean.device_memory, ".0f")] if on_cuda else [])


def _truth_cells(mean: InpaintMean, *, on_cuda: bool) -> list[str]:
    figures = (mean.sharpness_truth, mean.sharpness_truth_worst, mean.patch_distance_truth)
    return [TRUTH, *["-"] * 8, *(cell(figure, ".2f") for figure in figures), *["-"] * (4 if on_cuda else 3)]
