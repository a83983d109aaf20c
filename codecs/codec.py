"""`Codec`: whole pictures between pixels and coded tiles, in bounded memory.

Tiles are cut without overlap, and each is coded by itself. Analysis and synthesis are convolutions, though: they run on
a tile with a halo of its neighbours as wide as they can see, so that there are no seams and no bits are doubled. A tile
is analysed when its turn comes, and decoded latents are kept for the rows of tiles that still need them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from restore.codecs.bitstream.header import BEST_QUALITY, QUALITY_STEPS, TILE_SIDE, Header, Rect, Tile, overlap
from restore.codecs.bitstream.tables import Tables
from restore.codecs.network.annealing import Effort, Scene, Told, anneal, distortion_weight
from restore.codecs.network.entropy import STEP
from restore.codecs.network.vae import FINE, STRIDE, VAE
from restore.codecs.tile import TileCoder, latent_size
from restore.devices import autocast
from restore.errors import WeightsError
from restore.tiling import pad_to_multiple

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""`(H, W, 3)`, RGB in display orientation."""
Progress = Callable[[int, int], None]
"""Told how many tiles of how many are done."""


@dataclass(frozen=True)
class Trial:
    """What coding a tile would come to."""

    bytes: float
    """About how long its code would be."""
    pixels: Pixels
    """`(H, W, 3)` of the tile, synthesised without its neighbours."""


@dataclass(frozen=True)
class Model:
    """A network with what a file must name to be decoded."""

    vae: VAE
    tables: Tables
    number: int
    hash: int
    writes: bool = True
    """Whether the encoder is there."""


class Codec:
    """One model on one device.

    Args:
        model: network and tables; moved to `device`.
        device: where analysis and synthesis run, and the integers too unless it has no float64.
    """

    def __init__(self, model: Model, device: torch.device) -> None:
        self.model, self.device = model, device
        self._vae = model.vae.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)
        self._coder = TileCoder(self._vae, model.tables)

    # ---- pixels to tiles

    @torch.inference_mode()
    def analyse(self, pixels: Pixels, rect: Rect) -> Tensor:
        """Latents of one tile, before their gain.

        Args:
            pixels: the whole picture.
            rect: a tile of `Header.tiles`.

        Returns:
            `(1, M, h, w)`, float32, on the device.

        Raises:
            WeightsError: the model has no encoder.
        """
        if not self.model.writes:
            raise WeightsError(
                f"model {self.model.number} is kept to read its files and writes none: leave the weights out, and the "
                "newest model writes"
            )
        height, width = pixels.shape[:2]
        halo = STRIDE * -(-self._vae.config.analysis * FINE // STRIDE)
        top, left = max(0, rect.top - halo), max(0, rect.left - halo)
        below, right = min(height, rect.top + rect.height + halo), min(width, rect.left + rect.width + halo)
        part = pixels[top:below, left:right]
        x = pad_to_multiple(self._tensor(part), STRIDE)[0].contiguous(memory_format=torch.channels_last)
        with autocast(self.device):
            y = self._vae.analyse(x).float()
        row, column = (rect.top - top) // STRIDE, (rect.left - left) // STRIDE
        rows, columns = latent_size(rect)
        return y[..., row : row + rows, column : column + columns].contiguous()

    def anneal(
        self, y: Tensor, pixels: Pixels, rect: Rect, quality: int, effort: Effort, told: Told | None = None
    ) -> Tensor:
        """Latents of one tile that are worth their bits; `y` where none better are found.

        Args:
            y: from `analyse`.
            pixels: the whole picture.
            rect: the tile.
            quality: as the header has it.
            effort: how long to look for them.
            told: called after every step.

        Returns:
            The shape of `y`.
        """
        if not effort.steps:
            return y
        halo = STRIDE * self._synthesis_halo
        top, left = max(0, rect.top - halo), max(0, rect.left - halo)
        below = min(pixels.shape[0], rect.top + rect.height + halo)
        right = min(pixels.shape[1], rect.left + rect.width + halo)
        around = self.analyse(pixels, Rect(left, top, right - left, below - top))
        row, column = (rect.top - top) // STRIDE, (rect.left - left) // STRIDE
        rows, columns = latent_size(rect)
        x = self._tensor(pixels[rect.top : rect.top + rect.height, rect.left : rect.left + rect.width])
        scene = Scene(around, slice(row, row + rows), slice(column, column + columns), x)
        found = anneal(self._vae, scene, quality / QUALITY_STEPS, effort, told)
        return found if self._cost(found, x, rect, quality) < self._cost(y, x, rect, quality) else y

    @torch.inference_mode()
    def _cost(self, y: Tensor, x: Tensor, rect: Rect, quality: int) -> float:
        """Bits of a tile, and what its error weighs beside them."""
        bits, y_hat = self._coder.estimate(y, quality)
        shown = self._synthesised(y_hat, quality)[..., : rect.height, : rect.width].clamp(0, 1)
        error = float((shown - x).square().mean())
        return bits + distortion_weight(quality / QUALITY_STEPS) * rect.height * rect.width * error

    def _tensor(self, part: Pixels) -> Tensor:
        """`(1, 3, h, w)`, range 0..1, on the device."""
        x = torch.from_numpy(np.ascontiguousarray(part).astype(np.float32)).to(self.device)
        return (x / float(np.iinfo(part.dtype).max)).permute(2, 0, 1)[None]

    @torch.inference_mode()
    def encode_tile(self, y: Tensor, quality: int, number: int) -> Tile:
        """Code the latents of one tile; `quality` as the header has it."""
        return self._coder.encode(y, quality, number).tile

    @torch.inference_mode()
    def estimate_bytes(self, y: Tensor, quality: int) -> float:
        """About how long the code of a tile will be, without coding it."""
        return self._coder.estimate(y, quality)[0] / 8

    @torch.inference_mode()
    def trial(self, y: Tensor, rect: Rect, header: Header) -> Trial:
        """What a tile would come to at the header's quality, without coding it."""
        bits, y_hat = self._coder.estimate(y, header.quality)
        return Trial(bits / 8, self._pixels(y_hat, header)[: rect.height, : rect.width])

    def encode(self, pixels: Pixels, quality: int, progress: Progress | None = None) -> list[Tile]:
        """All tiles of a picture, analysed one after another.

        Raises:
            ValueError: the quality is out of range.
        """
        if not 0 <= quality <= BEST_QUALITY * QUALITY_STEPS:
            raise ValueError(f"quality {quality} is out of range")
        rects = self.header(pixels, quality).tiles
        made = []
        for number, rect in enumerate(rects):
            made.append(self.encode_tile(self.analyse(pixels, rect), quality, number))
            if progress is not None:
                progress(number + 1, len(rects))
        return made

    def header(self, pixels: Pixels, quality: int, *, grey: bool = False, alpha: bool = False) -> Header:
        """The header of a picture coded with this model."""
        height, width = pixels.shape[:2]
        depth = 8 * pixels.dtype.itemsize
        return Header(width, height, quality, self.model.number, self.model.hash, depth, grey, alpha)

    # ---- tiles to pixels

    def decode(
        self,
        header: Header,
        tiles: Mapping[int, Tile],
        region: Rect | None = None,
        progress: Progress | None = None,
    ) -> Pixels:
        """The picture, or a part of it.

        Args:
            header: the file's header.
            tiles: coded tiles by number; one that is absent counts as zero latents, which is flat grey.
            region: which part, inside the picture; only its tiles and the ring around them are decoded.
            progress: told about the tiles.

        Returns:
            `(H, W, 3)` of the region, uint8 or uint16 as the header says.

        Raises:
            ContainerError: a code is damaged.
        """
        region = region or Rect(0, 0, header.width, header.height)
        shape = (region.height, region.width, 3)
        pixels: Pixels = np.empty(shape, np.uint8) if header.depth == 8 else np.empty(shape, np.uint16)
        shares = [(rect, overlap(rect, region)) for rect in header.tiles]
        wanted = [(rect, part) for rect, part in shares if part is not None]
        latents = _Decoded(self._coder, header, tiles)
        for done, (rect, part) in enumerate(wanted):
            shown = self._synthesise(latents, part, header)
            top, left = part.top - region.top, part.left - region.left
            pixels[top : top + part.height, left : left + part.width] = shown
            latents.forget_above(rect.top - TILE_SIDE)
            if progress is not None:
                progress(done + 1, len(wanted))
        return pixels

    @torch.inference_mode()
    def latents(self, tile: Tile, rect: Rect, quality: int) -> Tensor:
        """Decode one tile's latents and leave its pixels alone.

        Returns:
            y_hat `(1, M, h, w)` in quantisation steps, float32, on the device of the integers.

        Raises:
            ContainerError: the code is damaged, or decodes to other symbols than were encoded.
        """
        return (self._coder.decode(tile, rect, quality) / STEP).float()

    @torch.inference_mode()
    def _synthesise(self, latents: "_Decoded", part: Rect, header: Header) -> Pixels:
        """Pixels of a part of one tile, from its latents and those around it that synthesis sees."""
        halo = self._synthesis_halo
        top, left = max(0, part.top // STRIDE - halo), max(0, part.left // STRIDE - halo)
        below = min(-(-header.height // STRIDE), -(-(part.top + part.height) // STRIDE) + halo)
        right = min(-(-header.width // STRIDE), -(-(part.left + part.width) // STRIDE) + halo)
        shown = self._pixels(latents.window(top, left, below, right), header)
        row, column = part.top - top * STRIDE, part.left - left * STRIDE
        return shown[row : row + part.height, column : column + part.width]

    @property
    def _synthesis_halo(self) -> int:
        """How many latents away synthesis sees."""
        return -(-self._vae.config.synthesis * FINE // STRIDE)

    def _synthesised(self, y_hat: Tensor, quality: int) -> Tensor:
        """`(1, 3, 16h, 16w)`, not clamped, from latents in 1/16 of a quantisation step."""
        y = (y_hat / STEP).float().to(self.device).contiguous(memory_format=torch.channels_last)
        with autocast(self.device):
            return self._vae.synthesise(y, torch.tensor([quality / QUALITY_STEPS], device=self.device)).float()

    def _pixels(self, y_hat: Tensor, header: Header) -> Pixels:
        """`(16h, 16w, 3)` from latents in 1/16 of a quantisation step."""
        x_hat = self._synthesised(y_hat, header.quality)
        highest = (1 << header.depth) - 1
        levels = (x_hat[0].clamp(0, 1) * highest).round().permute(1, 2, 0).cpu().numpy()
        samples: Pixels = levels.astype(np.uint8) if header.depth == 8 else levels.astype(np.uint16)
        return samples


class _Decoded:
    """Latents of tiles, decoded when first needed."""

    def __init__(self, coder: TileCoder, header: Header, tiles: Mapping[int, Tile]) -> None:
        self._coder, self._header, self._tiles = coder, header, tiles
        self._rects = header.tiles
        self._known: dict[int, Tensor] = {}

    def window(self, top: int, left: int, below: int, right: int) -> Tensor:
        """`(1, M, below - top, right - left)` of the picture's latents."""
        found: Tensor | None = None
        for number in self._numbers(top, left, below, right):
            rect, y_hat = self._rects[number], self._latents(number)
            if found is None:
                found = y_hat.new_zeros(1, y_hat.shape[1], below - top, right - left)
            row, column = rect.top // STRIDE, rect.left // STRIDE
            first, last = max(top, row), min(below, row + y_hat.shape[2])
            start, end = max(left, column), min(right, column + y_hat.shape[3])
            piece = y_hat[..., first - row : last - row, start - column : end - column]
            found[..., first - top : last - top, start - left : end - left] = piece
        if found is None:
            raise ValueError("a window without latents")
        return found

    def forget_above(self, top: int) -> None:
        """Drop tiles that end above a row of pixels."""
        for number in [known for known in self._known if self._rects[known].top + TILE_SIDE <= top]:
            del self._known[number]

    def _latents(self, number: int) -> Tensor:
        if number not in self._known:
            self._known[number] = self._decode(number)
        return self._known[number]

    @torch.inference_mode()
    def _decode(self, number: int) -> Tensor:
        rect = self._rects[number]
        if number in self._tiles:
            return self._coder.decode(self._tiles[number], rect, self._header.quality).float()
        return torch.zeros(1, self._coder.vae.config.latents, *latent_size(rect), device=self._coder.device)

    def _numbers(self, top: int, left: int, below: int, right: int) -> Iterator[int]:
        across, side = -(-self._header.width // TILE_SIDE), TILE_SIDE // STRIDE
        for row in range(top // side, (below - 1) // side + 1):
            for column in range(left // side, (right - 1) // side + 1):
                yield row * across + column
