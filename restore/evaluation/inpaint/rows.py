"""Rows of an inpainting bench, and their means per mask class and method.

A margin is a method's figure minus the harmonic fill's on the same picture and mask: it shows what was learned, and it
varies far less from set to set than the figure itself. Means are plain means over pictures, dB included, as papers
report them; those of sharpness and patch distance are over the pictures whose hole has them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from restore.evaluation.tables import groups_of, mean_known, means_of, peaks_of, write_csv

REFERENCE = "harmonic"
"""The method the margins are taken over."""
MEANS = ("hole", "psnr", "psnr_hole", "ssim", "ssim_hole", "perceptual", "seconds", "network_seconds")
TEXTURE = ("sharpness", "sharpness_truth", "patch_distance", "patch_distance_truth")
"""Figures that a hole may be too narrow for."""
WORST = {"sharpness_worst": "sharpness", "sharpness_truth_worst": "sharpness_truth"}
"""Lowest value over pictures to the figure it is taken of."""
PEAKS = ("memory", "device_memory")
MARGINS = {"psnr_margin": "psnr", "ssim_margin": "ssim", "perceptual_margin": "perceptual"}
"""Margin to the figure it is taken of."""
COLUMNS = (
    *("row", "pictures", "picture", "mask", "seed", "size", "hole", "method", "psnr", "psnr_hole", "ssim", "ssim_hole"),
    *("perceptual", "seconds", "network_seconds", "memory", "device_memory", "changed_outside", *MARGINS),
    *(*TEXTURE, *WORST),
)
"""Columns of the CSV file, in their order; new ones go last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one method; in a mean the means, of memory the largest, of `changed_outside` the sum."""

    method: str
    mask: str
    """Mask class."""
    hole: float
    """Share of the picture that is hole, 0..1."""
    psnr: float
    """dB, whole picture."""
    psnr_hole: float
    """dB, hole only."""
    ssim: float
    """Whole picture, at most 1."""
    ssim_hole: float
    """Hole only, at most 1."""
    perceptual: float | None
    """Perceptual distance, lower is better; None without a perceptual network."""
    seconds: float
    """Wall time, from 8-bit picture to 8-bit picture."""
    network_seconds: float
    """Wall time inside the network; 0 for methods without one."""
    memory: float | None
    """Peak resident memory above the state before the call, MiB; None where the system cannot tell."""
    device_memory: float | None
    """Peak CUDA memory above the state before the call, MiB; None off CUDA."""
    changed_outside: int
    """Pixels outside the hole that the method changed (put back before scoring)."""
    sharpness: float | None
    """Length of the gradient inside the hole over that around it; None where the hole is too narrow."""
    sharpness_truth: float | None
    """The undamaged picture's sharpness with the same hole."""
    patch_distance: float | None
    """Distance of the hole's patches to their nearest outside, 0..255; None where there are no such patches."""
    patch_distance_truth: float | None
    """The undamaged picture's patch distance with the same hole, 0..255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InpaintRow(Figures):
    """One method on one picture and mask."""

    picture: str
    seed: int
    """The mask's seed."""
    size: int
    """Side of the square crop, px."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InpaintMean(Figures):
    """One method over the pictures of one mask class."""

    pictures: int
    psnr_margin: float | None
    """dB over the harmonic fill, mean over pictures; None when it did not run."""
    ssim_margin: float | None
    """Over the harmonic fill; None when it did not run."""
    perceptual_margin: float | None
    """Over the harmonic fill, negative is better; None when it did not run or nothing was measured."""
    sharpness_worst: float | None
    """The lowest sharpness of a picture."""
    sharpness_truth_worst: float | None
    """The lowest sharpness of an undamaged picture."""


def margins(row: InpaintRow, reference: InpaintRow | None) -> dict[str, float | None]:
    """What a row gains over the reference's row on the same picture and mask; None where one of them has no figure."""
    gains: dict[str, float | None] = {}
    for name, figure in MARGINS.items():
        here, there = getattr(row, figure), getattr(reference, figure, None)
        gains[name] = None if here is None or there is None else here - there
    return gains


def aggregate(rows: Sequence[InpaintRow]) -> list[InpaintMean]:
    """Means per class and method, in the order in which these first appear."""
    references = _references(rows)
    means = []
    for (mask, method), group in groups_of(rows, lambda row: (row.mask, row.method)).items():
        gains = [margins(row, references.get((row.picture, row.mask))) for row in group]
        means.append(
            InpaintMean(
                mask=mask,
                method=method,
                pictures=len(group),
                **means_of(group, MEANS),
                **peaks_of(group, PEAKS),
                changed_outside=sum(row.changed_outside for row in group),
                psnr_margin=mean_known(gain["psnr_margin"] for gain in gains),
                ssim_margin=mean_known(gain["ssim_margin"] for gain in gains),
                perceptual_margin=mean_known(gain["perceptual_margin"] for gain in gains),
                **_texture_of(group),
            )
        )
    return means


def write_rows(rows: Sequence[InpaintRow], path: Path) -> None:
    """Write every row and then the means; the column `row` is `picture` or `mean`, to filter by.

    Raises:
        OutputError: the file cannot be written.
    """
    references = _references(rows)
    records = [
        {"row": "picture", "pictures": 1, **asdict(row), **margins(row, references.get((row.picture, row.mask)))}
        for row in rows
    ]
    write_csv(COLUMNS, [*records, *({"row": "mean", **asdict(mean)} for mean in aggregate(rows))], path)


def _references(rows: Sequence[InpaintRow]) -> dict[tuple[str, str], InpaintRow]:
    return {(row.picture, row.mask): row for row in rows if row.method == REFERENCE}


def _texture_of(rows: Sequence[InpaintRow]) -> dict[str, Any]:
    """Means of `TEXTURE` and the values of `WORST`, over the pictures that have them; None where none has."""
    known = {figure: [value for row in rows if (value := getattr(row, figure)) is not None] for figure in TEXTURE}
    means = {figure: mean_known(values) for figure, values in known.items()}
    return means | {name: min(known[figure], default=None) for name, figure in WORST.items()}
