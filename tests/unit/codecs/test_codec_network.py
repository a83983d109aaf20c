"""The codec's network and its tiles: born classical, the same in parts as in one piece."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.header import Box, TileCode
from restore.codecs.latents import LatentCoder
from restore.codecs.model import load_model, save_model
from restore.codecs.network.vae import VAE, VAEConfig, lambda_of, principal_components
from restore.codecs.tiles import Codec
from restore.errors import WeightsError
from restore.pretrained import Weights, read_weights
from tests.codec_models import TINY, short_tables, tiny_model, tiny_vae, waves

CPU = torch.device("cpu")


def smooth(height: int, width: int, seed: int = 5) -> np.ndarray:
    """A picture of `(height, width, 3)` uint8 with structure at several scales."""
    random = torch.Generator().manual_seed(seed)
    layers = [
        torch.nn.functional.interpolate(
            torch.rand(1, 3, 2 + height // step, 2 + width // step, generator=random), (height, width), mode="bilinear"
        )
        for step in (3, 17, 90)
    ]
    levels = (255 * (0.2 * layers[0] + 0.3 * layers[1] + 0.5 * layers[2])).round().byte()
    return np.ascontiguousarray(levels[0].permute(1, 2, 0).numpy())


def test_principal_components_find_the_directions_a_mixture_was_made_of() -> None:
    random = torch.Generator().manual_seed(1)
    directions = waves(6)
    amounts = torch.tensor([3.0, 2.0, 1.0, 0.5, 0.2, 0.1])
    blocks = torch.einsum("nk,kcij->ncij", torch.randn(20_000, 6, generator=random) * amounts, directions)
    found, deviations = principal_components(blocks, 5)
    alike = torch.einsum("acij,bcij->ab", found, directions).abs()
    assert torch.allclose(alike.diagonal(), torch.ones(5), atol=0.02)
    assert torch.allclose(deviations, amounts[:5], rtol=0.03)


def test_more_components_than_values_are_refused() -> None:
    with pytest.raises(ValueError, match="has no 13 directions"):
        principal_components(torch.rand(50, 3, 2, 2), 13)


def test_the_newborn_network_is_the_linear_transform() -> None:
    """Analysis is the projection on the components, synthesis its transpose: written out here with NumPy."""
    config = replace(TINY, latents=24)
    directions = waves(24)
    vae = VAE(config, directions, torch.ones(24)).eval()
    blocks = np.random.default_rng(0).normal(0, 1, (2, 3, 24)) @ directions.numpy().reshape(24, -1) / 20
    picture = blocks.reshape(2, 3, 3, 16, 16).transpose(2, 0, 3, 1, 4).reshape(1, 3, 32, 48) + 0.5
    x = torch.from_numpy(picture).float()
    with torch.inference_mode():
        y = vae.analyse(x)
        wanted = (blocks.reshape(6, -1) @ directions.numpy().reshape(24, -1).T).reshape(2, 3, 24).transpose(2, 0, 1)
        assert np.allclose(y[0].numpy(), wanted, atol=1e-5)
        quality = torch.tensor([60.0])
        gain = 50 * float(lambda_of(quality)) ** 0.5
        assert torch.allclose(vae.synthesise(y * gain, quality), x, atol=1e-5)


def test_the_newborn_networks_error_is_a_uniform_quantisers() -> None:
    """At the gain 50 sqrt(lambda) a latent errs by 1/12 of a squared step."""
    vae = VAE(replace(TINY, latents=32), waves(32), torch.ones(32)).eval()
    blocks = torch.einsum("nk,kcij->ncij", torch.randn(600, 32, generator=torch.Generator().manual_seed(2)), waves(32))
    x = 0.5 + blocks.reshape(20, 30, 3, 16, 16).permute(2, 0, 3, 1, 4).reshape(1, 3, 320, 480)
    with torch.inference_mode():
        coded = vae(x, torch.tensor([50.0]))
    step = 1 / (50 * float(lambda_of(torch.tensor(50.0))) ** 0.5)
    error = float((coded.x_hat - x).square().sum()) / (600 * 32)
    assert error == pytest.approx(step**2 / 12, rel=0.02)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (17, 15), (67, 131), (5, 200)])
@pytest.mark.parametrize("deep", [False, True])
def test_any_size_and_depth_comes_back_in_its_size_and_depth(size: tuple[int, int], deep: bool) -> None:
    codec = Codec(tiny_model(), CPU)
    pixels = smooth(*size)
    given = pixels.astype(np.uint16) * 257 if deep else pixels
    tiles = codec.encode(given, 60 * 256)
    shown = codec.decode(codec.header(given, 60 * 256), dict(enumerate(tiles)))
    assert shown.shape == given.shape
    assert shown.dtype == given.dtype


def test_tiles_show_no_seams_and_regions_are_crops() -> None:
    """Tiled analysis and synthesis against the network run on the whole picture at once."""
    codec, vae = Codec(tiny_model(), CPU), tiny_vae()
    pixels = smooth(1060, 1100)
    header = codec.header(pixels, 70 * 256)
    coded = dict(enumerate(codec.encode(pixels, 70 * 256)))
    assert len(coded) == 4
    whole = codec.decode(header, coded)
    with torch.inference_mode():
        x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
        y = vae.analyse(torch.nn.functional.pad(x, (0, 4, 0, 12), mode="replicate"))
        parts = [codec.analyse(pixels, rect) for rect in header.tiles]
        joined = torch.cat([torch.cat(parts[:2], 3), torch.cat(parts[2:], 3)], 2)
        assert torch.allclose(joined, y, atol=1e-4)
        coder = LatentCoder(vae, short_tables())
        hats = [coder.decode(coded[number], rect, 70 * 256) for number, rect in enumerate(header.tiles)]
        y_hat = torch.cat([torch.cat(hats[:2], 3), torch.cat(hats[2:], 3)], 2).float() / 16
        shown = vae.synthesise(y_hat, torch.tensor([70.0]))[0, :, :1060, :1100]
    levels = (shown.clamp(0, 1) * 255).round().permute(1, 2, 0).numpy().astype(int)
    assert np.abs(whole.astype(int) - levels).max() <= 1
    for region in (Box(1000, 1010, 60, 45), Box(0, 0, 7, 5), Box(1023, 300, 2, 1)):
        part = codec.decode(header, coded, region)
        wanted = whole[region.top : region.top + region.height, region.left : region.left + region.width]
        assert np.abs(part.astype(int) - wanted).max() <= 1


def test_a_lost_tile_is_flat_and_leaves_its_neighbours_alone() -> None:
    codec = Codec(tiny_model(), CPU)
    pixels = smooth(40, 1500)
    header = codec.header(pixels, 70 * 256)
    coded = dict(enumerate(codec.encode(pixels, 70 * 256)))
    whole, damaged = codec.decode(header, coded), codec.decode(header, {1: coded[1]})
    assert np.array_equal(whole[:, 1024 + 32 :], damaged[:, 1024 + 32 :])
    assert np.array_equal(damaged[:, 160:800], damaged[:, 176:816]), "zero latents look alike everywhere"
    assert np.abs(whole[:, :900].astype(int) - damaged[:, :900]).mean() > 5


def test_damage_that_checksums_let_pass_is_an_error_and_never_a_picture() -> None:
    coder = LatentCoder(tiny_vae(), short_tables())
    y = 0.3 * torch.randn(1, 12, 6, 6, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        tile = coder.encode(y, 12_000, 0).tile
        rect = Box(0, 0, 96, 96)
        for place in range(len(tile.code)):
            changed = bytearray(tile.code)
            changed[place] ^= 0x10
            with pytest.raises(ContainerError, match="damaged"):
                coder.decode(TileCode(0, tile.channels, tile.symbols_check, bytes(changed)), rect, 12_000)
        with pytest.raises(ContainerError, match="the model has 12"):
            coder.decode(replace(tile, channels=14), rect, 12_000)
        with pytest.raises(ContainerError, match="other symbols"):
            coder.decode(replace(tile, symbols_check=tile.symbols_check ^ 1), rect, 12_000)


def test_another_quality_than_the_encoders_is_noticed() -> None:
    coder = LatentCoder(tiny_vae(), short_tables())
    y = 0.3 * torch.randn(1, 12, 6, 6, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        tile = coder.encode(y, 12_000, 0).tile
        with pytest.raises(ContainerError, match="damaged"):
            coder.decode(tile, Box(0, 0, 96, 96), 2_000)


def saved(tmp_path, vae: VAE) -> Weights:
    save_model(tmp_path / "codec.safetensors", vae.state_dict(), TINY, {}, short_tables())
    return read_weights(tmp_path / "codec.safetensors")


def test_the_hash_names_what_decoding_depends_on_and_nothing_else(tmp_path) -> None:
    before = load_model(saved(tmp_path, tiny_vae()))
    encoder, decoder = tiny_vae(), tiny_vae()
    with torch.no_grad():
        encoder.h_a[0].weight.add_(0.5)
        decoder.entropy.beside.weight[0, 0, 0, 0] += 0.5
    assert load_model(saved(tmp_path, encoder)).hash == before.hash
    assert load_model(saved(tmp_path, decoder)).hash != before.hash
    assert before.number == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "inpaint.generator"}, "not of the codec"),
        ({"config": {"width": 9}}, "do not fit"),
        ({"config": {"breadth": 8}}, "do not fit"),
        ({"config": {"latents": 11}}, "even number of latents"),
        ({"config": {"width": 0}}, "impossible width"),
        ({"config": {"model": -1}}, "no number of a model"),
        ({"tensors": {"tables.counts": torch.ones(4)}}, "tables are damaged"),
        ({"tensors": {"tables.sizes": torch.tensor([3], dtype=torch.int32)}}, "tables are damaged"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path, changes: dict, message: str) -> None:
    weights = saved(tmp_path, tiny_vae())
    for name, change in changes.items():
        value = change if isinstance(change, str) else {**getattr(weights, name), **change}
        weights = replace(weights, **{name: value})
    with pytest.raises(WeightsError, match=message):
        load_model(weights)


def test_a_configuration_too_wide_for_exact_sums_is_refused() -> None:
    with pytest.raises(WeightsError, match="narrower"):
        VAEConfig(features=600, context=600)
