"""Animated pictures and folders of pictures, read and written. Expected pixels and durations come from Pillow."""

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from restore.errors import InputError, OutputError, UsageError
from restore.images.reading import read_picture
from restore.video.info import VideoInfo
from restore.video.read.opening import open_video
from restore.video.write.encoding import Encoding
from restore.video.write.opening import open_writer, output_kind
from tests.video_clips import make_film, picture

DURATIONS = [50, 100, 30, 200]  # milliseconds
TIMES = [Fraction(0), Fraction(5, 100), Fraction(15, 100), Fraction(18, 100)]


def see_through(index: int) -> Image.Image:
    pixels = np.dstack([picture(index), np.full((48, 64), 255, np.uint8)])
    pixels[20:30, 10 + index : 30 + index, 3] = 0
    return Image.fromarray(pixels)


def animation(path: Path, *, alpha: bool = False, loop: int | None = 3, kind: str | None = None) -> Path:
    images = [see_through(index) if alpha else Image.fromarray(picture(index)) for index in range(4)]
    options: dict[str, object] = {} if loop is None else {"loop": loop}
    if path.suffix == ".webp":
        options |= {"lossless": True, "exact": True}
    if path.suffix == ".gif" and alpha:
        options |= {"disposal": 2}
    images[0].save(path, kind, save_all=True, append_images=images[1:], duration=DURATIONS, **options)
    return path


def as_pillow_sees(path: Path) -> tuple[list[np.ndarray], list[float], object]:
    with Image.open(path) as image:
        frames = [
            (np.asarray(frame.convert("RGBA")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)
        ]
        return [pixels for pixels, _ in frames], [duration for _, duration in frames], image.info.get("loop")


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_animated_pictures_come_in_as_they_are_seen(tmp_path: Path, suffix: str, alpha: bool) -> None:
    path = animation(tmp_path / f"a{suffix}", alpha=alpha)
    pixels, _, _ = as_pillow_sees(path)
    with open_video(path) as video:
        info, frames = video.info, list(video)
        assert [frame.time for frame in video.frames(Fraction(1, 10))] == TIMES[2:]
    assert [frame.time for frame in frames] == TIMES
    assert [frame.duration for frame in frames] == [Fraction(duration, 1000) for duration in DURATIONS]
    assert (info.duration, info.frame_count, info.rate) == (Fraction(38, 100), 4, 4 / Fraction(38, 100))
    assert (info.is_variable, info.has_alpha, info.loops, info.codec) == (True, alpha, 3, suffix[1:])
    assert (info.width, info.height, info.depth) == (64, 48, 8)
    for frame, expected in zip(frames, pixels, strict=True):
        assert frame.pixels is not None
        assert frame.pixels.shape[2] == (4 if alpha else 3)
        assert np.array_equal(frame.pixels, expected[..., : frame.pixels.shape[2]])


def test_loops(tmp_path: Path) -> None:
    assert open_video(animation(tmp_path / "once.gif", loop=None)).info.loops is None
    assert open_video(animation(tmp_path / "ever.gif", loop=0)).info.loops == 0


def test_a_frame_without_a_duration_lasts_a_tenth_of_a_second(tmp_path: Path) -> None:
    images = [Image.fromarray(picture(index)) for index in range(3)]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=0)
    assert [frame.time for frame in open_video(tmp_path / "a.gif")] == [0, Fraction(1, 10), Fraction(2, 10)]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_truncated_animation_gives_what_is_there(tmp_path: Path, suffix: str) -> None:
    path = animation(tmp_path / f"a{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    try:
        frames = list(open_video(path))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - WebP's decoder wants the whole file
        return
    assert 1 <= sum(frame.problem is None for frame in frames) <= 3


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animated_pictures_go_out_as_they_came(tmp_path: Path, suffix: str, alpha: bool) -> None:
    source = animation(tmp_path / f"a{suffix}", alpha=alpha)
    if suffix == ".webp":  # from a GIF, so that it is written without loss
        source = animation(tmp_path / "source.gif", alpha=alpha)
    out = tmp_path / f"out{suffix}"
    with open_video(source) as video, open_writer(out, video.info, Fraction(5)) as writer:
        for frame in video:
            assert frame.pixels is not None
            writer.write(frame.pixels, frame.time)
    before, _, _ = as_pillow_sees(source)
    after, durations, loop = as_pillow_sees(out)
    assert (durations, loop) == (DURATIONS, 3)
    for pixels, expected in zip(after, before, strict=True):
        assert np.array_equal(pixels[..., 3], expected[..., 3])
        seen = expected[..., 3] > 0
        assert np.abs(pixels[seen].astype(int) - expected[seen]).max() <= (0 if suffix == ".webp" else 12)


def test_rounded_durations_do_not_add_up(tmp_path: Path) -> None:
    info, rate = VideoInfo(16, 12), Fraction(30000, 1001)
    for suffix in (".gif", ".webp"):
        out = tmp_path / f"a{suffix}"
        with open_writer(out, info, rate) as writer:
            for index in range(60):
                writer.write(picture(index, (16, 12)), index / rate)
        _, durations, loop = as_pillow_sees(out)
        assert abs(sum(durations) / 1000 - float(60 / rate)) <= 0.006
        assert loop == 0


def test_a_film_in_ten_bits_becomes_a_gif_with_a_note(tmp_path: Path) -> None:
    path = make_film(tmp_path / "a.mkv", encoder="ffv1", pixels="yuv420p10le", frames=3)
    notes: list[str] = []
    with (
        open_video(path) as video,
        open_writer(tmp_path / "a.gif", video.info, Fraction(25), notify=notes.append) as out,
    ):
        for frame in video:
            assert frame.pixels is not None
            out.write(frame.pixels, frame.time)
    pixels, durations, _ = as_pillow_sees(tmp_path / "a.gif")
    assert durations == [40, 40, 40]
    assert np.abs(pixels[0][..., :3].astype(int) - picture(0)).mean() < 8
    assert len(notes) == 1
    assert "8 bits" in notes[0]


def folder_of(path: Path, count: int = 12, *, depth: int = 8) -> Path:
    path.mkdir()
    for index in range(count):
        pixels = picture(index)
        if depth == 16:
            import imagecodecs

            (path / f"f{index}.png").write_bytes(imagecodecs.png_encode(pixels.astype(np.uint16) * 257))
        else:
            Image.fromarray(pixels).save(path / f"f{index}.png")
    return path


@pytest.mark.parametrize("depth", [8, 16])
def test_a_folder_is_a_video_in_the_order_of_its_numbers(tmp_path: Path, depth: int) -> None:
    path = folder_of(tmp_path / "in", depth=depth)
    (path / "notes.txt").write_text("no picture")
    Image.fromarray(picture(0)).save(path / "cover.jpg")
    rate = Fraction(24000, 1001)
    with open_video(path, rate=rate) as video:
        info, frames = video.info, list(video)
        assert [frame.time for frame in video.frames(5 / rate)] == [index / rate for index in range(5, 12)]
    assert (info.rate, info.frame_count, info.duration, info.depth) == (rate, 12, 12 / rate, depth)
    assert [frame.time for frame in frames] == [index / rate for index in range(12)]
    for index, frame in enumerate(frames):
        assert frame.pixels is not None
        assert np.array_equal(frame.pixels // (257 if depth == 16 else 1), picture(index))


def test_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "in", 4)
    with pytest.raises(UsageError, match="give a rate"):
        open_video(path)
    (path / "f1.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    Image.fromarray(picture(0, (10, 10))).save(path / "f2.png")
    frames = list(open_video(path, rate=Fraction(10)))
    assert [frame.pixels is None for frame in frames] == [False, True, True, False]
    assert "f1.png" in str(frames[1].problem)
    assert "10 x 10" in str(frames[2].problem)
    Image.fromarray(picture(0)).save(path / "f3.jpg")
    with pytest.raises(InputError, match="same number"):
        open_video(path, rate=Fraction(10))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no numbered pictures"):
        open_video(tmp_path / "empty", rate=Fraction(10))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_folder_goes_out_whole(tmp_path: Path, depth: int, alpha: bool) -> None:
    dtype, top = (np.uint8, 255) if depth == 8 else (np.uint16, 65535)
    rng = np.random.default_rng(2)
    given = [rng.integers(0, top + 1, (9, 7, 4 if alpha else 3)).astype(dtype) for _ in range(3)]
    out = tmp_path / "out"
    with open_writer(out, VideoInfo(7, 9, depth=depth, has_alpha=alpha), Fraction(25)) as writer:
        for index, pixels in enumerate(given):
            writer.write(pixels, Fraction(index, 25))
            assert not out.exists()
    assert sorted(entry.name for entry in out.iterdir()) == ["000001.png", "000002.png", "000003.png"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    for path, pixels in zip(sorted(out.iterdir()), given, strict=True):
        picture = read_picture(path)
        assert picture.depth == depth
        assert np.array_equal(picture.colour, pixels[..., :3])
        assert (picture.alpha is not None) == alpha
    with pytest.raises(UsageError, match="files in it"):
        open_writer(out, VideoInfo(7, 9), Fraction(25))


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a"])
def test_a_failure_leaves_nothing(tmp_path: Path, name: str) -> None:
    def fail() -> None:
        with open_writer(tmp_path / name, VideoInfo(64, 48), Fraction(25)) as writer:
            writer.write(picture(0), Fraction(0))
            writer.write(picture(1), Fraction(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []
    with (
        pytest.raises(OutputError, match="single frame"),
        open_writer(tmp_path / name, VideoInfo(64, 48), Fraction(25)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_pictures_cannot_hold_is_refused(tmp_path: Path) -> None:
    info = VideoInfo(64, 48)
    with pytest.raises(UsageError, match="at most 50 frames"):
        open_writer(tmp_path / "a.gif", info, Fraction(60))
    with pytest.raises(UsageError, match="16383 pixels"):
        open_writer(tmp_path / "a.webp", VideoInfo(20000, 10), Fraction(60))
    with pytest.raises(UsageError, match="are for videos"):
        open_writer(tmp_path / "a.gif", info, Fraction(25), Encoding(crf=20, codec="h264"))
    with pytest.raises(UsageError, match=r"\.avi does not say"):
        output_kind(tmp_path / "a.avi")
    with open_writer(tmp_path / "a.gif", info, Fraction(25)) as writer:
        writer.write(picture(0), Fraction(1))
        with pytest.raises(UsageError, match="does not come after"):
            writer.write(picture(0), Fraction(1))
        with pytest.raises(UsageError, match="does not fit"):
            writer.write(picture(0, (10, 10)), Fraction(2))
        with pytest.raises(UsageError, match="uint8 or uint16"):
            writer.write(picture(0).astype(np.float32), Fraction(2))


def test_a_profile_travels_with_webp(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with open_writer(tmp_path / "a.webp", VideoInfo(64, 48, icc=profile), Fraction(25)) as writer:
        for index in range(2):
            writer.write(picture(index), Fraction(index))
    with Image.open(io.BytesIO((tmp_path / "a.webp").read_bytes())) as image:
        assert image.info["icc_profile"] == profile
    with open_video(tmp_path / "a.webp") as video:
        assert video.info.icc == profile
