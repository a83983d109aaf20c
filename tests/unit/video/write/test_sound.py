"""Sound that is made anew: longer or shorter at the same pitch, in step with the pictures, or for another container."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from restore.video.write.encoding import Encoding
from tests.support.video_clips import Sound, decoded_sound, make_film, packets, streams, times
from tests.support.video_copies import QUICK, remake

LONG = Fraction(2)


def pitch(samples: np.ndarray, rate: int) -> float:
    middle = samples[len(samples) // 3 : len(samples) // 3 + rate // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    return float(np.argmax(spectrum) * rate / len(middle))


def onset(samples: np.ndarray, rate: int) -> float:
    """Seconds from the first sample until something sounds."""
    return float(np.argmax(np.abs(samples) > 0.1) / rate)


@pytest.mark.parametrize("stretch", [Fraction(2), Fraction(4), Fraction(3, 2), Fraction(1, 2), Fraction(8)])
@pytest.mark.parametrize("kind", ["aac in mp4", "opus in mkv", "flac in mkv", "mp3 in mp4"])
def test_stretched_sound_keeps_its_pitch_and_its_place(tmp_path: Path, kind: str, stretch: Fraction) -> None:
    codec, _, suffix = kind.split()
    encoder = {"opus": "libopus", "mp3": "libmp3lame"}.get(codec, codec)
    sound = Sound(encoder, start=Fraction(1, 5), seconds=LONG, silence=Fraction(4, 5))
    source = make_film(tmp_path / f"in.{suffix}", frames=15, sounds=[sound])
    output = tmp_path / f"out.{suffix}"
    assert remake(source, output, stretch=stretch, length=30, sound="stretch") == []
    start, samples, rate = decoded_sound(output)
    first, before, rate_before = decoded_sound(source)
    assert abs(start + len(samples) / rate - (first + len(before) / rate_before) * float(stretch)) < 0.03
    window = 2048 / 48_000
    late = abs(start + onset(samples, rate) - (first + onset(before, rate_before)) * float(stretch))
    assert late < 0.02 + window / 2 * abs(float(stretch - 1))
    assert abs(pitch(samples[round(onset(samples, rate) * rate) :], rate) - 440) <= 6
    assert streams(output)[1]["metadata"]["language"] == "eng"
    assert streams(output)[1]["codec"] == streams(source)[1]["codec"]
    rounded = 0 if suffix == "mp4" else Fraction(1, 1000)
    found = times(output)
    assert max(abs(new - old * stretch) for new, old in zip(found, times(source), strict=True)) <= rounded


def test_subtitles_and_chapters_follow_and_kept_sound_does_not(tmp_path: Path) -> None:
    source = make_film(
        tmp_path / "in.mkv",
        sounds=[Sound()],
        subtitles=[(0.1, 0.3, "one"), (0.4, 0.7, "two")],
        chapters=[(0, 0.4, "first"), (0.4, 0.8, "second")],
    )
    output = tmp_path / "out.mkv"
    assert remake(source, output, stretch=Fraction(2), length=30, sound="keep") == []
    assert packets(output, "subtitle") == [(2 * time, data) for time, data in packets(source, "subtitle")]
    assert packets(output, "audio") == packets(source, "audio")
    with av.open(str(output)) as container:
        assert [chapter["start"] * chapter["time_base"] for chapter in container.chapters()] == [0, Fraction(4, 5)]
        durations = [packet.duration for packet in container.demux(subtitles=0) if packet.size]
    assert durations == [400, 600]


def test_two_streams_are_stretched_each(tmp_path: Path) -> None:
    source = make_film(
        tmp_path / "in.mp4", sounds=[Sound(seconds=LONG), Sound(seconds=LONG, hertz=880, language="deu")]
    )
    remake(source, tmp_path / "out.mp4", stretch=Fraction(2), length=30, sound="stretch")
    for number, hertz in enumerate((440, 880)):
        _, samples, rate = decoded_sound(tmp_path / "out.mp4", number)
        assert abs(pitch(samples, rate) - hertz) <= 6


ANEW = {
    "aac into webm": ("aac", ".mkv", ".webm", "libopus"),
    "pcm into mp4": ("pcm_s16le", ".mkv", ".mp4", "aac"),
    "flac into mov": ("flac", ".mkv", ".mov", "aac"),
    "opus into mov": ("libopus", ".mkv", ".mov", "aac"),
}


@pytest.mark.parametrize("case", ANEW)
def test_sound_that_a_container_does_not_hold_is_encoded_anew_in_step(tmp_path: Path, case: str) -> None:
    codec, before, after, made = ANEW[case]
    sound = Sound(codec, start=Fraction(1, 5), seconds=LONG, silence=Fraction(4, 5))
    source = make_film(tmp_path / f"in{before}", frames=10, sounds=[sound])
    output = tmp_path / f"out{after}"
    how = Encoding(preset="8", threads=1) if after == ".webm" else QUICK
    notes = [note for note in remake(source, output, how=how, length=30) if "the video is encoded" not in note]
    assert len(notes) == 1
    assert f"sound is encoded as {made}" in notes[0]
    start, samples, rate = decoded_sound(output)
    assert abs(start + onset(samples, rate) - 1) < 0.03
    assert abs(len(samples) / rate - float(LONG)) < 0.08
    assert abs(pitch(samples[round(onset(samples, rate) * rate) :], rate) - 440) <= 6


def test_damaged_sound_leaves_a_gap_and_stays_in_step(tmp_path: Path) -> None:
    source = make_film(tmp_path / "in.mp4", frames=10, sounds=[Sound(seconds=LONG)])
    with av.open(str(source)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(audio=0) if packet.size]
    data = bytearray(source.read_bytes())
    for place, size in places[20:24]:
        data[place : place + size] = b"\xff" * size
    source.write_bytes(data)
    output = tmp_path / "out.mp4"
    remake(source, output, stretch=Fraction(2), length=30, sound="stretch")
    _, samples, rate = decoded_sound(output)
    assert abs(len(samples) / rate - 4) < 0.15
