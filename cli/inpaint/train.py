"""`restore train inpaint`: a folder of pictures in, weights that fill holes out."""

from functools import partial

import typer

from restore.cli import options
from restore.cli.train import TrainingOptions, begin, run_training


@options.shared_options(TrainingOptions, after="start_from")
def train_command(context: typer.Context, given: TrainingOptions, *, perceptual: options.Perceptual = None) -> None:
    """Train the inpainting model on a folder of pictures; holes and damage are made up on the way.

    Ctrl-C ends a run after a checkpoint; the same command goes on from there.
    """
    console = begin(context, given)
    from restore.training.inpaint.config import InpaintTraining
    from restore.training.inpaint.recipe import build_inpaint

    run_training(console, given, InpaintTraining(), partial(build_inpaint, perceptual=perceptual))
