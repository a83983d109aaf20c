"""Patches: which places a hole may be filled from, and whole numbers to compare them by."""

import numpy as np
import torch

from restore.models.inpaint.patches import FARTHEST, RADIUS, Size, depth_inside, descriptors, mirror_signs, spread


def random_picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height))


def with_hole(height: int, width: int, top: int, left: int, bottom: int, right: int) -> torch.Tensor:
    hole = torch.zeros(height, width, dtype=torch.bool)
    hole[top:bottom, left:right] = True
    return hole


def test_depth_counts_steps_to_the_rim() -> None:
    depth = depth_inside(with_hole(9, 9, 2, 2, 7, 7))
    assert depth[4].tolist() == [0, 0, 1, 2, 3, 2, 1, 0, 0]
    assert depth_inside(torch.ones(4, 4, dtype=torch.bool)).min() == FARTHEST
    assert depth_inside(torch.ones(4, 4, dtype=torch.bool), 5).max() == 5


def test_distances_are_exact() -> None:
    """Integers whose squares add up to less than float32 holds exactly, for the most different pictures there are."""
    checks = ((torch.arange(20)[:, None] + torch.arange(20)) % 2).float().expand(1, 3, -1, -1)
    found = [descriptors(picture).long() for picture in (torch.zeros_like(checks), checks, 1 - checks, checks**0)]
    for one in found:
        for other in found:
            assert (one - other).square().sum(1).max() < 2**24


def test_descriptors_of_a_mirrored_picture_differ_by_signs() -> None:
    picture = random_picture(9, 12)
    straight, mirrored = (descriptors(one).view(9, 12, -1).float() for one in (picture, picture.flip(3)))
    assert (mirrored - straight.flip(1) * mirror_signs()).abs().max() <= 1


def test_bands_of_rows_join_without_a_seam() -> None:
    picture = random_picture(300, 20)
    whole = descriptors(picture).view(300, 20, -1)
    assert torch.equal(whole[120:140], descriptors(picture[:, :, 110:150]).view(40, 20, -1)[10:30])


def test_descriptors_of_some_pixels_are_those_of_all() -> None:
    picture = random_picture(300, 20)
    pixels = torch.tensor([3, 130 * 20, 130 * 20 + 7, 299 * 20 + 19])
    assert torch.equal(descriptors(picture, pixels), descriptors(picture)[pixels])


def test_a_mask_spreads_over_squares() -> None:
    mask = with_hole(9, 12, 0, 5, 1, 6)
    assert torch.equal(spread(mask, 3), with_hole(9, 12, 0, 2, 4, 9))
    assert spread(mask, 20).all()
    assert not spread(mask & False, 3).any()


def test_sources_lie_in_the_known_picture_as_a_whole() -> None:
    hole = with_hole(20, 30, 8, 10, 12, 14)
    size = Size.of(random_picture(20, 30), hole, 1)
    wanted = np.zeros((2, 20, 30), bool)
    for row in range(RADIUS, 20 - RADIUS):
        for column in range(RADIUS, 30 - RADIUS):
            patch = (slice(row - RADIUS, row + RADIUS + 1), slice(column - RADIUS, column + RADIUS + 1))
            wanted[0, row, column] = not hole[patch].any()
    wanted[1] = wanted[0, :, ::-1]
    assert np.array_equal(size.is_source.view(2, 20, 30).numpy(), wanted)


def test_a_place_in_the_mirror_image_shows_the_mirrored_pixel() -> None:
    picture = random_picture(10, 16)
    size = Size.of(picture, with_hole(10, 16, 4, 6, 6, 8), 1)
    places = torch.tensor([3 * 16 + 5, (10 + 3) * 16 + 5])
    assert torch.equal(size.colours_at(places), torch.stack([picture[0, :, 3, 5], picture[0, :, 3, 16 - 1 - 5]], dim=1))


def test_moving_a_place_leaves_neither_picture_nor_row() -> None:
    size = Size.of(random_picture(20, 30), with_hole(20, 30, 8, 10, 12, 14), 1)
    places = torch.tensor([16 * 30 + 20, 4 * 30 + 26, (20 + 4) * 30 + 4])
    there, ok = size.moved(places, 0, 0)
    assert ok.all()
    assert torch.equal(there, places)
    assert not size.moved(places[:1], 4, 0)[1].any()
    assert not size.moved(places[1:2], 0, 1)[1].any()
    there, ok = size.moved(places[2:], 1, 2)
    assert ok.all()
    assert there.tolist() == [(20 + 5) * 30 + 6]
