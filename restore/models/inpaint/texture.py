"""Borrowed texture: the grain of the known picture, mirrored into the hole.

The sparse fill leaves the middle of a wide hole smooth, and a network learns detail only slowly. Grain, grass and
cloth look alike on both sides of a hole's rim, though: so the fine detail of the picture is folded over the rim, each
pixel of the hole taking the detail found as far beyond its nearest known pixel as it lies on this side. The generator
receives it and decides, pixel by pixel, how much of it to add to its fill. Pure torch.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

DETAIL = 5
"""Side in pixels of the box blur that is taken twice; detail is what it removes."""
RIM = 4.0
"""Pixels from the rim over which texture fades in: there the fill is better, and a thin scratch needs none."""


@torch.no_grad()
def borrowed_texture(picture: Tensor, hole: Tensor) -> Tensor:
    """Fine detail for the inside of a hole.

    Args:
        picture: `(B, 3, H, W)`, range 0..1, its hole filled.
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        `(B, 3, H, W)`, about -0.3..0.3; zero outside the hole and just inside, and everywhere if nothing is known.
    """
    batch, _, height, width = picture.shape
    detail = (picture - _blurred(picture)) * (1 - hole)
    row, column = nearest_known(hole)
    rows = torch.arange(height, device=hole.device)[:, None]
    columns = torch.arange(width, device=hole.device)
    place = _folded(2 * row - rows, height) * width + _folded(2 * column - columns, width)
    taken = detail.flatten(2).gather(2, place.reshape(batch, 1, -1).expand(-1, 3, -1))
    depth = torch.hypot((row - rows).float(), (column - columns).float())[:, None]
    return taken.reshape(picture.shape) * ((depth - 1) / RIM).clamp(0, 1)


def nearest_known(hole: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of the known pixel nearest to each pixel, by jump flooding (Rong and Tan, I3D 2006).

    Args:
        hole: `(B, 1, H, W)`, 1 inside the hole and 0 outside.

    Returns:
        Two `(B, H, W)` int64; a known pixel is its own nearest, and so is every pixel if none is known. Rarely a
        pixel hardly farther than the nearest is given.
    """
    batch, _, height, width = hole.shape
    rows = torch.arange(height, device=hole.device)[:, None].expand(height, width)
    columns = torch.arange(width, device=hole.device).expand(height, width)
    inside = hole[:, 0] > 0
    far = float(4 * (height + width) ** 2)
    row, column = rows.expand(batch, -1, -1).clone(), columns.expand(batch, -1, -1).clone()
    distance = torch.where(inside, far, 0.0)
    jump = 1 << max(0, max(height, width) - 1).bit_length()
    while jump >= 1:
        for down in (-jump, 0, jump):
            for right in (-jump, 0, jump):
                if not (down or right) or abs(down) >= height or abs(right) >= width:
                    continue
                to = (..., slice(max(0, -down), height - max(0, down)), slice(max(0, -right), width - max(0, right)))
                of = (..., slice(max(0, down), height + min(0, down)), slice(max(0, right), width + min(0, right)))
                other_row, other_column = row[of].clone(), column[of].clone()
                through = ((other_row - rows[to[1:]]).square() + (other_column - columns[to[1:]]).square()).float()
                nearer = (distance[of] < far) & (through < distance[to])
                row[to] = torch.where(nearer, other_row, row[to])
                column[to] = torch.where(nearer, other_column, column[to])
                distance[to] = torch.where(nearer, through, distance[to])
        jump //= 2
    return row, column


def _blurred(picture: Tensor) -> Tensor:
    for _ in range(2):
        picture = F.avg_pool2d(F.pad(picture, (DETAIL // 2,) * 4, mode="replicate"), DETAIL, stride=1)
    return picture


def _folded(place: Tensor, length: int) -> Tensor:
    """Places beyond either end of 0..length-1 folded back."""
    period = max(1, 2 * length - 2)
    place = place.abs() % period
    return torch.where(place >= length, period - place, place).clamp(0, length - 1)
