"""How far a video is: how many frames of each kind there are, and where its stream can be resumed.

`Progress` is what is kept beside the finished segments of an output, as plain values.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeVar, get_args

from restore.pipelines.interpolate.video.classification import FrameKind

__all__ = ["FrameCounts", "Progress", "ResumePoint"]

T = TypeVar("T")


@dataclass(slots=True)
class FrameCounts:
    """How many frames were read, and how many of each kind were given.

    Attributes:
        read: source frames, damaged ones included.
        damaged: source frames that could not be used.
        scene_cuts: cuts that were found.
        given: output frames by their kind.
    """

    read: int = 0
    damaged: int = 0
    scene_cuts: int = 0
    given: Counter[FrameKind] = field(default_factory=Counter)

    def copy(self) -> "FrameCounts":
        """A copy that does not change with these."""
        return replace(self, given=self.given.copy())

    def as_dict(self) -> dict[str, int]:
        """Plain values, the kinds beside the others."""
        kinds = {str(kind): self.given[kind] for kind in get_args(FrameKind)}
        return {"read": self.read, "damaged": self.damaged, "scene_cuts": self.scene_cuts, **kinds}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "FrameCounts":
        """The inverse of `as_dict`.

        Raises:
            ValueError, TypeError, KeyError: other values.
        """
        given = Counter({kind: int(values[kind]) for kind in get_args(FrameKind)})
        return cls(int(values["read"]), int(values["damaged"]), int(values["scene_cuts"]), given)


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where a stream can be resumed: at a good source frame, before anything that follows it."""

    source_time: Fraction
    """Seconds of that frame, as the reader gives them."""
    source_index: int
    """Its number, from 0, damaged ones counted."""
    first_time: Fraction
    """Seconds of the first source frame."""
    schedule_index: int
    """Number of the next output time."""
    last_time: Fraction | None
    """Seconds in the output of the last output frame before it."""
    paused: bool
    """Whether it repeats the frame before it in a pause."""
    counts: FrameCounts = field(default_factory=FrameCounts)
    """Frames up to it."""

    @property
    def index(self) -> int:
        """Number of the next output frame."""
        return self.counts.given.total()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {
            "source_time": str(self.source_time),
            "source_index": self.source_index,
            "first_time": str(self.first_time),
            "schedule_index": self.schedule_index,
            "last_time": None if self.last_time is None else str(self.last_time),
            "paused": self.paused,
            "counts": self.counts.as_dict(),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ResumePoint":
        """The inverse of `as_dict`.

        Raises:
            ValueError, TypeError, KeyError, ZeroDivisionError: other values.
        """
        last_time = values["last_time"]
        return cls(
            source_time=Fraction(values["source_time"]),
            source_index=int(values["source_index"]),
            first_time=Fraction(values["first_time"]),
            schedule_index=int(values["schedule_index"]),
            last_time=None if last_time is None else Fraction(last_time),
            paused=bool(values["paused"]),
            counts=FrameCounts.from_dict(values["counts"]),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """A stream's state at an output frame."""

    resume_point: ResumePoint | None = None
    """The last one before that frame; None before the first good source frame."""
    counts: FrameCounts = field(default_factory=FrameCounts)
    """Frames up to that frame."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        point = self.resume_point
        return {"resume_point": None if point is None else point.as_dict(), "counts": self.counts.as_dict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Progress":
        """The inverse of `as_dict`; a part that is missing or damaged is as it is at the beginning."""
        point = _parsed(ResumePoint.from_dict, values.get("resume_point"))
        return cls(point, _parsed(FrameCounts.from_dict, values.get("counts")) or FrameCounts())


def _parsed(parse: Callable[[dict[str, Any]], T], values: Any) -> T | None:
    try:
        return parse(values)
    except (ValueError, TypeError, KeyError, ZeroDivisionError):
        return None
