"""Sound, subtitles and attachments copied from the source beside the new pictures, packet by packet, untouched.

What the container cannot hold is found out by trying it in memory, because FFmpeg's own answer is wrong at times: it
accepts PCM in MP4 and refuses at the end of the file. Sound of that kind is encoded anew, everything else is left out;
`notify` is called for each.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from restore.callbacks import Notify
from restore.errors import UsageError
from restore.video.read.container import ReadFailure, film_stream, open_container, packets_of, stream_start
from restore.video.write.sound import SoundTranscoder

__all__ = ["SOUND_CHOICES", "CopiedStreams", "copied_metadata", "source_shift"]

SOUND_CHOICES = ("keep", "drop", "stretch")
"""What can be done with the sound: copied as it is, left out, or stretched by the pictures' factor."""

_FREE_CLOCKS = ("mpegts", "mpeg")  # formats whose time stamps begin anywhere
_KINDS = {"audio": "sound", "subtitle": "subtitles", "attachment": "attachment", "data": "data"}
_OF_THE_FILE = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration", "vendor_id")
_COUNTED = ("bps", "number_of_", "_statistics", "duration")  # Matroska's tags about streams as they were


def source_shift(source: InputContainer) -> Fraction:
    """Seconds to add to all times of a source, pictures and sound alike.

    Zero, but for transport and program streams: their clocks begin anywhere, often at hours, and what is made of them
    begins at zero.
    """
    if source.format.name not in _FREE_CLOCKS:
        return Fraction(0)
    starts = [start for stream in source.streams if (start := stream_start(stream)) is not None]
    return -min(starts, default=Fraction(0))


def copied_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """Tags worth keeping: not those that describe the old file's own bytes."""
    kept = {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _OF_THE_FILE and not key.lower().startswith(_COUNTED)
    }
    if "title" not in kept and "name" in kept:
        kept["title"] = kept.pop("name")  # MP4 reads a track's title back as its name
    return kept


class CopiedStreams:
    """The streams of a source besides its pictures, copied into an output."""

    def __init__(
        self, path: Path, source: InputContainer, output: OutputContainer, sound: str, stretch: Fraction, notify: Notify
    ) -> None:
        """Add the streams that can be kept to ``output``, whose pictures' stream is there already.

        Args:
            path: the source's, to open it again for trials.
            source: the source, opened.
            output: the output, whose header is not written yet.
            sound: one of ``SOUND_CHOICES``.
            stretch: the new times over the old ones; subtitles follow it always, sound if it is ``"stretch"``.
            notify: called with one line for each thing that cannot be kept.

        Raises:
            UsageError: ``sound`` is not one of them.
        """
        if sound not in SOUND_CHOICES:
            raise UsageError(f"sound can be {', '.join(SOUND_CHOICES)}, not {sound!r}")
        self._path, self._source, self._output = path, source, output
        self._shift, self._stretch, self._notify = source_shift(source), stretch, notify
        film = film_stream(source)
        self._film = film.index if film else None
        self._copies: dict[int, Stream] = {}
        self._transcoders: dict[int, SoundTranscoder] = {}
        self._last: dict[int, int] = {}
        for stream in source.streams:
            self._add(stream, sound)

    def packets(self) -> Iterator["Packet[Any]"]:
        """The packets with their new times, ready for the output, in the order of the source."""
        wanted = [stream for stream in self._source.streams if stream.index in {*self._copies, *self._transcoders}]
        if not wanted:
            return
        for packet in packets_of(self._source, *wanted):
            if isinstance(packet, ReadFailure):
                self._notify(f"{self._path}: cannot be read to its end, and neither can its sound ({packet.reason})")
                break
            index = packet.stream.index  # the last, empty packets have no number of their own
            if index in self._transcoders:
                yield from self._transcoders[index].transcode(packet)
            elif packet.size and packet.dts is not None:
                yield self._retimed(packet)
        for transcoder in self._transcoders.values():
            yield from transcoder.flush()

    def _add(self, stream: Stream, sound: str) -> None:
        kind = stream.type
        if kind == "video":
            if stream.disposition & Disposition.attached_pic:
                self._notify("the cover picture is left out")
            elif stream.index != self._film:
                self._notify("a second stream of pictures is left out")
        elif kind == "audio" and isinstance(stream, AudioStream):
            self._add_sound(stream, sound)
        elif self._can_copy(stream):
            self._copy(stream)
        elif not (kind == "data" and stream.name == "bin_data"):  # the track in which MP4 keeps its chapters
            self._report_omission(stream)

    def _can_copy(self, stream: Stream) -> bool:
        if stream.type == "attachment":
            return self._output.format.name == "matroska"
        return stream.type == "subtitle" and self._holds(stream, 0)

    def _add_sound(self, stream: AudioStream, sound: str) -> None:
        if sound == "drop":
            return
        stretched = sound == "stretch" and self._stretch != 1
        if not stretched and self._holds(stream, 2):
            self._copy(stream)
            return
        stretch = self._stretch if stretched else Fraction(1)
        transcoder = SoundTranscoder.create(stream, self._output, stretch, self._shift * stretch)
        if transcoder is None:
            self._report_omission(stream)
            return
        if not stretched:
            self._notify(
                f"{self._output.format.name} does not hold {stream.name}: sound is encoded as {transcoder.codec}"
            )
        self._transcoders[stream.index] = transcoder
        self._describe(stream, transcoder.stream)

    def _copy(self, stream: Stream) -> None:
        target = self._output.add_stream_from_template(stream, opaque=True)
        if stream.time_base is not None and stream.type != "attachment":
            target.time_base = stream.time_base
        self._describe(stream, target)
        if stream.type != "attachment":
            self._copies[stream.index] = target

    def _describe(self, stream: Stream, target: Stream) -> None:
        target.metadata.update(copied_metadata(stream.metadata))
        number: Any = stream.disposition.value  # PyAV 15 takes no other
        target.disposition = number

    def _retimed(self, packet: "Packet[Any]") -> "Packet[Any]":
        """The packet with the output's times; those of copied sound stay as they are."""
        packet.stream = self._copies[packet.stream_index]
        stretch = Fraction(1) if packet.stream.type == "audio" else self._stretch
        if self._shift or stretch != 1:
            base = packet.time_base
            offset = self._shift * stretch / base
            if packet.pts is not None:
                packet.pts = round(packet.pts * stretch + offset)
            packet.dts = round((packet.dts or 0) * stretch + offset)
            packet.duration = round((packet.duration or 0) * stretch)
        self._keep_rising(packet)
        return packet

    def _keep_rising(self, packet: "Packet[Any]") -> None:
        """Lift a decoding time that falls back, as in damaged files, for no container takes it."""
        step = max(1, packet.duration or 0) if packet.stream.type == "audio" else 0
        stamp, last = packet.dts or 0, self._last.get(packet.stream_index)
        if last is not None and stamp < last + min(step, 1):
            stamp = last + step
            packet.dts, packet.pts = stamp, max(stamp, packet.pts or stamp)
        self._last[packet.stream_index] = stamp

    def _holds(self, stream: Stream, packets: int) -> bool:
        """Whether the output's format takes a stream and its first packets, tried in memory."""
        try:
            with open_container(self._path) as source:
                copy = source.streams[stream.index]
                trial = av.open(io.BytesIO(), "w", format=self._output.format.name)
                with trial:
                    target = trial.add_stream_from_template(copy, opaque=True)
                    trial.start_encoding()
                    taken = (packet for packet in source.demux(copy) if packet.size) if packets else iter(())
                    for packet in islice(taken, packets):
                        packet.stream = target
                        trial.mux(packet)
        except (av.error.FFmpegError, ValueError):
            return False
        return True

    def _report_omission(self, stream: Stream) -> None:
        name = getattr(stream, "name", None) or "unknown"
        language = f", {stream.language}" if stream.language else ""
        self._notify(
            f"{self._output.format.name} does not hold {_KINDS.get(stream.type, stream.type)} ({name}{language})"
            ": left out"
        )
