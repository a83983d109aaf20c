"""The report of an interpolation bench: tables for a terminal, CSV, JSON, and a sheet of triplets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restore.evaluation.conditions import Conditions, settings_line
from restore.evaluation.interpolate.rows import InterpolateMean, InterpolateRow, Over, all_means, means_over, write_rows
from restore.evaluation.interpolate.sheet import TripletCase, write_cases
from restore.evaluation.sheets import SheetCases
from restore.evaluation.tables import cell, counted, plain, titled


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpolateConditions(Conditions):
    """The conditions of an interpolation bench."""

    sources: int
    """Triplet folders and clips that were read."""
    triplets: int
    sets: int
    """Sets and clips that gave any."""
    most: int | None
    """Triplets per clip and set at most; None for the default."""
    long_side: int | None
    """Largest longer side, px; None where frames were left as they are."""
    settings: dict[str, str]
    """Method to what was chosen for it."""


@dataclass(frozen=True, slots=True)
class InterpolateReport:
    """Everything an interpolation bench measured."""

    rows: list[InterpolateRow]
    conditions: InterpolateConditions
    methods: list[str]
    cases: SheetCases[TripletCase]
    """Triplets kept for the sheet."""
    notes: list[str]
    """Facts a reader needs, such as clips without a fit triplet."""
    failed: list[str]
    """What could not be read, one line each."""

    def means(self) -> list[InterpolateMean]:
        """Each method's means over all, over bins of motion and over sets and clips."""
        return all_means(self.rows)

    def text(self) -> str:
        """The tables for a terminal, with the conditions above them and the notes below."""
        facts = self.conditions
        sets = "1 set or clip" if facts.sets == 1 else f"{facts.sets} sets and clips"
        crop = "" if facts.long_side is None else f", long side at most {facts.long_side} px"
        head = facts.head(f"{counted(facts.triplets, 'triplet')} of {sets}{crop}")
        if facts.processor not in facts.device:
            head += f"; the others on {facts.processor}"
        foot = [
            "IE: mean absolute error, levels; s/frame: wall time of one made frame; CPU s: the same over all threads;",
            "MiB: peak memory above the state before the call; px: median motion from the first to the last frame;",
            "90 %: what a tenth of the pixels moves at least; figures of sets and bins are means over their triplets",
        ]
        failed = [f"could not be read: {reason}" for reason in self.failed]
        tables = format_tables(self.rows, self.methods)
        return "\n".join([head, *settings_line(facts.settings), "", tables, "", *foot, *self.notes, *failed])

    def to_json(self) -> dict[str, Any]:
        """Conditions, means and rows as plain values."""
        return plain(
            conditions=self.conditions, means=self.means(), rows=self.rows, notes=self.notes, failed=self.failed
        )

    def write_csv(self, path: Path) -> None:
        """One line per triplet and method, then the means. Raises OutputError."""
        write_rows(self.rows, path)

    def write_sheet(self, path: Path, n: int = 10, worst: int = 4) -> None:
        """Windows of `n` triplets, `worst` of them where the judged method is worst.

        Raises:
            UsageError: a suffix that is no picture's.
            OutputError: the file cannot be written.
        """
        write_cases(self.cases.select(n, worst), self.methods, path)


def format_tables(rows: Sequence[InterpolateRow], methods: Sequence[str]) -> str:
    """Three tables, the second only where the motion is known; methods in the order given."""
    tables = [_costs(means_over(rows, "all"))]
    if any(row.motion is not None for row in rows):
        tables.append(_grid(rows, "motion", "motion", methods, "by median motion, px"))
    tables.append(_grid(rows, "set", "set or clip", methods, "by set or clip"))
    return "\n\n".join(tables)


def _costs(means: Sequence[InterpolateMean]) -> str:
    on_cuda = any(mean.device_memory is not None for mean in means)
    seen = any(mean.perceptual is not None for mean in means)
    heads = ["method", "PSNR", "SSIM", "MS-SSIM", "IE", *(["perc."] if seen else [])]
    table = [[*heads, "s/frame", "CPU s", "MiB", *(["GPU MiB"] if on_cuda else [])]]
    for mean in means:
        cells = [mean.method, f"{mean.psnr:.2f}", f"{mean.ssim:.4f}", f"{mean.ms_ssim:.4f}", f"{mean.ie:.2f}"]
        cells += [cell(mean.perceptual, ".4f")] if seen else []
        cells += [f"{mean.seconds:.3f}", f"{mean.cpu_seconds:.3f}", cell(mean.memory, ".0f")]
        table.append(cells + ([cell(mean.device_memory, ".0f")] if on_cuda else []))
    return titled(f"over all {means[0].triplets} triplets", table)


def _grid(rows: Sequence[InterpolateRow], over: Over, head: str, methods: Sequence[str], title: str) -> str:
    """PSNR and SSIM of every method in a column, one line per group."""
    groups: dict[str, dict[str, InterpolateMean]] = {}
    for mean in means_over(rows, over):
        groups.setdefault(mean.label, {})[mean.method] = mean
    table = [[head, "n", "px", "90 %", *methods]]
    for label, means in groups.items():
        some = next(iter(means.values()))
        figures = [f"{mean.psnr:.2f} {mean.ssim:.4f}" for mean in (means[name] for name in methods)]
        table.append([label, str(some.triplets), cell(some.motion, ".1f"), cell(some.motion_90, ".1f"), *figures])
    return titled(f"PSNR and SSIM {title}", table)
