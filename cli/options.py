"""Options that several commands share, so that one word means one thing everywhere, and the parsers of their values."""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, Literal

import typer

from restore.cli.console import Console, console_of
from restore.errors import UsageError

Strip = Literal["none", "location", "all"]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes; errors only.")]
QuietWord = Annotated[bool, typer.Option("--quiet", help="No progress and no notes; errors only.")]
"""Where `-q` is the quality."""
Verbose = Annotated[
    int, typer.Option("--verbose", "-v", count=True, show_default=False, help="More detail; -vv also shows tracebacks.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per file on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite outputs that exist.")]
SkipExisting = Annotated[
    bool, typer.Option("--skip-existing", help="Leave out inputs whose output exists: resumes a batch.")
]
Device = Annotated[
    str, typer.Option("--device", metavar="auto|cpu|cuda[:N]|mps", help="Where to compute.", show_default=True)
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of every random choice.")]
StripOption = Annotated[
    Strip, typer.Option("--strip", help="Metadata to leave out of the output: nothing, the place, or everything.")
]
MaxMemory = Annotated[
    str | None,
    typer.Option("--max-memory", metavar="SIZE", help="Memory to stay within, such as 2GB or 500MiB; same result."),
]
MaxPixels = Annotated[
    str | None, typer.Option("--max-pixels", metavar="N", help="Largest picture to open (default 256MP).")
]
Weights = Annotated[
    str, typer.Option("--weights", metavar="NAME|PATH", help="Released weights, a .safetensors file, or a folder.")
]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="PATH", help="A file, a folder (ends in / or exists), or - for stdout."),
]
Perceptual = Annotated[
    str | None,
    typer.Option(
        "--perceptual",
        metavar="FILE|torchvision",
        help="SqueezeNet weights for the perceptual distance: a file, or let torchvision fetch its own.",
    ),
]

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def parse_memory(text: str | None) -> int | None:
    """Return the bytes of `--max-memory`, as `parse_size` reads them.

    Raises:
        UsageError: the text is no size, or zero.
    """
    return None if text is None else parse_size(text, "--max-memory", "2GB, 500MiB")


def parse_size(text: str, option: str, examples: str) -> int:
    """Return the bytes that `2GB`, `500MiB`, `1.5g` or `800000000` mean; KB is 1000 and KiB is 1024.

    Raises:
        UsageError: the text is no size, or zero.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*", text.lower())
    size = int(float(match[1]) * _UNITS[match[2]]) if match and match[2] in _UNITS else 0
    if size <= 0:
        raise UsageError(f"{option} {text}: not a size; write it as {examples} or a number of bytes")
    return size


def parse_pixels(text: str | None) -> int | None:
    """Return the pixels that `300MP`, `1GP` or `256000000` mean.

    Raises:
        UsageError: the text is no number of pixels, or zero.
    """
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)p?x?\s*", text.lower())
    pixels = int(float(match[1]) * _UNITS[match[2]]) if match else 0
    if pixels <= 0:
        raise UsageError(f"--max-pixels {text}: not a number of pixels; write it as 300MP or 300000000")
    return pixels


def parse_numbers(text: str, option: str, low: float, high: float, example: str = "0,0.5,1") -> tuple[float, ...]:
    """Return the numbers of a list such as `0,0.5,1`.

    Args:
        text: the list.
        option: whose argument it is, for messages.
        low: least number.
        high: largest number.
        example: a list that would do, for messages.

    Raises:
        UsageError: a part is no number between `low` and `high`.
    """
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or not all(low <= number <= high for number in numbers):
        raise UsageError(f"{option} {text}: not a list of numbers from {low:g} to {high:g}, such as {example}")
    return numbers


def parse_names(text: str | None) -> list[str] | None:
    """Return the words of a list such as `thin,scratch`; None stays None."""
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


@dataclass(frozen=True)
class RunOptions:
    """How a command that makes files of files runs, in the order of its help; each names its own weights."""

    device: Device = "auto"
    weights: Weights = ""
    json: Json = False
    dry_run: DryRun = False
    quiet: Quiet = False
    verbose: Verbose = 0

    def console_of(self, context: typer.Context) -> Console:
        """The run's console, as quiet or as detailed as asked for."""
        console = console_of(context)
        console.configure(quiet=self.quiet, verbose=self.verbose, json=self.json)
        return console


def shared_options(
    listed: type[Any], *, after: str | None = None, defaults: Mapping[str, object] | None = None, **placed: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that several commands share, listed once as the fields of a dataclass.

    Args:
        listed: a frozen dataclass; each field is one option, annotated as a parameter of a command is.
        after: the field that the command's own options follow in `--help`; None: they come first.
        defaults: defaults of the fields that differ in this command, by name.
        placed: own options that follow another field there, by name.

    Returns:
        A decorator for `command(context, shared, **own)`, where `shared` is an instance of `listed`.
    """
    names = [field.name for field in fields(listed)]
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=(defaults or {}).get(
                field.name, inspect.Parameter.empty if field.default is MISSING else field.default
            ),
            annotation=field.type,
        )
        for field in fields(listed)
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        context, _, *own = inspect.signature(command).parameters.values()
        parameters = [context.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
        parameters += [one for one in own if placed.get(one.name, after) is None]
        for field in shared:
            parameters += [field, *(one for one in own if placed.get(one.name, after) == field.name)]

        @functools.wraps(command)
        def parsed(**values: Any) -> None:
            taken = listed(**{name: values.pop(name) for name in names})
            command(values.pop(context.name), taken, **values)

        parsed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
        return parsed

    return decorate
