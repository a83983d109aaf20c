"""What a run that fills holes will write: a result per picture or several, and a preview where one is asked for.

Names that would overwrite an input, or each other, are refused here, before a picture is read or a model loaded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from restore.cli import outputs
from restore.cli.inpaint.options import FillOptions
from restore.cli.outputs import KEPT_SUFFIXES, STDIO, Planned
from restore.cli.tasks import Task
from restore.errors import UsageError
from restore.pipelines.inpaint.options import MOST_VARIANTS


class ResultName(Protocol):
    """Makes the default name of a result."""

    def __call__(self, image: Path, tag: str) -> str:
        """The name for a picture, with a tag that says what was done."""
        ...


@dataclass(frozen=True, slots=True)
class FillTask(Task):
    """One picture, and where its result and preview go.

    Attributes:
        preview: a second file, with the picture before, its mask and the picture after; None where none is made.
        variants: where each of several results goes, `output` the first; empty for a single one.
    """

    preview: Path | None = None
    variants: tuple[Planned, ...] = ()

    @property
    def files(self) -> tuple[Planned, ...]:
        """Where the results go, the likeliest first."""
        return self.variants or (Planned(self.output, self.skip),)

    @property
    def values(self) -> dict[str, object]:
        """What `--json` prints of it at the beginning."""
        return {
            "input": str(self.source),
            **self.origin,
            "output": str(self.output) if self.problem is None else None,
            **({"outputs": [str(one.path) for one in self.variants]} if self.variants else {}),
            **{name: None if path is None else str(path) for name, path in self.beside.items()},
        }

    @property
    def beside(self) -> dict[str, Path | None]:
        """What is written beside the result, by its name in `--json`."""
        return {"preview": self.preview}

    @property
    def origin(self) -> dict[str, object]:
        """What `--json` prints of where the hole comes from."""
        return {}

    @property
    def description(self) -> str:
        """What `--dry-run` prints after the input's name."""
        target = "stdout" if self.output == STDIO else ", ".join(str(one.path) for one in self.files)
        beside = "".join(f" and {path}" for path in self.beside.values() if path is not None)
        return "".join(f" with {value}" for value in self.origin.values()) + f" -> {target}{beside}"


TAGS = ("inpainted", "repaired", "extended")
"""What the names of results say was done, command by command."""


def made_before() -> tuple[str, ...]:
    """How the stems of results end, whichever command made them: beside their picture they are none themselves."""
    return tuple(ending for tag in TAGS for ending in endings(tag))


def endings(tag: str) -> tuple[str, ...]:
    """How the stems of results with this tag end, numbered ones too: in a folder they are not taken for pictures."""
    return (f".{tag}", *(f".{tag}.{number}" for number in range(1, MOST_VARIANTS + 1)))


def plan_results(
    images: Sequence[Path],
    given: FillOptions,
    tag: str,
    inputs: Iterable[Path],
    name: ResultName | None = None,
    option: str = "-o",
) -> dict[Path, dict[str, Any]]:
    """Name every output of a run, or refuse it.

    Args:
        images: the pictures that can be worked on, `STDIO` for stdin.
        given: `-o`, `--preview`, `--variants`, `--force` and `--skip-existing`.
        tag: what a default name says was done, as `inpainted`.
        inputs: files that must not be overwritten, even with `--force`.
        name: makes a default name of a picture and a tag; left out, a lossless format is kept.
        option: names a result, for messages.

    Returns:
        By picture the fields of its `FillTask` that say what is written.

    Raises:
        UsageError: collisions, outputs that are inputs, files that exist, formats that cannot be written, several
            variants for stdout.
        OutputError: a folder that is missing or cannot be written.
    """
    from restore.images.formats import output_format

    if given.preview == "-":
        raise UsageError("--preview -: the preview is a file beside the result; give it a name")
    inputs = list(inputs)
    rounds = _plan_variants(images, given, name or _result_name, tag, inputs, option)
    paths = [planned.path for one in rounds for planned in one]
    sheets: dict[Path, Path] = {}
    if given.preview is not None:
        planned_sheets = outputs.plan(
            images,
            given.preview,
            lambda image: outputs.default_name(image, "preview", ".png"),
            option="--preview",
            inputs=inputs,
            others=paths,
            force=given.force,
            skip_existing=given.skip_existing,
        )
        sheets = {image: sheet.path for image, sheet in zip(images, planned_sheets, strict=True) if not sheet.skip}
    for path in (*paths, *sheets.values()):
        if path != STDIO and not outputs.is_special(path):
            output_format(path)
    fields: dict[Path, dict[str, Any]] = {}
    for image, *files in zip(images, *rounds, strict=True):
        skip = all(planned.skip for planned in files)
        fields[image] = {
            "output": files[0].path,
            "skip": skip,
            "preview": None if skip else sheets.get(image),
            "variants": tuple(files) if given.variants > 1 else (),
        }
    return fields


def _plan_variants(
    images: Sequence[Path], given: FillOptions, name: ResultName, tag: str, inputs: Sequence[Path], option: str
) -> list[list[Planned]]:
    """The files of the first variant of each picture, of the second, and so on."""
    if given.variants > 1:
        if given.output == "-" or (given.output is None and STDIO in images):
            raise UsageError(f"--variants {given.variants}: stdout takes one picture; give -o FILE, or a folder")
        if given.output is not None and outputs.is_special(Path(given.output)):
            raise UsageError(f"--variants {given.variants}: {given.output} is no file or folder; give another with -o")
        outputs.plan(images, given.output, partial(name, tag=tag), force=True)
    rounds: list[list[Planned]] = []
    for number in range(1, given.variants + 1):
        mark = f".{number}" if given.variants > 1 else ""
        rounds.append(
            outputs.plan(
                images,
                _numbered(given.output, mark),
                partial(name, tag=tag + mark),
                option=option,
                inputs=inputs,
                others=[planned.path for earlier in rounds for planned in earlier],
                force=given.force,
                skip_existing=given.skip_existing,
            )
        )
    return rounds


def _numbered(output: str | None, mark: str) -> str | None:
    """The argument of `-o` for a variant: `out/photo.1.png` for `out/photo.png` and the mark `.1`."""
    if output is None or not mark or outputs.means_folder(output):
        return output
    path = Path(output)
    return str(path.with_name(f"{path.stem}{mark}{path.suffix}"))


def _result_name(image: Path, tag: str) -> str:
    """A lossless input keeps its format; after a lossy one PNG keeps the untouched pixels exact."""
    keep = image != STDIO and image.suffix.lower() in KEPT_SUFFIXES
    return outputs.default_name(image, tag, image.suffix if keep else ".png")
