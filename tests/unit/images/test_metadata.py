"""What a file says besides its pixels and EXIF: profile, XMP, IPTC, resolution, PNG chunks.

Packets and profiles are made here by hand; results are read by Pillow, tifffile and by searching the written bytes.
"""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from restore.errors import UsageError
from restore.images.metadata import Metadata, icc_space, writable_metadata
from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.writing import describe_losses, write_picture

EXIF_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

PREVIEW = b"\xff\xd8\xff\xe0 a preview, as far as these tests look into it" * 3

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
    <xmpGImg:image>/9j/4AAQSkZJRgABPREVIEW</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>
  <xmp:CreatorTool>Tool 1</xmp:CreatorTool>
 </rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def tagged(orientation: int, *, filler: int = 0) -> bytes:
    """An EXIF block of one orientation field and some bytes that nothing points at."""
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0) + b"\x55" * filler


def picture(metadata: Metadata, *, grey: bool = False, depth: int = 8, shape: tuple[int, int] = (17, 12)) -> Picture:
    dtype = np.uint8 if depth == 8 else np.uint16
    rng = np.random.default_rng(3)
    colour = rng.integers(0, np.iinfo(dtype).max + 1, (*shape, 1 if grey else 3), dtype=dtype)
    return Picture(np.repeat(colour, 3, axis=2) if grey else colour, None, grey, metadata, "PNG")


def written(made: Picture, format: str, **options: str) -> bytes:
    out = io.BytesIO()
    write_picture(made, out, format=format, **options)
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
    for gone in (b"Thumbnails", b"PREVIEW", b"HasExtendedXMP"):
        assert gone not in packet


def test_xmp_without_anything_to_remove_is_byte_equal() -> None:
    packet = XMP[: XMP.index(b" xmpNote:Has")] + b" e:Flash='1'>" + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    assert writable_metadata(Metadata(exif=tagged(1), xmp=packet)).xmp == packet


@pytest.mark.parametrize("bad", [b"<x:xmpmeta", b"no xml at all", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_unreadable_xmp_is_dropped_and_said(bad: bytes) -> None:
    assert writable_metadata(Metadata(xmp=bad)).xmp is None
    assert any("XMP" in line for line in describe_losses(picture(Metadata(xmp=bad)), "PNG"))


@pytest.mark.parametrize("format", EXIF_FORMATS)
def test_strip_location(format: str) -> None:
    made = picture(Metadata(icc=SRGB, xmp=XMP))
    data = written(made, format, strip="location")
    packet = read_picture(io.BytesIO(data)).metadata.xmp
    assert packet is not None
    for gone in (b"GPS", b"52,31.2N", b"34/1", b"Berlin"):
        assert gone not in packet
    assert b"A &lt;b&gt; photograph" in packet


@pytest.mark.parametrize("format", EXIF_FORMATS)
def test_strip_all_keeps_the_colours_only(format: str) -> None:
    made = picture(Metadata(icc=SRGB, exif=tagged(6, filler=40), xmp=XMP, dpi=(300, 300), orientation=6))
    data = written(made, format, strip="all")
    for gone in (b"U" * 40, b"xmpmeta"):
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
    data = written(picture(Metadata(iptc=CAPTION + damage)), "JPEG")
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["photoshop"] == {0x0404: CAPTION}


# --- Resolution and PNG chunks ---


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
    Image.new("RGB", (8, 5)).save(source, "JPEG", exif=b"Exif\0\0" + tagged(1))
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
    block = tagged(1, filler=4)
    coded = b"\nexif\n" + f"{len(block) + 6:8}".encode() + b"\n" + (b"Exif\0\0" + block).hex().encode() + b"\n"
    hidden = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(coded))
    shop = chunk(b"tEXt", b"Raw profile type 8bim\0\n8bim\n 4\n" + PREVIEW.hex().encode())
    data = written(read_picture(io.BytesIO(png_with(hidden, shop))), "PNG")
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["exif"].removeprefix(b"Exif\0\0") == block
    assert PREVIEW[4:40].hex().encode() not in data
    assert b"8bim" not in data


def test_png_profile_bomb_is_ignored() -> None:
    bomb = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(200 << 20), 9))
    assert read_picture(io.BytesIO(png_with(bomb))).metadata.icc is None
