"""Files of version 1 decode for ever: model 0 and what it wrote on 2026-11-23 are kept, and must open like then.

Symbols to the bit, which the decoder checks itself; pixels to one level, because synthesis is floating point.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.file import RicFile, read_file
from restore.codecs.decoding import decode_colour
from restore.codecs.encoding import encode_picture
from restore.codecs.model import load_model
from restore.codecs.tiles import Pixels, TileCodec
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.pretrained import read_weights

HOME = Path(__file__).parent / "codec"
FILES = sorted(path.stem for path in HOME.glob("*.ric"))


@pytest.fixture(scope="module")
def codec() -> TileCodec:
    return TileCodec(load_model(read_weights(HOME / "model-0.safetensors")), torch.device("cpu"))


def opened(name: str) -> RicFile:
    return read_file((HOME / f"{name}.ric").read_bytes())


def colour_of(codec: TileCodec, file: RicFile) -> Pixels:
    return decode_colour(codec, file, file.header.box)


def test_the_files_are_all_there() -> None:
    assert FILES == ["colour-131x67", "deep-40x70", "grey-17x13", "point-1x1"]
    assert (HOME / "model-0.safetensors").stat().st_size < 100_000


@pytest.mark.parametrize("name", FILES)
def test_a_golden_file_decodes_as_it_did(codec: TileCodec, name: str) -> None:
    file = opened(name)
    assert (file.header.model, file.header.model_hash) == (codec.model.number, codec.model.hash)
    pixels, wanted = colour_of(codec, file), np.load(HOME / f"{name}.npy")
    assert pixels.dtype == wanted.dtype
    level = np.iinfo(pixels.dtype).max // 255
    assert np.abs(pixels.astype(np.int64) - wanted).max() <= level


def test_the_header_of_a_golden_file_says_what_was_coded() -> None:
    header = opened("deep-40x70").header
    assert (header.width, header.height, header.depth, header.quality, header.grey) == (40, 70, 16, 90 * 256, False)
    assert opened("grey-17x13").header.grey


@pytest.mark.parametrize("name", FILES)
def test_coding_again_what_was_decoded_is_stable_in_size(codec: TileCodec, name: str) -> None:
    """The encoder may change for the better; it may not fall apart unseen."""
    file = opened(name)
    again = read_file(encode_picture(codec, Picture(colour_of(codec, file)), file.header.quality, Metadata()))
    before, after = (sum(len(tile.code) for tile in some.tiles.values()) for some in (file, again))
    assert after < 2 * before + 64
    assert decode_colour(codec, again, Box(0, 0, 1, 1)).shape == (1, 1, 3)
