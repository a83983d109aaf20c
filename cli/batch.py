"""A run over several inputs: read one, load the model it needs, make its result, report; then the next.

A command says in three methods what is to be done with one input (`Steps`), and `run` does the rest, so that every
command answers in the same way. With a single input an error is the run's error and keeps its exit code. With several,
each failure is one line at once and a last line names them all, because nobody reads back through a thousand lines;
the exit code is then 1.
"""

import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import ParamSpec, Protocol, TypeVar

import typer

from restore.cli.console import Console, Meter
from restore.cli.outputs import STDIO, check_stdout
from restore.cli.tasks import Task
from restore.errors import InputError, OutputError, RestoreError

P = ParamSpec("P")
T = TypeVar("T")
Content = TypeVar("Content")
"""What a command reads from one input."""
Model = TypeVar("Model")
TaskKind = TypeVar("TaskKind", bound=Task)
TaskKind_contra = TypeVar("TaskKind_contra", bound=Task, contravariant=True)

Failure = RestoreError | OSError | MemoryError
"""What one input may fail with while the others of a run go on."""


class Steps(Protocol[TaskKind_contra, Content, Model]):
    """What a command does with one input; the object holds what was asked for and keeps the model it has loaded."""

    @abstractmethod
    def read(self, task: TaskKind_contra, item: "Item") -> Content:
        """Read the input. A content that is a context manager is left once the result is made.

        Raises:
            RestoreError: this input cannot be worked on.
        """

    @abstractmethod
    def load(self, content: Content, item: "Item") -> Model:
        """Return the model this input needs, loaded at its first use.

        Raises:
            RestoreError: it cannot be loaded, which ends the run.
        """

    @abstractmethod
    def make(self, task: TaskKind_contra, content: Content, model: Model, item: "Item") -> None:
        """Compute the result and write it.

        Raises:
            RestoreError: this input's result cannot be made.
        """


def run(
    tasks: Sequence[TaskKind],
    steps: Steps[TaskKind, Content, Model],
    console: Console,
    *,
    dry_run: bool = False,
    units: tuple[str, str] = ("pictures", "parts"),
    result: str = "a picture",
) -> None:
    """Do all tasks, or only print them.

    Args:
        tasks: what to do.
        steps: what is done with each.
        console: where progress, notes and results go.
        dry_run: print what would be done and do nothing.
        units: what progress counts, for several inputs and for a single one.
        result: what the result is, for messages.

    Raises:
        RestoreError: what every input would meet, or the failure of the only one.
        typer.Exit: with code 1, when some of several failed.
    """
    batch = Batch(console, len(tasks))
    if dry_run:
        for task in tasks:
            batch.announce(task)
        batch.close()
        return
    check_stdout([task.output for task in tasks if task.problem is None], json=console.json, what=result)
    with console.meter(units[0] if len(tasks) > 1 else units[1]) as batch.meter:
        for task in tasks:
            _do(task, steps, batch.item(task.values))
    batch.close()


def _do(task: TaskKind, steps: Steps[TaskKind, Content, Model], item: "Item") -> None:
    batch = item.batch
    item.on_progress(0, 1)
    if task.problem is not None:
        batch.fail(item, task.problem)
        return
    if task.skip:
        batch.skip(item)
        return
    content = batch.attempt(item, steps.read, task, item)
    if content is None:
        return
    with content if isinstance(content, AbstractContextManager) else nullcontext():
        model = batch.needed_by_all(item, steps.load, content, item)
        batch.attempt(item, steps.make, task, content, model, item)
    if not item.failed:
        batch.done(item, item.made or ([] if task.output == STDIO else [str(task.output)]))


@dataclass
class Item:
    """One input of a run and what is known of it, which `--json` prints as an object.

    Attributes:
        batch: the run.
        index: its place among the inputs, from 0.
        values: what is known of it, in the order in which it is printed; `input` is always there.
        notes: the lines that were shown about it.
        started: when work on it began, in seconds of a monotonic clock.
        failed: its failure has been reported.
        made: the files that were made of it, where they are others than the task's one output.
    """

    batch: "Batch"
    index: int
    values: dict[str, object]
    notes: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)
    failed: bool = False
    made: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The input as the user gave it."""
        name = str(self.values["input"])
        return "stdin" if name == "-" else name

    def note(self, message: str, *, once: bool = False) -> None:
        """Show one line about this input, with its name in front when there are others; with `once`, once in a run."""
        self.notes.append(message)
        nameless = once or self.batch.total == 1
        self.batch.console.note(message if nameless else f"{self.name}: {message}", once=once)

    def note_once(self, message: str) -> None:
        """Show one line that may concern many inputs, once in a run."""
        self.note(message, once=True)

    def detail(self, message: str) -> None:
        """Show one line about this input that only -v asks for."""
        self.batch.console.detail(f"{self.name}: {message}")

    def on_progress(self, done: float, total: float | None, label: str | None = None) -> None:
        """Show progress: of the only input by its parts, of several by inputs, the present one by its parts.

        Args:
            done: parts done.
            total: parts in all; None where that is not known.
            label: a few words in place of the input's name.
        """
        batch, label = self.batch, label or self.name
        if batch.total == 1:
            batch.meter.update(done, total, label)
        else:
            batch.meter.update(self.index + done / (total or done + 1), batch.total, label)


class Batch:
    """Counts what was done, skipped and failed in one run over `total` inputs."""

    def __init__(self, console: Console, total: int) -> None:
        self.console = console
        self.total = total
        self.meter = Meter()
        self.skipped = 0
        self.failed: list[str] = []
        self._items = 0

    def item(self, values: dict[str, object]) -> Item:
        """Begin with the next input, of which this is known."""
        self._items += 1
        return Item(self, self._items - 1, values)

    def announce(self, task: Task) -> None:
        """Print what would be done with one input."""
        item = self.item(task.values)
        if task.problem is not None:
            self.fail(item, task.problem)
        elif self.console.json:
            self.console.record({**item.values, "status": "would skip" if task.skip else "would do"})
        else:
            self.console.out(f"{item.name}{task.description}{' (skipped: it exists)' if task.skip else ''}")

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

    def fail(self, item: Item, error: Failure) -> None:
        """Report a failure; with a single input it is raised instead.

        Raises:
            RestoreError: what `error` says, with the input's name, when there is only this one input.
        """
        named = self._explain(item, error)
        self._close(item, "failed", error=str(named), exit_code=named.exit_code)
        item.failed = True
        if self.total == 1:
            raise named from error
        self.failed.append(item.name)
        self.console.error(str(named))

    def done(self, item: Item, made: list[str]) -> None:
        """Report one as done and print a line for each path in `made`; none when the result itself went to stdout."""
        self._close(item, "done")
        for path in made if not self.console.json else ():
            self.console.out(path)

    def skip(self, item: Item) -> None:
        """Count one as left out because its output exists."""
        self.skipped += 1
        self._close(item, "skipped")
        self.console.detail(f"{item.name}: skipped, {item.values.get('output')} exists")

    def close(self) -> None:
        """Print the last line and set the exit code.

        Raises:
            typer.Exit: with code 1, when some failed.
        """
        if self.skipped and not self.failed:
            self.console.note(f"{self.skipped} of {self.total} skipped, their outputs exist")
        if self.failed:
            self.console.summary(f"{len(self.failed)} of {self.total} failed: {', '.join(self.failed)}")
            raise typer.Exit(1)

    def _explain(self, item: Item, error: Failure) -> RestoreError:
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
