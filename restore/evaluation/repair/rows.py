"""Rows of a repair bench: what each method found, and how pictures look that were repaired with what it found.

Counts of pixels are added over pictures before precision, recall and F1 are taken, so that a picture weighs as much as
it has damage. Shares of false marks, seconds and the figures of repaired pictures are plain means over pictures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from restore.evaluation.repair.damage import CLASSES
from restore.evaluation.tables import groups_of, largest, means_of, write_csv
from restore.synthetic.agreement import Agreement

FIGURES = ("psnr", "ssim", "perceptual", "filled")
"""Figures of repaired pictures."""
COLUMNS = (
    *("row", "pictures", "picture", "seed", "scale", "method", "precision", "recall", "f1"),
    *(f"recall {name}" for name in CLASSES),
    *("false_percent", "false_percent_worst", "false_worst_picture", "seconds_per_megapixel", "memory"),
    *("device_memory", *FIGURES),
)
"""Columns of the CSV file, in their order; new ones go last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """What one method found in one picture, damaged and undamaged."""

    picture: str
    seed: int
    """Of the damage."""
    scale: float
    """The damaged picture's, before it was looked at."""
    method: str
    total: Agreement
    """Over all pixels."""
    classes: dict[str, Agreement]
    """By `CLASSES`; only what was found of each is meant, not what was marked."""
    false_percent: float
    """Share of the undamaged picture that is marked, per cent."""
    seconds_per_megapixel: float
    """Wall time per million pixels, from 8-bit picture to marks."""
    memory: float | None
    """Peak resident memory above the state before the call, MiB; None where the system cannot tell."""
    device_memory: float | None
    """Peak CUDA memory above the state before the call, MiB; None off CUDA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMean:
    """What one method found at one scale, over all pictures."""

    scale: float
    method: str
    pictures: int
    precision: float
    """Share of the marks that lies at damage, 0..1."""
    recall: float
    """Share of the damage that lies at a mark, 0..1."""
    f1: float
    """Their harmonic mean."""
    recalls: dict[str, float | None] = field(default_factory=dict)
    """Recall by `CLASSES`; None where no picture has such damage."""
    false_percent: float
    """Marked share of the undamaged pictures, per cent, mean over pictures."""
    false_percent_worst: float
    """The largest of a picture."""
    false_worst_picture: str
    """Which picture that is."""
    seconds_per_megapixel: float
    memory: float | None
    """The largest of a picture, MiB."""
    device_memory: float | None
    """The largest of a picture, MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedRow:
    """One picture as it was repaired with what a method found, beside what it was before the damage."""

    picture: str
    seed: int
    method: str
    """A method, or `UNREPAIRED` or `TRUE_MASK`."""
    filled: float
    """Share of the picture that was filled, 0..1."""
    psnr: float
    """dB, whole picture."""
    ssim: float
    """Whole picture, at most 1."""
    perceptual: float | None
    """Perceptual distance, lower is better; None without a perceptual network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedMean:
    """Repaired pictures of one method, means over pictures."""

    method: str
    pictures: int
    filled: float
    psnr: float
    ssim: float
    perceptual: float | None


UNREPAIRED, TRUE_MASK, SEEN_THROUGH = "(unrepaired)", "(true mask)", "(seen through)"
"""Stand for a method where the picture was left as it was, where all that is damaged was filled, and where all was but
for what is seen through it."""


def found_means(rows: Iterable[FoundRow]) -> list[FoundMean]:
    """One line per scale and method, in the order in which these first appear."""
    means = []
    for (scale, method), group in groups_of(rows, lambda row: (row.scale, row.method)).items():
        total = sum((row.total for row in group), Agreement())
        classes = {name: sum((row.classes[name] for row in group), Agreement()) for name in CLASSES}
        worst = max(group, key=lambda row: row.false_percent)
        means.append(
            FoundMean(
                scale=scale,
                method=method,
                pictures=len(group),
                precision=total.precision,
                recall=total.recall,
                f1=total.f1,
                recalls={name: part.recall if part.damaged else None for name, part in classes.items()},
                false_percent=fmean(row.false_percent for row in group),
                false_percent_worst=worst.false_percent,
                false_worst_picture=worst.picture,
                seconds_per_megapixel=fmean(row.seconds_per_megapixel for row in group),
                memory=largest(row.memory for row in group),
                device_memory=largest(row.device_memory for row in group),
            )
        )
    return means


def repaired_means(rows: Iterable[RepairedRow]) -> list[RepairedMean]:
    """One line per method, in the order in which these first appear."""
    return [
        RepairedMean(method=method, pictures=len(group), **means_of(group, FIGURES))
        for method, group in groups_of(rows, lambda row: row.method).items()
    ]


def write_rows(found: Sequence[FoundRow], repaired: Sequence[RepairedRow], path: Path) -> None:
    """Write every row and then the means; the column `row` says which is which, to filter by.

    Raises:
        OutputError: the file cannot be written.
    """
    records: list[dict[str, Any]] = []
    for rows in ([row] for row in found):
        (mean,) = found_means(rows)
        told = {"row": "found", "picture": rows[0].picture, "seed": rows[0].seed, **_record(mean)}
        records.append({**told, "false_percent_worst": None, "false_worst_picture": None})
    records += [{"row": "repaired", "pictures": 1, **_fields(row)} for row in repaired]
    records += [{"row": "found mean", **_record(mean)} for mean in found_means(found)]
    records += [{"row": "repaired mean", **_fields(mean)} for mean in repaired_means(repaired)]
    write_csv(COLUMNS, records, path)


def _record(mean: FoundMean) -> dict[str, Any]:
    figures = _fields(mean)
    recalls = figures.pop("recalls")
    return figures | {f"recall {name}": recall for name, recall in recalls.items()}


def _fields(row: FoundMean | RepairedRow | RepairedMean) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}
