"""What a bench finds to interpolate: triplet folders, clips, numbered pictures, lists; and which frames it takes."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from restore.errors import InputError, UsageError
from restore.evaluation.interpolate.clips import centres_of_shares, fit_places, moments, reduced, steps_of
from restore.evaluation.interpolate.sources import Triplet, find_sources

Samples = npt.NDArray[np.uint8]
HEIGHT, WIDTH = 48, 64


def frame(place: float, scene: int = 0) -> Samples:
    """A scene of soft stripes that moves to the left by 2 px per place; scenes differ in colour."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = 60 * np.sin((x + 2 * place) / 5 + scene) + 40 * np.cos(y / (4 + scene))
    colour = np.array([[1, 0.8, 0.6], [-0.9, 0.3, 1]][scene])
    return (128 - 60 * scene + waves[..., None] * colour).clip(0, 255).astype(np.uint8)


def write_clip(path: Path, frames: Sequence[Samples], times: Sequence[int] | None = None) -> Path:
    """A clip without loss; times in 1/25 s."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0], "bgr0"
        for number, picture in enumerate(frames):
            image = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="bgr0")
            image.pts, image.time_base = (number if times is None else times[number]), Fraction(1, 25)
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
    return path


def write_pictures(folder: Path, names: Sequence[str], frames: Sequence[Samples]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in zip(names, frames, strict=True):
        Image.fromarray(picture).save(folder / name)
    return folder


def all_triplets(data: Path, listed: Path | None = None, most: int | None = None) -> list[Triplet]:
    return [triplet for source in find_sources(data, listed, most) for triplet in source.triplets(None)]


def names_of(triplets: Sequence[Triplet]) -> list[tuple[str, str]]:
    return [(triplet.group, triplet.name) for triplet in triplets]


@pytest.mark.parametrize(
    "names",
    [
        ("im1.png", "im2.png", "im3.png"),
        ("frame10.png", "frame10i11.png", "frame11.png"),
        ("frame_00.png", "frame_01_gt.png", "frame_02.png"),
    ],
)
def test_triplet_folders_of_all_three_styles(tmp_path: Path, names: tuple[str, ...]) -> None:
    for place, name in enumerate(("b", "a")):
        write_pictures(tmp_path / "set" / name, names, [frame(place + step) for step in range(3)])
    write_pictures(tmp_path / "set" / "b", ["depth.png"], [frame(0)])
    found = all_triplets(tmp_path)
    assert names_of(found) == [("set", "a"), ("set", "b")]
    for step, picture in enumerate((found[0].first, found[0].truth, found[0].last)):
        assert np.array_equal(picture, frame(1 + step))
    assert names_of(all_triplets(tmp_path / "set")) == [("set", "a"), ("set", "b")]
    assert names_of(all_triplets(tmp_path / "set" / "a")) == [("a", "a")]


def test_most_takes_some_of_each_set_centres_of_shares(tmp_path: Path) -> None:
    for group in ("one", "two"):
        for name in "abcdef":
            write_pictures(tmp_path / group / name, ["im1.png", "im2.png", "im3.png"], [frame(at) for at in range(3)])
    assert names_of(all_triplets(tmp_path, most=2)) == [("one", "b"), ("one", "e"), ("two", "b"), ("two", "e")]


def test_every_second_frame_of_a_clip_is_held_back(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mkv", [frame(at) for at in range(9)])
    found = all_triplets(tmp_path)
    assert names_of(found) == [("clip.mkv", "1"), ("clip.mkv", "3"), ("clip.mkv", "5"), ("clip.mkv", "7")]
    for triplet in found:
        middle = int(triplet.name)
        assert np.array_equal(triplet.first, frame(middle - 1))
        assert np.array_equal(triplet.truth, frame(middle))
        assert np.array_equal(triplet.last, frame(middle + 1))
    assert names_of(all_triplets(tmp_path / "clip.mkv", most=2)) == [("clip.mkv", "3"), ("clip.mkv", "7")]


def test_a_gif_is_a_clip(tmp_path: Path) -> None:
    pictures = [Image.fromarray(frame(at)).quantize(32) for at in range(5)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=40, loop=0)
    found = all_triplets(tmp_path)
    assert names_of(found) == [("a.gif", "1"), ("a.gif", "3")]
    assert found[0].truth.shape == (HEIGHT, WIDTH, 3)


def test_numbered_pictures_are_a_clip_and_gaps_are_not_bridged(tmp_path: Path) -> None:
    numbers = [8, 9, 10, 11, 12, 14, 15, 16, 17]
    write_pictures(tmp_path / "in" / "walk", [f"f{number}.png" for number in numbers], [frame(at) for at in numbers])
    write_pictures(tmp_path / "in" / "walk", ["cover.png"], [frame(0, 1)])
    found = all_triplets(tmp_path)
    assert names_of(found) == [("in/walk", "f9"), ("in/walk", "f11"), ("in/walk", "f16")]
    assert np.array_equal(found[1].last, frame(12))


def test_im1_to_im4_are_frames_of_a_clip_and_no_triplet(tmp_path: Path) -> None:
    write_pictures(tmp_path / "x", [f"im{number}.png" for number in range(1, 8)], [frame(at) for at in range(7)])
    assert names_of(all_triplets(tmp_path)) == [("x", "im2"), ("x", "im4"), ("x", "im6")]


def test_no_triplet_lies_over_a_cut(tmp_path: Path) -> None:
    frames = [frame(at) for at in range(5)] + [frame(at, 1) for at in range(5, 12)]
    assert fit_places(steps_of(write_clip(tmp_path / "clip.mkv", frames))) == [0, 2, 6, 8]


def test_no_triplet_has_still_or_repeated_frames(tmp_path: Path) -> None:
    still = [frame(0)] * 5
    assert fit_places(steps_of(write_clip(tmp_path / "still.mkv", still))) == []
    noise = np.random.default_rng(0).integers(0, 2, (9, HEIGHT, WIDTH, 3), dtype=np.uint8)
    repeated = [frame(at) // 2 + noise[at] for at in (0, 1, 2, 2, 3, 4, 5, 6, 7)]
    assert fit_places(steps_of(write_clip(tmp_path / "repeated.mkv", repeated))) == [0, 4, 6]


def test_fast_motion_is_no_cut(tmp_path: Path) -> None:
    frames = [frame(at) for at in np.cumsum([0, 1, 1, 2, 4, 7, 6, 4, 2])]
    assert fit_places(steps_of(write_clip(tmp_path / "fast.mkv", frames))) == [0, 2, 4, 6]


def test_the_middle_frame_is_in_the_middle_of_the_time(tmp_path: Path) -> None:
    times = [0, 1, 2, 3, 6, 9, 12, 13, 14]
    path = write_clip(tmp_path / "variable.mkv", [frame(at) for at in times], times)
    assert [round(moment.time * 25) for moment in moments(path)] == times
    assert fit_places(steps_of(path)) == [0, 4, 6]


def test_places_are_spread_centres_of_shares() -> None:
    assert centres_of_shares(range(100), 4) == [12, 37, 62, 87]
    assert centres_of_shares([3, 5], 8) == [3, 5]
    assert centres_of_shares([], 3) == []


def test_frames_are_reduced_to_a_longer_side_and_never_enlarged(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mkv", [frame(at) for at in range(5)])
    [source] = find_sources(tmp_path)
    assert {triplet.truth.shape for triplet in source.triplets(40)} == {(30, 40, 3)}
    assert {triplet.truth.shape for triplet in source.triplets(65)} == {(HEIGHT, WIDTH, 3)}
    tall = np.full((100, 10, 3), 7, np.uint8)
    assert np.array_equal(reduced(tall, 50), np.full((50, 5, 3), 7, np.uint8))


def test_a_list_names_what_to_take_in_its_order(tmp_path: Path) -> None:
    write_clip(tmp_path / "b.mkv", [frame(at) for at in range(3)])
    write_clip(tmp_path / "unwanted.mkv", [frame(at) for at in range(3)])
    write_pictures(tmp_path / "in" / "a", [f"{number}.png" for number in range(3)], [frame(at) for at in range(3)])
    listed = tmp_path / "list.csv"
    listed.write_text("split,file\nval,in/a\nval,b.mkv\nval,in/a\n", encoding="utf-8")
    assert names_of(all_triplets(tmp_path, listed)) == [("in/a", "1"), ("b.mkv", "1")]
    listed.write_text("\ufefffile\nb.mkv\n", encoding="utf-8")
    assert names_of(all_triplets(tmp_path, listed)) == [("b.mkv", "1")]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (b"name\na.mkv\n", UsageError, "names no column 'file'"),
        (b"", UsageError, "names no column 'file'"),
        (b"file\n", UsageError, "names nothing"),
        (b"file\n\nmissing.mkv\n", InputError, r"missing\.mkv: no such file or folder; line 3"),
        (b"file\nlist.csv\n", InputError, "holds no triplet folders"),
        (b"file\n\xff\n", InputError, "cannot be read as a CSV"),
    ],
)
def test_lists_that_make_no_sense(tmp_path: Path, text: bytes, kind: type[Exception], message: str) -> None:
    listed = tmp_path / "list.csv"
    listed.write_bytes(text)
    with pytest.raises(kind, match=message):
        find_sources(tmp_path, listed)
    with pytest.raises(InputError, match="cannot be read as a CSV"):
        find_sources(tmp_path, tmp_path / "none.csv")


def test_folders_with_nothing_of_the_kind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such"):
        find_sources(tmp_path / "missing")
    write_pictures(tmp_path / ".hidden", ["1.png", "2.png", "3.png"], [frame(at) for at in range(3)])
    write_pictures(tmp_path / "two", ["1.png", "2.png"], [frame(at) for at in range(2)])
    (tmp_path / "._clip.mp4").write_bytes(b"what a Mac leaves behind")
    with pytest.raises(UsageError, match="holds no triplet folders"):
        find_sources(tmp_path)


def test_damage_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no clip at all")
    [clip] = find_sources(tmp_path / "clip.mp4")
    with pytest.raises(InputError, match=r"clip\.mp4: cannot be decoded"):
        list(clip.triplets(None))
    write_pictures(tmp_path / "a", ["im1.png", "im2.png", "im3.png"], [frame(0), frame(1)[1:], frame(2)])
    with pytest.raises(InputError, match="differ in size"):
        all_triplets(tmp_path / "a")
    write_pictures(tmp_path / "b", ["1.png", "2.png", "3.png"], [frame(0), frame(1)[:-9], frame(2)])
    with pytest.raises(InputError, match="another shape"):
        all_triplets(tmp_path / "b")


def test_a_file_without_pictures_is_no_clip(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mkv"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(InputError, match="holds no video"):
        all_triplets(tmp_path)
