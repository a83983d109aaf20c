"""What the commands of `restore bench` share: options, the files they will write, and how results are given out.

    words -- plan_files: names checked -- measure (restore.evaluation) -- give_out: table or JSON, then the files

The table is text that can be pasted anywhere; CSV and JSON carry every single figure, and the sheet lets one look,
because figures alone have never told whether a filled hole looks right. The commands themselves stand in the job's
folder: `cli/inpaint/bench.py`, `cli/codec/bench.py` and `cli/interpolate/bench.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from restore.cli import outputs
from restore.cli.console import Console, console_of
from restore.errors import UsageError

Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N pictures by name.")]
BenchWeights = Annotated[
    str,
    typer.Option("--weights", metavar="NAME|PATH", help="Released weights, a .safetensors file, or a folder of them."),
]
Csv = Annotated[str | None, typer.Option("--csv", metavar="FILE.csv", help="Write every figure as CSV.")]
JsonFigures = Annotated[bool, typer.Option("--json", help="One JSON object with all figures on stdout.")]

app = typer.Typer(
    name="bench",
    help="Measure a model against other tools on your own pictures.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Result(Protocol):
    """What a bench measured, as the command line gives it out."""

    def text(self) -> str:
        """The tables for a terminal."""
        ...

    def to_json(self) -> dict[str, Any]:
        """All figures as plain values."""
        ...


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Measure a model against other tools on your own pictures."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def console_for(context: typer.Context, *, quiet: bool, verbose: int, json: bool) -> Console:
    """The console of a bench, set up as its options say."""
    console = console_of(context)
    console.configure(quiet=quiet, verbose=verbose, json=json)
    return console


def existing(path: str, what: str) -> Path:
    """A path given on the command line.

    Args:
        path: as it was given.
        what: what may stand there, for the message, such as `folder or picture`.

    Raises:
        UsageError: nothing is there.
    """
    if not Path(path).exists():
        raise UsageError(f"{path}: no such {what}; check the name")
    return Path(path)


def plan_files(inputs: Sequence[Path], targets: Mapping[str, str | None], *, force: bool) -> dict[str, Path]:
    """Check the files a bench will write, before it measures for minutes.

    Args:
        inputs: the data, and other files that must not be overwritten.
        targets: option (`--csv`, `--plot`, `--sheet`) to its argument, None where it was not given.
        force: allow files that exist.

    Returns:
        Option to path, for the options that were given.

    Raises:
        UsageError: stdout, an ending that names no format, a name that is taken, a library that is missing.
        OutputError: a folder does not exist or cannot be written.
    """
    planned: dict[str, Path] = {}
    for option, target in targets.items():
        if target is not None:
            planned[option] = _plan_file(option, target, inputs, planned.values(), force=force)
    return planned


def give_out(
    console: Console,
    result: Result,
    files: Mapping[str, Path],
    writers: Mapping[str, Callable[[Path], None]],
    *,
    json: bool,
) -> None:
    """Print the tables, or the figures as JSON, and write the planned files.

    Args:
        console: where to print.
        result: what was measured.
        files: as `plan_files` gives them.
        writers: option to the function that writes its file.
        json: print JSON instead of the tables.

    Raises:
        OutputError: a file cannot be written.
    """
    if json:
        console.record(result.to_json())
    else:
        console.out(result.text())
    for option, path in files.items():
        writers[option](path)
    for path in files.values():
        console.note(f"wrote {path}")


def _plan_file(option: str, target: str, inputs: Sequence[Path], others: Iterable[Path], *, force: bool) -> Path:
    """One file's path; refuses an ending that names no format, and a plot where the library for it is missing."""
    if target == "-":
        raise UsageError(f"{option} -: give a file name; stdout has the table")
    name = f"bench{'.csv' if option == '--csv' else '.png'}"
    (file,) = outputs.plan(inputs[:1], target, lambda _: name, option=option, inputs=inputs, others=others, force=force)
    if option == "--sheet":
        from restore.evaluation.sheets import FORMATS

        _check_suffix(file.path, f"--sheet {target}: a sheet", FORMATS)
    elif option == "--plot":
        from restore.evaluation.extras import PLOT_FORMATS, matplotlib_figure

        _check_suffix(file.path, f"--plot {target}: a plot", PLOT_FORMATS)
        matplotlib_figure()
    return file.path


def _check_suffix(path: Path, what: str, suffixes: Iterable[str]) -> None:
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"{what} is a file ending in {' '.join(suffixes)}")
