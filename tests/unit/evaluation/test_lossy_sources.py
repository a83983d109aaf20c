"""Which files count as lossy, and what the warning says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, features

from restore.evaluation.lossy_sources import is_lossy, lossy_warning

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "options", "lossy"),
    [
        ("a.png", {}, False),
        ("a.bmp", {}, False),
        ("a.tif", {}, False),
        ("a.tif", {"compression": "tiff_lzw"}, False),
        ("a.tif", {"compression": "jpeg"}, True),
        ("a.jpg", {"quality": 100}, True),
        ("a.webp", {"lossless": True}, False),
        ("a.webp", {"quality": 90}, True),
        ("a.webp", {"quality": 90, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}, True),
        ("a.webp", {"lossless": True, "icc_profile": b"odd"}, False),
    ],
)
def test_the_file_says_whether_it_lost(tmp_path: Path, name: str, options: dict[str, Any], *, lossy: bool) -> None:
    Image.fromarray(PIXELS).save(tmp_path / name, **options)
    assert is_lossy(tmp_path / name) is lossy


def test_transparency_in_a_webp_does_not_hide_that_it_lost(tmp_path: Path) -> None:
    Image.fromarray(np.dstack([PIXELS, PIXELS[..., 0]])).save(tmp_path / "a.webp", quality=80)
    assert is_lossy(tmp_path / "a.webp")


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
def test_avif_counts_as_lossy(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.avif")
    assert is_lossy(tmp_path / "a.avif")


def test_the_suffix_is_not_believed(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png", format="JPEG")
    assert is_lossy(tmp_path / "a.png")


def test_a_deep_tiff_with_deflate_is_lossless(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", PIXELS.astype(np.uint16) * 257, photometric="rgb", compression="deflate")
    assert not is_lossy(tmp_path / "a.tif")


def test_a_webp_that_ends_early_is_not_read_beyond_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.webp").write_bytes(b"RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff\0\0")
    assert not is_lossy(tmp_path / "a.webp")


def test_the_warning_names_the_first_files() -> None:
    assert lossy_warning([], 5) is None
    one = lossy_warning([Path("x/a.jpg")], 5)
    assert one is not None
    assert "1 of 5" in one
    assert "(a.jpg)" in one
    many = lossy_warning([Path(f"{name}.jpg") for name in "abcde"], 5)
    assert many is not None
    assert "(a.jpg, b.jpg, c.jpg, …)" in many
    assert "\n" not in many
