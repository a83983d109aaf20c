"""Frames as numbered PNG files in a folder that has its name only when all of them are there."""

import contextlib
import secrets
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np

from restore.callbacks import Notify
from restore.errors import OutputError, UsageError
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.images.writing import write_picture
from restore.video.info import VideoInfo
from restore.video.read.container import error_text
from restore.video.write.writer import VideoWriter, ignore_notice

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


class FolderWriter(VideoWriter):
    """Writes ``000001.png``, ``000002.png``, … at 8 or 16 bits; see ``VideoWriter``. Times are not kept."""

    def __init__(self, path: Path, info: VideoInfo, *, notify: Notify = ignore_notice) -> None:
        """Open a temporary folder beside the one to be.

        Raises:
            UsageError: the folder is there and not empty.
            OutputError: it cannot be made.
        """
        check_folder(path)
        super().__init__(path, info)
        self._metadata = Metadata(icc=info.icc)
        self._count = 0
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            self._part.mkdir()
        except OSError as error:
            raise OutputError(f"{path}: cannot be made: {error_text(error)}") from error
        if info.is_variable:
            notify(f"{path}: numbered pictures keep no times, and those of the source vary")

    def _write(self, pixels: np.ndarray, time: Fraction) -> None:
        self._count += 1
        alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
        picture = Picture(np.ascontiguousarray(pixels[..., :3]), alpha, metadata=self._metadata)
        write_picture(picture, self._part / f"{self._count:06d}.png")

    def _finish(self) -> None:
        try:
            with contextlib.suppress(FileNotFoundError):
                self.path.rmdir()
            self._part.rename(self.path)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error_text(error)}") from error
        finally:
            shutil.rmtree(self._part, ignore_errors=True)

    def _discard(self, error: BaseException) -> None:
        shutil.rmtree(self._part, ignore_errors=True)
