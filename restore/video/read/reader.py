"""What every reader of moving pictures offers, whatever the file is."""

import abc
import contextlib
from collections.abc import Generator, Iterator
from fractions import Fraction
from types import TracebackType
from typing import Self

import numpy as np

from restore.images.samples import to_eight_bits, to_sixteen_bits
from restore.video.info import Frame, VideoInfo

__all__ = ["VideoReader"]


class VideoReader(abc.ABC):
    """An opened video: a context manager with ``info`` that can be iterated, from the start or from any time.

    Each iteration reads the file afresh and holds one frame at a time, so memory does not grow with the length.
    """

    def __init__(self, info: VideoInfo) -> None:
        """Args: ``info``, what the file holds."""
        self.info = info
        self._running: list[Generator[Frame, None, None]] = []

    def frames(self, start: Fraction | None = None) -> Iterator[Frame]:
        """The frames in the order they are shown.

        Args:
            start: seconds; frames before it are left out, and where the file allows are not even decoded.

        Yields:
            Each frame once. Damage is reported in a frame's ``problem``, and the rest goes on.

        Raises:
            InputError: the file cannot be opened any more.
        """
        frames = self._frames(start)
        self._running.append(frames)
        return frames

    def __iter__(self) -> Iterator[Frame]:
        """All frames."""
        return self.frames()

    def close(self) -> None:
        """End all iterations and give their files back."""
        while self._running:
            with contextlib.suppress(ValueError):  # it is running this very moment, in another thread
                self._running.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _conform(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W, 3) or (H, W, 4) pixels with the channels and the depth of ``info``; missing alpha is opaque."""
        if not self.info.has_alpha:
            pixels = pixels[..., :3]
        elif pixels.shape[2] == 3:
            full = np.full(pixels.shape[:2], np.iinfo(pixels.dtype).max, pixels.dtype)
            pixels = np.dstack([pixels, full])
        return to_sixteen_bits(pixels) if self.info.is_deep else to_eight_bits(pixels)

    @abc.abstractmethod
    def _frames(self, start: Fraction | None) -> Generator[Frame, None, None]: ...
