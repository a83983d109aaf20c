"""`restore bench`: the released weights beside the tools a user would pick instead, on pictures of the user's choice.

The table is text that can be pasted anywhere; CSV and JSON carry every single figure, and the sheet lets one look,
because figures alone have never told whether a filled hole looks right.
"""

from pathlib import Path
from typing import Annotated

import typer

from restore.cli import options, outputs
from restore.cli.console import console_of
from restore.errors import UsageError

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
        typer.Option(metavar="A,B", help="restore, prefill, harmonic, telea, ns, fsr, biharmonic. Default: all."),
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
    from restore.evaluation.inpaint import bench_inpaint
    from restore.evaluation.masks import CLASSES

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


def _plan(target: str | None, option: str, source: Path, others: list[Path], *, force: bool) -> Path | None:
    """Check one file a bench will write, before it measures for minutes."""
    if target is None:
        return None
    if target == "-":
        raise UsageError(f"{option} -: give a file name; stdout has the table")
    name = f"bench{'.csv' if option == '--csv' else '.png'}"
    planned = outputs.plan([source], target, lambda _: name, option=option, inputs=[source], others=others, force=force)
    path = planned[0].path
    if option == "--sheet":
        from restore.evaluation.sheet import FORMATS

        if path.suffix.lower() not in FORMATS:
            raise UsageError(f"--sheet {target}: a sheet is a file ending in {' '.join(FORMATS)}")
    return path
