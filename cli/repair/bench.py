"""`restore bench repair`: what our network finds and repairs, beside classical detectors, on the user's pictures."""

from dataclasses import dataclass
from typing import Annotated

import typer

from restore.cli import bench, options


@dataclass(frozen=True)
class RepairBenchOptions(bench.BenchOptions):
    """What `restore bench repair` takes as every bench does."""

    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of undamaged pictures, or one picture.")]
    weights: bench.Weights = "repair"
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of cases, the worst included.")
    ] = None


@options.shared_options(RepairBenchOptions, after="data", seed="device")
def bench_command(
    context: typer.Context,
    given: RepairBenchOptions,
    *,
    damage: Annotated[
        str | None,
        typer.Option("--damage", metavar="DIR", help="Lay held-out shapes of real damage; else all is drawn by rules."),
    ] = None,
    strokes: Annotated[
        bool,
        typer.Option("--strokes", help="Lay opaque scratches and dots instead: easy, and what others measure with."),
    ] = False,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="restore (also @SENSITIVITY), threshold, tophat, blackhat+lines, frangi. Default: all that can run.",
        ),
    ] = None,
    size: Annotated[int, typer.Option(metavar="PX", min=1, help="Side of the centre crop.")] = 512,
    scale: Annotated[
        str,
        typer.Option(metavar="LIST", help="Factors by which the damaged picture is resized before it is looked at."),
    ] = "1,0.5,2",
    repair: Annotated[
        bool, typer.Option("--repair/--no-repair", help="Also repair the pictures, at scale 1, and compare them.")
    ] = True,
    limit: bench.Limit = None,
    seed: options.Seed = 0,
) -> None:
    """Lay made-up damage over good pictures and compare what several methods find of it, and how repaired they look."""
    console = bench.begin(context, given)
    source = bench.existing(given.data, "folder or picture")
    shapes = None if damage is None else bench.existing(damage, "folder of damage shapes")
    files = bench.plan_files(given, [source])
    from restore.evaluation.repair.bench import LARGEST_SCALE, LEAST_SCALE, bench_repair

    report = bench.measure(
        console,
        given,
        "runs",
        bench_repair,
        source,
        damage=shapes,
        strokes=strokes,
        methods=options.parse_names(methods),
        size=size,
        scales=options.parse_numbers(scale, "--scale", LEAST_SCALE, LARGEST_SCALE, "1,0.5,2"),
        repair=repair,
        limit=limit,
        seed=seed,
    )
    bench.give_out(console, given, report, files)
