"""Sound, subtitles, chapters and tags reach the new file: packets byte by byte, times to the tick."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from restore.errors import InputError, OutputError, UsageError
from restore.video.read.opening import open_video
from restore.video.write.encoding import Encoding
from restore.video.write.joining import join_segments
from restore.video.write.segments import SegmentedWriter
from tests.support.video_clips import Sound, make_film, packets, picture, streams, times
from tests.support.video_copies import QUICK, copy_frames, remake

NTSC = Fraction(24000, 1001)
AAC_DELAY = Fraction(-1024, 48_000)  # seconds; what the encoder puts before the first sample


CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "mp4": (".mp4", ".mp4", {"sounds": [Sound(), Sound("libmp3lame", language="deu", hertz=660)]}),
    "mov": (".mov", ".mov", {"sounds": [Sound(), Sound("pcm_s16le", language="deu")]}),
    "mkv": (".mkv", ".mkv", {"sounds": [Sound(), Sound("libopus", language="deu"), Sound("flac")]}),
    "mp4 to mov": (".mp4", ".mov", {"sounds": [Sound(), Sound("ac3", language="deu")]}),
    "mkv to mp4": (".mkv", ".mp4", {"sounds": [Sound("libopus"), Sound("libmp3lame", language="deu")]}),
    "late sound": (".mp4", ".mp4", {"sounds": [Sound(start=Fraction(7, 5)), Sound(language="deu")]}),
    "late sound in mkv": (".mkv", ".mkv", {"sounds": [Sound("libopus", start=Fraction(7, 5))]}),
    "early sound": (".mp4", ".mp4", {"sounds": [Sound("flac", start=Fraction(-1, 50))]}),
    "late pictures": (".mkv", ".mkv", {"sounds": [Sound("flac")], "times": [Fraction(n + 10, 25) for n in range(20)]}),
    "late pictures in mp4": (".mp4", ".mp4", {"sounds": [Sound()], "times": [Fraction(n + 10, 25) for n in range(20)]}),
    "webm": (".webm", ".webm", {"sounds": [Sound("libopus")], "encoder": "libvpx-vp9", "options": {"cpu-used": "8"}}),
    "23.976": (".mp4", ".mp4", {"sounds": [Sound()], "rate": NTSC, "unit": Fraction(1, 24_000)}),
}


@pytest.mark.parametrize("case", CASES)
def test_sound_is_copied_to_the_byte_and_to_the_tick(tmp_path: Path, case: str) -> None:
    before, after, options = CASES[case]
    how = Encoding(preset="8", threads=1) if after == ".webm" else QUICK
    source = make_film(tmp_path / f"in{before}", **options)
    output = tmp_path / f"out{after}"
    assert remake(source, output, how=how) == []
    for number, sound in enumerate(options["sounds"]):
        assert packets(output, "audio", number) == packets(source, "audio", number)
        entry = [stream for stream in streams(output) if stream["type"] == "audio"][number]
        if after != ".mov":  # QuickTime's own numbers for languages, of which FFmpeg knows half
            assert entry["metadata"]["language"] == sound.language
    assert len([stream for stream in streams(output) if stream["type"] == "audio"]) == len(options["sounds"])
    rounded = Fraction(1, 2000) if after in (".mkv", ".webm") else 0
    assert max(abs(new - old) for new, old in zip(times(output), times(source), strict=True)) <= rounded
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([source.name, output.name])


def test_the_delay_of_aac_is_kept(tmp_path: Path) -> None:
    source = make_film(tmp_path / "in.mp4", sounds=[Sound()])
    remake(source, tmp_path / "out.mp4")
    assert packets(tmp_path / "out.mp4", "audio")[0][0] == AAC_DELAY
    # Matroska has no times before zero: all streams move together.
    remake(source, tmp_path / "out.mkv")
    moved = packets(tmp_path / "out.mkv", "audio")[0][0] - AAC_DELAY
    assert abs(times(tmp_path / "out.mkv")[0] - moved) <= Fraction(1, 1000)
    assert [data for _, data in packets(tmp_path / "out.mkv", "audio")] == [
        data for _, data in packets(source, "audio")
    ]


def test_a_transport_stream_begins_at_zero_and_stays_in_step(tmp_path: Path) -> None:
    source = make_film(
        tmp_path / "in.ts",
        sounds=[Sound("mp2", start=Fraction(4, 10))],
        times=[Fraction(7, 5) + Fraction(n, 25) for n in range(20)],
    )
    step = times(source)[0] - packets(source, "audio")[0][0]
    for suffix, rounded in ((".mp4", Fraction(2, 48_000)), (".mkv", Fraction(1, 1000))):
        output = tmp_path / f"out{suffix}"
        remake(source, output)
        found = times(output)
        sound = packets(output, "audio")
        assert abs(min(found[0], sound[0][0])) <= rounded
        assert abs(found[0] - sound[0][0] - step) <= rounded
        assert [data for _, data in sound] == [data for _, data in packets(source, "audio")]
        assert (
            max(abs(new - old - found[0] + times(source)[0]) for new, old in zip(found, times(source), strict=True))
            <= rounded
        )


def test_subtitles_tags_and_chapters(tmp_path: Path) -> None:
    source = make_film(
        tmp_path / "in.mkv",
        sounds=[Sound("libopus")],
        subtitles=[(0.1, 0.3, "one"), (0.4, 0.7, "two")],
        metadata={"title": "A title", "artist": "Somebody"},
        chapters=[(0, 0.4, "first"), (0.4, 0.8, "second")],
    )
    output = tmp_path / "out.mkv"
    assert remake(source, output) == []
    assert packets(output, "subtitle") == packets(source, "subtitle")
    assert [stream["type"] for stream in streams(output)] == ["video", "audio", "subtitle"]
    with av.open(str(source)) as before, av.open(str(output)) as after:
        assert after.metadata["title"] == "A title"
        assert after.metadata["ARTIST"] == "Somebody"
        assert after.streams.subtitles[0].language == "fra"
        texts = [chapter["metadata"]["title"] for chapter in after.chapters()]
        assert texts == ["first", "second"]
        assert [chapter["start"] * chapter["time_base"] for chapter in after.chapters()] == [
            chapter["start"] * chapter["time_base"] for chapter in before.chapters()
        ]
        assert "DURATION" not in {key for stream in after.streams for key in stream.metadata} - {"DURATION"}


def test_chapters_and_title_of_mp4(tmp_path: Path) -> None:
    source = make_film(
        tmp_path / "in.mp4",
        sounds=[Sound()],
        metadata={"title": "A title"},
        chapters=[(0, 0.4, "first"), (0.4, 0.8, "last")],
    )
    output = tmp_path / "out.mp4"
    assert remake(source, output) == []
    with av.open(str(output)) as after:
        assert after.metadata["title"] == "A title"
        assert [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in after.chapters()] == [
            (0, "first"),
            (Fraction(2, 5), "last"),
        ]


def test_what_mp4_does_not_hold_is_left_out_with_a_note(tmp_path: Path) -> None:
    source = make_film(tmp_path / "in.mkv", sounds=[Sound()], subtitles=[(0.1, 0.3, "one")])
    notes = remake(source, tmp_path / "out.mp4")
    assert notes == ["mp4 does not hold subtitles (srt, fra): left out"]
    assert [stream["type"] for stream in streams(tmp_path / "out.mp4")] == ["video", "audio"]


def test_attachments_stay_in_matroska(tmp_path: Path) -> None:
    bare = make_film(tmp_path / "bare.mkv")
    source = tmp_path / "in.mkv"
    with av.open(str(bare)) as pictures, av.open(str(source), "w") as output:
        target = output.add_stream_from_template(pictures.streams[0], opaque=True)
        output.add_attachment("font.ttf", "application/x-truetype-font", b"a font")
        for packet in pictures.demux(video=0):
            if packet.size:
                packet.stream = target
                output.mux(packet)
    assert remake(source, tmp_path / "out.mkv") == []
    with av.open(str(tmp_path / "out.mkv")) as after:
        (attachment,) = [stream for stream in after.streams if stream.type == "attachment"]
        assert (attachment.name, attachment.data) == ("font.ttf", b"a font")
    notes = remake(source, tmp_path / "out.mp4")
    assert notes == ["mp4 does not hold attachment (font.ttf): left out"]


def test_a_cover_picture_is_left_out_with_a_note(tmp_path: Path) -> None:
    bare = make_film(tmp_path / "bare.mp4")
    cover = make_film(tmp_path / "cover.mkv", frames=1, encoder="mjpeg", pixels="yuvj420p")
    source = tmp_path / "in.mp4"
    with av.open(str(bare)) as pictures, av.open(str(cover)) as art, av.open(str(source), "w") as output:
        targets = [output.add_stream_from_template(each.streams[0], opaque=True) for each in (art, pictures)]
        targets[0].disposition = av.stream.Disposition.attached_pic
        for target, each in zip(targets, (art, pictures), strict=True):
            for packet in each.demux(video=0):
                if packet.size:
                    packet.stream = target
                    output.mux(packet)
    assert remake(source, tmp_path / "out.mp4") == ["the cover picture is left out"]
    assert times(tmp_path / "out.mp4") == times(bare)


def test_sound_can_be_dropped(tmp_path: Path) -> None:
    source = make_film(tmp_path / "in.mkv", sounds=[Sound()], subtitles=[(0.1, 0.3, "one")])
    assert remake(source, tmp_path / "out.mkv", sound="drop") == []
    assert [stream["type"] for stream in streams(tmp_path / "out.mkv")] == ["video", "subtitle"]


@pytest.mark.parametrize("seconds", [Fraction(1, 10), Fraction(3)])
def test_sound_shorter_or_longer_than_the_pictures(tmp_path: Path, seconds: Fraction) -> None:
    source = make_film(tmp_path / "in.mp4", sounds=[Sound(seconds=seconds)])
    remake(source, tmp_path / "out.mp4")
    assert packets(tmp_path / "out.mp4", "audio") == packets(source, "audio")


def test_a_gif_becomes_a_film(tmp_path: Path) -> None:
    images = [Image.fromarray(picture(index)) for index in range(4)]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=[50, 100, 30, 200])
    notes = remake(tmp_path / "a.gif", tmp_path / "a.mp4")
    assert times(tmp_path / "a.mp4") == [0, Fraction(5, 100), Fraction(15, 100), Fraction(18, 100)]
    assert len(notes) == 1
    assert "encoded as h264" in notes[0]


def test_a_film_becomes_a_gif(tmp_path: Path) -> None:
    source = make_film(tmp_path / "in.mp4", sounds=[Sound()])
    remake(source, tmp_path / "a.gif", how=Encoding(threads=1))
    with open_video(tmp_path / "a.gif") as video:
        assert [frame.time for frame in video] == times(source)
        assert video.info.loops == 0


def test_failures_leave_the_old_file_and_the_segments(tmp_path: Path) -> None:
    source = make_film(tmp_path / "in.mp4", sounds=[Sound()])
    output = tmp_path / "out.mp4"
    output.write_bytes(b"old")
    with open_video(source) as video, SegmentedWriter(output, video.info, Fraction(25), QUICK, length=8) as writer:
        copy_frames(video, writer)
    folder = writer.segments.folder
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(np.random.default_rng(1).bytes(3000))
    for wrong in (tmp_path / "none.mp4", noise):
        with pytest.raises(InputError):
            join_segments(folder, output, wrong)
    with pytest.raises(UsageError, match="keep, drop, stretch"):
        join_segments(folder, output, source, sound="louder")
    with pytest.raises(UsageError, match="half speed"):
        join_segments(folder, output, source, stretch=Fraction(0))
    with pytest.raises(OutputError):
        join_segments(folder, tmp_path / "none" / "out.mp4", source)
    assert output.read_bytes() == b"old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [folder.name, "in.mp4", "noise.mp4", "out.mp4"]
    join_segments(folder, output, source)
    assert packets(output, "audio") == packets(source, "audio")


def test_a_source_that_breaks_off(tmp_path: Path) -> None:
    options = {"sounds": [Sound(seconds=Fraction(12, 5))], "frames": 60, "options": {"bf": "0", "crf": "5"}}
    source = make_film(tmp_path / "in.mp4", container_options={"movflags": "faststart"}, **options)
    whole = packets(source, "audio")
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    output = tmp_path / "out.mp4"
    with open_video(source) as video, SegmentedWriter(output, video.info, Fraction(25), QUICK, length=8) as writer:
        for frame in video:
            if frame.pixels is not None:
                writer.write(frame.pixels, frame.time)
    join_segments(writer.segments.folder, output, source)
    there = packets(output, "audio")
    assert 10 < len(there) < len(whole)
    assert there[:-1] == whole[: len(there) - 1]
    assert len(times(output)) > 15


def test_a_clock_that_falls_back(tmp_path: Path) -> None:
    part = make_film(tmp_path / "part.ts", sounds=[Sound("mp2")])
    source = tmp_path / "in.ts"
    source.write_bytes(part.read_bytes() * 2)
    output = tmp_path / "out.mp4"
    remake(source, output)
    stamps = [time for time, _ in packets(output, "audio")]
    assert all(after > before for before, after in pairwise(stamps))
    assert len(times(output)) == 40
    assert len(stamps) == 2 * len(packets(part, "audio"))
