"""The entropy networks: the same integers however they are computed, and in training what coding does."""

import math
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.tables import RATIO, SMALLEST_SCALE, gaussian_tables, scales
from restore.codecs.latents import LatentCoder
from restore.codecs.model import load_model
from restore.codecs.network.entropy import PER_UNIT, gaussian_bits
from restore.codecs.network.exact import ACTIVATION
from restore.codecs.network.quality import QualityRows
from restore.codecs.network.vae import VAE
from restore.errors import WeightsError
from restore.pretrained import read_weights
from tests.support.models.codec import short_tables, tiny_vae
from tests.support.models.integers import reference_predictions, reference_row

QUALITY = 10_000
SIZE = (7, 10)


def latents(seed: int = 1, size: tuple[int, int] = SIZE) -> torch.Tensor:
    falling = torch.logspace(0, -1.2, 12)[None, :, None, None]
    return falling * torch.randn(1, 12, *size, generator=torch.Generator().manual_seed(seed))


def digest(vae: VAE, y: torch.Tensor) -> tuple[bytes, int, int]:
    """Code, check of the symbols and check of y_hat."""
    with torch.inference_mode():
        coded = LatentCoder(vae, short_tables()).encode_latents(y, QUALITY, 0)
    return coded.tile.code, coded.tile.symbols_check, zlib.crc32(coded.y_hat.cpu().contiguous().numpy().tobytes())


@pytest.mark.parametrize("quality", [0, 1, 3199, 3200, 10_000, 25_599, 25_600])
def test_rows_are_interpolated_in_integers(quality: int) -> None:
    rows = QualityRows(torch.randn(9, 40, generator=torch.Generator().manual_seed(4)))
    exact = rows.exact(quality, torch.device("cpu"))
    assert np.array_equal(exact.numpy(), reference_row(rows, quality))
    close = rows(torch.tensor([quality / 256]))[0]
    assert (exact / ACTIVATION - close).abs().max() < 1 / ACTIVATION


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 200.0])
def test_rows_that_fixed_point_cannot_hold_are_refused(bad: float) -> None:
    values = torch.zeros(9, 3)
    values[4, 1] = bad
    with pytest.raises(WeightsError, match="fixed point"):
        QualityRows(values).exact(4 * 3200, torch.device("cpu"))


def test_a_tile_is_decoded_as_numpy_integers_predict_it() -> None:
    vae, y = tiny_vae(), latents()
    coder = LatentCoder(vae, short_tables())
    with torch.inference_mode():
        tile = coder.encode_latents(y, QUALITY, 0)
        gained = y * torch.exp(vae.log_gains(torch.tensor([QUALITY / 256])))
        z = torch.round(vae.hyper_analyse(gained)).numpy().astype(np.int64)
        y_hat = tile.y_hat.numpy().astype(np.int64)
        mean, tables = reference_predictions(vae.entropy, z, y_hat, QUALITY)
        features = vae.entropy.exact_features(torch.from_numpy(z).double(), QUALITY, SIZE)
        so_far, times = torch.zeros_like(tile.y_hat), np.zeros(y_hat.shape[1:], int)
        for group in vae.entropy.exact_groups(features, QUALITY, so_far):
            positions, prediction = group.positions.numpy(), group.prediction
            for predicted, wanted in ((prediction.mean, mean), (prediction.table, tables)):
                assert np.array_equal(predicted[0].numpy()[:, positions], wanted[0, group.channels][:, positions])
            so_far[0, group.channels][:, group.positions] = tile.y_hat[0, group.channels][:, group.positions]
            times[group.channels, positions] += 1
    assert (times == 1).all()
    used = slice(0, tile.tile.channels)
    assert ((y_hat - mean)[:, used] % 16 == 0).all()
    assert len(np.unique(tables)) > 15
    assert np.abs(mean).max() > 16


def on_threads(count: int, vae: VAE, y: torch.Tensor) -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        return digest(vae, y)
    finally:
        torch.set_num_threads(before)


def channels_last(vae: VAE, y: torch.Tensor) -> object:
    vae.entropy.to(memory_format=torch.channels_last)
    return digest(vae, y)


def without_mkldnn(vae: VAE, y: torch.Tensor) -> object:
    before = torch.backends.mkldnn.set_flags(_enabled=False)[0]
    try:
        return digest(vae, y)
    finally:
        torch.backends.mkldnn.set_flags(_enabled=before)


WAYS = [partial(on_threads, 1), partial(on_threads, 3), channels_last, without_mkldnn]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_coding_writes_the_same_bytes(way: Callable[[VAE, torch.Tensor], object]) -> None:
    assert way(tiny_vae(), latents()) == digest(tiny_vae(), latents())


DECODES = """
import sys, zlib, torch
from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.header import TileCode
from restore.codecs.latents import LatentCoder
from restore.codecs.model import load_model
from restore.pretrained import read_weights
from pathlib import Path
model = load_model(read_weights(Path(sys.argv[3])))
tile = TileCode(0, int(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer.read())
with torch.inference_mode():
    y_hat = LatentCoder(model.vae, model.tables).decode_latents(tile, Box(0, 0, 160, 112), 10_000)
print(torch.backends.cpu.get_cpu_capability(), zlib.crc32(y_hat.contiguous().numpy().tobytes()))
"""


@pytest.mark.parametrize("settings", [{"ATEN_CPU_CAPABILITY": "default"}, {"ONEDNN_MAX_CPU_ISA": "SSE41"}, {}])
def test_a_machine_with_other_instructions_decodes_the_same_latents(
    settings: dict[str, str], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repository / "tests" / "golden" / "codec" / "model-0.safetensors"
    model = load_model(read_weights(path))
    with torch.inference_mode():
        coded = LatentCoder(model.vae, model.tables).encode_latents(latents(), QUALITY, 0)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(repository))
    arguments = [sys.executable, "-c", DECODES, str(coded.tile.channels), str(coded.tile.symbols_check), str(path)]
    done = subprocess.run(arguments, input=coded.tile.code, capture_output=True, check=True, cwd=repository)
    capability, check = done.stdout.decode().split()
    assert int(check) == zlib.crc32(coded.y_hat.contiguous().numpy().tobytes())
    if "ATEN_CPU_CAPABILITY" in settings:
        assert capability == "DEFAULT", "the test did not test it"


def test_tiles_are_coded_independently() -> None:
    coder = LatentCoder(tiny_vae(), short_tables())
    with torch.inference_mode():
        tiles = [coder.encode_latents(latents(seed), QUALITY, seed) for seed in range(3)]
        for coded in reversed(tiles):
            assert torch.equal(coder.decode_latents(coded.tile, Box(0, 0, 160, 112), QUALITY), coded.y_hat)


def fitting_vae(x: torch.Tensor) -> VAE:
    """A tiny network whose scales fit a picture: escapes cost more than the training graph estimates."""
    vae = tiny_vae(strength=0.1)
    with torch.no_grad():
        deviations = vae.analyse(x).std((0, 2, 3)).clamp(min=0.002)
        numbers = (vae.log_gains.values + torch.log(deviations) - math.log(SMALLEST_SCALE)) / RATIO
        vae.entropy.start.values.copy_(numbers.clamp(0, 63) / PER_UNIT)
    return vae


@pytest.mark.parametrize("quality", [20.0, 37.5, 90.0])
def test_the_training_graph_estimates_the_bits_that_are_written(quality: float) -> None:
    """Within one percent; what is compared is rounded alike, so nothing but the arithmetic may differ."""
    x = torch.rand(1, 3, 192, 256, generator=torch.Generator().manual_seed(2))
    x = 0.4 * x + 0.6 * torch.nn.functional.avg_pool2d(x, 9, 1, 4)
    vae = fitting_vae(x)
    with torch.inference_mode():
        estimated = float(vae(x, torch.tensor([quality])).bits)
        coder = LatentCoder(vae, gaussian_tables())
        tile = coder.encode_latents(vae.analyse(x), round(256 * quality), 0).tile
    assert tile.channels == 12
    assert 8 * len(tile.code) == pytest.approx(estimated, rel=0.01, abs=40)


def test_the_estimate_without_coding_agrees_with_the_code() -> None:
    coder = LatentCoder(tiny_vae(), short_tables())
    with torch.inference_mode():
        bits, y_hat = coder.estimate_bits(latents(), QUALITY)
        coded = coder.encode_latents(latents(), QUALITY, 0)
    assert torch.equal(y_hat, coded.y_hat)
    assert 8 * len(coded.tile.code) == pytest.approx(bits, rel=0.001, abs=40)


def test_a_tile_without_latents_costs_nothing() -> None:
    coder = LatentCoder(tiny_vae(), short_tables())
    with torch.inference_mode():
        coded = coder.encode_latents(torch.zeros(1, 12, *SIZE), QUALITY, 0)
        assert (coded.tile.channels, coded.tile.code) == (0, b"")
        assert not coder.decode_latents(coded.tile, Box(0, 0, 160, 112), QUALITY).any()


def test_estimated_bits_are_those_of_the_tables() -> None:
    tables, deviations = gaussian_tables(), scales()
    for number in (3, 20, 40):
        reach = tables.reach(number)
        likely = np.arange(
            -min(reach, int(3 * deviations[number]) + 1), min(reach, int(3 * deviations[number]) + 1) + 1
        )
        bits = gaussian_bits(torch.tensor(likely).double(), torch.tensor(float(number)).double())
        assert np.allclose(bits.numpy(), tables.bits(number)[likely + reach], atol=0.01)


def test_the_gradient_of_the_bits_does_not_vanish_far_out() -> None:
    residual = torch.tensor([40.0, -40.0], requires_grad=True)
    table = torch.tensor([2.0, 2.0], requires_grad=True)
    torch.autograd.backward(gaussian_bits(residual, table).sum())
    assert residual.grad is not None
    assert table.grad is not None
    assert torch.isfinite(residual.grad).all()
    assert residual.grad[0] > 0 > residual.grad[1]
    assert (table.grad < -1).all()
