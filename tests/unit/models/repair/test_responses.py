"""Responses of classical filters: as scipy has them, and what they find."""

import numpy as np
import pytest
import torch
from scipy.ndimage import maximum_filter, minimum_filter

from restore.models.repair.responses import DIRECTIONS, RESPONSES, SIDES, damage_responses, lines

LIGHT_LINES, DARK_LINES = RESPONSES - 2, RESPONSES - 1


@pytest.mark.parametrize("size", [(1, 1), (9, 70), (60, 71), (110, 24)])
def test_top_hats_are_those_of_scipy_up_to_the_border(size: tuple[int, int]) -> None:
    grey = np.random.default_rng(3).random(size, np.float32)
    found = damage_responses(torch.from_numpy(grey)[None, None])[0].numpy()
    for number, side in enumerate(SIDES):
        opened = maximum_filter(minimum_filter(grey, side, mode="nearest"), side, mode="nearest")
        closed = minimum_filter(maximum_filter(grey, side, mode="nearest"), side, mode="nearest")
        assert np.array_equal(found[number], grey - opened)
        assert np.array_equal(found[len(SIDES) + number], closed - grey)


@pytest.mark.parametrize("size", [(3, 40), (25, 31)])
def test_lines_are_openings_along_short_lines(size: tuple[int, int]) -> None:
    response = np.random.default_rng(4).random(size, np.float32)
    height, width = size
    wide = maximum_filter(response, 3, mode="nearest")
    rows, columns = np.mgrid[:height, :width]
    best = np.zeros_like(wide)
    for (down, across), count in DIRECTIONS:
        opened = wide
        for sign, extreme in ((1, np.minimum), (-1, np.maximum)):
            places = [
                (np.clip(rows + sign * down * n, 0, height - 1), np.clip(columns + sign * across * n, 0, width - 1))
                for n in range(count)
            ]
            opened = extreme.reduce([opened[place] for place in places])
        best = np.maximum(best, opened)
    made = lines(torch.from_numpy(response)[None, None])[0, 0].numpy()
    assert np.array_equal(made, np.minimum(best, response))


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
