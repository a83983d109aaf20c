import numpy as np
import pytest
import torch

from restore.tiling import cross_fade, pad_to_multiple


@pytest.mark.parametrize(("size", "padded"), [((1, 1), (16, 16)), ((16, 32), (16, 32)), ((17, 5), (32, 16))])
def test_padding_repeats_the_edge_and_undoes_itself(size: tuple[int, int], padded: tuple[int, int]) -> None:
    x = torch.rand(2, 3, *size)
    y, undo = pad_to_multiple(x, 16)
    assert tuple(y.shape[-2:]) == padded
    assert torch.equal(undo(y), x)
    assert torch.equal(y[..., -1, -1], x[..., -1, -1])
    assert torch.equal(undo(y[:, :1]), x[:, :1])


def test_padding_keeps_to_the_minimum() -> None:
    assert tuple(pad_to_multiple(torch.zeros(1, 1, 3, 3), 16, minimum=40)[0].shape[-2:]) == (48, 48)


def test_neighbouring_tiles_add_up_to_one() -> None:
    left = cross_fade(0, 116, None, 100, 32)
    middle = cross_fade(84, 216, 100, 200, 32)
    right = cross_fade(184, 230, 200, None, 32)
    total = np.zeros(230)
    total[0:116] += left
    total[84:216] += middle
    total[184:230] += right
    np.testing.assert_allclose(total, 1, atol=1e-6)
    assert left[99] == pytest.approx(0.5 + 0.5 / 32)
    assert left[0] == right[-1] == 1
