"""Finding the quality that gives a size, a rate or a PSNR.

    picture ── analysed once ──► latents ─┬─ estimated at a quality, to about 0.1 %         a few times
                                          └─ annealed where wished, then encoded            once or twice

Neither size nor PSNR needs a file to be made: the estimate runs the entropy networks and adds up the bits that the
tables give, and for a PSNR each tile is synthesised by itself. The logarithm of the size and the PSNR both grow almost
linearly with quality, so a secant that is kept inside its bracket needs about four steps.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor

from restore.callbacks import ProgressCallback
from restore.codecs.bitstream.container import pack_varint
from restore.codecs.bitstream.file import write_file
from restore.codecs.bitstream.header import HIGHEST_QUALITY, TileCode
from restore.codecs.decoding import ROWS, level_channels
from restore.codecs.encoding import TileProgress, alpha_streams, encode_picture, picture_header
from restore.codecs.network.annealing import NO_EFFORT, Effort
from restore.codecs.tiles import Pixels, TileCodec
from restore.errors import UsageError
from restore.images.metadata import Metadata
from restore.images.picture import Picture

TOLERANCE = 0.02
"""Largest relative difference of a size from its target."""
SEARCH_TOLERANCE = 0.004
"""Relative difference at which the search on estimates stops: a few times their error."""
PSNR_TOLERANCE = 0.1
"""dB."""
WORD = 4
"""Bytes of a word; a code has a whole number of words."""
TILE_HEAD = 6
"""Bytes before a tile's code, about."""
LOG_SIZE_SLOPE = math.log(80) / HIGHEST_QUALITY
"""First guess of the growth of the size's logarithm per step of quality."""
PSNR_SLOPE = 22 / HIGHEST_QUALITY
"""First guess of the growth of the PSNR per step of quality, dB."""
MOST_CODINGS = 8
"""Most times a picture is encoded; two are enough unless it is so small that one word changes its size noticeably."""
MOST_STEPS = 64
"""Most steps of the search on estimates."""
LARGEST_PSNR = 150.0
"""dB; also the PSNR where no pixel differs."""


@dataclass(frozen=True)
class Target:
    """What to meet instead of a quality.

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
class MetTarget:
    """A file that meets a target."""

    data: bytes
    quality: int
    """0..25600."""
    psnr: float | None
    """dB, where a PSNR was the target."""


class UnreachableError(Exception):
    """The target lies outside of the values at qualities 0 and 100, which the error holds."""

    def __init__(self, lowest: float, highest: float) -> None:
        super().__init__(lowest, highest)
        self.lowest, self.highest = lowest, highest


def meet_target(
    codec: TileCodec,
    picture: Picture,
    metadata: Metadata,
    target: Target,
    effort: Effort = NO_EFFORT,
    on_progress: ProgressCallback | None = None,
) -> MetTarget:
    """Encode a picture so that it meets a target.

    Args:
        codec: the model on its device.
        picture: any size, 8 or 16 bit.
        metadata: what may be written, from `restore.images.metadata.writable_metadata`.
        target: what to meet.
        effort: how long to anneal the latents at each quality that is encoded.
        on_progress: called with the parts done and the parts in all.

    Raises:
        UsageError: no quality meets it; the message names the range that can be reached.
    """
    search = _Search(codec, picture, metadata, effort, on_progress)
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
        goal: the value to find.
        near: difference from the goal at which the search stops; where the function jumps over the goal, the nearer
            side is returned.
        slope: first guess of the function's growth per step.
        ceiling: the value at the returned quality is never above this one.

    Raises:
        UnreachableError: the goal lies outside of the values at 0 and 25600.
    """
    low: tuple[int, float] | None = None
    high: tuple[int, float] | None = None
    quality = HIGHEST_QUALITY // 2
    for turn in range(MOST_STEPS):
        value = value_at(quality)
        if abs(value - goal) <= near and value <= ceiling:
            return quality
        if value <= goal:
            low = (quality, value)
        else:
            high = (quality, value)
        if quality == 0 and goal < value <= ceiling < math.inf:
            return quality
        if (low and low[0] == HIGHEST_QUALITY) or (high and high[0] == 0):
            break
        if low and high and abs(high[0] - low[0]) <= 1:
            break
        quality = _next(low, high, goal, slope, turn)
    if low is None or high is None:
        raise UnreachableError(value_at(0), value_at(HIGHEST_QUALITY))
    return high[0] if high[1] - goal < goal - low[1] and high[1] <= ceiling else low[0]


def _next(low: tuple[int, float] | None, high: tuple[int, float] | None, goal: float, slope: float, turn: int) -> int:
    if low and high:
        first, last = sorted((low[0], high[0]))
        if turn % 4 == 3 or high[1] <= low[1]:
            return (first + last) // 2
        place = low[0] + (high[0] - low[0]) * (goal - low[1]) / (high[1] - low[1])
        return min(last - 1, max(first + 1, round(place)))
    known = low or high or (HIGHEST_QUALITY // 2, goal)
    step = (goal - known[1]) / slope * (1.0 if turn < 2 else 2.0**turn)
    far = known[0] + (max(1, round(step)) if low else min(-1, round(step)))
    return min(HIGHEST_QUALITY, max(0, far))


class _Search:
    """One picture's latents, and its estimated size and PSNR at each quality."""

    def __init__(
        self,
        codec: TileCodec,
        picture: Picture,
        metadata: Metadata,
        effort: Effort,
        on_progress: ProgressCallback | None,
    ) -> None:
        self._codec, self._picture, self._metadata = codec, picture, metadata
        self._effort, self._on_progress = effort, on_progress
        header = picture_header(codec, picture, 0)
        self._boxes = header.tile_boxes
        self._latents: dict[int, Tensor] = {}
        for number, box in enumerate(self._boxes):
            self._latents[number] = codec.analyse(picture.colour, box)
            if on_progress is not None:
                on_progress(number + 1, 2 * len(self._boxes))
        empty = {number: TileCode(number, 0, 0, b"") for number in range(len(self._boxes))}
        self._fixed_bytes = len(write_file(header, empty, alpha_streams(picture, self._boxes), metadata))
        self._annealed: tuple[int, dict[int, Tensor]] | None = None  # the quality encoded last, and its latents
        self._sizes: dict[int, float] = {}
        self._psnrs: dict[int, float] = {}

    def for_size(self, wanted: float, *, never_above: bool) -> MetTarget:
        """A file within 2 % of a size, and not above it if so asked, unless possible sizes are farther apart."""
        aside, ceiling = (SEARCH_TOLERANCE / 2, math.log(wanted)) if never_above else (0.0, math.inf)
        best: MetTarget | None = None
        correction = 0.0  # bytes by which the estimate was too low
        for _ in range(MOST_CODINGS):
            value_at = self._log_size(correction)
            try:
                quality = find_quality(
                    value_at, math.log(wanted) - aside, SEARCH_TOLERANCE / 2, LOG_SIZE_SLOPE, ceiling
                )
            except UnreachableError:
                break
            data = self._encode(quality)
            missed = abs(len(data) - wanted)
            if not (never_above and len(data) > wanted) and (best is None or missed < abs(len(best.data) - wanted)):
                second = best is not None
                best = MetTarget(data, quality, None)
                if second or missed <= TOLERANCE * wanted:
                    break
            elif best is not None:
                break
            correction = len(data) - self.estimate(quality)
        if best is None:
            raise UnreachableError(self.estimate(0) + correction, self.estimate(HIGHEST_QUALITY) + correction)
        return best

    def for_psnr(self, wanted: float) -> MetTarget:
        """A file within 0.1 dB of a PSNR."""
        quality = find_quality(self.psnr, wanted, PSNR_TOLERANCE, PSNR_SLOPE)
        if self._effort.steps:
            gained = self._psnr_of(quality, self._latents_at(quality)) - self.psnr(quality)
            if abs(gained) > PSNR_TOLERANCE:
                quality = find_quality(self.psnr, wanted - gained, PSNR_TOLERANCE, PSNR_SLOPE)
        return MetTarget(self._encode(quality), quality, self._psnr_of(quality, self._latents_at(quality)))

    def _encode(self, quality: int) -> bytes:
        count = len(self._boxes)

        def second_half(done: int, total: int) -> None:
            if self._on_progress is not None:
                self._on_progress(count + done, count + total)

        latents = self._latents_at(quality)
        return encode_picture(
            self._codec, self._picture, quality, self._metadata, latents=latents, on_progress=second_half
        )

    def _latents_at(self, quality: int) -> dict[int, Tensor]:
        """Latents of all tiles, annealed for this quality where there is an effort."""
        effort = self._effort
        if not effort.steps:
            return self._latents
        if self._annealed is None or self._annealed[0] != quality:
            progress = TileProgress(self._on_progress, len(self._boxes), effort)
            annealed: dict[int, Tensor] = {}
            for number, y in self._latents.items():
                box = self._boxes[number]
                annealed[number] = self._codec.anneal(y, self._picture.colour, box, quality, effort, progress.step)
                progress.tile_done()
            self._annealed = (quality, annealed)
        return self._annealed[1]

    def _log_size(self, correction: float) -> Callable[[int], float]:
        return lambda quality: math.log(max(1.0, self.estimate(quality) + correction))

    def estimate(self, quality: int) -> float:
        """Size of the file at a quality, estimated, bytes."""
        if quality not in self._sizes:
            self._sizes[quality] = self._size_at(quality)
        return self._sizes[quality]

    def psnr(self, quality: int) -> float:
        """PSNR of the picture at a quality, dB, without annealing."""
        if quality not in self._psnrs:
            self._psnrs[quality] = self._psnr_of(quality, self._latents)
        return self._psnrs[quality]

    def _size_at(self, quality: int) -> float:
        total = float(self._fixed_bytes)
        for y in self._latents.values():
            code = WORD * math.ceil(self._codec.coder.estimate_bits(y, quality)[0] / 8 / WORD)
            total += code + len(pack_varint(code + TILE_HEAD)) - 1
        return total

    def _psnr_of(self, quality: int, latents: dict[int, Tensor]) -> float:
        """PSNR, dB; tiles are synthesised without their neighbours, which changes a few pixels at their borders."""
        picture, total = self._picture, 0.0
        for number, box in enumerate(self._boxes):
            pixels = self._codec.synthesise_alone(latents[number], box, quality, picture.depth)
            if picture.grey:
                level_channels(pixels)
            total += _squared_error(picture.colour[box.slices], pixels)
        mean = total / picture.colour.size
        peak = float(np.iinfo(picture.colour.dtype).max)
        return min(LARGEST_PSNR, 10 * math.log10(peak**2 / mean)) if mean else LARGEST_PSNR


def _squared_error(first: Pixels, second: Pixels) -> float:
    total = 0.0
    for row in range(0, len(first), ROWS):
        part = first[row : row + ROWS].astype(np.float64)
        total += float(np.square(part - second[row : row + ROWS]).sum())
    return total
