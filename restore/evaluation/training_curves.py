"""Curves of a training run, drawn from its log.

A GAN's losses say little one by one: the discriminator's and the generator's adversarial loss belong into one
picture, where a collapse shows as one of them going flat while the other runs away. They share the first panel; every
other loss and every validation figure has a panel of its own, because their scales have nothing in common. Stages are
marked by lines.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from restore.errors import InputError, UsageError
from restore.evaluation.extras import matplotlib_figure
from restore.files import atomic_write

DUEL = "generator against discriminator"
"""Title of the shared panel."""
PLAYERS = ("discriminator", "generator")
"""Names of the losses that share it."""
FORMATS = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
COLUMNS = 3
FEW = 60
"""Curves with fewer points are drawn as they are, with a mark at each."""
SMOOTHING = 0.02
"""Share of a curve's points that its bold line averages over."""


@dataclass
class Curve:
    """One named figure over the steps of a run."""

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, step: int, value: float) -> None:
        """Append a point; points from `step` on are forgotten first, as a resumed run goes over them again."""
        while self.steps and self.steps[-1] >= step:
            self.steps.pop()
            self.values.pop()
        self.steps.append(step)
        self.values.append(value)

    def smooth(self) -> list[float]:
        """Running means over a centred window of `SMOOTHING` of the points."""
        reach = int(len(self.values) * SMOOTHING / 2)
        windows = (self.values[max(0, i - reach) : i + reach + 1] for i in range(len(self.values)))
        return [sum(window) / len(window) for window in windows]


@dataclass
class Curves:
    """A run's log by panels: title to curve name to curve, and where each stage begins."""

    panels: dict[str, dict[str, Curve]]
    stages: dict[str, int]


def read_curves(log: Path) -> Curves:
    """Read a log of JSON lines: `step`, `stage`, optionally `kind` (`train` or `validate`), and figures by name.

    A last line that is cut off, as a killed run leaves it, is passed over.

    Raises:
        InputError: no such file, a damaged line before the last, or no figure in it.
    """
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{log}: cannot be read as a training log: {error}") from error
    curves = Curves(panels={}, stages={})
    for number, line in enumerate(lines, start=1):
        row = _parse(line)
        if row is None and number < len(lines):
            raise InputError(f"{log}: line {number} is no JSON object with a step; is it a training log?")
        if row is not None:
            _add(curves, row)
    if not curves.panels:
        raise InputError(f"{log}: holds no figures; has the run begun?")
    return curves


def plot_curves(log: Path, target: Path) -> None:
    """Draw every curve of a run's log.

    Args:
        log: JSON lines as `restore train` writes them.
        target: a `.png`, `.svg` or `.pdf` file.

    Raises:
        InputError: the log cannot be read.
        UsageError: matplotlib is missing, or the target's suffix is none of the three.
        OutputError: the file cannot be written.
    """
    form = FORMATS.get(target.suffix.lower())
    if form is None:
        raise UsageError(f"curves are a .png, .svg or .pdf file, not {target.name}")
    curves = read_curves(log)
    panels = sorted(curves.panels.items(), key=lambda panel: (panel[0] != DUEL, panel[0].startswith("validate")))
    columns = min(COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = matplotlib_figure().Figure(figsize=(5.2 * columns, 3.2 * rows), dpi=110, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (title, members) in zip(grid, panels, strict=False):
        _draw(axes, title, members, curves.stages)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    with atomic_write(target) as file:
        figure.savefig(file, format=form)


def _parse(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and isinstance(row.get("step"), int) else None


def _add(curves: Curves, row: dict[str, Any]) -> None:
    step, stage, kind = int(row["step"]), str(row.get("stage", "")), str(row.get("kind", "train"))
    curves.stages[stage] = min(step, curves.stages.get(stage, step))
    for name, value in row.items():
        if name in {"step", "seconds"} or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if kind != "train":
            panel = f"{kind}: {name.partition('_')[0]}"
        else:
            panel = DUEL if name in PLAYERS else name
        curves.panels.setdefault(panel, {}).setdefault(name, Curve()).add(step, float(value))


def _draw(axes: Any, title: str, members: dict[str, Curve], stages: dict[str, int]) -> None:
    for index, (name, curve) in enumerate(sorted(members.items())):
        colour = f"C{index}"
        if len(curve.steps) < FEW:
            axes.plot(curve.steps, curve.values, "o-", color=colour, linewidth=1.6, markersize=3, label=name)
        else:
            axes.plot(curve.steps, curve.values, color=colour, alpha=0.25, linewidth=0.8)
            axes.plot(curve.steps, curve.smooth(), color=colour, linewidth=1.6, label=name)
    for stage, begin in stages.items():
        axes.axvline(begin, color="0.5", linestyle=":", linewidth=1)
        axes.text(begin, 0.98, f" {stage}", transform=axes.get_xaxis_transform(), va="top", fontsize=7, color="0.4")
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("step", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)
    if len(members) > 1:
        axes.legend(fontsize=8)
