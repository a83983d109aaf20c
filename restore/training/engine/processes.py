"""A run shared among several processes, one per device, started by `torchrun`.

Every process holds the whole network and takes its own samples of each batch: every `count`-th, so that gradients,
averaged over processes, are those of one process with the whole batch. Random numbers are drawn for the whole batch and
each process takes those of its samples. Whatever depends on the clock or on held-out pictures is decided by the main
process, rank 0, which alone writes; so a run goes on with another number of processes as it would have with this one.

    torchrun --nproc-per-node 4 -m restore train codec DATA -o RUN --minutes 60
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed

from restore.errors import UsageError

Found = TypeVar("Found")

TIMEOUT = timedelta(hours=2)
"""How long processes wait for the main one, which decodes clips and validates meanwhile."""


@dataclass(frozen=True)
class Processes:
    """The processes of a run, as one of them sees them."""

    rank: int = 0
    """Number of this process; 0 is the main one."""
    count: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this process decides and writes."""
        return self.rank == 0

    @property
    def own(self) -> slice:
        """Which samples of a batch are this process's."""
        return slice(self.rank, None, self.count)

    def require_even_shares(self, *batches: int) -> None:
        """Refuse batches that cannot be shared evenly: their gradients would not be those of one process.

        Raises:
            UsageError: a batch is no multiple of the number of processes.
        """
        for batch in batches:
            if batch % self.count:
                raise UsageError(
                    f"a batch of {batch} cannot be shared evenly among {self.count} processes; change it with --set"
                )

    def uniform_like(self, x: Tensor) -> Tensor:
        """Uniform random numbers 0..1 of the shape of `x`, this process's samples out of those of the whole batch."""
        return torch.rand((self.count * len(x), *x.shape[1:]), dtype=x.dtype, device=x.device)[self.own]

    def total(self, x: Tensor) -> Tensor:
        """A constant, summed over the processes."""
        x = x.detach().clone()
        if self.count > 1:
            distributed.all_reduce(x)
        return x

    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace gradients by their means over the processes."""
        if self.count == 1:
            return
        held = [parameter for parameter in parameters if parameter.requires_grad]
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in held]
        whole = self.total(torch.cat([gradient.flatten() for gradient in gradients])) / self.count
        sizes = [gradient.numel() for gradient in gradients]
        for parameter, gradient in zip(held, torch.split(whole, sizes), strict=True):
            parameter.grad = gradient.view_as(parameter)

    def means(self, values: dict[str, float]) -> dict[str, float]:
        """Figures that every process has, averaged over them."""
        if self.count == 1:
            return values
        sums = self.total(torch.tensor(list(values.values()), dtype=torch.float64))
        return dict(zip(values, (sums / self.count).tolist(), strict=True))

    def from_main(self, find: Callable[[], Found]) -> Found:
        """What the main process finds, sent to all."""
        found: list[Found | None] = [find() if self.is_main else None]
        if self.count > 1:
            distributed.broadcast_object_list(found)
        return found[0]  # type: ignore[return-value]

    def main_first(self, make: Callable[[], Found]) -> Found:
        """What each makes for itself, the main process before the others, which find on disk what it wrote."""
        if self.count == 1:
            return make()
        if self.is_main:
            made = make()
            distributed.barrier()
            return made
        distributed.barrier()
        return make()


ALONE = Processes()


@contextmanager
def joined_processes(device: torch.device) -> Iterator[tuple[Processes, torch.device]]:
    """Join the processes that `torchrun` started, if it did, and leave them together at the end.

    A process that ends without leaving is now and then aborted by the threads of its connections, after its work.

    Args:
        device: where the user wants to train; without a number `cuda` becomes each process's own card.

    Yields:
        The processes and this one's device.

    Raises:
        UsageError: the user named one card for all processes.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield ALONE, device
        return
    if device.type == "cuda":
        if str(device) != "cuda":
            raise UsageError(f"{count} processes cannot share {device}; use --device cuda")
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=TIMEOUT)
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size()), device
        distributed.barrier()  # who leaves first would cut off those that still wait for its part
    finally:
        distributed.destroy_process_group()
