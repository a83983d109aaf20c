"""Measure fills side by side, in one run, on the same pictures and masks.

    names -- fills; DATA -- pictures -- masks -- each fill on each case -- rows, means, cases -- InpaintReport

Every picture is cropped to a centred square and damaged by one mask per class; the mask's seed is the picture's
position in the folder sorted by name (from 0, plus `seed`), so that a run can be repeated anywhere. Methods get an
8-bit picture whose hole is blanked and give an 8-bit picture back: our network runs through the same `Inpainter` a
user calls. What a method changes outside the hole is counted, then put back before scoring, as in the published
evaluations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Self

import numpy as np
import torch

from restore.callbacks import ProgressCallback
from restore.devices import pick_device
from restore.errors import UsageError
from restore.evaluation.conditions import machine
from restore.evaluation.inpaint.baselines import Fill, Hole, Samples
from restore.evaluation.inpaint.masks import CLASSES, draw_mask
from restore.evaluation.inpaint.methods import choose_methods, fill_of, is_ours, left_out, worst_cases_of
from restore.evaluation.inpaint.report import InpaintConditions, InpaintReport
from restore.evaluation.inpaint.rows import REFERENCE, InpaintRow
from restore.evaluation.inpaint.sharpness import patch_distance, sharpness
from restore.evaluation.inpaint.sheet import InpaintCase, sheet_cases
from restore.evaluation.measure import measure
from restore.evaluation.metrics import score
from restore.evaluation.pictures import find_pictures, large_crops
from restore.evaluation.running import RunCounter, warm_up_sample
from restore.models.inpaint.generator import Generator
from restore.models.perceptual import PerceptualReference
from restore.pipelines.inpaint.inpainter import Inpainter, load_inpainter

LEAST_SIDE = 192
"""Smallest square in pixels that every mask class fits into."""


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
    on_progress: ProgressCallback | None = None,
) -> InpaintReport:
    """Measure fills side by side.

    Args:
        data: a folder of pictures, or one picture.
        methods: names out of `METHODS`, ours perhaps with a detail, as in `restore@0.3`; `smooth` stands for every one
            of `details`. None: all that are installed.
        classes: mask classes out of `CLASSES`.
        size: side of the centred square crop, px; smaller pictures are cropped to their shorter side, with a note.
        limit: only the first so many pictures by name.
        seed: added to each picture's position to seed its masks.
        weights: name or path of our weights.
        details: where between the regression (0) and the adversarial weights (1) `smooth` runs.
        device: where our network, the harmonic fill and the perceptual network run.
        perceptual: file of the perceptual network, or `torchvision`; None leaves that column empty.
        inpainter: an inpainter to measure instead of `weights` and `device`.
        on_progress: called with (runs done, runs in all) after each method on each case.

    Raises:
        UsageError: an unknown method or class, no picture or none large enough, a missing extra, an unavailable device.
        InputError: a picture cannot be read.
        WeightsError: our weights or the perceptual network cannot be loaded.
    """
    names = choose_methods(methods, details)
    _check(classes, size, limit)
    files = find_pictures(data)[:limit]
    if inpainter is None and any(is_ours(name) for name in names):
        inpainter = load_inpainter(weights, device=device)
    place = pick_device(device) if inpainter is None else inpainter.device
    fills = {name: fill_of(name, inpainter, place) for name in names}
    reference = None if perceptual is None else PerceptualReference(perceptual, place)
    judged = worst_cases_of(names)
    cases = sheet_cases(len(files), len(classes))
    rows: list[InpaintRow] = []
    notes = left_out(methods)
    runs = len(classes) * len(fills)
    counter = RunCounter(len(files) * runs, on_progress)
    measured = 0
    for index, original in large_crops(files, size, LEAST_SIDE, notes):
        counter.skip_to(index * runs)
        if measured == 0:
            _warm_up(fills, original)
        measured += 1
        if reference is not None:
            reference.set_original(original)
        for number, kind in enumerate(classes):
            target = _Target.of(
                files[index].name, kind, seed + index, original, draw_mask(kind, seed + index, original.shape[0])
            )
            figures: dict[str, InpaintRow] = {}
            outputs: dict[str, Samples] = {}
            for name, fill in fills.items():
                figures[name], outputs[name] = _run(name, fill, target, place, reference)
                counter.count()
            rows += figures.values()
            margin = _margin(figures, judged)
            cases.add((index, number), InpaintCase(original, target.hole, outputs, figures, margin))
    if not rows:
        raise UsageError(f"{data}: no picture has {LEAST_SIDE} px on its shorter side, which the masks need")
    conditions = InpaintConditions(
        pictures=measured,
        size=size,
        seed=seed,
        weights=str(weights) if any(is_ours(name) for name in names) else None,
        perceptual=reference is not None,
        versions=_versions(),
        **machine(place),
    )
    return InpaintReport(rows, conditions, names, cases, notes)


@dataclass(frozen=True, slots=True)
class _Target:
    """One picture with one mask, which every method gets."""

    picture: str
    mask: str
    seed: int
    original: Samples
    hole: Hole
    sharpness: float | None
    """The original's, with this hole."""
    patch_distance: float | None
    """The original's, with this hole."""

    @classmethod
    def of(cls, picture: str, mask: str, seed: int, original: Samples, hole: Hole) -> Self:
        truth = sharpness(original, hole), patch_distance(original, hole)
        return cls(picture, mask, seed, original, hole, *truth)


def _run(
    name: str, fill: Fill, target: _Target, device: torch.device, reference: PerceptualReference | None
) -> tuple[InpaintRow, Samples]:
    """Measure one method on one case; returns its row and the hole's pixels."""
    original, hole = target.original, target.hole
    damaged = np.where(hole[..., None], np.uint8(0), original)
    cost = measure(lambda: fill(damaged, hole), device=device, network=Generator)
    pasted = np.where(hole[..., None], cost.result, original)
    scores = score(original, pasted, hole)
    row = InpaintRow(
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
        perceptual=None if reference is None else reference.distance(pasted),
        seconds=cost.seconds,
        network_seconds=cost.network_seconds,
        memory=cost.memory,
        device_memory=cost.device_memory,
        changed_outside=int((cost.result != pasted).any(axis=2).sum()),
        sharpness=sharpness(pasted, hole),
        sharpness_truth=target.sharpness,
        patch_distance=patch_distance(pasted, hole),
        patch_distance_truth=target.patch_distance,
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
    """Call every method once, untimed, on a picture with a small hole."""
    for name, fill in fills.items():
        sample = warm_up_sample(original, whole=is_ours(name) or name == REFERENCE)
        hole = np.zeros(sample.shape[:2], np.bool_)
        hole[24:32, 24:32] = True
        fill(sample, hole)


def _margin(figures: dict[str, InpaintRow], judged: str | None) -> float | None:
    if judged is None or REFERENCE not in figures:
        return None
    return figures[judged].psnr - figures[REFERENCE].psnr


def _versions() -> dict[str, str]:
    """Versions of the libraries that draw the masks or fill holes, as installed."""
    found = {"torch": str(torch.__version__)}
    for name in ("opencv-contrib-python-headless", "scikit-image", "pillow", "gmic", "pypatchmatch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
