"""Formats by name and by suffix; each has one reader and one writer."""

from pathlib import Path

import pytest
from PIL import Image

from restore.errors import UsageError
from restore.images.formats import LOSSLESS, READABLE_SUFFIXES, WRITABLE, output_format
from restore.images.picture import Picture
from restore.images.reading import READERS
from restore.images.writing import FORMATS, describe_losses, write_picture
from tests.support.image_files import RGB8, written


def test_format_follows_the_suffix(tmp_path: Path) -> None:
    for name, format in (("a.PNG", "PNG"), ("b.jpeg", "JPEG"), ("c.tif", "TIFF"), ("d.webp", "WEBP"), ("e.bmp", "BMP")):
        write_picture(Picture(RGB8), tmp_path / name)
        with Image.open(tmp_path / name) as image:
            assert image.format == format == output_format(name)
    assert output_format("x.heic") == "HEIF"
    assert output_format(Path("x.avif")) == "AVIF"
    assert {"PNG", "TIFF", "BMP"} == LOSSLESS
    assert {".png", ".jpg", ".heic", ".gif"} < READABLE_SUFFIXES


@pytest.mark.parametrize("name", ["x.gif", "x.xyz", "x", "x.pdf"])
def test_unknown_suffix(name: str) -> None:
    with pytest.raises(UsageError, match=r"\.png") as caught:
        output_format(name)
    assert name in str(caught.value)
    with pytest.raises(UsageError):
        write_picture(Picture(RGB8), name)
    assert not Path(name).exists()


def test_unknown_format_is_named() -> None:
    with pytest.raises(UsageError, match="GIF"):
        written(Picture(RGB8, format="GIF"), "GIF")
    with pytest.raises(UsageError, match="GIF"):
        describe_losses(Picture(RGB8), "GIF")


def test_each_format_has_one_reader_and_one_writer() -> None:
    assert set(FORMATS) == WRITABLE
    assert set(READERS) == {*WRITABLE, "GIF"}
    for name, reader in READERS.items():
        assert reader.__name__ == f"read_{name.lower()}"
        assert name == "GIF" or FORMATS[name].write.__name__ == f"write_{name.lower()}"
