"""The `restore` program: its commands, and the one place where exceptions become messages and exit codes.

Library code raises; only `main` prints an error and returns a code, so that every command fails in the same way: one
line on stderr that says what happened, why and what to do, and a traceback only with `-vv`.
"""

import sys
import traceback
import warnings
from collections.abc import Sequence
from types import TracebackType
from typing import Annotated

import typer

from restore.cli import bench, train
from restore.cli.codec.bench import bench_command as bench_codec
from restore.cli.codec.compress import compress
from restore.cli.codec.decompress import decompress
from restore.cli.codec.info import info
from restore.cli.codec.train import train_command as train_codec
from restore.cli.console import Console, InterruptedRunError
from restore.cli.inpaint.bench import bench_command as bench_inpaint
from restore.cli.inpaint.command import inpaint
from restore.cli.inpaint.extend import extend
from restore.cli.inpaint.train import train_command as train_inpaint
from restore.cli.interpolate.bench import bench_command as bench_interpolate
from restore.cli.interpolate.command import interpolate
from restore.cli.interpolate.train import train_command as train_interpolate
from restore.cli.repair.bench import bench_command as bench_repair
from restore.cli.repair.command import repair
from restore.cli.repair.train import train_command as train_repair
from restore.errors import RestoreError

INTERRUPTED = 130

app = typer.Typer(
    name="restore",
    help="Repair and compress photographs, smooth and slow videos, on a GPU or a laptop's CPU, offline.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 usage, 3 damaged or unsupported input, 4 weights missing or damaged, "
    "5 cannot write, 1 some of several inputs failed, 130 interrupted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from restore import __version__

        typer.echo(f"restore {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Repair and compress photographs, smooth and slow videos, on a GPU or a laptop's CPU, offline."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command("repair", short_help="Find damage in a photograph and fill it.")(repair)
app.command("inpaint", short_help="Fill the marked part of a photograph.")(inpaint)
app.command("extend", short_help="Paint on beyond a photograph's edges.")(extend)
app.command("compress", short_help="Make a small .ric file of a photograph.")(compress)
app.command("decompress", short_help="Make a picture of a .ric file.")(decompress)
app.command("info", short_help="Say what a .ric file holds.")(info)
app.command("interpolate", short_help="Make the frames a video lacks.")(interpolate)
app.add_typer(train.app, name="train")
train.app.command("inpaint", short_help="Train the model that fills holes.")(train_inpaint)
train.app.command("repair", short_help="Train the model that finds damage.")(train_repair)
train.app.command("codec", short_help="Train the image codec.")(train_codec)
train.app.command("interpolate", short_help="Train the model that makes frames.")(train_interpolate)
app.add_typer(bench.app, name="bench")
bench.app.command("inpaint", short_help="Compare ways to fill holes.")(bench_inpaint)
bench.app.command("repair", short_help="Compare ways to find damage.")(bench_repair)
bench.app.command("codec", short_help="Compare ways to compress pictures.")(bench_codec)
bench.app.command("interpolate", short_help="Compare ways to make a video's missing frames.")(bench_interpolate)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: the words after the program's name; those of the process when None.

    Returns:
        The exit code: 0 done; 2 usage, 3 damaged or unsupported input, 4 weights, 5 cannot write; 1 when some of
        several inputs failed; 130 interrupted.
    """
    console = Console()
    previous_hook = sys.excepthook

    def unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if console.verbosity >= 2:
            previous_hook(kind, error, trace)
        else:
            console.error(f"unforeseen {kind.__name__}: {error}; a fault of restore, -vv shows where it happened")

    if arguments is None:
        sys.excepthook = unforeseen
    with warnings.catch_warnings():
        warnings.showwarning = console.warning
        return _run(console, arguments)


def _run(console: Console, arguments: Sequence[str] | None) -> int:
    try:
        program = typer.main.get_command(app)  # calling `app` itself would replace the exception hook
        code = program.main(arguments, prog_name="restore", standalone_mode=False, obj=console)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except InterruptedRunError as interruption:
        console.error(str(interruption))
        return INTERRUPTED
    except typer.TyperException as error:
        console.error(_one_line(error.format_message()) + _help_hint(error))
        return error.exit_code
    except RestoreError as error:
        _trace(console)
        console.error(str(error))
        return error.exit_code
    except MemoryError:
        _trace(console)
        console.error("not enough memory for this picture; close other programs, or give a smaller picture")
        return 1
    except BrokenPipeError:
        console.detach_stdout()
        return 1
    except OSError as error:
        _trace(console)
        place = error.filename or "the system"
        console.error(f"{place}: {error.strerror or error}; check the path, its rights and the free space")
        return 1
    if code == INTERRUPTED:
        console.error("interrupted; nothing half-written was left")
    return code if isinstance(code, int) else 0


def _one_line(message: str) -> str:
    return " ".join(message.split()).rstrip(".")


def _help_hint(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"; see '{context.command_path} --help'" if context is not None else ""


def _trace(console: Console) -> None:
    if console.verbosity >= 2:
        traceback.print_exc()
