"""Repairs damaged pictures: what `restore.repair` and `restore repair` do.

    find   finder: how likely each pixel is damage
    mark   marks: which pixels are filled; what the caller adds or protects
    see    seethrough: where the picture is seen through wide marks, its own detail in its own tone
    fill   the pipeline of `inpaint`, which writes what is left of the marked pixels into a copy and nothing else

What is not marked is the input's to the bit, at 8 and 16 bit and in floats, alpha included.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from restore.callbacks import Notify, ProgressCallback
from restore.errors import UsageError
from restore.images.samples import to_unit
from restore.pipelines.conversions import ImageArrays, open_image
from restore.pipelines.inpaint.holes import finish_hole
from restore.pipelines.inpaint.inpainter import Inpainter, load_inpainter
from restore.pipelines.inpaint.masks import marked_pixels
from restore.pipelines.repair.finder import DamageFinder, load_finder
from restore.pipelines.repair.marks import GIVEN, Marks, mark_damage
from restore.pipelines.repair.options import ADDED, RepairOptions
from restore.pipelines.repair.seethrough import SeenThrough, see_through

_log = logging.getLogger(__name__)


class Repairer:
    """Finds damage and fills it.

    Args:
        finder: what finds it.
        inpainter: what fills it.

    Examples:
        >>> from restore.models.repair.detector import Detector
        >>> picture = np.full((40, 60, 3), 120, np.uint8)
        >>> picture[20] = 250
        >>> repairer = Repairer(DamageFinder(Detector(), "cpu"), Inpainter({}, "cpu"))
        >>> bool((repairer(picture) == 120).all())
        True
    """

    def __init__(self, finder: DamageFinder, inpainter: Inpainter) -> None:
        self.finder = finder
        self.inpainter = inpainter

    @property
    def device(self) -> torch.device:
        """Where damage is looked for now; the CPU after a device has run out of memory for good."""
        return self.finder.device

    def find(self, image: Any, *, on_progress: ProgressCallback | None = None) -> NDArray[np.float32]:
        """How likely each pixel of an image is damage.

        Args:
            image: what `Inpainter.__call__` takes; alpha is not looked at.
            on_progress: is called with the parts done and the parts in all, for each image.

        Returns:
            `(H, W)`, range 0..1; `(B, H, W)` for a batch.

        Raises:
            UsageError: a kind of image that is not supported, or values that are not finite.
        """
        found = []
        for one in open_image(image).images:
            _require_finite(one.colour)
            found.append(self.finder.probabilities(one.colour, on_progress=on_progress))
        batch = isinstance(image, torch.Tensor) and image.ndim == 4
        return np.stack(found) if batch else found[0]

    def __call__(
        self,
        image: Any,
        *,
        protect: Any = None,
        also: Any = None,
        on_progress: ProgressCallback | None = None,
        notify: Notify | None = None,
        **options: Any,
    ) -> Any:
        """Repair an image.

        Args:
            image: what `Inpainter.__call__` takes.
            protect: a mask as `Inpainter.__call__` takes it: where it is bright nothing changes. It goes before `also`.
            also: another: what it marks is filled too, grown by a pixel.
            on_progress: is called with the parts done and the parts in all, for each image.
            notify: is called with lines worth knowing; goes to `logging` if left out.
            **options: fields of `RepairOptions`: `sensitivity`, `kinds`, `dilate`, `see_through`; and of
                `InpaintOptions`: `fill`, `detail`, `feather`, `seed`, `max_memory`.

        Returns:
            A new image of the same type, dtype and shape; a palette image comes back as RGB. What is not marked is the
            input to the bit; where no damage is found that is all of it.

        Raises:
            UsageError: a kind of image or mask that is not supported, sizes that differ, a value out of range or not
                finite, or the whole image is marked.
            WeightsError: the detail asked for needs weights that are not there.
        """
        request, notify = RepairOptions.of(options), notify or _log.info
        opened = open_image(image)
        count = len(opened.images)
        protected, added = (
            [None] * count if mask is None else marked_pixels(mask, ADDED.threshold, count) for mask in (protect, also)
        )
        filled = []
        for one, kept, more in zip(opened.images, protected, added, strict=True):
            first, second = halves(on_progress)
            hole = find_marks(
                self.finder,
                one.colour,
                one.alpha,
                request,
                protect=kept,
                also=None if more is None else finish_hole(more, ADDED),
                on_progress=first,
                notify=notify,
            ).mask
            filled.append((hole, self._values(one, hole, request, second, notify)))
        return opened.rebuild(filled)

    def _values(
        self,
        one: ImageArrays,
        hole: NDArray[np.bool_],
        request: RepairOptions,
        on_progress: ProgressCallback | None,
        notify: Notify,
    ) -> NDArray[np.float32]:
        """The colours of what is marked, `(N, 3)`."""
        if not hole.any():
            notify("no damage found: every pixel stays as it is")
            return np.zeros((0, 3), np.float32)
        seen = see_through(one.colour, hole, self.finder) if request.see_through else SeenThrough(one.colour, hole, 0.0)
        values = to_unit(seen.colour[hole])
        if seen.hole.any():
            values[seen.hole[hole]] = self.inpainter.fill(
                seen.colour,
                seen.hole,
                request.filling,
                alpha=one.alpha,
                grey=one.grey,
                on_progress=on_progress,
                notify=notify,
            ).values
        return values


def find_marks(
    finder: DamageFinder,
    colour: NDArray[Any],
    alpha: NDArray[Any] | None,
    options: RepairOptions,
    *,
    protect: NDArray[np.bool_] | None = None,
    also: NDArray[np.bool_] | None = None,
    on_progress: ProgressCallback | None = None,
    notify: Notify | None = None,
) -> Marks:
    """Find what is damaged in one picture.

    Args:
        finder: what finds it.
        colour: `(H, W, 3)`, uint8, uint16 or float 0..1.
        alpha: `(H, W)`; what is wholly transparent is not marked.
        options: sensitivity, kinds and growth.
        protect: `(H, W)`, True where nothing may change; goes before `also`.
        also: `(H, W)`, True where the picture is damaged for certain.
        on_progress: is called with the tiles done and the tiles in all.
        notify: is called with lines worth knowing.

    Raises:
        UsageError: a mask is not of the picture's size, the picture holds values that are not finite, or all of it is
            marked.
    """
    _require_finite(colour)
    for name, mask in (("protect", protect), ("also", also)):
        if mask is not None and mask.shape != colour.shape[:2]:
            raise UsageError(
                f"the mask of {name} is {mask.shape[1]}x{mask.shape[0]} but the picture is "
                f"{colour.shape[1]}x{colour.shape[0]}: give a mask of the picture's size"
            )
    probabilities = finder.probabilities(colour, on_progress=on_progress, notify=notify)
    marks = mark_damage(probabilities, sensitivity=options.sensitivity, kinds=options.kinds, rim=options.dilate)
    if alpha is not None:
        marks.kinds[alpha == 0] = 0
    if also is not None:
        marks.kinds[also & (marks.kinds == 0)] = GIVEN
    if protect is not None:
        marks.kinds[protect] = 0
    if marks.kinds.all():
        raise UsageError(
            "the whole picture is marked and nothing is left to fill from: choose a lower sensitivity, "
            "or protect what is to stay"
        )
    return marks


def _require_finite(colour: NDArray[Any]) -> None:
    if np.issubdtype(colour.dtype, np.floating) and not np.isfinite(colour).all():
        raise UsageError("the image holds values that are not finite: mark them in a mask and fill them with inpaint")


def halves(
    on_progress: Callable[[int, int], None] | None,
) -> tuple[ProgressCallback | None, ProgressCallback | None]:
    """Two reports of progress as one: of finding, the first half, and of filling, the second."""
    if on_progress is None:
        return None, None
    report = on_progress
    return (lambda done, total: report(done, 2 * total)), (lambda done, total: report(total + done, 2 * total))


def load_repairer(
    name_or_path: str | Path = "repair", *, device: str | torch.device = "auto", fill: str | Path = "inpaint"
) -> Repairer:
    """Load what finds damage and what fills it, once for many pictures.

    Args:
        name_or_path: weights that find damage: a released model's name, a `.safetensors` file, or a folder that holds
            such files.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        fill: weights that fill holes, named in the same ways.

    Raises:
        UsageError: the device is not available.
        WeightsError: no such weights, or damaged ones, or weights of another model.
    """
    return Repairer(load_finder(name_or_path, device), load_inpainter(fill, device=device))


load_once = lru_cache(maxsize=2)(load_repairer)


def repair(image: Any, *, device: str | torch.device = "auto", **options: Any) -> Any:
    """Repair an image with the released weights; see `Repairer.__call__`.

    The weights are loaded at the first call and kept.

    Args:
        image: PIL image, NumPy array or tensor.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        **options: `protect`, `also`, `on_progress`, `notify`, and fields of `RepairOptions` and `InpaintOptions`.

    Returns:
        A new image of the same type, dtype and shape, equal to the input to the bit where no damage was found.

    Raises:
        UsageError: an image or mask that is not supported, sizes that differ, or the whole image is marked.
        WeightsError: weights are missing or damaged.
    """
    return load_once("repair", device=device)(image, **options)


def find_damage(image: Any, *, device: str | torch.device = "auto") -> NDArray[np.float32]:
    """How likely each pixel of an image is damage, by the released weights; see `Repairer.find`.

    Args:
        image: PIL image, NumPy array or tensor.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.

    Returns:
        `(H, W)`, range 0..1; `(B, H, W)` for a batch.

    Raises:
        UsageError: an image that is not supported.
        WeightsError: weights are missing or damaged.
    """
    return load_once("repair", device=device).find(image)
