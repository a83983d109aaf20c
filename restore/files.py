"""Writing a file so that it is never found half-written.

The bytes go into a temporary file in the target's own folder (the same file system, so that the last step is one atomic
rename), are synced to the disk, and only then take the target's name. Until that moment the old file is untouched,
whatever happens: an exception, Ctrl-C, a full disk, SIGKILL, a power cut.

On Linux the temporary file has no name while it is being written (``O_TMPFILE``), so that even a killed process leaves
nothing behind; elsewhere it is ``.name.<random>.part``, which a killed process may leave beside the untouched old file.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from restore.errors import OutputError

__all__ = ["atomic_write"]

_LONGEST_NAME = 255  # bytes, the limit of every file system in use
_NEW_FILE_MODE = 0o666  # before the umask, as any program creates files


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for writing; it appears, whole, when the block ends, and is untouched if the block fails.

    A symbolic link is followed and stays a link; an existing file keeps its permissions. A device or a pipe
    (``/dev/stdout``) cannot be renamed over and is written directly.

    Args:
        path: the file to write; its folder must exist.

    Yields:
        A binary file open for writing and reading, seekable unless ``path`` is a pipe.

    Raises:
        OutputError: no such folder, no permission, no space, or ``path`` is a folder.
    """
    try:
        mode = _mode_of(path)
        if mode is not None and stat.S_ISDIR(mode):
            raise OutputError(f"{path}: is a folder, not a file; name a file to write")
        if mode is not None and not stat.S_ISREG(mode):
            with path.open("wb") as device:
                yield device
            return
        target = Path(os.path.realpath(path))
        with _replacement(target, mode) as file:
            yield file
    except OSError as error:
        reason = (error.strerror or str(error) or type(error).__name__).lower()
        raise OutputError(f"{path}: cannot be written: {reason}{_advice(error)}") from error


def _mode_of(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _advice(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "; create its folder first"
    if isinstance(error, PermissionError):
        return "; choose another place with -o"
    return ""


@contextlib.contextmanager
def _replacement(target: Path, mode: int | None) -> Iterator[BinaryIO]:
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "permission denied (the existing file is read-only)")
    room = _LONGEST_NAME - len(b"..12345678.part")
    stem = os.fsdecode(os.fsencode(target.name)[:room])
    temporary = target.with_name(f".{stem}.{secrets.token_hex(4)}.part")
    descriptor = _open_nameless(target.parent)
    nameless = descriptor is not None
    if descriptor is None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, _NEW_FILE_MODE)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), stat.S_IMODE(mode))
            os.fsync(file.fileno())
            if nameless:
                _give_name(file.fileno(), temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)


def _open_nameless(folder: Path) -> int | None:
    """A descriptor of a file without a name in ``folder``, or None where the system cannot give one."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not os.path.isdir("/proc/self/fd"):
        return None
    try:
        return os.open(folder, flag | os.O_RDWR, _NEW_FILE_MODE)
    except OSError:
        return None


def _give_name(descriptor: int, path: Path) -> None:
    """Link a nameless file into its folder. Only with a folder's descriptor does Python follow the link in /proc."""
    links = os.open("/proc/self/fd", os.O_RDONLY)
    try:
        os.link(str(descriptor), path, src_dir_fd=links, follow_symlinks=True)
    finally:
        os.close(links)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut; some file systems refuse, and the file is whole without it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
