"""`restore train interpolate`: a folder of clips in, weights that make frames out."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from restore.cli import options
from restore.cli.train import TrainingOptions, begin, run_training
from restore.errors import UsageError


@options.shared_options(TrainingOptions, after="run")
def train_command(
    context: typer.Context,
    given: TrainingOptions,
    *,
    photos: Annotated[
        str | None, typer.Option("--photos", metavar="FOLDER", help="Photographs to make synthetic motion of.")
    ] = None,
) -> None:
    """Train the interpolator on a folder of clips, and on scenes made of photographs, whose motion is known.

    Ctrl-C ends a run after a checkpoint; the same command goes on from there.
    """
    console = begin(context, given)
    if photos is not None and not Path(photos).is_dir():
        raise UsageError(f"{photos}: no such folder of photographs; check the name")
    from restore.training.interpolate.config import InterpolateTraining
    from restore.training.interpolate.recipe import build_interpolate

    folder = None if photos is None else Path(photos)
    run_training(console, given, InterpolateTraining(), partial(build_interpolate, photos=folder))
