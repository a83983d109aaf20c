"""The baselines of frame interpolation on moving patterns whose middle is known, and the methods by name."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from skimage.metrics import peak_signal_noise_ratio

from restore.errors import UsageError, WeightsError
from restore.evaluation.interpolate.baselines import (
    BASELINES,
    LEAST_SIDE,
    blend,
    copy,
    dis,
    dis_flow,
    library_versions,
    minterpolate,
    missing,
)
from restore.evaluation.interpolate.methods import METHODS, PARTS, interpolators_of, worst_cases_of
from restore.evaluation.methods import effort_of
from restore.pretrained import store
from tests.support.moving_patterns import moving, pattern

Samples = npt.NDArray[np.uint8]


def test_copy_is_the_first_frame_and_not_the_same_memory() -> None:
    first, _, last = moving(4)
    made = copy(first, last)
    assert np.array_equal(made, first)
    assert not np.shares_memory(made, first)


def test_blend_is_the_mean_with_halves_rounded_up() -> None:
    first = np.array([[[0, 1, 255]]], np.uint8)
    last = np.array([[[3, 1, 254]]], np.uint8)
    assert blend(first, last).tolist() == [[[2, 1, 255]]]
    assert blend(first, last).dtype == np.uint8


@pytest.mark.parametrize("shift", [2, 4, 6])
def test_dis_beats_blend_on_a_moving_pattern(shift: int) -> None:
    first, truth, last = moving(shift)
    assert peak_signal_noise_ratio(truth, dis(first, last)) > peak_signal_noise_ratio(truth, blend(first, last)) + 4


def test_minterpolate_beats_blend_on_a_moving_pattern() -> None:
    first, truth, last = moving(6, 96, 128)
    made = minterpolate(first, last)
    assert peak_signal_noise_ratio(truth, made) > peak_signal_noise_ratio(truth, blend(first, last)) + 4


def test_the_flow_points_to_where_pixels_go() -> None:
    scene = pattern(90, 110)
    flow = dis_flow(scene[10:80, 10:100], scene[7:77, 14:104])
    assert flow.shape == (70, 90, 2)
    assert np.median(flow[..., 0]) == pytest.approx(-4, abs=0.1)
    assert np.median(flow[..., 1]) == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("name", BASELINES)
def test_frames_that_stand_still_come_back_and_are_not_changed(name: str) -> None:
    frame = pattern(49, 65)
    kept = frame.copy()
    made = BASELINES[name].between(frame, frame.copy())
    assert made.dtype == np.uint8
    assert made.shape == frame.shape
    slack = 3 if name == "minterpolate" else 0  # it works on luma and chroma
    assert np.abs(made.astype(int) - frame).max() <= slack
    assert np.array_equal(frame, kept)


@pytest.mark.parametrize("name", BASELINES)
def test_the_smallest_frames_and_noise_are_done(name: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (2, LEAST_SIDE, LEAST_SIDE + 7, 3), dtype=np.uint8)
    assert BASELINES[name].between(noise[0], noise[1]).shape == noise[0].shape


def test_without_opencv_dis_refuses_and_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert missing("dis") is not None
    assert missing("minterpolate") is None
    with pytest.raises(UsageError, match=r"dis cannot run: .*restore\[bench\]"):
        METHODS.choose(["copy", "dis"], "run/", given=False)
    with pytest.raises(UsageError, match=r"restore\[bench\]"):
        dis(*moving(2)[::2])
    assert METHODS.choose(None, "run/", given=False) == ["restore", "copy", "blend", "minterpolate"]
    assert "dis is left out" in METHODS.left_out(["copy"], "run/")[0]


def test_without_ffmpegs_filter_minterpolate_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("av.filter.filters_available", {"scale"})
    with pytest.raises(UsageError, match="FFmpeg was built without it"):
        METHODS.choose(["minterpolate"], "run/", given=False)
    with pytest.raises(UsageError, match="FFmpeg was built without it"):
        minterpolate(*moving(2)[::2])
    monkeypatch.setitem(sys.modules, "av.filter", None)
    assert "pip install av" in str(missing("minterpolate"))


def test_versions_are_of_the_libraries_that_ran() -> None:
    assert library_versions(["copy", "blend"]) == {}
    assert set(library_versions(["dis", "minterpolate"])) == {"opencv", "av", "libavfilter"}


class Mixer:
    """Stands for our network: a mean, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[float], int | None]] = []

    def between(
        self, frame0: npt.NDArray[Any], frame1: npt.NDArray[Any], times: Sequence[float], *, effort: int | None = None
    ) -> list[npt.NDArray[Any]]:
        self.asked.append((list(times), effort))
        return [(frame0 // 2 + frame1 // 2).astype(frame0.dtype) for _ in times]


def test_names_are_kept_in_the_order_given_and_once() -> None:
    names = ["minterpolate", "restore@3", "copy", "restore", "copy"]
    assert METHODS.choose(names, "run/", given=False) == ["minterpolate", "restore@3", "copy", "restore"]
    for wrong in ("rife", "dis@2", "restored"):
        with pytest.raises(UsageError, match="choose from restore, restore-untrained"):
            METHODS.choose([wrong], "run/", given=False)
    with pytest.raises(UsageError, match="nothing to measure"):
        METHODS.choose([], "run/", given=False)
    for wrong in ("restore@", "restore@0", "restore@-1", "restore@1.5", "restore@²"):
        with pytest.raises(UsageError, match="whole number from 1"):
            METHODS.choose([wrong], "run/", given=False)
    assert effort_of("restore-nostate@3") == 3
    assert effort_of("restore") is None


def test_without_released_weights_ours_is_left_out_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "manifest", lambda: {"models": {"inpaint": {}}})
    assert METHODS.choose(None, "interpolate", given=False) == list(BASELINES)
    assert METHODS.choose(None, "interpolate", given=True) == ["restore", *BASELINES]
    assert "restore is left out" in METHODS.left_out(list(BASELINES), "interpolate")[0]
    with pytest.raises(WeightsError, match="no weights 'interpolate': released are inpaint"):
        interpolators_of(["restore-nostate"], "interpolate", "cpu")


def test_each_part_is_loaded_once_whatever_the_efforts(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[tuple[Any, ...]] = []
    mixer = Mixer()

    def load(weights: str = "interpolate", device: str = "auto", *, part: str = "all") -> Mixer:
        loads.append((weights, device, part))
        return mixer

    monkeypatch.setattr("restore.pipelines.interpolate.interpolator.load_interpolator", load)
    names = ["restore@1", *PARTS, "restore-newborn@2", "restore@3", "blend"]
    made = interpolators_of(names, "run/", "cpu")
    assert [one.name for one in made] == names
    assert loads == [("run/", "cpu", part) for part in ("all", "untrained", "nostate", "onelevel", "fewsteps")]
    first, _, last = moving(4)
    for one in made[:-1]:
        assert np.array_equal(one.between(first, last), first // 2 + last // 2)
    assert mixer.asked == [([0.5], 1), *[([0.5], None)] * 5, ([0.5], 2), ([0.5], 3)]


def test_a_stand_in_takes_the_place_of_our_weights_alone() -> None:
    assert interpolators_of(["restore@2", "restore"], "interpolate", "cpu", Mixer())[0].name == "restore@2"


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (["copy", "blend", "dis", "restore@2", "restore"], ("restore@2", "dis")),
        (["copy", "minterpolate", "restore-untrained"], ("restore-untrained", "copy")),
        (["copy", "blend", "dis", "minterpolate"], ("dis", "blend")),
        (["blend", "copy"], ("blend", "copy")),
        (["copy"], ("copy", None)),
    ],
)
def test_worst_cases_are_judged_by_ours_over_the_best_classical(
    methods: list[str], expected: tuple[str, str | None]
) -> None:
    assert worst_cases_of(methods) == expected
