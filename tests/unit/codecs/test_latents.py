"""Coding the latents of a tile: what decodes is what was coded, and damage is an error."""

from dataclasses import replace

import pytest
import torch

from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.header import TileCode
from restore.codecs.latents import LatentCoder
from tests.support.models.codec import short_tables, tiny_vae

BOX = Box(0, 0, 96, 96)
QUALITY = 12_000


@pytest.fixture
def coder() -> LatentCoder:
    return LatentCoder(tiny_vae(), short_tables())


@pytest.fixture
def tile(coder: LatentCoder) -> TileCode:
    y = 0.3 * torch.randn(1, 12, 6, 6, generator=torch.Generator().manual_seed(3))
    return coder.encode_latents(y, QUALITY, 0).tile


def test_damage_that_checksums_let_pass_is_an_error_and_never_a_picture(coder: LatentCoder, tile: TileCode) -> None:
    for place in range(len(tile.code)):
        changed = bytearray(tile.code)
        changed[place] ^= 0x10
        with pytest.raises(ContainerError, match="damaged"):
            coder.decode_latents(replace(tile, code=bytes(changed)), BOX, QUALITY)
    with pytest.raises(ContainerError, match="the model has 12"):
        coder.decode_latents(replace(tile, channels=14), BOX, QUALITY)
    with pytest.raises(ContainerError, match="other symbols"):
        coder.decode_latents(replace(tile, symbols_check=tile.symbols_check ^ 1), BOX, QUALITY)


def test_another_quality_than_the_encoders_is_noticed(coder: LatentCoder, tile: TileCode) -> None:
    with pytest.raises(ContainerError, match="damaged"):
        coder.decode_latents(tile, BOX, 2_000)
