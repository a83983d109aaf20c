"""The methods of a repair bench: names to detectors, ours among them.

Our network runs through the `DamageFinder` that a user's picture meets, and marks are made as by default, but for their
growth: the bench grows every method's marks alike where it repairs with them.
"""

from collections.abc import Sequence
from pathlib import Path

import torch

from restore.errors import UsageError
from restore.evaluation.extras import opencv
from restore.evaluation.methods import OURS, MethodNames
from restore.evaluation.repair.baselines import BASELINES, Find, Marks, Samples
from restore.models.repair.detector import Detector
from restore.pipelines.repair.finder import DamageFinder, load_finder
from restore.pipelines.repair.marks import check_sensitivity, mark_damage
from restore.pipelines.repair.options import RepairOptions

THRESHOLD = "threshold"
"""Our network untrained: the best threshold on its own top-hat."""


def missing(name: str) -> str | None:
    """What an install lacks to run a baseline, in words; None where it runs."""
    if name == THRESHOLD:
        return None
    try:
        opencv()
    except UsageError as error:
        return str(error)
    return None


def sensitivity_of(method: str) -> float | None:
    """The sensitivity that a method's name asks for; None where it asks for none.

    Raises:
        UsageError: it is no number from 0 to 1.

    Examples:
        >>> sensitivity_of("restore@0.3")
        0.3
    """
    _, at, text = method.partition("@")
    if not at:
        return None
    try:
        sensitivity = float(text)
        check_sensitivity(sensitivity)
    except (ValueError, UsageError) as error:
        raise UsageError(f"{method}: what follows @ is a sensitivity from 0 to 1") from error
    return sensitivity


NAMES = MethodNames(
    (OURS,), (THRESHOLD, *BASELINES), "repair", missing, setting_of=sensitivity_of, setting="SENSITIVITY"
)
"""What a repair bench can measure, in the order of the report."""


def finds_of(
    methods: Sequence[str], weights: str | Path, detector: Detector | None, device: torch.device
) -> dict[str, Find]:
    """The detectors behind chosen methods, by name.

    Args:
        methods: as `NAMES.choose` gives them.
        weights: name or path of our weights.
        detector: a network to measure instead of `weights`.
        device: where our networks run.

    Raises:
        WeightsError: our weights cannot be loaded.
    """
    finds = NAMES.resolve(
        methods,
        baseline=lambda name: _marks_of(DamageFinder(Detector(), device)) if name == THRESHOLD else BASELINES[name],
        load=lambda _: load_finder(weights, device),
        ours=lambda name, finder: _marks_of(finder, sensitivity_of(name)),
        given=None if detector is None else DamageFinder(detector, device),
    )
    return dict(zip(methods, finds, strict=True))


def _marks_of(finder: DamageFinder, sensitivity: float | None = None) -> Find:
    asked = RepairOptions.sensitivity if sensitivity is None else sensitivity

    def find(picture: Samples) -> Marks:
        return mark_damage(finder.probabilities(picture), sensitivity=asked, rim=0).mask

    return find
