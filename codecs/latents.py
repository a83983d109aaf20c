"""Latents of one tile to bytes and back: what is coded, in which order, with which tables.

    z, all of it ──► leading channels, coarse to fine ──► anchors of the others ──► non-anchors of all channels

The decoder repeats the encoder's predictions from what it has decoded so far; both run the integer networks, so both
choose the same tables. Each latent is rounded to the nearest symbol. Choosing smaller symbols where bits are expensive,
as video encoders do, was tried with trained weights and lost 0.05 to 0.3 dB at the same rate. Optimising the latents
before they are rounded is worth its time (`annealing.py`).
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from restore.codecs.bitstream.boxes import TILE_SIDE, Box, tile_grid
from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.file import RicFile
from restore.codecs.bitstream.header import QUALITY_STEPS, TileCode
from restore.codecs.bitstream.range_coder import LARGEST_SYMBOL, Numbers, SymbolDecoder, SymbolEncoder, Symbols
from restore.codecs.bitstream.tables import Tables
from restore.codecs.network.entropy import STEP, Group
from restore.codecs.network.exact import exact_device
from restore.codecs.network.vae import HYPER_STRIDE, STRIDE, VAE

LARGEST_Z = 127
"""Hyper-latents lie between minus this and this."""
ESTIMATED = 255
"""Estimates count a larger symbol as one of this magnitude."""


@dataclass(frozen=True)
class CodedLatents:
    """The code of a tile, and the latents that it decodes to."""

    tile: TileCode
    y_hat: Tensor
    """`(1, M, h, w)`, integers in 1/16 of a quantisation step, float64."""


class LatentCoder:
    """Codes the latents of tiles with one model.

    Args:
        vae: the network, in evaluation mode.
        tables: the model's probability tables.
    """

    def __init__(self, vae: VAE, tables: Tables) -> None:
        self.vae, self.tables = vae, tables
        self.device = exact_device(next(vae.parameters()).device)
        """Where the integers are computed."""
        self._entropy = vae.entropy.to(self.device)
        self._bits = _bits_of_magnitudes(tables)

    @torch.inference_mode()
    def encode_latents(self, y: Tensor, quality: int, number: int) -> CodedLatents:
        """Code the latents of a tile.

        Args:
            y: `(1, M, h, w)`, from `VAE.analyse`.
            quality: 0..25600, as the header has it.
            number: the tile's number.
        """
        encoder, check, groups = SymbolEncoder(self.tables), 0, _SymbolGroups(self, y, quality)
        for symbols, tables in groups:
            encoder.put(symbols, tables)
            check = _checked(symbols, check)
        return CodedLatents(TileCode(number, groups.channels, check, encoder.finish()), groups.y_hat)

    @torch.inference_mode()
    def estimate_bits(self, y: Tensor, quality: int) -> tuple[float, Tensor]:
        """Bits that `encode_latents` would take, to about a part in a thousand, and y_hat; nothing is coded."""
        groups, bits = _SymbolGroups(self, y, quality), 0.0
        for symbols, tables in groups:
            bits += float(self._bits[tables, np.minimum(np.abs(symbols), ESTIMATED)].sum())
        return bits, groups.y_hat

    @torch.inference_mode()
    def decode_latents(self, tile: TileCode, box: Box, quality: int) -> Tensor:
        """Decode the latents of a tile.

        Args:
            tile: its code.
            box: its pixels.
            quality: 0..25600, as the header has it.

        Returns:
            y_hat `(1, M, h, w)`, integers in 1/16 of a quantisation step, float64, on `device`.

        Raises:
            ContainerError: the code is damaged, or another model or a faulty machine chose other tables.
        """
        channels, latents, grid = tile.channels, self.vae.config.latents, box.coarser(STRIDE)
        if channels > latents:
            raise ContainerError(f"tile {tile.number} has {channels} latent channels; the model has {latents}")
        y_hat = torch.zeros(1, latents, grid.height, grid.width, dtype=torch.float64, device=self.device)
        decoder, check = SymbolDecoder(self.tables, tile.code), 0

        def take(tables: Tensor) -> Tensor:
            nonlocal check
            symbols = decoder.take(_numbers(tables))
            check = _checked(symbols, check)
            return torch.from_numpy(symbols).to(self.device).double()

        if channels:
            z_tables = self._z_tables(quality, grid.height, grid.width)
            z = take(z_tables).reshape(1, *z_tables.shape)
            features = self._entropy.exact_features(z, quality, (grid.height, grid.width))
            for group in self._entropy.exact_groups(features, quality, y_hat):
                part = _coded_part(group, channels)
                symbols = take(part.tables).reshape(part.means.shape)
                y_hat[0, part.channels][:, group.positions] = STEP * symbols + part.means
        decoder.finish()
        if check != tile.symbols_check:
            raise ContainerError(
                f"tile {tile.number} decodes to other symbols than were encoded: "
                "the file is damaged, or its model is another one"
            )
        return y_hat

    def _z_tables(self, quality: int, height: int, width: int) -> Tensor:
        """`(Z, h/4, w/4)`: numbers of the tables of z."""
        tables = self._entropy.exact_z_table(quality, self.device)
        return tables.expand(-1, -(-height // HYPER_STRIDE), -(-width // HYPER_STRIDE))


class FileLatents:
    """Latents of a file's picture; each tile is decoded when it is first needed.

    Args:
        coder: the model's.
        file: a tile that it lacks counts as zero latents.
    """

    def __init__(self, coder: LatentCoder, file: RicFile) -> None:
        self._coder, self._file = coder, file
        self._boxes = file.header.tile_boxes
        self._decoded: dict[int, Tensor] = {}

    def window(self, box: Box) -> Tensor:
        """The latents of a box of the latents' grid: `(1, M, height, width)` in quantisation steps, float32.

        Raises:
            ContainerError: the code of a tile is damaged.
        """
        window = torch.zeros(1, self._coder.vae.config.latents, box.height, box.width, device=self._coder.device)
        columns, _ = tile_grid(self._file.header.width, self._file.header.height)
        near = box.coarser(TILE_SIDE // STRIDE)
        for row in range(near.top, near.bottom):
            for number in range(row * columns + near.left, row * columns + near.right):
                tile = self._boxes[number].coarser(STRIDE)
                shared = tile.overlap(box)
                if shared is not None:
                    window[..., *shared.slices_in(box)] = self._of_tile(number)[..., *shared.slices_in(tile)]
        return window

    def forget_above(self, row: int) -> None:
        """Drop the latents of tiles that end above a row of pixels."""
        for number in [known for known in self._decoded if self._boxes[known].top + TILE_SIDE <= row]:
            del self._decoded[number]

    def _of_tile(self, number: int) -> Tensor:
        if number not in self._decoded:
            box, tile = self._boxes[number], self._file.tiles.get(number)
            if tile is None:
                grid = box.coarser(STRIDE)
                y_hat = torch.zeros(1, self._coder.vae.config.latents, grid.height, grid.width)
            else:
                y_hat = self._coder.decode_latents(tile, box, self._file.header.quality)
            self._decoded[number] = in_steps(y_hat)
        return self._decoded[number]


def in_steps(y_hat: Tensor) -> Tensor:
    """Latents in quantisation steps, float32, from integers in 1/16 of a step; exact."""
    return (y_hat / STEP).float()


class _SymbolGroups:
    """The encoder's groups of symbols with their tables; `y_hat` is complete after the last group."""

    def __init__(self, coder: LatentCoder, y: Tensor, quality: int) -> None:
        self._coder, self._quality = coder, quality
        rate = torch.tensor([quality / QUALITY_STEPS], device=y.device)
        gained = y * torch.exp(coder.vae.log_gains(rate))
        self.channels = _used_channels(gained)
        self._z = torch.round(coder.vae.hyper_analyse(gained)).clamp(-LARGEST_Z, LARGEST_Z)
        self._y = gained.to(coder.device).double()
        self.y_hat = torch.zeros_like(self._y)

    def __iter__(self) -> Iterator[tuple[Symbols, Numbers]]:
        if not self.channels:
            return
        entropy, quality = self._coder._entropy, self._quality
        height, width = self._y.shape[-2:]
        z = self._z.to(self._coder.device).double()
        yield _symbols(z[0]), _numbers(self._coder._z_tables(quality, height, width))
        features = entropy.exact_features(z, quality, (height, width))
        for group in entropy.exact_groups(features, quality, self.y_hat):
            part = _coded_part(group, self.channels)
            residual = self._y[0, part.channels][:, group.positions] - part.means / STEP
            symbols = torch.round(residual).clamp(-LARGEST_SYMBOL, LARGEST_SYMBOL)
            self.y_hat[0, part.channels][:, group.positions] = STEP * symbols + part.means
            yield _symbols(symbols), _numbers(part.tables)


@dataclass(frozen=True)
class _CodedPart:
    """The part of a group that is coded: its channels below the tile's number of coded channels."""

    channels: slice
    means: Tensor
    """`(channels, positions)`, in 1/16 of a quantisation step."""
    tables: Tensor
    """The shape of `means`."""


def _coded_part(group: Group, used: int) -> _CodedPart:
    first, prediction = group.channels.start or 0, group.prediction
    channels = slice(first, min(used, first + prediction.mean.shape[1]))
    count = max(0, channels.stop - channels.start)
    means, tables = (x[0, :count][:, group.positions] for x in (prediction.mean, prediction.table))
    return _CodedPart(channels, means, tables)


def _used_channels(y: Tensor) -> int:
    """How many of the first channels hold everything that does not round to zero; even."""
    used = (y.abs() >= 0.5).any(-1).any(-1)[0].nonzero()
    return 0 if not len(used) else int(used[-1]) // 2 * 2 + 2


def _checked(symbols: Symbols, check: int) -> int:
    """The checksum of the symbols so far, with these added."""
    return zlib.crc32(symbols.astype("<i2").tobytes(), check)


def _symbols(values: Tensor) -> Symbols:
    flat: Symbols = values.flatten().to(torch.int32).cpu().numpy()
    return flat


def _numbers(tables: Tensor) -> Numbers:
    flat: Numbers = tables.flatten().to(torch.uint8).cpu().numpy()
    return flat


def _bits_of_magnitudes(tables: Tables) -> npt.NDArray[np.float64]:
    """`(tables, ESTIMATED + 1)`: what a symbol of that magnitude costs, escapes with their excess."""
    costs: npt.NDArray[np.float64] = np.empty((len(tables.counts), ESTIMATED + 1))
    for number in range(len(tables.counts)):
        bits, reach = tables.bits(number), tables.reach(number)
        for magnitude in range(ESTIMATED + 1):
            if magnitude <= reach:
                costs[number, magnitude] = bits[reach + magnitude]
            else:
                length = (magnitude - reach - 1).bit_length()
                costs[number, magnitude] = bits[-1] + 1 + 4 + max(0, length - 1)
    return costs
