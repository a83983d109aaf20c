"""The few triplets of an interpolation bench worth looking at, cut out and kept while it runs.

The typical ones are settled before the first one runs, spread evenly over sets and clips, so that nobody picks the
pretty ones. The worst are kept as they come, of two kinds: where the judged method gains least over its reference
(among frames whose errors can be seen), and where its PSNR is lowest, which is where every method is lost. Only a
window of each is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from restore.evaluation.interpolate.report import Row
from restore.evaluation.interpolate.sources import Triplet
from restore.evaluation.selection import Window, heaviest_window, spread

TILE = 240
"""Side of a window in pixels."""
GRID = 16
"""Pixels between two places that are tried for it."""
VISIBLE = 40.0
"""PSNR in dB from which on nobody sees what is wrong, so that being behind does not matter."""
PLAIN = ("copy", "blend")
"""Methods that follow no motion: they differ from the truth wherever anything moves, so they do not choose a window."""

Samples = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Case:
    """One triplet at the place where the methods differ most from the truth."""

    label: str
    """Set, name and size."""
    window: Window
    view: Samples
    """The whole truth, at most `TILE` px a side."""
    share: float
    """The view's size as a share of the frame's."""
    truth: Samples
    """The window of the truth, `(h, w, 3)`."""
    given: tuple[Samples, Samples]
    """The same window of the first and the last frame."""
    made: dict[str, Samples]
    """Method to the same window of its frame."""
    rows: dict[str, Row]
    """Method to its figures."""
    margin: float | None
    """PSNR of the judged method over its reference, dB; None without a reference."""
    psnr: float
    """Of the judged method, dB."""


class Gallery:
    """Keeps up to `room` typical triplets, and as many worst ones of either kind.

    Args:
        sources: how many sources the bench goes through.
        room: how many cases of each kind to keep.
        judged: the method that the worst are found by, and the one its margin is taken over.
    """

    def __init__(self, sources: int, room: int, judged: tuple[str, str | None]) -> None:
        self._wanted = {source for source, _ in spread(sources, 1, room)}
        self._room = room
        self._judged = judged
        self._typical: list[Case] = []
        self._behind: list[Case] = []
        self._lowest: list[Case] = []

    def add(self, source: int, case: Case) -> None:
        """Offer a case from a source of that number; the first of each wanted source is a typical one."""
        if source in self._wanted:
            self._wanted.remove(source)
            self._typical.append(case)
        if case.margin is not None and case.psnr < VISIBLE:
            self._behind = sorted([*self._behind, case], key=_margin)[: self._room]
        self._lowest = sorted([*self._lowest, case], key=lambda one: one.psnr)[: self._room]

    def select(self, count: int, worst: int) -> list[tuple[str, Case]]:
        """Up to `count` different cases with a note each: typical ones, then up to `worst` of the bad ones.

        Half of the bad ones are those of the least margin, the others those of the lowest PSNR.
        """
        focus, reference = self._judged
        behind = [(f"{focus} {_margin(case):+.2f} dB over {reference}, among the least", case) for case in self._behind]
        lowest = [(f"lowest PSNR of {focus}", case) for case in self._lowest]
        worst = min(worst, count)
        bad: list[tuple[str, Case]] = []
        for limit, offered in ((worst // 2, behind), (worst, lowest)):
            for note, case in offered:
                if len(bad) < limit and all(case is not other for _, other in bad):
                    bad.append((note, case))
        typical = [case for case in self._typical if all(case is not other for _, other in bad)]
        chosen = sorted(place for place, _ in spread(len(typical), 1, count - len(bad)))
        return [("", typical[place]) for place in chosen] + bad


def cut_out(triplet: Triplet, made: dict[str, Samples], rows: dict[str, Row], judged: tuple[str, str | None]) -> Case:
    """A case of the window where the methods that follow motion differ most from the truth.

    Args:
        triplet: the two given frames and the held-back one.
        made: method to what it made of the two.
        rows: method to its figures.
        judged: the method that the worst cases are found by, and the one its margin is taken over.
    """
    focus, reference = judged
    truth, row = triplet.truth, rows[focus]
    window = worst_window(truth, [made[name] for name in made if name not in PLAIN] or list(made.values()))
    share = min(1.0, TILE / max(truth.shape[:2]))
    size = max(1, round(truth.shape[1] * share)), max(1, round(truth.shape[0] * share))
    moved = "" if row.motion is None else f", median motion {row.motion:.1f} px, a tenth from {row.motion_90:.1f} px"
    return Case(
        label=f"{triplet.label}, {row.width} x {row.height} px{moved}",
        window=window,
        view=np.asarray(Image.fromarray(truth).resize(size, Image.Resampling.LANCZOS)),
        share=share,
        truth=_inside(truth, window),
        given=(_inside(triplet.first, window), _inside(triplet.last, window)),
        made={name: _inside(frame, window) for name, frame in made.items()},
        rows=rows,
        margin=None if reference is None else row.psnr - rows[reference].psnr,
        psnr=row.psnr,
    )


def worst_window(truth: Samples, frames: Sequence[Samples], side: int = TILE) -> Window:
    """The window of `side` px (or what the picture has) with the largest squared difference, summed over the frames."""
    apart = np.zeros((truth.shape[0], truth.shape[1]))
    for frame in frames:
        apart += np.square(frame.astype(np.float64) - truth).mean(axis=2)
    return heaviest_window(apart, side, GRID)


def _inside(frame: Samples, window: Window) -> Samples:
    top, left, height, width = window
    return frame[top : top + height, left : left + width].copy()


def _margin(case: Case) -> float:
    return float("inf") if case.margin is None else case.margin
