"""The sparse fill: patterns carried through a hole, untouched pixels (of the harmonic fill too), any size."""

import math
from collections.abc import Callable

import pytest
import torch

from restore.models.inpaint import sparse
from restore.models.inpaint.harmonic import harmonic_fill
from restore.models.inpaint.sparse import sparse_fill

Fill = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def test_stripes_are_carried_through_a_scratch() -> None:
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(128.0), indexing="ij")
    stripes = (0.5 + 0.4 * torch.cos((x + 0.4 * y) / 3)).expand(1, 3, 96, 128).contiguous()
    hole = torch.zeros(1, 1, 96, 128)
    hole[..., 40:44, :] = 1

    def error(filled: torch.Tensor) -> float:
        return float(((filled - stripes).abs() * hole).sum() / (3 * hole.sum()))

    assert error(sparse_fill(stripes, hole)) < 0.3 * error(harmonic_fill(stripes, hole))


@pytest.mark.parametrize("size", [(37, 70), (33, 47)])
@pytest.mark.parametrize("fill", [sparse_fill, harmonic_fill])
def test_known_pixels_are_untouched_and_the_hole_is_not_read(fill: Fill, size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(1)
    image = torch.rand(2, 3, *size, generator=generator)
    hole = (torch.rand(2, 1, *size, generator=generator) > 0.6).float()
    filled = fill(image, hole)
    assert torch.equal(filled * (1 - hole), image * (1 - hole))
    assert torch.equal(filled, fill(torch.where(hole > 0, 7.0, image), hole))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (33, 2), (64, 64)])
def test_a_flat_picture_stays_flat_at_every_size(height: int, width: int) -> None:
    image = torch.full((1, 3, height, width), 0.7)
    hole = torch.zeros(1, 1, height, width)
    hole[..., : height // 2, :] = 1
    assert torch.allclose(sparse_fill(image, hole), image, atol=1e-4)


def test_directions_are_distinguished() -> None:
    """A diagonal edge under a scratch goes on along its own diagonal: twice as near as the harmonic fill."""
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    edge = torch.sigmoid((x - y) * 2).expand(1, 3, 96, 96).contiguous()
    hole = torch.zeros(1, 1, 96, 96)
    hole[..., 45:51, :] = 1
    wrong = [((fill(edge, hole) - edge).square() * hole).sum() for fill in (sparse_fill, harmonic_fill)]
    assert wrong[0] < 0.25 * wrong[1]


def test_a_picture_is_filled_alike_alone_and_in_a_batch() -> None:
    generator = torch.Generator().manual_seed(3)
    images = torch.rand(3, 3, 50, 70, generator=generator)
    holes = (torch.rand(3, 1, 50, 70, generator=generator) > 0.7).float()
    together = sparse_fill(images, holes)
    alone = torch.cat([sparse_fill(images[k : k + 1], holes[k : k + 1]) for k in range(3)])
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("side", [16, 32])
def test_weak_waves_are_those_of_the_complex_fourier_transform(side: int) -> None:
    """A plane wave over noise, wholly inside the hole: it stays, and the noise that torch.fft finds weak goes."""
    generator = torch.Generator().manual_seed(5)
    place = torch.arange(side, dtype=torch.float64)
    wave = torch.cos(2 * math.pi * (3 * place[:, None] - 2 * place) / side)
    block = 0.3 + wave + 0.2 * torch.rand(3, side, side, generator=generator, dtype=torch.float64)
    picture = torch.zeros(1, 4, 3 * side, 3 * side, dtype=torch.float64)
    middle = (0, slice(None), slice(side, 2 * side), slice(side, 2 * side))
    picture[middle] = torch.cat((block, torch.ones(1, side, side, dtype=torch.float64)))

    sparse._Blocks(picture, side).drop_weak_waves(1.0, 0, 0)

    window = torch.sin(math.pi * (place + 0.5) / side)
    window = window[:, None] * window
    mean = (block * window).sum((1, 2), keepdim=True) / window.sum()
    waves = torch.fft.fft2((block - mean) * window, norm="ortho")
    strong = waves.abs().square().sum(0).sqrt() > 1.0
    assert 2 <= strong.sum() < side**2 / 4
    weak = torch.fft.ifft2(waves * ~strong, norm="ortho").real * window
    assert torch.allclose(picture[middle][:3], block - weak, atol=1e-9)


def test_how_many_blocks_go_at_once_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(4)
    image = torch.rand(1, 3, 90, 70, generator=generator)
    hole = torch.zeros(1, 1, 90, 70)
    hole[..., 20:60, 30:35] = 1
    together = sparse_fill(image, hole)
    monkeypatch.setattr(sparse, "CACHED", 1)
    assert torch.allclose(sparse_fill(image, hole), together, atol=1e-5)


@pytest.mark.parametrize("place", [8, 15, 16, 31, 32, 55])
def test_a_single_pixel_is_filled_wherever_it_lies(place: int) -> None:
    """Grids leave out blocks that it lies at the border of: some block always takes it."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    stripes = (0.5 + 0.4 * torch.cos(1.2 * x + 0.3 * y)).expand(1, 3, 64, 64).contiguous()
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., place, place] = 1
    wrong = [((fill(stripes, hole) - stripes).abs() * hole).sum() for fill in (sparse_fill, harmonic_fill)]
    assert wrong[0] < 0.5 * wrong[1]
