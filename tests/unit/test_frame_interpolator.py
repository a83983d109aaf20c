"""Frames between two arrays: shapes, depths, times, and weights that describe themselves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from restore.errors import UsageError, WeightsError
from restore.models.interpolator import Interpolator, InterpolatorConfig
from restore.pipelines.interpolate import KIND, FrameInterpolator, load_interpolator
from restore.pretrained import save_weights

TINY = InterpolatorConfig(hidden=8, features=8, fusion=(8, 12), blocks=(1, 1))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A small network whose last layers say something."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Interpolator(TINY)
        with torch.no_grad():
            for layer in (network.recurrence.head[-1], network.fusion.head):
                layer.weight.normal_(0, 0.3)
    path = tmp_path / "own.safetensors"
    save_weights(path, network.state_dict(), kind=KIND, role="interpolate", config=TINY.as_dict(), training={})
    return path


def frame(shift: float, dtype: type = np.uint8, size: tuple[int, int] = (48, 64)) -> NDArray[Any]:
    y, x = np.mgrid[: size[0], : size[1]][..., None] / 7
    waves = 0.5 + 0.2 * np.sin(x + shift / 7 + np.arange(3)) + 0.2 * np.cos(y * 1.3 + x / 2 + shift / 14)
    return np.rint(waves * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_frames_keep_their_shape_and_depth(weights: Path, dtype: type) -> None:
    made = load_interpolator(weights, "cpu").between(frame(0, dtype), frame(3, dtype), [0.25, 0.5])
    assert [(one.shape, one.dtype) for one in made] == [((48, 64, 3), np.dtype(dtype))] * 2
    assert not np.array_equal(*made)
    if dtype == np.uint16:
        assert (made[0] % 257 != 0).any(), "8 bits blown up to 16"


def test_the_ends_are_the_frames_themselves(weights: Path) -> None:
    first, second = frame(0), frame(3)
    made = load_interpolator(weights, "cpu").between(first, second, [1, 0.5, 0])
    assert np.array_equal(made[0], second)
    assert np.array_equal(made[2], first)


def test_several_times_are_as_one_by_one(weights: Path) -> None:
    interpolator = load_interpolator(weights, "cpu")
    together = interpolator.between(frame(0), frame(3), [0.2, 0.7])
    alone = [interpolator.between(frame(0), frame(3), [time])[0] for time in (0.2, 0.7)]
    assert all(np.array_equal(a, b) for a, b in zip(together, alone, strict=True))


def test_equal_frames_cost_no_network(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interpolator = load_interpolator(weights, "cpu")

    def refuse(*_arguments: object) -> None:
        raise AssertionError("the network was run")

    monkeypatch.setattr(Interpolator, "motion", refuse)
    made = interpolator.between(frame(0), frame(0), [0.3, 0.6])
    assert all(np.array_equal(one, frame(0)) for one in made)


def test_motion_is_halved(weights: Path) -> None:
    """The newborn makes the middle of a moving pattern better than a blend does."""
    made = load_interpolator(weights, "cpu", part="newborn").between(frame(0), frame(6), [0.5])[0].astype(float)
    inside = (slice(8, -8), slice(8, -8))
    blend = (frame(0).astype(float) + frame(6)) / 2
    truth = frame(3).astype(float)
    assert np.abs(made - truth)[inside].mean() < 0.5 * np.abs(blend - truth)[inside].mean()


@pytest.mark.parametrize("part", ["newborn", "nostate", "onelevel", "fewsteps"])
def test_parts_differ_from_the_whole(weights: Path, part: Any) -> None:
    whole = load_interpolator(weights, "cpu").between(frame(0), frame(6), [0.5])[0]
    assert not np.array_equal(whole, load_interpolator(weights, "cpu", part=part).between(frame(0), frame(6), [0.5])[0])


@pytest.mark.parametrize(
    ("second", "times", "effort", "told"),
    [
        (frame(0, size=(48, 60)), [0.5], None, "one size and depth"),
        (frame(0, np.uint16), [0.5], None, "one size and depth"),
        (frame(1), [1.5], None, "between 0 and 1, not 1.5"),
        (frame(1), [0.5], 7, "effort 7 is unknown: choose 1, 2, 3"),
    ],
)
def test_what_does_not_fit_is_refused(weights: Path, second: Any, times: Any, effort: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        load_interpolator(weights, "cpu").between(frame(0), second, times, effort=effort)


def test_unknown_parts_and_weights_are_refused(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="part 'half' is unknown"):
        load_interpolator(weights, "cpu", part="half")  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match="no weights 'nowhere'"):
        load_interpolator("nowhere")
    save_weights(tmp_path / "x.safetensors", {}, kind="codec.vae", role="codec", config={}, training={})
    with pytest.raises(WeightsError, match=r"found: codec\.vae"):
        load_interpolator(tmp_path / "x.safetensors")
    other = {**TINY.as_dict(), "hidden": 16}
    save_weights(weights, Interpolator(TINY).state_dict(), kind=KIND, role="interpolate", config=other, training={})
    with pytest.raises(WeightsError, match="do not fit its configuration"):
        load_interpolator(weights)


def test_an_interpolator_of_a_network_in_hand() -> None:
    assert FrameInterpolator(Interpolator(TINY), "cpu").device.type == "cpu"
