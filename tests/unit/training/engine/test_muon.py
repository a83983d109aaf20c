"""Muon: steps are orthogonal, and it learns what it is given."""

import pytest
import torch
from torch import nn

from restore.training.engine.muon import Muon, is_matrix, orthogonalised


@pytest.mark.parametrize("shape", [(16, 16), (48, 20), (20, 48)])
def test_singular_values_are_brought_near_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    values = torch.linalg.svdvals(orthogonalised(matrix))
    assert 0.5 < values.min() <= values.max() < 1.3


def test_the_scale_of_a_gradient_does_not_matter_and_zero_stays_zero() -> None:
    matrix = torch.randn(16, 24, generator=torch.Generator().manual_seed(4))
    assert torch.allclose(orthogonalised(matrix), orthogonalised(1e-4 * matrix), atol=1e-4)
    assert not orthogonalised(torch.zeros(16, 24)).any()


def test_only_whole_matrices_are_taken() -> None:
    assert is_matrix(nn.Conv2d(16, 32, 1).weight)
    assert is_matrix(nn.Conv2d(16, 16, 2).weight)
    assert not is_matrix(nn.Conv2d(32, 32, 3, groups=32).weight)
    assert not is_matrix(nn.Conv2d(16, 3, 3).weight)
    assert not is_matrix(torch.zeros(64))


def test_it_finds_a_linear_map() -> None:
    torch.manual_seed(0)
    layer, wanted = nn.Conv2d(16, 16, 1, bias=False), torch.randn(16, 16, 1, 1)
    layer.to(memory_format=torch.channels_last)
    optimiser = Muon(layer.parameters(), lr=0.2)
    for step in range(150):
        optimiser.param_groups[0]["lr"] = 0.2 * (1 - step / 150)
        optimiser.zero_grad()
        (layer.weight - wanted).square().mean().backward()
        optimiser.step()
    assert (layer.weight - wanted).abs().max() < 0.1


def test_a_closure_is_refused() -> None:
    with pytest.raises(ValueError, match="no closure"):
        Muon(nn.Conv2d(16, 16, 1).parameters(), lr=0.1).step(lambda: 0.0)
