"""Measure detectors side by side, in one run, on the same damaged and undamaged pictures.

    names -- detectors; DATA -- pictures -- damage -- scales -- each detector on each -- counts ─┬─ RepairReport
                                                └── own scale -- marks -- filled, compared ──────┘

Every picture is cropped to a centred square and damaged once; the seed is the picture's position in the folder sorted
by name (from 0, plus `seed`), so that a run can be repeated anywhere. The damaged picture is looked at as it is and
resized, its truth with it, and so is the undamaged one, in which every mark is false. At its own resolution it is also
repaired: with what each method found, and with the true mask, grown alike, by the same default fill of one `Inpainter`.
Where our network is measured, the true mask is also filled but for what is seen through the damage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch

from restore.callbacks import ProgressCallback
from restore.devices import pick_device
from restore.errors import UsageError
from restore.evaluation.conditions import machine
from restore.evaluation.measure import measure
from restore.evaluation.metrics import psnr, ssim
from restore.evaluation.pictures import find_pictures, large_crops
from restore.evaluation.repair.baselines import Find, Marks, Samples
from restore.evaluation.repair.damage import at_scale, classes_of, picture_at_scale
from restore.evaluation.repair.methods import NAMES, THRESHOLD, finds_of
from restore.evaluation.repair.report import RepairConditions, RepairReport
from restore.evaluation.repair.rows import SEEN_THROUGH, TRUE_MASK, UNREPAIRED, FoundRow, RepairedRow
from restore.evaluation.repair.sheet import CleanCase, DamagedCase, sheet_cases
from restore.evaluation.running import RunCounter, warm_up_sample
from restore.evaluation.sheets import SheetCases
from restore.evaluation.strokes import draw_strokes
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.models.perceptual import PerceptualReference
from restore.models.repair.detector import Detector
from restore.pipelines.inpaint.inpainter import Inpainter, load_inpainter
from restore.pipelines.inpaint.options import InpaintOptions
from restore.pipelines.repair.finder import DamageFinder, load_finder
from restore.pipelines.repair.options import RIM
from restore.pipelines.repair.seethrough import see_through
from restore.synthetic.agreement import agreement, widened
from restore.synthetic.damage import Damaged, lay_damage, lay_strokes
from restore.synthetic.shapes import NO_SHAPES, Shapes, load_shapes

LEAST_SIDE = 64
"""Smallest square in pixels that is measured."""
SCALES = (1.0, 0.5, 2.0)
LEAST_SCALE, LARGEST_SCALE = 0.05, 8.0
"""Below the first nothing is left to look for."""


def bench_repair(  # noqa: PLR0913 - the request of a whole command
    data: Path,
    *,
    damage: Path | None = None,
    strokes: bool = False,
    methods: Sequence[str] | None = None,
    size: int = 512,
    scales: Sequence[float] = SCALES,
    repair: bool = True,
    limit: int | None = None,
    seed: int = 0,
    weights: str | Path = "repair",
    device: str = "auto",
    perceptual: str | None = None,
    detector: Detector | None = None,
    inpainter: Inpainter | None = None,
    on_progress: ProgressCallback | None = None,
) -> RepairReport:
    """Measure detectors side by side.

    Args:
        data: a folder of undamaged pictures, or one picture.
        damage: a folder of shapes of real damage, of which the held-out ones are laid; None: all is drawn by rules.
        strokes: lay opaque strokes, those of `bench inpaint`'s class scratch, instead.
        methods: names out of `NAMES`. None: ours, where it has weights, and all baselines that run here.
        size: side of the centred square crop, px; smaller pictures are cropped to their shorter side, with a note.
        scales: factors by which the damaged picture is resized before it is looked at.
        repair: whether pictures are repaired and compared with what they were, if 1 is among the scales.
        limit: only the first so many pictures by name.
        seed: added to each picture's position to seed its damage.
        weights: name or path of our weights.
        device: where our networks run.
        perceptual: file of the perceptual network, or `torchvision`; None leaves that column empty.
        detector: a network to measure instead of `weights`.
        inpainter: what fills, instead of the released one.
        on_progress: called with (runs done, runs in all) after each method on each picture at each scale.

    Raises:
        UsageError: an unknown method, no picture or none large enough, a missing extra, an unavailable device,
            or strokes and shapes of damage at once.
        InputError: a picture cannot be read, or the folder of damage holds no shapes.
        WeightsError: weights cannot be loaded.
    """
    names = NAMES.choose(methods, weights, given=detector is not None)
    _check(size, scales, limit)
    scales = list(dict.fromkeys(scales))
    files = find_pictures(data)[:limit]
    place = pick_device(device)
    finds = finds_of(names, weights, detector, place)
    if strokes and damage is not None:
        raise UsageError("strokes are drawn by rules, without shapes of damage: leave one of them out")
    shapes = NO_SHAPES if damage is None else load_shapes(damage)[1]
    if inpainter is None and repair and 1 in scales:
        inpainter = load_inpainter("inpaint", device=device)
    reference = None if perceptual is None or not repair else PerceptualReference(perceptual, place)
    finder = None
    if repair and any(NAMES.is_ours(name) for name in names):
        finder = load_finder(weights, place) if detector is None else DamageFinder(detector, place)
    bench = _Bench(finds, place, inpainter if repair else None, finder, reference, *sheet_cases(len(files)))
    notes = NAMES.left_out(names, weights) if methods is None else []
    if repair and 1 not in scales:
        notes.append("nothing is repaired: that is done at scale 1, which is not among the scales")
    runs = len(scales) * len(finds)
    counter = RunCounter(len(files) * runs, on_progress)
    measured = 0
    for index, original in large_crops(files, size, LEAST_SIDE, notes):
        counter.skip_to(index * runs)
        if measured == 0:
            for name, find in finds.items():
                find(warm_up_sample(original, whole=NAMES.is_ours(name) or name == THRESHOLD))
        measured += 1
        rng = np.random.default_rng(seed + index)
        damaged = _with_strokes(rng, original) if strokes else lay_damage(rng, original, shapes)
        target = _Target(files[index].name, seed + index, original, damaged)
        for scale in scales:
            bench.run(target, scale, counter, typical=index if scale == scales[0] else None)
    if not measured:
        raise UsageError(f"{data}: no picture has {LEAST_SIDE} px on its shorter side")
    conditions = RepairConditions(
        pictures=measured,
        size=size,
        seed=seed,
        scales=scales,
        damage="opaque strokes" if strokes else _described(damage, shapes),
        weights=NAMES.weights_of(names, weights),
        perceptual=reference is not None,
        versions=_versions(),
        **machine(place),
    )
    return RepairReport(bench.found, bench.repaired, conditions, names, bench.damaged_cases, bench.clean_cases, notes)


@dataclass(frozen=True, slots=True)
class _Target:
    """One picture with its damage."""

    picture: str
    seed: int
    original: Samples
    damaged: Damaged


@dataclass(frozen=True, slots=True)
class _Bench:
    """Measures picture after picture and keeps what it measured."""

    finds: Mapping[str, Find]
    device: torch.device
    inpainter: Inpainter | None
    """None where nothing is repaired."""
    finder: DamageFinder | None
    """Looks at what is seen through damage; None where our network is not measured."""
    reference: PerceptualReference | None
    damaged_cases: SheetCases[DamagedCase]
    clean_cases: SheetCases[CleanCase]
    found: list[FoundRow] = field(default_factory=list)
    repaired: list[RepairedRow] = field(default_factory=list)

    def run(self, target: _Target, scale: float, counter: RunCounter, typical: int | None) -> None:
        """Measure every method on one picture at one scale.

        Args:
            target: the picture.
            scale: factor by which it is resized first.
            counter: counts each method.
            typical: the picture's position where the case may be shown as a typical one; else None.
        """
        damaged = at_scale(target.damaged, scale)
        clean = picture_at_scale(target.original, scale)
        truth = damaged.kinds > 0
        classes = classes_of(damaged)
        marks: dict[str, Marks] = {}
        false: dict[str, Marks] = {}
        rows: dict[str, FoundRow] = {}
        for name, find in self.finds.items():
            cost = measure(partial(find, damaged.picture), device=self.device)
            marks[name], false[name] = cost.result, find(clean)
            rows[name] = FoundRow(
                picture=target.picture,
                seed=target.seed,
                scale=scale,
                method=name,
                total=agreement(_batch(marks[name]), _batch(truth), _batch(damaged.doubt)),
                classes={kind: agreement(_batch(marks[name]), _batch(part)) for kind, part in classes.items()},
                false_percent=100 * float(false[name].mean()),
                seconds_per_megapixel=cost.seconds / (truth.size / 1e6),
                memory=cost.memory,
                device_memory=cost.device_memory,
            )
            counter.count()
        self.found.extend(rows.values())
        repaired: dict[str, Samples] = {}
        repaired_rows: dict[str, RepairedRow] = {}
        if self.inpainter is not None and scale == 1:
            if self.reference is not None:
                self.reference.set_original(target.original)
            seen_through = {} if self.finder is None else {SEEN_THROUGH: truth}
            for name, mask in {UNREPAIRED: np.zeros_like(truth), TRUE_MASK: truth, **seen_through, **marks}.items():
                repaired[name], repaired_rows[name] = self._repair(target, name, mask)
            self.repaired.extend(repaired_rows.values())
        case = DamagedCase(target.original, damaged, marks, repaired, rows, repaired_rows)
        self.damaged_cases.add(typical, case)
        self.clean_cases.add(None, CleanCase(clean, false, rows))

    def _repair(self, target: _Target, name: str, mask: Marks) -> tuple[Samples, RepairedRow]:
        """The picture with what is marked filled, and how near it comes to what it was; marked all over, it stays."""
        hole = widened(_batch(mask), RIM)[0, 0].numpy()
        result = target.damaged.picture
        if hole.any() and not hole.all() and self.inpainter is not None:
            left = hole
            if name == SEEN_THROUGH and self.finder is not None:
                seen = see_through(result, hole, self.finder)
                result, left = seen.colour, seen.hole
            picture = Picture(colour=result, alpha=None, grey=False, metadata=Metadata(), format="PNG")
            filled = self.inpainter.picture(picture, left, InpaintOptions(dilate=0))
            result = np.asarray(filled.colour, dtype=np.uint8)
        row = RepairedRow(
            picture=target.picture,
            seed=target.seed,
            method=name,
            filled=float(hole.mean()),
            psnr=psnr(target.original, result),
            ssim=ssim(target.original, result),
            perceptual=None if self.reference is None else self.reference.distance(result),
        )
        return result, row


def _with_strokes(rng: np.random.Generator, original: Samples) -> Damaged:
    return lay_strokes(rng, original, draw_strokes(rng, original.shape[0]))


def _batch(mask: Marks) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(mask))[None, None]


def _check(size: int, scales: Sequence[float], limit: int | None) -> None:
    if size < LEAST_SIDE:
        raise UsageError(f"crops have at least {LEAST_SIDE} px, got {size}")
    if not scales or not all(LEAST_SCALE <= scale <= LARGEST_SCALE for scale in scales):
        given = ", ".join(map(str, scales)) or "none"
        raise UsageError(f"scales go from {LEAST_SCALE:g} to {LARGEST_SCALE:g}, got {given}")
    if limit is not None and limit < 1:
        raise UsageError(f"a limit is at least one picture, got {limit}")


def _described(damage: Path | None, shapes: Shapes) -> str:
    if damage is None:
        return "drawn by rules"
    sprites = sum(len(found) for found in shapes.sprites.values())
    return f"held-out shapes ({len(shapes.scans)} scans, {sprites} drawn ones) and drawn by rules"


def _versions() -> dict[str, str]:
    """Versions of the libraries that find damage or fill holes, as installed."""
    found = {"torch": str(torch.__version__)}
    for name in ("opencv-contrib-python-headless", "scikit-image", "pillow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
