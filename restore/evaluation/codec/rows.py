"""Rows of a codec bench and the points of its curves.

A point is a codec at one quality step: the plain mean over the pictures of bits per pixel and of PSNR in dB, as
published curves are drawn. Every picture is at every point, so all means are over the same pictures; a picture counts
once however large it is. Seconds are summed over pictures and divided by their pixels.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from restore.evaluation.tables import groups_of, means_of, peaks_of, write_csv

MEANS = ("bpp", "psnr", "ms_ssim", "perceptual")
PEAKS = ("encode_memory", "decode_memory", "device_memory")
COLUMNS = (
    *("row", "pictures", "picture", "width", "height", "method", "step", "quality", "bytes", "bpp", "psnr", "ms_ssim"),
    *("perceptual", "encode_seconds", "decode_seconds", "encode_memory", "decode_memory", "device_memory"),
    *("encode_seconds_per_mp", "decode_seconds_per_mp"),
)
"""Columns of the CSV file, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one codec at one quality step; in a point the means over pictures, of memory the largest."""

    method: str
    step: int
    """Place among the codec's quality steps, from 0."""
    quality: float
    """On the codec's own scale."""
    bpp: float
    """Bits per pixel."""
    psnr: float
    """dB, over all pixels and the three channels."""
    ms_ssim: float
    """At most 1."""
    perceptual: float | None
    """Perceptual distance, lower is better; None without a perceptual network."""
    encode_memory: float | None
    """Peak resident memory of encoding above the state before, MiB; None where the system cannot tell."""
    decode_memory: float | None
    """Peak resident memory of decoding above the state before, MiB; None where the system cannot tell."""
    device_memory: float | None
    """Peak CUDA memory of encoding or decoding, whichever is larger, MiB; None off CUDA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecRow(Figures):
    """One codec on one picture at one quality step."""

    picture: str
    width: int
    """Pixels measured, across."""
    height: int
    """Pixels measured, down."""
    bytes: int
    """Size of the whole file."""
    encode_seconds: float
    """Wall time from 8-bit picture to bytes."""
    decode_seconds: float
    """Wall time from bytes to 8-bit picture."""

    @property
    def megapixels(self) -> float:
        """Size of the picture."""
        return self.width * self.height / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecPoint(Figures):
    """One codec at one quality step, over all pictures."""

    pictures: int
    encode_seconds_per_mp: float
    """Wall time per megapixel of all pictures together."""
    decode_seconds_per_mp: float
    """Wall time per megapixel of all pictures together."""


def points_of(rows: Sequence[CodecRow]) -> list[CodecPoint]:
    """One point per codec and step, in the order in which these first appear."""
    return [
        CodecPoint(
            method=method,
            step=step,
            quality=group[0].quality,
            pictures=len(group),
            **means_of(group, MEANS),
            **peaks_of(group, PEAKS),
            **_seconds_per_mp(group),
        )
        for (method, step), group in groups_of(rows, lambda row: (row.method, row.step)).items()
    ]


def write_rows(rows: Sequence[CodecRow], path: Path) -> None:
    """Write every row and then the points; the column `row` is `picture` or `mean`, to filter by.

    Raises:
        OutputError: the file cannot be written.
    """
    records = [{"row": "picture", "pictures": 1, **asdict(row), **_seconds_per_mp([row])} for row in rows]
    write_csv(COLUMNS, [*records, *({"row": "mean", **asdict(point)} for point in points_of(rows))], path)


def _seconds_per_mp(rows: Sequence[CodecRow]) -> dict[str, float]:
    megapixels = sum(row.megapixels for row in rows)
    return {
        "encode_seconds_per_mp": sum(row.encode_seconds for row in rows) / megapixels,
        "decode_seconds_per_mp": sum(row.decode_seconds for row in rows) / megapixels,
    }
