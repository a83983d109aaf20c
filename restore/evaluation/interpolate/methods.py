"""The methods of an interpolation bench: names to callables, our network with parts switched off among them.

Our network runs as a user calls it, from two 8-bit frames to one. The gain of each part is measured by taking it away:
`restore-untrained` is the network at initialisation, `restore-nostate` forgets after every step, `restore-onelevel`
has no pyramid, `restore-fewsteps` stops early. `restore@2` is our network at effort 2.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from restore.errors import RestoreError
from restore.evaluation.interpolate.baselines import BASELINES, InterpolationMethod, Samples, missing
from restore.evaluation.methods import OURS, MethodNames, effort_of

if TYPE_CHECKING:
    from restore.pipelines.interpolate.interpolator import Part

PARTS: "dict[str, Part]" = {
    OURS: "all",
    "restore-untrained": "untrained",
    "restore-nostate": "nostate",
    "restore-onelevel": "onelevel",
    "restore-fewsteps": "fewsteps",
}
"""Our methods, and which part of the network each runs with."""
METHODS = MethodNames(
    ours=tuple(PARTS),
    baselines=tuple(BASELINES),
    released="interpolate",
    missing=missing,
    former={"restore-newborn": "restore-untrained"},
)
"""All methods."""
STILL_METHODS = ("copy", "blend")
"""Methods that follow no motion: their frames differ from the truth wherever anything moves."""
REFERENCES = ("dis", "blend", "copy")
"""What the margin of a worst case is taken over: the first of them that runs."""


class Interpolator(Protocol):
    """What the bench asks of our network."""

    def between(
        self, frame0: npt.NDArray[Any], frame1: npt.NDArray[Any], times: Sequence[float], *, effort: int | None = None
    ) -> Sequence[npt.NDArray[Any]]:
        """Two frames `(H, W, 3)`, RGB, to one per time in 0..1."""
        ...


def worst_cases_of(methods: Sequence[str]) -> tuple[str, str | None]:
    """The method whose worst cases are shown, ours where it runs, and the one its margin is taken over."""
    judged = next((name for name in methods if METHODS.is_ours(name)), None)
    if judged is None:
        judged = next((name for name in methods if name not in STILL_METHODS), methods[0])
    return judged, next((name for name in REFERENCES if name in methods and name != judged), None)


def interpolators_of(
    methods: Sequence[str], weights: str | Path, device: str, interpolator: Interpolator | None = None
) -> list[InterpolationMethod]:
    """The methods behind chosen names; `interpolator`, where there is one, stands for `restore`.

    Raises:
        WeightsError: our weights cannot be loaded.
        UsageError: an unavailable device.
    """

    def load(name: str) -> Interpolator:
        from restore.pipelines.interpolate.interpolator import load_interpolator

        return load_interpolator(weights, device, part=PARTS[name])

    return METHODS.resolve(methods, baseline=BASELINES.__getitem__, load=load, ours=_ours, given=interpolator)


def _ours(method: str, interpolator: Interpolator) -> InterpolationMethod:
    effort = effort_of(method)

    def between(first: Samples, last: Samples) -> Samples:
        made = interpolator.between(first, last, [0.5], effort=effort)
        if len(made) != 1:
            raise RestoreError(f"{method} gave {len(made)} frames for one; this is a bug in it")
        return np.asarray(made[0], dtype=np.uint8)

    return InterpolationMethod(method, between)
