"""What a file says besides its pixels: profile, resolution, and what is left when it is stripped.

Packets and profiles are made by hand; results are read by Pillow and by searching the written bytes.
"""

import io

import pytest
from PIL import Image, ImageCms

from restore.errors import UsageError
from restore.images.metadata import Metadata, icc_space
from restore.images.reading import read_picture
from restore.images.writing import describe_losses
from tests.support.image_files import METADATA_FORMATS, XMP, gray_profile, noise, saved, tagged, written

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_icc_is_byte_equal(format: str) -> None:
    profile_bytes = SRGB + b"padding that a parser might lose\0"
    data = written(noise(Metadata(icc=profile_bytes)), format)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == profile_bytes
    assert read_picture(io.BytesIO(data)).metadata.icc == profile_bytes


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF"])
def test_grey_profile_goes_back_to_a_grey_file(format: str) -> None:
    grey = gray_profile()
    ImageCms.getProfileName(ImageCms.ImageCmsProfile(io.BytesIO(grey)))  # LittleCMS takes it
    source = saved(Image.effect_noise((9, 7), 50), format, icc_profile=grey)
    data = written(read_picture(source), format)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "L"
        assert image.info["icc_profile"] == grey


def test_grey_profile_never_lands_on_colour() -> None:
    made = noise(Metadata(icc=gray_profile()))
    with Image.open(io.BytesIO(written(made, "PNG"))) as image:
        assert "icc_profile" not in image.info
    assert any("GRAY" in line for line in describe_losses(made, "PNG"))
    assert any("GRAY" in line for line in describe_losses(noise(Metadata(icc=gray_profile()), grey=True), "WEBP"))


def test_profile_space_is_read_from_the_header() -> None:
    assert icc_space(SRGB) == "RGB"
    assert icc_space(gray_profile()) == "GRAY"
    assert icc_space(b"too short") == ""
    assert icc_space(bytes(200)) == ""


@pytest.mark.parametrize("format", METADATA_FORMATS)
def test_strip_location(format: str) -> None:
    made = noise(Metadata(icc=SRGB, xmp=XMP))
    data = written(made, format, strip="location")
    packet = read_picture(io.BytesIO(data)).metadata.xmp
    assert packet is not None
    for gone in (b"GPS", b"52,31.2N", b"34/1", b"Berlin"):
        assert gone not in packet
    assert b"A &lt;b&gt; photograph" in packet


@pytest.mark.parametrize("format", METADATA_FORMATS)
def test_strip_all_keeps_the_colours_only(format: str) -> None:
    made = noise(Metadata(icc=SRGB, exif=tagged(6, filler=40), xmp=XMP, dpi=(300, 300), orientation=6))
    data = written(made, format, strip="all")
    for gone in (b"U" * 40, b"xmpmeta"):
        assert gone not in data
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == SRGB
        assert image.size == (12, 17)  # upright: no tag is left that would turn it
        assert image.getexif().get(0x0112, 1) == 1


def test_unknown_strip_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="location"):
        written(noise(Metadata()), "PNG", strip="everything")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP"])
def test_resolution_is_kept(format: str) -> None:
    source = io.BytesIO()
    Image.new("RGB", (8, 5)).save(source, format, dpi=(300, 144))
    first = source.getvalue()
    again = written(read_picture(io.BytesIO(first)), format)
    with Image.open(io.BytesIO(first)) as before, Image.open(io.BytesIO(again)) as after:
        assert after.info["dpi"] == pytest.approx(before.info["dpi"], rel=1e-6)
        assert after.info["dpi"] == pytest.approx((300, 144), rel=1e-3)


def test_jpeg_without_resolution_gets_none() -> None:
    source = saved(Image.new("RGB", (8, 5)), "JPEG", exif=b"Exif\0\0" + tagged(1))
    assert read_picture(source).metadata.dpi is None
