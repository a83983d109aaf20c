"""What a run of `restore inpaint` will make: each picture with its mask, its result and its preview.

Three ways in: one picture and its mask; two folders matched by stem (`a.jpg` with `a.png`, `a_mask.png` or
the `a.mask.png` of `restore repair --find-only`); or many pictures with one answer for all, `--mask FILE` or
`--mask-from alpha|RRGGBB[~tolerance]`. The mask's place is never guessed: a lone picture without a mask is refused
with the three ways named. In folders, files that earlier runs made and files named as masks are not taken for pictures.

What the results are called, and which names are refused, stands in `results`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from restore.cli.inpaint.masks import MaskSource, parse_mask_rule
from restore.cli.inpaint.options import FillOptions
from restore.cli.inpaint.results import FillTask, endings, made_before, plan_results
from restore.cli.outputs import STDIO
from restore.cli.sources import expand, missing
from restore.errors import RestoreError, UsageError

MASK_ENDINGS = ("_mask", ".mask")
TAG = "inpainted"
LEFT_OUT = (*MASK_ENDINGS, *endings(TAG), ".preview")
"""How the stems of files end that are not taken for pictures in a folder: masks, and what earlier runs made."""


@dataclass(frozen=True, slots=True)
class InpaintTask(FillTask):
    """One picture, its mask, and where its result and preview go.

    Attributes:
        mask: a mask file (`STDIO` for stdin) or a rule; None where there is none.
    """

    mask: MaskSource | None = None

    @property
    def origin(self) -> dict[str, object]:
        """What `--json` prints of where the hole comes from."""
        return {"mask": None if self.mask is None else str(self.mask)}


@dataclass(frozen=True, slots=True)
class Pair:
    """One picture and where its mask comes from.

    Attributes:
        image: the picture, `STDIO` for stdin.
        mask: a mask file (`STDIO` for stdin) or a rule; None where there is none.
        problem: why this pair cannot be worked on; the others of a batch still are.
    """

    image: Path
    mask: MaskSource | None
    problem: RestoreError | None = None


def find_pairs(paths: Sequence[str], mask: str | None, mask_from: str | None, suffixes: Collection[str]) -> list[Pair]:
    """Match pictures with masks.

    Args:
        paths: the positional arguments; `-` is stdin.
        mask: the argument of `--mask`: one file for all, or a folder matched by stem.
        mask_from: the argument of `--mask-from`.
        suffixes: file endings that count as pictures in a folder, lower case with the dot.

    Raises:
        UsageError: the arguments fit none of the ways in, or a file or folder is not there.
    """
    if mask is not None and mask_from is not None:
        raise UsageError("--mask and --mask-from exclude each other; give one of them")
    if list(paths).count("-") + (mask == "-") > 1:
        raise UsageError("- is stdin and can be read once; give the other picture or mask as a file")
    if not paths and (mask is not None or mask_from is not None):
        raise UsageError("no picture given; name one or more after the options")
    if mask_from is not None:
        rule = parse_mask_rule(mask_from)
        return _checked([Pair(image, rule) for image in _expand(paths, suffixes)])
    if mask is None:
        return _two_arguments(paths, suffixes)
    if Path(mask).is_dir():
        return _checked(_matched(_expand(paths, suffixes), Path(mask), suffixes))
    _require_file(Path(mask), "mask")
    return _checked([Pair(image, Path(mask)) for image in _expand(paths, suffixes)])


def plan_inpainting(pairs: list[Pair], given: FillOptions) -> list[InpaintTask]:
    """Name every output of a run, or refuse it; errors as `plan_results`."""
    good = [pair for pair in pairs if pair.problem is None]
    inputs = [path for pair in good for path in (pair.image, pair.mask) if isinstance(path, Path)]
    made = plan_results([pair.image for pair in good], given, TAG, inputs)
    return [
        InpaintTask(pair.image, STDIO, problem=pair.problem, mask=pair.mask)
        if pair.problem is not None
        else InpaintTask(pair.image, mask=pair.mask, **made[pair.image])
        for pair in pairs
    ]


def _two_arguments(paths: Sequence[str], suffixes: Collection[str]) -> list[Pair]:
    if len(paths) != 2:
        found = {0: "no picture given", 1: f"{''.join(paths[:1])}: no mask given"}.get(
            len(paths), f"{len(paths)} files given without --mask"
        )
        raise UsageError(
            f"{found}; give IMAGE MASK, or two folders, or --mask FILE IMAGE..., or --mask-from alpha|RRGGBB IMAGE..."
        )
    image, mask = Path(paths[0]), Path(paths[1])
    if image.is_dir() and mask.is_dir():
        return _checked(_matched(_expand(paths[:1], suffixes), mask, suffixes))
    if image.is_dir():
        raise UsageError(f"{image} is a folder and {mask} is not; --mask {mask} {image} uses one mask for all in it")
    if mask.is_dir():
        raise UsageError(f"{mask} is a folder and {image} is not; --mask {mask} {image} looks in it for a mask")
    _require_file(mask, "mask")
    return _checked([Pair(image, mask)])


def _expand(paths: Sequence[str], suffixes: Collection[str]) -> list[Path]:
    return expand(paths, suffixes, LEFT_OUT, made=made_before())


def _matched(images: Sequence[Path], folder: Path, suffixes: Collection[str]) -> list[Pair]:
    masks: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir()):
        if entry.suffix.lower() in suffixes and not entry.name.startswith(".") and entry.is_file():
            masks.setdefault(entry.stem, []).append(entry)
    pairs = [_match(image, folder, masks) for image in images]
    if all(pair.mask is None for pair in pairs):
        raise UsageError(f"{folder}: no mask fits any of the pictures; a.jpg needs a.png or a_mask.png there")
    return pairs


def _match(image: Path, folder: Path, masks: dict[str, list[Path]]) -> Pair:
    named = [mask for ending in MASK_ENDINGS for mask in masks.get(image.stem + ending, [])]
    same_folder = image.parent.resolve() == folder.resolve()
    candidates = named if same_folder else [*masks.get(image.stem, []), *named]
    if len(candidates) == 1:
        return Pair(image, candidates[0])
    if candidates:
        names = " and ".join(candidate.name for candidate in candidates)
        return Pair(image, None, UsageError(f"{image}: several masks fit in {folder}: {names}; leave one"))
    expected = f"{image.stem}_mask.png" if same_folder else f"{image.stem}.png or {image.stem}_mask.png"
    return Pair(image, None, UsageError(f"{image}: no mask for it in {folder}; it should be named {expected}"))


def _checked(pairs: list[Pair]) -> list[Pair]:
    """Mark pictures that are not there; a lone one is refused at once."""
    checked = [
        pair
        if pair.problem or pair.image == STDIO or pair.image.exists()
        else replace(pair, problem=missing(pair.image))
        for pair in pairs
    ]
    if len(checked) == 1 and checked[0].problem is not None:
        raise checked[0].problem
    return checked


def _require_file(path: Path, role: str) -> None:
    if path != STDIO and not path.exists():
        raise UsageError(f"{path}: no such file for the {role}; check the name")
