"""`restore train inpaint`: a folder of pictures in, weights that fill holes out."""

from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from restore.cli import options
from restore.cli.train import TrainingOptions, begin, run_training

if TYPE_CHECKING:
    from restore.training.engine.request import Setup
    from restore.training.inpaint.config import InpaintTraining
    from restore.training.inpaint.recipe import InpaintRecipe
    from restore.training.inpaint.wide.recipe import WideRecipe


@options.shared_options(TrainingOptions, after="start_from")
def train_command(context: typer.Context, given: TrainingOptions, *, perceptual: options.Perceptual = None) -> None:
    """Train the inpainting model on a folder of pictures; holes and damage are made up on the way.

    Ctrl-C ends a run after a checkpoint; the same command goes on from there.
    """
    console = begin(context, given)
    from restore.training.inpaint.config import InpaintTraining

    run_training(console, given, InpaintTraining(), partial(build_recipe, perceptual=perceptual))


def build_recipe(
    setup: "Setup[InpaintTraining]", perceptual: str | None
) -> "tuple[InpaintRecipe | WideRecipe, dict[str, Any]]":
    """The recipe that the setting `start` names; arguments as for `build_inpaint`."""
    from restore.training.inpaint.config import PIECES
    from restore.training.inpaint.recipe import build_inpaint
    from restore.training.inpaint.wide.recipe import build_wide

    if setup.request.settings.start == PIECES:
        return build_wide(setup, perceptual)
    return build_inpaint(setup, perceptual)
