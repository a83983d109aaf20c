"""Which files a command works on: files as they are named, and what lies in the folders that are named.

A folder stands for the files in it with a known ending, sorted by name. What is not there is one input's failure and
not the run's; only a lone one is refused at once.
"""

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from restore.cli.outputs import STDIO
from restore.errors import InputError, RestoreError, UsageError


@dataclass(frozen=True, slots=True)
class Source:
    """One input.

    Attributes:
        path: the file, `STDIO` for stdin.
        problem: why it cannot be worked on; the others of a batch still are.
    """

    path: Path
    problem: RestoreError | None = None


def find_sources(
    paths: Sequence[str],
    suffixes: Collection[str],
    leave_out: tuple[str, ...] = (),
    what: str = "pictures",
    made: tuple[str, ...] = (),
) -> list[Source]:
    """The inputs that the words of a command line name.

    Args:
        paths: files and folders; `-` is stdin.
        suffixes: file endings that count in a folder, lower case with the dot.
        leave_out: how the stems of files end that do not count there.
        what: what the files are, for messages.
        made: how the stems of files end that do not count beside the picture that they were made of.

    Raises:
        UsageError: nothing is named, stdin twice, an empty name or folder, or a lone file that is not there.
    """
    if not paths:
        raise UsageError(f"no {what} given; name one or more, or a folder of them")
    if list(paths).count("-") > 1:
        raise UsageError("- is stdin and can be read once; give the other input as a file")
    found = [
        Source(path, None if path == STDIO or path.exists() else missing(path))
        for path in expand(paths, suffixes, leave_out, what, made)
    ]
    if len(found) == 1 and found[0].problem is not None:
        raise found[0].problem
    return found


def expand(
    paths: Sequence[str],
    suffixes: Collection[str],
    leave_out: tuple[str, ...] = (),
    what: str = "pictures",
    made: tuple[str, ...] = (),
) -> list[Path]:
    """Replace folders by the files in them; arguments as `find_sources`. A file named twice counts once.

    Raises:
        UsageError: an empty name, or a folder that holds nothing that counts.
    """
    if "" in paths:
        raise UsageError(f"an empty name for {what} was given; is a variable of the shell empty?")
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            found[path] = None
            continue
        inside = [entry for entry in sorted(path.iterdir()) if _counts(entry, suffixes, leave_out)]
        stems = {entry.stem for entry in inside}
        inside = [entry for entry in inside if not any(_of(entry.stem, ending) in stems for ending in made)]
        if not inside:
            raise UsageError(f"{path}: no {what} in this folder; known endings are {' '.join(sorted(suffixes))}")
        found.update(dict.fromkeys(inside))
    return list(found)


def missing(path: Path) -> UsageError:
    """The error of a file that is not there."""
    return UsageError(f"{path}: no such file; check the name")


def read_stdin(what: str = "a picture") -> bytes:
    """All of stdin.

    Raises:
        InputError: it is empty.
        UsageError: it is a terminal.
    """
    if sys.stdin.isatty():
        raise UsageError(f"- reads {what} from stdin, which is the terminal here; pipe one in, or name a file")
    data = sys.stdin.buffer.read()
    if not data:
        raise InputError(f"stdin: nothing came; pipe {what} in, or name a file instead of -")
    return data


def _of(stem: str, ending: str) -> str | None:
    """The stem of the picture that a file with this ending was made of; None without the ending."""
    return stem.removesuffix(ending) if stem.endswith(ending) else None


def _counts(entry: Path, suffixes: Collection[str], leave_out: tuple[str, ...]) -> bool:
    return (
        entry.suffix.lower() in suffixes
        and not entry.name.startswith(".")
        and not entry.stem.endswith(leave_out)
        and entry.is_file()
    )
