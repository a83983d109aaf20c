"""`restore train repair`: a folder of pictures in, weights that find damage out."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from restore.cli import options
from restore.cli.train import TrainingOptions, begin, run_training
from restore.errors import UsageError

DamageFolder = Annotated[
    str | None,
    typer.Option("--damage", metavar="DIR", help="Shapes of real damage to lay over them; else all is drawn by rules."),
]


@options.shared_options(TrainingOptions, after="start_from")
def train_command(context: typer.Context, given: TrainingOptions, *, damage: DamageFolder = None) -> None:
    """Train the model that finds damage on a folder of good pictures; damage is laid over them on the way.

    Ctrl-C ends a run after a checkpoint; the same command goes on from there.
    """
    console = begin(context, given)
    if damage is not None and (not damage or not Path(damage).is_dir()):
        raise UsageError(f"--damage {damage}: no such folder of damage shapes; check the name")
    from restore.training.repair.config import RepairTraining
    from restore.training.repair.recipe import build_repair

    run_training(console, given, replace(RepairTraining(), damage=damage or ""), build_repair)
