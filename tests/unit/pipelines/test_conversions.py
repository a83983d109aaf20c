import io
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from restore.errors import UsageError
from restore.pipelines.conversions import with_margins
from restore.pipelines.inpaint.inpainter import Inpainter
from tests.support.image_files import XMP

FILL = Inpainter({}, "cpu")
HOLE = np.zeros((24, 30), dtype=bool)
HOLE[8:14, 10:19] = True
RNG = np.random.default_rng(5)


def bytes_of(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
def test_arrays_keep_their_kind(channels: int | None, dtype: type) -> None:
    shape = (24, 30) if channels is None else (24, 30, channels)
    image = bytes_of(*shape).astype(dtype) / (dtype(255) if issubclass(dtype, np.floating) else dtype(1))
    image = image.astype(dtype)
    before = image.copy()
    filled = FILL(image, HOLE, dilate=0)
    np.testing.assert_array_equal(image, before, "the input is not changed")
    assert filled.dtype == dtype
    assert filled.shape == shape
    np.testing.assert_array_equal(filled[~HOLE], image[~HOLE])
    if channels in (2, 4):
        np.testing.assert_array_equal(filled[..., -1], image[..., -1])
    colour = filled[HOLE] if channels not in (2, 4) else filled[HOLE][..., :-1]
    assert not np.array_equal(colour, image[HOLE][..., : colour.shape[-1]] if colour.ndim > 1 else image[HOLE])


def test_values_have_the_same_meaning_in_every_dtype() -> None:
    image = bytes_of(24, 30, 3)
    expected = FILL(image, HOLE)
    deep = FILL(image.astype(np.uint16) * 257, HOLE)
    real = FILL(image.astype(np.float32) / 255, HOLE)
    tensor = FILL(torch.from_numpy(image).permute(2, 0, 1) / 255, HOLE)
    np.testing.assert_allclose(deep / 257, expected, atol=0.51)
    np.testing.assert_allclose(real * 255, expected, atol=0.51)
    np.testing.assert_array_equal(tensor.permute(1, 2, 0).numpy(), real)
    np.testing.assert_array_equal(np.asarray(FILL(Image.fromarray(image), HOLE)), expected)


def test_views_and_read_only_arrays_are_fine() -> None:
    big = bytes_of(60, 48, 3)
    view = big[::2, ::-1][:24, :30]
    view.flags.writeable = False
    np.testing.assert_array_equal(FILL(view, HOLE), FILL(np.ascontiguousarray(view), HOLE))


def test_floats_that_are_missing_inside_the_hole_are_filled() -> None:
    image = bytes_of(24, 30, 3).astype(np.float32) / 255
    image[HOLE] = np.nan
    assert np.isfinite(FILL(image, HOLE, feather=3)).all()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(3, 24, 30), (1, 24, 30), (4, 24, 30), (2, 3, 24, 30)])
def test_tensors_keep_their_kind(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    image = torch.from_numpy(bytes_of(*shape))
    image = image if dtype == torch.uint8 else (image / 255).to(dtype)
    filled = FILL(image, torch.from_numpy(HOLE), dilate=0)
    assert filled.dtype == dtype
    assert filled.shape == image.shape
    known = torch.from_numpy(~HOLE)
    assert torch.equal(filled[..., known], image[..., known])
    assert not torch.equal(filled[..., ~known], image[..., ~known])


def test_a_batch_is_its_images_one_by_one() -> None:
    batch = torch.from_numpy(bytes_of(2, 3, 24, 30)) / 255
    masks = torch.zeros(2, 1, 24, 30)
    masks[0, 0, 3:6, 4:20] = masks[1, 0, 10:12, 4:9] = 1
    together = FILL(batch, masks)
    for index in range(2):
        assert torch.equal(together[index], FILL(batch[index], masks[index]))
    assert torch.equal(FILL(batch, masks[:1])[1], FILL(batch[1], masks[0]))


def test_a_gradient_neither_passes_nor_hinders() -> None:
    image = (torch.from_numpy(bytes_of(3, 24, 30)) / 255).requires_grad_()
    assert not FILL(image, HOLE).requires_grad


def gradient(mode: str) -> Image.Image:
    wide = Image.fromarray(bytes_of(24, 30, 4))
    if mode == "I;16":
        return Image.fromarray(RNG.integers(0, 65536, (24, 30), dtype=np.uint16))
    if mode == "I":
        return Image.fromarray(RNG.integers(0, 65536, (24, 30)).astype(np.int32))
    if mode in ("RGBA", "LA"):
        return wide.convert(mode)
    return wide.convert("RGB").convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "I"])
def test_pillow_modes_keep_their_kind(mode: str) -> None:
    image = gradient(mode)
    before = image.tobytes()
    filled = FILL(image, Image.fromarray(HOLE), dilate=0)
    assert filled.mode == mode
    assert filled.size == image.size
    assert image.tobytes() == before
    np.testing.assert_array_equal(np.asarray(filled)[~HOLE], np.asarray(image)[~HOLE])
    assert filled.tobytes() != before


def test_a_palette_comes_back_as_colours() -> None:
    image = gradient("P")
    filled = FILL(image, HOLE, dilate=0)
    assert filled.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(filled)[~HOLE], np.asarray(image.convert("RGB"))[~HOLE])
    image.info["transparency"] = 3
    assert FILL(image, HOLE).mode == "RGBA"


def test_what_pillow_knows_about_a_picture_stays_but_not_its_thumbnail() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    stored = io.BytesIO()
    Image.fromarray(bytes_of(24, 30, 3)).save(stored, "PNG", exif=exif, icc_profile=b"profile", dpi=(300, 300))
    image = Image.open(stored)
    filled = FILL(image, HOLE)
    assert filled.info["icc_profile"] == b"profile"
    assert filled.getexif()[0x010E] == "a description"
    assert filled.info["dpi"] == image.info["dpi"]


@pytest.mark.parametrize(
    "mask",
    [
        HOLE,
        HOLE.astype(np.uint8),
        HOLE.astype(np.uint8) * 255,
        HOLE.astype(np.uint16) * 65535,
        HOLE.astype(np.int64),
        HOLE.astype(np.int64) * 255,
        HOLE.astype(np.float32),
        HOLE.astype(np.float64)[..., None],
        np.repeat(HOLE[..., None], 3, axis=2),
        np.repeat(HOLE[..., None].astype(np.uint8) * 200, 3, axis=2),
        Image.fromarray(HOLE),
        Image.fromarray(HOLE.astype(np.uint8) * 255),
        Image.fromarray(HOLE.astype(np.uint8) * 255).convert("RGB"),
        Image.fromarray(HOLE.astype(np.uint8) * 255).convert("P"),
        Image.fromarray(HOLE.astype(np.uint16) * 65535),
        Image.fromarray(HOLE.astype(np.int32) * 65535),
        torch.from_numpy(HOLE),
        torch.from_numpy(HOLE)[None].float(),
        torch.from_numpy(HOLE)[None, None].to(torch.bfloat16),
        torch.from_numpy(HOLE).to(torch.uint8) * 255,
    ],
    ids=lambda mask: f"{type(mask).__name__}-{getattr(mask, 'mode', None) or mask.dtype}",
)
def test_every_kind_of_mask_means_the_same(mask: Any) -> None:
    image = np.random.default_rng(1).integers(0, 256, (24, 30, 3), dtype=np.uint8)
    filled = FILL(image, mask, dilate=0)
    np.testing.assert_array_equal((filled != image).any(axis=2) | HOLE, HOLE)
    np.testing.assert_array_equal(filled, FILL(image, HOLE, dilate=0))


def test_a_black_mask_is_empty_and_a_white_stroke_on_transparency_is_not() -> None:
    image = bytes_of(24, 30, 3)
    np.testing.assert_array_equal(FILL(image, np.zeros((24, 30), np.uint8)), image)
    stroke = Image.new("RGBA", (30, 24), (255, 255, 255, 0))
    stroke.putalpha(Image.fromarray(HOLE.astype(np.uint8) * 255))
    np.testing.assert_array_equal(FILL(image, stroke, dilate=0), FILL(image, HOLE, dilate=0))


@pytest.mark.parametrize(
    ("image", "mask", "message"),
    [
        ("photo.png", HOLE, "type str"),
        (np.zeros((24, 30, 5), np.uint8), HOLE, r"shape \(24, 30, 5\)"),
        (np.zeros((0, 30, 3), np.uint8), HOLE, "shape"),
        (np.zeros((24, 30, 3), np.int32), HOLE, "dtype int32"),
        (np.full((24, 30, 3), 255.0), HOLE, "divide by 255"),
        (torch.zeros(24, 30), HOLE, "give \\(3, H, W\\)"),
        (torch.zeros(24, 30, 3), HOLE, "give \\(3, H, W\\)"),
        (torch.zeros(3, 24, 30, dtype=torch.int32), HOLE, "int32"),
        (Image.new("F", (30, 24)), HOLE, "mode F"),
        (Image.new("LAB", (30, 24)), HOLE, "mode LAB"),
        (np.zeros((24, 30, 3), np.uint8), "mask.png", "mask of type str"),
        (np.zeros((24, 30, 3), np.uint8), np.zeros((24, 30, 2)), "mask of shape"),
        (np.zeros((24, 30, 3), np.uint8), HOLE.astype(complex), "mask of dtype complex"),
        (torch.zeros(2, 3, 24, 30), torch.zeros(3, 1, 24, 30), "3 masks for 2 images"),
        (torch.zeros(3, 24, 30), torch.zeros(2, 24, 30), "mask tensor of shape"),
        (np.zeros((24, 30, 3), np.uint8), HOLE[:, :-1], "29x24 but the image is 30x24"),
    ],
)
def test_what_is_not_supported_says_what_is(image: Any, mask: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        FILL(image, mask)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "1", "CMYK", "I;16", "I", "YCbCr", "P"])
def test_margins_around_a_pillow_image(mode: str) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (6, 8), dtype=np.uint8)
    deep = Image.fromarray(samples.astype(np.uint16) * 257)
    image = deep if mode == "I;16" else deep.convert("I") if mode == "I" else Image.fromarray(samples).convert(mode)
    larger = with_margins(image, 1, 2, 3, 4)
    kept = "RGB" if mode == "P" else mode
    assert (larger.mode, larger.size) == (kept, (12, 12))
    assert np.array_equal(np.asarray(larger.crop((1, 2, 9, 8))), np.asarray(image.convert(kept)))
    if mode.endswith("A"):
        assert larger.getpixel((0, 0))[-1] == 255


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4])
def test_margins_around_an_array(dtype: type, channels: int | None) -> None:
    array = np.ones((6, 8) if channels is None else (6, 8, channels), dtype)
    larger = with_margins(array, 1, 2, 3, 4)
    assert (larger.dtype, larger.shape[:2]) == (dtype, (12, 12))
    assert np.array_equal(larger[2:8, 1:9], array)
    corner = np.atleast_1d(larger[0, 0])
    opaque = 1 if dtype == np.float32 else np.iinfo(dtype).max
    assert corner.tolist() == [0] * (corner.size - 1) + [opaque if channels in (2, 4) else 0]


def test_margins_tell_a_pillow_image_its_new_size() -> None:
    image = Image.new("RGB", (8, 6))
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0xA002: 8, 0xA003: 6})
    image.info = {"exif": exif.tobytes(), "xmp": XMP, "dpi": (72, 72)}
    larger = with_margins(image, 1, 2, 3, 4)
    assert larger.getexif().get_ifd(0x8769) == {0xA002: 12, 0xA003: 12}
    assert (larger.info["xmp"], larger.info["dpi"]) == (XMP, (72, 72))
