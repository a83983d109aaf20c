"""`restore.interpolate`: the kind of image that goes in comes out, with what it carries."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

import restore
from restore.errors import UsageError, WeightsError
from restore.models.interpolate.network import Interpolator
from restore.pipelines.interpolate import interpolator as pipeline
from restore.pipelines.interpolate.interpolator import KIND, FrameInterpolator
from restore.pretrained import store
from tests.support.models.interpolator import TINY, grown, save_weights_of, waves

SIZE = (40, 56)
MODES = ("1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "I", "P")


@pytest.fixture(scope="module")
def interpolator() -> FrameInterpolator:
    return FrameInterpolator(grown(), "cpu")


@pytest.fixture(scope="module")
def untrained() -> FrameInterpolator:
    return FrameInterpolator(Interpolator(TINY), "cpu")


def planes(shift: float, channels: int, dtype: Any = np.uint8) -> NDArray[Any]:
    """`(*SIZE, channels)` that move; with two or four channels the last is an alpha that moves too."""
    colour = waves(shift, dtype, SIZE)
    alpha = waves(shift + 20, dtype, SIZE)[..., 1:2]
    return {1: colour[..., :1], 2: np.concatenate([colour[..., :1], alpha], 2), 3: colour}.get(
        channels, np.concatenate([colour, alpha], 2)
    )


def pillow(shift: float, mode: str) -> Image.Image:
    if mode in ("I", "I;16"):
        deep = planes(shift, 1, np.uint16)[..., 0]
        image = Image.fromarray(deep.astype(np.int32) if mode == "I" else deep)
    elif mode in ("LA", "RGBA"):
        image = Image.fromarray(planes(shift, len(mode)))
    else:
        image = Image.fromarray(planes(shift, 3)).convert(mode)
    assert image.mode == mode
    return image


@pytest.mark.parametrize("mode", MODES)
def test_pillow_images_keep_their_mode(interpolator: FrameInterpolator, mode: str) -> None:
    first, second = pillow(0, mode), pillow(6, mode)
    start, middle, end = interpolator(first, second, [0, 0.5, 1], effort=1)
    shown = "RGB" if mode == "P" else mode
    for one in (start, middle, end):
        assert (one.mode, one.size) == (shown, (56, 40))
    assert np.array_equal(np.asarray(start), np.asarray(first.convert(shown) if mode == "P" else first))
    assert np.array_equal(np.asarray(end), np.asarray(second.convert(shown) if mode == "P" else second))
    assert not np.array_equal(np.asarray(middle), np.asarray(start))
    assert not np.array_equal(np.asarray(middle), np.asarray(end))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16"])
def test_a_pillow_image_is_the_array_in_it(interpolator: FrameInterpolator, mode: str) -> None:
    first, second = pillow(0, mode), pillow(6, mode)
    made = interpolator(first, second, 0.3, effort=1)
    array = interpolator.between(np.asarray(first), np.asarray(second), [0.3], effort=1)[0]
    assert np.array_equal(np.asarray(made), array)


def test_a_palette_with_transparency_is_colour_with_alpha(untrained: FrameInterpolator) -> None:
    def image(left: int) -> Image.Image:
        indices = np.zeros(SIZE, np.uint8)
        indices[10:30, left : left + 20] = 1
        made = Image.fromarray(indices)
        made.putpalette([0, 0, 0, 200, 90, 30])
        made.info["transparency"] = 0
        return made

    made = untrained(image(16), image(20), 0.5)
    assert made.mode == "RGBA"
    alpha = np.asarray(made)[..., 3].astype(int)
    wanted = 255 * (np.asarray(image(18)) == 1)
    assert np.abs(alpha - wanted).mean() < 4
    assert (np.abs(np.asarray(made)[alpha > 8][:, :3].astype(int) - (200, 90, 30)) <= 2).all()


def test_metadata_is_that_of_frame_0(interpolator: FrameInterpolator) -> None:
    first, second = pillow(0, "RGBA"), pillow(6, "RGBA")
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    first.info = {"icc_profile": b"profile", "dpi": (300, 300), "exif": exif.tobytes()}
    second.info = {"icc_profile": b"profile", "dpi": (72, 72)}
    made = interpolator(first, second, 0.5, effort=1)
    assert made.info["icc_profile"] == b"profile"
    assert made.info["dpi"] == (300, 300)
    assert made.getexif()[0x010F] == "Camera"
    assert interpolator(first, second, 1).info["dpi"] == (72, 72)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64, torch.bfloat16])
def test_tensors(interpolator: FrameInterpolator, channels: int, dtype: torch.dtype) -> None:
    def tensor(shift: float) -> torch.Tensor:
        if dtype == torch.uint8:
            return torch.from_numpy(planes(shift, channels).transpose(2, 0, 1).copy())
        return torch.from_numpy(planes(shift, channels, np.float32).transpose(2, 0, 1).copy()).to(dtype)

    first, second = tensor(0), tensor(6)
    start, middle = interpolator(first, second, [0, 0.5], effort=1)
    assert torch.equal(start, first)
    assert start is not first
    assert (middle.shape, middle.dtype) == (first.shape, dtype)
    samples = [(one if dtype == torch.uint8 else one.float()).permute(1, 2, 0).numpy() for one in (first, second)]
    wanted = torch.from_numpy(interpolator.between(*samples, [0.5], effort=1)[0]).permute(2, 0, 1)
    assert torch.equal(middle, wanted.to(dtype))


def test_a_batch_is_its_items(interpolator: FrameInterpolator) -> None:
    shown = [torch.from_numpy(planes(shift, 4, np.float32)).permute(2, 0, 1) for shift in (0, 6, 3, 8)]
    first, second = torch.stack([shown[0], shown[2]]), torch.stack([shown[1], shown[3]])
    batch = interpolator(first, second, [0.25, 0.5], effort=1)
    assert [one.shape for one in batch] == [first.shape] * 2
    for item in range(2):
        assert torch.equal(batch[1][item], interpolator(first[item], second[item], 0.5, effort=1))


@pytest.mark.parametrize("shape", [SIZE, (*SIZE, 1), (*SIZE, 2), (*SIZE, 3), (*SIZE, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float64])
def test_arrays(untrained: FrameInterpolator, shape: tuple[int, ...], dtype: Any) -> None:
    kept = np.uint16 if dtype == np.uint16 else np.uint8 if dtype == np.uint8 else np.float32
    channels = 1 if len(shape) == 2 else shape[2]
    first, second = (planes(shift, channels, kept).reshape(shape).astype(dtype) for shift in (0, 6))
    middle = untrained(first, second, 0.5, effort=1)
    assert (middle.shape, middle.dtype) == (shape, np.dtype(dtype))
    assert np.array_equal(middle, untrained.between(first, second, [0.5], effort=1)[0])
    end = untrained(first, second, [1])[0]
    assert np.array_equal(end, second)
    assert not np.shares_memory(end, second)


def test_a_number_gives_an_image_and_a_list_gives_a_list(interpolator: FrameInterpolator) -> None:
    first, second = planes(0, 3), planes(6, 3)
    for number in (0.5, np.float32(0.5), 1, 0):
        assert isinstance(interpolator(first, second, number, effort=1), np.ndarray)
    for several in ([0.5], (0.5,), np.array([0.5])):
        (made,) = interpolator(first, second, several, effort=1)
        assert np.array_equal(made, interpolator(first, second, effort=1))
    assert interpolator(first, second, []) == []


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (
            planes(0, 3)[:-1],
            r"of one kind and size are needed, not an array \(40, 56, 3\) of uint8 and .*\(39, 56, 3\)",
        ),
        (planes(0, 4), r"\(40, 56, 4\)"),
        (planes(0, 3, np.uint16), "of uint16"),
        (pillow(0, "RGB"), "a PIL image of mode RGB and 56x40"),
        (torch.zeros(3, *SIZE), r"a tensor \(3, 40, 56\) of torch.float32"),
        ([[0]], "type list is not supported"),
        (planes(0, 3).astype(np.int64), "dtype int64 is not supported"),
    ],
)
def test_frames_that_do_not_fit_are_refused(untrained: FrameInterpolator, second: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        untrained(planes(0, 3), second)


def test_pillow_images_that_do_not_fit_are_refused(untrained: FrameInterpolator) -> None:
    first, second = pillow(0, "RGB"), pillow(6, "RGB")
    for other in (pillow(6, "L"), second.resize((55, 40))):
        with pytest.raises(UsageError, match="of one kind and size are needed, not a PIL image of mode RGB and 56x40"):
            untrained(first, other)
    second.info["icc_profile"] = b"another"
    with pytest.raises(UsageError, match="different colour profiles: convert one"):
        untrained(first, second)
    exif = Image.Exif()
    exif[0x0112] = 3
    second.info = {"exif": exif.tobytes()}
    with pytest.raises(UsageError, match="turned differently"):
        untrained(first, second)


@pytest.mark.parametrize("t", [-0.1, 1.01, float("nan"), [0.5, 2]])
def test_times_outside_are_refused(untrained: FrameInterpolator, t: Any) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        untrained(planes(0, 3), planes(6, 3), t)


@pytest.mark.parametrize("t", ["half", None, [None]])
def test_what_is_no_time_is_refused(untrained: FrameInterpolator, t: Any) -> None:
    with pytest.raises(UsageError, match="t is a number from 0 to 1, or a list"):
        untrained(planes(0, 3), planes(6, 3), t)


def test_the_front_door_loads_once(
    tmp_path: Path, interpolator: FrameInterpolator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_weights_of(tmp_path / "own.safetensors", grown())
    first, second = planes(0, 3), planes(6, 3)
    made = restore.interpolate(first, second, effort=1, weights=path, device="cpu")
    loaded = restore.load(path, device="cpu")
    assert isinstance(loaded, FrameInterpolator)
    assert np.array_equal(made, loaded(first, second, 0.5, effort=1))
    assert np.abs(made.astype(int) - interpolator(first, second, 0.5, effort=1)).mean() < 2
    monkeypatch.setattr(pipeline, "load_interpolator", None)
    assert np.array_equal(restore.interpolate(first, second, effort=1, weights=path, device="cpu"), made)
    with pytest.raises(UsageError, match="effort 4 is unknown"):
        restore.interpolate(first, second, effort=4, weights=path, device="cpu")
    with pytest.raises(UsageError, match="between 0 and 1"):
        restore.interpolate(first, second, 3, weights=path, device="cpu")


def test_unknown_weights_and_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no weights 'elsewhere'"):
        restore.interpolate(planes(0, 3), planes(6, 3), weights="elsewhere")
    weights = save_weights_of(tmp_path / "a.safetensors", grown())
    with pytest.raises(UsageError, match="device 'abacus' is unknown"):
        restore.interpolate(planes(0, 3), planes(6, 3), weights=weights, device="abacus")


@pytest.mark.parametrize("released", [False, True])
def test_the_released_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, released: bool) -> None:
    """By the name `interpolate`, once they are released; until then an error that says what is."""
    data = save_weights_of(tmp_path / "interpolate.safetensors", grown()).read_bytes()
    file = {"file": "interpolate.safetensors", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    model = {"kind": KIND, "card": "interpolate.md", "files": {"interpolate": file}}
    models = {"interpolate": model} if released else {"other": {**model, "files": {}}}
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 1, "models": models}))
    monkeypatch.setattr(store, "_HOME", tmp_path)
    monkeypatch.chdir(tmp_path)
    pipeline._load_once.cache_clear()
    try:
        if released:
            assert isinstance(restore.load("interpolate", device="cpu"), FrameInterpolator)
            assert restore.interpolate(planes(0, 3), planes(6, 3), effort=1, device="cpu").shape == (*SIZE, 3)
        else:
            for call in (lambda: restore.load("interpolate"), lambda: restore.interpolate(planes(0, 3), planes(6, 3))):
                with pytest.raises(WeightsError, match="no weights 'interpolate': released are other"):
                    call()
    finally:
        pipeline._load_once.cache_clear()
