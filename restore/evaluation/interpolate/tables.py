"""The tables of an interpolation bench for a terminal: all figures over all, then PSNR and SSIM by motion and set."""

from collections.abc import Sequence

from restore.evaluation.interpolate.report import Mean, Over, Row, means_over
from restore.evaluation.tables import cell, line, widths_of


def format_tables(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """Three tables, the second only where the motion is known; methods in the order given."""
    tables = [_costs(means_over(rows, "all"))]
    if any(row.motion is not None for row in rows):
        tables.append(_grid(rows, "motion", "motion", methods, "by median motion, px"))
    tables.append(_grid(rows, "set", "set or clip", methods, "by set or clip"))
    return "\n\n".join(tables)


def _costs(means: Sequence[Mean]) -> str:
    on_cuda = any(mean.device_memory is not None for mean in means)
    seen = any(mean.perceptual is not None for mean in means)
    heads = ["method", "PSNR", "SSIM", "MS-SSIM", "IE", *(["perc."] if seen else [])]
    table = [[*heads, "s/frame", "CPU s", "MiB", *(["GPU MiB"] if on_cuda else [])]]
    for mean in means:
        cells = [mean.method, f"{mean.psnr:.2f}", f"{mean.ssim:.4f}", f"{mean.ms_ssim:.4f}", f"{mean.ie:.2f}"]
        cells += [cell(mean.perceptual, ".4f")] if seen else []
        cells += [f"{mean.seconds:.3f}", f"{mean.cpu_seconds:.3f}", cell(mean.memory, ".0f")]
        table.append(cells + ([cell(mean.device_memory, ".0f")] if on_cuda else []))
    return _joined(f"over all {means[0].triplets} triplets", table)


def _grid(rows: Sequence[Row], over: Over, head: str, methods: Sequence[str], title: str) -> str:
    """PSNR and SSIM of every method in a column, one line per group."""
    groups: dict[str, dict[str, Mean]] = {}
    for mean in means_over(rows, over):
        groups.setdefault(mean.label, {})[mean.method] = mean
    table = [[head, "n", "px", "90 %", *methods]]
    for label, means in groups.items():
        some = next(iter(means.values()))
        figures = [f"{mean.psnr:.2f} {mean.ssim:.4f}" for mean in (means[name] for name in methods)]
        table.append([label, str(some.triplets), cell(some.motion, ".1f"), cell(some.motion_90, ".1f"), *figures])
    return _joined(f"PSNR and SSIM {title}", table)


def _joined(title: str, table: Sequence[Sequence[str]]) -> str:
    widths = widths_of(table)
    return "\n".join([title, *(line(cells, widths) for cells in table)])
