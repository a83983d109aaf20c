"""Rows of a codec bench and the points of its curves.

A point is a codec at one quality step: the plain mean over the pictures of bits per pixel and of PSNR in dB, as
published curves are drawn. Every picture is at every point, so all means are over the same pictures; a picture counts
once however large it is. Seconds are summed over pictures and divided by their pixels.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import fmean

from restore.evaluation.tables import largest, mean_known, rounded
from restore.files import atomic_write


@dataclass(frozen=True, slots=True)
class Row:
    """One codec on one picture at one quality step."""

    picture: str
    width: int
    """Pixels measured, across."""
    height: int
    """Pixels measured, down."""
    method: str
    step: int
    """Place on the codec's ladder, from 0."""
    quality: float
    """On the codec's own scale."""
    bytes: int
    """Size of the whole file."""
    bpp: float
    """Bits per pixel."""
    psnr: float
    """dB, over all pixels and the three channels."""
    ms_ssim: float
    """At most 1."""
    perceptual: float | None
    """Perceptual distance, lower is better; None without a perceptual network."""
    encode_seconds: float
    """Wall time from 8-bit picture to bytes."""
    decode_seconds: float
    """Wall time from bytes to 8-bit picture."""
    encode_memory: float | None
    """Peak resident memory above the state before the call, MiB; None where the system cannot tell."""
    decode_memory: float | None
    """The same for decoding."""
    device_memory: float | None
    """Peak CUDA memory of the dearer of the two calls, MiB; None off CUDA."""

    @property
    def megapixels(self) -> float:
        """Size of the picture."""
        return self.width * self.height / 1e6


@dataclass(frozen=True, slots=True)
class Point:
    """One codec at one quality step, over all pictures."""

    method: str
    step: int
    quality: float
    pictures: int
    bpp: float
    """Mean over pictures."""
    psnr: float
    """Mean over pictures, dB."""
    ms_ssim: float
    """Mean over pictures."""
    perceptual: float | None
    """Mean over pictures."""
    encode_seconds_per_mp: float
    decode_seconds_per_mp: float
    encode_memory: float | None
    """The largest of all pictures, MiB."""
    decode_memory: float | None
    """The largest of all pictures, MiB."""
    device_memory: float | None
    """The largest of all pictures, MiB."""


def points_of(rows: Sequence[Row]) -> list[Point]:
    """One point per codec and step, in the order in which these first appear."""
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.method, row.step), []).append(row)
    return [_point(group) for group in groups.values()]


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Write every row and then the points; the column `row` says `picture` or `mean`, so either can be filtered out.

    Raises:
        OutputError: the file cannot be written.
    """
    columns = ["row", "pictures", *(field.name for field in fields(Row))]
    columns += [field.name for field in fields(Point) if field.name not in columns]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        seconds = {
            "encode_seconds_per_mp": row.encode_seconds / row.megapixels,
            "decode_seconds_per_mp": row.decode_seconds / row.megapixels,
        }
        writer.writerow(rounded({"row": "picture", "pictures": 1, **asdict(row), **seconds}))
    for point in points_of(rows):
        writer.writerow(rounded({"row": "mean", **asdict(point)}))
    with atomic_write(path) as file:
        file.write(text.getvalue().encode("utf-8"))


def _point(group: Sequence[Row]) -> Point:
    pixels = sum(row.megapixels for row in group)
    return Point(
        method=group[0].method,
        step=group[0].step,
        quality=group[0].quality,
        pictures=len(group),
        bpp=fmean(row.bpp for row in group),
        psnr=fmean(row.psnr for row in group),
        ms_ssim=fmean(row.ms_ssim for row in group),
        perceptual=mean_known(row.perceptual for row in group),
        encode_seconds_per_mp=sum(row.encode_seconds for row in group) / pixels,
        decode_seconds_per_mp=sum(row.decode_seconds for row in group) / pixels,
        encode_memory=largest(row.encode_memory for row in group),
        decode_memory=largest(row.decode_memory for row in group),
        device_memory=largest(row.device_memory for row in group),
    )
