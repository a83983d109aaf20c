"""IPTC records: previews and places go, everything else stays to the byte."""

import io
import struct

import pytest
import tifffile
from PIL import Image

from restore.images.metadata import Metadata
from restore.images.reading import read_picture
from tests.support.image_files import PREVIEW, noise, written


def record(dataset: int, value: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, 2, dataset, len(value)) + value


CAPTION, KEYWORD, CITY = record(120, b"A caption"), record(25, b"holiday"), record(90, b"Paris")


def jpeg_with_records(records: bytes) -> bytes:
    """A JPEG whose Photoshop segment holds the records and a thumbnail resource."""
    iptc = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records + bytes(len(records) % 2)
    shop = b"8BIM\x04\x0c\0\0" + struct.pack(">I", 28 + len(PREVIEW)) + bytes(28) + PREVIEW
    body = b"Photoshop 3.0\0" + iptc + shop
    out = io.BytesIO()
    Image.new("RGB", (9, 8)).save(out, "JPEG")
    plain = out.getvalue()
    return plain[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + plain[2:]


def test_iptc_is_kept_in_jpeg_and_tiff_without_its_neighbours() -> None:
    made = read_picture(io.BytesIO(jpeg_with_records(CAPTION + record(202, PREVIEW) + KEYWORD + CITY)))
    with Image.open(io.BytesIO(written(made, "JPEG"))) as image:
        assert image.info["photoshop"] == {0x0404: CAPTION + KEYWORD + CITY}
    tiff = written(made, "TIFF")
    with tifffile.TiffFile(io.BytesIO(tiff)) as file:
        assert bytes(file.pages[0].tags[33723].value) == CAPTION + KEYWORD + CITY
    assert PREVIEW[4:60] not in tiff
    with Image.open(io.BytesIO(written(read_picture(io.BytesIO(tiff)), "JPEG", strip="location"))) as image:
        assert image.info["photoshop"] == {0x0404: CAPTION + KEYWORD}
    assert b"A caption" not in written(made, "JPEG", strip="all")


@pytest.mark.parametrize("damage", [b"", b"\x1c", b"\x1c\x02\x78\xff\xff", b"\x1c\x02\x78\0\x50short", b"text"])
def test_damaged_iptc_is_cut_where_the_damage_begins(damage: bytes) -> None:
    data = written(noise(Metadata(iptc=CAPTION + damage)), "JPEG")
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["photoshop"] == {0x0404: CAPTION}
