"""`restore compress` and `restore decompress` as a user types them, with a small codec."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def weighted(run: Any, codec_weights: Path) -> Any:
    """Run a command with the small codec's weights."""

    def call(*words: Any, **more: Any) -> Any:
        return run(*words, "--weights", codec_weights, "--device", "cpu", **more)

    return call


@pytest.fixture
def album(desk: Any) -> Any:
    """Folder `photos` with a.jpg, b.png and c.tif."""
    for seed, name in enumerate(("a.jpg", "b.png", "c.tif")):
        desk.save_picture(f"photos/{name}", seed)
    return desk


def size(path: str) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_there_and_back_as_typed(weighted: Any, desk: Any) -> None:
    done = weighted("compress", "photo.png")
    assert (done.code, done.out, done.err) == (0, "photo.ric\n", "")
    done = weighted("decompress", "photo.ric")
    assert (done.code, done.out, done.err) == (0, "photo.decoded.png\n", "")
    assert size("photo.decoded.png") == (40, 30)
    assert desk.names() == {"photo.png", "mask.png", "photo.ric", "photo.decoded.png"}


def test_without_released_weights_nothing_is_written(run: Any, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restore.pretrained.store.manifest", lambda: {"format": 1, "models": {}})
    done = run("compress", "photo.png")
    assert (done.code, done.out) == (4, "")
    assert "no weights 'codec'" in done.error
    assert desk.names() == {"photo.png", "mask.png"}


def test_missing_weights_name_what_the_file_needs(run: Any, weighted: Any, desk: Any) -> None:
    assert weighted("compress", "photo.png").code == 0
    head = Path("photo.ric").read_bytes()
    model_hash = int.from_bytes(head[14:18], "little")
    done = run("decompress", "photo.ric", "--weights", "nowhere")
    assert done.code == 4
    assert f"the file needs model 0, hash {model_hash:08x}" in done.error


def test_folders_with_a_damaged_file(weighted: Any, album: Any) -> None:
    Path("photos/b.png").write_bytes(Path("photos/b.png").read_bytes()[:200])
    done = weighted("compress", "photos", "-o", "small/")
    assert done.code == 1
    assert done.out.splitlines() == ["small/a.ric", "small/c.ric"]
    assert done.error.startswith("restore: error: photos/b.png")
    assert done.err.splitlines()[-1] == "restore: 1 of 3 failed: photos/b.png"

    shutil.copy("small/a.ric", "small/b.ric")
    damaged = bytearray(Path("small/a.ric").read_bytes())
    damaged[-30] ^= 1
    Path("small/a.ric").write_bytes(damaged)
    done = weighted("decompress", "small", "-o", "big/", "--format", "jpg")
    assert done.code == 1
    assert done.out.splitlines() == ["big/b.decoded.jpg", "big/c.decoded.jpg"]
    assert done.error.startswith("restore: error: small/a.ric: the chunk at byte")
    assert done.err.splitlines()[-1] == "restore: 1 of 3 failed: small/a.ric"
    assert size("big/c.decoded.jpg") == (40, 30)
    assert not [name for name in album.names() if name.endswith(".part")]


def test_two_inputs_of_one_stem(weighted: Any, album: Any) -> None:
    album.save_picture("photos/a.png")
    done = weighted("compress", "photos")
    assert done.code == 2
    assert "photos/a.png and photos/a.jpg would both be written to photos/a.ric; --keep-ext" in done.error
    assert not list(Path("photos").glob("*.ric"))
    done = weighted("compress", "photos", "--keep-ext", "-q", 20)
    assert done.code == 0
    assert {path.name for path in Path("photos").glob("*.ric")} == {"a.jpg.ric", "a.png.ric", "b.png.ric", "c.tif.ric"}


def test_resume(weighted: Any, album: Any) -> None:
    assert weighted("compress", "photos/a.jpg").code == 0
    before = Path("photos/a.ric").stat().st_mtime_ns
    refused = weighted("compress", "photos")
    assert refused.code == 2
    assert "--skip-existing" in refused.error
    done = weighted("compress", "photos", "--skip-existing")
    assert done.out.splitlines() == ["photos/b.ric", "photos/c.ric"]
    assert "1 of 3 skipped" in done.err
    assert Path("photos/a.ric").stat().st_mtime_ns == before
    assert weighted("decompress", "photos").code == 0
    done = weighted("decompress", "photos", "--skip-existing")
    assert (done.code, done.out) == (0, "")
    again = weighted("compress", "photos", "--force")
    assert again.out.splitlines() == ["photos/a.ric", "photos/b.ric", "photos/c.ric"], "decoded pictures are left out"


def test_pipes(weighted: Any, desk: Any) -> None:
    made = weighted("compress", "-", stdin=Path("photo.png").read_bytes())
    assert (made.code, made.err) == (0, "")
    back = weighted("decompress", "-", "--format", "bmp", stdin=made.data)
    assert back.code == 0
    with Image.open(io.BytesIO(back.data)) as picture:
        assert (picture.format, picture.size) == ("BMP", (40, 30))
    empty = weighted("decompress", "-")
    assert (empty.code, empty.error) == (
        3,
        "restore: error: stdin: nothing came; pipe a .ric file in, or name a file instead of -",
    )


def test_json_and_dry_run(weighted: Any, album: Any) -> None:
    Path("photos/b.png").write_text("no picture")
    dry = weighted("compress", "photos", "--dry-run")
    assert dry.out.splitlines()[0] == "photos/a.jpg -> photos/a.ric"
    done = weighted("compress", "photos", "--json")
    records = [json.loads(line) for line in done.out.splitlines()]
    assert [record["status"] for record in records] == ["done", "failed", "done"]
    first = records[0]
    assert (first["output"], first["width"], first["height"], first["quality"]) == ("photos/a.ric", 40, 30, 60)
    assert first["bytes"] == Path("photos/a.ric").stat().st_size
    assert first["input_bytes"] == Path("photos/a.jpg").stat().st_size
    records = [json.loads(line) for line in weighted("decompress", "photos", "--json").out.splitlines()]
    assert [record["output"] for record in records] == ["photos/a.decoded.png", "photos/c.decoded.png"]


def test_metadata_goes_the_whole_way(weighted: Any, desk: Any) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 8, "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    icc = bytes(16) + b"RGB " + bytes(16) + b"acsp" + bytes(100)
    wide = Image.fromarray(desk.pixels()).resize((80, 20))
    wide.save("turned.jpg", exif=exif, icc_profile=icc, dpi=(300, 300))
    assert weighted("compress", "turned.jpg").code == 0
    assert weighted("decompress", "turned.ric").code == 0
    with Image.open("turned.decoded.png") as picture:
        assert picture.size == (80, 20), "stored as it was, with its tag"
        assert picture.getexif()[0x0112] == 8
        assert picture.getexif()[0x010F] == "Maker"
        assert dict(picture.getexif().get_ifd(0x8825)) == {1: "N"}
        assert picture.info["icc_profile"] == icc
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert weighted("compress", "turned.jpg", "--strip", "location", "-o", "placeless.ric").code == 0
    assert weighted("decompress", "placeless.ric", "--strip", "none").code == 0
    with Image.open("placeless.decoded.png") as picture:
        assert dict(picture.getexif().get_ifd(0x8825)) == {}
        assert picture.getexif()[0x010F] == "Maker"


def test_sixteen_bits_and_transparency_go_the_whole_way(weighted: Any, desk: Any) -> None:
    from restore.images.picture import Picture
    from restore.images.reading import read_picture
    from restore.images.writing import write_picture

    random = np.random.default_rng(0)
    alpha = random.integers(0, 65536, (12, 17), dtype=np.uint16)
    write_picture(Picture(random.integers(0, 65536, (12, 17, 3), dtype=np.uint16), alpha), "deep.png")
    assert weighted("compress", "deep.png").code == 0
    assert weighted("decompress", "deep.ric").code == 0
    back = read_picture("deep.decoded.png")
    assert back.depth == 16
    assert np.array_equal(back.alpha, alpha)


def test_region_and_preview(weighted: Any, desk: Any) -> None:
    assert weighted("compress", "photo.png").code == 0
    assert weighted("decompress", "photo.ric", "-o", "whole.png").code == 0
    assert weighted("decompress", "photo.ric", "--region", "3,4,20,10", "-o", "part.png").code == 0
    with Image.open("whole.png") as whole, Image.open("part.png") as part:
        crop = np.asarray(whole.crop((3, 4, 23, 14))).astype(int)
        assert np.abs(np.asarray(part) - crop).max() <= 1
    assert weighted("decompress", "photo.ric", "--preview").out == "photo.preview.png\n"
    assert size("photo.preview.png") == (5, 4)


def test_salvage(weighted: Any, desk: Any) -> None:
    assert weighted("compress", "photo.png").code == 0
    damaged = bytearray(Path("photo.ric").read_bytes())
    damaged[60] ^= 1
    Path("photo.ric").write_bytes(damaged)
    refused = weighted("decompress", "photo.ric")
    assert refused.code == 3
    assert "its checksum does not agree" in refused.error
    done = weighted("decompress", "photo.ric", "--salvage")
    assert done.code == 0
    assert "restore: note: 40 x 30 px at 0,0 are lost and filled with grey" in done.err.splitlines()
    assert size("photo.decoded.png") == (40, 30)


def test_targets(weighted: Any, desk: Any) -> None:
    desk_sizes = {}
    big = Image.fromarray(np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8))
    big.save("big.png")
    for quality in (0, 50, 100):
        assert weighted("compress", "big.png", "-q", quality, "--force").code == 0
        desk_sizes[quality] = Path("big.ric").stat().st_size
    assert desk_sizes[0] < desk_sizes[50] < desk_sizes[100]
    wanted = desk_sizes[50]
    assert weighted("compress", "big.png", "--size", f"{wanted / 1000}KB", "--force").code == 0
    assert 0.98 * wanted <= Path("big.ric").stat().st_size <= wanted
    bits = 8 * wanted / (120 * 160)
    record = json.loads(weighted("compress", "big.png", "--bpp", bits, "--force", "--json").out)
    assert record["bpp"] == pytest.approx(bits, rel=0.02)
    refused = weighted("compress", "big.png", "--size", "10", "-o", "other.ric")
    assert refused.code == 2
    assert "this picture can have from about" in refused.error
    assert not Path("other.ric").exists()


def test_effort(weighted: Any, desk: Any) -> None:
    """The file is another one, and is read like any other."""
    assert weighted("compress", "photo.png", "-q", "20", "-o", "plain.ric").code == 0
    done = weighted("compress", "photo.png", "-q", "20", "--effort", "2", "-o", "better.ric")
    assert (done.code, done.out, done.err) == (0, "better.ric\n", "")
    plain, better = Path("plain.ric").read_bytes(), Path("better.ric").read_bytes()
    assert plain[:34] == better[:34], "the same header"
    assert plain != better
    assert weighted("decompress", "better.ric").code == 0
    assert size("better.decoded.png") == (40, 30)


def test_a_result_that_is_not_smaller_is_told(weighted: Any, desk: Any) -> None:
    Image.new("RGBA", (1, 1)).save("dot.webp")
    done = weighted("compress", "dot.webp", "-q", 100)
    assert done.code == 0
    made, source = Path("dot.ric").stat().st_size, Path("dot.webp").stat().st_size
    assert made >= source
    assert f"{made} bytes and is not smaller than the input of {source} bytes" in done.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["compress"], 2, "no pictures given"),
        (["compress", "photo.png", "--effort", "4"], 2, "--effort"),
        (["compress", "photo.png", "-q", "101"], 2, "less than or equal to 100"),
        (["compress", "photo.png", "-q", "5", "--bpp", "1"], 2, "--quality and --bpp exclude each other"),
        (["compress", "photo.png", "--size", "small"], 2, "--size small: not a size; write it as 50KB"),
        (["compress", "photo.png", "--bpp", "-1"], 2, "--bpp"),
        (["compress", "photo.png", "--psnr", "nan"], 2, "--psnr nan: out of range"),
        (["compress", "nowhere.png"], 2, "nowhere.png: no such file"),
        (["compress", "text.png"], 3, "text.png: is not a picture that can be read (it is text)"),
        (["compress", "photo.png", "--device", "cuda:99"], 2, "is not available"),
        (["compress", "photo.png", "-o", "gone/x.ric"], 5, "gone: no such folder"),
        (["decompress"], 2, "no .ric files given"),
        (["decompress", "photo.png"], 3, "photo.png: this is not a .ric file"),
        (["decompress", "old.ric"], 3, "old.ric: the file has version 9.0"),
        (["decompress", "cut.ric"], 3, "cut.ric: the file ends at byte 5"),
        (["decompress", "huge.ric"], 3, "huge.ric: the picture has 65535 x 65535 px"),
        (["decompress", "photo.png", "--region", "1,2,3"], 2, "--region 1,2,3: not understood"),
        (["decompress", "photo.png", "--region", "1,2,3,4", "--preview"], 2, "exclude each other"),
        (["decompress", "photo.png", "-o", "x.xyz"], 2, "x.xyz: the suffix .xyz"),
        (["inpaint", "old.ric", "mask.png"], 3, "restore decompress"),
    ],
)
def test_wrong_requests(run: Any, desk: Any, words: list[str], code: int, said: str) -> None:
    import zlib

    Path("text.png").write_text("no picture")
    for name, fields in (
        ("old.ric", bytes([9, 0])),
        ("huge.ric", bytes([1, 0]) + bytes(8) + 2 * (65535).to_bytes(4, "little") + b"\x08\0"),
    ):
        body = bytes([1, len(fields)]) + fields
        check = zlib.crc32(body).to_bytes(4, "little")
        Path(name).write_bytes(b"\x8aRIC\r\n\x1a\n" + body + check + bytes(66))
    Path("cut.ric").write_bytes(b"\x8aRIC\r")
    before = desk.names()
    done = run(*words)
    assert done.code == code
    assert said in done.error
    assert done.out == ""
    assert desk.names() == before
