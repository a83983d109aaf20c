"""What a run of `restore repair` will make: each picture with its result, or its mask, and its preview.

With `--find-only` the mask is the result: `photo.mask.png`, or what `--mask-out` names. Without it `--mask-out` names
a second file, beside the repaired picture. Names are refused as those of `restore inpaint`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from restore.cli import outputs
from restore.cli.inpaint.options import FillOptions
from restore.cli.inpaint.plan import MASK_ENDINGS
from restore.cli.inpaint.results import FillTask, endings, made_before, plan_results
from restore.cli.outputs import STDIO
from restore.cli.sources import find_sources
from restore.errors import UsageError
from restore.images.formats import LOSSLESS, output_format

TAG, MASK_TAG = "repaired", "mask"
LEFT_OUT = (*MASK_ENDINGS, *endings(TAG), ".preview")
"""How the stems of files end that are not taken for pictures in a folder: masks, and what earlier runs made."""


@dataclass(frozen=True, slots=True)
class RepairTask(FillTask):
    """One picture, and where its result, its mask and its preview go.

    Attributes:
        mask: where what was found goes beside the result; None where it is not written, or is itself the result.
    """

    mask: Path | None = None

    @property
    def beside(self) -> dict[str, Path | None]:
        """What is written beside the result, by its name in `--json`."""
        return {"mask_out": self.mask, "preview": self.preview}


def plan_repairs(
    paths: Sequence[str],
    given: FillOptions,
    suffixes: Collection[str],
    *,
    masks: Sequence[Path] = (),
    find_only: bool = False,
    mask_out: str | None = None,
) -> list[RepairTask]:
    """Name every output of a run, or refuse it.

    Args:
        paths: files and folders; `-` is stdin.
        given: `-o`, `--preview`, `--variants`, `--force` and `--skip-existing`.
        suffixes: file endings that count as pictures in a folder, lower case with the dot.
        masks: those of `--protect` and `--also`, which are inputs too.
        find_only: only masks are made.
        mask_out: the argument of `--mask-out`.

    Raises:
        UsageError: nothing to work on, options that exclude each other, or as `plan_results`.
        OutputError: a folder that is missing or cannot be written.
    """
    if list(paths).count("-") + list(masks).count(STDIO) > 1:
        raise UsageError("- is stdin and can be read once; give the other pictures and masks as files")
    if find_only and given.output is not None:
        raise UsageError("--find-only makes no repaired picture; name the mask with --mask-out instead of -o")
    if find_only and given.variants > 1:
        raise UsageError("--find-only fills nothing, so there are no --variants; leave one of them out")
    sources = find_sources(paths, suffixes, LEFT_OUT, made=made_before())
    good = [source.path for source in sources if source.problem is None]
    inputs = [*good, *masks]
    if find_only:
        made = plan_results(good, replace(given, output=mask_out), MASK_TAG, inputs, _mask_name, "--mask-out")
        written: dict[Path, Path] = {}
    else:
        made = plan_results(good, given, TAG, inputs)
        taken = [
            path
            for fields in made.values()
            for path in (fields["output"], fields["preview"], *(one.path for one in fields["variants"]))
            if path is not None
        ]
        written = {} if mask_out is None else _plan_masks(good, given, mask_out, inputs, taken)
    for path in (fields["output"] for fields in made.values()) if find_only else written.values():
        if path != STDIO and not outputs.is_special(path) and output_format(path) not in LOSSLESS:
            raise UsageError(f"{path}: a mask needs a format that keeps every pixel; give a name that ends in .png")
    return [
        RepairTask(source.path, STDIO, problem=source.problem)
        if source.problem is not None
        else RepairTask(source.path, **made[source.path], mask=written.get(source.path))
        for source in sources
    ]


def require_mask(name: str | None, option: str) -> Path | None:
    """The mask that an option names, which serves all pictures of a run.

    Raises:
        UsageError: it is not there, or a folder.
    """
    if name is None:
        return None
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"{option} {path}: is a folder; give one mask, which serves all pictures")
    if path != STDIO and not path.exists():
        raise UsageError(f"{option} {path}: no such file; check the name")
    return path


def _mask_name(image: Path, tag: str = MASK_TAG) -> str:
    """The name of a picture's mask: `photo.mask.png`."""
    return outputs.default_name(image, tag, ".png")


def _plan_masks(
    images: Sequence[Path], given: FillOptions, target: str, inputs: Sequence[Path], taken: Sequence[Path]
) -> dict[Path, Path]:
    """Where the mask of each picture goes that is repaired as well."""
    if target == "-":
        raise UsageError("--mask-out -: stdout takes the mask only with --find-only; give a file or a folder")
    planned = outputs.plan(
        images,
        target,
        _mask_name,
        option="--mask-out",
        inputs=inputs,
        others=taken,
        force=given.force,
        skip_existing=given.skip_existing,
    )
    return {image: one.path for image, one in zip(images, planned, strict=True) if not one.skip}
