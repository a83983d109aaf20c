"""Frames as numbered PNG files in a folder that has its name only when all of them are there."""

import contextlib
import secrets
import shutil
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from restore.errors import OutputError, UsageError
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.images.writing import write_picture
from restore.video.info import VideoInfo
from restore.video.read.probing import reason
from restore.video.write.film import check_pixels
from restore.video.write.writer import Notify, ignore_notice

__all__ = ["FolderWriter", "check_folder"]


def check_folder(path: Path) -> None:
    """Refuse a folder that has something in it.

    Raises:
        UsageError: it is a file, or not empty.
    """
    if path.is_dir():
        if any(path.iterdir()):
            raise UsageError(f"{path}: is a folder with files in it; name a new one for the pictures")
    elif path.exists():
        raise UsageError(f"{path}: is a file, not a folder; name a new folder for the pictures")


class FolderWriter:
    """Writes ``000001.png``, ``000002.png``, … at 8 or 16 bits; a context manager. Times are not kept."""

    def __init__(self, path: Path, info: VideoInfo, *, notify: Notify = ignore_notice) -> None:
        """Open a temporary folder beside the one to be.

        Raises:
            UsageError: the folder is there and not empty.
            OutputError: it cannot be made.
        """
        check_folder(path)
        self.path = path
        self._shape = (info.height, info.width)
        self._metadata = Metadata(icc=info.icc)
        self._count = 0
        self._last: Fraction | None = None
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            self._part.mkdir()
        except OSError as error:
            raise OutputError(f"{path}: cannot be made: {reason(error)}") from error
        if info.is_variable:
            notify(f"{path}: numbered pictures keep no times, and those of the source vary")

    def write(self, pixels: np.ndarray, time: Fraction) -> None:
        """Write one picture; see ``VideoWriter.write``.

        Raises:
            UsageError: another size or type, or a time that does not rise.
            OutputError: it cannot be written.
        """
        check_pixels(pixels, self._shape)
        if self._last is not None and time <= self._last:
            raise UsageError(f"{self.path}: the time {float(time):.6f} s does not come after the last one")
        self._last = time
        self._count += 1
        alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
        picture = Picture(np.ascontiguousarray(pixels[..., :3]), alpha, metadata=self._metadata)
        write_picture(picture, self._part / f"{self._count:06d}.png")

    def close(self) -> None:
        """Give the folder its name.

        Raises:
            OutputError: it cannot be renamed, or no frame came.
        """
        try:
            if not self._count:
                raise OutputError(f"{self.path}: cannot be written: there is not a single frame to put into it")
            with contextlib.suppress(FileNotFoundError):
                self.path.rmdir()
            self._part.rename(self.path)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {reason(error)}") from error
        finally:
            shutil.rmtree(self._part, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            shutil.rmtree(self._part, ignore_errors=True)
