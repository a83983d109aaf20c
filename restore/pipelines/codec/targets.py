"""Finding the quality that gives a size, a rate or a PSNR.

    picture ── analysed once ── latents ─┬─ estimate at a quality, exact to about 0.1 %     a few times
                                         └─ annealed where wished, real coding              once, or twice

Neither size nor PSNR needs a file to be made: the estimate runs the entropy networks and adds up what the tables say,
and for a PSNR the synthesis draws each tile by itself. Logarithm of the size and PSNR both grow almost linearly with
quality, so a secant that is kept inside its bracket arrives in about four steps.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor

from restore.codecs.bitstream.container import pack_varint
from restore.codecs.bitstream.file import write_file
from restore.codecs.bitstream.header import BEST_QUALITY, QUALITY_STEPS, Rect, Tile
from restore.codecs.codec import Codec, Pixels, Progress
from restore.codecs.network.annealing import NO_EFFORT, Effort
from restore.codecs.pictures import ROWS, alpha_streams, encode_picture, level_channels, picture_header
from restore.errors import UsageError
from restore.images.metadata import Metadata
from restore.images.picture import Picture

BEST = BEST_QUALITY * QUALITY_STEPS
WITHIN = 0.02
"""How far a result may be from its target, relatively."""
AIMED = 0.004
"""How near the search goes: a few times what an estimate misses."""
NEAR_DECIBELS = 0.1
WORD = 4
"""A code has a whole number of words of so many bytes."""
TILE_HEAD = 6
"""About how many bytes stand before a tile's code."""
GROWTH = math.log(80) / BEST
"""Logarithm of the size per step of quality, before anything is known of a picture."""
DECIBELS = 22 / BEST
"""PSNR per step of quality, likewise."""
MOST_CODINGS = 8
"""Two do, save for pictures so small that one word more or less is a step."""
MOST_TURNS = 64
PERFECT = 150.0
"""What counts as PSNR, dB, where no pixel differs."""


@dataclass(frozen=True)
class Target:
    """What is wanted instead of a quality.

    Raises:
        UsageError: the value is not positive.
    """

    kind: Literal["size", "bpp", "psnr"]
    """`size`: at most so many bytes; `bpp`: bits of the file per pixel; `psnr`: dB over all channels."""
    value: float

    def __post_init__(self) -> None:
        if not (self.value > 0 and math.isfinite(self.value)):
            raise UsageError(f"a {self.kind} of {self.value:g} is out of range: give a positive number")


@dataclass(frozen=True)
class Found:
    """A file that meets a target."""

    data: bytes
    quality: int
    """0..25600."""
    psnr: float | None
    """dB, where that was looked at."""


class UnreachableError(Exception):
    """The target lies outside of what qualities 0 to 100 give: values at both ends."""

    def __init__(self, lowest: float, highest: float) -> None:
        super().__init__(lowest, highest)
        self.lowest, self.highest = lowest, highest


def meet_target(
    codec: Codec,
    picture: Picture,
    metadata: Metadata,
    target: Target,
    effort: Effort = NO_EFFORT,
    progress: Progress | None = None,
) -> Found:
    """Encode a picture so that it meets a target.

    Args:
        codec: the model on its device.
        picture: any size, 8 or 16 bit.
        metadata: what may be written, from `restore.images.metadata.writable_metadata`.
        target: what is wanted.
        effort: how long to look for better latents at each quality that is coded.
        progress: told about the tiles, in parts where they take long.

    Raises:
        UsageError: no quality does; the message has the range that can be reached.
    """
    search = _Search(codec, picture, metadata, effort, progress)
    pixels = picture.width * picture.height
    try:
        if target.kind == "psnr":
            return search.for_psnr(target.value)
        limit = target.kind == "size"
        return search.for_size(target.value if limit else target.value * pixels / 8, never_above=limit)
    except UnreachableError as error:
        low, high = error.lowest, error.highest
        if target.kind == "size":
            reach = f"from about {low:.0f} to about {high:.0f} bytes"
            asked = f"{target.value:.0f} bytes"
        elif target.kind == "bpp":
            reach = f"from about {low * 8 / pixels:.3g} to about {high * 8 / pixels:.3g} bits per pixel"
            asked = f"{target.value:g} bits per pixel"
        else:
            reach, asked = f"from about {low:.1f} to about {high:.1f} dB", f"{target.value:g} dB"
        raise UsageError(f"{asked} cannot be reached: this picture can have {reach}; choose a value between") from error


def find_quality(
    value_at: Callable[[int], float], goal: float, near: float, slope: float, ceiling: float = math.inf
) -> int:
    """The quality 0..25600 at which a growing function comes near a goal.

    Args:
        value_at: the function; called for a few qualities.
        goal: its wanted value.
        near: how close is close enough; where the function jumps over the goal, the nearer side is taken.
        slope: how much the function is thought to grow per step.
        ceiling: its value is never above this one.

    Raises:
        UnreachableError: the goal lies outside of the values at 0 and 25600.
    """
    low: tuple[int, float] | None = None
    high: tuple[int, float] | None = None
    quality = BEST // 2
    for turn in range(MOST_TURNS):
        value = value_at(quality)
        if abs(value - goal) <= near and value <= ceiling:
            return quality
        if value <= goal:
            low = (quality, value)
        else:
            high = (quality, value)
        if quality == 0 and goal < value <= ceiling < math.inf:
            return quality
        if (low and low[0] == BEST) or (high and high[0] == 0):
            break
        if low and high and abs(high[0] - low[0]) <= 1:
            break
        quality = _next(low, high, goal, slope, turn)
    if low is None or high is None:
        raise UnreachableError(value_at(0), value_at(BEST))
    return high[0] if high[1] - goal < goal - low[1] and high[1] <= ceiling else low[0]


def _next(low: tuple[int, float] | None, high: tuple[int, float] | None, goal: float, slope: float, turn: int) -> int:
    if low and high:
        first, last = sorted((low[0], high[0]))
        if turn % 4 == 3 or high[1] <= low[1]:
            return (first + last) // 2
        place = low[0] + (high[0] - low[0]) * (goal - low[1]) / (high[1] - low[1])
        return min(last - 1, max(first + 1, round(place)))
    known = low or high or (BEST // 2, goal)
    step = (goal - known[1]) / slope * (1.0 if turn < 2 else 2.0**turn)
    far = known[0] + (max(1, round(step)) if low else min(-1, round(step)))
    return min(BEST, max(0, far))


class _Search:
    """One picture's latents, and what is known of it at each quality."""

    def __init__(
        self, codec: Codec, picture: Picture, metadata: Metadata, effort: Effort, progress: Progress | None
    ) -> None:
        self._codec, self._picture, self._metadata = codec, picture, metadata
        self._effort, self._progress = effort, progress
        self._rects = picture_header(codec, picture, 0).tiles
        self._latents: dict[int, Tensor] = {}
        for number, rect in enumerate(self._rects):
            self._latents[number] = codec.analyse(picture.colour, rect)
            if progress is not None:
                progress(number + 1, 2 * len(self._rects))
        empty = {number: Tile(number, 0, 0, b"") for number in range(len(self._rects))}
        alpha = alpha_streams(picture, self._rects)
        self._beside = len(write_file(picture_header(codec, picture, 0), empty, alpha, metadata))
        self._chosen: tuple[int, dict[int, Tensor]] | None = None  # the quality coded last, and its latents
        self._sizes: dict[int, float] = {}
        self._decibels: dict[int, float] = {}

    def for_size(self, wanted: float, *, never_above: bool) -> Found:
        """Within 2 %, and not above if so asked, unless the steps between two sizes are wider."""
        aside, ceiling = (AIMED / 2, math.log(wanted)) if never_above else (0.0, math.inf)
        best: Found | None = None
        correction = 0.0  # bytes, what the estimate missed
        for _ in range(MOST_CODINGS):
            value_at = self._log_size(correction)
            try:
                quality = find_quality(value_at, math.log(wanted) - aside, AIMED / 2, GROWTH, ceiling)
            except UnreachableError:
                break
            data = self._encode(quality)
            missed = abs(len(data) - wanted)
            if not (never_above and len(data) > wanted) and (best is None or missed < abs(len(best.data) - wanted)):
                second = best is not None
                best = Found(data, quality, None)
                if second or missed <= WITHIN * wanted:
                    break
            elif best is not None:
                break
            correction = len(data) - self.estimate(quality)
        if best is None:
            raise UnreachableError(self.estimate(0) + correction, self.estimate(BEST) + correction)
        return best

    def for_psnr(self, wanted: float) -> Found:
        quality = find_quality(self.psnr, wanted, NEAR_DECIBELS, DECIBELS)
        if self._effort.steps:
            gained = self._psnr_of(quality, self._latents_at(quality)) - self.psnr(quality)
            if abs(gained) > NEAR_DECIBELS:
                quality = find_quality(self.psnr, wanted - gained, NEAR_DECIBELS, DECIBELS)
        return Found(self._encode(quality), quality, self._psnr_of(quality, self._latents_at(quality)))

    def _encode(self, quality: int) -> bytes:
        count = len(self._rects)
        told = self._progress

        def second_half(done: int, total: int) -> None:
            if told is not None:
                told(count + done, count + total)

        latents = self._latents_at(quality)
        return encode_picture(
            self._codec, self._picture, quality, self._metadata, latents=latents, progress=second_half
        )

    def _latents_at(self, quality: int) -> dict[int, Tensor]:
        """Latents of all tiles, annealed for this quality if so wished."""
        steps, whole = self._effort.steps, len(self._rects) * (self._effort.steps + 1)
        if not steps:
            return self._latents
        if self._chosen is None or self._chosen[0] != quality:
            found: dict[int, Tensor] = {}
            for number, y in self._latents.items():

                def told(step: int, before: int = number * steps) -> None:
                    if self._progress is not None:
                        self._progress(before + step, whole)

                rect = self._rects[number]
                found[number] = self._codec.anneal(y, self._picture.colour, rect, quality, self._effort, told)
            self._chosen = (quality, found)
        return self._chosen[1]

    def _log_size(self, correction: float) -> Callable[[int], float]:
        return lambda quality: math.log(max(1.0, self.estimate(quality) + correction))

    def estimate(self, quality: int) -> float:
        """About how many bytes the file would have."""
        if quality not in self._sizes:
            self._sizes[quality] = self._size_at(quality)
        return self._sizes[quality]

    def psnr(self, quality: int) -> float:
        """Of the picture, dB; tiles are drawn without their neighbours, which changes a few pixels at their borders."""
        if quality not in self._decibels:
            self._decibels[quality] = self._psnr_of(quality, self._latents)
        return self._decibels[quality]

    def _size_at(self, quality: int) -> float:
        total = float(self._beside)
        for y in self._latents.values():
            code = WORD * math.ceil(self._codec.estimate_bytes(y, quality) / WORD)
            total += code + len(pack_varint(code + TILE_HEAD)) - 1
        return total

    def _psnr_of(self, quality: int, latents: dict[int, Tensor]) -> float:
        picture = self._picture
        header, total = picture_header(self._codec, picture, quality), 0.0
        for number, rect in enumerate(self._rects):
            shown = self._codec.trial(latents[number], rect, header).pixels
            if picture.grey:
                level_channels(shown)
            total += _squared_error(picture.colour, shown, rect)
        mean = total / picture.colour.size
        peak = float(np.iinfo(picture.colour.dtype).max)
        return min(PERFECT, 10 * math.log10(peak**2 / mean)) if mean else PERFECT


def _squared_error(colour: Pixels, shown: Pixels, rect: Rect) -> float:
    total = 0.0
    for row in range(0, rect.height, ROWS):
        top, below = rect.top + row, rect.top + min(row + ROWS, rect.height)
        part = colour[top:below, rect.left : rect.left + rect.width].astype(np.float64)
        total += float(np.square(part - shown[row : row + ROWS]).sum())
    return total
