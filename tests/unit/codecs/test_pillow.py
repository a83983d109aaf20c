"""The Pillow plugin: `.ric` files open and save like any other."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from restore.codecs import pillow
from tests.support.processes import run_fresh


@pytest.fixture(autouse=True)
def small_weights(codec_weights: Path) -> Iterator[None]:
    pillow.use_weights(codec_weights, "cpu")
    yield
    pillow.use_weights()


@pytest.fixture
def photo() -> Image.Image:
    """(50, 70): slow waves."""
    y, x = np.mgrid[0:50, 0:70][..., None] / 20
    return Image.fromarray((128 + 80 * np.sin(x + np.arange(3) / 3) * np.cos(y)).astype(np.uint8))


def test_save_and_open(photo: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "photo.ric"
    photo.save(path, quality=90, icc_profile=bytes(36) + b"acsp" + bytes(90), dpi=(96, 96))
    with Image.open(path) as image:
        assert (image.format, image.size, image.mode) == ("RIC", (70, 50), "RGB")
        assert image.info["icc_profile"] == bytes(36) + b"acsp" + bytes(90)
        assert (image.info["dpi"], image.info["quality"]) == ((96, 96), 90)
        assert np.abs(np.asarray(image).astype(float) - np.asarray(photo)).mean() < 4
        assert image.resize((7, 5)).size == (7, 5)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16"])
def test_modes(photo: Image.Image, tmp_path: Path, mode: str) -> None:
    deep = Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) * 250)
    image = deep if mode == "I;16" else photo.convert(mode)
    image.save(tmp_path / "photo.ric")
    with Image.open(tmp_path / "photo.ric") as opened:
        assert opened.mode == mode
        opened.load()
        assert (opened.mode, opened.size) == (mode, image.size)


def test_orientation_is_the_files(photo: Image.Image, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(tmp_path / "photo.ric", exif=exif, quality=90)
    with Image.open(tmp_path / "photo.ric") as image:
        assert image.size == (70, 50)
        assert image.getexif()[0x0112] == 6
        assert np.abs(np.asarray(image).astype(float) - np.asarray(photo)).mean() < 4


def test_by_default_the_quality_is_sixty(photo: Image.Image, tmp_path: Path) -> None:
    for name, more in (("a.ric", {}), ("b.ric", {"quality": 60})):
        photo.save(tmp_path / name, **more)
    assert (tmp_path / "a.ric").read_bytes() == (tmp_path / "b.ric").read_bytes()


def test_errors_are_pillows_own(photo: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "photo.ric"
    with pytest.raises(ValueError, match="out of range"):
        photo.save(path, quality=101)
    assert not path.exists()
    photo.save(path)
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with Image.open(path) as image, pytest.raises(OSError, match="truncated"):
        image.load()
    path.write_bytes(data[:20])
    with pytest.raises(UnidentifiedImageError):
        Image.open(path)
    pillow.use_weights("nowhere.safetensors")
    path.write_bytes(data)
    with Image.open(path) as image, pytest.raises(OSError, match="no weights 'nowhere"):
        image.load()
    with pytest.raises(OSError, match="no weights 'nowhere"):
        photo.save(path)


def test_opening_needs_no_torch(photo: Image.Image, tmp_path: Path) -> None:
    photo.save(tmp_path / "photo.ric")
    code = (
        "import sys, restore.codecs.pillow\n"
        "from PIL import Image\n"
        "image = Image.open('photo.ric')\n"
        "print(image.size, image.mode, 'torch' in sys.modules)"
    )
    assert run_fresh(code, folder=tmp_path).stdout.split("\n")[0] == "(70, 50) RGB False"
