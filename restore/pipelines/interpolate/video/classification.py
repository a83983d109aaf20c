"""What lies between two source frames, and so where each output frame between them comes from, without a network.

The nearer frame is repeated where nothing moved, and at a cut, over which nothing may be blended. Frames very far apart
are a pause, as in recordings of a screen: the earlier one is shown until the later comes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

__all__ = ["FrameKind", "OutputFrame", "PairClassifier", "Pixels", "PlannedFrame", "SourceFrame", "default_classifier"]

Pixels = np.ndarray[Any, np.dtype[Any]]
FrameKind = Literal["made", "real", "still", "cut", "held"]
"""Made by the network; a source frame; repeated because nothing moved, at a cut, in a pause or beyond both ends."""

NEAR = Fraction(1, 50)
"""Part of a source interval: an output time this close to a source frame takes the source frame."""
PAUSE = (Fraction(1), 4)
"""Frames further apart than these seconds and than so many mean intervals have nothing between them."""


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """A good source frame.

    Attributes:
        pixels: (H, W, 3) or (H, W, 4), uint8 or uint16.
        time: seconds, the rounding of time stamps undone.
    """

    pixels: Pixels
    time: Fraction


@dataclass(frozen=True, slots=True)
class PlannedFrame:
    """An output frame that is still to be made or repeated.

    Attributes:
        time: seconds in the source.
        position: of its time, 0 at the source frame before, 1 at the one after.
        kind: where it comes from.
    """

    time: Fraction
    position: Fraction
    kind: FrameKind

    def source(self, before: SourceFrame, after: SourceFrame | None) -> SourceFrame:
        """The source frame it shows, unless it is made: the nearer one, or the earlier one in a pause."""
        switch = Fraction(1) if self.kind == "held" else Fraction(1, 2)
        return before if after is None or self.position < switch else after


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
    kind: FrameKind
    before: SourceFrame
    after: SourceFrame | None


@dataclass(frozen=True, slots=True)
class PairClassifier:
    """Decides what lies between two frames; see `restore.video.scenes`."""

    thumbnail: Callable[[Pixels], Any]
    """From pixels to what `is_cut` compares."""
    is_cut: Callable[[Any, Any, float], bool]
    """Whether two thumbnails lie on different sides of a cut, at the threshold `cuts`."""
    is_still: Callable[[Pixels, Pixels], bool]
    """Whether nothing moved between two frames."""
    cuts: float
    """How readily a cut is seen, 0..1; 0 never."""

    def plan(
        self, times: list[Fraction], before: SourceFrame, after: SourceFrame, interval: Fraction, *, damage: bool
    ) -> tuple[FrameKind, list[PlannedFrame]]:
        """Plan the output frames between two source frames.

        Args:
            times: of the output frames, in source seconds.
            before: the earlier source frame.
            after: the later one.
            interval: seconds from source frame to source frame, on average.
            damage: whether damaged frames lie between the two.

        Returns:
            The kind of the pair (real where all times are close to one of the two), and a plan per time.
        """
        length = after.time - before.time
        near = NEAR * min(length, interval)
        apart = [near < time - before.time < length - near for time in times]
        kind = self.classify(before, after, interval) if damage or any(apart) else "real"
        planned = [
            PlannedFrame(time, (time - before.time) / length, kind if is_apart else "real")
            for time, is_apart in zip(times, apart, strict=True)
        ]
        return kind, planned

    def classify(self, before: SourceFrame, after: SourceFrame, interval: Fraction) -> FrameKind:
        """The kind of an output frame between two source frames that is close to neither.

        Args:
            before: the earlier frame.
            after: the later one.
            interval: seconds from source frame to source frame, on average.
        """
        if np.array_equal(before.pixels, after.pixels) or self.is_still(before.pixels, after.pixels):
            return "still"
        if self.cut_between(before, after):
            return "cut"
        seconds, intervals = PAUSE
        return "held" if after.time - before.time > max(seconds, intervals * interval) else "made"

    def cut_between(self, before: SourceFrame, after: SourceFrame) -> bool:
        """Whether there is a cut between two frames."""
        if not self.cuts:
            return False
        return self.is_cut(self.thumbnail(before.pixels), self.thumbnail(after.pixels), self.cuts)


def default_classifier(cuts: float | None = None) -> PairClassifier:
    """The classifier with the measures of `restore.video.scenes`.

    Args:
        cuts: how readily a cut is seen, 0..1; None: the threshold that was measured best.
    """
    from restore.video.scenes import CUT_THRESHOLD, is_cut, is_still, thumbnail

    return PairClassifier(thumbnail, is_cut, is_still, CUT_THRESHOLD if cuts is None else cuts)
