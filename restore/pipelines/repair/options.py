"""What a caller can ask of a repair, checked once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from restore.errors import UsageError
from restore.pipelines.inpaint.options import LARGEST_MARGIN, InpaintOptions, check_number
from restore.pipelines.repair.marks import KINDS, check_kinds, check_sensitivity

RIM = 2
"""Pixels by which marks grow where nothing else is asked for."""
ADDED, PROTECTED = InpaintOptions(), InpaintOptions(dilate=0)
"""What the masks of `also` and `protect` mean: what is added grows by a pixel, as every mask of `inpaint`."""
FILL_FIELDS = ("feather", "fill", "detail", "max_memory", "seed")
"""The fields of `InpaintOptions` that say how something is filled; the others say what a mask means."""


@dataclass(frozen=True)
class RepairOptions:
    """What of a picture is damage, and how it is filled.

    Raises:
        UsageError: a value is out of its range.
    """

    sensitivity: float = 0.5
    """From 0, only what is sure, to 1, all that may be damage; at 0.5 what is damage more likely than not."""
    kinds: tuple[str, ...] = KINDS
    """Which damage to repair: `lines`, `spots`, `areas`."""
    dilate: int = RIM
    """Pixels by which what was found grows, so that soft rims are filled too."""
    filling: InpaintOptions = field(default_factory=InpaintOptions)
    """How it is filled."""
    see_through: bool = True
    """Use what is seen through wide half-transparent damage instead of a fill; see `seethrough`."""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "RepairOptions":
        """The options that a Python caller gives by name.

        Args:
            options: fields by name, and those of `FILL_FIELDS`; kinds may be a text with commas.

        Raises:
            UsageError: an unknown name, or a value out of its range.
        """
        own = {one.name for one in fields(cls)} - {"filling"}
        unknown = sorted(set(options) - own - set(FILL_FIELDS))
        if unknown:
            raise UsageError(f"option {unknown[0]!r} is unknown: choose from {', '.join([*sorted(own), *FILL_FIELDS])}")
        filling = {name: value for name, value in options.items() if name in FILL_FIELDS}
        asked = {name: value for name, value in options.items() if name in own}
        if isinstance(asked.get("kinds"), str):
            asked["kinds"] = tuple(kind.strip() for kind in asked["kinds"].split(","))
        return cls(**asked, filling=InpaintOptions(**filling))

    def __post_init__(self) -> None:
        kinds: object = self.kinds
        if isinstance(kinds, str) or not isinstance(kinds, Iterable):
            raise UsageError(f"kinds {self.kinds!r} is no list of names: choose from {', '.join(KINDS)}")
        object.__setattr__(self, "kinds", tuple(self.kinds))
        check_sensitivity(self.sensitivity)
        check_kinds(self.kinds)
        if not isinstance(self.see_through, bool):
            raise UsageError(f"see_through {self.see_through!r} is neither True nor False")
        check_number(
            "dilate",
            self.dilate,
            f"0 to {LARGEST_MARGIN} pixels",
            lambda value: 0 <= value <= LARGEST_MARGIN,
            whole=True,
        )
