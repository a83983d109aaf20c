"""Fills the holes of pictures: what `restore.inpaint` and `restore inpaint` do.

    request   options, masks, holes: which pixels are filled, and how
    plan      plan: crops and regions, from the hole and the model alone
    compute   fill: prefill and network, crop by crop; wide: pieces of the picture in wide parts, mended
    compose   compose: crops cross-faded, the rim softened, written into a copy of the input

The result starts as a copy of the input, and only the pixels of the hole are ever written: what lies outside is the
input's to the bit, at 8 and 16 bit and in floats, alpha included. The network's memory does not grow with the picture.
"""

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from restore.callbacks import Notify, ProgressCallback
from restore.devices import MemoryFallback, pick_device
from restore.errors import UsageError
from restore.models.inpaint.generator import InpainterConfig
from restore.pipelines.conversions import open_image
from restore.pipelines.inpaint.budget import Budget
from restore.pipelines.inpaint.cells import CELL
from restore.pipelines.inpaint.compose import Filled, soften_rim, with_hole_filled
from restore.pipelines.inpaint.fill import Filling, fill_planned
from restore.pipelines.inpaint.holes import finish_hole, unknown_pixels
from restore.pipelines.inpaint.masks import marked_pixels
from restore.pipelines.inpaint.networks import Networks, load_generators
from restore.pipelines.inpaint.options import AUTO, MOST_VARIANTS, SMOOTH, InpaintOptions
from restore.pipelines.inpaint.plan import PlanConfig, plan_fill
from restore.pipelines.inpaint.wide import wide_fills

if TYPE_CHECKING:
    from restore.images.picture import Picture

MOST_AT_ONCE = 4
"""Crops side by side on a graphics card; the CPU shares its cores within one crop and runs a single one."""

_log = logging.getLogger(__name__)


class Inpainter:
    """Fills holes with a generator, or with the sparse fill alone.

    Args:
        generators: by role, `regression` or `adversarial` or both, of one architecture. They are copied. Empty: the
            sparse fill, which needs no weights.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        default_detail: detail of calls that name none, where both roles are there.
        plan_config: how crops are cut.
        at_once: most crops side by side; left out, what suits the device.

    Raises:
        UsageError: the device is not available.
        WeightsError: an unknown role, or two architectures.

    Examples:
        >>> import numpy as np
        >>> picture = np.full((32, 48, 3), 90, np.uint8)
        >>> mask = np.zeros((32, 48), bool)
        >>> mask[10:14, 20:30] = True
        >>> bool((Inpainter({}, "cpu")(picture, mask) == 90).all())
        True
    """

    def __init__(
        self,
        generators: Mapping[str, nn.Module],
        device: str | torch.device = "auto",
        *,
        default_detail: float = 0.5,
        plan_config: PlanConfig | None = None,
        at_once: int | None = None,
    ) -> None:
        self._networks = Networks(generators, default_detail)
        chosen = pick_device(device)
        self._fallback = MemoryFallback(chosen, at_once or (MOST_AT_ONCE if chosen.type == "cuda" else 1))
        self.plan_config = plan_config or PlanConfig()
        config = self._networks.config
        if isinstance(config, InpainterConfig):
            self.plan_config = replace(self.plan_config, stride=math.lcm(config.stride, CELL))

    @property
    def device(self) -> torch.device:
        """Where crops run now; the CPU after a device has run out of memory for good."""
        return self._fallback.device

    def __call__(
        self,
        image: Any,
        mask: Any,
        *,
        variants: int | None = None,
        on_progress: ProgressCallback | None = None,
        notify: Notify | None = None,
        **options: Any,
    ) -> Any:
        """Fill the marked pixels of an image.

        Args:
            image: RGB or grey, with or without alpha: a PIL image of any mode; a NumPy array `(H, W)`, `(H, W, 1)`,
                `(H, W, 3)` or `(H, W, 4)` of uint8, uint16 or float 0..1; or a tensor `(C, H, W)` or `(B, C, H, W)`
                with C of 1, 3 or 4, of uint8 or float 0..1.
            mask: PIL image, array or tensor of the image's size, `(H, W)` or with one channel; a batch may share one.
                Bright is hole; booleans and integers of 0 and 1 are taken as they are.
            variants: 1 to 16: return a list of up to so many different fills, the likeliest first; see `fills`.
            on_progress: is called with the crops done and the crops in all.
            notify: is called with lines worth knowing, such as an empty mask; goes to `logging` if left out.
            **options: fields of `InpaintOptions`; `exemplar` is an older name of `fill`, True for `pieces`.

        Returns:
            A new image of the same type, dtype and shape; a palette image comes back as RGB, because a fill has colours
            that the palette lacks. Outside the hole it is the input to the bit.

        Raises:
            UsageError: a kind of image or mask that is not supported, sizes that differ, nothing known to fill from.
            WeightsError: the detail asked for needs weights that are not there.
        """
        request = InpaintOptions.of(options)
        opened = open_image(image)
        marks = marked_pixels(mask, request.threshold, len(opened.images))
        results = []
        for one, marked in zip(opened.images, marks, strict=True):
            if marked.shape != one.colour.shape[:2]:
                raise UsageError(
                    f"the mask is {marked.shape[1]}x{marked.shape[0]} but the image is "
                    f"{one.colour.shape[1]}x{one.colour.shape[0]}: give a mask of the image's size"
                )
            hole = finish_hole(marked, request)
            fills = self.fills(
                one.colour,
                hole,
                request,
                1 if variants is None else variants,
                alpha=one.alpha,
                grey=one.grey,
                on_progress=on_progress,
                notify=notify,
            )
            results.append((hole, fills))
        made = [
            opened.rebuild([(hole, fills[min(rank, len(fills) - 1)].values.copy()) for hole, fills in results])
            for rank in range(max(len(fills) for _, fills in results))
        ]
        return made[0] if variants is None else made

    def picture(
        self,
        picture: "Picture",
        hole: NDArray[np.bool_],
        options: InpaintOptions | None = None,
        *,
        on_progress: ProgressCallback | None = None,
        notify: Notify | None = None,
    ) -> "Picture":
        """Fill a hole of a picture read from a file.

        Args:
            picture: 8 or 16 bit, with or without alpha; alpha stays as it is.
            hole: `(H, W)`, True to fill, already grown.
            options: fill, feather, detail, seed and memory; what makes a mask a hole is not looked at.
            on_progress: is called with the crops done and the crops in all.
            notify: is called with lines worth knowing.

        Returns:
            A new picture, or the same where the hole is empty.

        Raises:
            UsageError: the sizes differ, or the hole covers the whole picture.
            WeightsError: the detail asked for needs weights that are not there.
        """
        return next(self.pictures(picture, hole, options, on_progress=on_progress, notify=notify))

    def pictures(
        self,
        picture: "Picture",
        hole: NDArray[np.bool_],
        options: InpaintOptions | None = None,
        variants: int = 1,
        *,
        on_progress: ProgressCallback | None = None,
        notify: Notify | None = None,
    ) -> "Iterator[Picture]":
        """Fill a hole of a picture read from a file in several ways; arguments and errors as `picture` and `fills`.

        Yields:
            One to `variants` new pictures, the likeliest first; the same picture where the hole is empty.
        """
        fills = self.fills(
            picture.colour,
            hole,
            options or InpaintOptions(),
            variants,
            alpha=picture.alpha,
            grey=picture.grey,
            on_progress=on_progress,
            notify=notify,
        )
        if not hole.any():
            yield picture
            return
        for one in fills:
            yield replace(picture, colour=with_hole_filled(picture.colour, hole, one.values))

    def fill(self, colour: NDArray[Any], hole: NDArray[np.bool_], options: InpaintOptions, **context: Any) -> Filled:
        """Fill a hole in one way: what `fills` gives for one variant, with its arguments and errors."""
        return self.fills(colour, hole, options, 1, **context)[0]

    def fills(
        self,
        colour: NDArray[Any],
        hole: NDArray[np.bool_],
        options: InpaintOptions,
        variants: int,
        *,
        alpha: NDArray[Any] | None = None,
        grey: bool = False,
        on_progress: ProgressCallback | None = None,
        notify: Notify | None = None,
    ) -> list[Filled]:
        """Fill a hole in several ways and return the colours of its pixels only.

        Args:
            colour: `(H, W, 3)`, uint8, uint16 or float 0..1.
            hole: `(H, W)`, True to fill.
            options: fill, feather, detail, seed and memory; variants have this seed and the following ones.
            variants: how many fills to look for, 1 to 16.
            alpha: `(H, W)`; fully transparent pixels lend no colour.
            grey: all three channels are equal, and stay so; so they do where they are equal outside of the hole.
            on_progress: is called with the crops done and the crops in all.
            notify: is called with lines worth knowing.

        Returns:
            The colours of the N pixels of the hole in reading order, as `colour[hole]` takes them, and what they cost;
            different fills by cost, then seed. A single one where no part of the hole is filled by pieces.

        Raises:
            UsageError: the sizes differ, the hole covers the whole picture, or another number of variants.
            WeightsError: the detail asked for needs weights that are not there.
        """
        notify = notify or _log.info
        if hole.shape != colour.shape[:2]:
            raise UsageError(
                f"the hole is {hole.shape[1]}x{hole.shape[0]} but the picture is {colour.shape[1]}x{colour.shape[0]}"
            )
        if not 1 <= variants <= MOST_VARIANTS:
            raise UsageError(f"variants {variants} is out of range: choose 1 to {MOST_VARIANTS}")
        detail = self._networks.detail(options.detail)
        if not hole.any():
            notify("the mask is empty: there is nothing to fill, the picture stays as it is")
            return [Filled(np.zeros((0, 3), dtype=np.float32), 0.0)]
        if hole.all():
            raise UsageError(
                "the mask covers the whole picture and leaves nothing to fill from: mark the damage only, or invert it"
            )
        grey = grey or _is_grey(colour, hole)
        unknown = unknown_pixels(hole, alpha)
        plan = plan_fill(hole, unknown, self.plan_config, wide=options.fill != SMOOTH)
        mends = self._networks.mends and options.fill == AUTO
        repeated = len(plan.wide) + (len(plan.mended) if mends else 0)
        steps = plan.steps - len(plan.wide) - len(plan.mended) + variants * repeated
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            if on_progress is not None:
                on_progress(done, steps)

        budget = Budget.within(options.max_memory, plan, notify)
        filling = Filling(colour, plan, self._fallback, notify, advance, budget)
        filled = fill_planned(filling, lambda device: self._networks.at(detail, device))
        fills = [Filled(filled.values, 0.0)]
        if plan.wide:
            fills = wide_fills(filling, filled, self._networks.wide_at if mends else None, options, variants)
            share = np.count_nonzero(plan.wide_pixels) / len(filled.values)
            notify(f"{share:.0%} of the hole is wide: it is put together from pieces of the picture")
        if variants > 1 and len(fills) == 1:
            notify("only one fill is plausible: the hole has no wide part that pieces fill in different ways")
        for one in fills:
            if options.feather:
                one.values[:] = soften_rim(one.values, colour, hole, options.feather)
            if grey:
                one.values[:] = one.values.mean(axis=1, keepdims=True)
        return fills


def _is_grey(colour: NDArray[Any], hole: NDArray[np.bool_]) -> bool:
    """Whether a picture has equal channels outside of its hole, as scans of black-and-white photographs have."""
    first = colour[..., 0]
    return all(((colour[..., channel] == first) | hole).all() for channel in (1, 2))


def load_inpainter(name_or_path: str | Path = "inpaint", *, device: str | torch.device = "auto") -> Inpainter:
    """Load weights, once for many pictures.

    Args:
        name_or_path: a released model's name, a `.safetensors` file, or a folder that holds such files, such as a
            training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.

    Raises:
        UsageError: the device is not available.
        WeightsError: no such weights, or damaged ones, or weights of another model.
    """
    from restore.pretrained import manifest

    chosen = pick_device(device)
    generators = load_generators(name_or_path)
    entry = manifest()["models"].get(str(name_or_path), {})
    return Inpainter(generators, chosen, default_detail=float(entry.get("default_detail", 0.5)))


load_once = lru_cache(maxsize=2)(load_inpainter)


def inpaint(image: Any, mask: Any, *, device: str | torch.device = "auto", **options: Any) -> Any:
    """Fill the marked pixels of an image with the released weights; see `Inpainter.__call__`.

    The weights are loaded at the first call and kept.

    Args:
        image: PIL image, NumPy array or tensor.
        mask: PIL image, array or tensor of the same size; bright is hole.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        **options: fields of `InpaintOptions`, and `variants`, `on_progress` and `notify`.

    Returns:
        A new image of the same type, dtype and shape, equal to the input to the bit outside the hole; with `variants`
        a list of them.

    Raises:
        UsageError: an image or mask that is not supported, sizes that differ, nothing known to fill from.
        WeightsError: weights are missing or damaged.
    """
    return load_once("inpaint", device=device)(image, mask, **options)
