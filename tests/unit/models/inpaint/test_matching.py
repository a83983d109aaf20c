"""The search: the best place of all, checked by brute force, and places taken over from neighbours and sizes."""

import numpy as np
import pytest
import torch

from restore.models.inpaint.matching import Matcher
from restore.models.inpaint.patches import Size


@pytest.fixture
def matcher() -> Matcher:
    picture = torch.rand(1, 3, 24, 28, generator=torch.Generator().manual_seed(5))
    hole = torch.zeros(24, 28, dtype=torch.bool)
    hole[10:14, 12:17] = True
    return Matcher(Size.of(picture, hole, 1))


def test_the_nearest_place_is_that_of_brute_force(matcher: Matcher) -> None:
    size = matcher.size
    wanted = matcher.wanted(size.picture)
    places, distance = matcher.nearest(wanted)
    both = [matcher.known.view(24, 28, -1).numpy().astype(int), None]
    mirrored = Matcher(Size.of(size.picture.flip(3), size.hole.flip(1), 1))
    both[1] = mirrored.known.view(24, 28, -1).numpy().astype(int)
    table = np.concatenate([one.reshape(24 * 28, -1) for one in both])[size.sources.numpy()]
    all_distances = ((wanted.numpy().astype(int)[:, None] - table) ** 2).sum(2)
    assert np.allclose(distance.numpy(), all_distances.min(1), rtol=0.02)
    assert (distance == matcher.distance(wanted, places)).all()


def test_refined_places_are_at_least_as_good_and_sources(matcher: Matcher) -> None:
    size = matcher.size
    wanted = matcher.wanted(size.picture)
    start = size.sources[torch.arange(len(size.targets)) * 37 % len(size.sources)]
    places, distance = matcher.refined(wanted, start)
    assert (distance <= matcher.distance(wanted, start)).all()
    assert (distance < matcher.distance(wanted, start)).any()
    assert size.is_source[places].all()
    assert (distance >= matcher.nearest(wanted)[1]).all()


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_place_of_half_the_size_is_twice_as_far(mirrored: bool) -> None:
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(6))
    hole = torch.zeros(64, 64, dtype=torch.bool)
    hole[28:36, 28:36] = True
    small, large = Size.of(picture, hole, 2), Size.of(picture, hole, 1)
    first = small.height * small.width if mirrored else 0
    rows, columns = small.targets // 32 - 8, small.targets % 32
    places = Matcher(large).from_smaller(small, first + rows * 32 + columns)
    here = (large.targets // 64 - 16) * 64 + large.targets % 64 + (64 * 64 if mirrored else 0)
    good = large.is_source[here] & (small.target_of[(large.targets // 128) * 32 + large.targets % 64 // 2] >= 0)
    assert good.float().mean() > 0.5
    assert torch.equal(places[good], here[good])
    assert large.is_source[places].all()
