"""The report of a repair bench: tables for a terminal, CSV, JSON, and a sheet of cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restore.evaluation.conditions import Conditions
from restore.evaluation.methods import among
from restore.evaluation.repair.damage import CLASSES
from restore.evaluation.repair.rows import (
    FoundMean,
    FoundRow,
    RepairedMean,
    RepairedRow,
    found_means,
    repaired_means,
    write_rows,
)
from restore.evaluation.repair.sheet import CleanCase, DamagedCase, write_cases
from restore.evaluation.sheets import SheetCases
from restore.evaluation.tables import cell, counted, groups_of, plain, titled

FOOT = (
    "precision, recall, F1: over all pixels of all pictures, 2 px apart; false: marked share of undamaged pictures",
    "s/MP: seconds per megapixel; MiB: peak memory above the state before the call",
)
"""What the heads of the tables mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairConditions(Conditions):
    """The conditions of a repair bench."""

    pictures: int
    size: int
    """Largest side of the square crops, px."""
    seed: int
    """Added to each picture's position to seed its damage."""
    scales: list[float]
    """By which pictures were resized before they were looked at."""
    damage: str
    """What was laid over the pictures, in words."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """Everything a repair bench measured."""

    found: list[FoundRow]
    repaired: list[RepairedRow]
    """Empty where nothing was repaired."""
    conditions: RepairConditions
    methods: list[str]
    damaged_cases: SheetCases[DamagedCase]
    clean_cases: SheetCases[CleanCase]
    notes: list[str]
    """Facts a reader needs, such as pictures smaller than the crop."""

    def means(self) -> list[FoundMean]:
        """One per scale and method."""
        return found_means(self.found)

    def repaired_means(self) -> list[RepairedMean]:
        """One per method."""
        return repaired_means(self.repaired)

    def text(self) -> str:
        """The tables for a terminal, with the conditions above them and the notes below."""
        facts = self.conditions
        crops = f"{counted(facts.pictures, 'picture')}, centre {facts.size} px"
        head = facts.head(f"{crops}, damage from seed {facts.seed}: {facts.damage}")
        blocks = [
            block for mean in groups_of(self.means(), lambda mean: mean.scale).values() for block in _blocks(mean)
        ]
        if self.repaired:
            blocks.append(_repaired_block(self.repaired_means()))
        return "\n".join([head, "", "\n\n".join(blocks), "", *FOOT, *self.notes])

    def to_json(self) -> dict[str, Any]:
        """Conditions, means and rows as plain values."""
        return plain(
            conditions=self.conditions,
            means=self.means(),
            repaired_means=self.repaired_means(),
            rows=self.found,
            repaired_rows=self.repaired,
            notes=self.notes,
        )

    def write_csv(self, path: Path) -> None:
        """One line per picture, scale and method, one per repaired picture, then the means. Raises OutputError."""
        write_rows(self.found, self.repaired, path)

    def write_sheet(self, path: Path, n: int = 10, worst: int = 4, methods: Sequence[str] | None = None) -> None:
        """A sheet of `n` damaged cases, the `worst` by F1 among them, and the two worst undamaged ones.

        The worst are those of `restore`, or of the first method if it did not run.

        Raises:
            UsageError: a method that did not run, or a suffix that is no picture's.
            OutputError: the file cannot be written.
        """
        chosen = among(methods, self.methods)
        write_cases([*self.damaged_cases.select(n, worst), *self.clean_cases.select(2, 2)], chosen, path)


def _blocks(means: Sequence[FoundMean]) -> list[str]:
    """Two tables of one scale: what was found, and recall by class."""
    scale, pictures = means[0].scale, counted(means[0].pictures, "picture")
    where = "own resolution" if scale == 1 else f"resized by {scale:g}"
    on_cuda = any(mean.device_memory is not None for mean in means)
    heads = ["method", "precision", "recall", "F1", "false %", "worst %", "in", "s/MP", "MiB"]
    found = [[*heads, *(["GPU MiB"] if on_cuda else [])]]
    recalls = [["method", *CLASSES]]
    for mean in means:
        cells = [mean.method, f"{mean.precision:.3f}", f"{mean.recall:.3f}", f"{mean.f1:.3f}"]
        cells += [f"{mean.false_percent:.3f}", f"{mean.false_percent_worst:.2f}", mean.false_worst_picture]
        cells += [f"{mean.seconds_per_megapixel:.2f}", cell(mean.memory, ".0f")]
        found.append(cells + ([cell(mean.device_memory, ".0f")] if on_cuda else []))
        recalls.append([mean.method, *(cell(mean.recalls[name], ".3f") for name in CLASSES)])
    return [titled(f"found, {where}: {pictures}", found), titled(f"recall by class, {where}", recalls)]


def _repaired_block(means: Sequence[RepairedMean]) -> str:
    rows = [["filled with the marks of", "filled", "PSNR", "SSIM", "perc."]]
    rows += [
        [mean.method, f"{mean.filled:.2%}", f"{mean.psnr:.2f}", f"{mean.ssim:.4f}", cell(mean.perceptual, ".4f")]
        for mean in means
    ]
    return titled(f"repaired: {counted(means[0].pictures, 'picture')}, means", rows)
