"""Borrowed texture: nearest known pixels, the mirror at the rim, nothing invented where nothing is known."""

import numpy as np
import pytest
import torch

from restore.models.inpaint.texture import borrowed_texture, nearest_known


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (24, 17), (40, 40)])
def test_the_nearest_known_pixel_is_found(height: int, width: int) -> None:
    hole = (torch.rand(2, 1, height, width, generator=torch.Generator().manual_seed(height)) < 0.9).float()
    hole[..., 0, 0] = 0
    row, column = nearest_known(hole)
    for index in range(2):
        known = np.argwhere(hole[index, 0].numpy() == 0)
        y, x = np.mgrid[:height, :width]
        nearest = np.sqrt(((np.stack([y, x], -1)[:, :, None] - known) ** 2).sum(-1)).min(-1)
        found = np.hypot(row[index].numpy() - y, column[index].numpy() - x)
        assert not hole[index, 0][row[index], column[index]].any()
        assert np.abs(found - nearest).max() < 1e-6


def test_a_whole_picture_of_a_batch_may_be_unknown() -> None:
    hole = torch.ones(2, 1, 6, 7)
    hole[1, 0, 2, 3] = 0
    row, column = nearest_known(hole)
    assert torch.equal(row[0], torch.arange(6)[:, None].expand(6, 7))
    assert torch.equal(column[0], torch.arange(7).expand(6, 7))
    assert (row[1] == 2).all()
    assert (column[1] == 3).all()


def test_of_equally_near_pixels_the_leftmost_is_taken() -> None:
    hole = torch.zeros(1, 1, 9, 9)
    hole[..., 2:7, 2:7] = 1
    row, column = nearest_known(hole)
    assert (int(row[0, 4, 4]), int(column[0, 4, 4])) == (4, 1)


def test_where_nothing_is_known_there_is_no_texture() -> None:
    row, column = nearest_known(torch.ones(1, 1, 5, 6))
    assert torch.equal(row[0], torch.arange(5)[:, None].expand(5, 6))
    assert torch.equal(column[0], torch.arange(6).expand(5, 6))
    assert not borrowed_texture(torch.rand(1, 3, 5, 6), torch.ones(1, 1, 5, 6)).any()


def test_detail_is_mirrored_at_the_rim_and_sets_in_behind_it() -> None:
    picture = torch.rand(1, 3, 32, 64, generator=torch.Generator().manual_seed(1))
    hole = torch.zeros(1, 1, 32, 64)
    hole[..., 40:] = 1
    texture = borrowed_texture(picture, hole)
    padded = torch.nn.functional.pad(picture, (4, 4, 4, 4), mode="replicate")
    blurred = torch.nn.functional.avg_pool2d(torch.nn.functional.avg_pool2d(padded, 5, 1), 5, 1)
    detail = picture - blurred
    assert not texture[..., :41].any()
    assert torch.allclose(texture[..., 4:-4, 44:56], detail[..., 4:-4, 23:35].flip(3), atol=1e-6)
    assert texture[..., 41].abs().mean() < 0.5 * texture[..., 46].abs().mean()


def test_a_smooth_picture_lends_none() -> None:
    ramp = (torch.arange(48.0) / 48).expand(1, 3, 48, 48).contiguous()
    hole = torch.zeros(1, 1, 48, 48)
    hole[..., 14:34, 14:34] = 1
    assert borrowed_texture(ramp, hole).abs().max() < 1e-3
