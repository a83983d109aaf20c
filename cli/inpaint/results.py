"""What a run that fills holes will write: a result per picture, and a preview where one is asked for.

Names that would overwrite an input, or each other, are refused here, before a picture is read or a model loaded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from restore.cli import outputs
from restore.cli.inpaint.options import FillOptions
from restore.cli.outputs import KEPT_SUFFIXES, STDIO, Planned
from restore.cli.tasks import Task
from restore.errors import UsageError


@dataclass(frozen=True, slots=True)
class FillTask(Task):
    """One picture, and where its result and preview go.

    Attributes:
        preview: a second file, with the picture before, its mask and the picture after; None where none is made.
    """

    preview: Path | None = None

    @property
    def values(self) -> dict[str, object]:
        """What `--json` prints of it at the beginning."""
        return {
            "input": str(self.source),
            **self.origin,
            "output": str(self.output) if self.problem is None else None,
            "preview": None if self.preview is None else str(self.preview),
        }

    @property
    def origin(self) -> dict[str, object]:
        """What `--json` prints of where the hole comes from."""
        return {}

    @property
    def description(self) -> str:
        """What `--dry-run` prints after the input's name."""
        target = "stdout" if self.output == STDIO else self.output
        beside = "" if self.preview is None else f" and {self.preview}"
        return "".join(f" with {value}" for value in self.origin.values()) + f" -> {target}{beside}"


@dataclass(frozen=True, slots=True)
class Results:
    """What will be written for one picture.

    Attributes:
        result: the filled picture.
        preview: the sheet beside it, or None.
    """

    result: Planned
    preview: Path | None


def plan_results(images: Sequence[Path], given: FillOptions, tag: str, inputs: Iterable[Path]) -> dict[Path, Results]:
    """Name every output of a run, or refuse it.

    Args:
        images: the pictures that can be worked on, `STDIO` for stdin.
        given: `-o`, `--preview`, `--force` and `--skip-existing`.
        tag: what a default name says was done, as `inpainted`.
        inputs: files that must not be overwritten, even with `--force`.

    Raises:
        UsageError: collisions, outputs that are inputs, files that exist, formats that cannot be written.
        OutputError: a folder that is missing or cannot be written.
    """
    from restore.images.formats import output_format

    if given.preview == "-":
        raise UsageError("--preview -: the preview is a file beside the result; give it a name")
    inputs = list(inputs)
    results = outputs.plan(
        images,
        given.output,
        lambda image: _result_name(image, tag),
        inputs=inputs,
        force=given.force,
        skip_existing=given.skip_existing,
    )
    sheets: dict[Path, Path] = {}
    if given.preview is not None:
        planned = outputs.plan(
            images,
            given.preview,
            lambda image: outputs.default_name(image, "preview", ".png"),
            option="--preview",
            inputs=inputs,
            others=[result.path for result in results],
            force=given.force,
            skip_existing=given.skip_existing,
        )
        sheets = {image: sheet.path for image, sheet in zip(images, planned, strict=True) if not sheet.skip}
    for path in (*(result.path for result in results), *sheets.values()):
        if path != STDIO and not outputs.is_special(path):
            output_format(path)
    return {
        image: Results(result, None if result.skip else sheets.get(image))
        for image, result in zip(images, results, strict=True)
    }


def _result_name(image: Path, tag: str) -> str:
    """A lossless input keeps its format; after a lossy one PNG keeps the untouched pixels exact."""
    keep = image != STDIO and image.suffix.lower() in KEPT_SUFFIXES
    return outputs.default_name(image, tag, image.suffix if keep else ".png")
