"""Where networks run, at which precision, and what happens when memory runs out.

`MemoryFallback` lets a small graphics card finish: first fewer crops at once, then one, then the CPU, each change
reported once. It never changes a batch size: crops run side by side, each as a batch of one with the very same
arithmetic, so that the number at once cannot change a result. (Moving to the CPU can, in the last bit: it adds in
another order.) bf16 is used on CUDA only: a CPU without AMX is slower with it, and MPS lacks parts of it.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch

from restore.callbacks import Notify
from restore.errors import RestoreError, UsageError

Job = TypeVar("Job")
Result = TypeVar("Result")

_MEMORY_MESSAGES = ("out of memory", "can't allocate memory", "not enough memory")


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """Choose the device to compute on.

    Args:
        name: `auto` (CUDA, else MPS, else the CPU), `cpu`, `cuda`, `cuda:N` or `mps`.

    Raises:
        UsageError: the name is unknown, or this machine has no such device.
    """
    if isinstance(name, torch.device):
        name = str(name)
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (number and not (kind == "cuda" and number.isdecimal())):
        raise UsageError(f"device '{name}' is unknown: choose auto, cpu, cuda, cuda:N or mps")
    if kind == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if count == 0:
            raise UsageError(
                "device 'cuda' is not available: no CUDA graphics card or driver answers here; use --device auto or cpu"
            )
        if number and int(number) >= count:
            raise UsageError(f"device '{name}' is not available: this machine has cuda:0 to cuda:{count - 1}")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise UsageError("device 'mps' is not available: it needs a Mac with Apple silicon; use --device auto or cpu")
    return torch.device(name)


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """Return a context that sets the precision a network runs at: bf16 where CUDA runs it well, float32 elsewhere."""
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()


def repeatable(device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which the same crop gives the same bits each time; its switches belong to the process."""
    if device.type == "cuda":
        return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=True)
    return nullcontext()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out; the CPU and MPS allocators only say so in their message."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error).lower() for text in _MEMORY_MESSAGES)


class MemoryFallback:
    """How many jobs run at once, and on which device; both are lowered when memory runs out, and stay so.

    Args:
        device: where to start.
        at_once: how many jobs run side by side at the start.
    """

    def __init__(self, device: torch.device, at_once: int = 1) -> None:
        self.device = device
        self.at_once = at_once

    def run(
        self,
        work: Callable[[Job, torch.device], Result],
        jobs: Sequence[Job],
        *,
        notify: Notify,
        at_once: int | None = None,
    ) -> Iterator[Result]:
        """Do all jobs and yield their results in the order of the jobs.

        Args:
            work: does one job on a device; must give the same result when called again.
            jobs: what to do.
            notify: is called with a line each time less is tried.
            at_once: most jobs side by side in this call.

        Raises:
            RestoreError: memory runs out with a single job on the CPU.
        """
        done = 0
        while done < len(jobs):
            limit = self.at_once if at_once is None else max(1, min(self.at_once, at_once))
            try:
                for result in _side_by_side(work, jobs[done:], self.device, limit):
                    done += 1
                    yield result
            except (RuntimeError, MemoryError) as error:
                self._fall_back(error, limit, notify)

    def _fall_back(self, error: Exception, limit: int, notify: Notify) -> None:
        """Lower what is tried, or raise where nothing less is left or the error has another cause."""
        unsupported = isinstance(error, NotImplementedError) and self.device.type == "mps"
        if not unsupported and not is_out_of_memory(error):
            raise error
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if not unsupported and limit > 1:
            self.at_once = limit // 2
            notify(f"{self.device} ran out of memory with {limit} crops at once: going on with {self.at_once}")
        elif self.device.type != "cpu":
            reason = "lacks an operation" if unsupported else "ran out of memory with a single crop"
            notify(f"{self.device} {reason}: going on on the CPU, which is slower")
            self.device, self.at_once = torch.device("cpu"), 1
        else:
            raise RestoreError(
                "not enough memory for a single crop on the CPU: close other programs or use a machine with more memory"
            ) from error


def _side_by_side(
    work: Callable[[Job, torch.device], Result], jobs: Sequence[Job], device: torch.device, limit: int
) -> Iterator[Result]:
    """Run jobs in `limit` threads; even one alone runs in a thread, so that its arithmetic is set up the same way."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(limit, thread_name_prefix="crop") as pool, repeatable(device):
        try:
            for job in jobs:
                waiting.append(pool.submit(work, job, device))
                if len(waiting) >= limit:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
