"""What a video is, apart from its pictures; and one of its pictures."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from restore.images.orientation import swaps_sides

__all__ = ["UNSPECIFIED", "Colour", "Frame", "VideoInfo", "display_matrix", "orientation_from_matrix"]

UNSPECIFIED = 2
"""H.273's code point for "unspecified"."""

_MATRIX_ONE = 1 << 16  # 1.0 in the matrix's fixed point; the third column has 2.30
_MATRICES = {  # (a, b, c, d) of x' = a x + c y, y' = b x + d y, with y downward
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}


@dataclass(frozen=True, slots=True)
class Colour:
    """The colour tags of a stream: code points of ITU-T H.273, which are FFmpeg's numbers too."""

    matrix: int = UNSPECIFIED
    """1 BT.709, 5 and 6 BT.601, 9 BT.2020."""
    full_range: bool | None = None
    """Luma 0..255 and not 16..235 (at 8 bits); None: not tagged, which means it is not."""
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    """16 PQ and 18 HLG are high dynamic range."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a reader found and a writer repeats.

    Raises:
        ValueError: sizes that are not positive.
    """

    width: int
    """Pixels, as looked at: after rotation, before the sample aspect."""
    height: int
    """Pixels, as looked at."""
    rate: Fraction | None = None
    """Average frames per second; None where the file does not state it."""
    codec: str = ""
    """FFmpeg's name of the coding, ``"h264"``; ``"gif"``, ``"webp"`` or ``"png"`` for pictures."""
    container: str = ""
    """FFmpeg's name, which may be several: ``"mov,mp4,m4a,3gp,3g2,mj2"``; ``"folder"`` for numbered pictures."""
    pixel_format: str = "rgb24"
    """FFmpeg's name, ``"yuv420p10le"``."""
    depth: int = 8
    """Bits per sample: 8, 10, 12, or 16 for deep pictures. Frames of more than 8 are uint16 over the full scale."""
    orientation: int = 1
    """EXIF's number, 1..8, of how the stored pictures must be turned to be looked at."""
    sample_aspect: Fraction = Fraction(1)
    """Width of a stored pixel over its height, before rotation."""
    colour: Colour = field(default_factory=Colour)
    is_variable: bool | None = None
    """Whether the steps between frames differ; None where only reading all of the file would show it."""
    is_interlaced: bool = False
    """The first frame holds two fields; nothing here takes them apart."""
    start: Fraction = Fraction(0)
    """Seconds, the first frame's time."""
    duration: Fraction | None = None
    """Seconds, of the pictures alone; None where the file does not state it."""
    frame_count: int | None = None
    """As the file claims."""
    time_base: Fraction = Fraction(1, 90_000)
    """Seconds per tick of the source's time stamps."""
    audio_streams: int = 0
    subtitle_streams: int = 0
    has_alpha: bool = False
    """Frames have four channels."""
    loops: int | None = None
    """An animated picture's own count, 0 for ever; None: played once, or no animated picture."""
    icc: bytes | None = None
    """Colour profile of pictures."""

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a video of {self.width} x {self.height} pixels")

    @property
    def stored_size(self) -> tuple[int, int]:
        """(width, height) in the file, before rotation."""
        return (self.height, self.width) if swaps_sides(self.orientation) else (self.width, self.height)

    @property
    def is_deep(self) -> bool:
        """Frames are uint16."""
        return self.depth > 8


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a video.

    Attributes:
        pixels: (H, W, 3) RGB or (H, W, 4) with alpha, upright; uint8, or uint16 over the full scale where the video is
            deeper than 8 bits. None where nothing could be decoded.
        time: seconds, from the source's own time stamp; strictly rising from frame to frame.
        problem: one line on what is wrong with it, or None.
        duration: seconds the frame is shown; None where the file does not state it.
        patched: the decoder made up a part of the pixels.
    """

    pixels: np.ndarray | None
    time: Fraction
    problem: str | None = None
    duration: Fraction | None = None
    patched: bool = False

    @property
    def is_damaged(self) -> bool:
        """The pixels are missing or partly wrong; a problem with the time or the size alone leaves them as they are."""
        return self.pixels is None or self.patched


def orientation_from_matrix(matrix: bytes) -> int:
    """EXIF's number, 1..8, of the rotation that containers write as a matrix.

    Args:
        matrix: nine native 32-bit integers. Only quarter turns and mirrors are followed.

    Returns:
        1, upright, for a matrix that turns by any other angle or makes no sense.
    """
    if len(matrix) < 36:
        return 1
    a, b, _, c, d = struct.unpack("=9i", matrix[:36])[:5]
    largest = max(map(abs, (a, b, c, d)))
    turn = tuple(round(value / largest) if largest else 0 for value in (a, b, c, d))
    return next((number for number, known in _MATRICES.items() if known == turn), 1)


def display_matrix(orientation: int) -> Sequence[int]:
    """The display matrix of EXIF's number, in FFmpeg's order.

    >>> display_matrix(6)[:5]
    (0, 65536, 0, -65536, 0)
    """
    a, b, c, d = (value * _MATRIX_ONE for value in _MATRICES[orientation])
    return (a, b, 0, c, d, 0, 0, 0, 1 << 30)
