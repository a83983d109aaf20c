"""The report of a codec bench: tables for a terminal, CSV, JSON, a plot of the curves, and a sheet of crops."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restore.evaluation.codec.baselines import CodecMethod
from restore.evaluation.codec.plot import plot_points
from restore.evaluation.codec.rows import CodecPoint, CodecRow, points_of, write_rows
from restore.evaluation.codec.sheet import write_crops
from restore.evaluation.codec.summary import MARGIN_OVER, REFERENCES, Summary, summarise
from restore.evaluation.conditions import Conditions, settings_line
from restore.evaluation.sheets import Samples, evenly_spaced
from restore.evaluation.tables import cell, counted, plain, titled

SHEET_RATE = 0.3
"""Bits per pixel of the sheet's files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecConditions(Conditions):
    """The conditions of a codec bench."""

    pictures: int
    megapixels: float
    """Size of all pictures together, millions of pixels."""
    size: int | None
    """Largest side of the centre crops, px; None for whole pictures."""
    steps: int
    """Quality steps of every codec."""
    rates: tuple[float, ...]
    """Bits per pixel at which the curves are read."""
    low: float
    """Least rate of BD-rates and margins, bits per pixel."""
    high: float
    """Largest rate of BD-rates and margins, bits per pixel."""
    lossy: int
    """How many pictures came from lossy files."""
    settings: dict[str, str]
    """Codec to what was chosen for it besides quality."""

    def measured(self) -> str:
        """The pictures and steps in words."""
        crop = "" if self.size is None else f", centre {self.size} px"
        pictures = f"{counted(self.pictures, 'picture')}{crop}, {self.megapixels:.2f} megapixels"
        return f"{pictures}, {self.steps} quality steps"


@dataclass(frozen=True, slots=True)
class CodecReport:
    """Everything a codec bench measured."""

    rows: list[CodecRow]
    conditions: CodecConditions
    codecs: list[CodecMethod]
    examples: list[tuple[str, Samples]]
    """Names and pictures kept for a sheet."""
    notes: list[str]
    """Facts a reader needs, such as lossy inputs."""

    def points(self) -> list[CodecPoint]:
        """Means per codec and quality step."""
        return points_of(self.rows)

    def summaries(self) -> list[Summary]:
        """Each codec's values at the rates, margins, BD-rates and costs."""
        facts = self.conditions
        return summarise(self.rows, facts.rates, facts.low, facts.high)

    def text(self) -> str:
        """The tables for a terminal, with the conditions above them and the notes below."""
        facts = self.conditions
        head = [facts.head(facts.measured()), *settings_line(facts.settings)]
        foot = [
            "the curve of means runs through mean bpp and mean PSNR (MS-SSIM) over all pictures at each quality step;",
            "by pic.: mean over pictures of what each picture's own curves give; a dash: a curve does not reach there",
        ]
        if any(one.name == "jpeg2000" for one in self.codecs):
            foot.append(
                "jpeg2000's steps are rates, equal for every picture, which lifts its curve of means: see by pic."
            )
        tables = format_tables(self.summaries(), facts.rates, facts.low, facts.high)
        return "\n".join([*head, "", tables, "", *foot, *self.notes])

    def to_json(self) -> dict[str, Any]:
        """Conditions, summaries, points and rows as plain values."""
        return plain(
            conditions=self.conditions,
            summaries=self.summaries(),
            points=self.points(),
            rows=self.rows,
            notes=self.notes,
        )

    def write_csv(self, path: Path) -> None:
        """One line per picture, codec and step, then the means. Raises OutputError."""
        write_rows(self.rows, path)

    def write_plot(self, path: Path) -> None:
        """The curves of means. Raises UsageError (no matplotlib, a suffix of no picture) and OutputError."""
        facts = self.conditions
        plot_points(self.points(), facts.low, facts.high, facts.measured(), path)

    def write_sheet(self, path: Path, n: int = 4, bpp: float = SHEET_RATE) -> None:
        """Crops of up to `n` pictures from every codec's file of about `bpp`; encodes them anew.

        Raises:
            UsageError: a suffix that is no picture's.
            OutputError: the file cannot be written.
        """
        chosen = evenly_spaced(len(self.examples), n)
        write_crops([self.examples[place] for place in chosen], self.codecs, bpp, path)


def format_tables(summaries: Sequence[Summary], rates: Sequence[float], low: float, high: float) -> str:
    """Four tables: quality at rates, bits against the references, margins over WebP, costs."""
    keys = list(dict.fromkeys(f"{rate:g}" for rate in rates))
    span = f"{low:g} to {high:g} bpp"
    return "\n\n".join(
        [_quality(summaries, keys), _bits(summaries, span), _margins(summaries, keys, span), _costs(summaries)]
    )


def _quality(summaries: Sequence[Summary], keys: Sequence[str]) -> str:
    seen = any(value is not None for summary in summaries for value in summary.perceptual_at.values())
    heads = ["codec", *_headed("PSNR", keys), *_headed("MS-SSIM", keys), *(_headed("perc.", keys) if seen else [])]
    rows = [[*heads, "bpp"]]
    for summary in summaries:
        cells = [summary.method, *(cell(summary.psnr_at[key], ".2f") for key in keys)]
        cells += [cell(summary.ms_ssim_at[key], ".4f") for key in keys]
        cells += [cell(summary.perceptual_at[key], ".4f") for key in keys] if seen else []
        rows.append([*cells, f"{summary.bpp_from:.2f}-{summary.bpp_to:.2f}"])
    return titled("quality at bits per pixel, on the curve of means; the last column says what that curve spans", rows)


def _bits(summaries: Sequence[Summary], span: str) -> str:
    heads = ["codec"]
    for reference in REFERENCES:
        heads += [f"{reference}: PSNR", "by pic.", "MS-SSIM", "by pic."]
    rows = [heads]
    for summary in summaries:
        cells = [summary.method]
        for reference in REFERENCES:
            saving = summary.savings.get(reference)
            figures = [saving.psnr, saving.psnr_by_picture, saving.ms_ssim, saving.ms_ssim_by_picture] if saving else []
            cells += [cell(figure, "+.1f") for figure in figures or [None] * 4]
        rows.append(cells)
    return titled(f"BD-rate in % against {' and '.join(REFERENCES)}, negative is fewer bits; {span}", rows)


def _margins(summaries: Sequence[Summary], keys: Sequence[str], span: str) -> str:
    rows = [["codec", *_headed("PSNR", keys), "least", "at bpp", *_headed("by pic.", keys)]]
    for summary in summaries:
        cells = [summary.method, *(cell(summary.margin_at[key], "+.2f") for key in keys)]
        least = summary.least_margin
        cells += ["-", "-"] if least is None else [f"{least.value:+.2f}", f"{least.rate:.2f}"]
        rows.append(cells + [cell(summary.margin_at_by_picture[key], "+.2f") for key in keys])
    return titled(f"dB over {MARGIN_OVER} at bits per pixel; least: of the curve of means over {span}", rows)


def _costs(summaries: Sequence[Summary]) -> str:
    on_cuda = any(summary.device_memory is not None for summary in summaries)
    heads = ["codec", "encode s/MP", "decode s/MP", "encode MiB", "decode MiB", *(["GPU MiB"] if on_cuda else [])]
    rows = [heads]
    for summary in summaries:
        cells = [summary.method, f"{summary.encode_seconds_per_mp:.3f}", f"{summary.decode_seconds_per_mp:.3f}"]
        cells += [cell(summary.encode_memory, ".0f"), cell(summary.decode_memory, ".0f")]
        rows.append(cells + ([cell(summary.device_memory, ".0f")] if on_cuda else []))
    return titled("cost: seconds per megapixel, peak memory above the state before the call", rows)


def _headed(name: str, keys: Sequence[str]) -> list[str]:
    return [f"{name} {key}" if place == 0 else key for place, key in enumerate(keys)]
