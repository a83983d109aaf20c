"""A loaded codec with small weights: every size and depth, regions, and nothing of a picture lost."""

from typing import Any

import numpy as np
import pytest
import torch

from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.file import read_file
from restore.codecs.latents import LatentCoder
from restore.codecs.loading import load_codec
from restore.errors import RestoreError, UsageError, WeightsError
from restore.images.metadata import Metadata
from restore.images.picture import Picture
from restore.pipelines.codec.image_codec import ImageCodec
from tests.support.smooth_pictures import off, smooth

PACKET = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>title</a></x:xmpmeta>'


@pytest.mark.parametrize(
    ("height", "width"),
    [(1, 1), (1, 2), (2, 1), (3, 7), (1, 131), (67, 1), (15, 16), (16, 16), (17, 15), (31, 33), (48, 65), (67, 131)],
)
def test_any_size_round_trips(codec: Any, height: int, width: int) -> None:
    image = smooth(height, width)
    shown = codec.decompress(codec.compress(image, 80))
    assert (shown.shape, shown.dtype) == (image.shape, np.uint8)
    assert off(image, shown) < 4


def test_quality_means_more_bytes_and_less_error(codec: Any) -> None:
    image = smooth(64, 96)
    files = [codec.compress(image, quality) for quality in (0, 50, 100)]
    errors = [off(image, codec.decompress(data)) for data in files]
    assert sorted(map(len, files)) == [len(data) for data in files]
    assert sorted(errors, reverse=True) == errors


@pytest.mark.parametrize("quality", [-1, 100.5, float("nan")])
def test_a_quality_out_of_range_is_refused(codec: Any, quality: float) -> None:
    with pytest.raises(UsageError, match=r"0 .smallest. to 100"):
        codec.compress(smooth(8, 8), quality)


def test_sixteen_bits_stay_sixteen(codec: Any) -> None:
    image = smooth(32, 48, np.uint16)
    shown = codec.decompress(codec.compress(image, 90))
    assert shown.dtype == np.uint16
    assert off(image, shown) < 3
    assert (shown % 257 != 0).any(), "8 bits blown up to 16"


def test_colour_under_transparent_pixels_is_kept(codec: Any) -> None:
    image = np.concatenate([smooth(32, 32), np.zeros((32, 32, 1), np.uint8)], axis=2)
    shown = codec.decompress(codec.compress(image, 80))
    assert not shown[..., 3].any()
    assert off(image[..., :3], shown[..., :3]) < 4


def test_transparency_crosses_tiles_and_regions(codec: Any) -> None:
    alpha = np.random.default_rng(1).integers(0, 256, (20, 1030), dtype=np.uint8)
    data = codec.compress(np.concatenate([smooth(20, 1030), alpha[..., None]], axis=2), 20)
    assert len(read_file(data).tiles) == 2
    assert np.array_equal(codec.decompress(data)[..., 3], alpha)
    assert np.array_equal(codec.decompress(data, (1000, 3, 30, 9))[..., 3], alpha[3:12, 1000:1030])


@pytest.mark.parametrize(
    "region", [(0, 0, 1, 1), (1000, 5, 40, 20), (1024, 0, 36, 40), (0, 0, 1060, 40), (17, 3, 90, 31)]
)
def test_a_region_is_the_crop_of_the_whole(codec: Any, region: tuple[int, int, int, int]) -> None:
    data = codec.compress(smooth(40, 1060), 60)
    left, top, width, height = region
    crop = codec.decompress(data)[top : top + height, left : left + width]
    part = codec.decompress(data, region)
    assert part.shape == crop.shape
    assert np.abs(part.astype(int) - crop).max() <= 1
    assert (part != crop).mean() < 0.001


@pytest.mark.parametrize("region", [(0, 0, 0, 5), (-1, 0, 5, 5), (0, 0, 41, 5), (39, 29, 2, 1)])
def test_a_region_outside_the_picture_is_refused(codec: Any, region: tuple[int, int, int, int]) -> None:
    data = codec.compress(smooth(30, 40))
    with pytest.raises(UsageError, match="40 x 30 px"):
        codec.decompress(data, region)


def test_all_metadata_of_a_picture_is_kept_or_stripped(codec: Any) -> None:
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0"
    notes = ((b"gAMA", b"\0\0\xb1\x8f"), (b"tEXt", b"Title\0a day"))
    metadata = Metadata(bytes(500), exif, PACKET, (299.9994, 72.0), 8, notes, b"\x1c\x02\x78\0\x02hi")
    picture = Picture(smooth(9, 12), metadata=metadata)
    kept = read_file(codec.compress_picture(picture).data).metadata
    assert kept == metadata
    bare = read_file(codec.compress_picture(picture, strip="all").data).metadata
    assert bare == Metadata(icc=bytes(500), chunks=notes[:1])


def test_a_model_of_another_number_or_hash_is_named(codec: Any, codec_weights: Any) -> None:
    data = codec.compress(smooth(16, 16))
    other = ImageCodec(load_codec(codec_weights, "cpu", "nocontext"))
    number, model_hash = codec.model
    with pytest.raises(WeightsError, match=f"needs model {number}, hash {model_hash:08x}.* model 32768, hash "):
        other.decompress(data)
    with pytest.raises(WeightsError, match="needs model 32768"):
        codec.decompress(other.compress(smooth(16, 16)))


@pytest.mark.parametrize("part", ["linear", "nocontext", "fixed"])
def test_parts_switched_off_still_code_and_decode(codec: Any, codec_weights: Any, part: Any) -> None:
    image = smooth(64, 80)
    reduced = ImageCodec(load_codec(codec_weights, "cpu", part))
    assert off(image, reduced.decompress(reduced.compress(image, 80))) < 4
    assert reduced.model != codec.model


def test_a_preview_is_the_small_picture(codec: Any) -> None:
    image = np.concatenate([smooth(40, 1060), np.full((40, 1060, 1), 77, np.uint8)], axis=2)
    small = codec.preview_file(read_file(codec.compress(image, 80)))
    assert small.colour.shape == (5, 133, 3)
    means = image[:, :1056, :3].reshape(5, 8, 132, 8, 3).mean(axis=(1, 3))
    assert np.abs(small.colour[:, :132] - means).mean() < 4
    assert (small.alpha == 77).all()


def test_the_encoder_notices_that_its_file_does_not_decode(codec: Any, monkeypatch: pytest.MonkeyPatch) -> None:

    real = LatentCoder.decode_latents

    def misled(self: LatentCoder, tile: Any, box: Box, quality: int) -> Any:
        return real(self, tile, box, quality + 256)

    monkeypatch.setattr(LatentCoder, "decode_latents", misled)
    with pytest.raises(RestoreError, match="does not decode"):
        codec.compress(smooth(32, 32))
    assert codec.compress(smooth(32, 32), verify=False)


def test_a_picture_too_large_for_the_device_is_done_on_the_cpu(
    codec: Any, codec_weights: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is a stand-in: whatever is not the CPU runs out of memory."""
    small = load_codec(codec_weights, "cpu")
    data = codec.compress(smooth(32, 48), 60)
    real = small.synthesise

    def synthesise(y_hat: torch.Tensor, quality: int) -> torch.Tensor:
        if small.device.type != "cpu":
            raise torch.OutOfMemoryError("out of memory")
        return real(y_hat, quality)

    monkeypatch.setattr(small, "synthesise", synthesise)
    small.device = torch.device("meta")
    notes: list[str] = []
    shown = ImageCodec(small).decompress(data, notify=notes.append)
    assert np.array_equal(shown, codec.decompress(data))
    assert notes == ["meta ran out of memory: going on on the CPU, which is slower"]
    small.device = torch.device("cpu")
    monkeypatch.setattr(small, "synthesise", lambda *_: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(RestoreError, match="not enough memory for this picture"):
        ImageCodec(small).decompress(data)
