"""Between a stream's luma and chroma planes and RGB, both ways with the same numbers.

Where the matrix or the range of the way back is not that of the way there, interpolated frames flicker against source
frames, or all colours shift. Here one `YuvCoding` does both, and a stream that is not changed comes back as it was:
chroma is repeated over the pixels it stands for and averaged over the same pixels on the way back, so 4:2:0 loses
nothing by the round trip but what lies outside RGB.

FFmpeg's own converter is not used for this. In the releases that PyAV 15 brings it takes full range for limited, in
those of PyAV 18 it moves full-range chroma by half a level, and its 16-bit white is 65280.

It works in strips that stay in the processor's cache: 1920 x 1080 takes about 30 ms each way on one core.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from restore.video.info import UNSPECIFIED, Colour

__all__ = ["HD_LINES", "YuvCoding", "matrix_of"]

HD_LINES = 720
"""Stored lines from which an untagged stream is taken for BT.709; below, for BT.601."""

_LUMA = {  # H.273's matrix number to the weights of red and blue in luma
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
_ROWS = 32  # per strip; even, and a multiple of every chroma step
_TOP = {8: 255, 16: 65535}


def matrix_of(colour: Colour, lines: int) -> int:
    """The matrix to use, by H.273's number: the tagged one, or the one that players guess from the stored height."""
    if colour.matrix in _LUMA:
        return colour.matrix
    return 1 if lines >= HD_LINES else 6


@dataclass(frozen=True, slots=True)
class YuvCoding:
    """How planes stand for colours.

    Attributes:
        matrix: H.273's number, from ``matrix_of``.
        full_range: luma over all levels, not 16..235 (of 255).
        bits: per sample in the planes, 8..16.
        step: (across, down) pixels that share a chroma sample: (2, 2) for 4:2:0; None for planes without chroma.
    """

    matrix: int
    full_range: bool
    bits: int
    step: tuple[int, int] | None

    def to_rgb(self, planes: Sequence[np.ndarray]) -> np.ndarray:
        """RGB of planes.

        Args:
            planes: Y (H, W) and, unless grey, U and V with one sample per ``step``, rounded up; uint8 or uint16.

        Returns:
            (H, W, 3), uint8 for 8 bits, else uint16 over the full scale.
        """
        luma = planes[0]
        height, width = luma.shape
        deep = self.bits > 8
        top = _TOP[16 if deep else 8]
        out = np.empty((height, width, 3), np.uint16 if deep else np.uint8)
        black, luma_gain, chroma_gain, middle = self._levels()
        luma_gain, chroma_gain = top / luma_gain, top / chroma_gain
        red, blue = _LUMA[self.matrix]
        green = 1 - red - blue
        across, down = self.step or (1, 1)
        for first in range(0, height, _ROWS):
            rows = slice(first, min(first + _ROWS, height))
            y = luma[rows].astype(np.float32)
            y -= np.float32(black - 0.5 / luma_gain)  # half a level, for rounding
            y *= np.float32(luma_gain)
            if self.step is None:
                np.clip(y, 0, top, out=y)
                out[rows] = y[..., None]
                continue
            part = slice(first // down, -(-rows.stop // down))
            u = (planes[1][part].astype(np.float32) - np.float32(middle)) * np.float32(chroma_gain)
            v = (planes[2][part].astype(np.float32) - np.float32(middle)) * np.float32(chroma_gain)
            shares = (
                v * np.float32(2 * (1 - red)),
                u * np.float32(-2 * blue * (1 - blue) / green) + v * np.float32(-2 * red * (1 - red) / green),
                u * np.float32(2 * (1 - blue)),
            )
            for channel, share in enumerate(shares):
                level = _spread(share, across, down)[: y.shape[0], :width] + y
                np.clip(level, 0, top, out=level)
                out[rows, :, channel] = level
        return out

    def to_planes(self, pixels: np.ndarray) -> list[np.ndarray]:
        """The planes of (H, W, 3) RGB, uint8 or uint16 over the full scale; the inverse of ``to_rgb``."""
        height, width = pixels.shape[:2]
        top = np.iinfo(pixels.dtype).max
        dtype = np.uint16 if self.bits > 8 else np.uint8
        black, luma_gain, chroma_gain, middle = self._levels()
        limit = (1 << self.bits) - 1
        red, blue = _LUMA[self.matrix]
        weights = np.array([red, 1 - red - blue, blue]) * luma_gain / top
        across, down = self.step or (1, 1)
        size = (-(-height // down), -(-width // across))
        luma = np.empty((height, width), dtype)
        chroma = [np.empty(size, dtype) for _ in range(2 if self.step else 0)]
        for first in range(0, height, _ROWS):
            rows = slice(first, min(first + _ROWS, height))
            channels = [pixels[rows, :, channel].astype(np.float32) for channel in range(3)]
            y = _weighted(channels, weights, black + 0.5)
            luma[rows] = np.clip(y, 0, limit, out=y)
            if not chroma:
                continue
            part = slice(first // down, -(-rows.stop // down))
            shared = [_mean(channel, across, down) for channel in channels]
            for plane, towards, share in zip(chroma, (2, 0), (blue, red), strict=True):
                direction = np.array([-red, red + blue - 1, -blue])
                direction[towards] += 1
                level = _weighted(shared, direction * chroma_gain / top / (2 * (1 - share)), middle + 0.5)
                plane[part] = np.clip(level, 0, limit, out=level)
        return [luma, *chroma]

    def _levels(self) -> tuple[float, float, float, float]:
        """Black, the steps from black to white, the steps over all of chroma, and chroma's middle."""
        middle = float(1 << (self.bits - 1))
        if self.full_range:
            steps = float((1 << self.bits) - 1)
            return 0.0, steps, steps, middle
        scale = float(1 << (self.bits - 8))
        return 16 * scale, 219 * scale, 224 * scale, middle


def coding_for(colour: Colour, lines: int, bits: int, step: tuple[int, int] | None) -> YuvCoding:
    """The coding of a stream with these tags and this many stored lines."""
    return YuvCoding(matrix_of(colour, lines), bool(colour.full_range), bits, step)


def tagged(colour: Colour, lines: int) -> Colour:
    """The tags for YUV made of pictures that had none, so that no player guesses."""
    if colour.matrix != UNSPECIFIED:
        return colour
    return Colour(matrix_of(colour, lines), False, colour.primaries, colour.transfer)


def _spread(share: np.ndarray, across: int, down: int) -> np.ndarray:
    if across > 1:
        share = np.repeat(share, across, axis=1)
    return np.repeat(share, down, axis=0) if down > 1 else share


def _mean(channel: np.ndarray, across: int, down: int) -> np.ndarray:
    """Means over ``down`` by ``across`` pixels; at the edges over the pixels that are there, the last one repeated."""
    height, width = channel.shape
    missing = (-height % down, -width % across)
    if any(missing):
        channel = np.pad(channel, ((0, missing[0]), (0, missing[1])), mode="edge")
    total = channel
    if across > 1:
        total = sum((total[:, start::across] for start in range(1, across)), total[:, ::across])
    if down > 1:
        total = sum((total[start::down] for start in range(1, down)), total[::down])
    return total * np.float32(1 / (across * down)) if across * down > 1 else total


def _weighted(channels: Sequence[np.ndarray], weights: np.ndarray, offset: float) -> np.ndarray:
    total = channels[0] * np.float32(weights[0])
    for channel, weight in zip(channels[1:], weights[1:], strict=True):
        total += channel * np.float32(weight)
    total += np.float32(offset)
    return total
