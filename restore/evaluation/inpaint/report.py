"""Rows of a bench, their means per class and method, and the ways out: text, CSV, JSON.

A margin is a method's figure minus the harmonic fill's on the same picture and mask: it says what was learned, and it
varies far less from set to set than the figure itself. Means are plain means over pictures, dB included, as papers
report them.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import fmean

from restore.evaluation.tables import cell, largest, line, mean_known, rounded, widths_of
from restore.files import atomic_write

REFERENCE = "harmonic"
"""The method the margins are taken over."""


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one picture and mask."""

    picture: str
    mask: str
    """Mask class."""
    seed: int
    """The mask's seed."""
    size: int
    """Side of the square crop, px."""
    hole: float
    """Share of the picture that is hole, 0..1."""
    method: str
    psnr: float
    """dB, whole picture."""
    psnr_hole: float
    """dB, hole only."""
    ssim: float
    ssim_hole: float
    perceptual: float | None
    """Perceptual distance, lower is better; None without a perceptual network."""
    seconds: float
    """Wall time, from 8-bit picture to 8-bit picture."""
    network_seconds: float
    """Wall time inside the network; 0 for classical methods."""
    memory: float | None
    """Peak resident memory above the state before the call, MiB; None where the system cannot tell."""
    device_memory: float | None
    """Peak CUDA memory above the state before the call, MiB; None off CUDA."""
    changed_outside: int
    """Pixels outside the hole that the method changed (put back before scoring)."""


@dataclass(frozen=True, slots=True)
class Mean:
    """One method's means over the pictures of one mask class."""

    mask: str
    method: str
    pictures: int
    hole: float
    psnr: float
    psnr_hole: float
    ssim: float
    ssim_hole: float
    perceptual: float | None
    psnr_margin: float | None
    """dB over the harmonic fill, mean over pictures; None when it did not run."""
    ssim_margin: float | None
    perceptual_margin: float | None
    """Over the harmonic fill; negative is better."""
    seconds: float
    network_seconds: float
    memory: float | None
    """The largest of all pictures, MiB."""
    device_memory: float | None
    """The largest of all pictures, MiB."""
    changed_outside: int
    """Sum over all pictures."""


def margins(row: Row, reference: Row | None) -> dict[str, float | None]:
    """What a row gains over the reference's row on the same picture and mask, by `psnr`, `ssim` and `perceptual`."""
    if reference is None:
        return {"psnr_margin": None, "ssim_margin": None, "perceptual_margin": None}
    known = row.perceptual is not None and reference.perceptual is not None
    return {
        "psnr_margin": row.psnr - reference.psnr,
        "ssim_margin": row.ssim - reference.ssim,
        "perceptual_margin": (row.perceptual or 0.0) - (reference.perceptual or 0.0) if known else None,
    }


def aggregate(rows: Sequence[Row]) -> list[Mean]:
    """Means per class and method, in the order in which these first appear."""
    references = _references(rows)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.mask, row.method), []).append(row)
    means = []
    for (mask, method), group in groups.items():
        gains = [margins(row, references.get((row.picture, row.mask))) for row in group]
        means.append(
            Mean(
                mask=mask,
                method=method,
                pictures=len(group),
                hole=fmean(row.hole for row in group),
                psnr=fmean(row.psnr for row in group),
                psnr_hole=fmean(row.psnr_hole for row in group),
                ssim=fmean(row.ssim for row in group),
                ssim_hole=fmean(row.ssim_hole for row in group),
                perceptual=mean_known(row.perceptual for row in group),
                psnr_margin=mean_known(gain["psnr_margin"] for gain in gains),
                ssim_margin=mean_known(gain["ssim_margin"] for gain in gains),
                perceptual_margin=mean_known(gain["perceptual_margin"] for gain in gains),
                seconds=fmean(row.seconds for row in group),
                network_seconds=fmean(row.network_seconds for row in group),
                memory=largest(row.memory for row in group),
                device_memory=largest(row.device_memory for row in group),
                changed_outside=sum(row.changed_outside for row in group),
            )
        )
    return means


def format_table(means: Sequence[Mean]) -> str:
    """A plain table for the terminal, one block per mask class; a dash stands for what was not measured."""
    on_cuda = any(mean.device_memory is not None for mean in means)
    heads = ["method", "PSNR", "margin", "in hole", "SSIM", "margin", "in hole", "perceptual", "margin"]
    heads += ["seconds", "network", "MiB", *(["GPU MiB"] if on_cuda else [])]
    blocks: dict[str, list[list[str]]] = {}
    titles: dict[str, str] = {}
    for mean in means:
        pictures = "picture" if mean.pictures == 1 else "pictures"
        titles[mean.mask] = f"{mean.mask}: {mean.pictures} {pictures}, hole {mean.hole:.1%}"
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
            cell(mean.seconds, ".3f"),
            cell(mean.network_seconds or None, ".3f"),
            cell(mean.memory, ".0f"),
        ]
        cells += [cell(mean.device_memory, ".0f")] if on_cuda else []
        blocks.setdefault(mean.mask, []).append(cells)
    table = [heads, *(cells for block in blocks.values() for cells in block)]
    widths = widths_of(table)
    lines = []
    for mask, block in blocks.items():
        lines += [titles[mask], line(heads, widths), *(line(cells, widths) for cells in block), ""]
    return "\n".join(lines).rstrip("\n")


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Write every row and then the means; the column `row` says `picture` or `mean`, so either can be filtered out.

    Raises:
        OutputError: the file cannot be written.
    """
    references = _references(rows)
    row_fields = [field.name for field in fields(Row)]
    columns = ["row", "pictures", *row_fields, "psnr_margin", "ssim_margin", "perceptual_margin"]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        gains = margins(row, references.get((row.picture, row.mask)))
        writer.writerow(rounded({"row": "picture", "pictures": 1, **asdict(row), **gains}))
    for mean in aggregate(rows):
        writer.writerow(rounded({"row": "mean", **asdict(mean)}))
    with atomic_write(path) as file:
        file.write(text.getvalue().encode("utf-8"))


def _references(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    return {(row.picture, row.mask): row for row in rows if row.method == REFERENCE}
