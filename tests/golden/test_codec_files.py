"""Files of version 1 decode for ever: model 0 and what it wrote on 2026-11-23 are kept, and must open like then.

Symbols to the bit, which the decoder checks itself; pixels to one level, because synthesis is floating point.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from restore.codecs.bitstream.container import read_container
from restore.codecs.bitstream.header import Box, Header, Kind, TileCode
from restore.codecs.model import load_model
from restore.codecs.tiles import Codec
from restore.pretrained import read_weights

HOME = Path(__file__).parent / "codec"
FILES = sorted(path.stem for path in HOME.glob("*.ric"))


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(load_model(read_weights(HOME / "model-0.safetensors")), torch.device("cpu"))


def opened(name: str) -> tuple[Header, dict[int, TileCode]]:
    first, *rest = read_container((HOME / f"{name}.ric").read_bytes()).chunks
    header = Header.from_chunk(first)
    tiles = [TileCode.from_chunk(chunk, len(header.tiles)) for chunk in rest if chunk.kind == Kind.TILE]
    return header, {tile.number: tile for tile in tiles}


def test_the_files_are_all_there() -> None:
    assert FILES == ["colour-131x67", "deep-40x70", "grey-17x13", "point-1x1"]
    assert (HOME / "model-0.safetensors").stat().st_size < 100_000


@pytest.mark.parametrize("name", FILES)
def test_a_golden_file_decodes_as_it_did(codec: Codec, name: str) -> None:
    header, tiles = opened(name)
    assert (header.model, header.model_hash) == (codec.model.number, codec.model.hash)
    pixels, wanted = codec.decode(header, tiles), np.load(HOME / f"{name}.npy")
    assert pixels.dtype == wanted.dtype
    level = np.iinfo(pixels.dtype).max // 255
    assert np.abs(pixels.astype(np.int64) - wanted).max() <= level


def test_the_header_of_a_golden_file_says_what_was_coded() -> None:
    header, _ = opened("deep-40x70")
    assert (header.width, header.height, header.depth, header.quality, header.grey) == (40, 70, 16, 90 * 256, False)
    assert opened("grey-17x13")[0].grey


@pytest.mark.parametrize("name", FILES)
def test_coding_again_what_was_decoded_is_stable_in_size(codec: Codec, name: str) -> None:
    """The encoder may change for the better; it may not fall apart unseen."""
    header, tiles = opened(name)
    pixels = codec.decode(header, tiles)
    again = codec.encode(pixels, header.quality)
    before, after = (sum(len(tile.code) for tile in some) for some in (tiles.values(), again))
    assert after < 2 * before + 64
    assert codec.decode(header, dict(enumerate(again)), Box(0, 0, 1, 1)).shape == (1, 1, 3)
