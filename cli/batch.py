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
from restore.errors import InputError, OutputError, RestoreError

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
        name = str(self.values["input"])
        return "stdin" if name == "-" else name


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
            RestoreError: the work failed and there is only this one input.
        """
        try:
            return work(*args, **kwargs)
        except (RestoreError, OSError, MemoryError) as error:
            self.fail(item, error)
            return None

    def needed_by_all(self, item: Item, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns; a failure ends the run, because every other input would meet it too.

        Its time is not counted as the item's.

        Raises:
            RestoreError: the work failed; `item` was reported as failed.
        """
        began = time.perf_counter()
        try:
            made = work(*args, **kwargs)
        except RestoreError as error:
            self._close(item, "failed", error=str(error), exit_code=error.exit_code)
            raise
        item.started += time.perf_counter() - began
        return made

    def fail(self, item: Item, error: RestoreError | OSError | MemoryError) -> None:
        """Report a failure; with a single input it is raised instead.

        Raises:
            RestoreError: what `error` says, with the input's name, when there is only this one input.
        """
        told = self._explain(item, error)
        self._close(item, "failed", error=str(told), exit_code=told.exit_code)
        if self.total == 1:
            raise told from error
        self.failed.append(item.name)
        self.console.error(str(told))

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

    def _explain(self, item: Item, error: RestoreError | OSError | MemoryError) -> RestoreError:
        """Return the error as one of ours whose message names the input."""
        if isinstance(error, RestoreError):
            kind, message = type(error), str(error)
        elif isinstance(error, MemoryError):
            kind, message = RestoreError, "not enough memory for this picture; try --max-memory, or a smaller picture"
        else:
            kind, message = RestoreError, f"{error.strerror or error}; check the file, its rights and the free space"
        nameless = kind is not OutputError and (self.total > 1 or kind is not InputError)
        return kind(f"{item.name}: {message}" if nameless and item.name not in message else message)

    def _close(self, item: Item, status: str, **more: object) -> None:
        if self.console.json:
            seconds = round(time.perf_counter() - item.started, 3)
            self.console.record({**item.values, "status": status, **more, "seconds": seconds, "notes": item.notes})
