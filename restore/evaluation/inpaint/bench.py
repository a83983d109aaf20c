"""Our network beside what a user would pick instead, in one run, on the same pictures and masks.

Every picture is cropped to a centred square and damaged by one mask per class; the mask's seed is the picture's
position in the folder sorted by name (from 0, plus `seed`), so that a run can be repeated anywhere. Methods get an
8-bit picture whose hole is blanked and give an 8-bit picture back: our network runs through the same `Inpainter` a
user calls. What a method changes outside the hole is counted, then put back before scoring, as in the published
evaluations.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from restore.devices import pick_device
from restore.errors import UsageError
from restore.evaluation.inpaint.baselines import Fill, Hole, Samples
from restore.evaluation.inpaint.gallery import Case, Gallery
from restore.evaluation.inpaint.masks import CLASSES, draw_mask
from restore.evaluation.inpaint.methods import choose_methods, contender, is_ours, judged_by
from restore.evaluation.inpaint.report import REFERENCE, Mean, Row, aggregate, format_table, write_csv
from restore.evaluation.inpaint.sheet import write_sheet
from restore.evaluation.measure import describe_device, measure
from restore.evaluation.metrics import score
from restore.evaluation.perceptual import Judge
from restore.evaluation.pictures import find_pictures, read_crop
from restore.models.inpaint.generator import Generator
from restore.pipelines.inpaint.inpainter import Inpainter, load

LEAST_SIDE = 192
"""Smallest square in pixels that every mask class fits into."""
SHEET_ROOM = 16
"""How many ordinary and how many worst cases a result keeps for its sheet."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a reader has to know to judge or repeat the figures."""

    pictures: int
    size: int
    """Largest side of the square crops, px."""
    seed: int
    weights: str | None
    """None when our network did not run."""
    perceptual: bool
    device: str
    """Where our network and the harmonic fill ran; the others run on the CPU."""
    processor: str
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class BenchResult:
    """Everything a bench measured."""

    rows: list[Row]
    conditions: Conditions
    methods: list[str]
    gallery: Gallery
    notes: list[str]
    """What a reader should be told, such as pictures smaller than the crop."""

    def table(self) -> list[Mean]:
        """Means per mask class and method."""
        return aggregate(self.rows)

    def text(self) -> str:
        """The table for a terminal, with the conditions above it and the notes below."""
        facts = self.conditions
        versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
        count = "1 picture" if facts.pictures == 1 else f"{facts.pictures} pictures"
        head = f"{count}, centre {facts.size} px, masks from seed {facts.seed}; device {facts.device}; {versions}"
        foot = f"margin: over {REFERENCE}, same picture and mask; MiB: peak memory above the state before the call"
        return "\n".join([head, "", format_table(self.table()), "", foot, *self.notes])

    def to_json(self) -> dict[str, Any]:
        """Conditions, means and rows as plain values."""
        return {
            "conditions": asdict(self.conditions),
            "means": [asdict(mean) for mean in self.table()],
            "rows": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
        }

    def write_csv(self, path: Path) -> None:
        """One line per picture, class and method, then the means. Raises OutputError."""
        write_csv(self.rows, path)

    def write_sheet(self, path: Path, n: int = 10, worst: int = 3, methods: Sequence[str] | None = None) -> None:
        """A sheet of `n` cases, the `worst` by PSNR margin over the harmonic fill among them.

        The worst are those of our network at the middle of the details that ran. A result keeps 16 cases of
        either kind.

        Raises:
            UsageError: a method that did not run, or a suffix that is no picture's.
            OutputError: the file cannot be written.
        """
        chosen = self.methods if methods is None else list(methods)
        absent = [method for method in chosen if method not in self.methods]
        if absent:
            raise UsageError(f"{absent[0]} did not run; choose from {', '.join(self.methods)}")
        write_sheet(self.gallery.select(n, worst), chosen, path)


def bench_inpaint(  # noqa: PLR0913 - the request of a whole command
    data: Path,
    *,
    methods: Sequence[str] | None = None,
    classes: Sequence[str] = CLASSES,
    size: int = 512,
    limit: int | None = None,
    seed: int = 0,
    weights: str | Path = "inpaint",
    details: Sequence[float] = (0.0, 0.5, 1.0),
    device: str = "auto",
    perceptual: str | None = None,
    inpainter: Inpainter | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BenchResult:
    """Measure fills side by side.

    Args:
        data: a folder of pictures, or one picture.
        methods: names out of `METHODS`; `restore` stands for every one of `details`, `restore@0.3` for one. None: all.
        classes: mask classes out of `CLASSES`.
        size: side of the centred square crop, px; smaller pictures are cropped to their shorter side, with a note.
        limit: only the first so many pictures by name.
        seed: added to each picture's position to seed its masks.
        weights: name or path of our weights.
        details: where between the regression (0) and the adversarial weights (1) our network runs.
        device: where our network, the harmonic fill and the perceptual network run.
        perceptual: file of the perceptual network, or `torchvision`; None leaves that column empty.
        inpainter: an inpainter to measure instead of `weights` and `device`.
        progress: told (runs done, runs in all) after each method on each case.

    Raises:
        UsageError: an unknown method or class, no picture or none large enough, a missing extra, an unavailable device.
        InputError: a picture cannot be read.
        WeightsError: our weights or the perceptual network cannot be loaded.
    """
    names = choose_methods(methods, details)
    _check(classes, size, limit)
    files = find_pictures(data)[:limit]
    if inpainter is None and any(is_ours(name) for name in names):
        inpainter = load(weights, device=device)
    place = pick_device(device) if inpainter is None else inpainter.device
    fills = {name: contender(name, inpainter, place) for name in names}
    judge = None if perceptual is None else Judge(perceptual, place)
    focus = judged_by(names)
    gallery = Gallery(len(files), len(classes), SHEET_ROOM)
    rows: list[Row] = []
    notes: list[str] = []
    runs = len(classes) * len(fills)
    measured = 0
    for index, file in enumerate(files):
        original = read_crop(file, size)
        side = original.shape[0]
        if side < LEAST_SIDE:
            notes.append(f"{file.name} is left out: its shorter side has {side} px, the masks need {LEAST_SIDE}")
            continue
        if side < size:
            notes.append(f"{file.name} is measured on {side} px, its shorter side")
        if measured == 0:
            _warm_up(fills, original)
        measured += 1
        if judge is not None:
            judge.look_at(original)
        for place_of_class, kind in enumerate(classes):
            target = _Target(file.name, kind, seed + index, original, draw_mask(kind, seed + index, side))
            figures: dict[str, Row] = {}
            outputs: dict[str, Samples] = {}
            for name, fill in fills.items():
                figures[name], outputs[name] = _run(name, fill, target, place, judge)
                if progress is not None:
                    done = index * runs + place_of_class * len(fills) + len(figures)
                    progress(done, len(files) * runs)
            rows += figures.values()
            gallery.add(index, place_of_class, Case(original, target.hole, outputs, figures, _margin(figures, focus)))
    if not rows:
        raise UsageError(f"{data}: no picture has {LEAST_SIDE} px on its shorter side, which the masks need")
    conditions = Conditions(
        pictures=measured,
        size=size,
        seed=seed,
        weights=str(weights) if any(is_ours(name) for name in names) else None,
        perceptual=judge is not None,
        device=f"{place} ({describe_device(place)})",
        processor=describe_device(torch.device("cpu")),
        versions=_versions(),
    )
    return BenchResult(rows=rows, conditions=conditions, methods=names, gallery=gallery, notes=notes)


@dataclass(frozen=True, slots=True)
class _Target:
    """One picture with one mask, which every method gets."""

    picture: str
    mask: str
    seed: int
    original: Samples
    hole: Hole


def _run(name: str, fill: Fill, target: _Target, device: torch.device, judge: Judge | None) -> tuple[Row, Samples]:
    """Measure one method on one case; returns its row and the hole's pixels."""
    original, hole = target.original, target.hole
    damaged = np.where(hole[..., None], np.uint8(0), original)
    cost = measure(lambda: fill(damaged, hole), device=device, network=Generator)
    pasted = np.where(hole[..., None], cost.result, original)
    scores = score(original, pasted, hole)
    row = Row(
        picture=target.picture,
        mask=target.mask,
        seed=target.seed,
        size=original.shape[0],
        hole=float(hole.mean()),
        method=name,
        psnr=scores.psnr,
        psnr_hole=scores.psnr_hole,
        ssim=scores.ssim,
        ssim_hole=scores.ssim_hole,
        perceptual=None if judge is None else judge.distance(pasted),
        seconds=cost.seconds,
        network_seconds=cost.network_seconds,
        memory=cost.memory,
        device_memory=cost.device_memory,
        changed_outside=int((cost.result != pasted).any(axis=2).sum()),
    )
    return row, pasted[hole]


def _check(classes: Sequence[str], size: int, limit: int | None) -> None:
    unknown = [kind for kind in classes if kind not in CLASSES]
    if unknown or not classes:
        what = f"there is no mask class {unknown[0]!r}" if unknown else "no mask class is named"
        raise UsageError(f"{what}; choose from {', '.join(CLASSES)}")
    if size < LEAST_SIDE:
        raise UsageError(f"the masks need crops of at least {LEAST_SIDE} px, got {size}")
    if limit is not None and limit < 1:
        raise UsageError(f"a limit is at least one picture, got {limit}")


def _warm_up(fills: dict[str, Fill], original: Samples) -> None:
    """One untimed call per method, so that late imports and first-call set-up are nobody's time.

    Our network sees the real size, because CUDA chooses its kernels by size; a corner is enough for the others.
    """
    for name, fill in fills.items():
        sample = original if is_ours(name) or name == REFERENCE else np.ascontiguousarray(original[:64, :64])
        hole = np.zeros(sample.shape[:2], np.bool_)
        hole[24:32, 24:32] = True
        fill(sample, hole)


def _margin(figures: dict[str, Row], focus: str | None) -> float | None:
    if focus is None or REFERENCE not in figures:
        return None
    return figures[focus].psnr - figures[REFERENCE].psnr


def _versions() -> dict[str, str]:
    """Versions of the libraries that draw the masks or fill holes, as installed."""
    found = {"torch": str(torch.__version__)}
    for name in ("opencv-contrib-python-headless", "scikit-image", "pillow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
