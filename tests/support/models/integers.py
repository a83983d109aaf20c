"""The entropy networks once more, in NumPy's 64-bit integers, written from `codecs/FORMAT.md` alone.

What the tests compare the product's float64 arithmetic with; it shares no code with it but the weights.
"""

import numpy as np
from torch import Tensor, nn

from restore.codecs.network.entropy import EntropyNetworks
from restore.codecs.network.exact import LIMIT, Depthwise, ExactBlock, ExactSequence, Pointwise
from restore.codecs.network.quality import QualityRows

Whole = np.ndarray


def rounded_shift(x: Whole, bits: int) -> Whole:
    return np.clip((x + (1 << (bits - 1))) >> bits, -LIMIT, LIMIT)


def whole(values: Tensor, bits: int) -> Whole:
    return np.floor(values.detach().double().numpy() * 2.0**bits + 0.5).astype(np.int64)


def reference_pointwise(layer: nn.Conv2d, x: Whole) -> Whole:
    assert layer.bias is not None
    summed = np.einsum("oi,bihw->bohw", whole(layer.weight, 12)[:, :, 0, 0], x)
    return rounded_shift(summed + whole(layer.bias, 20)[:, None, None], 12)


def reference_depthwise(layer: nn.Conv2d, x: Whole) -> Whole:
    assert layer.bias is not None
    weight, padded = whole(layer.weight, 12)[:, 0], np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    height, width = x.shape[-2:]
    summed = np.zeros_like(x) + whole(layer.bias, 20)[:, None, None]
    for row in range(3):
        for column in range(3):
            summed += weight[:, row, column, None, None] * padded[..., row : row + height, column : column + width]
    return rounded_shift(summed, 12)


def reference_block(block: ExactBlock, x: Whole) -> Whole:
    entered = reference_pointwise(block.enter, x)
    spread = reference_depthwise(block.depthwise, np.maximum(entered, entered >> 3))
    x = np.clip(x + reference_pointwise(block.leave, spread), -LIMIT, LIMIT)
    gate, value = np.split(reference_pointwise(block.expand, x), 2, axis=1)
    opened = np.clip((gate >> 2) + 128, 0, 256)
    product = rounded_shift(opened * value, 8)
    return np.clip(x + reference_pointwise(block.contract, product), -LIMIT, LIMIT)


def reference(layers: ExactSequence, x: Whole) -> Whole:
    """The same network in 64-bit integers, from the description in `exact.py`."""
    for layer in layers:
        if isinstance(layer, Pointwise):
            x = reference_pointwise(layer, x)
        elif isinstance(layer, Depthwise):
            x = reference_depthwise(layer, x)
        elif isinstance(layer, ExactBlock):
            x = reference_block(layer, x)
        else:
            batch, channels, height, width = x.shape
            x = x.reshape(batch, channels // 4, 2, 2, height, width).transpose(0, 1, 4, 2, 5, 3)
            x = x.reshape(batch, channels // 4, 2 * height, 2 * width)
    return x


def reference_row(rows: QualityRows, quality: int) -> Whole:
    node = min(quality // 3200, 7)
    place = quality - 3200 * node
    low, high = whole(rows.values, 8)[node : node + 2]
    return ((low * (3200 - place) + high * place + 1600) // 3200)[:, None, None]


def clipped(x: Whole) -> Whole:
    return np.clip(x, -LIMIT, LIMIT)


def table_number(raw: Whole) -> Whole:
    return np.clip((raw + 8) >> 4, 0, 63)


def anchor_positions(height: int, width: int) -> Whole:
    return np.add.outer(np.arange(height), np.arange(width)) % 2 == 0


def pass_positions(height: int, width: int, number: int) -> Whole:
    """The positions that the pass of this number, from 0 on, codes."""
    rows, columns = np.indices((height, width))
    on_rows, on_columns = rows % 4 == 0, columns % 4 == 0
    between_rows, between_columns = rows % 4 == 2, columns % 4 == 2
    return (
        between_rows & between_columns,
        (on_rows & between_columns) | (between_rows & on_columns),
        (rows % 2 == 1) & (columns % 2 == 1),
    )[number]


def first_positions(height: int, width: int) -> Whole:
    rows, columns = np.indices((height, width))
    return (rows % 4 == 0) & (columns % 4 == 0)


def refined(networks: EntropyNetworks, features: Whole, y_hat: Whole, mean: Whole, raw: Whole) -> tuple[Whole, Whole]:
    """Mean and scale, refined by the passes in the leading channels."""
    mean, raw, lead = mean.copy(), raw.copy(), slice(0, networks.leading)
    height, width = y_hat.shape[-2:]
    known = first_positions(height, width)
    for number, network in enumerate(networks.refinements):
        stride = 1 if number == 2 else 2
        decoded = clipped(np.where(known, y_hat[:, lead], 0))[..., ::stride, ::stride]
        near = reference(network.near, np.concatenate([decoded, np.abs(decoded)], axis=1))
        inputs = np.concatenate([features[..., ::stride, ::stride], near], axis=1)
        more_mean, more_scale = np.split(reference(network.second, inputs), 2, axis=1)
        more_mean = more_mean + reference_depthwise(network.beside, decoded)
        coded = pass_positions(height, width, number)
        here = coded[::stride, ::stride]
        for values, more in ((mean, more_mean), (raw, more_scale)):
            lattice = values[:, lead, ::stride, ::stride]
            lattice[...] = np.where(here, clipped(lattice + more), lattice)
        known = known | coded
    return mean, raw


def reference_predictions(networks: EntropyNetworks, z: Whole, y_hat: Whole, quality: int) -> tuple[Whole, Whole]:
    """Means and tables of all latents, from z `(1, Z, ., .)` and the whole y_hat `(1, M, h, w)` in sixteenths."""
    height, width = y_hat.shape[-2:]
    features = reference(networks.h_s, clipped(256 * z))[..., :height, :width]
    features = clipped(features + reference_row(networks.rate, quality))
    mean, scale = np.split(reference(networks.first, features), 2, axis=1)
    raw = clipped(scale + reference_row(networks.start, quality))
    anchors = anchor_positions(height, width)
    decoded = clipped(np.where(anchors, y_hat, 0))
    near = reference(networks.near, np.concatenate([decoded, np.abs(decoded)], axis=1))
    more_mean, more_scale = np.split(reference(networks.second, np.concatenate([features, near], axis=1)), 2, axis=1)
    other_mean = clipped(mean + more_mean + reference_depthwise(networks.beside, decoded))
    other_raw = clipped(raw + more_scale)
    first_mean, first_raw = refined(networks, features, y_hat, mean, raw)
    return np.where(anchors, first_mean, other_mean), table_number(np.where(anchors, first_raw, other_raw))
