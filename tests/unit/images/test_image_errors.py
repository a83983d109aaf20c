"""One clear line for each file that is no picture, not all there, too large or not one picture.

Files come from Pillow and tifffile, whole, cut and flipped, or are hand-made bytes.
"""

import contextlib
import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFile

from restore.errors import InputError, UsageError
from restore.images import heif
from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.writing import write_picture

RNG = np.random.default_rng(11)
RGB8 = RNG.integers(0, 256, (13, 10, 3), dtype=np.uint8)


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
    decoders = "pillow_files.array_from_image", "tiff.array_from_image", "tiff._decode_deep", "png.decode_png"
    for decoder in (*decoders, "heif._decode_deep_avif"):
        monkeypatch.setattr(f"restore.images.{decoder}", None)  # calling it would be a TypeError of another kind
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
