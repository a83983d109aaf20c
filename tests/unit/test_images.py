"""Every mode, depth and format in and out, and one clear line for each file that is no picture.

Files come from Pillow, tifffile or hand-made bytes; expected pixels come from the arrays they were made of.
"""

import contextlib
import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFile

from restore import heif
from restore.errors import InputError, OutputError, UsageError
from restore.images import (
    LOSSLESS,
    READABLE_SUFFIXES,
    Metadata,
    Picture,
    describe_losses,
    output_format,
    read_picture,
    write_picture,
)

RNG = np.random.default_rng(11)
RGB8 = RNG.integers(0, 256, (13, 10, 3), dtype=np.uint8)
RGB16 = RNG.integers(0, 65536, (13, 10, 3), dtype=np.uint16)
ALPHA8 = RNG.integers(0, 256, (13, 10), dtype=np.uint8)
ALPHA16 = RNG.integers(0, 65536, (13, 10), dtype=np.uint16)


def saved(image: Image.Image, format: str, **options: object) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, format, **options)
    out.seek(0)
    return out


def written(picture: Picture, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    write_picture(picture, out, format=format, **options)
    return out.getvalue()


def png_bytes(array: np.ndarray, colour: int, bits: int, *chunks: tuple[bytes, bytes], palette: bytes = b"") -> bytes:
    """A PNG made by hand: unfiltered rows of big-endian samples."""
    height, width = array.shape[:2]
    rows = array.astype(">u2" if bits == 16 else "u1").reshape(height, -1)
    if bits < 8:
        per = 8 // bits
        padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % per))).reshape(height, -1, per).astype(np.uint8)
        shifts = (8 - bits * (1 + np.arange(per))).astype(np.uint8)
        rows = (padded << shifts).sum(axis=2).astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))]
    parts += [(b"PLTE", palette)] if palette else []
    parts += [*chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    body = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def tiff_bytes(array: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, array, **options)
    return out.getvalue()


def three(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)


# --- What comes in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "WEBP"])
def test_eight_bit_colour(format: str) -> None:
    picture = read_picture(saved(Image.fromarray(RGB8), format, **({"lossless": True} if format == "WEBP" else {})))
    assert np.array_equal(picture.colour, RGB8)
    assert (picture.depth, picture.grey, picture.format) == (8, False, format)
    assert picture.alpha is None
    assert (picture.width, picture.height, picture.stored_size) == (10, 13, (10, 13))


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_eight_bit_alpha(format: str) -> None:
    image = Image.fromarray(np.dstack([RGB8, ALPHA8]))
    picture = read_picture(saved(image, format, **({"lossless": True, "exact": True} if format == "WEBP" else {})))
    assert np.array_equal(picture.colour, RGB8)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, ALPHA8)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "JPEG"])
def test_grey(format: str) -> None:
    flat = np.full((13, 10), 77, np.uint8)
    picture = read_picture(saved(Image.fromarray(flat), format))
    assert picture.grey
    assert np.array_equal(picture.colour, three(flat))


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_one_bit(format: str) -> None:
    bits = RGB8[..., 0] > 127
    picture = read_picture(saved(Image.fromarray(bits), format))
    assert picture.grey
    assert np.array_equal(picture.colour, three(np.where(bits, 255, 0).astype(np.uint8)))


def test_white_is_zero_tiff() -> None:
    for dtype, top in ((np.uint8, 255), (np.uint16, 65535)):
        stored = RGB16[..., 0].astype(dtype)
        picture = read_picture(io.BytesIO(tiff_bytes(stored, photometric="miniswhite")))
        assert np.array_equal(picture.colour, three(top - stored))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_shallow_png_grey(bits: int) -> None:
    levels = RNG.integers(0, 1 << bits, (5, 7))
    picture = read_picture(io.BytesIO(png_bytes(levels, 0, bits)))
    assert picture.grey
    assert np.array_equal(picture.colour, three((levels * 255 // ((1 << bits) - 1)).astype(np.uint8)))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_png_palette_with_transparency(bits: int) -> None:
    indices = RNG.integers(0, 2, (5, 7))
    palette, transparency = bytes([10, 20, 30, 200, 100, 50]), (b"tRNS", bytes([0, 128]))
    picture = read_picture(io.BytesIO(png_bytes(indices, 3, bits, transparency, palette=palette)))
    assert not picture.grey
    assert np.array_equal(picture.colour, np.array([[10, 20, 30], [200, 100, 50]], np.uint8)[indices])
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.array([0, 128], np.uint8)[indices])


def test_png_transparent_colour_at_sixteen_bits() -> None:
    key = RGB16[4, 5]
    data = png_bytes(RGB16, 2, 16, (b"tRNS", key.astype(">u2").tobytes()))
    picture = read_picture(io.BytesIO(data))
    assert picture.depth == 16
    assert np.array_equal(picture.colour, RGB16)
    assert picture.alpha is not None
    assert picture.alpha[4, 5] == 0
    assert (picture.alpha == 0).sum() == (key == RGB16).all(axis=2).sum()


def test_gif_with_transparency() -> None:
    image = Image.fromarray((RGB8[..., 0] > 127).astype(np.uint8), "P")
    image.putpalette([9, 8, 7, 1, 2, 3])
    picture = read_picture(saved(image, "GIF", transparency=1))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha == 0, RGB8[..., 0] > 127)
    assert tuple(picture.colour[RGB8[..., 0] <= 127][0]) == (9, 8, 7)


SIXTEEN = {
    "grey": (RGB16[..., 0], 0, {}),
    "grey with alpha": (np.dstack([RGB16[..., 0], ALPHA16]), 4, {"extrasamples": ["unassalpha"]}),
    "colour": (RGB16, 2, {}),
    "colour with alpha": (np.dstack([RGB16, ALPHA16]), 6, {"extrasamples": ["unassalpha"]}),
}


@pytest.mark.parametrize("source", ["PNG", "TIFF", "big-endian TIFF", "planar TIFF", "packed TIFF"])
@pytest.mark.parametrize("kind", SIXTEEN)
def test_sixteen_bits_never_come_back_as_eight(source: str, kind: str) -> None:
    array, png_colour, extra = SIXTEEN[kind]
    photometric = "rgb" if array.ndim == 3 and array.shape[2] >= 3 else "minisblack"
    options: dict[str, object] = {"photometric": photometric, **extra}
    if source == "PNG":
        data = png_bytes(array, png_colour, 16)
    elif source == "planar TIFF" and array.ndim == 3:
        data = tiff_bytes(np.moveaxis(array, -1, 0), planarconfig="separate", **options)
    else:
        options["planarconfig"] = "contig" if array.ndim == 3 else None
        options |= {"byteorder": ">"} if source == "big-endian TIFF" else {}
        options |= {"compression": "lzw", "predictor": True, "tile": (16, 16)} if source == "packed TIFF" else {}
        data = tiff_bytes(array, **options)
    picture = read_picture(io.BytesIO(data))
    expected = array if array.ndim == 3 else array[..., None]
    assert picture.depth == 16
    assert picture.grey == kind.startswith("grey")
    colours = 1 if picture.grey else 3
    assert np.array_equal(picture.colour, np.broadcast_to(expected[..., :colours], (13, 10, 3)))
    assert (picture.alpha is None) == (expected.shape[2] == colours)
    if picture.alpha is not None:
        assert np.array_equal(picture.alpha, expected[..., -1])

    png = written(picture, "PNG")
    assert png[24:26] == bytes([16, png_colour])  # depth and colour type of the header
    with tifffile.TiffFile(io.BytesIO(written(picture, "TIFF"))) as tiff:
        assert tiff.pages[0].bitspersample == 16
        assert np.array_equal(tiff.pages[0].asarray(), array)
    again = read_picture(io.BytesIO(png))
    assert again.depth == 16
    assert np.array_equal(again.colour, picture.colour)


def test_premultiplied_alpha_is_divided_out() -> None:
    data = tiff_bytes(
        np.array([[[30000, 15000, 0, 30000], [0, 0, 0, 0]]], np.uint16), photometric="rgb", extrasamples=["assocalpha"]
    )
    picture = read_picture(io.BytesIO(data))
    assert picture.colour[0, 0].tolist() == [65535, 32767, 0]
    assert picture.alpha is not None
    assert picture.alpha[0].tolist() == [30000, 0]


def test_ten_bit_avif_arrives_deep() -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    ramp = np.repeat(np.linspace(0, 1023, 64).astype(np.uint16)[None, :, None], 48, axis=0).repeat(3, axis=2)
    picture = read_picture(io.BytesIO(imagecodecs.avif_encode(ramp, bitspersample=10, level=100)))
    assert picture.depth == 16
    assert np.abs(picture.colour / 65535 - ramp / 1023).max() < 0.01
    assert len(np.unique(picture.colour[0, :, 1])) > 60


def test_ten_bit_heic_arrives_deep() -> None:
    import pillow_heif

    ramp = np.repeat(np.linspace(0, 65535, 64).astype("<u2")[None, :, None], 48, axis=0).repeat(3, axis=2)
    out = io.BytesIO()
    pillow_heif.from_bytes(mode="RGB;16", size=(64, 48), data=ramp.tobytes()).save(out, quality=100)
    picture = read_picture(io.BytesIO(out.getvalue()))
    assert picture.depth == 16
    assert np.abs(picture.colour[:, 2:-2].astype(int) - ramp[:, 2:-2]).max() < 1500
    assert picture.colour.max() > 65000


# --- CMYK -----------------------------------------------------------------------------------------------------------


def cmyk_profile() -> bytes:
    """A made-up press whose result depends on black ink only: no ink prints Lab (100, 0, 0), black (60, 0, 0)."""
    grid = b"".join(bytes([255 if not black else 153, 128, 128]) for _ in range(8) for black in (0, 1))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + grid + ramp * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)
    name = b"desc\0\0\0\0" + struct.pack(">I", 6) + b"press\0" + bytes(4 + 4 + 2 + 1 + 67)
    tags = {b"A2B0": table, b"A2B1": table, b"wtpt": white, b"desc": name, b"cprt": b"text\0\0\0\0none\0"}
    start = 128 + 4 + 12 * len(tags)
    index, body = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        index += tag + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I", start + len(body)) + bytes(4) + bytes([2, 0x40, 0, 0]) + b"prtrCMYKLab "
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + index + body


GREY_OF_L60 = (
    145  # sRGB level of Lab L* = 60: Y = ((60 + 16) / 116) ** 3 = 0.2812, 1.055 * Y ** (1 / 2.4) - 0.055 = 0.567
)


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


def test_cmyk_at_sixteen_bits_keeps_them() -> None:
    ink = np.zeros((4, 6, 4), np.uint16)
    ink[..., 3] = np.arange(0, 60000, 10000)
    picture = read_picture(io.BytesIO(tiff_bytes(ink, photometric="separated")))
    assert picture.depth == 16
    assert np.array_equal(picture.colour[0, :, 1], 65535 - np.arange(0, 60000, 10000))
    through = read_picture(io.BytesIO(tiff_bytes(ink, photometric="separated", iccprofile=cmyk_profile())))
    assert through.depth == 16
    assert through.metadata.icc is None
    assert through.colour[0, 0].min() > 65500
    full = read_picture(
        io.BytesIO(tiff_bytes(np.full_like(ink, 65535), photometric="separated", iccprofile=cmyk_profile()))
    )
    assert np.abs(full.colour / 257 - GREY_OF_L60).max() < 1
    assert len(np.unique(through.colour[0, :, 1])) == 6


def test_cmyk_without_profile() -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    picture = read_picture(saved(image, "TIFF"))
    assert picture.colour[0, 0].tolist() == [255, 0, 0]


# --- What goes out --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP", "BMP"])
def test_lossless_formats_are_bit_exact(format: str) -> None:
    data = written(Picture(RGB8), format)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(np.asarray(image), RGB8)
    assert describe_losses(Picture(RGB8), format) == []


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_colour_under_transparency_is_kept(format: str) -> None:
    made = Picture(RGB8, np.where(ALPHA8 > 100, ALPHA8, 0).astype(np.uint8))
    with Image.open(io.BytesIO(written(made, format))) as image:
        assert np.array_equal(np.asarray(image)[..., :3], RGB8)
        assert np.array_equal(np.asarray(image)[..., 3], made.alpha)


@pytest.mark.parametrize("format", ["JPEG", "AVIF", "HEIF"])
def test_lossy_formats_come_close_and_say_so(format: str) -> None:
    smooth = np.dstack([np.add.outer(np.arange(64), np.arange(64)) + add for add in (0, 60, 120)]).astype(np.uint8)
    again = read_picture(io.BytesIO(written(Picture(smooth), format)))
    assert np.abs(again.colour.astype(int) - smooth).mean() < 2
    assert again.format == format
    assert any("lossy" in line for line in describe_losses(Picture(smooth), format))


def test_quality_matters_where_it_can() -> None:
    noise = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for format in ("JPEG", "WEBP", "AVIF", "HEIF"):
        assert len(written(Picture(noise), format, quality=20)) < len(written(Picture(noise), format, quality=90))
    assert any("lossy" in line for line in describe_losses(Picture(noise), "WEBP", quality=90))
    with pytest.raises(UsageError, match="1 to 100"):
        written(Picture(noise), "JPEG", quality=0)


@pytest.mark.parametrize("format", ["JPEG", "BMP"])
def test_transparency_is_laid_on_white(format: str) -> None:
    made = Picture(np.zeros((32, 32, 3), np.uint8), np.zeros((32, 32), np.uint8))
    made.alpha[:, 16:] = 128
    with Image.open(io.BytesIO(written(made, format))) as image:
        array = np.asarray(image.convert("RGB")).astype(int)
    assert array[:, :12].min() >= 250
    assert np.abs(array[:, 20:] - 127).max() <= 3
    assert any("transparency" in line for line in describe_losses(made, format))


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "BMP", "AVIF"])
def test_sixteen_bits_are_rounded_and_it_is_said(format: str) -> None:
    made = Picture(np.repeat(np.uint16([[[128], [129], [65406], [65407]]]), 3, axis=2), grey=False)
    if format in ("WEBP", "BMP"):  # 257 levels to one; half of it, 128.5, is the border
        with Image.open(io.BytesIO(written(made, format))) as image:
            assert np.asarray(image)[0, :, 0].tolist() == [0, 1, 254, 255]
    assert any("16" in line for line in describe_losses(made, format))
    assert read_picture(io.BytesIO(written(made, format))).depth == 8


def test_grey_goes_back_to_a_grey_file() -> None:
    made = Picture(three(RGB8[..., 0]), grey=True)
    for format, mode in (("PNG", "L"), ("TIFF", "L"), ("BMP", "L"), ("JPEG", "L"), ("AVIF", "L"), ("WEBP", "RGB")):
        with Image.open(io.BytesIO(written(made, format))) as image:
            assert image.mode == mode, format
    with Image.open(io.BytesIO(written(Picture(made.colour, ALPHA8, grey=True), "PNG"))) as image:
        assert image.mode == "LA"


def test_sides_that_a_format_cannot_hold() -> None:
    with pytest.raises(UsageError, match="16383"):
        written(Picture(np.zeros((1, 16384, 3), np.uint8)), "WEBP")
    with pytest.raises(UsageError, match="65535"):
        written(Picture(np.zeros((1, 65536, 3), np.uint8)), "JPEG")


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


def test_unwritable_target(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="create its folder"):
        write_picture(Picture(RGB8), tmp_path / "none" / "a.png")


@pytest.mark.parametrize(
    ("colour", "alpha"),
    [
        (np.zeros((4, 4), np.uint8), None),
        (np.zeros((4, 4, 4), np.uint8), None),
        (np.zeros((0, 4, 3), np.uint8), None),
        (np.zeros((4, 4, 3), np.float32), None),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint8)),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint16)),
    ],
)
def test_picture_refuses_what_it_cannot_be(colour: np.ndarray, alpha: np.ndarray | None) -> None:
    with pytest.raises(ValueError, match="must be"):
        Picture(colour, alpha, metadata=Metadata())


# --- What is no picture ---------------------------------------------------------------------------------------------


def animated(format: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 100, 200)]
    return saved(frames[0], format, save_all=True, append_images=frames[1:], duration=100).getvalue()


NO_PICTURES = {
    "empty": (b"", "empty"),
    "text": (b"This is not a picture.\n" * 5, "text"),
    "noise": (bytes(range(255, 100, -1)), "not a picture"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
    "MP4": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100), "video"),
    "ZIP": (b"PK\x03\x04" + bytes(60), "ZIP"),
    "animated GIF": (animated("GIF"), "animated"),
    "animated PNG": (animated("PNG"), "animated"),
    "animated WebP": (animated("WEBP"), "animated"),
    "animated AVIF": (animated("AVIF"), "animated"),
    "TIFF of several pages": (animated("TIFF"), "several pages"),
    "deep TIFF of several pages": (
        tiff_bytes(np.zeros((3, 8, 8), np.uint16), photometric="minisblack"),
        "several pages",
    ),
    "float TIFF": (tiff_bytes(np.zeros((8, 8), np.float32)), "32-bit float"),
    "signature only": (b"\x89PNG\r\n\x1a\n", "truncated"),
    "JPEG start only": (b"\xff\xd8\xff\xe0", "damaged|truncated"),
    "TIFF start only": (b"II*\0\x08\0\0\0", "damaged|truncated|no full-size"),
    "BMP start only": (b"BM", "damaged|truncated"),
    "AVIF start only": (b"\0\0\0\x18ftypavif\0\0\0\0", "damaged|truncated"),
    "HEIC start only": (b"\0\0\0\x18ftypheic\0\0\0\0", "damaged|truncated"),
    "WebP start only": (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged|truncated"),
}


@pytest.mark.parametrize("case", NO_PICTURES)
def test_no_picture_gets_one_clear_line(case: str, tmp_path: Path) -> None:
    data, message = NO_PICTURES[case]
    path = tmp_path / "file.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read_picture(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=message):
        read_picture(io.BytesIO(data))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as caught:
        read_picture(tmp_path / "none.png")
    assert "none.png" in str(caught.value)
    with pytest.raises(InputError, match="folder"):
        read_picture(tmp_path)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(b"x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything
    with pytest.raises(InputError, match=r"secret\.png: may not be read: permission denied"):
        read_picture(path)


NOISE = Image.fromarray(RNG.integers(0, 256, (120, 100, 3), dtype=np.uint8))
WHOLE = {
    **{format: saved(NOISE, format).getvalue() for format in ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "AVIF", "GIF")},
    "progressive JPEG": saved(NOISE, "JPEG", progressive=True).getvalue(),
    "packed TIFF": saved(NOISE, "TIFF", compression="tiff_adobe_deflate").getvalue(),
    "deep PNG": png_bytes(RNG.integers(0, 65536, (120, 100, 3)), 2, 16),
    "deep TIFF": tiff_bytes(RNG.integers(0, 65536, (120, 100, 3)).astype(np.uint16), photometric="rgb", rowsperstrip=7),
    "deep packed TIFF": tiff_bytes(
        RNG.integers(0, 65536, (120, 100, 3)).astype(np.uint16), photometric="rgb", compression="zlib", rowsperstrip=7
    ),
}


@pytest.mark.parametrize("case", WHOLE)
@pytest.mark.parametrize("part", [0.03, 0.2, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("tolerant", [False, True])
def test_truncated_file_is_an_error_never_a_grey_half(
    case: str, part: float, tolerant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", tolerant)  # somebody else's setting changes nothing
    data = WHOLE[case]
    assert read_picture(io.BytesIO(data)).colour.shape == (120, 100, 3)
    with pytest.raises(InputError):
        read_picture(io.BytesIO(data[: int(len(data) * part)]))
    assert ImageFile.LOAD_TRUNCATED_IMAGES is tolerant


@pytest.mark.parametrize("case", ["PNG", "deep PNG", "TIFF", "JPEG", "WEBP", "AVIF", "BMP", "GIF", "packed TIFF"])
def test_flipped_bytes_raise_nothing_but_input_errors(case: str) -> None:
    whole = bytearray(WHOLE[case])
    rng = np.random.default_rng(5)
    for _ in range(60):
        data = bytearray(whole)
        for position in rng.integers(0, min(len(data), 300), 3):
            data[position] = rng.integers(256)
        with contextlib.suppress(InputError):
            read_picture(io.BytesIO(bytes(data)), max_pixels=10_000_000)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "AVIF", "GIF"])
def test_limit_on_pixels_comes_from_the_header(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(Image.new("RGB", (300, 200)), format).getvalue()
    assert read_picture(io.BytesIO(data), max_pixels=60_000).width == 300
    for decode in ("array_of", "read_png", "read_deep_avif", "read_deep_tiff"):
        monkeypatch.setattr(f"restore.images.{decode}", None)  # calling it would be a TypeError of another kind
    with pytest.raises(InputError, match=r"300 x 200.*--max-pixels"):
        read_picture(io.BytesIO(data), max_pixels=59_999)


def test_huge_claim_takes_no_memory() -> None:
    data = bytearray(png_bytes(np.zeros((1, 1)), 0, 8))
    header = b"IHDR" + struct.pack(">IIBBBBB", 2_000_000_000, 2_000_000_000, 8, 6, 0, 0, 0)
    data[12:33] = header + struct.pack(">I", zlib.crc32(header))
    with pytest.raises(InputError, match="over the limit"):
        read_picture(io.BytesIO(bytes(data)))


def test_pillows_own_limit_neither_warns_nor_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for format in ("JPEG", "BMP", "TIFF", "GIF"):
            data = io.BytesIO()
            Image.new("RGB", (80, 90)).save(data, format)
            assert read_picture(io.BytesIO(data.getvalue())).width == 80
    assert Image.MAX_IMAGE_PIXELS == 100


def test_heic_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(Picture(np.repeat(RGB8, 8, axis=0)), "HEIF")
    monkeypatch.setattr(heif, "_pillow_heif", lambda: None)
    with pytest.raises(InputError, match=r"pip install 'restore\[heif\]'"):
        read_picture(io.BytesIO(data))
    with pytest.raises(UsageError, match=r"pip install 'restore\[heif\]'"):
        written(Picture(RGB8), "HEIF")


# --- Streams, memory ------------------------------------------------------------------------------------------------


def test_pipe_in_and_out() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb") as out:
        write_picture(Picture(RGB8), out, format="PNG")
    with os.fdopen(read_end, "rb") as source:
        assert np.array_equal(read_picture(source).colour, RGB8)


MEMORY = """
import io, resource, sys
import numpy as np
from restore.images import Picture, read_picture, write_picture
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
write_picture(Picture(np.zeros((64, 64, 3), np.uint8)), io.BytesIO(), format="JPEG")  # load every library first
read_picture(sys.argv[2])
before = peak()
picture = read_picture(sys.argv[1])
print((peak() - before) / picture.colour.nbytes)
write_picture(picture, sys.argv[3])
print((peak() - before) / picture.colour.nbytes)
"""


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_twenty_four_megapixels_take_three_copies_at_most(tmp_path: Path, repository: Path, suffix: str) -> None:
    source, small = tmp_path / "large.jpg", tmp_path / "small.jpg"
    Image.linear_gradient("L").resize((6000, 4000)).convert("RGB").save(source)
    Image.new("RGB", (64, 64)).save(small)
    command = [sys.executable, "-c", MEMORY, str(source), str(small), str(tmp_path / f"out{suffix}")]
    done = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True)
    reading, writing = map(float, done.stdout.split())
    assert reading <= 3
    assert writing <= 3
