"""`open_video`: one way to read moving pictures, whatever the file is, chosen by its first bytes.

folder                 restore.video.read.folder      numbered pictures
GIF, WebP, PNG         restore.video.read.animation   where they move
other still pictures   refused, also where they are named .mp4
all others             restore.video.read.film        FFmpeg
"""

import os
from fractions import Fraction
from pathlib import Path

from restore.errors import InputError, UsageError
from restore.images.formats import HEAD_BYTES, sniff
from restore.video.read.animation import AnimationReader
from restore.video.read.film import FilmReader
from restore.video.read.folder import FolderReader
from restore.video.read.reader import VideoReader

__all__ = ["open_video"]

_MOVING = ("GIF", "WEBP", "PNG")
_FRAMES_OF_JPEG = (".mjpeg", ".mjpg")


def open_video(path: str | os.PathLike[str], *, rate: Fraction | None = None) -> VideoReader:
    """Open a video for reading.

    Args:
        path: a video file, an animated GIF, WebP or PNG, or a folder of numbered pictures.
        rate: pictures per second of a folder; everything else has its own times.

    Returns:
        A context manager with ``info``, iterable over ``Frame``; ``frames(start)`` begins later.

    Raises:
        InputError: no such file, a still picture, no video in it, no frames, an unknown coding, damage from the
            beginning. The message is one line and names the file.
        UsageError: a folder without a rate, or a rate for what is no folder.
    """
    path = Path(path)
    if path.is_dir():
        return FolderReader(path, rate)
    if rate is not None:
        raise UsageError(f"{path}: a rate is for folders of pictures; this file has its own times")
    kind = _picture_kind(path)
    if kind in _MOVING:
        return AnimationReader(path, kind)
    if kind and not (kind == "JPEG" and path.suffix.lower() in _FRAMES_OF_JPEG):
        raise InputError(
            f"{path}: is a still picture ({kind}), not a video; give a video, an animated GIF or WebP, or a folder of "
            "numbered pictures"
        )
    return FilmReader(path)


def _picture_kind(path: Path) -> str:
    """The format of a picture, or nothing where it is none or cannot be read, which FFmpeg's reader then reports."""
    try:
        with path.open("rb") as file:
            return sniff(file.read(HEAD_BYTES))
    except (OSError, InputError):
        return ""
