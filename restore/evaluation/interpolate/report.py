"""Rows of an interpolation bench, their means over sets, over bins of motion and over all, and the CSV of both.

Means are plain means over triplets, dB included, as papers report them: over all, a clip with more triplets counts
more. How far things move between the two given frames decides how hard a triplet is, so figures of two collections
can only be compared bin by bin.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Literal

from restore.evaluation.tables import largest, mean_known, rounded
from restore.files import atomic_write

EDGES = (0.0, 2.0, 5.0, 10.0, 20.0, 60.0)
"""Where bins of motion begin and end, pixels; the last bin is open."""

Over = Literal["all", "motion", "set"]


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one triplet."""

    set: str
    """Its set or clip."""
    triplet: str
    """Its name there."""
    width: int
    height: int
    motion: float | None
    """Median over the pixels of the way from the first to the last frame, pixels; None without OpenCV."""
    motion_90: float | None
    """What a tenth of the pixels moves at least, pixels; a small thing that moves fast shows here only."""
    method: str
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
    """The same summed over the processor's threads."""
    memory: float | None
    """Peak resident memory above the state before the call, MiB; None where the system cannot tell."""
    device_memory: float | None
    """Peak CUDA memory above the state before the call, MiB; None off CUDA."""


@dataclass(frozen=True, slots=True)
class Mean:
    """One method's means over some triplets."""

    over: Over
    """What the triplets have in common."""
    label: str
    """Which: a set's name, a bin such as `2-5`, or `all`."""
    method: str
    triplets: int
    motion: float | None
    motion_90: float | None
    psnr: float
    ssim: float
    ms_ssim: float
    ie: float
    perceptual: float | None
    seconds: float
    cpu_seconds: float
    memory: float | None
    """The largest of all, MiB."""
    device_memory: float | None
    """The largest of all, MiB."""


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


def means_over(rows: Sequence[Row], over: Over) -> list[Mean]:
    """Means per group and method: sets and methods as they first appear, bins rising.

    Rows whose motion is not known fall into no bin.
    """
    label: dict[Over, Callable[[Row], str]] = {
        "all": lambda _: "all",
        "set": lambda row: row.set,
        "motion": lambda row: "" if row.motion is None else bin_of(row.motion),
    }
    groups: dict[str, dict[str, list[Row]]] = {name: {} for name in BINS} if over == "motion" else {}
    for row in rows:
        name = label[over](row)
        if name:
            groups.setdefault(name, {}).setdefault(row.method, []).append(row)
    return [_mean(over, name, group) for name, methods in groups.items() for group in methods.values()]


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Write every row and then the means; the column `row` says `triplet`, `all`, `motion` or `set`.

    Raises:
        OutputError: the file cannot be written.
    """
    columns = ["row", "label", "triplets", *(field.name for field in fields(Row))]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(rounded({"row": "triplet", "triplets": 1, **asdict(row)}))
    for over in ("all", "motion", "set"):
        for mean in means_over(rows, over):
            record = asdict(mean)
            writer.writerow(rounded({"row": record.pop("over"), **record}))
    with atomic_write(path) as file:
        file.write(text.getvalue().encode("utf-8"))


def _mean(over: Over, label: str, group: Sequence[Row]) -> Mean:
    return Mean(
        over=over,
        label=label,
        method=group[0].method,
        triplets=len(group),
        motion=mean_known(row.motion for row in group),
        motion_90=mean_known(row.motion_90 for row in group),
        psnr=fmean(row.psnr for row in group),
        ssim=fmean(row.ssim for row in group),
        ms_ssim=fmean(row.ms_ssim for row in group),
        ie=fmean(row.ie for row in group),
        perceptual=mean_known(row.perceptual for row in group),
        seconds=fmean(row.seconds for row in group),
        cpu_seconds=fmean(row.cpu_seconds for row in group),
        memory=largest(row.memory for row in group),
        device_memory=largest(row.device_memory for row in group),
    )
