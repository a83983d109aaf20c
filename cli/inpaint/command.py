"""`restore inpaint`: options in, files out.

The order matters to a user: arguments are matched and outputs planned first (a mistake costs no time), each picture
and mask is read before the model is loaded (a damaged file is told at once), and a result is written only when it is
whole.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restore.cli import options, outputs
from restore.cli.batch import Batch, Item
from restore.cli.console import Meter, console_of
from restore.cli.inpaint.holes import MaskReader, find_hole, opaque_in
from restore.cli.inpaint.pairs import AlphaRule, collect
from restore.cli.inpaint.plan import Job, plan_jobs
from restore.cli.outputs import STDIO
from restore.cli.tasks import show
from restore.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restore.images.picture import Picture
    from restore.pipelines.inpaint.inpainter import Inpainter
    from restore.pipelines.inpaint.options import InpaintOptions


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every picture of a run."""

    pipeline: "InpaintOptions"
    strip: options.Strip
    quality: int | None
    max_pixels: int
    weights: str
    device: str


def inpaint(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="IMAGE [MASK]", help="A picture and its mask, or two folders; - is stdin."),
    ] = None,
    *,
    mask: Annotated[
        str | None,
        typer.Option("--mask", metavar="FILE", help="One mask for all pictures, or a folder; - is stdin."),
    ] = None,
    mask_from: Annotated[
        str | None,
        typer.Option(
            "--mask-from",
            metavar="alpha|RRGGBB[~TOL]",
            help="Fill where the picture is transparent or has this colour, give or take TOL (0..255).",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="PATH", help="A file, a folder (ends in / or exists), or - for stdout."),
    ] = None,
    threshold: Annotated[
        float, typer.Option(metavar="PERCENT", min=0, max=100, help="Mask brightness from which it is hole.")
    ] = 50,
    invert: Annotated[bool, typer.Option("--invert", help="The dark part of the mask is the hole.")] = False,
    dilate: Annotated[int, typer.Option(metavar="PX", min=0, help="Grow the hole, so that no rim is left.")] = 1,
    feather: Annotated[int, typer.Option(metavar="PX", min=0, help="Soften the edge, inside the hole only.")] = 0,
    detail: Annotated[
        float | None,
        typer.Option(metavar="0..1", min=0, max=1, help="0: calm and safe; 1: more texture."),
    ] = None,
    exemplar: Annotated[
        bool, typer.Option("--exemplar", help="Fill wide holes with pieces of the picture: to take things out of it.")
    ] = False,
    preview: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Also write before, mask and after side by side."),
    ] = None,
    force: options.Force = False,
    skip_existing: options.SkipExisting = False,
    strip: options.StripOption = "none",
    quality: Annotated[
        int | None, typer.Option(metavar="1..100", min=1, max=100, help="Quality of a lossy output (JPEG, WebP, AVIF).")
    ] = None,
    max_pixels: options.MaxPixels = None,
    max_memory: options.MaxMemory = None,
    device: options.Device = "auto",
    weights: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="Released weights, a .safetensors file, or a folder of them.")
    ] = "inpaint",
    seed: options.Seed = 0,
    json: options.Json = False,
    dry_run: options.DryRun = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Fill the marked part of a photograph: white in the mask is filled, every other pixel stays as it is.

    \b
    restore inpaint photo.png mask.png              makes photo.inpainted.png
    restore inpaint photos/ masks/ -o out/          a.jpg with a.png or a_mask.png
    restore inpaint --mask logo.png *.jpg           one mask for many pictures
    restore inpaint --mask-from ff00ff photo.png    fill what is painted in this colour
    """
    console = console_of(context)
    console.configure(quiet=quiet, verbose=verbose, json=json)
    memory = options.parse_memory(max_memory)
    pixels = options.parse_pixels(max_pixels)
    from restore.images.formats import READABLE_SUFFIXES
    from restore.images.reading import MAX_PIXELS
    from restore.pipelines.inpaint.options import InpaintOptions

    pairs = collect(paths or [], mask, mask_from, READABLE_SUFFIXES)
    pipeline = InpaintOptions(
        threshold=threshold / 100,
        invert=invert,
        dilate=dilate,
        feather=feather,
        detail=detail,
        exemplar=exemplar,
        max_memory=memory,
        seed=seed,
    )
    jobs = plan_jobs(pairs, output, preview, force=force, skip_existing=skip_existing)
    if not dry_run:
        outputs.check_stdout([job.output for job in jobs if job.pair.problem is None], json=console.json)
    batch = Batch(console, len(pairs))
    if dry_run:
        _tell(jobs, batch)
        return
    settings = Settings(pipeline, strip, quality, MAX_PIXELS if pixels is None else pixels, weights, device)
    with console.meter("pictures" if len(jobs) > 1 else "parts") as meter:
        Runner(jobs, batch, settings, meter).run()
    batch.close()


def _tell(jobs: list[Job], batch: Batch) -> None:
    for job in jobs:
        item = _item(job)
        if job.pair.problem is not None:
            batch.fail(item, job.pair.problem)
        elif batch.console.json:
            batch.console.record({**item.values, "status": "would skip" if job.skip else "would do"})
        else:
            target = "stdout" if job.output == STDIO else str(job.output)
            sheet = f" and {job.preview}" if job.preview is not None else ""
            skipped = " (skipped: it exists)" if job.skip else ""
            batch.console.out(f"{item.name} with {job.pair.mask} -> {target}{sheet}{skipped}")
    batch.close()


def _item(job: Job) -> Item:
    known = job.pair.problem is None
    return Item(
        {
            "input": str(job.pair.image),
            "mask": str(job.pair.mask) if job.pair.mask is not None else None,
            "output": str(job.output) if known else None,
            "preview": str(job.preview) if job.preview is not None else None,
        }
    )


class Runner:
    """Does the jobs of a run one after the other; the model is loaded when the first picture needs it."""

    def __init__(self, jobs: list[Job], batch: Batch, settings: Settings, meter: Meter) -> None:

        files = [job.pair.mask for job in jobs if isinstance(job.pair.mask, Path)]
        shared = files[0] if len(files) > 1 and len(set(files)) == 1 else None
        self._jobs = jobs
        self._batch = batch
        self._settings = settings
        self._meter = meter
        self._masks = MaskReader(shared, settings.max_pixels)
        self._inpainter: Inpainter | None = None

    def run(self) -> None:
        """Do all jobs; failures of one picture are left to the batch.

        Raises:
            RestoreError: what every picture would meet, such as missing weights, or the failure of the only picture.
        """
        for index, job in enumerate(self._jobs):
            item = _item(job)
            self._show(index, item, 0, 1)
            if job.pair.problem is not None:
                self._batch.fail(item, job.pair.problem)
            elif job.skip:
                self._batch.skip(item)
            else:
                self._do(index, job, item)

    def _do(self, index: int, job: Job, item: Item) -> None:
        opened = self._batch.attempt(item, self._open, job, item)
        if opened is None:
            return
        picture, hole = opened
        if self._inpainter is None and hole.any():
            self._inpainter = self._batch.needed_by_all(item, self._load)
        if self._batch.attempt(item, self._finish, index, job, item, picture, hole):
            self._batch.done(item, None if job.output == STDIO else str(job.output))

    def _load(self) -> "Inpainter":
        from restore.pipelines.inpaint.inpainter import load

        inpainter = load(self._settings.weights, device=self._settings.device)
        self._batch.console.detail(f"weights {self._settings.weights} on {inpainter.device}")
        return inpainter

    def _open(self, job: Job, item: Item) -> tuple["Picture", "NDArray[np.bool_]"]:
        from restore.cli import pictures

        if job.pair.mask is None:
            raise UsageError(f"{job.pair.image}: no mask for it; give one with --mask")
        picture = pictures.read(job.pair.image, self._settings.max_pixels)
        hole = find_hole(
            job.pair.mask, picture, self._masks, self._settings.pipeline, lambda line: self._batch.note(item, line)
        )
        item.values["width"] = picture.width
        item.values["height"] = picture.height
        item.values["depth"] = picture.depth
        item.values["hole"] = round(float(hole.mean()), 6)
        return picture, hole

    def _finish(self, index: int, job: Job, item: Item, picture: "Picture", hole: "NDArray[np.bool_]") -> bool:
        from restore.cli import pictures

        result = picture
        if self._inpainter is not None and hole.any():
            result = self._inpainter.picture(
                picture,
                hole,
                self._settings.pipeline,
                progress=lambda done, total: self._show(index, item, done, total),
                notify=lambda line: self._batch.note(item, line),
            )
            item.values["device"] = str(self._inpainter.device)
        if isinstance(job.pair.mask, AlphaRule):
            result = opaque_in(result, hole)
        pictures.write(
            result,
            job.output,
            self._batch.console,
            strip=self._settings.strip,
            quality=self._settings.quality,
            tell=lambda line: self._batch.note(item, line, once=True),
        )
        if job.preview is not None:
            from restore.cli.inpaint.preview import side_by_side

            sheet = side_by_side(picture, hole, result)
            console = self._batch.console
            pictures.write(sheet, job.preview, console, strip="none", quality=None, tell=console.detail)
        return True

    def _show(self, index: int, item: Item, done: int, total: int) -> None:
        show(self._meter, index, len(self._jobs), item, done, total)
