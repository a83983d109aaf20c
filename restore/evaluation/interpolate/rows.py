"""Rows of an interpolation bench, their means over sets, over bins of motion and over all, and the CSV of both.

Means are plain means over triplets, dB included, as papers report them: over all, a clip with more triplets counts
more. How far things move between the two given frames decides how hard a triplet is, so figures of two collections
can only be compared bin by bin.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from restore.evaluation.tables import groups_of, means_of, peaks_of, write_csv

EDGES = (0.0, 2.0, 5.0, 10.0, 20.0, 60.0)
"""Where bins of motion begin and end, pixels; the last bin is open."""
MEANS = ("motion", "motion_90", "psnr", "ssim", "ms_ssim", "ie", "perceptual", "seconds", "cpu_seconds")
PEAKS = ("memory", "device_memory")
COLUMNS = (
    *("row", "label", "triplets", "set", "triplet", "width", "height", "motion", "motion_90", "method"),
    *("psnr", "ssim", "ms_ssim", "ie", "perceptual", "seconds", "cpu_seconds", "memory", "device_memory"),
)
"""Columns of the CSV file, in their order."""

Over = Literal["all", "motion", "set"]
"""What the triplets of a mean have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one method; in a mean the means over triplets, of memory the largest."""

    method: str
    motion: float | None
    """Median over the pixels of the way from the first to the last frame, pixels; None without OpenCV."""
    motion_90: float | None
    """What a tenth of the pixels moves at least, pixels; a small object that moves fast shows here only."""
    psnr: float
    """dB, 8-bit RGB."""
    ssim: float
    """At most 1."""
    ms_ssim: float
    """At most 1."""
    ie: float
    """Interpolation error: mean absolute difference over pixels and channels, levels."""
    perceptual: float | None
    """Perceptual distance, lower is better; None without a perceptual network."""
    seconds: float
    """Wall time of making the one frame."""
    cpu_seconds: float
    """Time of making the one frame, summed over the processor's threads."""
    memory: float | None
    """Peak resident memory above the state before the call, MiB; None where the system cannot tell."""
    device_memory: float | None
    """Peak CUDA memory above the state before the call, MiB; None off CUDA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpolateRow(Figures):
    """One method on one triplet."""

    set: str
    """Its set or clip."""
    triplet: str
    """Its name there."""
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpolateMean(Figures):
    """One method over some triplets."""

    over: Over
    label: str
    """Which triplets: a set's name, a bin such as `2-5`, or `all`."""
    triplets: int


def bin_of(motion: float) -> str:
    """The bin that a motion in pixels falls into; an edge belongs to the bin it begins.

    Examples:
        >>> bin_of(2.0), bin_of(75.3)
        ('2-5', 'from 60')
    """
    for low, high in pairwise(EDGES):
        if motion < high:
            return f"{low:g}-{high:g}"
    return f"from {EDGES[-1]:g}"


BINS = (*(bin_of(edge) for edge in EDGES),)
"""The bins' names, rising."""


def means_over(rows: Sequence[InterpolateRow], over: Over) -> list[InterpolateMean]:
    """Means per group and method: sets and methods as they first appear, bins rising.

    Rows whose motion is not known fall into no bin.
    """
    label: dict[Over, Callable[[InterpolateRow], str]] = {
        "all": lambda _: "all",
        "set": lambda row: row.set,
        "motion": lambda row: "" if row.motion is None else bin_of(row.motion),
    }
    groups = groups_of(rows, label[over])
    labels = [name for name in BINS if name in groups] if over == "motion" else list(groups)
    return [
        InterpolateMean(
            over=over,
            label=name,
            method=method,
            triplets=len(group),
            **means_of(group, MEANS),
            **peaks_of(group, PEAKS),
        )
        for name in labels
        for method, group in groups_of(groups[name], lambda row: row.method).items()
    ]


def all_means(rows: Sequence[InterpolateRow]) -> list[InterpolateMean]:
    """Means over all, over bins of motion, and over sets and clips."""
    return means_over(rows, "all") + means_over(rows, "motion") + means_over(rows, "set")


def write_rows(rows: Sequence[InterpolateRow], path: Path) -> None:
    """Write every row and then the means; the column `row` is `triplet`, `all`, `motion` or `set`.

    Raises:
        OutputError: the file cannot be written.
    """
    records: list[dict[str, Any]] = [{"row": "triplet", "triplets": 1, **asdict(row)} for row in rows]
    for mean in all_means(rows):
        record = asdict(mean)
        records.append({"row": record.pop("over"), **record})
    write_csv(COLUMNS, records, path)
