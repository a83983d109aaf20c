"""The few cases of a bench worth looking at, kept while it runs.

A bench sees hundreds of cases; keeping every output would take gigabytes, filling the chosen ones again would take
minutes. So the ordinary cases are settled before the first one runs (spread evenly over pictures and classes, so that
nobody picks the pretty ones) and the worst are kept as they come. Of an output only the hole is kept: the rest is the
original.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from restore.evaluation.inpaint.report import Row
from restore.evaluation.selection import evenly_spaced, spread


@dataclass(frozen=True, slots=True)
class Case:
    """One picture with one mask, and what each method made of it."""

    original: npt.NDArray[np.uint8]
    """`(H, W, 3)` RGB."""
    hole: npt.NDArray[np.bool_]
    """`(H, W)`, True inside."""
    fills: dict[str, npt.NDArray[np.uint8]]
    """Method to the hole's pixels `(N, 3)`, in the order of `original[hole]`."""
    rows: dict[str, Row]
    """Method to its figures."""
    margin: float | None
    """PSNR margin over the harmonic fill of the method the bench judges the worst cases by, dB."""

    @property
    def label(self) -> str:
        """The case in words: class, picture, seed and hole."""
        row = next(iter(self.rows.values()))
        return f"{row.mask}, {row.picture}, seed {row.seed}, hole {row.hole:.1%}"

    def filled(self, method: str) -> npt.NDArray[np.uint8]:
        """The picture as a method left it, `(H, W, 3)`."""
        picture = self.original.copy()
        picture[self.hole] = self.fills[method]
        return picture


class Gallery:
    """Keeps up to `room` ordinary cases and up to `room` worst ones.

    Args:
        pictures: how many pictures the bench goes through.
        classes: how many mask classes each of them gets.
        room: how many cases of either kind to keep.
    """

    def __init__(self, pictures: int, classes: int, room: int) -> None:
        self._wanted = spread(pictures, classes, room)
        self._room = room
        self._ordinary: list[Case] = []
        self._worst: list[Case] = []

    def add(self, picture: int, mask_class: int, case: Case) -> None:
        """Offer a case: picture index, class index, and the case itself."""
        if (picture, mask_class) in self._wanted:
            self._ordinary.append(case)
        if case.margin is not None:
            self._worst = sorted([*self._worst, case], key=_margin)[: self._room]

    def select(self, count: int, worst: int) -> list[tuple[str, Case]]:
        """Up to `count` cases with a note each: ordinary ones first, then the `worst` ones, the very worst last."""
        bad = self._worst[: min(worst, count)]
        ordinary = [case for case in self._ordinary if all(case is not other for other in bad)]
        ordinary = [ordinary[index] for index in evenly_spaced(len(ordinary), count - len(bad))]
        notes = [f"lowest margin, place {rank}: {_margin(case):+.2f} dB" for rank, case in enumerate(bad, start=1)]
        return [("", case) for case in ordinary] + list(zip(notes, bad, strict=True))[::-1]


def _margin(case: Case) -> float:
    return float("inf") if case.margin is None else case.margin
