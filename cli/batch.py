"""One input after the other: a bad one is reported and left behind, the rest is done.

With a single input an error is the run's error and keeps its exit code. With several, each failure is one line at
once and a last line names them all, because nobody reads back through a thousand lines; the exit code is then 1.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import typer

from restore.cli.console import Console
from restore.errors import RestoreError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Item:
    """One input's story, which `--json` prints as an object.

    Attributes:
        values: what is known of it, in the order in which it is printed; `input` is always there.
        started: when work on it began, in seconds of a monotonic clock.
    """

    values: dict[str, object]
    notes: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    @property
    def name(self) -> str:
        """The input as the user gave it."""
        return str(self.values["input"])


class Batch:
    """Counts what was done, skipped and failed in one run over `total` inputs."""

    def __init__(self, console: Console, total: int) -> None:
        self.console = console
        self.total = total
        self.finished = 0
        self.skipped = 0
        self.failed: list[str] = []

    def attempt(self, item: Item, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what `work` returns, or None after it failed and was reported.

        Raises:
            RestoreError, OSError, MemoryError: the work failed and there is only this one input.
        """
        try:
            return work(*args, **kwargs)
        except (RestoreError, OSError, MemoryError) as error:
            self.fail(item, error)
            return None

    def needed_by_all(self, item: Item, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns; a failure ends the run, because every other input would meet it too.

        Raises:
            RestoreError: the work failed; `item` was reported as failed.
        """
        try:
            return work(*args, **kwargs)
        except RestoreError as error:
            self._close(item, "failed", error=str(error), exit_code=error.exit_code)
            raise

    def fail(self, item: Item, error: RestoreError | OSError | MemoryError) -> None:
        """Report a failure; with a single input it is raised instead.

        Raises:
            RestoreError, OSError, MemoryError: `error` itself, when there is only this one input.
        """
        message = "not enough memory for this picture" if isinstance(error, MemoryError) else str(error)
        if not isinstance(error, RestoreError):
            message = f"{item.name}: {message}"
        self._close(item, "failed", error=message, exit_code=getattr(error, "exit_code", 1))
        if self.total == 1:
            raise error
        self.failed.append(item.name)
        self.console.error(message)

    def note(self, item: Item, message: str, *, once: bool = False) -> None:
        """Tell something about one input, with its name in front when there are others."""
        item.notes.append(message)
        self.console.note(message if once or self.total == 1 else f"{item.name}: {message}", once=once)

    def done(self, item: Item, made: str | None) -> None:
        """Count one as done and print the path `made`; None when the result itself went to stdout."""
        self.finished += 1
        self._close(item, "done")
        if made is not None and not self.console.json:
            self.console.out(made)

    def skip(self, item: Item) -> None:
        """Count one as left out because its output exists."""
        self.skipped += 1
        self._close(item, "skipped")
        self.console.detail(f"{item.name}: skipped, {item.values.get('output')} exists")

    def close(self) -> None:
        """Say the last line and set the exit code.

        Raises:
            typer.Exit: with code 1, when some failed.
        """
        if self.skipped and not self.failed:
            self.console.note(f"{self.skipped} of {self.total} skipped, their outputs exist")
        if self.failed:
            self.console.summary(f"{len(self.failed)} of {self.total} failed: {', '.join(self.failed)}")
            raise typer.Exit(1)

    def _close(self, item: Item, status: str, **more: object) -> None:
        if self.console.json:
            seconds = round(time.perf_counter() - item.started, 3)
            self.console.record({**item.values, "status": status, **more, "seconds": seconds, "notes": item.notes})
