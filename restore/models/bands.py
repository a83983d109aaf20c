"""Work on a large picture, band by band and where its result is needed.

A picture's features at full resolution are many times as large as a processor's cache, and than what its allocator
keeps ready: every layer writes them to memory and the next reads them back. All layers of one resolution taken together
on a band of rows stay in the cache: the finest level of the inpainting generator takes a third of the time, and its
features are never in memory all at once. And where only a part of the result is needed, the rest is left out.

    rows of a band + halo ── work ── cut to the band ── into its place in the result

Every value is what it would be without bands, apart from the rounding of convolutions of other shapes.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

CACHED = 1 << 19
"""Values of a tensor at once: with several of them alive, what the cache of a processor's core holds."""
ALIGNED = 32
"""Bands begin and end at multiples of this many columns: oneDNN compiles its code anew for each new width."""


def in_bands(work: Callable[..., Tensor], inputs: Sequence[Tensor], halo: int, needed: Tensor, channels: int) -> Tensor:
    """Do some work band by band.

    Args:
        work: takes the inputs, or the same rows and columns of each, and returns as many rows and columns as the
            finest of them has. What it makes of a pixel depends on pixels within the halo alone; beyond the border of
            what it gets it sees what it would see beyond the picture's.
        inputs: each `(B, C, H, W)`, or `(B, C, H / 2, W / 2)` if H and W are even.
        halo: in pixels of the finest input, even.
        needed: `(H, W)`, True where the result is wanted.
        channels: of the widest tensor that the work makes.

    Returns:
        What `work` returns, `(B, C, H, W)` with channels innermost; zero where nothing is needed.

    Raises:
        ValueError: nothing is needed at all.
    """
    height, width = needed.shape
    scales = [height // x.shape[-2] for x in inputs]
    result = None
    for top, bottom, left, right in _boxes(needed, CACHED // (channels * len(inputs[0]))):
        up, down = max(0, top - halo), min(height, bottom + halo)
        start, end = max(0, left - halo), min(width, right + halo)
        made = work(
            *(
                x[..., up // scale : down // scale, start // scale : end // scale]
                for x, scale in zip(inputs, scales, strict=True)
            )
        )
        if result is None:
            result = torch.empty(
                (*made.shape[:2], height, width),
                dtype=made.dtype,
                device=made.device,
                memory_format=torch.channels_last,
            ).zero_()
        result[..., top:bottom, left:right] = made[..., top - up : bottom - up, left - start : right - start]
    if result is None:
        raise ValueError("nothing is needed")
    return result


def _boxes(needed: Tensor, area: int) -> Iterator[tuple[int, int, int, int]]:
    """Top, bottom, left and right of bands of about so many pixels that hold all that is needed; all even."""
    height, width = needed.shape
    wanted = needed.any(1).nonzero()
    if not len(wanted):
        return
    first, last = int(wanted[0]) // 2 * 2, int(wanted[-1]) + 1
    bands = -(-(last - first) // max(2, area // width))
    rows = 2 * -(-(last - first) // (2 * bands))
    for top in range(first, last, rows):
        bottom = min(height, top + rows)
        columns = needed[top:bottom].any(0).nonzero()
        if len(columns):
            left, right = int(columns[0]) // ALIGNED * ALIGNED, -(-(int(columns[-1]) + 1) // ALIGNED) * ALIGNED
            yield top, bottom, left, min(width, right)
