"""One tile between latents and bytes: what is coded, in which order, with which tables.

    z ── all of it ──► leading channels, coarse to fine ──► the others' black fields ──► all white fields

The decoder repeats the encoder's predictions from what it has decoded so far; both run the integer networks, so both
arrive at the same tables. Each latent is rounded to the nearest symbol. Choosing smaller ones where bits are dear, as
video encoders do, was tried with trained weights and lost 0.05 to 0.3 dB at the same rate: means, scales and synthesis
have learned what plain rounding gives. Moving the latents before they are rounded is worth its time (`annealing.py`).
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.header import QUALITY_STEPS, Rect, Tile
from restore.codecs.bitstream.range_coder import LARGEST_SYMBOL, Numbers, SymbolDecoder, SymbolEncoder, Symbols
from restore.codecs.bitstream.tables import Tables
from restore.codecs.network.entropy import STEP, Group
from restore.codecs.network.exact import exact_device
from restore.codecs.network.vae import HYPER, STRIDE, VAE

LARGEST_Z = 127
"""Hyper-latents lie between minus this and this."""
ESTIMATED = 255
"""Larger symbols are taken for this one in estimates."""


@dataclass(frozen=True)
class CodedTile:
    """A tile as the file holds it, and what its latents became."""

    tile: Tile
    y_hat: Tensor
    """`(1, M, h, w)`, integers in 1/16 of a quantisation step, float64."""


class TileCoder:
    """Codes tiles with one model.

    Args:
        vae: the network, in evaluation mode.
        tables: the model's probability tables.
    """

    def __init__(self, vae: VAE, tables: Tables) -> None:
        self.vae, self.tables = vae, tables
        self.device = next(vae.parameters()).device
        self._place = exact_device(self.device)
        self._entropy = vae.entropy.to(self._place)
        self._bits = _bits_of_magnitudes(tables)

    def encode(self, y: Tensor, quality: int, number: int) -> CodedTile:
        """Code a tile.

        Args:
            y: `(1, M, h, w)`, from `VAE.analyse`.
            quality: as the header has it.
            number: the tile's number.
        """
        encoder, check, groups = SymbolEncoder(self.tables), 0, _Groups(self, y, quality)
        for symbols, tables in groups:
            encoder.put(symbols, tables)
            check = zlib.crc32(symbols.astype("<i2").tobytes(), check)
        return CodedTile(Tile(number, groups.channels, check, encoder.finish()), groups.y_hat)

    def estimate(self, y: Tensor, quality: int) -> tuple[float, Tensor]:
        """Bits that `encode` would take, to about a part in a thousand, and y_hat; nothing is coded."""
        groups, bits = _Groups(self, y, quality), 0.0
        for symbols, tables in groups:
            bits += float(self._bits[tables, np.minimum(np.abs(symbols), ESTIMATED)].sum())
        return bits, groups.y_hat

    def decode(self, tile: Tile, rect: Rect, quality: int) -> Tensor:
        """Latents of a tile.

        Returns:
            y_hat `(1, M, h, w)`, integers in 1/16 of a quantisation step, float64, on the device of the integers.

        Raises:
            ContainerError: the code is damaged, or another model or a faulty machine made other tables of it.
        """
        channels, (height, width) = tile.channels, latent_size(rect)
        latents = self.vae.config.latents
        if channels > latents:
            raise ContainerError(f"tile {tile.number} has {channels} latent channels; the model has {latents}")
        y_hat = torch.zeros(1, latents, height, width, dtype=torch.float64, device=self._place)
        decoder, check = SymbolDecoder(self.tables, tile.code), 0

        def take(tables: Tensor) -> Tensor:
            nonlocal check
            symbols = decoder.take(_numbers(tables))
            check = zlib.crc32(symbols.astype("<i2").tobytes(), check)
            return torch.from_numpy(symbols).to(self._place).double()

        if channels:
            z_tables = self._z_tables(quality, height, width)
            z = take(z_tables).reshape(1, *z_tables.shape)
            features = self._entropy.exact_features(z, quality, (height, width))
            for group in self._entropy.exact_groups(features, quality, y_hat):
                place = _place_of(group, channels)
                symbols = take(place.tables).reshape(place.means.shape)
                y_hat[0, place.channels][:, group.field] = STEP * symbols + place.means
        decoder.finish()
        if check != tile.symbols_check:
            raise ContainerError(
                f"tile {tile.number} decodes to other symbols than were encoded: "
                "the file is damaged, or its model is another one"
            )
        return y_hat

    def _z_tables(self, quality: int, height: int, width: int) -> Tensor:
        """`(Z, h/4, w/4)`."""
        tables = self._entropy.exact_z_tables(quality, self._place)
        return tables.expand(-1, -(-height // HYPER), -(-width // HYPER))


class _Groups:
    """The groups of symbols of a tile with their tables; `y_hat` is whole when they have been gone through."""

    def __init__(self, coder: TileCoder, y: Tensor, quality: int) -> None:
        self._coder, self._quality = coder, quality
        rate = torch.tensor([quality / QUALITY_STEPS], device=y.device)
        gained = y * torch.exp(coder.vae.log_gains(rate))
        self.channels = _used_channels(gained)
        self._z = torch.round(coder.vae.hyper_analyse(gained)).clamp(-LARGEST_Z, LARGEST_Z)
        self._y = gained.to(coder._place).double()
        self.y_hat = torch.zeros_like(self._y)

    def __iter__(self) -> Iterator[tuple[Symbols, Numbers]]:
        if not self.channels:
            return
        entropy, quality = self._coder._entropy, self._quality
        height, width = self._y.shape[-2:]
        z = self._z.to(self._coder._place).double()
        yield _symbols(z[0]), _numbers(self._coder._z_tables(quality, height, width))
        features = entropy.exact_features(z, quality, (height, width))
        for group in entropy.exact_groups(features, quality, self.y_hat):
            place = _place_of(group, self.channels)
            residual = self._y[0, place.channels][:, group.field] - place.means / STEP
            symbols = torch.round(residual).clamp(-LARGEST_SYMBOL, LARGEST_SYMBOL)
            self.y_hat[0, place.channels][:, group.field] = STEP * symbols + place.means
            yield _symbols(symbols), _numbers(place.tables)


@dataclass(frozen=True)
class _Place:
    """What of a group is coded, where only the first channels are."""

    channels: slice
    means: Tensor
    """`(channels, places)`, in 1/16 of a quantisation step."""
    tables: Tensor
    """The shape of `means`."""


def _place_of(group: Group, used: int) -> _Place:
    first = group.channels.start or 0
    channels = slice(first, min(used, first + group.expected.mean.shape[1]))
    count = max(0, channels.stop - channels.start)
    expected = group.expected
    return _Place(channels, expected.mean[0, :count][:, group.field], expected.table[0, :count][:, group.field])


def latent_size(rect: Rect) -> tuple[int, int]:
    """Height and width of a tile's latents."""
    return -(-rect.height // STRIDE), -(-rect.width // STRIDE)


def _used_channels(y: Tensor) -> int:
    """How many of the first channels hold everything that does not round to zero; even."""
    used = (y.abs() >= 0.5).any(-1).any(-1)[0].nonzero()
    return 0 if not len(used) else int(used[-1]) // 2 * 2 + 2


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
