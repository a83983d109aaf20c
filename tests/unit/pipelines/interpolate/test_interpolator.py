"""Frames between two arrays: shapes, depths, times, and weights that describe themselves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import restore
from restore.errors import UsageError, WeightsError
from restore.models.interpolate.network import Interpolator
from restore.pipelines.interpolate.interpolator import KIND, FrameInterpolator, load_interpolator
from restore.pretrained import save_weights
from tests.support.models.interpolator import TINY, grown, save_weights_of, waves

PORTRAIT = Path(__file__).parents[3] / "data" / "portrait.png"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return save_weights_of(tmp_path / "own.safetensors", grown())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_frames_keep_their_shape_and_depth(weights: Path, dtype: type) -> None:
    made = load_interpolator(weights, "cpu").between(waves(0, dtype), waves(3, dtype), [0.25, 0.5])
    assert [(one.shape, one.dtype) for one in made] == [((48, 64, 3), np.dtype(dtype))] * 2
    assert not np.array_equal(*made)
    if dtype == np.uint16:
        assert (made[0] % 257 != 0).any(), "8 bits blown up to 16"


def test_the_ends_are_the_frames_themselves(weights: Path) -> None:
    first, second = waves(0), waves(3)
    made = load_interpolator(weights, "cpu").between(first, second, [1, 0.5, 0])
    assert np.array_equal(made[0], second)
    assert np.array_equal(made[2], first)


def test_several_times_are_as_one_by_one(weights: Path) -> None:
    interpolator = load_interpolator(weights, "cpu")
    together = interpolator.between(waves(0), waves(3), [0.2, 0.7])
    alone = [interpolator.between(waves(0), waves(3), [time])[0] for time in (0.2, 0.7)]
    assert all(np.array_equal(a, b) for a, b in zip(together, alone, strict=True))


def test_equal_frames_cost_no_network(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interpolator = load_interpolator(weights, "cpu")

    def refuse(*_arguments: object) -> None:
        raise AssertionError("the network was run")

    monkeypatch.setattr(Interpolator, "motion", refuse)
    made = interpolator.between(waves(0), waves(0), [0.3, 0.6])
    assert all(np.array_equal(one, waves(0)) for one in made)


def test_motion_is_halved(weights: Path) -> None:
    """Untrained, the network makes the middle of a moving pattern better than a blend does."""
    made = load_interpolator(weights, "cpu", part="untrained").between(waves(0), waves(6), [0.5])[0].astype(float)
    inside = (slice(8, -8), slice(8, -8))
    blend = (waves(0).astype(float) + waves(6)) / 2
    truth = waves(3).astype(float)
    assert np.abs(made - truth)[inside].mean() < 0.5 * np.abs(blend - truth)[inside].mean()


@pytest.mark.parametrize("part", ["untrained", "nostate", "onelevel", "fewsteps"])
def test_parts_differ_from_the_whole(weights: Path, part: Any) -> None:
    whole = load_interpolator(weights, "cpu").between(waves(0), waves(6), [0.5])[0]
    assert not np.array_equal(whole, load_interpolator(weights, "cpu", part=part).between(waves(0), waves(6), [0.5])[0])


@pytest.mark.parametrize(
    ("second", "times", "effort", "message"),
    [
        (waves(0, size=(48, 60)), [0.5], None, "one size and depth"),
        (waves(0, np.uint16), [0.5], None, "one size and depth"),
        (waves(1), [1.5], None, "between 0 and 1, not 1.5"),
        (waves(1), [0.5], 7, "effort 7 is unknown: choose 1, 2, 3"),
    ],
)
def test_what_does_not_fit_is_refused(weights: Path, second: Any, times: Any, effort: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_interpolator(weights, "cpu").between(waves(0), second, times, effort=effort)


def test_unknown_parts_and_weights_are_refused(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="part 'half' is unknown"):
        load_interpolator(weights, "cpu", part="half")  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match="no weights 'nowhere'"):
        load_interpolator("nowhere")
    save_weights(tmp_path / "x.safetensors", {}, kind="codec.vae", role="codec", config={}, training={})
    with pytest.raises(WeightsError, match=r"another network \(codec\.vae\)"):
        load_interpolator(tmp_path / "x.safetensors")
    other = {**TINY.as_dict(), "hidden": 16}
    save_weights(weights, Interpolator(TINY).state_dict(), kind=KIND, role="interpolate", config=other, training={})
    with pytest.raises(WeightsError, match="do not fit its configuration"):
        load_interpolator(weights)


def test_an_interpolator_of_a_network_in_hand() -> None:
    assert FrameInterpolator(Interpolator(TINY), "cpu").device.type == "cpu"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 1), (1, 1, 4), (1, 7, 2), (3, 2, 3), (9, 30, 4)])
def test_any_size_and_shape(shape: tuple[int, ...], dtype: Any) -> None:
    rng = np.random.default_rng(0)
    largest = 1 if np.issubdtype(dtype, np.floating) else np.iinfo(dtype).max
    first, second = ((largest * rng.random(shape)).astype(dtype) for _ in range(2))
    made = FrameInterpolator(grown(), "cpu").between(first, second, [0, 0.5, 1], effort=1)
    assert [(one.shape, one.dtype) for one in made] == [(shape, np.dtype(dtype))] * 3
    assert np.array_equal(made[0], first)
    assert np.array_equal(made[2], second)
    assert made[1].min() >= 0
    assert made[1].max() <= largest


def test_grey_is_what_the_three_channels_of_a_grey_frame_are(weights: Path) -> None:
    first, second = waves(0)[..., 0], waves(6)[..., 0]
    interpolator = load_interpolator(weights, "cpu")
    grey = interpolator.between(first, second, [0.4])[0]
    assert np.array_equal(interpolator.between(first[..., None], second[..., None], [0.4])[0][..., 0], grey)
    colour = interpolator.between(np.stack([first] * 3, 2), np.stack([second] * 3, 2), [0.4])[0]
    inside = (colour > 0).all(2) & (colour < 255).all(2)
    assert inside.mean() > 0.5
    assert np.abs(colour.mean(2) - grey)[inside].max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_full_alpha_changes_nothing(weights: Path, dtype: Any) -> None:
    frames = [waves(0, dtype), waves(6, dtype)]
    opaque = [np.concatenate([one, np.full((48, 64, 1), np.iinfo(dtype).max, dtype)], axis=2) for one in frames]
    interpolator = load_interpolator(weights, "cpu")
    plain, made = interpolator.between(*frames, [0.5])[0], interpolator.between(*opaque, [0.5])[0]
    assert np.array_equal(made[..., :3], plain)
    assert (made[..., 3] == np.iinfo(dtype).max).all()


def sprite(left: float, colour: tuple[int, int, int], hidden: tuple[int, int, int]) -> NDArray[np.uint8]:
    """`(64, 96, 4)`: a disc with a soft rim, and another colour under what is transparent."""
    y, x = np.mgrid[:64, :96]
    alpha = np.clip(16 - np.hypot(x - left, y - 32), 0, 1)
    shown = np.where(alpha[..., None] > 0, colour, hidden)
    return np.rint(np.concatenate([shown, 255 * alpha[..., None]], axis=2)).astype(np.uint8)


@pytest.mark.parametrize("colour", [(128, 128, 128), (250, 240, 245), (10, 200, 30)])
def test_a_transparent_sprite_moves_without_a_fringe(colour: tuple[int, int, int]) -> None:
    first, truth, second = (sprite(left, colour, (255, 0, 255)) for left in (36, 40, 44))
    made = FrameInterpolator(Interpolator(TINY), "cpu").between(first, second, [0.5])[0].astype(float)
    blend = (first[..., 3].astype(float) + second[..., 3]) / 2
    assert np.abs(made[..., 3] - truth[..., 3]).mean() < 0.2 * np.abs(blend - truth[..., 3]).mean()
    seen = made[..., 3] > 8
    assert seen.sum() > 600
    assert np.abs(made[..., :3] - colour)[seen].max() <= 2
    assert (made[:8] == (255, 0, 255, 0)).all(), "what no frame shows keeps its hidden colour"


def test_grey_with_alpha_is_as_grey_colour_with_alpha() -> None:
    colour = [sprite(left, (128, 128, 128), (255, 255, 255)) for left in (36, 44)]
    interpolator = FrameInterpolator(Interpolator(TINY), "cpu")
    made = interpolator.between(*(one[..., 2:] for one in colour), [0.5])[0]
    assert np.abs(made - interpolator.between(*colour, [0.5])[0][..., 2:].astype(float)).max() <= 1


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (np.zeros((4, 5, 5), np.uint8), r"shape \(4, 5, 5\) are not supported"),
        (np.zeros(5, np.uint8), r"shape \(5,\) are not supported"),
        (np.zeros((4, 0, 3), np.uint8), r"shape \(4, 0, 3\) are not supported"),
        (np.zeros((4, 5, 3), np.int32), "int32 are not supported: give uint8, uint16 or floats"),
    ],
)
def test_frames_of_no_known_kind_are_refused(frame: NDArray[Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        FrameInterpolator(Interpolator(TINY), "cpu").between(frame, frame, [0.5])


@pytest.fixture(scope="module")
def pan() -> list[NDArray[np.uint8]]:
    """Three windows of a portrait, 3 px right and 2 px down from one to the next."""
    with Image.open(PORTRAIT) as image:
        whole = np.asarray(image.convert("RGB"))
    top, left = whole.shape[0] // 4, whole.shape[1] // 4
    return [
        np.ascontiguousarray(whole[top + 2 * step : top + 2 * step + 160, left + 3 * step : left + 3 * step + 200])
        for step in range(3)
    ]


def psnr(made: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    return float(10 * np.log10(255**2 / np.square(made.astype(float) - truth).mean()))


def test_the_released_network_makes_the_middle_of_a_pan(pan: list[NDArray[np.uint8]]) -> None:
    made = restore.interpolate(pan[0], pan[2], device="cpu")
    blend = ((pan[0].astype(int) + pan[2]) // 2).astype(np.uint8)
    assert psnr(made, pan[1]) > max(36, psnr(blend, pan[1]) + 6)


def test_the_released_network_differs_from_the_untrained_one(pan: list[NDArray[np.uint8]]) -> None:
    shipped, untrained = (load_interpolator(device="cpu", part=part) for part in ("all", "untrained"))
    made, classical = (one.between(pan[0], pan[2], [0.5])[0] for one in (shipped, untrained))
    assert not np.array_equal(made, classical)
