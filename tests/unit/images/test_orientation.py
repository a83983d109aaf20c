"""The eight orientations: upright inside, stored as before, the tag untouched.

Files are written and read by Pillow and tifffile; which corner comes first is written down from the EXIF specification.
"""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.writing import describe_losses
from tests.support.image_files import tagged, written

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:Make="Maker"/></r:RDF></x:xmpmeta>'
)
CORNERS = {  # EXIF orientation -> which corner of what one sees is stored first (row 0), last
    1: ("top left", "bottom right"),
    2: ("top right", "bottom left"),
    3: ("bottom right", "top left"),
    4: ("bottom left", "top right"),
    5: ("top left", "bottom right"),
    6: ("top right", "bottom left"),
    7: ("bottom right", "top left"),
    8: ("bottom left", "top right"),
}


def upright_scene() -> np.ndarray:
    """30 x 20 as looked at: four quarters, each of one colour."""
    scene = np.empty((30, 20, 3), np.uint8)
    scene[:15, :10], scene[:15, 10:] = (200, 30, 30), (30, 200, 30)
    scene[15:, :10], scene[15:, 10:] = (30, 30, 200), (220, 220, 60)
    return scene


CORNER_COLOURS = {
    "top left": (200, 30, 30), "top right": (30, 200, 30), "bottom left": (30, 30, 200), "bottom right": (220, 220, 60),
}  # fmt: skip


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_eight_orientations_are_upright_inside_and_stored_as_before(orientation: int, format: str) -> None:
    block = tagged(orientation)
    made = Picture(upright_scene(), None, metadata=Metadata(exif=block, orientation=orientation))
    data = written(made, format)
    if format == "TIFF":
        with tifffile.TiffFile(io.BytesIO(data)) as tiff:
            stored, tag = tiff.pages[0].asarray(), int(tiff.pages[0].tags[0x0112].value)
    else:
        with Image.open(io.BytesIO(data)) as image:
            stored, tag = np.asarray(image), image.getexif()[0x0112]
    assert tag == orientation
    assert stored.shape == ((20, 30, 3) if orientation >= 5 else (30, 20, 3))
    first, last = CORNERS[orientation]
    assert np.abs(stored[2, 2].astype(int) - CORNER_COLOURS[first]).max() < 20
    assert np.abs(stored[-3, -3].astype(int) - CORNER_COLOURS[last]).max() < 20

    again = read_picture(io.BytesIO(data))
    assert again.metadata.orientation == orientation
    assert again.stored_size == stored.shape[1::-1]
    assert np.abs(again.colour.astype(int) - upright_scene()).max() < 20
    second = written(again, format)
    if format != "JPEG":
        assert second == data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_agrees_with_pillow(orientation: int) -> None:
    out = io.BytesIO()
    noise = Image.effect_noise((31, 22), 60).convert("RGB")
    noise.save(out, "JPEG", exif=b"Exif\0\0" + tagged(orientation))
    data = out.getvalue()
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(read_picture(io.BytesIO(data)).colour, expected)


def test_format_without_exif_is_written_upright() -> None:
    made = Picture(upright_scene(), None, metadata=Metadata(exif=tagged(6), orientation=6))
    with Image.open(io.BytesIO(written(made, "BMP"))) as image:
        assert np.array_equal(np.asarray(image), upright_scene())
    assert any("EXIF" in line for line in describe_losses(made, "BMP"))


@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
def test_box_formats_show_upright(format: str) -> None:
    made = Picture(upright_scene(), None, metadata=Metadata(exif=tagged(6), orientation=6, xmp=XMP))
    again = read_picture(io.BytesIO(written(made, format)))
    assert again.colour.shape == (30, 20, 3)
    assert np.abs(again.colour.astype(int) - upright_scene())[5:10, 3:7].max() < 30


def test_exif_too_long_for_a_jpeg_is_left_out_upright_and_reported() -> None:
    block = tagged(6, filler=70000)
    made = Picture(upright_scene(), None, metadata=Metadata(exif=block, orientation=6, xmp=XMP))
    data = written(made, "JPEG")
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (20, 30)
        assert "exif" not in image.info
        assert b"tiff:Orientation" not in image.info["xmp"]
    assert any("EXIF" in line for line in describe_losses(made, "JPEG"))
    assert not any("EXIF" in line for line in describe_losses(made, "PNG"))
