"""Finding a quality for a size, a rate or a PSNR."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from restore.errors import UsageError
from restore.images.picture import Picture
from restore.pipelines.codec import targets
from restore.pipelines.codec.targets import HIGHEST_QUALITY, Target, UnreachableError, find_quality


def counted(function: Callable[[int], float]) -> tuple[Callable[[int], float], list[int]]:
    asked: list[int] = []

    def call(quality: int) -> float:
        asked.append(quality)
        return function(quality)

    return call, asked


@given(st.floats(2.0, 9.0), st.floats(0.3, 3.0), st.floats(-4.0, 4.0), st.floats(0.01, 0.99))
def test_a_goal_within_reach_is_found_in_a_few_steps(start: float, growth: float, bend: float, place: float) -> None:
    def value(quality: int) -> float:
        x = quality / HIGHEST_QUALITY
        return start + 5 * growth * (x + bend * 0.2 * x * (1 - x))

    goal = value(round(place * HIGHEST_QUALITY))
    call, asked = counted(value)
    found = find_quality(call, goal, 0.002, math.log(80) / HIGHEST_QUALITY)
    assert abs(value(found) - goal) <= 0.002
    assert len(asked) <= 12


@given(st.integers(1, 40), st.floats(0.05, 0.95))
def test_a_ceiling_is_kept_where_the_function_goes_in_steps(steps: int, place: float) -> None:
    def value(quality: int) -> float:
        return float(quality * steps // HIGHEST_QUALITY)

    goal = place * steps
    found = find_quality(value, goal, 0.001, steps / HIGHEST_QUALITY, goal)
    assert value(found) <= goal
    assert (
        value(min(HIGHEST_QUALITY, found + 1)) > goal or found == HIGHEST_QUALITY or abs(value(found) - goal) <= 0.001
    )


def test_a_goal_out_of_reach_names_both_ends() -> None:
    for goal in (-1.0, 7.0):
        with pytest.raises(UnreachableError) as refusal:
            find_quality(lambda quality: 6 * quality / HIGHEST_QUALITY, goal, 0.01, 6 / HIGHEST_QUALITY)
        assert (refusal.value.lowest, refusal.value.highest) == (0.0, 6.0)


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    """(200, 300, 3): waves and noise."""
    y, x = np.mgrid[0:200, 0:300][..., None] / 15
    waves = 128 + 60 * np.sin(x + np.arange(3)) * np.cos(y)
    return (waves + np.random.default_rng(0).normal(0, 20, (200, 300, 3))).clip(0, 255).astype(np.uint8)


@pytest.fixture
def codings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The qualities that were really coded."""
    made: list[int] = []
    real = targets.encode_picture

    def counting(codec: Any, picture: Picture, quality: int, *rest: Any, **more: Any) -> bytes:
        made.append(quality)
        return real(codec, picture, quality, *rest, **more)

    monkeypatch.setattr(targets, "encode_picture", counting)
    return made


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_size_is_met_and_never_exceeded(codec: Any, photo: NDArray[np.uint8], codings: list[int], place: float) -> None:
    low, high = (len(codec.compress(photo, quality)) for quality in (0, 100))
    wanted = low + place * (high - low)
    made = codec.compress_picture(Picture(photo), target=Target("size", wanted))
    assert 0.98 * wanted <= len(made.data) <= wanted
    assert len(codings) <= 2
    assert np.array_equal(codec.decompress(made.data), codec.decompress(codec.compress(photo, made.quality)))


def test_bits_per_pixel_are_met(codec: Any, photo: NDArray[np.uint8], codings: list[int]) -> None:
    wanted = 8 * len(codec.compress(photo, 45)) / 60_000
    made = codec.compress_picture(Picture(photo), target=Target("bpp", wanted))
    assert abs(8 * len(made.data) / 60_000 - wanted) <= 0.02 * wanted
    assert len(codings) <= 2


def test_psnr_is_met(codec: Any, photo: NDArray[np.uint8], codings: list[int]) -> None:
    def psnr(data: bytes) -> float:
        error = np.square(codec.decompress(data).astype(float) - photo).mean()
        return float(10 * np.log10(255**2 / error))

    low, high = (psnr(codec.compress(photo, quality)) for quality in (0, 100))
    wanted = low + 0.6 * (high - low)
    made = codec.compress_picture(Picture(photo), target=Target("psnr", wanted))
    assert abs(psnr(made.data) - wanted) <= 0.02 * wanted
    assert made.psnr == pytest.approx(psnr(made.data), abs=0.05)
    assert len(codings) == 1


def test_a_picture_too_small_for_two_percent_stays_below(codec: Any) -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    low, high = (len(codec.compress(image, quality)) for quality in (0, 100))
    for wanted in (low, low + 3, (low + high) // 2, high - 1):
        assert low <= len(codec.compress_picture(Picture(image), target=Target("size", wanted)).data) <= wanted


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Target("size", 40), r"40 bytes cannot be reached: this picture can have from about \d+ to about \d+ bytes"),
        (Target("size", 1e9), "cannot be reached"),
        (Target("bpp", 300), r"from about 0\.\d+ to about .* bits per pixel"),
        (Target("psnr", 140), r"from about \d+\.\d to about \d+\.\d dB"),
    ],
)
def test_what_cannot_be_reached_names_the_range(
    codec: Any, photo: NDArray[np.uint8], codings: list[int], target: Target, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        codec.compress_picture(Picture(photo), target=target)
    assert codings == []


@pytest.mark.parametrize("value", [0.0, -3.0, float("inf")])
def test_a_target_that_means_nothing_is_refused(value: float) -> None:
    with pytest.raises(UsageError, match="positive"):
        Target("bpp", value)
