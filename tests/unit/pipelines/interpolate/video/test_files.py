"""Video files made of video files, read back: times, streams, depth, rotation, and what is refused."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from restore.errors import UsageError
from restore.images.reading import read_picture
from restore.video.read.opening import open_video
from restore.video.write.encoding import Encoding
from tests.support.models.listed_videos import QUICK, Mixer, write_file
from tests.support.video_clips import RATE, Sound, decoded, make_film, packets, picture, streams, times

NTSC = Fraction(24000, 1001)
QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


def test_sound_is_copied_byte_for_byte_at_the_same_times(tmp_path: Path) -> None:
    sounds = [Sound(), Sound(language="fra", hertz=660)]
    source = make_film(tmp_path / "a.mp4", rate=NTSC, sounds=sounds, subtitles=[])
    output = tmp_path / "a.60fps.mp4"
    result = write_file(source, output, {"fps": 60})
    assert [stream["type"] for stream in streams(output)] == ["video", "audio", "audio"]
    for number in range(2):
        assert packets(output, "audio", number) == packets(source, "audio", number)
    length = 20 / NTSC
    assert times(output) == [Fraction(index, 60) for index in range(result.frames)]
    assert abs(Fraction(result.frames, 60) - length) <= Fraction(1, 60)
    assert result.rate == 60


def test_a_variable_rate_in_matroska_keeps_its_timing(tmp_path: Path) -> None:
    stamps = (0, 40, 90, 200, 240, 500, 540)
    source = make_film(tmp_path / "a.mkv", times=[Fraction(stamp, 1000) for stamp in stamps], rate=Fraction(10))
    output = tmp_path / "out.mkv"
    write_file(source, output, {"factor": 2})
    found = times(output)
    assert found[::2] == [Fraction(stamp, 1000) for stamp in stamps]
    middles = [Fraction(before + after, 2000) for before, after in pairwise(stamps)]
    assert max(abs(a - b) for a, b in zip(found[1::2], middles, strict=False)) <= Fraction(1, 2000)


@pytest.mark.parametrize(
    ("encoder", "pixels", "codec"), [("ffv1", "yuv420p10le", "ffv1"), ("libx265", "yuv422p10le", "hevc")]
)
def test_ten_bits_stay_ten_bits(tmp_path: Path, encoder: str, pixels: str, codec: str) -> None:
    content = [np.full((96, 96), 400 + 33 * index, np.uint16) for index in range(5)]
    chroma = np.full((96 if "422" in pixels else 48, 48), 512, np.uint16)
    source = make_film(
        tmp_path / "a.mkv",
        frames=5,
        size=(96, 96),
        encoder=encoder,
        pixels=pixels,
        content=[(luma, chroma, chroma) for luma in content],
    )
    output = tmp_path / "out.mkv"
    write_file(source, output, {"factor": 2})
    found = decoded(output)
    assert {frame.format.name for frame in found} == {pixels}
    assert streams(output)[0]["codec"] == codec
    levels = [
        float(np.frombuffer(memoryview(frame.planes[0]), np.uint16).reshape(96, -1)[:, :96].mean()) for frame in found
    ]
    wanted = [400 + 16.5 * min(index, 8) for index in range(10)]
    assert max(abs(level - each) for level, each in zip(levels, wanted, strict=True)) <= 2


def test_real_frames_come_bit_for_bit_and_a_cut_is_not_blended(tmp_path: Path) -> None:
    shots = [picture(index) // 3 for index in range(4)] + [255 - picture(index) // 3 for index in range(4)]
    source = make_film(tmp_path / "a.mkv", frames=8, encoder="ffv1", pixels="bgr0", content=shots)
    output = tmp_path / "out.mkv"
    result = write_file(source, output, {"factor": 3})
    found = [frame.to_ndarray(format="rgb24") for frame in decoded(output)]
    assert all(np.array_equal(frame, shot) for frame, shot in zip(found[::3], shots, strict=True))
    assert np.array_equal(found[10], shots[3])
    assert np.array_equal(found[11], shots[4])
    assert (result.counts.scene_cuts, result.counts.given["cut"]) == (1, 2)


def test_rotation_and_tags_are_kept(tmp_path: Path) -> None:
    tags = {"color_primaries": 1, "color_trc": 1, "colorspace": 1, "color_range": 1}
    source = make_film(tmp_path / "a.mp4", matrix=QUARTER_TURN, tags=tags, metadata={"title": "Turned"})
    output = tmp_path / "out.mp4"
    write_file(source, output, {"factor": 2})
    with open_video(source) as before, open_video(output) as after:
        assert after.info.orientation == before.info.orientation != 1
        assert (after.info.width, after.info.height) == (before.info.width, before.info.height) == (48, 64)
        assert after.info.colour == before.info.colour
    with av.open(str(output)) as container:
        assert container.metadata["title"] == "Turned"


def test_slow_motion_leaves_the_sound_out_or_stretches_it(tmp_path: Path) -> None:
    source = make_film(tmp_path / "a.mp4", sounds=[Sound()])
    silent, stretched = tmp_path / "silent.mp4", tmp_path / "stretched.mp4"
    write_file(source, silent, {"slow": 2})
    assert [stream["type"] for stream in streams(silent)] == ["video"]
    assert times(silent) == [index / RATE for index in range(40)]
    write_file(source, stretched, {"slow": 2}, sound="stretch")
    with av.open(str(stretched)) as container:
        sound = container.streams.audio[0]
        assert abs(sound.duration * sound.time_base - Fraction(8, 5)) < Fraction(1, 20)


def test_slow_motion_of_a_stream_whose_clock_begins_anywhere(tmp_path: Path) -> None:
    begin = Fraction(5000)
    source = make_film(
        tmp_path / "a.ts", times=[begin + index / RATE for index in range(20)], sounds=[Sound(start=begin)]
    )
    output = tmp_path / "out.mp4"
    write_file(source, output, {"slow": 2}, sound="stretch")
    found = times(output)
    assert 0 <= found[0] < Fraction(1, 5)
    assert found[-1] - found[0] == Fraction(39, 25)


def test_gif_to_gif(tmp_path: Path) -> None:
    pictures = [Image.fromarray(picture(index)) for index in range(5)]
    source, output = tmp_path / "a.gif", tmp_path / "out.gif"
    pictures[0].save(source, save_all=True, append_images=pictures[1:], duration=[100, 60, 100, 80, 120], loop=3)
    write_file(source, output, {"factor": 2})
    with Image.open(output) as made:
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(made)]
        assert made.info["loop"] == 3
    assert (len(durations), sum(durations)) == (10, 460)
    assert durations[2:4] == [30, 30]
    assert durations[8:] == [60, 60]


def test_transparent_pictures_stay_so(tmp_path: Path) -> None:
    def clear(index: int) -> Image.Image:
        alpha = np.full((48, 64, 1), 40 * index, np.uint8)
        return Image.fromarray(np.concatenate([picture(index), alpha], axis=2))

    source, output = tmp_path / "a.webp", tmp_path / "out.webp"
    clear(1).save(source, save_all=True, append_images=[clear(2), clear(3)], duration=100, lossless=True, exact=True)
    write_file(source, output, {"factor": 2})
    with open_video(output) as video:
        alphas = [int(frame.pixels[0, 0, 3]) for frame in video if frame.pixels is not None]
    assert alphas == [40, 60, 80, 100, 120, 120]


def test_a_folder_of_deep_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for index in range(4):
        deep = (picture(index).astype(np.uint16) * 257 + index).astype(np.uint16)
        with av.open(str(folder / f"{index + 8}.png"), "w", format="image2pipe") as container:
            stream: Any = container.add_stream("png", rate=1)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb48be"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(deep, format="rgb48le").reformat(format="rgb48be")))
            container.mux(stream.encode(None))
    output = tmp_path / "out"
    write_file(folder, output, {"factor": 2}, rate=Fraction(12))
    names = sorted(path.name for path in output.iterdir())
    assert names == [f"{number:06d}.png" for number in range(1, 9)]
    third = read_picture(output / names[2])
    assert third.depth == 16
    assert np.array_equal(third.colour, picture(1).astype(np.uint16) * 257 + 1)


def test_damage_is_reported_with_its_time(tmp_path: Path) -> None:
    source = make_film(tmp_path / "a.mp4", frames=30, options={"bf": "0", "g": "10"})
    with av.open(str(source)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][13]
    data = bytearray(source.read_bytes())
    data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    source.write_bytes(data)
    lines: list[str] = []
    output = tmp_path / "out.mp4"
    result = write_file(source, output, {"factor": 2}, lines=lines)
    assert result.counts.damaged == 1
    assert len(times(output)) == 60
    assert lines[0].startswith("00:00:00.520: damaged frame made anew from its neighbours")


@pytest.mark.parametrize(
    ("name", "goal", "encoding", "message"),
    [
        ("out.avi", {"factor": 2}, QUICK, "use .mp4"),
        ("out.webm", {"factor": 2}, Encoding("h264"), "webm does not hold h264"),
        ("out.gif", {"fps": 60}, QUICK, "at most 50"),
        ("out.gif", {"factor": 2}, Encoding("h264"), "gif has none"),
        ("out.mp4", {"factor": 500}, QUICK, "smaller factor"),
    ],
)
def test_what_cannot_be_written_is_refused_first(
    tmp_path: Path, name: str, goal: dict[str, Any], encoding: Encoding, message: str
) -> None:
    source = make_film(tmp_path / "a.mp4", frames=3)
    mixer = Mixer()
    with pytest.raises(UsageError, match=message):
        write_file(source, tmp_path / name, goal, mixer, encoding=encoding)
    assert mixer.calls == []
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
