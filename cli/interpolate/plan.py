"""Which clips a run of `restore interpolate` works on and where each result goes, all names checked.

    words ── clips ── results ── sheets and comparisons beside them ── one `ClipTask` each

A folder is one clip where it holds numbered pictures, and stands for the clips in it where it holds videos; clips that
earlier runs made are then left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restore.cli import outputs
from restore.cli.sources import Source, missing
from restore.cli.tasks import Task
from restore.errors import RestoreError, UsageError

if TYPE_CHECKING:
    from restore.pipelines.interpolate.video.files import VideoRequest

FILM_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m2v", ".ts", ".m2ts", ".mts", ".wmv", ".asf"}
    | {".flv", ".f4v", ".3gp", ".3g2", ".ogv", ".mxf", ".vob", ".y4m", ".nut", ".dv", ".mjpeg", ".mjpg"}
)
"""Endings that count as videos in a folder."""
ANIMATED_SUFFIXES = frozenset({".gif", ".webp", ".apng"})
"""Endings of pictures that may move."""
RESULT_SUFFIX = re.compile(r"\.(\d+(\.\d+)?fps|(slow)?\d+(\.\d+)?x|compare)")
"""Ending of the stems of clips that this command made."""


@dataclass(frozen=True, slots=True)
class ClipTask(Task):
    """One clip, where its result goes, and where a sheet and a comparison go.

    Attributes:
        preview: a sheet of real and made frames; None where none is made.
        compare: a clip of before and after side by side; None where none is made.
    """

    preview: Path | None = None
    compare: Path | None = None


def plan_clips(
    paths: Sequence[str],
    output: str | None,
    request: "VideoRequest",
    *,
    preview: str | None = None,
    compare: str | None = None,
    is_rated: bool = False,
    force: bool = False,
    skip_existing: bool = False,
) -> list[ClipTask]:
    """Name every output of a run, or refuse it.

    Args:
        paths: the positional arguments.
        output: the argument of `-o`.
        request: the video to make of each clip.
        preview: the argument of `--preview`.
        compare: the argument of `--compare`.
        is_rated: `--rate` was given.
        force: allow an output that exists.
        skip_existing: leave out clips whose output exists.

    Raises:
        UsageError: nothing named, collisions, outputs that are inputs, outputs that exist, kinds that are not written.
        OutputError: a folder that is missing or cannot be written.
    """
    from restore.images.formats import output_format
    from restore.video.write.opening import output_kind

    if output == "-":
        raise UsageError("-o -: a video cannot go to stdout; name a file")
    sources = _find_sources(paths, is_rated=is_rated)
    clips = [source.path for source in sources if source.problem is None]
    results = _plan_results(clips, output, request, force=force, skip_existing=skip_existing)
    working = [clip for clip in clips if not results[clip].skip]
    taken = [result.path for result in results.values()]
    previews = _plan_beside(working, preview, ("--preview", ".png"), clips, taken, force=force)
    for path in previews.values():
        output_format(path)
    comparisons = _plan_beside(
        working, compare, ("--compare", ".mp4"), clips, [*taken, *previews.values()], force=force
    )
    for path in comparisons.values():
        if output_kind(path) != "film":
            raise UsageError(f"--compare {path}: is no video; name one such as compare.mp4")
    return [
        ClipTask(source.path, outputs.STDIO, problem=source.problem)
        if source.problem is not None
        else ClipTask(
            source.path,
            results[source.path].path,
            results[source.path].skip,
            preview=previews.get(source.path),
            compare=comparisons.get(source.path),
        )
        for source in sources
    ]


def result_name(path: Path, request: "VideoRequest") -> str:
    """`clip.60fps.mp4` for `clip.mp4`: the source's suffix where that is written and holds the codec.

    A folder of pictures becomes another one, `frames-60fps`.
    """
    suffix = _suffix(path, request.encoding.codec)
    if not suffix:  # a dot would look like one
        return f"{path.resolve().name}-{request.retiming.name.replace('.', '_')}"
    return f"{path.resolve().name if path.is_dir() else path.stem}.{request.retiming.name}{suffix}"


def _find_sources(paths: Sequence[str], *, is_rated: bool) -> list[Source]:
    """The clips that the words of a command line name.

    Raises:
        UsageError: nothing is named, stdin, an empty folder, or a lone clip that cannot be.
    """
    if not paths:
        raise UsageError("no clip given; name one or more, or --between A.png B.png")
    if "-" in paths:
        raise UsageError("-: a video is read from a file, not from stdin; name it")
    found: dict[Path, RestoreError | None] = {}
    for path in map(Path, paths):
        if not path.exists():
            found[path] = missing(path)
        elif path.is_dir() and not _is_frame_folder(path):
            found.update(dict.fromkeys(_clips_in(path)))
        elif path.is_dir() and not is_rated:
            found[path] = UsageError(f"{path}: numbered pictures do not say how fast they follow; give --rate 24")
        else:
            found[path] = None
    if is_rated and not any(path.is_dir() for path in found):
        raise UsageError("--rate is for folders of numbered pictures; a video has its own times")
    sources = [Source(path, problem) for path, problem in found.items()]
    if len(sources) == 1 and sources[0].problem is not None:
        raise sources[0].problem
    return sources


def _is_frame_folder(path: Path) -> bool:
    """Whether a folder is one clip of numbered pictures and not a collection of clips."""
    from restore.images.formats import READABLE_SUFFIXES

    names = [entry for entry in path.iterdir() if not entry.name.startswith(".") and entry.is_file()]
    if any(entry.suffix.lower() in FILM_SUFFIXES for entry in names):
        return False
    return any(
        entry.suffix.lower() in READABLE_SUFFIXES and re.search(r"\d", entry.stem) and not _moves(entry)
        for entry in names
    )


def _plan_results(
    clips: list[Path], output: str | None, request: "VideoRequest", *, force: bool, skip_existing: bool
) -> dict[Path, outputs.Planned]:
    """Where each clip's result goes."""
    from restore.video.write.opening import output_kind

    finished = {clip: folder for clip in clips if (folder := _finished_folder(clip, output, request, skip_existing))}
    others = [clip for clip in clips if clip not in finished]
    planned = outputs.plan(
        others,
        output,
        lambda clip: result_name(clip, request),
        inputs=clips,
        force=force,
        skip_existing=skip_existing,
    )
    new = dict(zip(others, planned, strict=True))
    results = {clip: new[clip] if clip in new else outputs.Planned(finished[clip], skip=True) for clip in clips}
    for result in results.values():
        if outputs.is_special(result.path):
            raise UsageError(f"{result.path}: is a device or a pipe; a video needs a file")
        output_kind(result.path)
    return results


def _finished_folder(clip: Path, output: str | None, request: "VideoRequest", skip_existing: bool) -> Path | None:
    """The folder of pictures that has been made of a clip already; None where there is none.

    Raises:
        UsageError: it has been made and may not be left as it is.
    """
    if output is not None and not outputs.means_folder(output):
        return None
    folder = (clip.parent if output is None else Path(output)) / result_name(clip, request)
    if not folder.is_dir():
        return None
    if not skip_existing:
        raise UsageError(f"{folder}: exists already; remove the folder, --skip-existing leaves it, -o names another")
    return folder


def _plan_beside(
    clips: list[Path],
    target: str | None,
    option: tuple[str, str],
    inputs: list[Path],
    others: list[Path],
    *,
    force: bool,
) -> dict[Path, Path]:
    """Where what is asked for beside the results goes."""
    if target is None:
        return {}
    name, suffix = option
    if target == "-":
        raise UsageError(f"{name} -: it is a file beside the result; give it a name")
    planned = outputs.plan(
        clips,
        target,
        lambda path: f"{path.resolve().name if path.is_dir() else path.stem}.{name[2:]}{suffix}",
        option=name,
        inputs=inputs,
        others=others,
        force=force,
    )
    return {clip: result.path for clip, result in zip(clips, planned, strict=True)}


def _suffix(path: Path, codec: str) -> str:
    from restore.video.write.encoding import CODECS, CONTAINERS

    suffix = "" if path.is_dir() else path.suffix.lower()
    if codec != "same":
        containers = CODECS[codec].containers
        fitting = [each for each in (suffix, ".mp4", ".mkv", ".mov") if CONTAINERS.get(each) in containers]
        return path.suffix if fitting[0] == suffix else fitting[0]
    if path.is_dir() or suffix in CONTAINERS or suffix in (".gif", ".webp"):
        return "" if path.is_dir() else path.suffix
    if suffix in (".png", ".apng"):
        return ".webp"
    return ".mkv" if _codec_of(path) == "ffv1" else ".mp4"


def _codec_of(path: Path) -> str:
    from restore.video.read.opening import open_video

    try:
        with open_video(path) as video:
            return video.info.codec
    except RestoreError:
        return ""  # refused when its turn comes


def _clips_in(folder: Path) -> list[Path]:
    inside = [
        entry
        for entry in sorted(folder.iterdir())
        if entry.suffix.lower() in FILM_SUFFIXES | ANIMATED_SUFFIXES
        and not entry.name.startswith(".")
        and not RESULT_SUFFIX.fullmatch(Path(entry.stem).suffix or "")
        and entry.is_file()
    ]
    inside = [entry for entry in inside if entry.suffix.lower() in FILM_SUFFIXES or _moves(entry)]
    if not inside:
        raise UsageError(f"{folder}: no videos in this folder, and no numbered pictures; name a clip")
    return inside


def _moves(path: Path) -> bool:
    """Whether a picture file is animated."""
    if path.suffix.lower() not in ANIMATED_SUFFIXES:
        return False
    from PIL import Image

    try:
        with Image.open(path) as image:
            return bool(getattr(image, "is_animated", False))
    except (OSError, ValueError, SyntaxError):
        return False
