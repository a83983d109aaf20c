"""Colours and limits of pictures that Pillow decodes."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from restore.images.reading import read_picture
from tests.support.image_files import GREY_OF_L60, cmyk_profile, saved


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_goes_through_its_profile_which_is_not_kept(format: str) -> None:
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[:, 8:] = (200, 0, 100, 255)
    image = Image.frombytes("CMYK", (16, 16), ink.tobytes())
    picture = read_picture(
        saved(image, format, icc_profile=cmyk_profile(), **({"quality": 100} if format == "JPEG" else {}))
    )
    assert picture.metadata.icc is None
    assert not picture.grey
    assert picture.colour[:, :6].min() >= 252
    # Neutral and light, where the plain formula would say black.
    assert np.abs(picture.colour[:, 10:].astype(int) - GREY_OF_L60).max() <= 1


def test_cmyk_without_profile() -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    picture = read_picture(saved(image, "TIFF"))
    assert picture.colour[0, 0].tolist() == [255, 0, 0]


def test_pillows_own_limit_neither_warns_nor_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for format in ("JPEG", "BMP", "TIFF", "GIF"):
            data = io.BytesIO()
            Image.new("RGB", (80, 90)).save(data, format)
            assert read_picture(io.BytesIO(data.getvalue())).width == 80
    assert Image.MAX_IMAGE_PIXELS == 100
