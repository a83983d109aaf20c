"""What lies between two source frames, told without a network.

The nearer frame is shown where nothing moved, and at a cut, over which nothing may be blended. Frames very far apart
are a pause, as in recordings of a screen: the earlier one is shown until the later comes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

__all__ = ["Judgement", "Kind", "OutputFrame", "Pixels", "Shot", "default_judgement"]

Pixels = np.ndarray[Any, np.dtype[Any]]
Kind = Literal["real", "made", "still", "cut", "held"]
"""A source frame; made by the network; repeated because nothing moved, at a cut, or where there is nothing to go to."""

PAUSE = (Fraction(1), 4)
"""Frames further apart than these seconds and than so many usual steps have nothing between them."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A good source frame.

    Attributes:
        pixels: (H, W, 3) or (H, W, 4), uint8 or uint16.
        time: seconds, the rounding of time stamps undone.
    """

    pixels: Pixels
    time: Fraction


@dataclass(frozen=True, slots=True)
class OutputFrame:
    """One output frame.

    Attributes:
        index: from 0.
        time: seconds in the output.
        pixels: of the source's shape and type; not to be written into, for real frames come more than once.
        kind: where it comes from.
        before: the good source frame at or before it, or the first one.
        after: the next one, None at the end.
    """

    index: int
    time: Fraction
    pixels: Pixels
    kind: Kind
    before: Shot
    after: Shot | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Decides what lies between two frames without a network; see `restore.video.scenes`."""

    thumbnail: Callable[[Pixels], Any]
    is_cut: Callable[[Any, Any, float], bool]
    is_still: Callable[[Pixels, Pixels], bool]
    cuts: float
    """0..1, higher finds more cuts, 0 none."""

    def kind(self, before: Shot, after: Shot, step: Fraction) -> Kind:
        """What becomes of an output time between two frames that is beside neither.

        Args:
            before: the earlier frame.
            after: the later one.
            step: seconds from source frame to source frame, on average.
        """
        if np.array_equal(before.pixels, after.pixels) or self.is_still(before.pixels, after.pixels):
            return "still"
        if self.cuts_between(before, after):
            return "cut"
        seconds, steps = PAUSE
        return "held" if after.time - before.time > max(seconds, steps * step) else "made"

    def cuts_between(self, before: Shot, after: Shot) -> bool:
        """Whether there is a cut between two frames."""
        if not self.cuts:
            return False
        return self.is_cut(self.thumbnail(before.pixels), self.thumbnail(after.pixels), self.cuts)


def default_judgement(cuts: float | None = None) -> Judgement:
    """The product's own judgement.

    Args:
        cuts: how readily a cut is seen, 0..1; None: as measured best.
    """
    from restore.video.scenes import CUT, is_cut, is_still, thumbnail

    return Judgement(thumbnail, is_cut, is_still, CUT if cuts is None else cuts)
