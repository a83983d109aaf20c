"""`restore train inpaint`: a folder of pictures in, weights that fill holes out."""

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
    from restore.training.inpaint.train import prepare_inpaint, train_inpaint

    train = prepare_inpaint if given.profile else train_inpaint
    run_training(console, given, given.settings(InpaintTraining()), train, perceptual=perceptual)
