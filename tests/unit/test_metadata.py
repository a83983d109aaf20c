"""What a file says besides its pixels: kept to the byte, except previews of the old picture and what was asked to go.

EXIF blocks are made here from the TIFF specification with `struct`; results are read by Pillow and by searching the
written file's bytes.
"""

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from restore.errors import UsageError
from restore.exif import orientation_of, without_location, without_previews
from restore.images import Metadata, Picture, describe_losses, read_picture, write_picture
from restore.metadata import icc_space, prepared

ORDERS = ("<", ">")
EXIF_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF")
MAKER_NOTE = b"Maker\0\0\x01" + bytes(range(200)) + b"end of note"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

XMP = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:e="http://ns.adobe.com/exif/1.0/"
   xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/"
   xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
   xmlns:xmpNote="http://ns.adobe.com/xmp/note/" e:GPSLatitude="52,31.2N" e:GPSLongitude='13,24.5E'
   photoshop:City="Berlin &gt; Mitte" xmpNote:HasExtendedXMP="ABCDEF" tiff:Orientation="6" xmp:Rating="4">
  <dc:description><rdf:Alt><rdf:li xml:lang="x-default">A &lt;b&gt; photograph</rdf:li></rdf:Alt></dc:description>
  <e:GPSAltitude>34/1</e:GPSAltitude>
  <xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><xmpGImg:format>JPEG</xmpGImg:format>
    <xmpGImg:image>/9j/4AAQSkZJRgABTHUMBNAIL</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>
  <xmp:CreatorTool>Tool 1</xmp:CreatorTool>
 </rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


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
            exif = image.getexif()
            found = {"first": dict(exif), "exif": dict(exif.get_ifd(0x8769)), "gps": dict(exif.get_ifd(0x8825))}
            found["interop"] = dict(exif.get_ifd(0xA005))
            for part in found.values():
                for pointer in (0x8769, 0x8825, 0xA005):
                    part.pop(pointer, None)
            return found
        return fields(image.info["exif"].removeprefix(b"Exif\0\0"))


def picture(metadata: Metadata, *, grey: bool = False, depth: int = 8, shape: tuple[int, int] = (17, 12)) -> Picture:
    dtype = np.uint8 if depth == 8 else np.uint16
    rng = np.random.default_rng(3)
    colour = rng.integers(0, np.iinfo(dtype).max + 1, (*shape, 1 if grey else 3), dtype=dtype)
    return Picture(np.repeat(colour, 3, axis=2) if grey else colour, None, grey, metadata, "PNG")


def written(made: Picture, format: str, **options: str) -> bytes:
    out = io.BytesIO()
    write_picture(made, out, format=format, **options)
    return out.getvalue()


def jpeg_file(block: bytes, *, size: tuple[int, int] = (12, 17), **more: bytes) -> bytes:
    """A JPEG with this EXIF, written by Pillow."""
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG", exif=b"Exif\0\0" + block, quality=95, **more)
    return out.getvalue()


def gray_profile(gamma: float = 1.8) -> bytes:
    """A minimal ICC v2 grey profile: header, white point, tone curve, description, copyright."""
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"grey\0" + bytes(4 + 4 + 2 + 1 + 67 + 3)
    note = b"text\0\0\0\0none\0\0\0\0"
    return profile(b"GRAY", b"XYZ ", b"mntr", {b"wtpt": white, b"kTRC": curve, b"desc": name, b"cprt": note})


def profile(space: bytes, connection: bytes, device: bytes, tags: dict[bytes, bytes]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += tag + struct.pack(">II", start + len(body), len(value))
        body += padded
    head = struct.pack(">I", start + len(body)) + bytes(4) + bytes([2, 0x40, 0, 0]) + device + space + connection
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


# --- EXIF blocks, edited in place ----------------------------------------------------------------------------------


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


# --- Through files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", EXIF_FORMATS)
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
    with Image.open(io.BytesIO(written(picture(Metadata(exif=block)), format))) as image:
        assert image.info["exif"].removeprefix(b"Exif\0\0") == block


def test_tiff_gives_its_fields_to_a_jpeg_and_takes_them_back() -> None:
    block = exif_block(">", orientation=3, thumbnail=None)
    tiff = written(picture(Metadata(exif=block, orientation=3)), "TIFF")
    assert tiff.startswith(b"MM")
    jpeg = written(read_picture(io.BytesIO(tiff)), "JPEG")
    assert stored_exif(jpeg, "JPEG") == fields(block)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_icc_is_byte_equal(format: str) -> None:
    profile_bytes = SRGB + b"padding that a parser might lose\0"
    data = written(picture(Metadata(icc=profile_bytes)), format)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == profile_bytes
    assert read_picture(io.BytesIO(data)).metadata.icc == profile_bytes


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF"])
def test_grey_profile_goes_back_to_a_grey_file(format: str) -> None:
    grey = gray_profile()
    ImageCms.getProfileName(ImageCms.ImageCmsProfile(io.BytesIO(grey)))  # LittleCMS takes it
    source = io.BytesIO()
    Image.effect_noise((9, 7), 50).save(source, format, icc_profile=grey)
    data = written(read_picture(source_at_start(source)), format)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "L"
        assert image.info["icc_profile"] == grey


def source_at_start(file: io.BytesIO) -> io.BytesIO:
    file.seek(0)
    return file


def test_grey_profile_never_lands_on_colour() -> None:
    made = picture(Metadata(icc=gray_profile()))
    with Image.open(io.BytesIO(written(made, "PNG"))) as image:
        assert "icc_profile" not in image.info
    assert any("GRAY" in line for line in describe_losses(made, "PNG"))
    assert any("GRAY" in line for line in describe_losses(picture(Metadata(icc=gray_profile()), grey=True), "WEBP"))


def test_profile_space_is_read_from_the_header() -> None:
    assert icc_space(SRGB) == "RGB"
    assert icc_space(gray_profile()) == "GRAY"
    assert icc_space(b"too short") == ""
    assert icc_space(bytes(200)) == ""


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_xmp_keeps_all_but_pictures(format: str) -> None:
    data = written(picture(Metadata(xmp=XMP)), format)
    packet = read_picture(io.BytesIO(data)).metadata.xmp
    assert packet is not None
    assert packet in data
    for kept in (b"A &lt;b&gt; photograph", b"Tool 1", b'xmp:Rating="4"', b"GPSLatitude", b"GPSAltitude", b"Berlin"):
        assert kept in packet
    for gone in (b"Thumbnails", b"THUMBNAIL", b"HasExtendedXMP"):
        assert gone not in packet


def test_xmp_without_anything_to_remove_is_byte_equal() -> None:
    packet = XMP[: XMP.index(b" xmpNote:Has")] + b" e:Flash='1'>" + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    assert prepared(Metadata(exif=exif_block(), xmp=packet)).xmp == packet


@pytest.mark.parametrize("bad", [b"<x:xmpmeta", b"no xml at all", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_unreadable_xmp_is_dropped_and_said(bad: bytes) -> None:
    assert prepared(Metadata(xmp=bad)).xmp is None
    assert any("XMP" in line for line in describe_losses(picture(Metadata(xmp=bad)), "PNG"))


@pytest.mark.parametrize("format", EXIF_FORMATS)
def test_strip_location(format: str) -> None:
    made = picture(Metadata(icc=SRGB, exif=exif_block(), xmp=XMP))
    data = written(made, format, strip="location")
    packet = read_picture(io.BytesIO(data)).metadata.xmp
    assert packet is not None
    for gone in (b"GPS", b"52,31.2N", b"34/1", b"Berlin"):
        assert gone not in packet
    assert b"A &lt;b&gt; photograph" in packet
    found = stored_exif(data, format)
    assert not found["gps"]
    assert found["exif"] == fields(exif_block())["exif"]


@pytest.mark.parametrize("format", EXIF_FORMATS)
def test_strip_all_keeps_the_colours_only(format: str) -> None:
    made = picture(Metadata(icc=SRGB, exif=exif_block(orientation=6), xmp=XMP, dpi=(300, 300), orientation=6))
    data = written(made, format, strip="all")
    for gone in (b"Caption", b"Maker", b"xmpmeta", b"2024:05"):
        assert gone not in data
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == SRGB
        assert image.size == (12, 17)  # upright: no tag is left that would turn it
        assert image.getexif().get(0x0112, 1) == 1


def test_unknown_strip_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="location"):
        written(picture(Metadata()), "PNG", strip="everything")


# --- IPTC -----------------------------------------------------------------------------------------------------------


def record(dataset: int, value: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, 2, dataset, len(value)) + value


CAPTION, KEYWORD, CITY = record(120, b"A caption"), record(25, b"holiday"), record(90, b"Paris")


def jpeg_with_records(records: bytes) -> bytes:
    """A JPEG whose Photoshop segment holds the records and a thumbnail resource."""
    iptc = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records + bytes(len(records) % 2)
    shop = b"8BIM\x04\x0c\0\0" + struct.pack(">I", 28 + len(THUMBNAIL)) + bytes(28) + THUMBNAIL
    body = b"Photoshop 3.0\0" + iptc + shop
    plain = jpeg_file(exif_block())
    return plain[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + plain[2:]


def test_iptc_is_kept_in_jpeg_and_tiff_without_its_neighbours() -> None:
    made = read_picture(io.BytesIO(jpeg_with_records(CAPTION + record(202, THUMBNAIL) + KEYWORD + CITY)))
    with Image.open(io.BytesIO(written(made, "JPEG"))) as image:
        assert image.info["photoshop"] == {0x0404: CAPTION + KEYWORD + CITY}
    tiff = written(made, "TIFF")
    with tifffile.TiffFile(io.BytesIO(tiff)) as file:
        assert bytes(file.pages[0].tags[33723].value) == CAPTION + KEYWORD + CITY
    assert THUMBNAIL[4:60] not in tiff
    with Image.open(io.BytesIO(written(read_picture(io.BytesIO(tiff)), "JPEG", strip="location"))) as image:
        assert image.info["photoshop"] == {0x0404: CAPTION + KEYWORD}
    assert b"A caption" not in written(made, "JPEG", strip="all")


@pytest.mark.parametrize("damage", [b"", b"\x1c", b"\x1c\x02\x78\xff\xff", b"\x1c\x02\x78\0\x50short", b"text"])
def test_damaged_iptc_is_cut_where_the_damage_begins(damage: bytes) -> None:
    data = written(picture(Metadata(iptc=CAPTION + damage)), "JPEG")
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["photoshop"] == {0x0404: CAPTION}


# --- Orientation ----------------------------------------------------------------------------------------------------

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
    block = exif_block(orientation=orientation)
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
    data = jpeg_file(exif_block(orientation=orientation), size=(31, 22))
    with Image.open(io.BytesIO(data)) as image:
        from PIL import ImageOps

        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(read_picture(io.BytesIO(data)).colour, expected)


def test_format_without_exif_is_written_upright() -> None:
    made = Picture(upright_scene(), None, metadata=Metadata(exif=exif_block(orientation=6), orientation=6))
    with Image.open(io.BytesIO(written(made, "BMP"))) as image:
        assert np.array_equal(np.asarray(image), upright_scene())
    assert any("EXIF" in line for line in describe_losses(made, "BMP"))


@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
def test_box_formats_show_upright(format: str) -> None:
    made = Picture(upright_scene(), None, metadata=Metadata(exif=exif_block(orientation=6), orientation=6, xmp=XMP))
    again = read_picture(io.BytesIO(written(made, format)))
    assert again.colour.shape == (30, 20, 3)
    assert np.abs(again.colour.astype(int) - upright_scene())[5:10, 3:7].max() < 30


def test_exif_too_long_for_a_jpeg_is_left_out_upright_and_said() -> None:
    block = exif_block(orientation=6, thumbnail=None, note=bytes(range(1, 251)) * 280)
    made = Picture(upright_scene(), None, metadata=Metadata(exif=block, orientation=6, xmp=XMP))
    data = written(made, "JPEG")
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (20, 30)
        assert "exif" not in image.info
        assert b"tiff:Orientation" not in image.info["xmp"]
    assert any("EXIF" in line for line in describe_losses(made, "JPEG"))
    assert not any("EXIF" in line for line in describe_losses(made, "PNG"))


# --- Resolution, chunks, other programs' files ----------------------------------------------------------------------


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
    source = io.BytesIO()
    Image.new("RGB", (8, 5)).save(source, "JPEG", exif=b"Exif\0\0" + exif_block())
    assert read_picture(source_at_start(source)).metadata.dpi is None


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*chunks: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3), (9, 8, 7)).save(out, "PNG")
    data = out.getvalue()
    return data[:33] + b"".join(chunks) + data[33:]


def test_png_chunks_travel() -> None:
    gamma, text = chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"tEXt", b"Author\0Somebody")
    source = png_with(gamma, text, chunk(b"pHYs", struct.pack(">IIB", 2835, 2834, 1)), chunk(b"prVt", b"private"))
    data = written(read_picture(io.BytesIO(source)), "PNG")
    assert gamma in data
    assert text in data
    assert chunk(b"pHYs", struct.pack(">IIB", 2835, 2834, 1)) in data
    assert b"prVt" not in data
    stripped = written(read_picture(io.BytesIO(source)), "PNG", strip="all")
    assert gamma in stripped
    assert text not in stripped


def test_png_texts_that_hide_exif_are_understood_and_photoshop_ones_go() -> None:
    block = exif_block(orientation=1)
    coded = b"\nexif\n" + f"{len(block) + 6:8}".encode() + b"\n" + (b"Exif\0\0" + block).hex().encode() + b"\n"
    hidden = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(coded))
    shop = chunk(b"tEXt", b"Raw profile type 8bim\0\n8bim\n 4\n" + THUMBNAIL.hex().encode())
    data = written(read_picture(io.BytesIO(png_with(hidden, shop))), "PNG")
    with Image.open(io.BytesIO(data)) as image:
        assert fields(image.info["exif"].removeprefix(b"Exif\0\0")) == fields(block)
    assert THUMBNAIL[4:40].hex().encode() not in data
    assert b"8bim" not in data


def test_png_profile_bomb_is_ignored() -> None:
    bomb = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(200 << 20), 9))
    assert read_picture(io.BytesIO(png_with(bomb))).metadata.icc is None


def test_no_preview_of_any_kind_survives(tmp_path: Path) -> None:
    """EXIF thumbnail, maker note preview, Photoshop's resource, JFXX, a second MPO picture and XMP, all in one JPEG."""
    block = exif_block(note=MAKER_NOTE + PREVIEW)
    resource = b"Photoshop 3.0\x008BIM\x04\x0c\0\0" + struct.pack(">I", 28 + len(THUMBNAIL)) + bytes(28) + THUMBNAIL
    jfxx = b"JFXX\0\x10" + THUMBNAIL
    extra = b"".join(
        struct.pack(">2sH", marker, len(body) + 2) + body
        for marker, body in ((b"\xff\xed", resource), (b"\xff\xe0", jfxx))
    )
    first = jpeg_file(block, xmp=XMP.replace(b"/9j/4AAQSkZJRgABTHUMBNAIL", base64.b64encode(THUMBNAIL)))
    joined = first[:2] + extra + first[2:] + PREVIEW
    source = tmp_path / "all.jpg"
    source.write_bytes(joined)
    made = read_picture(source)
    for format in EXIF_FORMATS:
        data = written(made, format)
        for secret in (THUMBNAIL[4:60], PREVIEW[-60:-2], base64.b64encode(THUMBNAIL)[8:60]):
            assert secret in joined
            assert secret not in data, format
