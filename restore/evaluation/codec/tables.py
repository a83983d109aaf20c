"""The tables of a codec bench for a terminal: quality at equal rate, bits at equal quality, and what they cost."""

from collections.abc import Sequence

from restore.evaluation.codec.summary import MARGIN_OVER, REFERENCES, Summary
from restore.evaluation.tables import cell, line, widths_of


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
    return _table("quality at bits per pixel, on the curve of means; the last column says what that curve spans", rows)


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
    return _table(f"BD-rate in % against {' and '.join(REFERENCES)}, negative is fewer bits; {span}", rows)


def _margins(summaries: Sequence[Summary], keys: Sequence[str], span: str) -> str:
    rows = [["codec", *_headed("PSNR", keys), "least", "at bpp", *_headed("by pic.", keys)]]
    for summary in summaries:
        cells = [summary.method, *(cell(summary.margin_at[key], "+.2f") for key in keys)]
        least = summary.least_margin
        cells += ["-", "-"] if least is None else [f"{least.value:+.2f}", f"{least.rate:.2f}"]
        rows.append(cells + [cell(summary.margin_at_by_picture[key], "+.2f") for key in keys])
    return _table(f"dB over {MARGIN_OVER} at bits per pixel; least: of the curve of means over {span}", rows)


def _costs(summaries: Sequence[Summary]) -> str:
    on_cuda = any(summary.device_memory is not None for summary in summaries)
    heads = ["codec", "encode s/MP", "decode s/MP", "encode MiB", "decode MiB", *(["GPU MiB"] if on_cuda else [])]
    rows = [heads]
    for summary in summaries:
        cells = [summary.method, f"{summary.encode_seconds_per_mp:.3f}", f"{summary.decode_seconds_per_mp:.3f}"]
        cells += [cell(summary.encode_memory, ".0f"), cell(summary.decode_memory, ".0f")]
        rows.append(cells + ([cell(summary.device_memory, ".0f")] if on_cuda else []))
    return _table("cost: seconds per megapixel, peak memory above the state before the call", rows)


def _table(title: str, rows: list[list[str]]) -> str:
    widths = widths_of(rows)
    return "\n".join([title, *(line(cells, widths) for cells in rows)])


def _headed(name: str, keys: Sequence[str]) -> list[str]:
    return [f"{name} {key}" if place == 0 else key for place, key in enumerate(keys)]
