"""`restore train codec`: a folder of pictures in, weights that code pictures out."""

import typer

from restore.cli import options
from restore.cli.train import TrainingOptions, begin, run_training


@options.shared_options(TrainingOptions, after="run")
def train_command(context: typer.Context, given: TrainingOptions) -> None:
    """Train the image codec on a folder of pictures: one model for every quality.

    Ctrl-C ends a run after a checkpoint; the same command goes on from there.
    """
    console = begin(context, given)
    from restore.training.codec.config import CodecTraining
    from restore.training.codec.recipe import build_codec

    run_training(console, given, CodecTraining(), build_codec)
