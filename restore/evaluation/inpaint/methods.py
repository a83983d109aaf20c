"""The methods of an inpainting bench: names to fills, ours in each way it can fill a hole among them.

Our network runs through the `Inpainter` a user calls, on an 8-bit picture, so that the figures hold for what a user
gets and not for an inner function. The bench's hole is exact, so it is not dilated.
"""

from collections.abc import Sequence

import numpy as np
import torch

from restore.errors import UsageError
from restore.evaluation.inpaint.baselines import (
    LIBRARY_FILLS,
    OPTIONAL,
    Fill,
    Hole,
    Samples,
    harmonic,
    missing,
    prefill,
)
from restore.evaluation.inpaint.rows import REFERENCE
from restore.evaluation.methods import OURS
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.pipelines.inpaint.inpainter import Inpainter
from restore.pipelines.inpaint.options import InpaintOptions

SMOOTH, PIECES = "smooth", "pieces"
"""Our network alone, and with pieces of the picture inside wide holes; `restore` is what a user gets who asks for
neither."""
FILLS = {OURS: "auto", SMOOTH: "smooth", PIECES: "pieces"}
"""Our methods, each to its way to fill."""
FORMER = {"exemplar": PIECES}
"""Names that were once in use and still work, to the names they have now."""
PREFILL = "prefill"
"""The fill our network starts from, alone."""
METHODS = (OURS, SMOOTH, PIECES, PREFILL, REFERENCE, *LIBRARY_FILLS)
"""The methods by name, in the order of the report; ours may be followed by a detail, as in `smooth@0.5`."""


def choose_methods(methods: Sequence[str] | None, details: Sequence[float]) -> list[str]:
    """Expand names into what runs, without repeats.

    Args:
        methods: names, ours perhaps with a detail; `smooth` without one stands for every one of `details`. None: all
            that are installed.
        details: where between the regression (0) and the adversarial weights (1) `smooth` runs.

    Raises:
        UsageError: an unknown name, a detail outside 0..1, or a method whose library is not installed.
    """
    chosen: list[str] = []
    for method in [name for name in METHODS if missing(name) is None] if methods is None else methods:
        name, at, detail = method.partition("@")
        name = FORMER.get(name, name)
        if name not in METHODS or (at and not is_ours(name)):
            raise UsageError(
                f"there is no method {method!r}; choose from {', '.join(METHODS)}, or {OURS}, {SMOOTH} or {PIECES} "
                "with a detail, such as smooth@0.5"
            )
        if (reason := missing(name)) is not None:
            raise UsageError(reason)
        if at:
            chosen.append(_at_detail(name, _number(method, detail)))
        elif name == SMOOTH:
            chosen += [_at_detail(name, value) for value in details]
        else:
            chosen.append(name)
    if not chosen:
        raise UsageError(f"nothing to measure; choose from {', '.join(METHODS)}")
    return list(dict.fromkeys(chosen))


def left_out(methods: Sequence[str] | None) -> list[str]:
    """Notes on the methods that would run if their library were installed; none where methods were named."""
    if methods is not None:
        return []
    reasons = ((name, missing(name)) for name in OPTIONAL)
    return [f"{name} is left out: {reason}" for name, reason in reasons if reason is not None]


def is_ours(method: str) -> bool:
    """Whether a chosen method runs our network."""
    return method.partition("@")[0] in (OURS, SMOOTH, PIECES)


def worst_cases_of(methods: Sequence[str]) -> str | None:
    """The method whose worst cases are shown: `restore`, else the first of ours, else the first that has a margin."""
    ranked = [OURS, *(method for method in methods if is_ours(method)), *methods]
    return next((method for method in ranked if method in methods and method != REFERENCE), None)


def fill_of(method: str, inpainter: Inpainter | None, device: torch.device) -> Fill:
    """The fill behind a chosen method's name.

    Raises:
        UsageError: our network is wanted and there is no inpainter.
    """
    if is_ours(method):
        if inpainter is None:
            raise UsageError(f"{method} needs an inpainter")
        name, at, detail = method.partition("@")
        return _ours(inpainter, InpaintOptions(detail=float(detail) if at else None, fill=FILLS[name], dilate=0))
    own = {REFERENCE: harmonic, PREFILL: prefill}
    return own[method](device) if method in own else LIBRARY_FILLS[method]


def _ours(inpainter: Inpainter, options: InpaintOptions) -> Fill:
    def fill(image: Samples, hole: Hole) -> Samples:
        picture = Picture(colour=image, alpha=None, grey=False, metadata=Metadata(), format="PNG")
        return np.asarray(inpainter.picture(picture, hole, options).colour, dtype=np.uint8)

    return fill


def _number(method: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"{method}: what follows @ is a detail from 0 to 1") from error


def _at_detail(name: str, detail: float) -> str:
    if not 0 <= detail <= 1:
        raise UsageError(f"detail goes from 0 (regression) to 1 (adversarial), got {detail:g}")
    return f"{name}@{detail:g}"
