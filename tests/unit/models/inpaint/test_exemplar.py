"""The exemplar fill: textures go on, everything else stays, and the same call gives the same bits."""

import pytest
import torch

from restore.models.inpaint.exemplar import FARTHEST, distance_inside, exemplar_fill, halvings, surroundings
from restore.pipelines.inpaint.inpainter import Inpainter

Case = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def square(side: int, first: int, last: int) -> torch.Tensor:
    hole = torch.zeros(1, 1, side, side)
    hole[..., first:last, first:last] = 1
    return hole


@pytest.fixture(scope="module")
def weave() -> Case:
    """A weave of period 12 and 10 px in two colours, its hole filled with their mean; truth, filled, hole."""
    rows, columns = torch.arange(112)[:, None], torch.arange(112)
    threads = ((rows % 12 < 6) ^ (columns % 10 < 5)).float()
    truth = torch.stack([0.2 + 0.6 * threads, 0.7 - 0.4 * threads, 0.3 + 0.1 * threads])[None]
    hole = square(112, 40, 72)
    return truth, torch.where(hole > 0, truth.mean((2, 3), keepdim=True), truth), hole


def test_a_texture_goes_on(weave: Case) -> None:
    truth, smooth, hole = weave
    filled = exemplar_fill(smooth, hole)
    inside = (hole > 0).expand_as(truth)
    before, after = ((picture - truth)[inside].square().mean() for picture in (smooth, filled))
    assert after < 0.1 * before
    assert torch.equal(filled[~inside], truth[~inside])
    assert filled.min() >= truth.min() - 1e-6
    assert filled.max() <= truth.max() + 1e-6


def test_the_same_bits_on_any_number_of_threads(weave: Case) -> None:
    _, smooth, hole = weave
    before = torch.get_num_threads()
    results = []
    for count in (1, 3, 1):
        torch.set_num_threads(count)
        results.append(exemplar_fill(smooth, hole))
    torch.set_num_threads(before)
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])


@pytest.mark.parametrize("hole", [torch.zeros(1, 1, 40, 40), torch.ones(1, 1, 40, 40), square(40, 4, 36)])
def test_a_picture_without_hole_or_without_pieces_stays(hole: torch.Tensor) -> None:
    picture = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    assert torch.equal(exemplar_fill(picture, hole), picture)


@pytest.mark.parametrize("size", [(33, 90), (61, 47), (24, 24)])
def test_any_size(size: tuple[int, int]) -> None:
    picture = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
    hole = torch.zeros(1, 1, *size)
    hole[..., 2:13, 4:16] = 1
    filled = exemplar_fill(picture, hole)
    assert filled.shape == picture.shape
    assert torch.equal(torch.where(hole > 0, picture, filled), picture)


def test_depth_counts_steps_to_the_rim() -> None:
    depth = distance_inside(square(9, 2, 7)[0, 0] > 0)
    assert depth[4].tolist() == [0, 0, 1, 2, 3, 2, 1, 0, 0]
    assert distance_inside(torch.ones(4, 4, dtype=torch.bool)).min() == FARTHEST


def test_halvings() -> None:
    assert [halvings(square(40, 8, 8 + side)[0, 0] > 0) for side in (0, 1, 2, 4, 7, 16, 24)] == [0, 0, 1, 2, 2, 3, 4]


def test_distances_are_exact() -> None:
    """Integers whose squares add up to less than float32 holds exactly, for the most different pictures there are."""
    black, white = torch.zeros(400, 3), torch.ones(400, 3)
    checks = ((torch.arange(20)[:, None] + torch.arange(20)) % 2).float().flatten()[:, None].expand(-1, 3)
    found = [surroundings(colours.contiguous(), 20, 20) for colours in (black, white, checks, 1 - checks)]
    for one in found:
        assert torch.equal(one, one.round())
        for other in found:
            assert (one - other).square().sum(1).max() < 2**24


def test_pieces_are_for_wide_holes_only() -> None:
    """A scratch stays as the network makes it, a wide hole does not, and nothing outside changes."""
    rows, columns = torch.arange(112)[:, None], torch.arange(112)
    picture = (255 * (0.2 + 0.6 * ((rows % 8 < 4) ^ (columns % 6 < 3)).float())).byte()
    picture = picture[..., None].expand(-1, -1, 3).contiguous().numpy()
    scratch, wide = torch.zeros(112, 112, dtype=torch.bool), torch.zeros(112, 112, dtype=torch.bool)
    scratch[20:90, 50:56], wide[40:72, 40:72] = True, True
    fill = Inpainter({}, "cpu")
    plain, pieces = (fill(picture, scratch.numpy(), exemplar=exemplar, dilate=0) for exemplar in (False, True))
    assert (plain == pieces).all()
    plain, pieces = (fill(picture, wide.numpy(), exemplar=exemplar, dilate=0) for exemplar in (False, True))
    assert (pieces[~wide.numpy()] == picture[~wide.numpy()]).all()
    assert (plain != pieces)[wide.numpy()].any()
