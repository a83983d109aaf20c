"""Commands that make one output of each input: what will be made, said or done one after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from restore.cli import outputs
from restore.cli.batch import Batch, Item
from restore.cli.console import Meter
from restore.cli.outputs import STDIO
from restore.cli.sources import Source
from restore.errors import RestoreError


@dataclass(frozen=True, slots=True)
class Task:
    """One input and where its result goes.

    Attributes:
        source: the input, `STDIO` for stdin.
        output: the result, `STDIO` for stdout.
        skip: the result exists and `--skip-existing` was given.
        problem: why the input cannot be worked on.
    """

    source: Path
    output: Path
    skip: bool = False
    problem: RestoreError | None = None

    def item(self) -> Item:
        """The input's story at its beginning."""
        output = str(self.output) if self.problem is None else None
        return Item({"input": str(self.source), "output": output})


def plan_tasks(
    sources: list[Source],
    output: str | None,
    name: Callable[[Path], str],
    *,
    force: bool,
    skip_existing: bool,
    advice: str = "rename one, or use two runs",
) -> list[Task]:
    """Name every output of a run, or refuse it; arguments as `outputs.plan`.

    Raises:
        UsageError: collisions, outputs that are inputs, files that exist.
        OutputError: a folder that is missing or cannot be written.
    """
    good = [source.path for source in sources if source.problem is None]
    planned = outputs.plan(good, output, name, inputs=good, force=force, skip_existing=skip_existing, advice=advice)
    made = dict(zip(good, planned, strict=True))
    return [
        Task(source.path, STDIO, problem=source.problem)
        if source.problem is not None
        else Task(source.path, made[source.path].path, made[source.path].skip)
        for source in sources
    ]


def tell(tasks: list[Task], batch: Batch) -> None:
    """Say what would be done."""
    for task in tasks:
        item = task.item()
        if task.problem is not None:
            batch.fail(item, task.problem)
        elif batch.console.json:
            batch.console.record({**item.values, "status": "would skip" if task.skip else "would do"})
        else:
            target = "stdout" if task.output == STDIO else str(task.output)
            batch.console.out(f"{item.name} -> {target}{' (skipped: it exists)' if task.skip else ''}")
    batch.close()


def run(tasks: list[Task], batch: Batch, do: Callable[[int, Task, Item], bool]) -> None:
    """Do all tasks; failures of one input are left to the batch.

    Args:
        tasks: what to do.
        batch: keeps the account.
        do: does one, given its place; False where it failed and was reported.

    Raises:
        RestoreError: what every input would meet, or the failure of the only one.
    """
    for index, task in enumerate(tasks):
        item = task.item()
        if task.problem is not None:
            batch.fail(item, task.problem)
        elif task.skip:
            batch.skip(item)
        elif do(index, task, item):
            batch.done(item, None if task.output == STDIO else str(task.output))
    batch.close()


def show(meter: Meter, index: int, inputs: int, item: Item, done: int, total: int) -> None:
    """Show progress: of the only input by its parts, of many by inputs, the present one by its parts."""
    if inputs == 1:
        meter.update(done, total, item.name)
    else:
        meter.update(index + done / max(total, 1), inputs, item.name)
