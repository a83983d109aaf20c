"""Tiles of a picture: no seams, regions as crops, any size and depth."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.file import RicFile, read_file
from restore.codecs.decoding import decode_colour
from restore.codecs.encoding import encode_picture
from restore.codecs.latents import LatentCoder
from restore.codecs.tiles import Pixels, TileCodec
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from tests.support.models.codec import short_tables, tiny_codec, tiny_vae


def smooth(height: int, width: int, seed: int = 5) -> np.ndarray:
    """A picture of `(height, width, 3)` uint8 with structure at several scales."""
    random = torch.Generator().manual_seed(seed)
    layers = [
        torch.nn.functional.interpolate(
            torch.rand(1, 3, 2 + height // step, 2 + width // step, generator=random), (height, width), mode="bilinear"
        )
        for step in (3, 17, 90)
    ]
    levels = (255 * (0.2 * layers[0] + 0.3 * layers[1] + 0.5 * layers[2])).round().byte()
    return np.ascontiguousarray(levels[0].permute(1, 2, 0).numpy())


def coded(codec: TileCodec, pixels: Pixels, quality: int) -> RicFile:
    """The file of a picture."""
    return read_file(encode_picture(codec, Picture(pixels), 256 * quality, Metadata()))


def decoded(codec: TileCodec, file: RicFile) -> Pixels:
    return decode_colour(codec, file, file.header.box)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (17, 15), (67, 131), (5, 200)])
@pytest.mark.parametrize("deep", [False, True])
def test_any_size_and_depth_comes_back_in_its_size_and_depth(size: tuple[int, int], deep: bool) -> None:
    codec = tiny_codec()
    pixels = smooth(*size)
    given = pixels.astype(np.uint16) * 257 if deep else pixels
    shown = decoded(codec, coded(codec, given, 60))
    assert shown.shape == given.shape
    assert shown.dtype == given.dtype


def test_tiles_show_no_seams_and_regions_are_crops() -> None:
    """Tiled analysis and synthesis against the network run on the whole picture at once."""
    codec, vae = tiny_codec(), tiny_vae()
    pixels = smooth(1060, 1100)
    file = coded(codec, pixels, 70)
    boxes = file.header.tile_boxes
    assert len(file.tiles) == len(boxes) == 4
    whole = decoded(codec, file)
    with torch.inference_mode():
        x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
        y = vae.analyse(torch.nn.functional.pad(x, (0, 4, 0, 12), mode="replicate"))
        parts = [codec.analyse(pixels, box) for box in boxes]
        joined = torch.cat([torch.cat(parts[:2], 3), torch.cat(parts[2:], 3)], 2)
        assert torch.allclose(joined, y, atol=1e-4)
        coder = LatentCoder(vae, short_tables())
        hats = [coder.decode_latents(file.tiles[number], box, 70 * 256) for number, box in enumerate(boxes)]
        y_hat = torch.cat([torch.cat(hats[:2], 3), torch.cat(hats[2:], 3)], 2).float() / 16
        shown = vae.synthesise(y_hat, torch.tensor([70.0]))[0, :, :1060, :1100]
    levels = (shown.clamp(0, 1) * 255).round().permute(1, 2, 0).numpy().astype(int)
    assert np.abs(whole.astype(int) - levels).max() <= 1
    for region in (Box(1000, 1010, 60, 45), Box(0, 0, 7, 5), Box(1023, 300, 2, 1)):
        part = decode_colour(codec, file, region)
        wanted = whole[region.top : region.top + region.height, region.left : region.left + region.width]
        assert np.abs(part.astype(int) - wanted).max() <= 1


def test_a_lost_tile_is_flat_and_leaves_its_neighbours_alone() -> None:
    codec = tiny_codec()
    file = coded(codec, smooth(40, 1500), 70)
    whole, damaged = decoded(codec, file), decoded(codec, replace(file, tiles={1: file.tiles[1]}))
    assert np.array_equal(whole[:, 1024 + 32 :], damaged[:, 1024 + 32 :])
    assert np.array_equal(damaged[:, 160:800], damaged[:, 176:816]), "zero latents look alike everywhere"
    assert np.abs(whole[:, :900].astype(int) - damaged[:, :900]).mean() > 5
