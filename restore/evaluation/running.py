"""What the loops of all benches share: counting runs for the progress callback, and what an untimed first call gets."""

import numpy as np
import numpy.typing as npt

from restore.callbacks import ProgressCallback

WARM_UP_SIDE = 64
"""Side in pixels of the corner that a baseline is called on once, untimed."""

Samples = npt.NDArray[np.uint8]


class RunCounter:
    """Counts runs and reports them.

    Args:
        total: how many runs there will be at most.
        on_progress: the progress callback; None reports nothing.
    """

    def __init__(self, total: int, on_progress: ProgressCallback | None) -> None:
        self._total = total
        self._done = 0
        self._on_progress = on_progress

    def skip_to(self, done: int) -> None:
        """Count the runs before a place as done, those left out included."""
        self._done = done

    def count(self) -> None:
        """Count one run as done."""
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)


def warm_up_sample(image: Samples, *, whole: bool) -> Samples:
    """What a method is called on once, untimed, so that late imports and first-call set-up are not measured.

    Args:
        image: the first picture, `(H, W, 3)`.
        whole: whether the method needs the real size, as our networks do because CUDA chooses its kernels by size; a
            corner is enough for the others.
    """
    return image if whole else np.ascontiguousarray(image[:WARM_UP_SIDE, :WARM_UP_SIDE])
