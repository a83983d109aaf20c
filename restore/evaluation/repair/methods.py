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
from restore.pipelines.repair.marks import mark_damage

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


NAMES = MethodNames((OURS,), (THRESHOLD, *BASELINES), "repair", missing, efforts=False)
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
        ours=lambda _, finder: _marks_of(finder),
        given=None if detector is None else DamageFinder(detector, device),
    )
    return dict(zip(methods, finds, strict=True))


def _marks_of(finder: DamageFinder) -> Find:
    def find(picture: Samples) -> Marks:
        return mark_damage(finder.probabilities(picture), rim=0).mask

    return find
