"""`restore train`: what its commands share. They made the released weights and serve the user's own pictures too.

    words -- TrainingOptions: checked, settings -- train_model or prepare (restore.training.engine.request)
          -- Reporter: how the run stands -- weights or the cost of a step, printed

A run lasts hours, so its progress is shown: on a terminal in one line that is updated, in a log by one line about every
half minute. Ctrl-C is an ordinary way to end it: the run's folder holds a checkpoint, and a message says how to go on.
The commands themselves are in the jobs' folders, such as `cli/codec/train.py`.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from restore.cli import options
from restore.cli.console import Console, InterruptedRunError, console_of
from restore.errors import UsageError

if TYPE_CHECKING:
    from restore.training.engine.config import TrainingSettings
    from restore.training.engine.loop import Progress
    from restore.training.engine.recipe import BatchRecipe
    from restore.training.engine.request import Build

SettingsT = TypeVar("SettingsT", bound="TrainingSettings")
RecipeT = TypeVar("RecipeT", bound="BatchRecipe[Any, Any]")

LOG_EVERY = 30.0
"""Seconds between two lines of progress when stderr is no terminal."""
REFRESH_EVERY = 0.2
"""Seconds between two updates of the line on a terminal."""

app = typer.Typer(
    name="train", help="Train a model on your own pictures.", rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Train a model on your own pictures."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # PyTorch's profiler, loaded later, warns of missing cards
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@dataclass(frozen=True)
class TrainingOptions:
    """What every `restore train` command takes, in the order of its help."""

    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of pictures, searched with its subfolders.")]
    run: Annotated[
        str, typer.Option("-o", "--output", metavar="RUN", help="Folder of the run: checkpoints, log, pictures.")
    ]
    config: Annotated[
        str | None, typer.Option("--config", metavar="FILE.toml", help="Settings that differ from the released recipe.")
    ] = None
    resume: Annotated[
        Literal["auto", "never"],
        typer.Option("--resume", help="Go on from the run's last checkpoint, or insist on a new run."),
    ] = "auto"
    steps: Annotated[int | None, typer.Option("--steps", metavar="N", min=1, help="End after this many steps.")] = None
    minutes: Annotated[float | None, typer.Option("--minutes", metavar="M", min=0.01, help="End after this time.")] = (
        None
    )
    start_from: Annotated[
        str | None, typer.Option("--from", metavar="NAME|PATH", help="Weights to start from instead of a fresh model.")
    ] = None
    device: options.Device = "auto"
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", min=0, help="Seed of every random choice.")] = None
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one setting; may be repeated.")
    ] = None
    profile: Annotated[
        bool,
        typer.Option("--profile", help="Report what a step costs and what stands in the way of more; train nothing."),
    ] = False
    quiet: options.Quiet = False
    verbose: options.Verbose = 0

    def require_consistent(self) -> None:
        """Refuse what cannot be meant, before anything heavy is imported.

        Raises:
            UsageError: two ends of the run, no data, or a file where the run's folder should be.
        """
        if self.steps is not None and self.minutes is not None:
            raise UsageError("--steps and --minutes exclude each other; give one of them")
        if not Path(self.data).is_dir():
            raise UsageError(f"{self.data}: no such folder of pictures; check the name")
        if Path(self.run).exists() and not Path(self.run).is_dir():
            raise UsageError(f"{self.run}: is a file; -o takes a folder for the run")

    def settings(self, start: SettingsT) -> SettingsT:
        """The settings of a run: the recipe's, then the file's, then `--set`, then the options of their own.

        Raises:
            UsageError: an unknown or wrong setting, or no end of the run.
        """
        from restore.training.engine.config import load_config, with_settings

        settings = start if self.config is None else load_config(Path(self.config), start)
        settings = with_settings(settings, assignments(self.changes or []))
        if self.seed is not None:
            settings = with_settings(settings, {"seed": self.seed})
        if self.profile:
            settings = replace(settings, steps=1, minutes=None)
        elif self.steps is not None or self.minutes is not None:
            settings = replace(settings, steps=self.steps, minutes=self.minutes)
        if settings.steps is None and settings.minutes is None:
            raise UsageError(
                "when shall the run end? give --steps N or --minutes M, or either of them in the --config file"
            )
        return settings


def begin(context: typer.Context, given: TrainingOptions) -> Console:
    """Set up the console and refuse options that contradict each other, before anything heavy is imported."""
    console = console_of(context)
    console.configure(quiet=given.quiet, verbose=given.verbose)
    given.require_consistent()
    return console


def run_training(
    console: Console, given: TrainingOptions, start: SettingsT, build: "Build[SettingsT, RecipeT]"
) -> None:
    """Train, and print the weights that were made; with `--profile` print what a step costs.

    Args:
        console: shows how the run stands.
        given: the command's options.
        start: the recipe's settings, which the options change.
        build: how the job makes its recipe.

    Raises:
        InterruptedRunError: Ctrl-C; the message says how to go on.
    """
    from restore.training.engine import profiling, request

    training = request.TrainingRequest(
        Path(given.data), Path(given.run), given.settings(start), given.device, given.resume, given.start_from
    )
    try:
        if given.profile:
            with request.prepared(training, build, Reporter(console)) as (recipe, plan):
                for line in profiling.report(recipe):
                    if plan.processes.is_main:
                        console.out(line)
        else:
            for path in request.train_model(training, build, Reporter(console)):
                console.out(str(path))
    except KeyboardInterrupt as interruption:
        raise InterruptedRunError(how_to_resume(given.run, given.resume)) from interruption
    finally:
        console.end_line()


def assignments(words: Sequence[str]) -> dict[str, str]:
    """Return the settings of `--set key=value`, values as they were written.

    Raises:
        UsageError: a word is no assignment.
    """
    values = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set {word}: write it as key=value")
        values[key.strip().replace("-", "_")] = value.strip()
    return values


def how_to_resume(run: str, resume: str) -> str:
    """Return a message for a user who interrupted a run: what is saved, and how to go on."""
    from restore.training.engine.checkpoint import list_checkpoints

    saved = list_checkpoints(Path(run))
    if not saved:
        return "interrupted before the first checkpoint; the same command starts again"
    again = "the same command" if resume == "auto" else "the same command with --resume auto"
    return f"interrupted; {saved[-1]} is saved, and {again} goes on from it"


class Reporter:
    """Shows the reports of a training run, not more often than anybody reads."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown = float("-inf")
        self._stage = ""

    def __call__(self, progress: "Progress") -> None:
        """Take one report."""
        if progress.message:
            self._console.status(progress.message)
        now = time.monotonic()
        live = self._console.live
        last = progress.steps is not None and progress.step >= progress.steps
        due = now - self._shown >= (REFRESH_EVERY if live else LOG_EVERY)
        if due or last or progress.stage != self._stage:
            self._shown = now
            self._stage = progress.stage
            self._console.update_line(describe(progress))


def describe(progress: "Progress") -> str:
    """Return `step 120/2000  3.1 steps/s  regression  l1 0.0312  10 min left`."""
    words = [f"step {progress.step}" + (f"/{progress.steps}" if progress.steps is not None else "")]
    if progress.seconds > 0 and progress.step > 0:
        words.append(pace(progress.step / progress.seconds))
    words.append(progress.stage)
    words += [f"{name} {value:.4g}" for name, value in progress.losses.items()]
    if progress.remaining is not None:
        words.append(f"{duration(progress.remaining)} left")
    return "  ".join(word for word in words if word)


def pace(rate: float) -> str:
    """Return steps per second, or seconds per step where that reads better."""
    return f"{rate:.1f} steps/s" if rate >= 1 else f"{1 / rate:.1f} s/step"


def duration(seconds: float) -> str:
    """Return a time in words: `42 s`, `12 min`, `3 h 05 min`."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    if whole < 90 * 60:
        return f"{round(whole / 60)} min"
    hours, rest = divmod(round(whole / 60), 60)
    return f"{hours} h {rest:02d} min"
