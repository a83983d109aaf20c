"""A plot of a codec bench's rate-distortion curves.

Rates are drawn on a logarithmic axis, because a saving is a factor; the range the BD-rates hold for is tinted. The
panel of PSNR over WebP shows differences that the panel of PSNR is too tall to show.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from restore.errors import UsageError
from restore.evaluation.codec.rows import CodecPoint
from restore.evaluation.codec.summary import MARGIN_OVER, psnr_curve
from restore.evaluation.extras import PLOT_FORMATS, matplotlib_figure
from restore.evaluation.ms_ssim import in_decibels
from restore.files import atomic_write

COLUMNS = 2

Value = Callable[[CodecPoint], float | None]


def plot_points(points: Sequence[CodecPoint], low: float, high: float, caption: str, target: Path) -> None:
    """Draw every codec's curve of means.

    Args:
        points: codecs at their quality steps.
        low: least rate of the range, bits per pixel.
        high: largest rate of the range.
        caption: a line above the panels.
        target: a `.png`, `.svg` or `.pdf` file.

    Raises:
        UsageError: matplotlib is missing, or the target's suffix is none of the three.
        OutputError: the file cannot be written.
    """
    form = PLOT_FORMATS.get(target.suffix.lower())
    if form is None:
        raise UsageError(f"a plot is a .png, .svg or .pdf file, not {target.name}")
    methods = list(dict.fromkeys(point.method for point in points))
    colours = {method: f"C{place}" for place, method in enumerate(methods)}
    panels = _panels(points, methods)
    rows = math.ceil(len(panels) / COLUMNS)
    figure = matplotlib_figure().Figure(figsize=(6.4 * COLUMNS, 4.8 * rows), dpi=110, layout="constrained")
    grid = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes, (title, value) in zip(grid, panels, strict=False):
        for method in methods:
            group = [point for point in points if point.method == method]
            drawn = [(point.bpp, height) for point in group if (height := value(point)) is not None]
            if drawn:
                axes.plot(*zip(*drawn, strict=True), "o-", color=colours[method], label=method, linewidth=1.5, ms=3)
        _lay_out(axes, title, low, high)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    figure.suptitle(caption, fontsize=10)
    with atomic_write(target) as file:
        figure.savefig(file, format=form)


def _panels(points: Sequence[CodecPoint], methods: Sequence[str]) -> list[tuple[str, Value]]:
    """Titles and what to draw of a point; None leaves a point out."""
    panels: list[tuple[str, Value]] = [("PSNR (RGB), dB", lambda point: point.psnr)]
    if MARGIN_OVER in methods:
        over = psnr_curve([point for point in points if point.method == MARGIN_OVER])

        def margin(point: CodecPoint) -> float | None:
            there = over.at(point.bpp)
            return None if there is None else point.psnr - there

        panels.append((f"PSNR over {MARGIN_OVER}, dB", margin))
    panels.append(("MS-SSIM (RGB), dB: -10 log10(1 - MS-SSIM)", lambda point: in_decibels(point.ms_ssim)))
    if any(point.perceptual is not None for point in points):
        panels.append(("perceptual distance, lower is better", lambda point: point.perceptual))
    return panels


def _lay_out(axes: Any, title: str, low: float, high: float) -> None:
    axes.axvspan(low, high, color="0.5", alpha=0.08, linewidth=0)
    axes.set_xscale("log")
    ticks = [tick for tick in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10) if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
    axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("bits per pixel, mean over pictures", fontsize=8)
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8)
