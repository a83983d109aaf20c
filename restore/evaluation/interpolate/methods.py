"""Who takes part in an interpolation bench: names to methods, our network with parts switched off among them.

Our network runs as a user calls it, from two 8-bit frames to one. What each part is worth is measured by taking it
away: `restore-newborn` is the network before it learned anything, `restore-nostate` forgets after every step,
`restore-onelevel` has no pyramid, `restore-fewsteps` stops early. `restore@2` is a method of ours at effort 2.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from restore.errors import RestoreError, UsageError
from restore.evaluation import methods as entrants
from restore.evaluation.interpolate.rivals import RIVALS, Contestant, Samples, missing
from restore.evaluation.methods import OURS, demand, effort_of, has_weights, ready

if TYPE_CHECKING:
    from restore.pipelines.interpolate.interpolator import Part

PARTS: "dict[str, Part]" = {
    OURS: "all",
    "restore-newborn": "untrained",
    "restore-nostate": "nostate",
    "restore-onelevel": "onelevel",
    "restore-fewsteps": "fewsteps",
}
"""Our methods, and which part of the network each runs with."""
METHODS = (*PARTS, *RIVALS)
"""The methods by name."""
RELEASED = "interpolate"
"""The name of our released weights."""
CHOICE = f"choose from {', '.join(METHODS)}, or {OURS}@EFFORT"
REFERENCES = ("dis", "blend", "copy")
"""What a worst case is measured against: the first of them that runs."""


class Interpolator(Protocol):
    """What the bench asks of our network."""

    def between(
        self, frame0: npt.NDArray[Any], frame1: npt.NDArray[Any], times: Sequence[float], *, effort: int | None = None
    ) -> Sequence[npt.NDArray[Any]]:
        """Two frames `(H, W, 3)`, RGB, to one per time in 0..1."""
        ...


def choose_methods(
    methods: Sequence[str] | None, weights: str | Path, interpolator: Interpolator | None = None
) -> list[str]:
    """The methods to run, without repeats; None is our network (where it has weights) and every rival that is there.

    Raises:
        UsageError: an unknown name, an effort that is no whole number above 0, or a rival that this install lacks.
    """
    if methods is None:
        ours = [OURS] if interpolator is not None or has_weights(weights, RELEASED) else []
        return ours + ready(RIVALS, missing)
    for method in methods:
        name, at, _ = method.partition("@")
        if name not in METHODS or (at and name not in PARTS):
            raise UsageError(f"there is no method {method!r}; {CHOICE}")
        effort_of(method)
        if name in RIVALS:
            demand(name, missing)
    if not methods:
        raise UsageError(f"nothing to measure; {CHOICE}")
    return list(dict.fromkeys(methods))


def left_out(methods: Sequence[str], weights: str | Path) -> list[str]:
    """What a reader should be told about those that would run by default and do not."""
    return entrants.left_out(methods, weights, RELEASED, RIVALS, missing)


def is_ours(method: str) -> bool:
    """Whether a chosen method is our network, with or without some of its parts."""
    return method.partition("@")[0] in PARTS


def judged(methods: Sequence[str]) -> tuple[str, str | None]:
    """The method that the worst cases are found by, ours where it runs, and the one its margin is taken over."""
    focus = next((name for name in methods if is_ours(name)), None)
    if focus is None:
        focus = next((name for name in methods if name not in ("copy", "blend")), methods[0])
    return focus, next((name for name in REFERENCES if name in methods and name != focus), None)


def contestants(
    methods: Sequence[str], weights: str | Path, device: str, interpolator: Interpolator | None = None
) -> list[Contestant]:
    """The methods behind chosen names; our network is loaded once per part, whatever the efforts.

    Args:
        methods: as `choose_methods` gives them.
        weights: name or path of our weights.
        device: where our network runs.
        interpolator: stands for `restore` instead of those.

    Raises:
        WeightsError: our weights are wanted and cannot be loaded.
        UsageError: an unavailable device.
    """
    loaded: dict[str, Interpolator] = {} if interpolator is None else {OURS: interpolator}
    found = []
    for method in methods:
        name = method.partition("@")[0]
        if name in RIVALS:
            found.append(RIVALS[name])
            continue
        if name not in loaded:
            loaded[name] = _load(weights, device, PARTS[name])
        found.append(ours(method, loaded[name]))
    return found


def ours(method: str, interpolator: Interpolator) -> Contestant:
    """Our network as the bench drives it, under a name such as `restore@2`."""
    effort = effort_of(method)

    def between(first: Samples, last: Samples) -> Samples:
        made = interpolator.between(first, last, [0.5], effort=effort)
        if len(made) != 1:
            raise RestoreError(f"{method} gave {len(made)} frames for one; this is a bug in it")
        return np.asarray(made[0], dtype=np.uint8)

    return Contestant(method, between)


def _load(weights: str | Path, device: str, part: "Part") -> Interpolator:
    from restore.pipelines.interpolate.interpolator import load_interpolator

    return load_interpolator(weights, device, part=part)
