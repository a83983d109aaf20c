"""The fixed-point layers: integers in NumPy agree to the bit, however the computation is arranged."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from restore.codecs.network.exact import (
    ACTIVATION,
    LIMIT,
    Depthwise,
    ExactBlock,
    ExactSequence,
    Pointwise,
    exact_device,
    round_and_clamp,
)
from restore.errors import WeightsError
from tests.support.models.integers import reference


def network(strength: float = 1.7) -> ExactSequence:
    torch.manual_seed(5)
    layers = ExactSequence(
        Pointwise(24, 32), ExactBlock(32), Pointwise(32, 64), nn.PixelShuffle(2), ExactBlock(16), Pointwise(16, 20)
    )
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.mul_(strength)
    return layers.eval()


def picture(batch: int = 2) -> Tensor:
    values = 3 * torch.randn(batch, 24, 7, 9, generator=torch.Generator().manual_seed(8))
    return round_and_clamp(values.double() * ACTIVATION)


def plain(layers: ExactSequence, x: Tensor) -> Tensor:
    return layers.exact(x)


def channels_last(layers: ExactSequence, x: Tensor) -> Tensor:
    return layers.to(memory_format=torch.channels_last).exact(x.contiguous(memory_format=torch.channels_last))


def on_threads(count: int, layers: ExactSequence, x: Tensor) -> Tensor:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        return layers.exact(x)
    finally:
        torch.set_num_threads(before)


one_thread, two_threads = partial(on_threads, 1), partial(on_threads, 2)


def without_mkldnn(layers: ExactSequence, x: Tensor) -> Tensor:
    before = torch.backends.mkldnn.set_flags(_enabled=False)[0]
    try:
        return layers.exact(x)
    finally:
        torch.backends.mkldnn.set_flags(_enabled=before)


def one_by_one(layers: ExactSequence, x: Tensor) -> Tensor:
    return torch.cat([layers.exact(part[None]) for part in x])


def under_autocast(layers: ExactSequence, x: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return layers.exact(x)


def on_cuda(layers: ExactSequence, x: Tensor) -> Tensor:
    return layers.cuda().exact(x.cuda()).cpu()


WAYS = [plain, channels_last, one_thread, two_threads, without_mkldnn, one_by_one, under_autocast]
WAYS += [on_cuda] if torch.cuda.is_available() else []


@pytest.mark.parametrize("way", WAYS)
@torch.no_grad()
def test_every_way_of_computing_gives_the_integers_of_numpy(way: Callable[[ExactSequence, Tensor], Tensor]) -> None:
    layers, x = network(), picture()
    wanted = reference(layers, x.numpy().astype(np.int64))
    assert np.array_equal(way(layers, x).numpy(), wanted.astype(np.float64))
    assert np.abs(wanted).max() > 1000
    assert len(np.unique(wanted)) > 500


@torch.no_grad()
def test_fixed_point_follows_the_trained_float_network() -> None:
    layers, x = network(1.0), picture()
    exact = layers.exact(x) / ACTIVATION
    close = layers((x / ACTIVATION).float()).double()
    inside = close.abs() < 0.9 * LIMIT / ACTIVATION
    assert inside.float().mean() > 0.95
    assert (exact - close)[inside].abs().mean() < 0.02


@torch.no_grad()
def test_overflow_is_clamped_and_not_wrapped() -> None:
    layer = Pointwise(4, 1)
    layer.weight.fill_(7.9)
    layer.bias.zero_()  # type: ignore[union-attr]
    x = torch.full((1, 4, 1, 1), float(LIMIT), dtype=torch.float64)
    assert layer.exact(x).item() == LIMIT
    assert layer.exact(-x).item() == -LIMIT


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 8.1])
def test_weights_that_fixed_point_cannot_hold_are_refused(bad: float) -> None:
    for layer in (Pointwise(3, 3), Depthwise(3)):
        with torch.no_grad():
            layer.weight[0, 0, 0, 0] = bad
        with pytest.raises(WeightsError, match="fixed point"):
            layer.exact(torch.zeros(1, 3, 2, 2, dtype=torch.float64))


def test_sums_too_long_to_be_exact_are_refused() -> None:
    with pytest.raises(ValueError, match="stay exact up to 1024"):
        Pointwise(1025, 3)


def test_a_device_without_float64_leaves_the_integers_to_the_cpu() -> None:
    assert exact_device(torch.device("mps")) == torch.device("cpu")
    assert exact_device(torch.device("cuda:1")) == torch.device("cuda:1")
