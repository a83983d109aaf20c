"""Costs: a known sleep, a known allocation, and networks that run side by side."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from restore.evaluation import measure as module
from restore.evaluation.measure import describe_device, measure, union_length

CPU = torch.device("cpu")


class Sleeper(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        time.sleep(0.1)
        return x


class Other(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        time.sleep(0.1)
        return x


def test_only_the_named_kind_of_network_counts_as_network_time() -> None:
    ours, other = Sleeper(), Other()
    cost = measure(lambda: other(ours(torch.zeros(1))), device=CPU, network=Sleeper)
    assert cost.result.shape == (1,)
    assert 0.1 <= cost.network_seconds < 0.2 <= cost.seconds
    assert cost.device_memory is None


def test_networks_side_by_side_count_once() -> None:
    network = Sleeper()

    def both() -> None:
        threads = [threading.Thread(target=network, args=(torch.zeros(1),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    cost = measure(both, device=CPU, network=Sleeper)
    assert 0.1 <= cost.network_seconds <= cost.seconds


def test_spans_are_merged() -> None:
    assert union_length([]) == 0
    assert union_length([(5, 6), (0, 4), (1, 2), (3, 4.5)]) == 5.5


def test_nothing_is_measured_after_the_call() -> None:
    measure(lambda: None, device=CPU, network=Sleeper)
    assert not nn.modules.module._global_forward_hooks
    assert not nn.modules.module._global_forward_pre_hooks


def test_memory_is_the_peak_of_this_call_even_when_freed_within_it() -> None:
    def allocate(mib: int) -> None:
        block = np.ones(mib * 2**20, np.uint8)
        del block

    large = measure(lambda: allocate(200), device=CPU, network=Sleeper)
    small = measure(lambda: allocate(40), device=CPU, network=Sleeper)
    if Path("/proc/self/clear_refs").exists():
        assert large.memory == pytest.approx(200, abs=10)
        assert small.memory == pytest.approx(40, abs=10)
    else:
        assert large.memory is small.memory is None


def test_memory_that_numpy_and_torch_take_outside_python_is_seen() -> None:
    cost = measure(lambda: torch.ones(30 * 2**20 // 4).sum().item(), device=CPU, network=Sleeper)
    assert cost.memory is None or cost.memory == pytest.approx(30, abs=10)


def test_where_the_peak_cannot_be_reset_there_is_no_figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "PROCESS", tmp_path / "missing")
    cost = measure(lambda: 7, device=CPU, network=Sleeper)
    assert cost.result == 7
    assert cost.memory is None


def test_a_processor_is_described_with_its_threads() -> None:
    threads = torch.get_num_threads()
    assert describe_device(CPU).endswith(f", {threads} thread{'' if threads == 1 else 's'}")
