"""`restore repair`: damaged pictures in, repaired ones out, without a mask.

As with every command, options are checked and outputs planned first, and each picture and mask is read before the
models are loaded. Filling and writing are those of `restore inpaint`.

    options -> plan_repairs -> batch.run: RepairSteps.read -> load -> make: find, then FillSteps.make
"""

from typing import Annotated

import typer

from restore.cli import batch, options
from restore.cli.repair.options import RepairCommandOptions
from restore.cli.repair.plan import plan_repairs, require_mask
from restore.cli.repair.steps import MaskFiles, RepairSteps


@options.shared_options(RepairCommandOptions)
def repair(
    context: typer.Context,
    given: RepairCommandOptions,
    *,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help="Pictures, or folders of them; - is stdin.")
    ] = None,
    sensitivity: Annotated[
        float,
        typer.Option(
            metavar="0..1", min=0, max=1, help="0: only what is damage for certain; 1: all that may be damage."
        ),
    ] = 0.5,
    kinds: Annotated[
        str | None,
        typer.Option("--kinds", metavar="LIST", help="Repair only these: lines,spots,areas (default all three)."),
    ] = None,
    protect: Annotated[
        str | None, typer.Option("--protect", metavar="MASK", help="Where this picture is white, nothing changes.")
    ] = None,
    also: Annotated[
        str | None,
        typer.Option(
            "--also", metavar="MASK", help="Where this picture is white, repair as well: lift stains, fill the rest."
        ),
    ] = None,
    dilate: Annotated[int, typer.Option(metavar="PX", min=0, help="Grow what was found, so that no rim is left.")] = 2,
    find_only: Annotated[
        bool, typer.Option("--find-only", help="Repair nothing; write what was found as a mask, photo.mask.png.")
    ] = False,
    mask_out: Annotated[
        str | None,
        typer.Option("--mask-out", metavar="PATH", help="Write what was found there, as a mask for restore inpaint."),
    ] = None,
    see_through: Annotated[
        bool,
        typer.Option(
            "--see-through/--no-see-through", help="Use what is seen through wide half-transparent stains, or fill all."
        ),
    ] = True,
) -> None:
    """Find scratches, dust, folds and stains in a photograph and fill them; every other pixel stays as it is.

    \b
    restore repair photo.jpg                        makes photo.repaired.png
    restore repair scans/ -o out/                   a whole folder
    restore repair photo.jpg --preview look.png     see what was found
    restore repair photo.jpg --find-only            makes photo.mask.png, to correct by hand, then
    restore inpaint photo.jpg photo.mask.png --dilate 0  fill what it marks
    """
    console = given.console_of(context)
    filling, limit = given.request(), given.pixel_limit
    from restore.images.formats import READABLE_SUFFIXES
    from restore.pipelines.repair.marks import KINDS
    from restore.pipelines.repair.options import RepairOptions

    chosen = options.parse_names(kinds)
    request = RepairOptions(sensitivity, KINDS if chosen is None else tuple(chosen), dilate, filling, see_through)
    masks = MaskFiles(require_mask(protect, "--protect"), require_mask(also, "--also"), limit)
    tasks = plan_repairs(
        paths or [], given, READABLE_SUFFIXES, masks=masks.files, find_only=find_only, mask_out=mask_out
    )
    steps = RepairSteps(request, given, masks, find_only)
    batch.run(tasks, steps, console, dry_run=given.dry_run)
