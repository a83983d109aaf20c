"""What a run of `restore inpaint` will make: each picture with its mask, its result and its preview, all names checked.

Names that would overwrite an input, or each other, are refused here, before a picture is read or a model loaded.
"""

from dataclasses import dataclass
from pathlib import Path

from restore.cli import outputs
from restore.cli.inpaint.pairs import Pair
from restore.cli.outputs import KEPT_SUFFIXES, STDIO
from restore.errors import UsageError

TAG = "inpainted"


@dataclass(frozen=True, slots=True)
class Job:
    """One picture, its mask, and where its result and preview go."""

    pair: Pair
    output: Path
    preview: Path | None
    skip: bool


def plan_jobs(
    pairs: list[Pair], output: str | None, preview: str | None, *, force: bool, skip_existing: bool
) -> list[Job]:
    """Name every output of a run, or refuse it.

    Raises:
        UsageError: collisions, outputs that are inputs, files that exist, formats that cannot be written.
        OutputError: a folder that is missing or cannot be written.
    """
    from restore.images.formats import output_format

    if preview == "-":
        raise UsageError("--preview -: the preview is a file beside the result; give it a name")
    good = [pair for pair in pairs if pair.problem is None]
    images = [pair.image for pair in good]
    inputs = [path for pair in good for path in (pair.image, pair.mask) if isinstance(path, Path)]
    results = outputs.plan(images, output, _result_name, inputs=inputs, force=force, skip_existing=skip_existing)
    made = dict(zip(images, results, strict=True))
    sheets: dict[Path, Path] = {}
    if preview is not None:
        planned = outputs.plan(
            images,
            preview,
            lambda image: outputs.default_name(image, "preview", ".png"),
            option="--preview",
            inputs=inputs,
            others=[result.path for result in results],
            force=force,
            skip_existing=skip_existing,
        )
        sheets = {image: sheet.path for image, sheet in zip(images, planned, strict=True) if not sheet.skip}
    for path in (*(result.path for result in results), *sheets.values()):
        if path != STDIO and not outputs.is_special(path):
            output_format(path)
    return [_job(pair, made.get(pair.image), sheets.get(pair.image)) for pair in pairs]


def _job(pair: Pair, result: outputs.Planned | None, sheet: Path | None) -> Job:
    if pair.problem is not None or result is None:
        return Job(pair, STDIO, None, skip=False)
    return Job(pair, result.path, None if result.skip else sheet, result.skip)


def _result_name(image: Path) -> str:
    """A lossless input keeps its format; after a lossy one PNG keeps the untouched pixels exact."""
    keep = image != STDIO and image.suffix.lower() in KEPT_SUFFIXES
    return outputs.default_name(image, TAG, image.suffix if keep else ".png")
