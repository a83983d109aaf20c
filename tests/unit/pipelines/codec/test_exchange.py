"""Arrays, tensors and Pillow images of every kind to a picture, and back."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from restore.codecs.bitstream.file import read_file
from restore.errors import UsageError
from restore.pipelines.codec.exchange import require_form
from tests.support.smooth_pictures import off, smooth

PACKET = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>title</a></x:xmpmeta>'


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_arrays_of_every_kind_come_back_as_they_were(codec: Any, dtype: type, channels: int) -> None:
    image = smooth(20, 36, dtype)
    planes = image[..., :1] if channels < 3 else image
    if channels % 2 == 0:
        noise = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (20, 36, 1), dtype, endpoint=True)
        planes = np.concatenate([planes, noise], axis=2)
    given = planes[..., 0] if channels == 1 else planes
    shown = codec.decompress(codec.compress(given, 80))
    assert (shown.shape, shown.dtype) == (given.shape, given.dtype)
    if channels % 2 == 0:
        assert np.array_equal(shown[..., -1], given[..., -1]), "transparency is lossless"


def test_tensors_and_floats(codec: Any) -> None:
    image = torch.from_numpy(smooth(24, 40)).permute(2, 0, 1) / 255
    for given in (image, image[None], image.permute(1, 2, 0).numpy()):
        shown = codec.decompress(codec.compress(given, 90), form="tensor")
        assert (shown.shape, shown.dtype) == ((3, 24, 40), torch.float32)
        assert float((shown - image).abs().mean()) < 0.015
    with pytest.raises(UsageError, match="one by one"):
        codec.compress(torch.stack([image, image]))
    with pytest.raises(UsageError, match="finite"):
        codec.compress(torch.full((3, 4, 4), float("nan")))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pillow_images(codec: Any, mode: str) -> None:
    image = Image.fromarray(smooth(20, 30, np.uint16)[..., 0]) if mode == "I;16" else Image.fromarray(smooth(20, 30))
    image = image if mode == "I;16" else image.convert(mode)
    shown = codec.decompress(codec.compress(image, 80), form="pillow")
    assert shown.size == (30, 20)
    assert shown.mode == {"1": "L", "P": "RGB", "CMYK": "RGB"}.get(mode, mode)


def test_pillow_metadata_and_orientation(codec: Any) -> None:
    stored = smooth(20, 30)
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    Image.fromarray(stored).save(buffer, "JPEG", exif=exif, dpi=(300, 150), xmp=PACKET)
    image = Image.open(buffer)
    data = codec.compress(image, 90)
    assert (read_file(data).header.width, read_file(data).header.height) == (20, 30), "coded as it is looked at"
    shown = codec.decompress(data, form="pillow")
    assert shown.size == (30, 20)
    assert off(stored, np.asarray(shown)) < 5
    assert dict(shown.getexif()) == {0x0112: 6, 0x010F: "Maker"}
    assert shown.info["dpi"] == (300, 150)
    assert shown.info["xmp"] == PACKET
    turned = codec.decompress(data)
    assert off(np.rot90(stored, -1), turned) < 5


def test_an_unknown_form_is_refused(codec: Any) -> None:
    with pytest.raises(UsageError, match="form 'jpeg' is unknown; use one of pillow, array, tensor"):
        require_form("jpeg")
    with pytest.raises(UsageError, match="form 'jpeg'"):
        codec.decompress(codec.compress(smooth(8, 8)), form="jpeg")
