"""What the commands of `restore bench` share: options, the files they will write, and how results are given out.

    words -- plan_files: names checked -- measure: the job's bench -- give_out: tables or JSON, then the files

The table is text that can be pasted anywhere; CSV and JSON hold every single figure; the sheet shows pictures, because
figures alone do not show whether a filled hole looks right. The commands themselves are in the job's
folder: `cli/inpaint/bench.py`, `cli/repair/bench.py`, `cli/codec/bench.py` and `cli/interpolate/bench.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import typer

from restore.cli import options, outputs
from restore.cli.console import Console, console_of
from restore.errors import UsageError

Weights = Annotated[
    str,
    typer.Option("--weights", metavar="NAME|PATH", help="Released weights, a .safetensors file, or a folder of them."),
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N pictures by name.")]

app = typer.Typer(
    name="bench",
    help="Measure a model against other tools on your own pictures.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Report(Protocol):
    """What a bench measured, as the command line gives it out."""

    def text(self) -> str:
        """The tables for a terminal."""
        ...

    def to_json(self) -> dict[str, Any]:
        """All figures as plain values."""
        ...

    def write_csv(self, path: Path) -> None:
        """Every figure as CSV."""
        ...

    def write_sheet(self, path: Path) -> None:
        """A sheet of pictures."""
        ...


ReportT = TypeVar("ReportT", bound=Report)


@dataclass(frozen=True)
class BenchOptions:
    """What every `restore bench` command takes, in the order of its help; each describes `data` and `sheet` itself."""

    data: Annotated[str, typer.Argument(metavar="DATA")]
    perceptual: options.Perceptual = None
    weights: Weights = ""
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE.csv", help="Write every figure as CSV.")] = None
    sheet: str | None = None
    force: options.Force = False
    device: options.Device = "auto"
    json: Annotated[bool, typer.Option("--json", help="One JSON object with all figures on stdout.")] = False
    quiet: options.Quiet = False
    verbose: options.Verbose = 0


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Measure a model against other tools on your own pictures."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def begin(context: typer.Context, given: BenchOptions) -> Console:
    """Set up the console as the options say."""
    console = console_of(context)
    console.configure(quiet=given.quiet, verbose=given.verbose, json=given.json)
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


def plan_files(given: BenchOptions, inputs: Sequence[Path], *, plot: str | None = None) -> dict[str, Path]:
    """Check the files a bench will write, before it measures for minutes.

    Args:
        given: the command's options.
        inputs: the data, and other files that must not be overwritten.
        plot: argument of `--plot`, where the command has it.

    Returns:
        Option to path, for the options that were given.

    Raises:
        UsageError: stdout, an ending that names no format, a name that is taken, a library that is missing.
        OutputError: a folder does not exist or cannot be written.
    """
    targets = {"--csv": given.csv, "--plot": plot, "--sheet": given.sheet}
    planned: dict[str, Path] = {}
    for option, target in targets.items():
        if target is not None:
            planned[option] = _plan_file(option, target, inputs, planned.values(), force=given.force)
    return planned


def measure(
    console: Console, given: BenchOptions, unit: str, bench: Callable[..., ReportT], source: Path, **own: object
) -> ReportT:
    """Run a bench with a meter.

    Args:
        console: shows the meter.
        given: the command's options.
        unit: what the meter counts.
        bench: measures `source`.
        source: the data.
        own: options of the job's own.
    """
    with console.meter(unit) as meter:
        return bench(
            source,
            weights=given.weights,
            device=given.device,
            perceptual=given.perceptual,
            on_progress=lambda done, total: meter.update(done, total, "bench"),
            **own,
        )


def give_out(
    console: Console,
    given: BenchOptions,
    report: Report,
    files: Mapping[str, Path],
    **writers: Callable[[Path], None],
) -> None:
    """Print the tables, or the figures as JSON, and write the planned files.

    Args:
        console: where to print.
        given: the command's options.
        report: what was measured.
        files: as `plan_files` gives them.
        writers: for an option such as `plot` the function that writes its file, where it is not the report's own.

    Raises:
        OutputError: a file cannot be written.
    """
    if given.json:
        console.record(report.to_json())
    else:
        console.out(report.text())
    known = {"csv": report.write_csv, "sheet": report.write_sheet, **writers}
    for option, path in files.items():
        known[option.removeprefix("--")](path)
    for path in files.values():
        console.note(f"wrote {path}")


def _plan_file(option: str, target: str, inputs: Sequence[Path], others: Iterable[Path], *, force: bool) -> Path:
    """One file's path; refuses an ending that names no format, and a plot where the library for it is missing."""
    if target == "-":
        raise UsageError(f"{option} -: give a file name; stdout has the table")
    name = f"bench{'.csv' if option == '--csv' else '.png'}"
    (file,) = outputs.plan(
        inputs[:1],
        target,
        lambda _: name,
        option=option,
        inputs=inputs,
        others=others,
        force=force,
        skippable=False,
    )
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
