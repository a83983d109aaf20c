"""What every baseline must do, whatever its method: known answers where there are any, and the right call."""

import sys
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest
import torch

from restore.errors import UsageError
from restore.evaluation.inpaint.baselines import LIBRARY_FILLS, OPTIONAL, Fill, harmonic, missing, prefill
from restore.evaluation.inpaint.sharpness import sharpness

ALL: dict[str, Fill] = {
    **{name: fill for name, fill in LIBRARY_FILLS.items() if missing(name) is None},
    "harmonic": harmonic(torch.device("cpu")),
    "prefill": prefill(torch.device("cpu")),
}
Samples = npt.NDArray[np.uint8]


@pytest.fixture
def hole() -> npt.NDArray[np.bool_]:
    mask = np.zeros((64, 64), np.bool_)
    mask[24:34, 20:32] = True
    return mask


@pytest.mark.parametrize("name", ALL)
def test_a_flat_picture_is_filled_with_its_colour(name: str, hole: npt.NDArray[np.bool_]) -> None:
    flat = np.broadcast_to(np.array([200, 90, 30], np.uint8), (64, 64, 3)).copy()
    damaged = flat.copy()
    damaged[hole] = 0
    filled = ALL[name](damaged, hole)
    assert filled.dtype == np.uint8
    assert filled.shape == flat.shape
    assert np.abs(filled.astype(int) - flat)[hole].max() <= 2


@pytest.mark.parametrize("name", ALL)
def test_what_the_hole_held_does_not_matter(name: str, hole: npt.NDArray[np.bool_]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    blank, white = picture.copy(), picture.copy()
    blank[hole], white[hole] = 0, 255
    assert np.array_equal(ALL[name](blank, hole)[hole], ALL[name](white, hole)[hole])


@pytest.mark.parametrize("name", sorted(set(ALL) - {"fsr"}))
def test_known_pixels_stay(name: str, hole: npt.NDArray[np.bool_]) -> None:
    """All but FSR, which may change known pixels by a level; the bench counts that and puts them back."""
    picture = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    given = picture.copy()
    assert np.array_equal(ALL[name](given, hole)[~hole], picture[~hole])
    assert np.array_equal(given, picture)


@pytest.mark.parametrize("name", ["harmonic", "biharmonic"])
def test_a_ramp_goes_on_straight_through_the_hole(name: str, hole: npt.NDArray[np.bool_]) -> None:
    """A linear ramp solves both equations."""
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (64, 64, 3)).copy()
    damaged = ramp.copy()
    damaged[hole] = 0
    assert np.abs(ALL[name](damaged, hole).astype(int) - ramp).max() <= 1


@pytest.mark.parametrize("name", ["telea", "fsr"])
def test_a_missing_opencv_names_the_extra(
    name: str, hole: npt.NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UsageError, match=r"pip install 'restore\[bench\]'"):
        ALL[name](np.zeros((64, 64, 3), np.uint8), hole)


def test_opencv_without_contrib_has_a_message_of_its_own(
    hole: npt.NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", SimpleNamespace())
    with pytest.raises(UsageError, match="contrib"):
        ALL["fsr"](np.zeros((64, 64, 3), np.uint8), hole)


@pytest.mark.parametrize(("name", "module"), [("gmic", "gmic"), ("patchmatch", "patchmatch")])
def test_a_missing_rival_names_its_extra(
    name: str, module: str, hole: npt.NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=r"pip install 'restore\[rivals\]'"):
        LIBRARY_FILLS[name](np.zeros((64, 64, 3), np.uint8), hole)
    reason = missing(name)
    assert reason is not None
    assert "pip install 'restore[rivals]'" in reason


def test_a_patchmatch_without_its_native_part_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "patchmatch", SimpleNamespace(patchmatch_available=False))
    reason = missing("patchmatch")
    assert reason is not None
    assert "native library" in reason


def test_only_the_optional_are_ever_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("cv2", "gmic", "patchmatch"):
        monkeypatch.setitem(sys.modules, module, None)
    assert [name for name in ALL if missing(name) is not None] == [name for name in OPTIONAL if name in ALL]


@pytest.mark.parametrize("name", sorted(set(ALL) & set(OPTIONAL)))
def test_rivals_keep_a_texture_repeat_themselves_and_write_nothing(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    hole = np.zeros((128, 128), np.bool_)
    hole[40:88, 40:88] = True
    damaged = np.where(hole[..., None], np.uint8(0), picture)
    filled = ALL[name](damaged, hole)
    kept, smooth = sharpness(filled, hole), sharpness(ALL["harmonic"](damaged, hole), hole)
    assert kept is not None
    assert smooth is not None
    assert kept > 0.4
    assert smooth < 0.1
    assert np.array_equal(ALL[name](damaged, hole), filled)
    assert capfd.readouterr() == ("", "")
