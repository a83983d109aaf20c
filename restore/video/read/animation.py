"""Animated GIF, WebP and PNG, read through Pillow: each frame as it is seen, its time, transparency and the loop count.

Pillow puts the parts of a frame together as a browser does, which FFmpeg's decoders do for GIF only. Frames are read in
order, so one of them is in memory at a time; to find out length and transparency, all are looked at once beforehand.
"""

import contextlib
import struct
from collections.abc import Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image

from restore.errors import InputError
from restore.images.pillow_arrays import pillow_rules
from restore.video.info import Frame, VideoInfo
from restore.video.read.container import MAX_PIXELS, error_text
from restore.video.read.reader import VideoReader

__all__ = ["AnimationReader"]

_DEFAULT_DURATION = Fraction(1, 10)  # seconds of a frame whose duration is 0, as browsers show it
_TICK = {"GIF": Fraction(1, 100), "WEBP": Fraction(1, 1000), "PNG": Fraction(1, 1000)}  # seconds
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)


class AnimationReader(VideoReader):
    """An animated picture; see ``VideoReader``. Pixels have four channels where any frame lets something through."""

    def __init__(self, path: Path, kind: str) -> None:
        """Look at all frames.

        Args:
            path: the file.
            kind: ``"GIF"``, ``"WEBP"`` or ``"PNG"``.

        Raises:
            InputError: not animated, damaged from the beginning, too large.
        """
        self._path, self._kind = path, kind
        super().__init__(self._probed())

    def _frames(self, start: Fraction | None) -> Generator[Frame, None, None]:
        for frame in self._all():
            if start is None or frame.time >= start:
                yield frame if self.info.has_alpha else _without_alpha(frame)

    def _probed(self) -> VideoInfo:
        width = height = frames = 0
        ends: list[Fraction] = []
        alpha = False
        with self._opened() as image:
            loops, icc = image.info.get("loop"), image.info.get("icc_profile")
        for frame in self._all():
            if frame.pixels is None:
                if not frames:
                    raise InputError(f"{self._path}: {frame.problem}")
                break
            frames += 1
            height, width = frame.pixels.shape[:2]
            ends.append(frame.time + (frame.duration or 0))
            alpha = alpha or int(frame.pixels[..., 3].min()) < 255
        duration = ends[-1]
        steps = {end - begin for begin, end in zip([Fraction(0), *ends], ends, strict=False)}
        return VideoInfo(
            width=width,
            height=height,
            rate=frames / duration,
            codec=self._kind.lower(),
            container=self._kind.lower(),
            pixel_format="rgba" if alpha else "rgb24",
            is_variable=len(steps) > 1,
            duration=duration,
            frame_count=frames,
            time_base=_TICK[self._kind],
            has_alpha=alpha,
            loops=int(loops) if isinstance(loops, int) else None,
            icc=icc if isinstance(icc, bytes) else None,
        )

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Image.Image]:
        try:
            with pillow_rules():
                image = Image.open(self._path, formats=[self._kind])
        except _DAMAGE as error:
            raise InputError(f"{self._path}: is damaged or truncated: {error_text(error)}") from error
        with image:
            if image.width * image.height > MAX_PIXELS:
                raise InputError(
                    f"{self._path}: frames of {image.width} x {image.height} are over the limit of "
                    f"{MAX_PIXELS / 1e6:.3g} megapixels"
                )
            if not self._moves(image):
                raise InputError(
                    f"{self._path}: is a still picture ({self._kind}), not a video; give a video, an animated GIF or "
                    "WebP, or a folder of numbered pictures"
                )
            yield image

    def _moves(self, image: Image.Image) -> bool:
        try:
            with pillow_rules():
                return bool(getattr(image, "is_animated", False))
        except _DAMAGE as error:
            raise InputError(f"{self._path}: is damaged or truncated: {error_text(error)}") from error

    def _all(self) -> Iterator[Frame]:
        """Every frame, with four channels."""
        time = Fraction(0)
        with self._opened() as image:
            first = int(bool(getattr(image, "default_image", False)))  # a PNG's picture for those who cannot animate
            for index in count(first):
                try:
                    with pillow_rules():
                        image.seek(index)
                        pixels = np.asarray(image.convert("RGBA"))
                except EOFError:
                    return
                except _DAMAGE as error:
                    yield Frame(None, time, f"the frame at {float(time):.3f} s cannot be decoded ({error_text(error)})")
                    return
                duration = (
                    Fraction(image.info.get("duration") or 0).limit_denominator(1_000_000) / 1000 or _DEFAULT_DURATION
                )
                yield Frame(pixels, time, duration=duration)
                time += duration


def _without_alpha(frame: Frame) -> Frame:
    return frame if frame.pixels is None else replace(frame, pixels=np.ascontiguousarray(frame.pixels[..., :3]))
