"""Formats of results, pipes, devices and folders."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("p.jpg", "p.inpainted.png"),
        ("p.webp", "p.inpainted.png"),
        ("p.tif", "p.inpainted.tif"),
        ("p.bmp", "p.inpainted.bmp"),
        ("P.PNG", "P.inpainted.PNG"),
    ],
)
def test_a_lossy_input_gives_png(run: Any, desk: Any, painter: Any, name: str, made: str) -> None:
    desk.save_picture(name)
    done = run("inpaint", name, "mask.png")
    assert (done.code, done.out, done.err) == (0, f"{made}\n", "")
    outside = ~desk.hole()
    assert np.array_equal(desk.read(made)[outside], desk.read(name)[outside])


def test_jpeg_output_says_once_that_it_encodes_again(run: Any, desk: Any, painter: Any) -> None:
    desk.save_picture("b.png", 1)
    done = run("inpaint", "photo.png", "mask.png", "-o", "x.jpg")
    assert done.code == 0
    assert len([line for line in done.err.splitlines() if line.startswith("restore: note: ")]) == 1
    assert "JPEG" in done.err
    with Image.open("x.jpg") as made:
        assert made.format == "JPEG"


def test_sixteen_bit_into_eight_says_so(run: Any, desk: Any, painter: Any) -> None:
    import imagecodecs

    Path("deep.png").write_bytes(imagecodecs.png_encode(desk.pixels().astype(np.uint16) * 257))
    quiet = run("inpaint", "deep.png", "mask.png")
    assert (quiet.code, quiet.err) == (0, "")
    deep = imagecodecs.png_decode(Path("deep.inpainted.png").read_bytes())
    assert deep.dtype == np.uint16
    noted = run("inpaint", "deep.png", "mask.png", "-o", "deep.jpg")
    assert noted.code == 0
    assert "16" in noted.err
    assert "8" in noted.err


def test_pipes(run: Any, desk: Any, painter: Any) -> None:
    for words in (["-", "mask.png"], ["-", "mask.png", "-o", "-"]):
        done = run("inpaint", *words, stdin=desk.image.read_bytes())
        assert (done.code, done.err) == (0, "")
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(done.data))), desk.painted(painter))
    piped_mask = run("inpaint", "photo.png", "-", stdin=desk.mask.read_bytes())
    assert (piped_mask.code, piped_mask.out) == (0, "photo.inpainted.png\n")
    assert run("inpaint", "--mask", "-", "photo.png", "-o", "y.png", stdin=desk.mask.read_bytes()).code == 0
    assert np.array_equal(desk.read("y.png"), desk.painted(painter))


def test_one_mask_from_stdin_serves_several_pictures(run: Any, desk: Any, painter: Any) -> None:
    desk.save_picture("b.png", 1)
    done = run("inpaint", "--mask", "-", "photo.png", "b.png", stdin=desk.mask.read_bytes())
    assert (done.code, done.out) == (0, "photo.inpainted.png\nb.inpainted.png\n")
    assert np.array_equal(desk.read("b.inpainted.png"), desk.painted(painter, 1))


def test_nothing_on_stdin(run: Any, desk: Any, painter: Any) -> None:
    done = run("inpaint", "-", "mask.png")
    assert done.code == 3
    assert "stdin" in done.error


def test_strip_and_quality_reach_the_file(run: Any, desk: Any, painter: Any) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a summer day"
    Image.fromarray(desk.pixels()).save("noted.jpg", exif=exif)
    assert run("inpaint", "noted.jpg", "mask.png", "-o", "kept.jpg").code == 0
    assert run("inpaint", "noted.jpg", "mask.png", "-o", "bare.jpg", "--strip", "all", "--quality", 10).code == 0
    with Image.open("kept.jpg") as kept, Image.open("bare.jpg") as bare:
        assert kept.getexif().get(0x010E) == "a summer day"
        assert dict(bare.getexif()) == {}
    assert Path("bare.jpg").stat().st_size < Path("kept.jpg").stat().st_size


def test_a_device_file_is_written_in_place(run: Any, desk: Any, painter: Any) -> None:
    assert run("inpaint", "photo.png", "mask.png", "-o", "/dev/null").code == 0
    full = run("inpaint", "photo.png", "mask.png", "-o", "/dev/full")
    assert full.code == 5
    assert "/dev/full" in full.error


def test_read_only_folder(run: Any, desk: Any, painter: Any) -> None:
    locked = desk.folder / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    if os.access(locked, os.W_OK):  # root may write everywhere
        locked = Path("/proc/self")
    done = run("inpaint", "photo.png", "mask.png", "-o", f"{locked}/x.png")
    assert done.code == 5
    assert str(locked) in done.error
