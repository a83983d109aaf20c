"""What `--profile` measures: counted work, time that is waited, kinds of operations; and crops that can be changed."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from restore.training.engine import profiling
from restore.training.engine.profiling import Speed, kinds_of, matrix_rate, report, speed_of, table

CPU = torch.device("cpu")


class Products:
    """A recipe of one product of matrices a step, 32x64 by 64x`side`, and slow data."""

    def __init__(self, wait: float = 0.0) -> None:
        self.device, self.feed, self.wait = CPU, None, wait
        self.shape = (16, 2)

    feed: Iterator[Any] | None

    @property
    def crops(self) -> tuple[int, int]:
        return self.shape

    def change_crops(self, side: int, batch: int) -> None:
        self.shape, self.feed = (side, batch), None

    def step(self, step: int, share: float) -> dict[str, Tensor]:
        if self.feed is None:
            self.feed = iter(lambda: time.sleep(self.wait) or 1, None)
        next(self.feed)
        return {"loss": (torch.ones(32, 64) @ torch.ones(64, self.shape[0])).mean()}


def test_the_work_of_a_step_is_counted_and_the_wait_for_data_timed() -> None:
    found = speed_of(Products(wait=0.02))
    assert (found.side, found.batch) == (16, 2)
    assert found.work == 2 * 32 * 64 * 16
    assert 0.02 <= found.waited <= found.seconds


def test_crops_and_pixels_a_second() -> None:
    found = Speed(side=100, batch=4, seconds=0.5, waited=0.0, work=1e9)
    assert (found.crops, found.pixels) == (8, 80_000)
    assert list(table([found], rate=4e9))[1].split() == ["100", "4", "0.500", "8.0", "0.08", "50%"]


def test_time_is_told_apart_by_kind() -> None:
    shares = kinds_of(Products(), 0)
    assert sum(shares.values()) == pytest.approx(1)
    assert {"convolutions and products", "elementwise"} <= set(shares)


def test_a_matrix_rate_is_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some machine multiplies a hundred million times a second, and none of ours a quadrillion times."""
    monkeypatch.setitem(profiling.MATRIX_SIDE, "cpu", 256)
    assert 1e8 < matrix_rate(CPU) < 1e15


def test_the_report_ends_with_crops_that_a_cpu_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(profiling.MATRIX_SIDE, "cpu", 256)
    lines = list(report(Products()))
    assert [line.split()[0] for line in lines[:5]] == ["matrix", "a", "crops", "data", "time"]
    assert [line.split()[:2] for line in lines[6:-1]] == [["16", "2"], *([str(a), str(b)] for a, b in profiling.SHAPES)]
    assert lines[-1].startswith("most pixels a second: --set crop=")
