"""`restore bench interpolate`: our frames beside those of other tools, on clips of the user's choice."""

from pathlib import Path
from typing import Annotated

import typer

from restore.cli import bench, options


def bench_command(
    context: typer.Context,
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A folder of clips, folders of numbered pictures and triplets (im1 im2 im3), or one clip.",
        ),
    ],
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
    perceptual: options.Perceptual = None,
    weights: bench.BenchWeights = "interpolate",
    csv: bench.Csv = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of triplets, the worst included.")
    ] = None,
    force: options.Force = False,
    device: options.Device = "auto",
    json: bench.JsonFigures = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Hold back the middle one of three frames, make it from the two others, and compare with what was there."""
    console = bench.console_for(context, quiet=quiet, verbose=verbose, json=json)
    inputs = [bench.existing(path, "file or folder") for path in (data, listed) if path is not None]
    files = bench.plan_files(inputs, {"--csv": csv, "--sheet": sheet}, force=force)
    from restore.evaluation.interpolate.bench import bench_interpolate

    with console.meter("frames") as meter:
        result = bench_interpolate(
            inputs[0],
            methods=options.parse_names(methods),
            listed=None if listed is None else Path(listed),
            most=most,
            long_side=long_side,
            weights=weights,
            device=device,
            perceptual=perceptual,
            on_progress=lambda done, total: meter.update(done, total, "bench"),
        )
    writers = {"--csv": result.write_csv, "--sheet": result.write_sheet}
    bench.give_out(console, result, files, writers, json=json)
    if result.failed:
        console.summary(f"{len(result.failed)} of {result.conditions.sources} sources could not be read")
        raise typer.Exit(1)
