"""What a caller can ask of an inpainting, checked once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from restore.errors import UsageError

AUTO, SMOOTH, PIECES = "auto", "smooth", "pieces"
FILLS = (AUTO, SMOOTH, PIECES)
"""Ways to fill: by width, by the network alone, wide parts by pieces of the picture alone."""
MOST_VARIANTS = 16
"""Ceiling of how many fills of one hole are made at once."""
LARGEST_MARGIN = 1000
"""Ceiling of `dilate` and `feather` in pixels."""


@dataclass(frozen=True)
class InpaintOptions:
    """How a mask becomes a hole and how the hole is filled.

    Raises:
        UsageError: a value is out of its range.
    """

    threshold: float = 0.5
    """Luma from which a mask's pixel is hole, above 0 up to 1; for a hole read from alpha, the opacity below which."""
    invert: bool = False
    """The mask marks what to keep."""
    dilate: int = 1
    """Pixels by which the hole grows, so that the rim of an anti-aliased or JPEG mask is filled too."""
    feather: int = 0
    """Width in pixels, inside the hole only, over which the original pixels at the rim pass into the fill."""
    fill: str = AUTO
    """`auto`: narrow parts of a hole by the network, wide ones by pieces of the picture, joined to it at the rim;
    `smooth`: all of it by the network; `pieces`: wide parts by pieces alone."""
    detail: float | None = None
    """From 0, calm and safe, to 1, crisp and daring; None is the model's default, which goes by width."""
    max_memory: int | None = None
    """Bytes to stay within; changes how much is worked on at once and nothing else."""
    seed: int = 0
    """0 for the likeliest pieces, any other number for some of the other plausible ones."""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "InpaintOptions":
        """The options that a Python caller gives by name.

        Args:
            options: fields by name, or `exemplar`: True means the fill `pieces`, False `smooth`.

        Raises:
            UsageError: a value is out of its range, or both `exemplar` and `fill` are given.
        """
        given = dict(options)
        if "exemplar" in given:
            if "fill" in given:
                raise UsageError("exemplar and fill exclude each other; give fill, exemplar is its older name")
            given["fill"] = PIECES if given.pop("exemplar") else SMOOTH
        return cls(**given)

    def __post_init__(self) -> None:
        if self.fill not in FILLS:
            raise UsageError(f"fill {self.fill!r} is unknown: choose from {', '.join(FILLS)}")
        check_number("threshold", self.threshold, "above 0 up to 1 (100 percent)", lambda value: 0 < value <= 1)
        for name in ("dilate", "feather"):
            check_number(
                name,
                getattr(self, name),
                f"0 to {LARGEST_MARGIN} pixels",
                lambda value: 0 <= value <= LARGEST_MARGIN,
                whole=True,
            )
        if self.detail is not None:
            check_number("detail", self.detail, "0 (smooth) to 1 (crisp)", lambda value: 0 <= value <= 1)
        if self.max_memory is not None:
            check_number("max_memory", self.max_memory, "a positive number of bytes", lambda value: value > 0)
        check_number("seed", self.seed, "a whole number from 0 on", lambda value: value >= 0, whole=True)


def check_number(name: str, value: object, choose: str, fits: Callable[[float], bool], *, whole: bool = False) -> None:
    """Refuse a value that is no number or out of its range.

    Args:
        name: the option's.
        value: what was given for it.
        choose: what can be given, for the message.
        fits: whether a number is in the range.
        whole: whether it has to be a whole number, `int` or NumPy's.

    Raises:
        UsageError: the value is another.
    """
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        kind = "whole number" if whole else "number"
        raise UsageError(f"{name} {value!r} is no {kind}: choose {choose}")
    if not fits(float(value)):
        raise UsageError(f"{name} {value} is out of range: choose {choose}")
