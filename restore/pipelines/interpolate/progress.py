"""What became of a video's frames so far, and where its stream can be taken up again."""

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

__all__ = ["Counts", "Place"]


@dataclass(slots=True)
class Counts:
    """What became of the frames so far; the last five add up to the output's."""

    read: int = 0
    damaged: int = 0
    scene_cuts: int = 0
    made: int = 0
    real: int = 0
    still: int = 0
    cut: int = 0
    held: int = 0

    @property
    def out(self) -> int:
        """Output frames."""
        return self.made + self.real + self.still + self.cut + self.held


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stream can be taken up again: at a good source frame, before anything that follows it."""

    stamp: Fraction
    """Seconds of that frame, as the reader gives them."""
    frame: int
    """Its number, from 0, damaged ones counted."""
    first: Fraction
    """Seconds of the first source frame."""
    grid: int
    """Of the next output time."""
    latest: Fraction | None
    """Seconds of the last output frame before it, in the output."""
    paused: bool
    """It repeats its forerunner in a pause."""
    counts: Counts = field(default_factory=Counts)

    @property
    def index(self) -> int:
        """Of the next output frame."""
        return self.counts.out

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        values = asdict(self)
        return {key: str(value) if isinstance(value, Fraction) else value for key, value in values.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Place":
        """The inverse of `as_dict`.

        Raises:
            ValueError, TypeError, KeyError: the values are none of its.
        """
        latest = values["latest"]
        return cls(
            stamp=Fraction(values["stamp"]),
            frame=int(values["frame"]),
            first=Fraction(values["first"]),
            grid=int(values["grid"]),
            latest=None if latest is None else Fraction(latest),
            paused=bool(values["paused"]),
            counts=Counts(**{key: int(value) for key, value in values["counts"].items()}),
        )
