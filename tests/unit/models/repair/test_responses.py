"""Responses of classical filters: as scikit-image has them, and what they find."""

import numpy as np
import pytest
import torch
from skimage.morphology import black_tophat, footprint_rectangle, white_tophat

from restore.models.repair.responses import RESPONSES, SIDES, damage_responses

LIGHT_LINES, DARK_LINES = RESPONSES - 2, RESPONSES - 1


def test_top_hats_are_those_of_scikit_image() -> None:
    grey = np.random.default_rng(3).random((60, 71), np.float32)
    found = damage_responses(torch.from_numpy(grey)[None, None])[0].numpy()
    for number, side in enumerate(SIDES):
        square = footprint_rectangle((side, side))
        inner = (slice(side, -side), slice(side, -side)) if side < 30 else (slice(30, 30), slice(0, 0))
        np.testing.assert_allclose(found[number][inner], white_tophat(grey, square)[inner], atol=1e-6)
        np.testing.assert_allclose(found[len(SIDES) + number][inner], black_tophat(grey, square)[inner], atol=1e-6)


def test_light_and_dark_change_places_with_the_picture_inverted() -> None:
    grey = torch.rand(1, 1, 50, 40, generator=torch.Generator().manual_seed(1))
    light, inverted = damage_responses(grey), damage_responses(1 - grey)
    count = len(SIDES)
    torch.testing.assert_close(light[:, :count], inverted[:, count : 2 * count])
    torch.testing.assert_close(light[:, LIGHT_LINES], inverted[:, DARK_LINES])


@pytest.mark.parametrize("degrees", range(0, 180, 15))
def test_a_line_of_any_direction_is_a_line_and_a_speck_is_none(degrees: int) -> None:
    down, across = np.mgrid[:64, :64] - 32
    angle = np.radians(degrees)
    away = np.abs(across * np.sin(angle) - down * np.cos(angle))
    line = torch.from_numpy(np.clip(1.5 - away, 0, 1).astype(np.float32))[None, None]
    middle = damage_responses(line)[0, LIGHT_LINES, 28:37, 28:37]
    assert middle.max() > 0.6
    speck = torch.zeros(1, 1, 64, 64)
    speck[..., 31:34, 31:34] = 1
    found = damage_responses(speck)[0]
    assert found[SIDES.index(11)].max() == 1
    assert found[LIGHT_LINES].max() == 0


def test_an_even_picture_responds_nowhere() -> None:
    assert not damage_responses(torch.full((2, 1, 33, 9), 0.7)).any()
