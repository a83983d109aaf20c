"""Where results go, decided and refused before a model loads.

A batch that would overwrite something, or write two results to one name, should fail in its first second and not
after an hour. So every name is worked out first: the default lies beside the input, `-o` is a file, or a folder if it
ends in `/` or exists as one. Nothing here writes; the files themselves are written to a temporary sibling and renamed
by `restore.files`.
"""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from restore.errors import OutputError, UsageError

KEPT_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp"})
"""Endings that a default output takes over; after any other the result is a PNG."""


STDIO = Path("-")


@dataclass(frozen=True, slots=True)
class Planned:
    """One result to be made.

    Attributes:
        path: where it goes; `STDIO` for stdout.
        skip: it exists and `--skip-existing` was given.
    """

    path: Path
    skip: bool = False


def default_name(source: Path, tag: str, suffix: str) -> str:
    """Return `photo.inpainted.png` for `photo.jpg`, tag `inpainted` and suffix `.png`; stdin counts as `stdin`."""
    stem = "stdin" if source == STDIO else source.stem
    return f"{stem}.{tag}{suffix}"


def means_folder(target: str) -> bool:
    """Return whether the argument of `-o` names a folder: it ends in a slash or exists as one."""
    return target.endswith(("/", os.sep)) or Path(target).is_dir()


def plan(
    sources: Sequence[Path],
    target: str | None,
    name: Callable[[Path], str],
    *,
    option: str = "-o",
    inputs: Iterable[Path] = (),
    others: Iterable[Path] = (),
    force: bool = False,
    skip_existing: bool = False,
    advice: str = "rename one, or use two runs",
    skippable: bool = True,
) -> list[Planned]:
    """Work out one output per source.

    Args:
        sources: the pictures, `STDIO` for stdin.
        target: the argument of `option`: a file, a folder, `-`, or None for the default beside each picture.
        name: the default file name of a source, used in folders.
        option: the option's name, for messages.
        inputs: files that must not be overwritten, even with `force`.
        others: outputs planned before for something else.
        force: allow an output that exists.
        skip_existing: mark an output that exists as done instead of refusing it.
        advice: what to do about two inputs of one name, for messages.
        skippable: whether the command has `--skip-existing`, for messages.

    Raises:
        UsageError: one file for several inputs, two outputs of one name, an output that is an input or that exists.
        OutputError: the folder does not exist or cannot be written.
    """
    kept = {identity(path) for path in inputs if path != STDIO}
    taken = {identity(path): "another output" for path in others if path != STDIO}
    paths = [_place(source, target, name, option, several=len(sources) > 1) for source in sources]
    for source, path in zip(sources, paths, strict=True):
        if path == STDIO:
            continue
        if path.is_dir():
            raise UsageError(f"{path}: is a folder; give a file name with {option}")
        key = identity(path)
        if key in kept:
            raise UsageError(f"{path}: the output would overwrite an input; give another name with {option}")
        if key in taken and not is_special(path):
            raise UsageError(f"{source} and {taken[key]} would both be written to {path}; {advice}")
        taken[key] = str(source)
    return [Planned(path, _done_already(path, option, force, skip_existing, skippable=skippable)) for path in paths]


def identity(path: Path) -> str:
    """Return a text that is equal for two spellings of one file: links followed, and the inode where it exists."""
    try:
        status = path.stat()
    except OSError:
        return os.path.normcase(os.path.realpath(path))
    return f"{status.st_dev}:{status.st_ino}" if status.st_ino else os.path.normcase(os.path.realpath(path))


def check_stdout(paths: Iterable[Path], *, json: bool, what: str = "a picture") -> None:
    """Refuse to mix a result on stdout with JSON, or to send it to a terminal.

    Args:
        paths: outputs to be made, `STDIO` for stdout.
        json: JSON objects go to stdout too.
        what: what the result is, for messages.

    Raises:
        UsageError: as above.
    """
    if STDIO not in paths:
        return
    if json:
        raise UsageError(f"--json and {what} both want stdout; give -o FILE")
    if sys.stdout.isatty():
        raise UsageError(f"{what} would go to the terminal; give -o FILE, or send stdout to a file or a pipe")


def make_folder(path: Path) -> None:
    """Make the folder that `path` will lie in, where `-o` asked for a new one.

    Raises:
        OutputError: the folder cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path.parent}: cannot make the folder: {error.strerror}; choose another with -o") from error


def is_special(path: Path) -> bool:
    """Return whether `path` is there and is neither a file nor a folder: a device or a pipe, written in place."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _place(source: Path, target: str | None, name: Callable[[Path], str], option: str, *, several: bool) -> Path:
    if target is None:
        path = STDIO if source == STDIO else source.parent / name(source)
    elif target == "-":
        if several:
            raise UsageError(f"{option} -: stdout takes one picture, not several; give a folder, such as {option} out/")
        path = STDIO
    elif means_folder(target):
        path = Path(target) / name(source)
    elif several:
        raise UsageError(f"{option} {target}: one file for several inputs; give a folder, such as {option} {target}/")
    else:
        path = Path(target)
    if path != STDIO:
        _check_folder(path.parent, may_make=target is not None and means_folder(target), option=option)
    return path


def _check_folder(folder: Path, *, may_make: bool, option: str) -> None:
    nearest = folder
    while may_make and not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.exists():
        raise OutputError(f"{folder}: no such folder to write to; make it first or choose another with {option}")
    if not nearest.is_dir():
        raise OutputError(f"{nearest}: is a file, not a folder to write to; choose another with {option}")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f"{nearest}: no permission to write in this folder; choose another with {option}")


def _done_already(path: Path, option: str, force: bool, skip_existing: bool, *, skippable: bool) -> bool:
    if path == STDIO or not path.exists() or is_special(path):
        return False
    if not force and not skip_existing:
        leave = " --skip-existing leaves it," if skippable else ""
        raise UsageError(f"{path}: exists already; --force overwrites,{leave} {option} names another")
    return skip_existing
