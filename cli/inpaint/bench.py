"""`restore bench inpaint`: our fills beside those of other tools, on pictures of the user's choice."""

from dataclasses import dataclass
from typing import Annotated

import typer

from restore.cli import bench, options


@dataclass(frozen=True)
class InpaintBenchOptions(bench.BenchOptions):
    """What `restore bench inpaint` takes as every bench does."""

    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of undamaged pictures, or one picture.")]
    weights: bench.Weights = "inpaint"
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of cases, the worst included.")
    ] = None


@options.shared_options(InpaintBenchOptions, after="data", seed="device")
def bench_command(
    context: typer.Context,
    given: InpaintBenchOptions,
    *,
    classes: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Mask classes: thin, medium, thick, scratch, text, object. Default: all."),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="restore, smooth, pieces (each also @DETAIL), prefill, harmonic, telea, ns, fsr, biharmonic, gmic, "
            "patchmatch. Default: all that are installed.",
        ),
    ] = None,
    size: Annotated[int, typer.Option(metavar="PX", min=1, help="Side of the centre crop.")] = 512,
    limit: bench.Limit = None,
    detail: Annotated[
        str, typer.Option(metavar="LIST", help="Details to measure smooth at: 0 is regression, 1 adversarial weights.")
    ] = "0,0.5,1",
    seed: options.Seed = 0,
) -> None:
    """Fill made-up holes in good pictures with several methods and compare what comes out with what was there."""
    console = bench.begin(context, given)
    source = bench.existing(given.data, "folder or picture")
    details = options.parse_numbers(detail, "--detail", 0, 1)
    files = bench.plan_files(given, [source])
    from restore.evaluation.inpaint.bench import bench_inpaint
    from restore.evaluation.inpaint.masks import CLASSES

    report = bench.measure(
        console,
        given,
        "fills",
        bench_inpaint,
        source,
        methods=options.parse_names(methods),
        classes=options.parse_names(classes) or CLASSES,
        size=size,
        limit=limit,
        seed=seed,
        details=details,
    )
    bench.give_out(console, given, report, files)
