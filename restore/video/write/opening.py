"""`open_writer`: one way to write moving pictures, whatever the file is, chosen by the target's name.

.gif .webp               restore.video.write.animation
no suffix, or a folder   restore.video.write.folder      numbered pictures
all others               restore.video.write.film        FFmpeg
"""

from fractions import Fraction
from pathlib import Path

from restore.callbacks import Notify
from restore.errors import UsageError
from restore.video.info import VideoInfo
from restore.video.write.animation import AnimationWriter, check_animation
from restore.video.write.encoding import CONTAINERS, Encoding, container_of
from restore.video.write.film import FilmWriter
from restore.video.write.folder import FolderWriter, check_folder
from restore.video.write.plan import EncodingPlan, plan_encoding
from restore.video.write.writer import VideoWriter, ignore_notice

__all__ = ["open_writer", "output_kind", "plan_target"]


def output_kind(path: Path) -> str:
    """What a path is to become: ``"film"``, ``"gif"``, ``"webp"`` or ``"folder"`` (no suffix, or a folder already).

    Raises:
        UsageError: a suffix that nothing is written for.
    """
    suffix = path.suffix.lower()
    if path.is_dir() or not suffix:
        return "folder"
    if suffix in (".gif", ".webp"):
        return suffix[1:]
    if suffix not in CONTAINERS:
        container_of(path)
    return "film"


def plan_target(
    path: Path, info: VideoInfo, rate: Fraction, encoding: Encoding | None = None, *, notify: Notify = ignore_notice
) -> EncodingPlan | None:
    """How a target will be encoded; refuses what cannot be written, before any work is done.

    Args:
        path: as for ``open_writer``.
        info: as for ``open_writer``.
        rate: as for ``open_writer``.
        encoding: as for ``open_writer``.
        notify: as for ``open_writer``.

    Returns:
        The plan of a video file; None for animated pictures and folders, which need none.

    Raises:
        UsageError: a suffix that nothing is written for, an encoding or a rate that does not fit, a folder in use.
    """
    kind = output_kind(path)
    if kind == "film":
        return plan_encoding(encoding or Encoding(), info, container_of(path), rate, notify)
    if encoding is not None and encoding != Encoding(threads=encoding.threads):
        raise UsageError(f"{path}: codec, crf and preset are for videos; {kind} has none")
    if kind == "folder":
        check_folder(path)
    else:
        check_animation(path, info, rate)
    return None


def open_writer(
    path: Path, info: VideoInfo, rate: Fraction, encoding: Encoding | None = None, *, notify: Notify = ignore_notice
) -> VideoWriter:
    """A writer for a path, without sound and in one go; see ``SegmentedWriter`` for work that survives a kill.

    Args:
        path: a video (``.mp4 .m4v .mov .mkv .webm``), ``.gif``, ``.webp``, or a folder for numbered PNG files.
        info: the source's, of which size, depth, chroma, colours, rotation and aspect are repeated.
        rate: output frames per second, on average; exact times come with each frame.
        encoding: the user's choice, for videos only.
        notify: called with one line for each thing that cannot be kept.

    Raises:
        UsageError: a suffix that nothing is written for, or a codec, crf or preset that does not fit.
        OutputError: it cannot be written.
    """
    plan = plan_target(path, info, rate, encoding, notify=notify)
    if plan is not None:
        return FilmWriter(path, info, plan)
    if output_kind(path) == "folder":
        return FolderWriter(path, info, notify=notify)
    return AnimationWriter(path, info, rate, notify=notify)
