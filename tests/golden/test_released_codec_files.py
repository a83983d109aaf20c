"""Every released codec of a lasting number opens, for ever, what it wrote on the day of its release.

Beside each file lies what it decoded to then. A model may leave the manifest only together with the promise of
FORMAT.md, so a missing file fails here.
"""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import restore
from restore.codecs.bitstream.file import read_header
from restore.codecs.bitstream.header import EXPERIMENTAL
from restore.pretrained import manifest

HOME = Path(__file__).parent / "released"
PORTRAIT = Path(__file__).parent.parent / "data" / "portrait.png"
LASTING = (1, 2, 3)
"""Numbers of the models that have been released for good."""


def listed() -> set[int]:
    return {entry["model"] for entry in manifest()["models"].values() if entry["kind"] == "codec.vae"}


def test_what_was_released_for_good_is_there() -> None:
    assert {number for number in listed() if number < EXPERIMENTAL} == set(LASTING)


@pytest.mark.parametrize("number", LASTING)
def test_a_file_decodes_as_on_the_day_of_its_release(number: int) -> None:
    data = (HOME / f"codec-{number}.ric").read_bytes()
    assert read_header(data).model == number
    with Image.open(HOME / f"codec-{number}.png") as image:
        wanted = np.asarray(image).astype(int)
    shown = restore.decompress(data, form="array", device="cpu").astype(int)
    assert shown.shape == wanted.shape
    assert np.abs(shown - wanted).max() <= 1
    assert (shown != wanted).mean() < 0.01


def test_a_portrait_is_closer_than_a_webp_of_the_same_size() -> None:
    with Image.open(PORTRAIT) as image:
        portrait = image.convert("RGB")
    data = restore.compress(portrait, 30, device="cpu")
    error = mean_square(restore.decompress(data, device="cpu"), portrait)
    for quality in range(100):
        stream = io.BytesIO()
        portrait.save(stream, "WEBP", quality=quality, method=6)
        if len(stream.getvalue()) >= len(data):
            break
    with Image.open(stream) as image:
        assert error < mean_square(image, portrait)


def mean_square(image: Image.Image, other: Image.Image) -> float:
    return float(np.square(np.asarray(image.convert("RGB"), float) - np.asarray(other, float)).mean())
