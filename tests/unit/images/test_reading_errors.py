"""One clear line for each file that is no picture, not all there, too large or not one picture.

Files come from Pillow and tifffile, whole, cut and flipped, or are hand-made bytes.
"""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from restore.errors import InputError
from restore.images.reading import read_picture
from tests.support.image_files import RNG, png_bytes, saved, tiff_bytes


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
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", tolerant)  # the setting of another library changes nothing
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
