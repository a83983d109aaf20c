"""HEIC and AVIF at their own depth."""

import io

import imagecodecs
import numpy as np
import pytest

from restore.errors import InputError, UsageError
from restore.images import heif
from restore.images.picture import Picture
from restore.images.reading import read_picture
from tests.support.image_files import RGB8, written


def test_ten_bit_avif_arrives_deep() -> None:
    ramp = np.repeat(np.linspace(0, 1023, 64).astype(np.uint16)[None, :, None], 48, axis=0).repeat(3, axis=2)
    picture = read_picture(io.BytesIO(imagecodecs.avif_encode(ramp, bitspersample=10, level=100)))
    assert picture.depth == 16
    assert np.abs(picture.colour / 65535 - ramp / 1023).max() < 0.01
    assert len(np.unique(picture.colour[0, :, 1])) > 60


def test_ten_bit_heic_arrives_deep() -> None:
    import pillow_heif

    ramp = np.repeat(np.linspace(0, 65535, 64).astype("<u2")[None, :, None], 48, axis=0).repeat(3, axis=2)
    out = io.BytesIO()
    pillow_heif.from_bytes(mode="RGB;16", size=(64, 48), data=ramp.tobytes()).save(out, quality=100)
    picture = read_picture(io.BytesIO(out.getvalue()))
    assert picture.depth == 16
    assert np.abs(picture.colour[:, 2:-2].astype(int) - ramp[:, 2:-2]).max() < 1500
    assert picture.colour.max() > 65000


def test_heic_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(Picture(np.repeat(RGB8, 8, axis=0)), "HEIF")
    monkeypatch.setattr(heif, "_pillow_heif", lambda: None)
    with pytest.raises(InputError, match=r"pip install 'restore\[heif\]'"):
        read_picture(io.BytesIO(data))
    with pytest.raises(UsageError, match=r"pip install 'restore\[heif\]'"):
        written(Picture(RGB8), "HEIF")
