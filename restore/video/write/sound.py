"""Sound that has to be encoded anew: stretched for slow motion, or of a kind that the container does not hold.

    packets ── decoder ── gaps filled with silence ── atempo … ── encoder's rate and format ── encoder ── packets

``atempo`` changes the length and keeps the pitch. It takes factors of 0.5 and more, and sounds best near 1, so a large
stretch is made of several. It swallows the last moment of what it gets, so silence is put behind and what is too much
cut off: the new sound ends where the old one did, times the stretch, to the sample. Times are counted in samples from
where the source's sound begins, times the stretch, so nothing drifts.

It works in windows of 1/24 s or a little more, which it lays at ``stretch`` times their place without stretching them
inside. So what sounds at a window's end comes too early by ``stretch - 1`` windows, and what is at its beginning, in
time. The whole is shifted by half of that: in step with the pictures within 21 ms at half speed, 64 ms at a quarter.
"""

import errno
import io
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet

__all__ = ["SoundTranscoder"]

_ENCODERS = {"mp3": "libmp3lame", "mp3float": "libmp3lame", "opus": "libopus", "libopus": "libopus"}
_FALLBACKS = {"mp4": ("aac",), "mov": ("aac",), "matroska": ("libopus", "aac"), "webm": ("libopus",)}
_EXPERIMENTAL = ("vorbis", "dca", "truehd", "mlp", "s302m", "sonic", "opus")
_OPUS_RATES = (48_000, 24_000, 16_000, 12_000, 8_000)  # samples per second
_LOSSLESS = ("flac", "alac")
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_WINDOWS = 24  # per second, of atempo; rounded to a power of two samples
_PADDING = 0.5  # seconds of silence behind the end; more than any chain of atempo swallows
_TRIAL_SAMPLES = 4096
_MOST_AT_ONCE = 2.0  # factor of one atempo
_BITS_PER_CHANNEL = 96_000  # per second, where the source does not state it


class SoundTranscoder:
    """One stream of sound from a source, through a filter and an encoder, into a stream of an output.

    Attributes:
        stream: of the output.
        codec: the encoder's name.
    """

    def __init__(
        self, source: AudioStream, stream: AudioStream, codec: str, stretch: Fraction, shift: Fraction
    ) -> None:
        """Use ``create``."""
        self.stream, self.codec = stream, codec
        self._source, self._stretch, self._shift = source, stretch, shift
        self._graph: Graph | None = None
        self._samples = 0
        self._end = 0

    @classmethod
    def create(
        cls, source: AudioStream, output: OutputContainer, stretch: Fraction, shift: Fraction
    ) -> "SoundTranscoder | None":
        """Add a stream to an output; None if nothing that the container holds can be made of it.

        Args:
            source: a stream of the source.
            output: whose header is not written yet.
            stretch: new times over old ones: 2 for half speed.
            shift: seconds added to the times.
        """
        context: AudioCodecContext | None = source.codec_context  # None for a coding that FFmpeg does not support
        if context is None or not context.sample_rate:
            return None
        container = output.format.name
        own = _ENCODERS.get(context.name, context.name)
        for name in (own, *_FALLBACKS.get(container, ("aac",))):
            if _can_encode(name, container, context):
                stream = output.add_stream(name, rate=_rate(name, context.sample_rate))
                if isinstance(stream, AudioStream):
                    _configure(stream.codec_context, context)
                    return cls(source, stream, name, stretch, shift)
        return None

    def transcode(self, packet: "Packet[Any]") -> Iterator["Packet[Any]"]:
        """The output's packets that one of the source makes."""
        try:
            frames = self._source.decode(packet if packet.size else None)
        except av.error.FFmpegError:
            frames = []  # silence takes its place
        for frame in frames:
            start = (frame.pts or 0) * (frame.time_base or Fraction(0))
            if self._graph is None:
                self._graph = self._build_graph(frame)
                self._samples = self._output_sample(start) + self._half_window(frame.sample_rate)
            self._end = self._output_sample(start + Fraction(frame.samples, frame.sample_rate))
            self._graph.push(frame)
            yield from self._drain()

    def flush(self) -> Iterator["Packet[Any]"]:
        """The packets that filter and encoder still hold at the end of the source."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._drain()
        yield from self.stream.encode(None)

    def _drain(self) -> Iterator["Packet[Any]"]:
        if self._graph is None:
            return
        while True:
            try:
                frame = self._graph.pull()
            except (BlockingIOError, EOFError):
                return
            except av.error.FFmpegError as error:
                if error.errno in (errno.EAGAIN, errno.EPIPE):
                    return
                raise
            if not isinstance(frame, av.AudioFrame):
                return
            part = _cut_to(frame, self._end - self._samples)
            if part is not None:
                part.pts, part.time_base = self._samples, Fraction(1, part.sample_rate)
                self._samples += part.samples
                yield from self.stream.encode(part)

    def _half_window(self, rate: int) -> int:
        """Samples by which atempo is too early on average."""
        window = 1 << (rate // _WINDOWS - 1).bit_length()
        return max(0, round(Fraction(window, 2 * rate) * (self._stretch - 1) * self.stream.codec_context.sample_rate))

    def _output_sample(self, time: Fraction) -> int:
        """The output's sample at a time of the source."""
        return round((time * self._stretch + self._shift) * self.stream.codec_context.sample_rate)

    def _build_graph(self, frame: av.AudioFrame) -> Graph:
        context = self.stream.codec_context
        graph = Graph()
        nodes = [
            graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format,
                layout=frame.layout,
                time_base=frame.time_base or Fraction(1, frame.sample_rate),
            ),
            graph.add("aresample", "async=1"),
            graph.add("apad", f"pad_dur={_PADDING}"),
            *(graph.add("atempo", f"{tempo:.12g}") for tempo in _tempos(self._stretch)),
            graph.add("aresample", str(context.sample_rate)),
            graph.add(
                "aformat",
                f"sample_fmts={context.format.name}:sample_rates={context.sample_rate}:"
                f"channel_layouts={context.layout.name}",
            ),
            graph.add("abuffersink"),
        ]
        graph.link_nodes(*nodes).configure()
        return graph


def _can_encode(name: str, container: str, source: AudioCodecContext) -> bool:
    """Whether an encoder works and a container accepts its packets, tried in memory with a little silence."""
    if name in _EXPERIMENTAL or (name.startswith("pcm") and container == "mp4"):  # which few players decode
        return False
    try:
        with av.open(io.BytesIO(), "w", format=container) as trial:
            stream = trial.add_stream(name, rate=_rate(name, source.sample_rate))
            if not isinstance(stream, AudioStream):
                return False
            context = stream.codec_context
            _configure(context, source)
            channels = context.layout.nb_channels
            silence = np.zeros((1, _TRIAL_SAMPLES * channels), np.int16)
            frame = av.AudioFrame.from_ndarray(silence, format="s16", layout=context.layout.name)
            frame.sample_rate, frame.pts = context.sample_rate, 0
            for packet in stream.encode(frame) + stream.encode(None):
                trial.mux(packet)
    except (av.error.FFmpegError, ValueError):
        return False
    return True


def _cut_to(frame: av.AudioFrame, samples: int) -> av.AudioFrame | None:
    """The first samples of a frame; None where there are to be none."""
    if samples >= frame.samples:
        return frame
    if samples <= 0:
        return None
    count = samples if frame.format.is_planar else samples * frame.layout.nb_channels
    values: Any = np.ascontiguousarray(frame.to_ndarray()[:, :count])
    shorter = av.AudioFrame.from_ndarray(values, format=frame.format.name, layout=frame.layout.name)
    shorter.sample_rate = frame.sample_rate
    return shorter


def _tempos(stretch: Fraction) -> list[float]:
    """Equal factors of speed, each within what atempo does well, whose product is one over ``stretch``."""
    if stretch == 1:
        return []
    parts = max(1, math.ceil(abs(math.log(float(stretch), _MOST_AT_ONCE)) - 1e-9))
    return [float(1 / stretch) ** (1 / parts)] * parts


def _rate(encoder: str, wanted: int) -> int:
    if encoder == "libopus":
        return wanted if wanted in _OPUS_RATES else _OPUS_RATES[0]
    rates = av.Codec(encoder, "w").audio_rates or []
    if not rates or wanted in rates:
        return wanted
    return min((rate for rate in rates if rate > wanted), default=max(rates))


def _configure(target: AudioCodecContext, source: AudioCodecContext) -> None:
    name = source.layout.name
    if "channels" in name:  # "2 channels": a count without positions
        name = _LAYOUTS.get(source.channels, name)
    target.layout = "stereo" if target.name == "libmp3lame" and source.channels > 2 else name
    if target.name not in _LOSSLESS and not target.name.startswith("pcm"):
        own = source.bit_rate if _ENCODERS.get(source.name, source.name) == target.name else None
        target.bit_rate = own or _BITS_PER_CHANNEL * max(1, source.channels)
