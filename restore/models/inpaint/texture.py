"""Borrowed texture: the grain of the known picture, mirrored into the hole.

The sparse fill leaves the middle of a wide hole smooth, and a network learns detail only slowly. Grain, grass and
cloth look alike on both sides of a hole's rim, though: so the fine detail of the picture is folded over the rim, each
pixel of the hole taking the detail found as far beyond its nearest known pixel as it lies on this side. The generator
receives it and decides, pixel by pixel, how much of it to add to its fill. Pure torch.
"""

import torch
from torch import Tensor

from restore.models.filters import box_mean

DETAIL = 5
"""Side in pixels of the box blur that is taken twice; detail is what it removes."""
RIM = 4.0
"""Pixels from the rim over which texture fades in: there the fill is better, and a thin scratch needs none."""
MANY = 0.2
"""Share of all pixels from which on it pays to look for the nearest known ones for all at once."""


@torch.no_grad()
def borrowed_texture(picture: Tensor, hole: Tensor) -> Tensor:
    """Fine detail for the inside of a hole.

    Args:
        picture: `(B, 3, H, W)`, range 0..1, its hole filled.
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        `(B, 3, H, W)`, about -0.3..0.3; zero outside the hole and just inside, and everywhere if nothing is known.
    """
    height, width = picture.shape[-2:]
    picture = picture.contiguous()
    detail = (picture - box_mean(box_mean(picture, DETAIL), DETAIL)) * (1 - hole)
    row, column = nearest_known(hole)
    where = (hole[:, 0] > 0).nonzero(as_tuple=True)
    image, down, right = where
    nearest_down, nearest_right = row[where], column[where]
    depth = torch.hypot((nearest_down - down).float(), (nearest_right - right).float())
    taken = detail[image, :, _folded(2 * nearest_down - down, height), _folded(2 * nearest_right - right, width)]
    texture = torch.zeros_like(picture)
    texture[image, :, down, right] = taken * ((depth - 1) / RIM).clamp(0, 1)[:, None]
    return texture


def nearest_known(hole: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of the known pixel nearest to each pixel, exactly.

    First the nearest in each column is found; then a hole's pixels look left and right for a column that holds a nearer
    one, and are done when the next column is as far as what they have. So it takes a time in proportion to the hole's
    area and depth, and none for what is known.

    Args:
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        Two `(B, H, W)` int64; a known pixel is its own nearest, and so is every pixel if none is known. Of several as
        near, it is the leftmost.
    """
    batch, _, height, width = hole.shape
    inside = hole[:, 0] > 0
    rows = torch.arange(height, device=hole.device)[:, None].expand(height, width)
    far = 2 * (height + width)
    above = torch.where(inside, -far, rows).cummax(1).values
    below = torch.where(inside, far, rows).flip(1).cummin(1).values.flip(1)
    row = torch.where(rows - above <= below - rows, above, below)
    columns = torch.arange(width, device=hole.device)
    # A squared distance and a column in one number: the smaller number is the nearer, or more to the left.
    nearest = (row - rows).square() * width + columns
    looking = inside & inside.logical_not().any(2, keepdim=True).any(1, keepdim=True)
    best, reach = _looked_around(nearest, looking)
    found = torch.where(looking, best % width, columns).view(-1)
    place = (looking & (best >= reach * reach * width)).view(-1).nonzero()[:, 0]
    own = place % width
    nearest, best, first, looked = nearest.view(-1), best.view(-1)[place], place - own, 0
    for further in range(reach, width):
        away = further * further * width
        if further >= 1.25 * looked:
            done = best < away
            found[place[done]] = best[done] % width
            place, own, first, best = (values[~done] for values in (place, own, first, best))
            looked = further
            if not len(place):
                break
        for column in ((own - further).clamp_(min=0), (own + further).clamp_(max=width - 1)):
            best = torch.minimum(best, nearest[column.add_(first)].add_(away))
    found[place] = best % width
    column = found.view(batch, height, width)
    whole = inside.flatten(1).all(1)[:, None, None]
    return torch.where(whole, rows, row.gather(2, column)), column


def _looked_around(nearest: Tensor, wanted: Tensor) -> tuple[Tensor, int]:
    """Look left and right for all pixels at once, which takes a fraction of the time of picking them, while many look.

    Args:
        nearest: `(B, H, W)`: what `nearest_known` compares, of each pixel's own column.
        wanted: `(B, H, W)` bool: the pixels that look.

    Returns:
        `(B, H, W)`: the least found, and the first distance in columns that was not looked at.
    """
    best, reach, looked, width = nearest.clone(), 1, 0, nearest.shape[2]
    while reach < width:
        away = reach * reach * width
        if reach >= 1.25 * looked:
            looked = reach
            if int((wanted & (best >= away)).count_nonzero()) < MANY * wanted.numel():
                break
        for to, of in ((best[..., reach:], nearest[..., :-reach]), (best[..., :-reach], nearest[..., reach:])):
            torch.minimum(to, of + away, out=to)
        reach += 1
    return best, reach


def _folded(place: Tensor, length: int) -> Tensor:
    """Places beyond either end of 0..length-1 folded back."""
    period = max(1, 2 * length - 2)
    place = place.abs() % period
    return torch.where(place >= length, period - place, place).clamp(0, length - 1)
