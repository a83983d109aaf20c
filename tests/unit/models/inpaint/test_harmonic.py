"""The harmonic fill: known solutions of Laplace's equation, untouched pixels, any size."""

import pytest
import torch

from restore.models.inpaint.harmonic import harmonic_fill, hole_depth


def ramp(height: int, width: int) -> torch.Tensor:
    """A plane, which solves Laplace's equation: every hole in it has one right answer."""
    rows = torch.linspace(0.1, 0.6, height)[:, None]
    columns = torch.linspace(0.0, 0.3, width)[None]
    return torch.stack([rows + columns, 0.9 - rows - columns, rows + 0 * columns])[None]


def test_a_plane_is_continued_through_the_hole() -> None:
    image = ramp(96, 80)
    hole = torch.zeros(1, 1, 96, 80)
    hole[..., 30:60, 20:55] = 1
    filled = harmonic_fill(torch.where(hole > 0, 0.0, image), hole, sweeps=40)
    assert (filled - image).abs().max() < 0.01


def test_a_fill_stays_within_its_rim() -> None:
    image = torch.full((1, 3, 40, 40), 0.25)
    image[..., 20:] = 0.75
    hole = torch.zeros(1, 1, 40, 40)
    hole[..., 10:30, 10:30] = 1
    filled = harmonic_fill(image, hole)
    assert filled.min() > 0.2
    assert filled.max() < 0.8
    assert filled[0, 0, 20, 11] < 0.4
    assert filled[0, 0, 20, 28] > 0.6


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (9, 1), (2, 2), (17, 31), (64, 64)])
def test_every_size_is_filled_from_the_one_known_pixel(height: int, width: int) -> None:
    image = torch.rand(1, 3, height, width)
    hole = torch.ones(1, 1, height, width)
    hole[..., 0, 0] = 0
    filled = harmonic_fill(image, hole)
    assert torch.allclose(filled, image[..., :1, :1].expand_as(filled), atol=1e-5)


def test_nothing_known_becomes_mid_grey() -> None:
    assert torch.equal(
        harmonic_fill(torch.rand(1, 3, 12, 20), torch.ones(1, 1, 12, 20)), torch.full((1, 3, 12, 20), 0.5)
    )


def test_depth_is_one_outside_and_falls_inwards() -> None:
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 8:56, 8:56] = 1
    depth = hole_depth(hole)
    assert torch.equal(depth[hole == 0], torch.ones(int((hole == 0).sum())))
    assert depth[0, 0, 32, 10] > depth[0, 0, 32, 20] > depth[0, 0, 32, 31] > 0
    assert depth[0, 0, 32, 31] == pytest.approx(torch.e ** (-24 / 16), rel=0.2)
