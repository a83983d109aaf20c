"""Layers of several networks: what they compute does not depend on how they are computed."""

import pytest
import torch

from restore.models.layers import GatedBlock, Pointwise


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("size", [(1, 6, 5, 7), (2, 6, 1, 1), (1, 6, 40, 33)])
def test_a_pointwise_layer_is_a_matrix_times_each_pixel(
    size: tuple[int, int, int, int], layout: torch.memory_format
) -> None:
    torch.manual_seed(0)
    layer = Pointwise(6, 4)
    x = torch.rand(size).contiguous(memory_format=layout).requires_grad_()
    expected = torch.einsum("oi,bihw->bohw", layer.weight[:, :, 0, 0], x) + layer.weight.new_tensor(
        layer.bias.tolist() if layer.bias is not None else []
    ).view(-1, 1, 1)
    made = layer(x)
    assert torch.allclose(made, expected, atol=1e-5)
    (slope,) = torch.autograd.grad(made.square().sum(), x)
    (expected_slope,) = torch.autograd.grad(expected.square().sum(), x)
    assert torch.allclose(slope, expected_slope, atol=1e-4)


def test_a_gated_block_leaves_its_input_and_learns_through_both_branches() -> None:
    torch.manual_seed(0)
    block = GatedBlock(8)
    x = torch.rand(2, 8, 9, 6).contiguous(memory_format=torch.channels_last)
    before = x.clone()
    made = block(x)
    assert torch.equal(x, before)
    made.square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in block.parameters())
    with torch.inference_mode():
        assert torch.allclose(block(x), made, atol=1e-5)
        assert torch.equal(x, before)


def test_an_identity_block_gives_its_input_back() -> None:
    block = GatedBlock(8)
    block.make_identity()
    x = torch.rand(1, 8, 4, 5)
    assert torch.equal(block(x), x)
