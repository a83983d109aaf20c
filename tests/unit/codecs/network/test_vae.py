"""The codec's network: untrained it is the linear transform, and impossible shapes are refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from restore.codecs.network.vae import VAE, VAEConfig, lambda_of, principal_components
from restore.errors import WeightsError
from tests.support.models.codec import TINY, waves


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
    with pytest.raises(ValueError, match="13 directions are more than the 12 values"):
        principal_components(torch.rand(50, 3, 2, 2), 13)


def test_the_untrained_network_is_the_linear_transform() -> None:
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


def test_the_untrained_networks_error_is_a_uniform_quantisers() -> None:
    """At the gain 50 sqrt(lambda) a latent errs by 1/12 of a squared step."""
    vae = VAE(replace(TINY, latents=32), waves(32), torch.ones(32)).eval()
    blocks = torch.einsum("nk,kcij->ncij", torch.randn(600, 32, generator=torch.Generator().manual_seed(2)), waves(32))
    x = 0.5 + blocks.reshape(20, 30, 3, 16, 16).permute(2, 0, 3, 1, 4).reshape(1, 3, 320, 480)
    with torch.inference_mode():
        coded = vae(x, torch.tensor([50.0]))
    step = 1 / (50 * float(lambda_of(torch.tensor(50.0))) ** 0.5)
    error = float((coded.x_hat - x).square().sum()) / (600 * 32)
    assert error == pytest.approx(step**2 / 12, rel=0.02)


def test_a_configuration_too_wide_for_exact_sums_is_refused() -> None:
    with pytest.raises(WeightsError, match="narrower"):
        VAEConfig(features=600, context=600)
