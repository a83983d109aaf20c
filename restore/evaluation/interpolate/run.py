"""One triplet through every method: warmed up, timed, checked and scored."""

import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from restore.errors import RestoreError
from restore.evaluation.interpolate.gallery import Gallery, cut_out
from restore.evaluation.interpolate.methods import is_ours, judged
from restore.evaluation.interpolate.report import Row
from restore.evaluation.interpolate.rivals import LEAST_SIDE, Contestant, Samples, dis_flow, missing
from restore.evaluation.interpolate.sources import Triplet
from restore.evaluation.measure import measure
from restore.evaluation.metrics import RADIUS, psnr, ssim_map
from restore.evaluation.ms_ssim import FULL_SIDE, ms_ssim, scales_of
from restore.evaluation.perceptual import LEAST_SIDE as JUDGES_SIDE
from restore.evaluation.perceptual import Judge

SHEET_ROOM = 12
"""How many triplets of each kind are kept for a sheet."""
WARM_UP_SIDE = 64
"""Corner in pixels that a rival is called on once, untimed."""


class Runner:
    """Takes one triplet after the other through all methods and keeps what was measured.

    Args:
        methods: who takes part.
        device: where our network runs; waited for before each reading of the clock.
        judge: the perceptual network; None leaves its column empty.
        sources: how many sources the triplets come from, for the choice of typical ones.
    """

    def __init__(self, methods: Sequence[Contestant], device: torch.device, judge: Judge | None, sources: int) -> None:
        self.methods = methods
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self._judged = judged([one.name for one in methods])
        self.gallery = Gallery(sources, SHEET_ROOM, self._judged)
        self._device = device
        self._judge = judge
        self._least = LEAST_SIDE if judge is None else max(LEAST_SIDE, JUDGES_SIDE)
        self._warm: set[tuple[str, tuple[int, ...]]] = set()

    def measure(self, source: int, triplet: Triplet) -> Iterator[Row]:
        """Run and score every method on a triplet; none where it is too small, with a note."""
        height, width = triplet.truth.shape[:2]
        side = min(height, width)
        if side < self._least:
            self.notes.append(f"{triplet.label} is left out: its shorter side has {side} px, it takes {self._least}")
            return
        if side < FULL_SIDE:
            note = f"{triplet.group}: MS-SSIM on {scales_of(height, width)} scales instead of 5, {width} x {height} px"
            self.notes += [] if note in self.notes else [note]
        if self._judge is not None:
            self._judge.look_at(triplet.truth)
        motion = _motion(triplet)
        rows: dict[str, Row] = {}
        made: dict[str, Samples] = {}
        for method in self.methods:
            self._warm_up(method, triplet)
            rows[method.name], made[method.name] = self._one(method, triplet, motion)
            yield rows[method.name]
        self.rows += rows.values()
        self.gallery.add(source, cut_out(triplet, made, rows, self._judged))

    def _one(
        self, method: Contestant, triplet: Triplet, motion: tuple[float | None, float | None]
    ) -> tuple[Row, Samples]:
        def timed() -> tuple[Samples, float]:
            start = time.process_time()
            frame = method.between(triplet.first, triplet.last)
            return frame, time.process_time() - start

        cost = measure(timed, device=self._device)
        frame, cpu_seconds = cost.result
        truth = triplet.truth
        if frame.shape != truth.shape:
            raise RestoreError(f"{triplet.label}: {method.name} gave {frame.shape} for {truth.shape}; a bug in it")
        row = Row(
            set=triplet.group,
            triplet=triplet.name,
            width=truth.shape[1],
            height=truth.shape[0],
            motion=motion[0],
            motion_90=motion[1],
            method=method.name,
            psnr=psnr(truth, frame),
            ssim=_ssim(truth, frame),
            ms_ssim=ms_ssim(truth, frame),
            ie=float(np.abs(frame.astype(np.float64) - truth).mean()),
            perceptual=None if self._judge is None else self._judge.distance(frame),
            seconds=cost.seconds,
            cpu_seconds=cpu_seconds,
            memory=cost.memory,
            device_memory=cost.device_memory,
        )
        return row, frame

    def _warm_up(self, method: Contestant, triplet: Triplet) -> None:
        """One untimed call per method, so that late imports and first-call set-up are nobody's time.

        Our network sees each new size, because CUDA chooses its kernels by size; a corner is enough for the others.
        """
        first, last = triplet.first, triplet.last
        if not is_ours(method.name):
            first, last = (np.ascontiguousarray(one[:WARM_UP_SIDE, :WARM_UP_SIDE]) for one in (first, last))
        kind = method.name, first.shape if is_ours(method.name) else ()
        if kind not in self._warm:
            self._warm.add(kind)
            method.between(first, last)


def _ssim(truth: Samples, made: Samples) -> float:
    """SSIM over the places where the whole window lies inside the picture, as the published evaluations take it."""
    inside = slice(RADIUS, -RADIUS)
    return float(ssim_map(truth, made)[inside, inside].mean())


def _motion(triplet: Triplet) -> tuple[float | None, float | None]:
    """Median and 90th percentile of the flow's length from the first to the last frame; None without OpenCV."""
    if missing("dis") is not None:
        return None, None
    lengths = np.hypot(*np.moveaxis(dis_flow(triplet.first, triplet.last), 2, 0))
    middle, fast = np.percentile(lengths, [50, 90])
    return float(middle), float(fast)
