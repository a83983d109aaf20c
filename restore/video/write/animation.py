"""Animated GIF and WebP, written frame by frame: Pillow encodes each, and what stands between frames is put here.

Pillow's own ``save_all`` wants all frames first. Both formats are simple chains, so a frame can be written as soon as
the next one's time gives its duration. Only the rectangle that changed since the last frame is stored.

GIF counts in hundredths of a second and players slow down what is shorter than two of them; WebP in milliseconds.
Durations are differences of rounded times, so rounding errors do not add up. Colours of a GIF are the 256 that suit
each frame, without dithering, which would flicker.

    GIF    header, loop count, (delay and transparency, rectangle with its own palette, pixels) ..., ";"
    WebP   RIFF, VP8X, ICCP, ANIM, (ANMF: rectangle, duration, one picture's chunks) ...
"""

import contextlib
import io
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import GifImagePlugin, Image

from restore.callbacks import Notify
from restore.errors import UsageError
from restore.files import atomic_write
from restore.images.samples import to_eight_bits
from restore.video.info import VideoInfo
from restore.video.write.writer import VideoWriter, ignore_notice

__all__ = ["AnimationWriter", "check_animation"]

_TICKS = {"gif": 100, "webp": 1000}  # per second
_SHORTEST = {"gif": 2, "webp": 1}  # ticks
_LONGEST = {"gif": 0xFFFF, "webp": 0xFFFFFF}  # ticks
_SIDE = {"gif": 0xFFFF, "webp": 16383}  # pixels
_QUALITY = 90  # of WebP, unless the source was lossless
_LOSSLESS_SOURCES = ("gif", "png", "folder")
_CLEARED = 2  # GIF: the rectangle is emptied before the next frame


def check_animation(path: Path, info: VideoInfo, rate: Fraction) -> None:
    """Refuse what an animated picture cannot hold.

    Raises:
        UsageError: too many frames per second, too large.
    """
    kind = path.suffix.lower()[1:]
    fastest = _TICKS[kind] // _SHORTEST[kind]
    if rate > fastest:
        raise UsageError(f"{path}: {kind} shows at most {fastest} frames per second; choose a lower rate")
    if max(info.width, info.height) > _SIDE[kind]:
        raise UsageError(f"{path}: {kind} holds at most {_SIDE[kind]} pixels a side; write a video")


class AnimationWriter(VideoWriter):
    """Writes an animated GIF or WebP; see ``VideoWriter``."""

    def __init__(self, path: Path, info: VideoInfo, rate: Fraction, *, notify: Notify = ignore_notice) -> None:
        """Open the file.

        Args:
            path: where to; ``.gif`` or ``.webp``.
            info: the source's, of which size, loop count, transparency and profile are repeated; what did not loop
                because it was a video, does for ever.
            rate: frames per second; how long the last frame is shown.
            notify: called with one line for each thing that cannot be kept.

        Raises:
            UsageError: as ``check_animation``.
            OutputError: the file cannot be written.
        """
        check_animation(path, info, rate)
        super().__init__(path, info)
        self._kind = path.suffix.lower()[1:]
        self._last_duration = 1 / rate
        self._lossless = info.container in _LOSSLESS_SOURCES
        self._pending: tuple[np.ndarray, Fraction] | None = None
        self._shown: np.ndarray | None = None
        self._first = Fraction(0)
        self._ticks = 0
        with contextlib.ExitStack() as stack:
            self._file: BinaryIO = stack.enter_context(atomic_write(path))
            self._file.write(_gif_header(info) if self._kind == "gif" else _webp_header(info))
            self._stack = stack.pop_all()
        if info.is_deep:
            notify(f"{path}: {self._kind} has 8 bits for each colour, and the source {info.depth}")

    def _write(self, pixels: np.ndarray, time: Fraction) -> None:
        if self._pending is None:
            self._first = time
        else:
            self._put(time)
        pixels = to_eight_bits(pixels)
        self._pending = (pixels if self._info.has_alpha else pixels[..., :3], time)

    def _finish(self) -> None:
        with self._stack:
            if self._pending is not None:
                self._put(self._pending[1] + self._last_duration if self.end is None else self.end)
            if self._kind == "gif":
                self._file.write(b";")
            else:
                size = self._file.tell() - 8
                self._file.seek(4)
                self._file.write(struct.pack("<I", size))

    def _discard(self, error: BaseException) -> None:
        self._stack.__exit__(type(error), error, error.__traceback__)

    def _put(self, end: Fraction) -> None:
        """Write the pending frame, shown until ``end`` seconds."""
        if self._pending is None:
            return
        pixels, _ = self._pending
        wanted = round((end - self._first) * _TICKS[self._kind]) - self._ticks
        ticks = min(max(wanted, _SHORTEST[self._kind]), _LONGEST[self._kind])
        self._ticks += ticks
        cleared = self._kind == "gif" and self._info.has_alpha
        left, top, right, bottom = _changed(None if cleared else self._shown, pixels)
        part = np.ascontiguousarray(pixels[top:bottom, left:right])
        if self._kind == "gif":
            self._file.writelines(_gif_frame(part, (left, top), ticks, cleared=cleared))
        else:
            self._file.write(_webp_frame(part, (left, top), ticks, lossless=self._lossless))
        self._shown = pixels


def _changed(before: np.ndarray | None, after: np.ndarray) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of what differs, the corner at even places as WebP wants it; never nothing."""
    height, width = after.shape[:2]
    if before is None:
        return 0, 0, width, height
    differs = (before != after).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return 0, 0, 1, 1
    return int(columns[0]) & ~1, int(rows[0]) & ~1, int(columns[-1]) + 1, int(rows[-1]) + 1


def _loops(info: VideoInfo) -> int | None:
    return info.loops if info.container in ("gif", "webp", "png") else 0


def _gif_header(info: VideoInfo) -> bytes:
    header = b"GIF89a" + struct.pack("<HHBBB", info.width, info.height, 0x70, 0, 0)
    loops = _loops(info)
    if loops is None or (loops == 1 and info.container != "gif"):  # GIF alone counts repetitions, not showings
        return header
    return header + b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", min(loops, 0xFFFF)) + b"\0"


def _gif_frame(pixels: np.ndarray, corner: tuple[int, int], ticks: int, *, cleared: bool) -> list[bytes]:
    options: dict[str, object] = {"duration": ticks * 10, "include_color_table": True, "disposal": 1}
    if cleared:
        image = Image.fromarray(np.ascontiguousarray(pixels[..., :3])).quantize(255)
        clear = pixels[..., 3] < 128
        indices = np.where(clear, 255, np.asarray(image)).astype(np.uint8)
        palette = image.getpalette() or []
        image = Image.fromarray(indices, "P")
        image.putpalette(palette[:765] + [0] * (768 - len(palette[:765])))
        options |= {"disposal": _CLEARED, "transparency": 255}
    else:
        image = Image.fromarray(pixels).quantize(256)
    return GifImagePlugin.getdata(image, corner, **options)


def _webp_header(info: VideoInfo) -> bytes:
    loops = _loops(info)
    flags = 0x02 | (0x10 if info.has_alpha else 0) | (0x20 if info.icc else 0)
    canvas = struct.pack("<I", info.width - 1)[:3] + struct.pack("<I", info.height - 1)[:3]
    chunks = _chunk(b"VP8X", struct.pack("<I", flags) + canvas)
    if info.icc:
        chunks += _chunk(b"ICCP", info.icc)
    chunks += _chunk(b"ANIM", struct.pack("<IH", 0, min(1 if loops is None else loops, 0xFFFF)))
    return b"RIFF\0\0\0\0WEBP" + chunks


def _webp_frame(pixels: np.ndarray, corner: tuple[int, int], ticks: int, *, lossless: bool) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=lossless, exact=lossless, quality=_QUALITY)
    data = buffer.getvalue()
    picture = b"".join(_chunk(kind, body) for kind, body in _chunks(data) if kind in (b"ALPH", b"VP8 ", b"VP8L"))
    left, top = corner
    numbers = (left // 2, top // 2, pixels.shape[1] - 1, pixels.shape[0] - 1, ticks)
    do_not_blend = b"\x02"
    return _chunk(b"ANMF", b"".join(struct.pack("<I", number)[:3] for number in numbers) + do_not_blend + picture)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a WebP file of one picture."""
    place = 12
    while place + 8 <= len(data):
        kind, (size,) = data[place : place + 4], struct.unpack("<I", data[place + 4 : place + 8])
        yield kind, data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
