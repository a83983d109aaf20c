"""A hole put together from pieces: textures go on, everything else stays, and the same call gives the same bits."""

import pytest
import torch

from restore.models.inpaint import pieces
from restore.models.inpaint.pieces import fill_with_pieces
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
    made = fill_with_pieces(smooth, hole)
    inside = (hole > 0).expand_as(truth)
    before, after = ((picture - truth)[inside].square().mean() for picture in (smooth, made.picture))
    assert after < 0.1 * before
    assert torch.equal(made.picture[~inside], truth[~inside])
    assert made.picture.min() >= 0
    assert made.picture.max() <= 1


def test_a_size_too_large_to_search_takes_places_and_tones_from_the_one_before(
    weave: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth, smooth, hole = weave
    whole = fill_with_pieces(smooth, hole)
    monkeypatch.setattr(pieces, "MOST_SEARCHED", 56 * 56)
    made = fill_with_pieces(smooth, hole)
    inside = (hole > 0).expand_as(truth)
    assert torch.equal(made.picture[~inside], truth[~inside])
    assert not torch.equal(made.picture, whole.picture)
    before, after = ((picture - truth)[inside].square().mean() for picture in (smooth, made.picture))
    assert after < 0.3 * before


@pytest.mark.parametrize("slope", [0.0, 0.5])
def test_a_horizon_goes_on(slope: float) -> None:
    """Earth under sky, level or sloping: the edge meets itself across the hole, and no fog lies between."""
    rows, columns = torch.arange(128)[:, None], torch.arange(128)
    truth = torch.where(rows > 64 + slope * (columns - 64), 0.2, 0.8).expand(1, 3, -1, -1).contiguous()
    hole = square(128, 44, 84)
    made = fill_with_pieces(torch.where(hole > 0, 0.5, truth), hole)
    inside = (hole > 0).expand_as(truth)
    assert ((made.picture - truth)[inside].abs() < 0.1).float().mean() > 0.9


def test_the_same_bits_on_any_number_of_threads(weave: Case) -> None:
    _, smooth, hole = weave
    before = torch.get_num_threads()
    results = []
    for count in (1, 3, 1):
        torch.set_num_threads(count)
        results.append(fill_with_pieces(smooth, hole).picture)
    torch.set_num_threads(before)
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])


def test_another_seed_gives_another_fill_of_a_higher_cost_and_the_same_one_the_same() -> None:
    picture = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(3))
    hole = square(96, 36, 60)
    made = [fill_with_pieces(picture, hole, seed) for seed in (0, 1, 2, 1)]
    assert torch.equal(made[1].picture, made[3].picture)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert not torch.equal(made[first].picture, made[second].picture)
    assert all(one.cost > 0 for one in made)


@pytest.mark.parametrize("hole", [torch.zeros(1, 1, 40, 40), torch.ones(1, 1, 40, 40), square(40, 4, 36)])
def test_a_picture_without_hole_or_without_pieces_stays(hole: torch.Tensor) -> None:
    picture = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    made = fill_with_pieces(picture, hole)
    assert torch.equal(made.picture, picture)
    assert made.cost == 0


@pytest.mark.parametrize("size", [(33, 90), (61, 47), (24, 24), (7, 200)])
def test_any_size_and_a_hole_at_the_border(size: tuple[int, int]) -> None:
    picture = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
    hole = torch.zeros(1, 1, *size)
    hole[..., 0:13, 0:16] = 1
    filled = fill_with_pieces(picture, hole).picture
    assert filled.shape == picture.shape
    assert torch.equal(torch.where(hole > 0, picture, filled), picture)


def test_pieces_are_for_wide_holes_only() -> None:
    """A scratch stays as the network makes it, a wide hole does not, and nothing outside changes."""
    rows, columns = torch.arange(112)[:, None], torch.arange(112)
    picture = (255 * (0.2 + 0.6 * ((rows % 8 < 4) ^ (columns % 6 < 3)).float())).byte()
    picture = picture[..., None].expand(-1, -1, 3).contiguous().numpy()
    scratch, wide = torch.zeros(112, 112, dtype=torch.bool), torch.zeros(112, 112, dtype=torch.bool)
    scratch[20:90, 50:56], wide[40:72, 40:72] = True, True
    fill = Inpainter({}, "cpu")
    plain, auto, alone = (fill(picture, scratch.numpy(), fill=way, dilate=0) for way in ("smooth", "auto", "pieces"))
    assert (plain == auto).all()
    assert (plain == alone).all()
    plain, auto, alone = (fill(picture, wide.numpy(), fill=way, dilate=0) for way in ("smooth", "auto", "pieces"))
    for made in (auto, alone):
        assert (made[~wide.numpy()] == picture[~wide.numpy()]).all()
        assert (plain != made)[wide.numpy()].any()
