import threading

import pytest
import torch

from restore.devices import MemoryFallback, autocast, is_out_of_memory, pick_device
from restore.errors import RestoreError, UsageError

GPU, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.fixture
def no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("no_accelerator")
def test_without_accelerator_auto_is_the_cpu() -> None:
    assert pick_device("auto") == CPU
    assert pick_device("cpu") == CPU


@pytest.mark.usefixtures("no_accelerator")
@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps"])
def test_a_missing_device_says_how_to_go_on(name: str) -> None:
    with pytest.raises(UsageError, match=r"not available.*--device auto or cpu"):
        pick_device(name)


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cpu:1", "", "meta"])
def test_an_unknown_device_lists_the_known(name: str) -> None:
    with pytest.raises(UsageError, match="choose auto, cpu, cuda"):
        pick_device(name)


def test_cuda_is_preferred_and_its_number_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device("auto") == GPU
    assert pick_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(UsageError, match="cuda:0 to cuda:1"):
        pick_device("cuda:2")


def test_the_cpu_computes_in_float32() -> None:
    with autocast(CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_what_counts_as_out_of_memory() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("expected scalar type Float"))


class Scarce:
    """Work that runs `capacity` times at once on the graphics card, and once on the CPU if it `fits_cpu`."""

    def __init__(self, capacity: int, fits_cpu: bool = True) -> None:
        self.capacity, self.fits_cpu = capacity, fits_cpu
        self.lock, self.running = threading.Lock(), 0
        self.barrier = threading.Event()

    def __call__(self, job: int, device: torch.device) -> tuple[int, str]:
        with self.lock:
            self.running += 1
            full = self.running > self.capacity if device.type == "cuda" else not self.fits_cpu
        try:
            if full:
                self.barrier.set()
                raise torch.OutOfMemoryError("out of memory")
            self.barrier.wait(0.05)
            return job, device.type
        finally:
            with self.lock:
                self.running -= 1


def results_and_notes(
    fallback: MemoryFallback, work: Scarce, **options: int
) -> tuple[list[tuple[int, str]], list[str]]:
    notes: list[str] = []
    return list(fallback.run(work, range(6), notify=notes.append, **options)), notes


def test_with_enough_memory_nothing_is_noted() -> None:
    results, notes = results_and_notes(MemoryFallback(GPU, 3), Scarce(capacity=3))
    assert results == [(job, "cuda") for job in range(6)]
    assert notes == []


def test_fewer_at_once_then_one_then_the_cpu_each_noted_once() -> None:
    fallback = MemoryFallback(GPU, 4)
    results, notes = results_and_notes(fallback, Scarce(capacity=0))
    assert results == [(job, "cpu") for job in range(6)]
    assert [line.split(": going on ")[1] for line in notes] == ["with 2", "with 1", "on the CPU, which is slower"]
    assert fallback.device == CPU
    assert results_and_notes(fallback, Scarce(capacity=0))[1] == [], "it stays down, and says nothing more"


def test_one_at_a_time_may_be_enough() -> None:
    fallback = MemoryFallback(GPU, 2)
    results, notes = results_and_notes(fallback, Scarce(capacity=1))
    assert results == [(job, "cuda") for job in range(6)]
    assert len(notes) == 1
    assert fallback.at_once == 1


def test_a_limit_from_outside_is_kept() -> None:
    assert results_and_notes(MemoryFallback(GPU, 4), Scarce(capacity=1), at_once=1)[1] == []


def test_no_memory_on_the_cpu_is_an_error() -> None:
    with pytest.raises(RestoreError, match="not enough memory"):
        results_and_notes(MemoryFallback(CPU, 1), Scarce(capacity=0, fits_cpu=False))


def test_an_operation_that_mps_lacks_goes_to_the_cpu() -> None:
    def work(job: int, device: torch.device) -> str:
        if device.type == "mps":
            raise NotImplementedError("aten::_fft_r2c is not implemented for MPS")
        return device.type

    notes: list[str] = []
    assert list(MemoryFallback(torch.device("mps"), 1).run(work, [1, 2], notify=notes.append)) == ["cpu", "cpu"]
    assert notes == ["mps lacks an operation: going on on the CPU, which is slower"]


def test_other_errors_pass() -> None:
    def work(job: int, device: torch.device) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        list(MemoryFallback(CPU, 2).run(work, [1, 2, 3], notify=lambda line: None))
