"""What a run will make: each input with the place of its result, all names checked before anything is read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from restore.cli import outputs
from restore.cli.outputs import STDIO
from restore.cli.sources import Source
from restore.errors import RestoreError


@dataclass(frozen=True, slots=True)
class Task:
    """One input and where its result goes; a command with more to plan per input adds fields.

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

    @property
    def values(self) -> dict[str, object]:
        """What `--json` prints of it at the beginning."""
        return {"input": str(self.source), "output": str(self.output) if self.problem is None else None}

    @property
    def description(self) -> str:
        """What `--dry-run` prints after the input's name."""
        return f" -> {'stdout' if self.output == STDIO else self.output}"


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
