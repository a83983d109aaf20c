"""From the rim inwards: what reaches the rim goes on, and a seed asks for something else."""

import torch

from restore.models.inpaint.patches import Size
from restore.models.inpaint.peeling import peel


def stripes(hole: torch.Tensor) -> Size:
    """Slanting stripes, nothing but black inside the hole."""
    rows, columns = torch.arange(48)[:, None], torch.arange(56)
    picture = ((rows + 2 * columns) % 8 < 4).float().expand(1, 3, -1, -1).clone()
    picture[..., hole] = 0
    return Size.of(picture, hole, 1)


def square() -> torch.Tensor:
    hole = torch.zeros(48, 56, dtype=torch.bool)
    hole[18:30, 22:34] = True
    return hole


def test_stripes_go_on_through_the_hole() -> None:
    size = stripes(square())
    filled = size.composed(peel(size))
    rows, columns = torch.arange(48)[:, None], torch.arange(56)
    truth = ((rows + 2 * columns) % 8 < 4).float().expand(1, 3, -1, -1)
    assert torch.equal(filled, truth)


def test_what_lies_inside_the_hole_is_not_looked_at() -> None:
    first, second = stripes(square()), stripes(square())
    second.picture[..., second.hole] = torch.rand(3, int(second.hole.sum()), generator=torch.Generator().manual_seed(1))
    assert torch.equal(peel(first), peel(second))


def test_a_hole_at_the_border_and_one_of_most_of_the_picture() -> None:
    hole = torch.zeros(48, 56, dtype=torch.bool)
    hole[:, :36] = True
    size = stripes(hole)
    places = peel(size)
    assert size.is_source[places].all()
    assert size.composed(places)[..., :36].mean().item() > 0.3


def test_a_seed_asks_for_another_fill() -> None:
    picture = torch.rand(1, 3, 48, 56, generator=torch.Generator().manual_seed(4))
    size = Size.of(picture, square(), 1)
    likeliest, other = peel(size), peel(size, 1)
    assert torch.equal(likeliest, peel(size, 0))
    assert torch.equal(other, peel(size, 1))
    assert (likeliest != other).float().mean() > 0.1
