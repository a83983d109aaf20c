"""The detector for a CPU that only looks: the same sums in another order, in little more than half the time.

    picture, responses ── rows ── stem, block ── rows ── down ── … ── up, merge, block ── rows ── head ── core

Three things cost time that the network itself does not need. Features of the finest levels are many times as large as a
processor's cache, so everything between two layers that mix pixels runs on a few rows at a time and stays in the cache.
Constants are multiplied into the weights once: the gains of the norms, the slope of the gate, and where two linear
layers follow each other their product. And what lies around the core is computed only as far as the core depends on it.
Every value is what `Detector` makes of it, apart from rounding; the tests hold one against the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restore.models.bands import CACHED
from restore.models.filters import FREQUENCY_BANDS, in_frequency_bands
from restore.models.layers import LEAK, NORM_FLOOR, GatedBlock
from restore.models.repair.detector import DECIDING, INPUTS, RESPONSE_GAIN, Detector, top_hat_logits
from restore.models.repair.responses import RESPONSES, each_response

Rows = Callable[[int, int], Tensor]
"""Gives the rows from one to before another, `(rows, W, channels)`."""
BANDS_REACH = sum(side // 2 for side, _ in FREQUENCY_BANDS)
"""Rows above and below one that its frequency bands depend on."""


class FoldedDetector:
    """Marks damage in a picture as a detector does, without gradients, on a CPU.

    Args:
        detector: whose weights are taken; later changes of them have no effect.

    Examples:
        >>> picture = torch.rand(1, 3, 32, 48)
        >>> core = slice(0, 16), slice(10, 40)
        >>> tuple(FoldedDetector(Detector())(picture, core).shape)
        (1, 1, 16, 30)
    """

    @torch.no_grad()
    def __init__(self, detector: Detector) -> None:
        self.stride = detector.config.stride
        self.stem = _Stem(detector.stem.get_submodule("1"))
        self.encoder = [_folded(blocks) for blocks in detector.encoder]
        self.down = [_convolution(layer) for layer in detector.down]
        self.middle = _folded(detector.middle)
        self.rise = [_Rise(up.get_submodule("0"), merge) for up, merge in zip(detector.up, detector.merge, strict=True)]
        self.decoder = [_folded(blocks) for blocks in detector.decoder]
        self.head = _convolution(detector.head)

    @torch.no_grad()
    def __call__(self, picture: Tensor, core: tuple[slice, slice] | None = None) -> Tensor:
        """How likely each pixel of a part of the picture is damage.

        Args:
            picture: `(1, 3, H, W)`, range 0..1; H and W are multiples of the detector's stride.
            core: rows and columns that the answer is for; left out, all.

        Returns:
            Logits, `(1, 1, h, w)`, h and w those of the core; above 0 damage is the likelier.

        Raises:
            ValueError: H or W is no multiple of the stride.
        """
        height, width = picture.shape[-2:]
        if height % self.stride or width % self.stride:
            raise ValueError(f"height and width must be multiples of {self.stride}, got {(height, width)}")
        rows, columns = core or (slice(0, height), slice(0, width))
        known, entering = self.stem.rows(picture)
        x = _through(self.encoder[0], entering, (height // 2, width // 2, len(self.stem.bias)))
        del entering  # with the responses that it reads
        skips = [x]
        for blocks, down in zip(self.encoder[1:], self.down[:-1], strict=True):
            x = _halved(x, down)
            x = _through(blocks, _rows_of(x), x.shape)
            skips.append(x)
        x = _halved(x, self.down[-1])
        x = _through(self.middle, _rows_of(x), x.shape)
        asked = _Region.around(rows, columns).halved()
        learned = F.pixel_shuffle(self._decoded(x, skips, asked), 2)
        down, across = rows.start % 2, columns.start % 2
        known = known[..., rows, columns]
        return known + learned[..., down : down + known.shape[-2], across : across + known.shape[-1]]

    def _decoded(self, x: Tensor, skips: list[Tensor], asked: "_Region") -> Tensor:
        """What the network adds to the threshold, 2x2 pixels side by side, `(1, 4, h, w)`.

        Args:
            x: features of the coarsest level.
            skips: of all others, finest first; emptied.
            asked: where at half the picture's resolution the answer is wanted.
        """
        regions, region = [], asked
        for level, skip in enumerate(skips):
            region = region.grown(len(self.decoder[level]) + (level == 0), skip)
            regions.append(region)
            region = region.halved()
        seen = _Region(0, x.shape[0], 0, x.shape[1])
        for level in reversed(range(len(skips))):
            region = regions[level]
            skip = region.cut(skips.pop())
            rows = self.rise[level].rows(region.halved().cut(x, seen), skip)
            x, seen = _through(self.decoder[level], rows, skip.shape), region
        return _outer(asked.cut(_inner(F.conv2d(_outer(x), *self.head, padding=1)), seen))


@dataclass(frozen=True, slots=True)
class _Region:
    """Rows and columns of a level."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def around(cls, rows: slice, columns: slice) -> Self:
        return cls(rows.start, rows.stop, columns.start, columns.stop)

    def halved(self) -> "_Region":
        """The region of the next coarser level that holds this one."""
        return _Region(self.top // 2, -(-self.bottom // 2), self.left // 2, -(-self.right // 2))

    def grown(self, reach: int, level: Tensor) -> "_Region":
        """So many pixels more on each side and whole 2x2 squares, as far as the level goes."""
        height, width, _ = level.shape
        return _Region(
            max(0, self.top - reach) // 2 * 2,
            min(height, (self.bottom + reach + 1) // 2 * 2),
            max(0, self.left - reach) // 2 * 2,
            min(width, (self.right + reach + 1) // 2 * 2),
        )

    def cut(self, x: Tensor, seen: "_Region | None" = None) -> Tensor:
        """What lies in the region, of features of the region `seen` or of the whole level."""
        top, left = (seen.top, seen.left) if seen else (0, 0)
        return x[self.top - top : self.bottom - top, self.left - left : self.right - left]


class _Stem:
    """The classical filters and the first layer, whose weights take in what the filters' results are multiplied by."""

    def __init__(self, layer: nn.Module) -> None:
        matrix, colours = _matrix(layer).t(), 4 * (INPUTS - RESPONSES)
        self.colours, self.responses = matrix[:colours].contiguous(), RESPONSE_GAIN * matrix[colours:].contiguous()
        self.bias = _bias(layer)

    def rows(self, picture: Tensor) -> tuple[Tensor, Rows]:
        """Logits of the threshold, `(1, 1, H, W)`, and features of the finest level, `(rows, W / 2, channels)`."""
        height, width = picture.shape[-2] // 2, picture.shape[-1] // 2
        responses = torch.empty(RESPONSES, 4, height, width)
        deciding = []
        for number, response in enumerate(each_response(picture.mean(1, keepdim=True))):
            _unshuffle(response[0], responses[number, None])
            if number in DECIDING:
                deciding.append(response)

        def rows(start: int, stop: int) -> Tensor:
            top, bottom = 2 * start, 2 * stop
            above = min(BANDS_REACH, top)
            bands = in_frequency_bands(picture[..., top - above : bottom + BANDS_REACH, :])
            colours = torch.empty(len(bands), 3, 4, stop - start, width)
            for band, planes in zip(bands, colours, strict=True):
                _unshuffle(band[0, :, above : above + bottom - top], planes)
            made = torch.addmm(self.bias, colours.view(len(self.colours), -1).t(), self.colours)
            made.addmm_(responses[:, :, start:stop].view(len(self.responses), -1).t(), self.responses)
            return made.view(stop - start, width, -1)

        return top_hat_logits(torch.maximum(*deciding)), rows


def _unshuffle(x: Tensor, planes: Tensor) -> None:
    """Write the four pixels of each 2x2 square of `(C, H, W)` into four planes, `(C, 4, H / 2, W / 2)`."""
    count, _, height, width = planes.shape
    squares = x.view(count, height, 2, width, 2).permute(0, 2, 4, 1, 3)
    planes.view(count, 2, 2, height, width).copy_(squares)


class _Rise:
    """Features of a level from those of the next coarser one and the level's own: one layer after another, as one.

    Args:
        up: makes the features of 2x2 pixels of one pixel.
        merge: makes one pixel's features of the two kinds.
    """

    def __init__(self, up: nn.Module, merge: nn.Module) -> None:
        merged = _matrix(merge)
        fine = len(merged)
        risen, kept = merged[:, :fine], merged[:, fine:]
        weight = torch.einsum("gf,fsc->sgc", risen, _matrix(up).view(fine, 4, -1))
        bias = torch.einsum("gf,fs->sg", risen, _bias(up).view(fine, 4)) + _bias(merge)
        self.kept, self.risen = kept.contiguous(), (weight.flatten(0, 1), bias.flatten())

    def rows(self, coarse: Tensor, skip: Tensor) -> Rows:
        """Features of the level, `(rows, W, fine)`, from `(H / 2, W / 2, coarse)` and `(H, W, fine)`."""

        def rows(start: int, stop: int) -> Tensor:
            first, last = start // 2, -(-stop // 2)
            made = F.linear(skip[2 * first : 2 * last].contiguous(), self.kept)
            risen = F.linear(coarse[first:last].contiguous(), *self.risen)
            height, width, fine = last - first, coarse.shape[1], len(self.kept)
            squares = made.view(height, 2, width, 2, fine)
            squares.add_(risen.view(height, width, 2, 2, fine).transpose(1, 2))
            return made[start - 2 * first : stop - 2 * first]

        return rows


class _Block:
    """A `GatedBlock` with its constants in its weights, on some rows."""

    def __init__(self, block: GatedBlock) -> None:
        channels = block.enter.in_channels
        root = sqrt(channels)
        gains = [root * norm.get_parameter("gain") for norm in (block.norm, block.gate_norm)]
        slope = torch.cat([torch.full((channels,), 1 / 6), torch.ones(channels)])
        offset = torch.cat([torch.full((channels,), 0.5), torch.zeros(channels)])
        self.floor = NORM_FLOOR * channels
        self.enter = _matrix(block.enter) * gains[0], _bias(block.enter)
        self.depthwise = _convolution(block.depthwise)
        self.leave = _matrix(block.leave), _bias(block.leave)
        self.expand = _matrix(block.expand) * gains[1] * slope[:, None], _bias(block.expand) * slope + offset
        self.contract = _matrix(block.contract), _bias(block.contract)

    def __call__(self, x: Tensor, above: int, below: int) -> Tensor:
        """The block's output but for so many rows at the top and at the bottom, which are there for the 3x3 alone."""
        inner = slice(above, len(x) - below)
        spread = F.leaky_relu_(F.linear(self._of_unit_size(x), *self.enter), LEAK)
        weight, bias = self.depthwise
        mixed = F.conv2d(_outer(spread), weight, bias, padding=1, groups=len(weight))
        x = F.linear(_inner(mixed)[inner], *self.leave).add_(x[inner])
        gate, value = F.linear(self._of_unit_size(x), *self.expand).chunk(2, dim=-1)
        return F.linear(gate.clamp_(0, 1) * value, *self.contract).add_(x)

    def _of_unit_size(self, x: Tensor) -> Tensor:
        """Each pixel's features over their norm; the square root of their number is in the weights that follow."""
        squared = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_()
        unit: Tensor = x * squared.add_(self.floor).rsqrt_()
        return unit


def _through(blocks: Sequence[Callable[[Tensor, int, int], Tensor]], rows: Rows, size: Sequence[int]) -> Tensor:
    """What blocks make of a level's features, some rows at a time.

    Args:
        blocks: run one after the other.
        rows: gives the features.
        size: height, width and channels of the level, which the result has too.
    """
    height, width, channels = size
    bands = -(-height // max(1, CACHED // (2 * channels * width)))
    step = -(-height // bands)
    made = torch.empty(0)
    for block in blocks or [_unchanged]:
        made = torch.empty(height, width, channels)
        for start in range(0, height, step):
            stop = min(height, start + step)
            above, below = min(1, start), min(1, height - stop)
            made[start:stop] = block(rows(start - above, stop + below), above, below)
        rows = _rows_of(made)
    return made


def _unchanged(x: Tensor, above: int, below: int) -> Tensor:
    return x[above : len(x) - below]


def _rows_of(x: Tensor) -> Rows:
    return lambda start, stop: x[start:stop]


def _halved(x: Tensor, down: tuple[Tensor, Tensor]) -> Tensor:
    return _inner(F.conv2d(_outer(x), *down, stride=2))


def _outer(x: Tensor) -> Tensor:
    """`(H, W, channels)` as `(1, channels, H, W)`, the same memory."""
    return x.permute(2, 0, 1)[None]


def _inner(x: Tensor) -> Tensor:
    """`(1, channels, H, W)` as `(H, W, channels)`."""
    return x[0].permute(1, 2, 0).contiguous()


def _folded(blocks: nn.Module) -> list[_Block]:
    return [_Block(block) for block in blocks.children() if isinstance(block, GatedBlock)]


def _matrix(layer: nn.Module) -> Tensor:
    """The weights of a 1x1 layer, `(leave, enter)`."""
    return layer.get_parameter("weight").detach()[:, :, 0, 0].clone()


def _bias(layer: nn.Module) -> Tensor:
    return layer.get_parameter("bias").detach().clone()


def _convolution(layer: nn.Module) -> tuple[Tensor, Tensor]:
    return layer.get_parameter("weight").detach().clone(memory_format=torch.channels_last), _bias(layer)
