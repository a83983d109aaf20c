"""Where a hole is wide, its inside is put together from pieces of the picture, if that is asked for.

    filled picture, hole ── wide parts ── each with its surroundings ── exemplar fill ── laid over, but for the rim

Network and prefill see crops; pieces are looked for around a wide part as a whole, or the middle of a large hole would
lie in a crop that shows nothing but hole. Each part reads what the network made, never another part's pieces, and which
parts there are depends on the hole alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from restore.models.inpaint.exemplar import exemplar_fill
from restore.pipelines.inpaint.components import label_components
from restore.pipelines.inpaint.crops import CELL, Rect, any_cell, at_pixels, dilate_cells
from restore.pipelines.samples import HoleValues, to_unit

WIDE = 8
"""Pieces are for where a hole reaches so many pixels to all sides, and around as far: a scratch has none."""
CONTEXT = (64, 512)
"""Least and most pixels around a wide part that pieces are taken from; between them, as much as the part is long."""


@dataclass(frozen=True, slots=True)
class WidePart:
    """A wide part of a hole."""

    rect: Rect
    """The part with its surroundings, inside the picture."""
    share: NDArray[np.float32]
    """`(h, w)` of `rect`, 0..1: how much pieces count."""


def wide_parts(hole: NDArray[np.bool_]) -> list[WidePart]:
    """The wide parts of a hole `(H, W)`, each once."""
    core = _eroded(hole, WIDE)
    if not core.any():
        return []
    labels = label_components(dilate_cells(any_cell(core), 1))
    parts = []
    for label in range(int(labels.max()) + 1):
        rows, columns = np.nonzero(labels == label)
        box = Rect(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
        box = box.scaled(CELL).clipped(*hole.shape)
        context = min(max(box.height, box.width, CONTEXT[0]), CONTEXT[1])
        rect = Rect(box.top - context, box.left - context, box.bottom + context, box.right + context)
        rect = rect.clipped(*hole.shape)
        opened = ~_eroded(~(core[rect.slices] & at_pixels(labels == label, rect)), WIDE)
        inner = _eroded(hole[rect.slices], 1)
        parts.append(WidePart(rect, (opened * np.where(inner, 1.0, 0.5)).astype(np.float32)))
    return parts


def lay_pieces(
    colour: NDArray[Any],
    unknown: NDArray[np.bool_],
    filled: HoleValues,
    parts: list[WidePart],
    advance: Callable[[], None],
) -> None:
    """Put pieces of the picture in the place of what a filled hole has in its wide parts.

    Args:
        colour: `(H, W, 3)`, 8 or 16 bit or float.
        unknown: `(H, W)`, pixels that say nothing about the picture.
        filled: the colours of the pixels that are wanted; overwritten.
        parts: where.
        advance: is called after each part.
    """
    changes = []
    for part in parts:
        smooth = to_unit(colour[part.rect.slices])
        inside = unknown[part.rect.slices]
        smooth[inside] = smooth[~inside].mean(axis=0) if not inside.all() else 0.5
        filled.read(*part.rect.slices, into=smooth)
        picture = torch.from_numpy(smooth.transpose(2, 0, 1)[None])
        pieces = exemplar_fill(picture, torch.from_numpy(inside[None, None].astype(np.float32)))
        share = part.share[..., None]
        changes.append((1 - share) * smooth + share * pieces[0].permute(1, 2, 0).numpy())
        advance()
    for part, change in zip(parts, changes, strict=True):
        filled.write(*part.rect.slices, change, part.share > 0)


def _eroded(mask: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Where a mask holds as far as `steps` pixels to all sides; what lies beyond the picture holds."""
    for axis in (0, 1):
        width, reach = [(0, 0), (0, 0)], 2 * steps + 1
        width[axis] = (steps, steps)
        mask = np.pad(mask, width, constant_values=True)
        done = 1
        while done < reach:
            more = min(done, reach - done)
            length = mask.shape[axis] - more
            mask = np.take(mask, range(length), axis) & np.take(mask, range(more, more + length), axis)
            done += more
    return mask
