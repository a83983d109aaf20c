"""`restore bench inpaint`: our fills beside those of other tools, on pictures of the user's choice."""

from typing import Annotated

import typer

from restore.cli import bench, options


def bench_command(
    context: typer.Context,
    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of undamaged pictures, or one picture.")],
    *,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B", help="Mask classes: thin, medium, thick, scratch, text. Default: all.")
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="restore, exemplar, prefill, harmonic, telea, ns, fsr, biharmonic; all."),
    ] = None,
    size: Annotated[int, typer.Option(metavar="PX", min=1, help="Side of the centre crop.")] = 512,
    limit: bench.Limit = None,
    detail: Annotated[
        str, typer.Option(metavar="LIST", help="Where between regression (0) and adversarial (1) weights to measure.")
    ] = "0,0.5,1",
    perceptual: options.Perceptual = None,
    weights: bench.BenchWeights = "inpaint",
    csv: bench.Csv = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of cases, the worst included.")
    ] = None,
    force: options.Force = False,
    device: options.Device = "auto",
    seed: options.Seed = 0,
    json: bench.JsonFigures = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Fill made-up holes in good pictures with several methods and compare what comes out with what was there."""
    console = bench.console_for(context, quiet=quiet, verbose=verbose, json=json)
    source = bench.existing(data, "folder or picture")
    details = options.parse_numbers(detail, "--detail", 0, 1)
    files = bench.plan_files([source], {"--csv": csv, "--sheet": sheet}, force=force)
    from restore.evaluation.inpaint.bench import bench_inpaint
    from restore.evaluation.inpaint.masks import CLASSES

    with console.meter("fills") as meter:
        result = bench_inpaint(
            source,
            methods=options.parse_names(methods),
            classes=options.parse_names(classes) or CLASSES,
            size=size,
            limit=limit,
            seed=seed,
            weights=weights,
            details=details,
            device=device,
            perceptual=perceptual,
            on_progress=lambda done, total: meter.update(done, total, "bench"),
        )
    writers = {"--csv": result.write_csv, "--sheet": result.write_sheet}
    bench.give_out(console, result, files, writers, json=json)
