"""Clips to learn from: video files and folders of numbered pictures, decoded one frame after the other, and reduced.

Training looks at frames in the order in which they are stored; timestamps, sound and rotation do not matter to it.
"""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from restore.errors import InputError
from restore.training.photos import SUFFIXES, decode_photo

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".y4m"})
FEWEST_PICTURES = 7
"""A folder with fewer numbered pictures is no clip."""


def find_clips(data: Path) -> list[str]:
    """Names of all clips below a folder, relative to it, sorted; a folder of numbered pictures is one clip.

    Raises:
        InputError: the folder is missing or holds no clip.
    """
    if not data.is_dir():
        raise InputError(f"{data} is not a folder; name a folder of video clips")
    clips = [path for path in data.rglob("*") if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()]
    clips += [path for path in (data, *data.rglob("*")) if path.is_dir() and len(pictures_of(path)) >= FEWEST_PICTURES]
    if not clips:
        raise InputError(f"no clips below {data}; wanted video files or folders of numbered pictures")
    return sorted(clip.relative_to(data).as_posix() for clip in clips)


def pictures_of(folder: Path) -> list[Path]:
    """The numbered pictures of a folder, by number; none if one of its pictures has no number."""
    numbers = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            digits = path.stem[len(path.stem.rstrip("0123456789")) :]
            if not digits:
                return []
            numbers[path] = int(digits)
    return sorted(numbers, key=numbers.__getitem__)


def bytes_of(clip: Path) -> int:
    """Size of a clip on disk in bytes.

    Raises:
        InputError: it is missing.
    """
    try:
        files = pictures_of(clip) if clip.is_dir() else [clip]
        return sum(path.stat().st_size for path in files)
    except OSError as error:
        raise InputError(f"cannot read the clip {clip}: {error.strerror or error}") from error


def frames_of(clip: Path) -> Iterator[Image.Image]:
    """The frames of a clip as 8-bit RGB.

    Raises:
        InputError: it is damaged or no clip.
    """
    if clip.is_dir():
        for path in pictures_of(clip):
            yield decode_photo(path)
        return
    import av

    try:
        with av.open(str(clip)) as container:
            if not container.streams.video:
                raise InputError(f"cannot train on {clip}: it has no picture; remove it")
            for frame in container.decode(video=0):
                yield Image.fromarray(frame.to_ndarray(format="rgb24"))
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"cannot train on {clip}: {error}; mend or remove it") from error


def reduced_size(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Width and height in px with the long side at most `longest`."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
