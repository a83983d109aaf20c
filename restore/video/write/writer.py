"""What every writer of moving pictures offers, whatever the file is."""

import abc
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from restore.errors import OutputError, UsageError
from restore.video.info import VideoInfo

__all__ = ["VideoWriter", "ignore_notice"]


def ignore_notice(_message: str) -> None:
    """A ``Notify`` that does nothing."""


class VideoWriter(abc.ABC):
    """An output being written: a context manager. The file appears when the block ends, and not if it fails.

    with open_writer(path, info, rate) as writer:
        writer.write(pixels, time)

    Attributes:
        path: the output.
        last_time: seconds of the last frame; None if there is none.
        end: seconds at which the last frame stops being shown, for the caller to set; None: shown as long as any other.
            Animated pictures and segments keep it, other outputs do not.
    """

    def __init__(self, path: Path, info: VideoInfo) -> None:
        """Args: ``path`` to write, ``info`` of the source, whose size the pictures must have."""
        self.path = path
        self.last_time: Fraction | None = None
        self.end: Fraction | None = None
        self._info = info

    def write(self, pixels: np.ndarray, time: Fraction) -> None:
        """Add one picture.

        Args:
            pixels: (H, W, 3) or (H, W, 4), upright, uint8 or uint16 over the full scale, as the readers give them.
                Transparency that the format cannot hold is laid on white.
            time: seconds; later than the last one's.

        Raises:
            UsageError: another size or type, or a time that does not rise.
            OutputError: the file cannot be written.
        """
        self._check(pixels, time)
        self._write(pixels, time)
        self.last_time = time

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            OutputError: it cannot be written, or no frame came.
        """
        if self.last_time is None:
            error = OutputError(f"{self.path}: cannot be written: there is not a single frame to put into it")
            self._discard(error)
            raise error
        self._finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._discard(error)

    def _check(self, pixels: np.ndarray, time: Fraction) -> None:
        """Refuse a picture that cannot be the next one."""
        width, height = self._info.width, self._info.height
        if pixels.ndim != 3 or pixels.shape[:2] != (height, width) or pixels.shape[2] not in (3, 4):
            raise UsageError(f"a picture of shape {pixels.shape} does not fit a video of {width} x {height}")
        if pixels.dtype not in (np.uint8, np.uint16):
            raise UsageError(f"pixels must be uint8 or uint16, not {pixels.dtype}")
        if self.last_time is not None and time <= self.last_time:
            raise self._time_error(time)

    def _time_error(self, time: Fraction) -> UsageError:
        return UsageError(f"{self.path}: the time {float(time):.6f} s does not come after the last one")

    @abc.abstractmethod
    def _write(self, pixels: np.ndarray, time: Fraction) -> None:
        """Take a picture that has been checked."""

    @abc.abstractmethod
    def _finish(self) -> None:
        """Complete the output, which has at least one frame."""

    @abc.abstractmethod
    def _discard(self, error: BaseException) -> None:
        """Remove what has been written of an output that failed with ``error``."""
