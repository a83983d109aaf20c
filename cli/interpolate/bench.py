"""`restore bench interpolate`: our frames beside those of other tools, on clips of the user's choice."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from restore.cli import bench, options


@dataclass(frozen=True)
class InterpolateBenchOptions(bench.BenchOptions):
    """What `restore bench interpolate` takes as every bench does."""

    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A folder of clips, folders of numbered pictures and triplets (im1 im2 im3), or one clip.",
        ),
    ]
    weights: bench.Weights = "interpolate"
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of triplets, the worst included.")
    ] = None


@options.shared_options(InterpolateBenchOptions, after="data")
def bench_command(
    context: typer.Context,
    given: InterpolateBenchOptions,
    *,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="restore, restore@EFFORT, restore-untrained, restore-nostate, restore-onelevel, restore-fewsteps, "
            "copy, blend, dis, minterpolate. Default: restore and every baseline that is installed.",
        ),
    ] = None,
    listed: Annotated[
        str | None, typer.Option("--list", metavar="FILE.csv", help="Take what its column 'file' names, below DATA.")
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(
            "--most", metavar="N", min=1, help="Triplets per clip or set. Default: 8 of a clip, all of a set."
        ),
    ] = None,
    long_side: Annotated[
        int | None,
        typer.Option("--long-side", metavar="PX", min=1, help="Reduce frames to a longer side of PX. Default: as is."),
    ] = None,
) -> None:
    """Hold back the middle one of three frames, make it from the two others, and compare with what was there."""
    console = bench.begin(context, given)
    inputs = [bench.existing(path, "file or folder") for path in (given.data, listed) if path is not None]
    files = bench.plan_files(given, inputs)
    from restore.evaluation.interpolate.bench import bench_interpolate

    report = bench.measure(
        console,
        given,
        "frames",
        bench_interpolate,
        inputs[0],
        methods=options.parse_names(methods),
        listed=None if listed is None else Path(listed),
        most=most,
        long_side=long_side,
    )
    bench.give_out(console, given, report, files)
    if report.failed:
        console.summary(f"{len(report.failed)} of {report.conditions.sources} sources could not be read")
        raise typer.Exit(1)
