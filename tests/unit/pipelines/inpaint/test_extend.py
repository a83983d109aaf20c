"""Lengths, aspects and canvases, and `restore.extend` with a small untrained generator."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

import restore
from restore.errors import UsageError
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.pipelines.inpaint.extend import Extension, Margins, canvas
from restore.pipelines.inpaint.inpainter import Inpainter
from tests.support.models.inpainter import photo, random_generator


@pytest.fixture(scope="module")
def inpainter() -> Inpainter:
    return Inpainter({"regression": random_generator(1)}, "cpu")


@pytest.mark.parametrize(
    ("asked", "margins"),
    [
        ({"left": 30}, Margins(left=30)),
        ({"left": "30", "top": "4px"}, Margins(left=30, top=4)),
        ({"right": "20%", "bottom": "12.5%"}, Margins(right=40, bottom=10)),
        ({"right": "0.3%"}, Margins(right=1)),
        ({"aspect": "4:1"}, Margins(left=60, right=60)),
        ({"aspect": "1.25:1"}, Margins(top=40, bottom=40)),
        ({"aspect": "203x80"}, Margins(left=1, right=2)),
        ({"aspect": "4:1", "right": 20}, Margins(left=100, right=20)),
        ({"aspect": "4:1", "left": 0}, Margins(right=120)),
        ({"aspect": "2:1", "top": 20}, Margins(top=20)),
        ({"aspect": "1:1", "left": 40}, Margins(left=40, top=80, bottom=80)),
    ],
)
def test_margins_of_a_picture_of_200_by_80(asked: dict[str, Any], margins: Margins) -> None:
    assert Extension(**asked).margins(200, 80) == margins


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "nothing to add"),
        ({"left": 0, "top": "0%"}, "nothing to add"),
        ({"aspect": "5:2"}, "nothing to add: 200x80 is 5:2 already"),
        ({"left": "0.1%"}, "nothing to add to a picture of this size"),
        ({"left": -1}, "left -1: not a length"),
        ({"left": 1.5}, "left 1.5: not a length"),
        ({"left": True}, "left True: not a length"),
        ({"top": "20 %%"}, "top 20 %%: not a length"),
        ({"aspect": "wide"}, "aspect wide: not understood"),
        ({"aspect": "0:1"}, "aspect 0:1: not understood"),
        ({"left": 201}, r"left: 201 pixels are more than the picture has there \(200\)"),
        ({"aspect": "1:2"}, r"top: 160 pixels are more than the picture has there \(80\)"),
        ({"aspect": "3:1", "left": 0, "right": 9}, "aspect 3:1 needs 31 more pixels, but left and right are both"),
    ],
)
def test_what_cannot_be_asked_for(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        Extension(**asked).margins(200, 80)
    assert "\n" not in str(refusal.value)


@given(width=st.integers(1, 500), height=st.integers(1, 500), wide=st.integers(1, 40), high=st.integers(1, 40))
def test_an_aspect_is_met_to_the_nearest_pixel(width: int, height: int, wide: int, high: int) -> None:
    missing = (height * wide / high - width, width * high / wide - height)
    assume(max(missing) > 0.5)
    assume(missing[0] < 2 * width - 1)
    assume(missing[1] < 2 * height - 1)
    margins = Extension(aspect=f"{wide}:{high}").margins(width, height)
    new_width, new_height = margins.around(width, height)
    assert abs(new_width * high - new_height * wide) <= max(wide, high) / 2
    assert (new_width == width) != (new_height == height)
    assert margins.right - margins.left in (0, 1)
    assert margins.bottom - margins.top in (0, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_canvas_names_its_own_size(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769).update({0xA002: 40, 0xA003: 30})
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    picture = Picture(photo(30, 40), None, False, Metadata(exif=block, orientation=orientation))
    larger = canvas(picture, Margins(left=10, bottom=3))
    again = Image.Exif()
    again.load(larger.metadata.exif or b"")
    assert again.get_ifd(0x8769) == ({0xA002: 50, 0xA003: 33} if orientation < 5 else {0xA002: 33, 0xA003: 50})
    assert np.array_equal(larger.colour[:30, 10:], picture.colour)


def test_the_hole_is_what_the_canvas_gains() -> None:
    hole = Margins(1, 2, 3, 4).new_part(10, 20)
    assert hole.shape == (26, 14)
    assert not hole[2:22, 1:11].any()
    assert hole.sum() == 26 * 14 - 200


def test_a_flat_array_is_extended_flat() -> None:
    flat = np.full((30, 40, 3), (90, 120, 150), np.uint8)
    larger = restore.extend(flat, left="50%", bottom=10, inpainter=Inpainter({}, "cpu"))
    assert larger.shape == (40, 60, 3)
    assert np.array_equal(larger, np.broadcast_to(flat[0, 0], larger.shape))


def test_a_network_fills_and_changes_nothing_else(inpainter: Inpainter) -> None:
    image = photo(40, 50, np.uint16)
    larger = restore.extend(image, right=20, top="10%", fill="smooth", inpainter=inpainter)
    assert larger.dtype == np.uint16
    assert np.array_equal(larger[4:, :50], image)
    classical = restore.extend(image, right=20, top="10%", fill="smooth", inpainter=Inpainter({}, "cpu"))
    assert (larger[:, 50:] != classical[:, 50:]).mean() > 0.5


def test_a_batch_of_tensors_with_alpha(inpainter: Inpainter) -> None:
    images = torch.rand(2, 4, 24, 32)
    larger = restore.extend(images, aspect="2:1", inpainter=inpainter)
    assert larger.shape == (2, 4, 24, 48)
    assert torch.equal(larger[..., 8:40], images)
    assert (larger[:, 3, :, :8] == 1).all()


def test_released_weights_are_loaded_once(monkeypatch: pytest.MonkeyPatch, inpainter: Inpainter) -> None:
    asked: list[tuple[str, object]] = []

    def load(name: str, *, device: object) -> Inpainter:
        asked.append((name, device))
        return inpainter

    monkeypatch.setattr("restore.pipelines.inpaint.inpainter.load_once", load)
    assert restore.extend(Image.new("L", (20, 10)), bottom=2, device="cpu").size == (20, 12)
    assert asked == [("inpaint", "cpu")]


@pytest.mark.parametrize("name", ["dilate", "feather", "threshold", "invert"])
def test_options_of_a_mask_are_refused(name: str, inpainter: Inpainter) -> None:
    with pytest.raises(UsageError, match=f"{name}: of no use here"):
        restore.extend(photo(9, 9), left=1, inpainter=inpainter, **{name: 1})
