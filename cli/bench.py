"""`restore bench`: the released weights beside the tools a user would pick instead, on pictures of the user's choice.

The table is text that can be pasted anywhere; CSV and JSON carry every single figure, and the sheet lets one look,
because figures alone have never told whether a filled hole looks right.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from restore.cli import options, outputs
from restore.cli.console import console_of
from restore.errors import UsageError

LEAST_RATE, MOST_RATE = 0.01, 24.0
"""Bits per pixel that make sense for 8-bit RGB."""

app = typer.Typer(
    name="bench",
    help="Measure a model against other tools on your own pictures.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Measure a model against other tools on your own pictures."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("inpaint", short_help="Compare ways to fill holes.")
def inpaint(
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
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first N pictures by name.")] = None,
    detail: Annotated[
        str, typer.Option(metavar="LIST", help="Where between regression (0) and adversarial (1) weights to measure.")
    ] = "0,0.5,1",
    perceptual: options.Perceptual = None,
    weights: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="Released weights, a .safetensors file, or a folder of them.")
    ] = "inpaint",
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE.csv", help="Write every figure as CSV.")] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of cases, the worst included.")
    ] = None,
    force: options.Force = False,
    device: options.Device = "auto",
    seed: options.Seed = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON object with all figures on stdout.")] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Fill made-up holes in good pictures with several methods and compare what comes out with what was there."""
    console = console_of(context)
    console.configure(quiet=quiet, verbose=verbose, json=json)
    source = Path(data)
    if not source.exists():
        raise UsageError(f"{data}: no such folder or picture; check the name")
    details = options.parse_numbers(detail, "--detail", 0, 1)
    table = _plan(csv, "--csv", source, [], force=force)
    picture = _plan(sheet, "--sheet", source, [table] if table else [], force=force)
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
            progress=lambda done, total: meter.update(done, total, "bench"),
        )
    if table is not None:
        result.write_csv(table)
    if picture is not None:
        result.write_sheet(picture)
    if json:
        console.record(result.to_json())
    else:
        console.out(result.text())
    for made in (table, picture):
        if made is not None:
            console.note(f"wrote {made}")


@app.command("codec", short_help="Compare ways to compress pictures.")
def codec(
    context: typer.Context,
    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of uncompressed pictures, or one picture.")],
    *,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="restore, restore-linear, restore-nocontext, restore-fixed, jpeg, webp, jpeg2000, avif, jpegxl. "
            "Default: restore and every rival that is installed.",
        ),
    ] = None,
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Quality steps of every codec.")] = 11,
    at: Annotated[str, typer.Option("--at", metavar="LIST", help="Bits per pixel to give figures at.")] = "0.25,0.5,1",
    span: Annotated[
        str, typer.Option("--range", metavar="LOW,HIGH", help="Bits per pixel of BD-rates and margins.")
    ] = "0.15,1.5",
    size: Annotated[
        int | None, typer.Option(metavar="PX", min=1, help="Only the centre of at most PX a side. Default: all of it.")
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first N pictures by name.")] = None,
    perceptual: options.Perceptual = None,
    weights: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="Released weights, a .safetensors file, or a folder of them.")
    ] = "codec",
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE.csv", help="Write every figure as CSV.")] = None,
    plot: Annotated[
        str | None, typer.Option("--plot", metavar="FILE.png", help="Draw the rate-distortion curves.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of crops at equal file size.")
    ] = None,
    sheet_bpp: Annotated[
        float, typer.Option("--sheet-bpp", metavar="BPP", help="Bits per pixel of that sheet's files.")
    ] = 0.3,
    force: options.Force = False,
    device: options.Device = "auto",
    json: Annotated[bool, typer.Option("--json", help="One JSON object with all figures on stdout.")] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Compress pictures with several codecs at several qualities and compare sizes with what comes back."""
    console = console_of(context)
    console.configure(quiet=quiet, verbose=verbose, json=json)
    source = Path(data)
    if not source.exists():
        raise UsageError(f"{data}: no such folder or picture; check the name")
    rates = options.parse_numbers(at, "--at", LEAST_RATE, MOST_RATE)
    ends = options.parse_numbers(span, "--range", LEAST_RATE, MOST_RATE)
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise UsageError(f"--range {span}: not two rising numbers of bits per pixel, such as 0.15,1.5")
    if not LEAST_RATE <= sheet_bpp <= MOST_RATE:
        raise UsageError(f"--sheet-bpp {sheet_bpp:g}: bits per pixel go from {LEAST_RATE:g} to {MOST_RATE:g}")
    planned: dict[str, Path] = {}
    for option, target in (("--csv", csv), ("--plot", plot), ("--sheet", sheet)):
        path = _plan(target, option, source, list(planned.values()), force=force)
        if path is not None:
            planned[option] = path
    from restore.evaluation.codec.bench import bench_codec

    with console.meter("files") as meter:
        result = bench_codec(
            source,
            methods=options.parse_names(methods),
            steps=steps,
            rates=rates,
            span=(ends[0], ends[1]),
            size=size,
            limit=limit,
            weights=weights,
            device=device,
            perceptual=perceptual,
            progress=lambda done, total: meter.update(done, total, "bench"),
        )
    if json:
        console.record(result.to_json())
    else:
        console.out(result.text())
    if "--csv" in planned:
        result.write_csv(planned["--csv"])
    if "--plot" in planned:
        result.write_plot(planned["--plot"])
    if "--sheet" in planned:
        result.write_sheet(planned["--sheet"], bpp=sheet_bpp)
    for made in planned.values():
        console.note(f"wrote {made}")


@app.command("interpolate", short_help="Compare ways to make a video's missing frames.")
def interpolate(
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
            help="restore, restore@EFFORT, restore-newborn, restore-nostate, restore-onelevel, restore-fewsteps, copy, "
            "blend, dis, minterpolate. Default: restore and every rival that is installed.",
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
    weights: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="Released weights, a .safetensors file, or a folder of them.")
    ] = "interpolate",
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE.csv", help="Write every figure as CSV.")] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of triplets, the worst included.")
    ] = None,
    force: options.Force = False,
    device: options.Device = "auto",
    json: Annotated[bool, typer.Option("--json", help="One JSON object with all figures on stdout.")] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Hold back the middle one of three frames, make it from the two others, and compare with what was there."""
    console = console_of(context)
    console.configure(quiet=quiet, verbose=verbose, json=json)
    source = Path(data)
    names = None if listed is None else Path(listed)
    for path in (source, names):
        if path is not None and not path.exists():
            raise UsageError(f"{path}: no such file or folder; check the name")
    inputs = [source] if names is None else [source, names]
    table = _plan(csv, "--csv", source, [], force=force, inputs=inputs)
    picture = _plan(sheet, "--sheet", source, [table] if table else [], force=force, inputs=inputs)
    from restore.evaluation.interpolate.bench import bench_interpolate

    with console.meter("frames") as meter:
        result = bench_interpolate(
            source,
            methods=options.parse_names(methods),
            listed=names,
            most=most,
            long_side=long_side,
            weights=weights,
            device=device,
            perceptual=perceptual,
            progress=lambda done, total: meter.update(done, total, "bench"),
        )
    if table is not None:
        result.write_csv(table)
    if picture is not None:
        result.write_sheet(picture)
    if json:
        console.record(result.to_json())
    else:
        console.out(result.text())
    for made in (table, picture):
        if made is not None:
            console.note(f"wrote {made}")
    if result.failed:
        console.summary(f"{len(result.failed)} of {result.conditions.sources} sources could not be read")
        raise typer.Exit(1)


def _plan(
    target: str | None, option: str, source: Path, others: list[Path], *, force: bool, inputs: Sequence[Path] = ()
) -> Path | None:
    """Check one file a bench will write, before it measures for minutes."""
    if target is None:
        return None
    if target == "-":
        raise UsageError(f"{option} -: give a file name; stdout has the table")
    name = f"bench{'.csv' if option == '--csv' else '.png'}"
    planned = outputs.plan(
        [source], target, lambda _: name, option=option, inputs=inputs or [source], others=others, force=force
    )
    path = planned[0].path
    if option == "--sheet":
        from restore.evaluation.sheets import FORMATS

        _check_suffix(path, f"--sheet {target}: a sheet", FORMATS)
    elif option == "--plot":
        from restore.evaluation.extras import matplotlib_figure
        from restore.evaluation.training_curves import FORMATS

        _check_suffix(path, f"--plot {target}: a plot", FORMATS)
        matplotlib_figure()
    return path


def _check_suffix(path: Path, what: str, suffixes: Iterable[str]) -> None:
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"{what} is a file ending in {' '.join(suffixes)}")
