"""What a call costs: wall seconds, seconds inside the network, and peak memory, measured alike for every method.

Python's `tracemalloc` does not count what OpenCV and torch allocate, and the process's own high-water mark only ever
grows. On Linux the kernel can reset that mark (writing 5 to `/proc/self/clear_refs`), so each call gets its own peak
above what was resident before it; memory the allocator kept from earlier calls is handed back first, else a later
method would look cheaper than it is. Elsewhere there is no cheap and exact way, and the figure is None. Weights that
are already loaded are not counted. On a CUDA device torch keeps the peak of the device's memory itself.
"""

import ctypes
import gc
import platform
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import nn

PROCESS = Path("/proc/self")
MIB = 2**20
Span = tuple[float, float]
"""When something began and ended, seconds."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Cost(Generic[Result]):
    """A call's result and what it cost."""

    result: Result
    seconds: float
    """Wall time of the whole call."""
    network_seconds: float
    """Wall time inside the measured kind of network; 0 when it did not run."""
    memory: float | None
    """Peak resident memory above what was there before the call, MiB; None where the system cannot tell."""
    device_memory: float | None
    """Peak CUDA memory above what was allocated before the call, MiB; None off CUDA."""


def measure(
    call: Callable[[], Result], *, device: torch.device, network: type[nn.Module] | None = None
) -> Cost[Result]:
    """Run a call once and measure its cost. Only meaningful while nothing else runs in the process.

    Args:
        call: what to run.
        device: where its networks run; waited for before each reading of the clock.
        network: the kind of module whose forward passes are added up in `network_seconds`; None times no module.
    """
    gc.collect()
    _release_freed_memory()
    before = _reset_peak()
    on_cuda = device.type == "cuda"
    allocated = 0
    if on_cuda:
        torch.cuda.reset_peak_memory_stats(device)
        allocated = torch.cuda.memory_allocated(device)
    with _network_clock(network, device) as spans:
        _wait(device)
        start = time.perf_counter()
        result = call()
        _wait(device)
        seconds = time.perf_counter() - start
    peak = _status("VmHWM")
    return Cost(
        result=result,
        seconds=seconds,
        network_seconds=union_length(spans),
        memory=None if before is None or peak is None else max(0.0, peak - before),
        device_memory=(torch.cuda.max_memory_allocated(device) - allocated) / MIB if on_cuda else None,
    )


@contextmanager
def frozen_collector() -> Iterator[None]:
    """Exempt the objects that are there from garbage collection, so that the one before each measured call is short.

    It takes 0.12 s with torch loaded, which is more than coding a small picture takes. Also usable as a decorator.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def describe_device(device: torch.device) -> str:
    """The hardware behind a device, for the head of a report, such as `Intel(R) Xeon(R) …, 2 threads`."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    threads = torch.get_num_threads()
    return f"{models[0] if models else name}, {threads} {'thread' if threads == 1 else 'threads'}"


@contextmanager
def _network_clock(network: type[nn.Module] | None, device: torch.device) -> Iterator[list[Span]]:
    """Collect when each forward pass of one kind of module began and ended, in whichever thread it ran."""
    spans: list[Span] = []
    if network is None:
        yield spans
        return
    starts: dict[int, list[float]] = {}

    def enter(module: nn.Module, _inputs: Any) -> None:
        if isinstance(module, network):
            _wait(device)
            starts.setdefault(threading.get_ident(), []).append(time.perf_counter())

    def leave(module: nn.Module, _inputs: Any, _output: Any) -> None:
        if isinstance(module, network):
            _wait(device)
            spans.append((starts[threading.get_ident()].pop(), time.perf_counter()))

    handles = [
        nn.modules.module.register_module_forward_pre_hook(enter),
        nn.modules.module.register_module_forward_hook(leave),
    ]
    try:
        yield spans
    finally:
        for handle in handles:
            handle.remove()


def union_length(spans: Sequence[Span]) -> float:
    """Length of the union of some spans, seconds: passes that run at the same time count once.

    Examples:
        >>> union_length([(0.0, 2.0), (1.0, 3.0), (5.0, 6.0)])
        4.0
    """
    total, end = 0.0, float("-inf")
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def _release_freed_memory() -> None:
    """Ask glibc to hand freed pages back; other allocators have no such call and go without."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return


def _reset_peak() -> float | None:
    """Set the high-water mark to what is resident now and return that in MiB; None where it cannot be set."""
    try:
        (PROCESS / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _status("VmRSS")


def _status(field: str) -> float | None:
    """A memory field of the kernel's process status, MiB."""
    try:
        lines = (PROCESS / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return None
