"""Tiny videos made with PyAV, animations with Pillow, and what these find in a file: never our own reader or writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageSequence

RATE = Fraction(25)
SIZE = (64, 48)
SOUND_RATE = 48_000
ANIMATION_DURATIONS = [50, 100, 30, 200]
"""Milliseconds of each frame of `make_animation`."""
ANIMATION_TIMES = [Fraction(0), Fraction(5, 100), Fraction(15, 100), Fraction(18, 100)]
X265 = {"x265-params": "log-level=none:pools=1:bframes=0"}
"""With B-frames x265 leaves decoding times of very short clips uninitialised, and one run in many cannot be written."""


def picture(index: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W, 3) uint8: soft colours that move, and a bright square at a place that tells the index."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [
        110 + 60 * np.sin((x + 3 * index) / 9),
        120 + 50 * np.cos((y - 2 * index) / 7),
        130 + 40 * np.sin((x + y) / 11 + index / 3),
    ]
    pixels = np.stack(planes, axis=2).round().astype(np.uint8)
    left = index * 5 % max(1, width - 8)
    pixels[4:12, left : left + 8] = (200, 190, 60)
    return pixels


@dataclass
class Sound:
    """A stream of sine."""

    codec: str = "aac"
    start: Fraction = Fraction(0)
    seconds: Fraction = Fraction(4, 5)
    language: str = "eng"
    hertz: float = 440.0
    silence: Fraction = Fraction(0)
    """Seconds after the start in which nothing sounds."""


def make_film(
    path: Path,
    *,
    frames: int = 20,
    size: tuple[int, int] = SIZE,
    rate: Fraction = RATE,
    times: Sequence[Fraction] | None = None,
    encoder: str = "libx264",
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: str | None = None,
    container_options: dict[str, str] | None = None,
    unit: Fraction | None = None,
    tags: dict[str, int] | None = None,
    aspect: Fraction | None = None,
    matrix: Sequence[int] | None = None,
    sounds: Sequence[Sound] = (),
    subtitles: Sequence[tuple[float, float, str]] = (),
    metadata: dict[str, str] | None = None,
    chapters: Sequence[tuple[float, float, str]] = (),
    content: Sequence[Any] | None = None,
) -> Path:
    """A clip. `times` are seconds (default: at `rate` from 0); `content`: RGB arrays, tuples of planes, frames."""
    moments = list(times) if times is not None else [index / rate for index in range(frames)]
    unit = unit or Fraction(1, 90_000)
    with av.open(str(path), "w", format=container, container_options=container_options or {}) as output:
        output.metadata.update(metadata or {})
        if chapters:
            base = Fraction(1, 1000)
            output.set_chapters(
                [
                    {"id": n, "start": int(a * 1000), "end": int(b * 1000), "time_base": base, "metadata": {"title": t}}
                    for n, (a, b, t) in enumerate(chapters, 1)
                ]
            )
        own = dict(X265) if encoder == "libx265" else {}
        stream: Any = output.add_stream(encoder, rate=rate, options={**own, **(options or {})})
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        context = stream.codec_context
        context.time_base, context.thread_count = unit, 1
        for name, value in (tags or {}).items():
            setattr(context, name, value)
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        if matrix is not None:
            stream.set_display_matrix(matrix)
        packets: list[Any] = []
        for index, moment in enumerate(moments):
            given = content[index % len(content)] if content is not None else picture(index, size)
            frame = _frame(given, pixels, tags or {})
            frame.pts, frame.time_base = round(moment / unit), unit
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for sound in sounds:
            packets += _sound(output, sound)
        if subtitles:
            packets += _subtitles(output, path, subtitles)
        packets.sort(key=lambda packet: packet.dts * packet.time_base)
        for packet in packets:
            output.mux(packet)
    return path


def make_animation(path: Path, *, alpha: bool = False, loop: int | None = 3) -> Path:
    """Four pictures as an animated GIF, WebP or PNG, each shown for its own time; with a hole that moves if `alpha`."""
    images = []
    for index in range(4):
        pixels = picture(index)
        if alpha:
            pixels = np.dstack([pixels, np.full((48, 64), 255, np.uint8)])
            pixels[20:30, 10 + index : 30 + index, 3] = 0
        images.append(Image.fromarray(pixels))
    options: dict[str, object] = {} if loop is None else {"loop": loop}
    if path.suffix == ".webp":
        options |= {"lossless": True, "exact": True}
    if path.suffix == ".gif" and alpha:
        options |= {"disposal": 2}
    images[0].save(path, save_all=True, append_images=images[1:], duration=ANIMATION_DURATIONS, **options)
    return path


def pillow_frames(path: Path) -> tuple[list[np.ndarray], list[float], object]:
    """The RGBA pixels and milliseconds of an animated picture's frames, and its loop count, as Pillow finds them."""
    with Image.open(path) as image:
        frames = [
            (np.asarray(frame.convert("RGBA")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)
        ]
        return [pixels for pixels, _ in frames], [duration for _, duration in frames], image.info.get("loop")


def streams(path: Path) -> list[dict[str, Any]]:
    """Each stream as FFmpeg finds it."""
    with av.open(str(path)) as container:
        return [
            {"type": s.type, "codec": getattr(s, "name", None), "metadata": s.metadata, "disposition": s.disposition}
            for s in container.streams
        ]


def packets(path: Path, kind: str, number: int = 0) -> list[tuple[Fraction, bytes]]:
    """(seconds, bytes) of every packet of a stream, in the order of the file."""
    with av.open(str(path)) as container:
        stream = [stream for stream in container.streams if stream.type == kind][number]
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in container.demux(stream) if packet.size]


def times(path: Path) -> list[Fraction]:
    """The times of all decoded frames."""
    return [frame.pts * frame.time_base for frame in decoded(path)]


def decoded(path: Path) -> list[av.VideoFrame]:
    """All frames of the first video stream."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def planes(frame: av.VideoFrame) -> list[np.ndarray]:
    """The planes of a planar frame, without padding."""
    deep = frame.format.components[0].bits > 8
    found = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint16 if deep else np.uint8)
        found.append(rows.reshape(plane.height, -1)[:, : plane.width].copy())
    return found


def decoded_sound(path: Path, number: int = 0) -> tuple[float, np.ndarray, int]:
    """The first sample's time in seconds, the samples of the first channel, and how many there are a second."""
    with av.open(str(path)) as container:
        found = list(container.decode(audio=number))
    first = found[0]
    flat = []
    for frame in found:
        samples = frame.to_ndarray()
        channel = samples[0] if frame.format.is_planar else samples[0, :: frame.layout.nb_channels]
        flat.append(channel.astype(np.float64) / (32768 if samples.dtype == np.int16 else 1))
    return float(first.pts * first.time_base), np.concatenate(flat), first.sample_rate


def _frame(given: Any, pixels: str, tags: dict[str, int]) -> av.VideoFrame:
    if isinstance(given, av.VideoFrame):
        return given
    if isinstance(given, tuple):
        height, width = given[0].shape
        frame = av.VideoFrame(width, height, pixels)
        for plane, samples in zip(frame.planes, given, strict=True):
            room = np.frombuffer(memoryview(plane), samples.dtype).reshape(plane.height, -1)
            room[:, : samples.shape[1]] = samples
    else:
        frame = av.VideoFrame.from_ndarray(given, format="rgb24").reformat(format=pixels)
    if "color_range" in tags:
        frame.color_range = tags["color_range"]
    if "colorspace" in tags:
        frame.colorspace = tags["colorspace"]
    return frame


def _sound(output: Any, sound: Sound) -> list[Any]:
    stream = output.add_stream(sound.codec, rate=SOUND_RATE)
    stream.layout = "stereo"
    stream.metadata["language"] = sound.language
    made: list[Any] = []
    count = int(sound.seconds * SOUND_RATE)
    for first in range(0, count, 1024):
        moments = (first + np.arange(min(1024, count - first))) / SOUND_RATE
        wave = (0.3 * np.sin(2 * np.pi * sound.hertz * moments)).astype(np.float32)
        wave[moments < float(sound.silence)] = 0
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base = SOUND_RATE, Fraction(1, SOUND_RATE)
        frame.pts = round(sound.start * SOUND_RATE) + first
        made += stream.encode(frame)
    return made + stream.encode(None)


def _subtitles(output: Any, path: Path, lines: Sequence[tuple[float, float, str]]) -> list[Any]:
    """SubRip: FFmpeg's encoder wants a style sheet first, so a text file is copied instead."""
    text = path.with_suffix(".srt")
    text.write_text(
        "".join(
            f"{number}\n{_clock(start)} --> {_clock(end)}\n{words}\n\n"
            for number, (start, end, words) in enumerate(lines, 1)
        )
    )
    with av.open(str(text)) as source:
        stream = output.add_stream_from_template(source.streams[0], opaque=True)
        stream.metadata["language"] = "fra"
        made = []
        for packet in source.demux():
            if packet.size:
                packet.stream = stream
                made.append(packet)
    text.unlink()
    return made


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3600000:02d}:{whole // 60000 % 60:02d}:{whole // 1000 % 60:02d},{whole % 1000:03d}"
