"""What a person or a script sees: results on stdout; progress, notes and errors on stderr.

Stdout carries only what a script would want to read: the paths made, or with `--json` one object per file. Everything
for people goes to stderr, and the moving progress line only when stderr is a terminal, so that logs and pipes stay
clean. rich is imported only when that line is really drawn.
"""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

import typer

from restore.errors import OutputError

if TYPE_CHECKING:
    from rich.progress import Progress


class InterruptedRunError(Exception):
    """The user pressed Ctrl-C and the command has to explain how to go on."""


class Meter:
    """How far the work is. Outside a terminal it draws nothing."""

    def __init__(self, progress: "Progress | None" = None, unit: str = "") -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, rate="") if progress is not None else None
        self._unit = unit

    def update(self, done: float, total: float | None, label: str = "") -> None:
        """Show `done` of `total` (None: unknown) units, with a few words about the present one."""
        if self._progress is None or self._task is None:
            return
        task = next(task for task in self._progress.tasks if task.id == self._task)
        elapsed = task.elapsed or 0.0
        rate = f"{done / elapsed:.3g} {self._unit}/s" if done and elapsed > 0 else ""
        self._progress.update(self._task, completed=done, total=total, description=label, rate=rate)


class Console:
    """The two streams of one run, and how much is shown on them.

    Attributes:
        verbosity: -1 quiet (errors and results only), 0 normal, 1 details, 2 tracebacks too.
        json: one JSON object per file on stdout instead of the paths made.
    """

    def __init__(self) -> None:
        self.verbosity = 0
        self.json = False
        self._progress: Progress | None = None
        self._shown: set[str] = set()
        self._line_open = False

    def configure(self, *, quiet: bool = False, verbose: int = 0, json: bool = False) -> None:
        """Take over the shared options of a command."""
        self.verbosity = -1 if quiet and not verbose else verbose
        self.json = json

    def error(self, message: str) -> None:
        """Show one error line."""
        self._line(f"restore: error: {message}", sys.stderr)

    def note(self, message: str, *, once: bool = False) -> None:
        """Show one line a user should know of; with `once`, not again in this run."""
        if self.verbosity < 0 or (once and message in self._shown):
            return
        self._shown.add(message)
        self._line(f"restore: note: {message}", sys.stderr)

    def detail(self, message: str) -> None:
        """Show one line that only -v asks for."""
        if self.verbosity >= 1:
            self._line(f"restore: {message}", sys.stderr)

    def summary(self, message: str) -> None:
        """Show one closing line, also when quiet."""
        self._line(f"restore: {message}", sys.stderr)

    def status(self, message: str) -> None:
        """Show one line of a long run's course as it is."""
        if self.verbosity >= 0:
            self._line(message, sys.stderr)

    @property
    def live(self) -> bool:
        """Whether moving lines may be drawn: stderr is a terminal that can, and nobody asked for quiet."""
        return self.verbosity >= 0 and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def update_line(self, message: str) -> None:
        """Show the present state of a long run: in place on a terminal, else as a line of its own."""
        if not self.live:
            self.status(message)
            return
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r{message[:width]}\x1b[K")
        sys.stderr.flush()
        self._line_open = True

    def end_line(self) -> None:
        """Leave the line that `update_line` keeps up to date as it is and go on below it."""
        if self._line_open:
            sys.stderr.write("\n")
            sys.stderr.flush()
            self._line_open = False

    def out(self, message: str) -> None:
        """Write one line of the result to stdout."""
        self._line(message, sys.stdout)

    def record(self, values: dict[str, object]) -> None:
        """Write one JSON object, on one line, to stdout."""
        self._line(json.dumps(values, ensure_ascii=False), sys.stdout)

    def warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """Take the place of `warnings.showwarning`: a library's warning is a detail, shown with -v."""
        self.detail(f"{category.__name__}: {' '.join(str(message).split())}")

    @contextlib.contextmanager
    def meter(self, unit: str) -> Iterator[Meter]:
        """Show progress while the block runs, with the rate in `unit` per second and the time left."""
        if not self.live:
            yield Meter()
            return
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=RichConsole(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        try:
            with self._progress:
                yield Meter(self._progress, unit)
        finally:
            self._progress = None

    def detach_stdout(self) -> None:
        """Point stdout at nothing after its reader has gone, so that closing it at exit raises no second error."""
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def write_bytes(self, data: bytes) -> None:
        """Write a finished file to stdout.

        Raises:
            OutputError: stdout is full or nobody reads it.
        """
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError as error:
            self.detach_stdout()
            raise OutputError(f"stdout: {error.strerror}; the picture is not whole, send it somewhere else") from error

    def _line(self, text: str, stream: TextIO) -> None:
        progress = self._progress
        if progress is not None:
            progress.stop()
        if self._line_open:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._line_open = False
        encoding = stream.encoding or "utf-8"
        try:
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.detach_stdout()
            raise OutputError(
                f"stdout: {error.strerror}; what was made is on disk, its name could not be printed"
            ) from error
        if progress is not None:
            progress.start()


def console_of(context: typer.Context) -> Console:
    """Return the run's console, made by `main` or, where the app is called without it, here."""
    root = context.find_root()
    if not isinstance(root.obj, Console):
        root.obj = Console()
    return root.obj
