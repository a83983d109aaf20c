"""The options that `restore repair` shares with the other commands that fill holes."""

from dataclasses import dataclass
from typing import Annotated

import typer

from restore.cli import options
from restore.cli.inpaint.options import FillOptions


@dataclass(frozen=True)
class RepairCommandOptions(FillOptions):
    """What `restore repair` shares with the other commands that fill holes."""

    preview: Annotated[
        str | None,
        typer.Option("--preview", metavar="PATH", help="Also write before, found in colour and after side by side."),
    ] = None
    weights: options.Weights = "repair"
    fill_weights: Annotated[
        str, typer.Option("--fill-weights", metavar="NAME|PATH", help="The same for the model that fills.")
    ] = "inpaint"
