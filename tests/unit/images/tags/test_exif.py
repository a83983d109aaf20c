"""EXIF: every field kept to the byte, except previews of the old picture and what was asked to go.

Blocks are made here from the TIFF specification with `struct`; results are read by Pillow and by searching the written
file's bytes.
"""

import base64
import io
import struct
from pathlib import Path

import pytest
import tifffile
from PIL import Image

from restore.images.metadata import Metadata
from restore.images.reading import read_picture
from restore.images.tags.exif import orientation_of, with_size, without_location, without_previews
from tests.support.image_files import (
    METADATA_FORMATS,
    noise,
    written,
)

ORDERS = ("<", ">")
MAKER_NOTE = b"Maker\0\0\x01" + bytes(range(200)) + b"end of note"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:g="http://ns.adobe.com/xap/1.0/g/img/"><xmp:Thumbnails><r:Alt>'
    b'<r:li r:parseType="Resource"><g:image>%s</g:image></r:li></r:Alt></xmp:Thumbnails>'
    b"</r:Description></r:RDF></x:xmpmeta>"
)


def directory(entries: list[tuple[int, int, int, bytes]], order: str, offset: int, following: int = 0) -> bytes:
    """A TIFF directory for `offset`: (tag, type, count, value bytes), values that do not fit behind it."""
    head, tail = struct.pack(order + "H", len(entries)), b""
    behind = offset + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        head += struct.pack(order + "HHI", tag, kind, count)
        if len(value) <= 4:
            head += value.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", behind + len(tail))
            tail += value + b"\0" * (len(value) % 2)
    return head + struct.pack(order + "I", following) + tail


def jpeg_bytes(grey: int, size: int = 24) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((size, size), 30).point(lambda value: min(255, value // 2 + grey)).save(out, "JPEG")
    return out.getvalue()


THUMBNAIL, PREVIEW = jpeg_bytes(10), jpeg_bytes(90)


def exif_block(
    order: str = "<", *, orientation: int = 1, thumbnail: bytes | None = THUMBNAIL, note: bytes = MAKER_NOTE
) -> bytes:
    """IFD0, Exif, GPS, Interop and, with a thumbnail, IFD1; 8-byte header first."""
    short, long = (lambda value: struct.pack(order + "H", value)), (lambda value: struct.pack(order + "I", value))

    def rational(*values: int) -> bytes:
        return struct.pack(f"{order}{len(values)}I", *values)

    def first(exif_at: int, gps_at: int, following: int) -> bytes:
        entries = [
            (0x010E, 2, 20, b"Caption, made up, \xc3\xa9\0"[:20]),
            (0x010F, 2, 6, b"Maker\0"),
            (0x0112, 3, 1, short(orientation)),
            (0x0132, 2, 20, b"2024:05:06 07:08:09\0"),
            (0x8769, 4, 1, long(exif_at)),
            (0x8825, 4, 1, long(gps_at)),
        ]
        return directory(entries, order, 8, following)

    def detail(at: int, interop_at: int) -> bytes:
        entries = [
            (0x829A, 5, 1, rational(1, 125)),
            (0x9003, 2, 20, b"2024:05:06 07:08:09\0"),
            (0x927C, 7, len(note), note),
            (0xA005, 4, 1, long(interop_at)),
            (0xA434, 2, 9, b"50mm F1.\0"),
        ]
        return directory(entries, order, at)

    gps_entries = [
        (1, 2, 2, b"N\0"),
        (2, 5, 3, rational(52, 1, 31, 1, 1200, 100)),
        (0x1D, 2, 11, b"2024:05:06\0"),
    ]
    exif_at = 8 + len(first(0, 0, 0))
    interop_at = exif_at + len(detail(exif_at, 0))
    gps_at = interop_at + len(directory([(1, 2, 4, b"R98\0")], order, 0))
    body = directory([(1, 2, 4, b"R98\0")], order, interop_at) + directory(gps_entries, order, gps_at)
    ifd1_at = interop_at + len(body) if thumbnail else 0
    block = (b"II*\0" if order == "<" else b"MM\0*") + long(8)
    block += first(exif_at, gps_at, ifd1_at) + detail(exif_at, interop_at) + body
    if thumbnail:
        last = [(0x0103, 3, 1, short(6)), (0x0201, 4, 1, long(0)), (0x0202, 4, 1, long(len(thumbnail)))]
        last[1] = (0x0201, 4, 1, long(ifd1_at + len(directory(last, order, ifd1_at))))
        block += directory(last, order, ifd1_at) + thumbnail
    return block


def fields(block: bytes) -> dict[str, dict[int, object]]:
    """Every field as Pillow sees it, directory by directory, without the pointers between directories."""
    exif = Image.Exif()
    exif.load(block)
    return directories(exif)


def directories(exif: Image.Exif) -> dict[str, dict[int, object]]:
    found = {"first": dict(exif), "exif": dict(exif.get_ifd(0x8769)), "gps": dict(exif.get_ifd(0x8825))}
    found["interop"] = dict(exif.get_ifd(0xA005))
    for part in found.values():
        for pointer in (0x8769, 0x8825, 0xA005):
            part.pop(pointer, None)
    return found


def stored_exif(data: bytes, format: str) -> dict[str, dict[int, object]]:
    """The fields of a written file, read by Pillow (pillow-heif for HEIC)."""
    with Image.open(io.BytesIO(data)) as image:
        if format == "TIFF":
            return directories(image.getexif())
        return fields(image.info["exif"].removeprefix(b"Exif\0\0"))


def jpeg_file(block: bytes, *, size: tuple[int, int] = (12, 17), **more: bytes) -> bytes:
    """A JPEG with this EXIF, written by Pillow."""
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG", exif=b"Exif\0\0" + block, quality=95, **more)
    return out.getvalue()


@pytest.mark.parametrize("order", ORDERS)
def test_thumbnail_goes_and_every_field_stays(order: str) -> None:
    block = exif_block(order)
    assert THUMBNAIL in block
    cleaned = without_previews(block)
    assert fields(cleaned) == fields(block)
    assert cleaned == without_previews(cleaned)
    assert THUMBNAIL[4:40] not in cleaned
    assert b"\xff\xd8\xff" not in cleaned
    expected = bytearray(exif_block(order, thumbnail=None))  # the same block made without IFD1
    assert cleaned == bytes(expected)


@pytest.mark.parametrize("order", ORDERS)
def test_uncompressed_thumbnail_in_strips_goes(order: str) -> None:
    block = exif_block(order, thumbnail=None)
    raw = bytes(range(100, 112)) * 16
    at = len(block)
    entries = [(0x0111, 4, 1, b""), (0x0117, 4, 1, struct.pack(order + "I", len(raw)))]
    entries[0] = (0x0111, 4, 1, struct.pack(order + "I", at + len(directory([*entries], order, at))))
    joined = bytearray(block + directory(entries, order, at) + raw)
    count = struct.unpack_from(order + "H", joined, 8)[0]
    struct.pack_into(order + "I", joined, 8 + 2 + 12 * count, at)
    cleaned = without_previews(bytes(joined))
    assert cleaned == block


def test_preview_inside_a_maker_note_is_blanked_and_the_note_keeps_its_place() -> None:
    note = MAKER_NOTE + PREVIEW + b"after the preview"
    block = exif_block(note=note)
    cleaned = without_previews(block)
    assert fields(cleaned)["exif"][0x927C] == MAKER_NOTE + bytes(len(PREVIEW)) + b"after the preview"
    assert cleaned.index(MAKER_NOTE) == block.index(MAKER_NOTE)


def test_bytes_that_only_start_like_a_jpeg_are_no_preview() -> None:
    note = MAKER_NOTE + b"\xff\xd8\xff\x01 three bytes by chance \xff\xd8\xff\xe0\x00\x04ab nothing more"
    assert fields(without_previews(exif_block(note=note)))["exif"][0x927C] == note


def test_circle_of_directories_ends() -> None:
    block = bytearray(exif_block(thumbnail=None))
    count = struct.unpack_from("<H", block, 8)[0]
    struct.pack_into("<I", block, 8 + 2 + 12 * count, 8)
    assert fields(without_previews(bytes(block))) == fields(exif_block(thumbnail=None))


@pytest.mark.parametrize("cut", [8, 9, 20, 60, 100, 200, 400])
def test_cut_block_raises_nothing(cut: int) -> None:
    for order in ORDERS:
        block = exif_block(order)[:cut]
        assert len(without_location(without_previews(block))) <= len(block)
        assert orientation_of(block) in range(1, 9)


@pytest.mark.parametrize("order", ORDERS)
def test_location_goes_alone(order: str) -> None:
    block = exif_block(order, orientation=6)
    cleaned = without_location(block)
    assert len(cleaned) == len(block)
    before, after = fields(block), fields(cleaned)
    assert before["gps"]
    assert not after["gps"]
    assert b"2024:05:06\0\0" not in cleaned
    assert {key: after[key] for key in ("first", "exif", "interop")} == {
        key: before[key] for key in ("first", "exif", "interop")
    }
    assert cleaned[-len(THUMBNAIL) :] == THUMBNAIL


@pytest.mark.parametrize(("stored", "meant"), [(0, 1), (1, 1), (6, 6), (8, 8), (9, 1), (65535, 1)])
def test_orientation_without_meaning_is_upright(stored: int, meant: int) -> None:
    for order in ORDERS:
        assert orientation_of(exif_block(order, orientation=stored)) == meant


@pytest.mark.parametrize("format", METADATA_FORMATS)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_exif_fields_equal_after_writing(format: str, order: str, orientation: int) -> None:
    block = exif_block(order, orientation=orientation)
    read = read_picture(io.BytesIO(jpeg_file(block)))
    assert read.metadata.exif == block
    data = written(read, format)
    assert THUMBNAIL[4:60] not in data
    expected, found = fields(block), stored_exif(data, format)
    if format == "TIFF":  # there the first directory also says how the pixels are stored; Pillow has turned them
        found["first"] = {tag: value for tag, value in found["first"].items() if tag in expected["first"]}
        with tifffile.TiffFile(io.BytesIO(data)) as tiff:
            found["first"][0x0112] = int(tiff.pages[0].tags[0x0112].value)
    if format in ("AVIF", "HEIF"):  # they have a box of their own for that, and ignore the tag
        del expected["first"][0x0112]
    assert found == expected


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_exif_bytes_equal_where_nothing_had_to_go(format: str) -> None:
    block = exif_block(thumbnail=None)
    with Image.open(io.BytesIO(written(noise(Metadata(exif=block)), format))) as image:
        assert image.info["exif"].removeprefix(b"Exif\0\0") == block


def test_tiff_gives_its_fields_to_a_jpeg_and_takes_them_back() -> None:
    block = exif_block(">", orientation=3, thumbnail=None)
    tiff = written(noise(Metadata(exif=block, orientation=3)), "TIFF")
    assert tiff.startswith(b"MM")
    jpeg = written(read_picture(io.BytesIO(tiff)), "JPEG")
    assert stored_exif(jpeg, "JPEG") == fields(block)


@pytest.mark.parametrize("format", METADATA_FORMATS)
def test_strip_location_takes_the_gps_directory(format: str) -> None:
    found = stored_exif(written(noise(Metadata(exif=exif_block())), format, strip="location"), format)
    assert not found["gps"]
    assert found["exif"] == fields(exif_block())["exif"]


def test_no_preview_of_any_kind_survives(tmp_path: Path) -> None:
    """EXIF thumbnail, maker note preview, Photoshop's resource, JFXX, a second MPO picture and XMP, all in one JPEG."""
    block = exif_block(note=MAKER_NOTE + PREVIEW)
    resource = b"Photoshop 3.0\x008BIM\x04\x0c\0\0" + struct.pack(">I", 28 + len(THUMBNAIL)) + bytes(28) + THUMBNAIL
    jfxx = b"JFXX\0\x10" + THUMBNAIL
    extra = b"".join(
        struct.pack(">2sH", marker, len(body) + 2) + body
        for marker, body in ((b"\xff\xed", resource), (b"\xff\xe0", jfxx))
    )
    first = jpeg_file(block, xmp=XMP % base64.b64encode(THUMBNAIL))
    joined = first[:2] + extra + first[2:] + PREVIEW
    source = tmp_path / "all.jpg"
    source.write_bytes(joined)
    made = read_picture(source)
    for format in METADATA_FORMATS:
        data = written(made, format)
        for secret in (THUMBNAIL[4:60], PREVIEW[-60:-2], base64.b64encode(THUMBNAIL)[8:60]):
            assert secret in joined
            assert secret not in data, format


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", [3, 4])
def test_a_new_size_is_written_where_the_old_one_stood(order: str, kind: int) -> None:
    number = struct.pack(order + ("H" if kind == 3 else "I"), 1000)
    pointer = struct.pack(order + "I", 8 + 2 + 4 * 12 + 4)
    first = [(0x0100, kind, 1, number), (0x0101, kind, 1, number), (0x0112, 3, 1, struct.pack(order + "H", 6))]
    block = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    block += directory([*first, (0x8769, 4, 1, pointer)], order, 8)
    area = struct.pack(order + "4H", 5, 6, 7, 8)
    sizes = [(0xA002, kind, 1, number), (0xA003, kind, 1, number)]
    block += directory([(0x9214, 3, 4, area), *sizes, (0xA434, 2, 4, b"50m\0")], order, len(block))
    resized = fields(with_size(block, (70_000, 3)))
    assert resized["first"] == {0x0100: 70_000, 0x0101: 3, 0x0112: 6}
    assert resized["exif"] == {0xA002: 70_000, 0xA003: 3, 0xA434: "50m"}
    bare = fields(with_size(block, None))
    assert (bare["first"], bare["exif"]) == ({0x0112: 6}, {0xA434: "50m"})


def test_a_block_without_a_size_gets_none_and_a_damaged_one_raises_nothing() -> None:
    block = exif_block()
    assert with_size(block, (9, 9)) == block
    for cut in range(0, len(block), 7):
        with_size(block[:cut], (9, 9))


@pytest.mark.parametrize(("format", "sides"), [("PNG", {0xA002: 40, 0xA003: 30}), ("AVIF", {})])
def test_a_size_is_true_of_the_pixels_as_they_are_stored(format: str, sides: dict[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769).update({0xA002: 40, 0xA003: 30})
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    data = written(read_picture(io.BytesIO(jpeg_file(block, size=(40, 30)))), format)
    assert stored_exif(data, format)["exif"] == sides
