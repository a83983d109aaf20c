"""Every format goes out as well as it can, and what it cannot hold is reported before.

What was written is read by Pillow; expected pixels are the ones given.
"""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restore.errors import OutputError, UsageError
from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.writing import describe_losses, write_picture
from tests.support.image_files import ALPHA8, RGB8, RNG, three, written


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
def test_lossy_formats_come_close_and_are_reported(format: str) -> None:
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
def test_sixteen_bits_are_rounded_and_it_is_reported(format: str) -> None:
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


def test_unwritable_target(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="create its folder"):
        write_picture(Picture(RGB8), tmp_path / "none" / "a.png")


def test_pipe_in_and_out() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb") as out:
        write_picture(Picture(RGB8), out, format="PNG")
    with os.fdopen(read_end, "rb") as source:
        assert np.array_equal(read_picture(source).colour, RGB8)


MEMORY = """
import io, re, sys
from pathlib import Path
import numpy as np
from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.writing import write_picture
def peak():  # of this process alone; getrusage starts from the parent's
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
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
