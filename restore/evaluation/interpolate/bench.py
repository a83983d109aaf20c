"""Measure ways to make a frame side by side, in one run, on the same frames.

    names -- methods; DATA -- sources -- triplets -- each method on each triplet -- rows, cases -- InterpolateReport

Of three frames in a row the middle one is held back; each method makes it from the two others, as 8-bit RGB, and what
it made is compared with what was there. All methods run one after the other on one triplet, with the same number of
threads where they can use several, and each call's time and memory are taken as it runs.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from restore.callbacks import ProgressCallback
from restore.devices import pick_device
from restore.errors import InputError, RestoreError, UsageError
from restore.evaluation.conditions import machine
from restore.evaluation.extras import opencv
from restore.evaluation.interpolate.baselines import (
    LEAST_SIDE,
    InterpolationMethod,
    Samples,
    dis_flow,
    library_versions,
    missing,
)
from restore.evaluation.interpolate.methods import METHODS, Interpolator, interpolators_of, worst_cases_of
from restore.evaluation.interpolate.report import InterpolateConditions, InterpolateReport
from restore.evaluation.interpolate.rows import InterpolateRow
from restore.evaluation.interpolate.sheet import case_of, sheet_cases
from restore.evaluation.interpolate.sources import Triplet, find_sources
from restore.evaluation.measure import frozen_collector, measure
from restore.evaluation.metrics import psnr, ssim
from restore.evaluation.ms_ssim import FULL_SIDE, ms_ssim, scales_of
from restore.evaluation.running import RunCounter, warm_up_sample
from restore.models.perceptual import LEAST_SIDE as PERCEPTUAL_SIDE
from restore.models.perceptual import PerceptualReference


@frozen_collector()
def bench_interpolate(  # noqa: PLR0913 - the request of a whole command
    data: Path,
    *,
    methods: Sequence[str] | None = None,
    listed: Path | None = None,
    most: int | None = None,
    long_side: int | None = None,
    weights: str | Path = "interpolate",
    device: str = "auto",
    perceptual: str | None = None,
    interpolator: Interpolator | None = None,
    on_progress: ProgressCallback | None = None,
) -> InterpolateReport:
    """Measure ways to make a frame side by side.

    Args:
        data: a folder of triplet folders, clips and folders of numbered pictures, or one clip.
        methods: names out of `METHODS`, `restore@2` for an effort; None is `restore` and every baseline that runs here.
        listed: a CSV file whose column `file` names what to take below `data`.
        most: triplets per clip and per set; None is 8 of a clip and all of a set.
        long_side: frames with a longer side are reduced to so many pixels; None leaves them as they are.
        weights: name or path of our weights.
        device: where our network and the perceptual network run.
        perceptual: file of the perceptual network, or `torchvision`; None leaves that column empty.
        interpolator: an interpolator to measure as `restore` instead of `weights`.
        on_progress: called with (runs done, runs in all) after each method on each triplet.

    Raises:
        UsageError: an unknown method or one this install lacks, nothing that gives triplets, an unavailable device.
        InputError: no such data, an unreadable list, or nothing could be read.
        WeightsError: our weights or the perceptual network cannot be loaded.
    """
    names = METHODS.choose(methods, weights, given=interpolator is not None)
    _check(most, long_side)
    sources = find_sources(data, listed, most)
    place = pick_device(device)
    reference = None if perceptual is None else PerceptualReference(perceptual, place)
    run = _Run(interpolators_of(names, weights, device, interpolator), place, reference, len(sources))
    notes = METHODS.left_out(names, weights) if methods is None else []
    failed: list[str] = []
    counter = RunCounter(sum(source.limit for source in sources) * len(names), on_progress)
    before = 0
    with _equal_threads():
        for index, source in enumerate(sources):
            counter.skip_to(before)
            before += source.limit * len(names)
            given = 0
            try:
                for triplet in source.triplets(long_side):
                    given += 1
                    run.measure(index, triplet, counter)
            except InputError as error:
                failed.append(str(error))
            else:
                if not given:
                    notes.append(f"{source.label} is left out: no three frames in a row move and belong together")
    notes += run.notes
    if not run.rows:
        if failed:
            raise InputError(failed[0] if len(failed) == 1 else f"nothing could be read; {failed[0]}")
        raise UsageError(f"{data}: nothing to measure; {notes[-1]}")
    if missing("dis") is not None:
        notes.append("there are no bins of motion without OpenCV; run: pip install 'restore[bench]'")
    conditions = InterpolateConditions(
        sources=len(sources),
        triplets=len(run.rows) // len(names),
        sets=len({row.set for row in run.rows}),
        most=most,
        long_side=long_side,
        weights=METHODS.weights_of(names, weights),
        perceptual=reference is not None,
        settings={one.name: one.settings for one in run.methods},
        versions={"torch": str(torch.__version__), **library_versions(names)},
        **machine(place),
    )
    return InterpolateReport(run.rows, conditions, names, run.cases, notes, failed)


class _Run:
    """Runs all methods on one triplet after the other and keeps what was measured."""

    def __init__(
        self,
        methods: Sequence[InterpolationMethod],
        device: torch.device,
        reference: PerceptualReference | None,
        sources: int,
    ) -> None:
        self.methods = methods
        self.rows: list[InterpolateRow] = []
        self.notes: list[str] = []
        self._judged = worst_cases_of([one.name for one in methods])
        self.cases = sheet_cases(sources, self._judged)
        self._device = device
        self._reference = reference
        self._least = LEAST_SIDE if reference is None else max(LEAST_SIDE, PERCEPTUAL_SIDE)
        self._warm: set[tuple[str, tuple[int, ...]]] = set()

    def measure(self, source: int, triplet: Triplet, counter: RunCounter) -> None:
        """Run and score every method on a triplet; none where it is too small, with a note."""
        height, width = triplet.truth.shape[:2]
        side = min(height, width)
        if side < self._least:
            self.notes.append(f"{triplet.label} is left out: its shorter side has {side} px, it takes {self._least}")
            return
        if side < FULL_SIDE:
            note = f"{triplet.group}: MS-SSIM on {scales_of(height, width)} scales instead of 5, {width} x {height} px"
            self.notes += [] if note in self.notes else [note]
        if self._reference is not None:
            self._reference.set_original(triplet.truth)
        motion = _motion(triplet)
        rows: dict[str, InterpolateRow] = {}
        made: dict[str, Samples] = {}
        for method in self.methods:
            self._warm_up(method, triplet)
            rows[method.name], made[method.name] = self._one(method, triplet, motion)
            counter.count()
        self.rows += rows.values()
        self.cases.add(source, case_of(triplet, made, rows, self._judged))

    def _one(
        self, method: InterpolationMethod, triplet: Triplet, motion: tuple[float | None, float | None]
    ) -> tuple[InterpolateRow, Samples]:
        def timed() -> tuple[Samples, float]:
            start = time.process_time()
            frame = method.between(triplet.first, triplet.last)
            return frame, time.process_time() - start

        cost = measure(timed, device=self._device)
        frame, cpu_seconds = cost.result
        truth = triplet.truth
        if frame.shape != truth.shape:
            raise RestoreError(f"{triplet.label}: {method.name} gave {frame.shape} for {truth.shape}; a bug in it")
        row = InterpolateRow(
            set=triplet.group,
            triplet=triplet.name,
            width=truth.shape[1],
            height=truth.shape[0],
            motion=motion[0],
            motion_90=motion[1],
            method=method.name,
            psnr=psnr(truth, frame),
            ssim=ssim(truth, frame),
            ms_ssim=ms_ssim(truth, frame),
            ie=float(np.abs(frame.astype(np.float64) - truth).mean()),
            perceptual=None if self._reference is None else self._reference.distance(frame),
            seconds=cost.seconds,
            cpu_seconds=cpu_seconds,
            memory=cost.memory,
            device_memory=cost.device_memory,
        )
        return row, frame

    def _warm_up(self, method: InterpolationMethod, triplet: Triplet) -> None:
        """Call a method once, untimed; our network once for each new size."""
        whole = METHODS.is_ours(method.name)
        kind = method.name, triplet.first.shape if whole else ()
        if kind not in self._warm:
            self._warm.add(kind)
            method.between(warm_up_sample(triplet.first, whole=whole), warm_up_sample(triplet.last, whole=whole))


def _motion(triplet: Triplet) -> tuple[float | None, float | None]:
    """Median and 90th percentile of the flow's length from the first to the last frame; None without OpenCV."""
    if missing("dis") is not None:
        return None, None
    lengths = np.hypot(*np.moveaxis(dis_flow(triplet.first, triplet.last), 2, 0))
    middle, fast = np.percentile(lengths, [50, 90])
    return float(middle), float(fast)


@contextmanager
def _equal_threads() -> Iterator[None]:
    """Give OpenCV as many threads as torch has."""
    if missing("dis") is not None:
        yield
        return
    cv2 = opencv()
    threads = cv2.getNumThreads()
    cv2.setNumThreads(torch.get_num_threads())
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _check(most: int | None, long_side: int | None) -> None:
    if most is not None and most < 1:
        raise UsageError(f"at least one triplet per clip, got {most}")
    if long_side is not None and long_side < LEAST_SIDE:
        raise UsageError(f"frames need at least {LEAST_SIDE} px, got a long side of {long_side}")
