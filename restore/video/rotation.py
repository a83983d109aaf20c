"""Rotation as containers write it, a matrix of nine numbers, and as pictures count it, EXIF's 1 to 8.

Only quarter turns and mirrors are followed; a matrix that turns by any other angle is taken for none.

    >>> matrix_for(6)[:5]
    (0, 65536, 0, -65536, 0)
"""

import struct
from collections.abc import Sequence

__all__ = ["matrix_for", "orientation_from"]

_ONE = 1 << 16  # 1.0 in the matrix's fixed point; the third column has 2.30
_TURNS = {  # (a, b, c, d) of x' = a x + c y, y' = b x + d y, with y downward
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}


def orientation_from(matrix: bytes) -> int:
    """EXIF's number for a display matrix of nine native 32-bit integers; 1 for one that makes no sense."""
    if len(matrix) < 36:
        return 1
    a, b, _, c, d = struct.unpack("=9i", matrix[:36])[:5]
    largest = max(map(abs, (a, b, c, d)))
    turn = tuple(round(value / largest) if largest else 0 for value in (a, b, c, d))
    return next((number for number, known in _TURNS.items() if known == turn), 1)


def matrix_for(orientation: int) -> Sequence[int]:
    """The display matrix of EXIF's number, in FFmpeg's order."""
    a, b, c, d = (value * _ONE for value in _TURNS[orientation])
    return (a, b, 0, c, d, 0, 0, 0, 1 << 30)
