"""What a training step costs and what stands in the way of more: `restore train … --profile`.

A network cannot learn faster than the machine multiplies. So the machine's rate is measured with a plain product of
matrices, the work of a step is counted (convolutions and products, forward and backward), and their ratio says how much
of the machine the step uses. The rest is divided by kind of operation, and on a CPU other crops and batches are tried.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

WARMUP, TIMED = 2, 5
"""Steps before the clock runs, and steps that it times."""
MATRIX_SIDE = {"cpu": 2048, "cuda": 8192, "mps": 4096}
"""Rows and columns of the matrices whose product is timed."""
SHAPES = ((64, 16), (128, 4), (128, 8), (192, 4), (256, 2))
"""Crops in pixels and batches that a CPU is tried with, beside the recipe's own."""
KINDS = {
    "convolutions and products": ("conv", "mm", "linear", "addbmm"),
    "resampling and scattering": ("grid_sampler", "upsample", "scatter", "gather", "index", "pixel_"),
    "copies and padding": ("copy", "cat", "pad", "clone", "fill", "zero_", "to_copy", "roll", "flip", "stack"),
    "optimiser": ("adam", "foreach", "lerp_"),
}
"""Kinds of operations by parts of their names; all others work on each element."""
OTHERS = "elementwise"


class Measurable(Protocol):
    """What profiling asks of a recipe."""

    device: torch.device
    feed: Iterator[Any] | None
    """Where its batches come from, once it has taken a step."""

    @property
    def crops(self) -> tuple[int, int]:
        """Side of the crops in pixels, and their number in a step."""

    def change_crops(self, side: int, batch: int) -> None:
        """Train on other crops from now on."""

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        """Take one optimiser step."""


@dataclass(frozen=True)
class Speed:
    """What a step costs."""

    side: int
    """Side of a crop in pixels."""
    batch: int
    """Crops in a step."""
    seconds: float
    """Time of a step, the median of some."""
    waited: float
    """Seconds of a step in which it waited for data."""
    work: float
    """Floating-point operations of a step's convolutions and products."""

    @property
    def crops(self) -> float:
        """Crops per second."""
        return self.batch / self.seconds

    @property
    def pixels(self) -> float:
        """Pixels per second."""
        return self.crops * self.side**2


def matrix_rate(device: torch.device) -> float:
    """Floating-point operations per second of a product of two matrices, bf16 on CUDA and float32 elsewhere."""
    side = MATRIX_SIDE[device.type]
    kind = torch.bfloat16 if device.type == "cuda" else torch.float32
    a, b = torch.rand(2, side, side, device=device, dtype=kind)
    times = []
    for _ in range(WARMUP + TIMED):
        _synchronise(device)
        start = time.perf_counter()
        torch.matmul(a, b)
        _synchronise(device)
        times.append(time.perf_counter() - start)
    return 2 * side**3 / min(times)


def speed_of(recipe: Measurable, first: int = 0) -> Speed:
    """Time some steps of a recipe.

    Args:
        recipe: it is trained by these steps.
        first: number of the first step.
    """
    recipe.step(first, 0.1)
    clock = _Waiting(recipe.feed or iter(()))
    recipe.feed = clock
    for step in range(first + 1, first + WARMUP):
        recipe.step(step, 0.1)
    seconds, waited = [], []
    for step in range(first + WARMUP, first + WARMUP + TIMED):
        clock.seconds = 0.0
        _synchronise(recipe.device)
        start = time.perf_counter()
        recipe.step(step, 0.1)
        _synchronise(recipe.device)
        seconds.append(time.perf_counter() - start)
        waited.append(clock.seconds)
    with FlopCounterMode(display=False) as counter:
        recipe.step(first + WARMUP + TIMED, 0.1)
    return Speed(*recipe.crops, median(seconds), median(waited), counter.get_total_flops())


def kinds_of(recipe: Measurable, step: int) -> dict[str, float]:
    """Shares of a step's time by kind of operation, largest first."""
    on_card = recipe.device.type == "cuda"
    with profile(activities=[ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * on_card) as profiler:
        recipe.step(step, 0.1)
    spent: Counter[str] = Counter()
    for event in profiler.key_averages():
        microseconds = event.self_device_time_total if on_card else event.self_cpu_time_total
        spent[_kind(event.key)] += microseconds
    total = sum(spent.values()) or 1
    return {kind: microseconds / total for kind, microseconds in spent.most_common()}


def report(recipe: Measurable) -> Iterator[str]:
    """Lines for a reader, each as soon as it is known."""
    device = recipe.device
    rate = matrix_rate(device)
    threads = f", {torch.get_num_threads()} threads" if device.type == "cpu" else ""
    yield f"matrix rate  {_rate(rate)} on {device}{threads}"
    own = speed_of(recipe)
    yield (
        f"a step       {own.seconds:.3f} s for {own.batch} crops of {own.side} px, {own.work / 1e9:.1f} GFLOP:"
        f" {_rate(own.work / own.seconds)}, {own.work / own.seconds / rate:.0%} of the matrix rate"
    )
    yield f"crops        {own.crops:.1f} a second, {own.pixels / 1e6:.2f} megapixels"
    yield f"data         waited for {own.waited / own.seconds:.0%} of the time"
    shares = kinds_of(recipe, WARMUP + TIMED + 1)
    yield "time goes to " + ", ".join(f"{kind} {share:.0%}" for kind, share in shares.items() if share >= 0.01)
    if device.type == "cpu":
        yield from _other_crops(recipe, own, rate)


def _other_crops(recipe: Measurable, own: Speed, rate: float) -> Iterator[str]:
    found = [own]
    for side, batch in SHAPES:
        if (side, batch) != (own.side, own.batch):
            recipe.change_crops(side, batch)
            found.append(speed_of(recipe))
    yield from table(found, rate)
    best = max(found, key=lambda speed: speed.pixels)
    yield f"most pixels a second: --set crop={best.side} --set batch={best.batch}"


def table(speeds: Sequence[Speed], rate: float) -> Iterator[str]:
    """Lines of a table of speeds, the machine's matrix rate beside them."""
    yield "  crop  batch  s/step  crops/s   MP/s  of the matrix rate"
    for speed in speeds:
        share = speed.work / speed.seconds / rate
        yield (
            f"{speed.side:6d} {speed.batch:6d} {speed.seconds:7.3f} {speed.crops:8.1f} {speed.pixels / 1e6:6.2f}"
            f"  {share:.0%}"
        )


class _Waiting:
    """Batches as they come, and how long they were waited for."""

    def __init__(self, feed: Iterator[Any]) -> None:
        self._feed, self.seconds = feed, 0.0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        start = time.perf_counter()
        batch = next(self._feed)
        self.seconds += time.perf_counter() - start
        return batch


def _kind(name: str) -> str:
    lowered = name.lower()
    return next((kind for kind, parts in KINDS.items() if any(part in lowered for part in parts)), OTHERS)


def _rate(operations: float) -> str:
    return f"{operations / 1e12:.1f} TFLOP/s" if operations >= 1e12 else f"{operations / 1e9:.0f} GFLOP/s"


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
